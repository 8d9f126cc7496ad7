"""Results of schema version 1, as the program wrote them then, are read in the words of the present version."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from curiebreak.errors import InputError
from curiebreak.report.result_text import sections
from curiebreak.results import SCHEMA_VERSION
from curiebreak.results.check import SymmetryCheck
from curiebreak.results.record import Record
from curiebreak.results.schema import DOCUMENTS

FILES = sorted((Path(__file__).parent / "schema1").glob("*.json"))
RENAMED = {"check": {"parent": "input", "child": "output"}, "hidden-field": {"parent": "snapshots"}}
"""Command -> key of version 1 -> key of version 2."""
GONE = {"check": {"mapping"}, "hidden-field": {"child", "mapping"}}
"""What was always empty, or said twice."""


def kind_of(data: dict[str, Any]) -> type[Record]:
    named = {kind.__dataclass_fields__["command"].default: kind for kind in DOCUMENTS.values()}
    return named[data["command"]]


def held(old: Any, new: Any) -> bool:
    """Whether all that the old value says stands in the new one, which may say more."""
    if isinstance(old, dict):
        return isinstance(new, dict) and all(held(one, new.get(key)) for key, one in old.items() if one is not None)
    if isinstance(old, list):
        return isinstance(new, list) and len(old) == len(new) and all(map(held, old, new))
    return bool(old == new)


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_every_old_result_is_read(path: Path) -> None:
    old = json.loads(path.read_text())
    assert old["schema_version"] == 1
    found = kind_of(old).from_dict(old)
    new = found.to_dict()
    assert new["schema_version"] == SCHEMA_VERSION == 2
    renamed, gone = RENAMED.get(old["command"], {}), GONE.get(old["command"], set())
    for key, value in old.items():
        if key != "schema_version" and key not in gone and (old["command"] != "parent" or old["candidates"]):
            assert held(value, new[renamed.get(key, key)]), key
    assert not set(renamed) & set(new)
    assert kind_of(old).from_dict(new) == found
    assert sections(found)


def test_what_had_no_parent_says_so() -> None:
    old = json.loads((Path(__file__).parent / "schema1" / "no_parent.json").read_text())
    assert old["status"] == "no_parent" and old["parent"] == old["child"]
    found = kind_of(old).from_dict(old)
    assert found.to_dict()["parent"] is None
    assert found.to_dict()["child"] == old["child"]


def test_a_damaged_old_result_names_what_is_missing() -> None:
    old = json.loads((Path(__file__).parent / "schema1" / "check.json").read_text())
    del old["parent"]
    with pytest.raises(InputError, match="input` is missing"):
        SymmetryCheck.from_dict(old)
    for version in (0, 3, True, 1.0, "1", None):
        with pytest.raises(InputError, match="schema version"):
            SymmetryCheck.from_dict(old | {"schema_version": version})
