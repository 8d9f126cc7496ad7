"""JSON of real runs: valid against the published schema, and read back unchanged."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from command_line import CommandLine

from curiebreak.results import Decomposition, Document, Finding, MappingResult

SCHEMAS = Path(__file__).resolve().parents[2] / "docs" / "schema"
PAIRS = [
    ("lamno3_cubic.cif", "lamno3_pnma.cif", {"M3+", "R4+"}),
    ("square.xyz", "rectangle.xyz", {"B1g"}),
]


@pytest.mark.parametrize(
    ("command", "model", "schema"),
    [
        ("map", MappingResult, "mapping"),
        ("modes", Decomposition, "decomposition"),
        ("find", Finding, "finding"),
    ],
)
@pytest.mark.parametrize(("parent", "child", "primary"), PAIRS, ids=["crystal", "molecule"])
def test_real_results(
    command_line: CommandLine,
    structures: Path,
    command: str,
    model: type[Document],
    schema: str,
    parent: str,
    child: str,
    primary: set[str],
) -> None:
    ran = command_line(command, structures / parent, structures / child, "--json")
    assert ran.code == 0
    jsonschema.validate(ran.json, json.loads((SCHEMAS / f"{schema}.schema.json").read_text()))
    result = model.from_json(ran.out)
    assert result.to_json() + "\n" == ran.out
    if command != "map":
        assert (ran.json["status"], set(ran.json["primary"])) == ("ok", primary)
    if parent.endswith(".xyz"):
        assert ran.json["parent"]["point_group"] == "D4h"
        assert all(ran.json[block].get(key) is None for block, key in MOLECULE_NULLS)


MOLECULE_NULLS = [
    ("parent", "space_group"), ("child", "space_group"), ("mapping", "supercell_basis"),
    ("mapping", "strain"),
]  # fmt: skip


@pytest.mark.parametrize("command", ["map", "modes", "find"])
def test_text_of_real_results(
    command_line: CommandLine, structures: Path, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a page of 100 columns at most 100, in spite of five irreps and long directions; nothing cut."""
    monkeypatch.setenv("COLUMNS", "100")
    ran = command_line(command, structures / "lamno3_cubic.cif", structures / "lamno3_pnma.cif")
    folder = str(structures)
    lines = [line for line in ran.out.splitlines() if folder not in line]
    assert max(map(len, lines)) <= 100
    assert "…" not in ran.out and "Traceback" not in ran.err


def test_same_seed_same_bytes(command_line: CommandLine, structures: Path) -> None:
    """Everything but the wall times."""
    results = []
    for _ in range(2):
        ran = command_line("find", structures / "square.xyz", structures / "rectangle.xyz", "--json", "--seed", 3)
        results.append(ran.json | {"seconds": None})
    assert results[0] == results[1]
