"""The result models: names of the contract, JSON and back, refusals, published schema."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from sample_results import decomposition, finding, mapping_report

from curiebreak.errors import InputError
from curiebreak.results import Decomposition, Document, Finding, MappingResult, Status, matrix, vector3
from curiebreak.results.basic import MagneticGroup, SpaceGroup, SymmetryGroup, group_name, group_symbol
from curiebreak.results.blocks import StructureSummary
from curiebreak.results.result_pages import PAGES, with_tables
from curiebreak.results.schema import DOCUMENTS, json_schema, write_schemas
from curiebreak.results.serialise import to_plain

DOCS = Path(__file__).resolve().parents[2] / "docs"
SAMPLES: dict[str, Document] = {
    "finding": finding(),
    "decomposition": decomposition(),
    "mapping": mapping_report(),
}

SHARED_NAMES = {
    "schema_version", "status", "messages", "versions", "seconds", "parent", "child", "mapping",
    "isotropy_subgroup", "tolerance_ladder", "glazer", "lost_operations", "index", "minimal_sets", "primary",
}  # fmt: skip
FIND_NAMES = {
    "order_parameters", "alternatives", "loss_without_input", "floor_without_input", "loss", "floor",
    "loss_strain", "floor_strain", "input_symmetry", "compression_check", "certificates", "crosscheck",
    "seed", "device", "structures", "displacements", "breaking_input", "trace", "signals",
}  # fmt: skip
IRREP_NAMES = {
    "irrep", "other_origins", "kpoint", "kind", "role", "direction", "components", "amplitude_supercell",
    "amplitude_parent", "dmax", "share", "isotropy_subgroup",
}  # fmt: skip


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
def test_json_and_back_is_the_same(sample: Document) -> None:
    assert type(sample).from_json(sample.to_json()) == sample


def test_names_of_the_contract() -> None:
    found = finding().to_dict()
    assert set(found) >= SHARED_NAMES | FIND_NAMES
    assert set(decomposition().to_dict()) >= SHARED_NAMES | {"irreps", "total_amplitude_parent", "domains"}
    entry = found["order_parameters"][0]
    assert set(entry) >= IRREP_NAMES | {"carrier", "necessary"}
    assert set(entry["carrier"]) == {"site", "l", "parity", "components", "time_parity"}
    assert set(entry["other_origins"][0]) == {"shift", "irrep"}
    assert set(decomposition().to_dict()["irreps"][0]["modes"][0]) == {"label", "amplitude_supercell"}
    mapping = {
        "supercell_basis",
        "origin_shift",
        "size",
        "rms",
        "dmax",
        "strain",
        "residual_rms",
        "runner_up",
    }
    assert set(found["mapping"]) >= mapping
    assert set(found["isotropy_subgroup"]) >= {"number", "symbol", "basis", "origin", "size", "index"}
    assert set(found["certificates"][0]) >= {"members", "kind", "learned", "floor", "verdict"}
    assert set(found["crosscheck"]) >= {"spglib_child", "exact_primary", "agrees"}
    assert set(found["parent"]) >= {"path", "formula", "n_atoms", "space_group", "origin_site"}
    assert set(found["parent"]["space_group"]) >= {"number", "symbol"}
    assert set(found["structures"]["undistorted"]) == {"lattice", "species", "frac"}
    glazer = {"symbol", "symbol_child_axes", "angles", "howard_stokes", "irreps"}
    assert set(found["glazer"]) >= glazer


def test_numbers_are_numbers_and_missing_is_null() -> None:
    data = json.loads(replace(finding(), loss=math.nan, floor=math.inf, loss_strain=None).to_json())
    assert data["loss"] is None and data["floor"] is None and data["loss_strain"] is None
    assert data["order_parameters"][0]["kpoint"] == ["1/2", "1/2", "0"]
    assert isinstance(data["mapping"]["rms"], float)


def test_arrays_and_fractions_become_plain() -> None:
    plain = to_plain({"a": np.arange(3), "b": np.float64(0.5), "c": np.int64(2), "k": Fraction(1, 2), "d": np.nan})
    assert plain == {"a": [0, 1, 2], "b": 0.5, "c": 2, "k": "1/2", "d": None}
    assert matrix(np.eye(2)) == ((1.0, 0.0), (0.0, 1.0))
    assert vector3(np.array([1, 2, 3])) == (1.0, 2.0, 3.0)
    with pytest.raises(TypeError, match="no plain form"):
        to_plain(object())


def test_unknown_keys_are_ignored() -> None:
    data = finding().to_dict() | {"a_later_addition": 1}
    assert Finding.from_dict(data) == finding()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema_version": 99}, "schema version 99"),
        ({"command": "modes"}, "result of `modes`, not of `find`"),
        ({"status": "fine"}, "`finding.status` must be one of"),
        ({"seed": "0"}, "`finding.seed` must be an integer"),
        ({"loss": "0.5"}, "`finding.loss` must be a number"),
        ({"displacements": [[0.0, None, 0.0]]}, r"`finding.displacements\[0\]\[1\]` must be a number"),
        ({"parent": {"formula": "LaMnO3", "n_atoms": 5}}, "`finding.parent.path` is missing"),
        ({"parent": None}, "`finding.parent` must be an object"),
        ({"primary": "M3+"}, "`finding.primary` must be a list"),
    ],
)
def test_damaged_data_is_refused_by_name(change: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Finding.from_dict(finding().to_dict() | change)


def test_text_that_is_not_a_result_is_refused() -> None:
    with pytest.raises(InputError, match="not valid JSON .* line"):
        Finding.from_json(finding().to_json()[:200])
    with pytest.raises(InputError, match="no `schema_version`"):
        Decomposition.from_json("[1, 2]")
    with pytest.raises(InputError, match="`mapping report.pairing.0..site` is missing"):
        broken = mapping_report().to_dict()
        del broken["pairing"][0]["site"]
        MappingResult.from_dict(broken)


def test_every_status_but_ok_has_advice() -> None:
    assert {status for status in Status if not status.advice} == {Status.OK}


def test_the_page_names_every_schema() -> None:
    page = (DOCS / "results.md").read_text()
    assert [path.name for path in (DOCS / "schema").iterdir() if f"(schema/{path.name})" not in page] == []


def test_published_schemas_are_current(tmp_path: Path) -> None:
    for path in write_schemas(tmp_path):
        published = DOCS / "schema" / path.name
        assert published.read_text() == path.read_text(), "python -m curiebreak.results.result_pages docs"


@pytest.mark.parametrize("name", SAMPLES)
def test_results_validate_against_their_schema(name: str) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schema = json_schema(DOCUMENTS[name])
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(SAMPLES[name].to_json()), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(json.loads(SAMPLES[name].to_json()) | {"status": 3}, schema)


def test_every_key_is_documented() -> None:
    texts = {name: (DOCS / name).read_text() for name in PAGES}
    for name, text in texts.items():
        assert text == with_tables(text, name), "python -m curiebreak.results.result_pages docs"
        assert text.count("\n") < 750, "a page to be read; split it"
    page = "\n".join(texts.values())
    for schema in map(json_schema, DOCUMENTS.values()):
        names = set(schema["properties"])
        for definition in schema["$defs"].values():
            names |= set(definition["properties"])
        assert names <= set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE))


def test_a_group_is_written_in_one_place() -> None:
    """Symbol and number together, and what stands for both of a molecule, come from `group_name` and `group_symbol`."""
    one = re.compile(r"symbol\} ?\(\{|symbol or [\w.]*point_group|\.international\} ?\(")
    package = DOCS.parent / "curiebreak"
    found = {path.name for path in package.rglob("*.py") if one.search(path.read_text(encoding="utf-8"))}
    assert found <= {"basic.py", "lookup.py", "parent.py"}  # the last two have a number and a symbol, no group


def test_groups_as_they_are_written() -> None:
    magnetic = MagneticGroup(
        bns_number="62.448", bns_symbol="Pn'ma'", og_number="62.8.509", og_symbol="Pn'ma'", uni_number=1, type="III"
    )
    assert group_name(SpaceGroup(62, "Pnma")) == "Pnma (62)"
    assert group_name(SpaceGroup(62, "Pnma", magnetic)) == group_name(magnetic) == "Pn'ma' (62.448)"
    assert group_name(SymmetryGroup(point_group="D4h")) == "D4h"
    assert group_name(StructureSummary(path=None, formula="H2O", n_atoms=3, point_group="C2v")) == "C2v"
    assert (group_name(None), group_name(None, ""), group_symbol(SymmetryGroup())) == ("-", "", "-")
