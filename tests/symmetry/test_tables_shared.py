"""The shipped irrep table against its source."""

from __future__ import annotations

from pathlib import Path

import pytest

from curiebreak.errors import InputError
from curiebreak.symmetry.build_tables import build, main
from curiebreak.symmetry.table_file import TABLE_PATH


@pytest.mark.shared
def test_rebuilt_table_is_the_shipped_one(shared: Path, tmp_path: Path):
    """The builder also compares every matrix of all 11,202 irreps with the source."""
    output = tmp_path / "irreps.jsonl"
    size = build(shared / "data" / "irreps" / "CIR_data.txt.gz", output)
    assert size < 1_000_000
    assert output.read_bytes() == TABLE_PATH.read_bytes()


def test_missing_source_is_refused(tmp_path: Path):
    with pytest.raises(InputError, match="cannot read"):
        build(tmp_path / "absent.txt.gz", tmp_path / "out")
    assert main([]) == 2
