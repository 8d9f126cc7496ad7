"""Reading fields from extended XYZ and JSON; tensors under rotations and their irreps."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

import curiebreak
from curiebreak.errors import InputError
from curiebreak.fields import representation
from curiebreak.structures.field_files import read_fields, read_snapshots
from curiebreak.structures.fields_model import make_field
from curiebreak.symmetry.tensors import tensor_matrices, tensor_parts

FRAME = """2
Properties=species:S:1:pos:R:3:forces:R:3:velo:R:3:dipoles:R:3:spin:R:3 {info}
H 0 0 -1 0 0 0.1 1 0 0 0 0 1 0 1 0
H 0 0 1 0 0 0.2 0 1 0 0 0 1 0 1 0
"""


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_what_calculators_leave_is_ignored_unless_asked_for(tmp_path: Path) -> None:
    path = write(tmp_path / "a.extxyz", FRAME.format(info='field="0.0 0.0 2.5" energy=-3.0'))
    found = read_fields(path)
    assert {f.name: (f.kind, f.per) for f in found.fields} == {
        "dipoles": ("vector", "atom"),
        "spin": ("vector", "atom"),
        "field": ("vector", "global"),
    }
    assert "forces" in found.messages[0] and "velo" in found.messages[0]
    asked = read_fields(path, ["forces", "spin:axial", "field"])
    assert [(f.name, f.kind) for f in asked.fields] == [("spin", "axial"), ("field", "vector"), ("forces", "vector")]
    np.testing.assert_allclose(asked.fields[2].values, [[0, 0, 0.1], [0, 0, 0.2]])


def test_magnetic_moments_are_refused_plainly(tmp_path: Path) -> None:
    text = "1\nProperties=species:S:1:pos:R:3:magmoms:R:3\nFe 0 0 0 0 0 1\n"
    path = write(tmp_path / "a.extxyz", text)
    with pytest.raises(InputError, match="time reversal"):
        read_fields(path, ["magmoms"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "spinor"}, "unknown kind"),
        ({"kind": "tensor"}, "rank None"),
        ({"kind": "tensor", "rank": 2}, "holds 6 numbers"),
        ({"values": [[1, 2], [3]]}, "not an array"),
        ({"values": [[1, 2, 3], [4, 5, None]]}, "NaN"),
        ({"per": "bond"}, "per 'bond'"),
        ({"colour": 1}, "unknown key 'colour'"),
    ],
)
def test_damaged_json_is_refused_by_name(tmp_path: Path, change: dict[str, object], message: str) -> None:
    entry = {"kind": "vector", "per": "atom", "values": [[1, 2, 3], [4, 5, 6]]} | change
    data = {"species": ["H", "H"], "positions": [[0, 0, -1], [0, 0, 1]], "fields": {"u": entry}}
    with pytest.raises(InputError, match=message):
        read_fields(write(tmp_path / "a.json", json.dumps(data)))


def test_stated_index_symmetry_is_checked() -> None:
    values = [[0, 1, 0], [-1, 0, 0], [0, 0, 0]]
    more = {"kind": "tensor", "per": "global", "n_atoms": 1, "rank": 2}
    assert make_field("t", values, symmetry="ij=-ji", **more).rank == 2
    with pytest.raises(InputError, match="do not have the index symmetry"):
        make_field("t", values, symmetry="ij=ji", **more)
    with pytest.raises(InputError, match="cannot be read"):
        make_field("t", values, symmetry="ij=jk", **more)


@pytest.mark.parametrize("formula", ["", "i", "ij", "ij=ji", "ij=-ji", "ijk=jik", "ijkl=jikl=klij"])
@pytest.mark.parametrize("axial", [False, True])
def test_tensor_parts_turn_as_irreps(formula: str, axial: bool) -> None:
    rank = len(formula.split("=")[0])
    rotations = np.array([np.linalg.qr(np.random.default_rng(s).normal(size=(3, 3)))[0] for s in range(3)])
    rotations[1] *= -1
    whole = tensor_matrices(rank, axial, rotations)
    for part in tensor_parts(formula, axial):
        turned = part.basis @ whole @ part.basis.T
        np.testing.assert_allclose(turned, representation(part.degree, part.parity, rotations), atol=1e-10)


@pytest.mark.parametrize("formula", ["ij=ji", "ijkl=jikl=klij", "ijk=jik"])
def test_tensor_parts_are_those_of_e3nn(formula: str) -> None:
    o3 = pytest.importorskip("e3nn.o3")
    kinds = {"i": "1o"} | ({"k": "1o"} if formula == "ijk=jik" else {})
    expected = o3.ReducedTensorProducts(formula, **kinds).irreps_out
    names = sorted(str(irrep) for mul, irrep in expected for _ in range(mul))
    assert sorted(p.name for p in tensor_parts(formula)) == names


def test_snapshots(tmp_path: Path) -> None:
    path = write(tmp_path / "a.extxyz", FRAME.format(info="") * 3)
    structures, arrays = read_snapshots(path, ("velo", "forces", "accelerations"))
    assert len(structures) == 3 and arrays["velo"].shape == (3, 2, 3) and arrays["forces"].shape == (3, 2, 3)
    assert "accelerations" not in arrays


def test_packed_files_and_other_alphabets_hold_the_same_fields(tmp_path: Path) -> None:
    text = FRAME.format(info='field="0.0 0.0 2.5" made="Überzelle"')
    plain = read_fields(write(tmp_path / "a.extxyz", text))
    packed, latin = tmp_path / "b.extxyz.gz", tmp_path / "c.extxyz"
    packed.write_bytes(gzip.compress(text.encode()))
    latin.write_bytes(text.encode("latin-1"))
    for path in (packed, latin):
        assert [f.name for f in read_fields(path).fields] == ["dipoles", "spin", "field"]
        assert read_snapshots(path, ("forces",))[1]["forces"].shape == (1, 2, 3)
    described = tmp_path / "d.json.gz"
    described.write_bytes(gzip.compress(json.dumps({"fields": {"E": {"per": "global", "values": [0, 0, 1]}}}).encode()))
    assert read_fields(described, base=plain.structure).fields[0].name == "E"


@pytest.mark.parametrize(
    ("name", "kind", "time"),
    [
        ("velocities", None, -1), ("momenta", "vector", -1), ("Velocity", "1o", -1), ("velocities", "vector-even", 1),
        ("drift", None, 1), ("accelerations", None, 1),
    ],
)  # fmt: skip
def test_velocities_are_odd_under_time_reversal_by_their_name(
    name: str, kind: str | None, time: int, tmp_path: Path
) -> None:
    """m dx/dt changes its sign with t; forces and accelerations do not."""
    xyz = tmp_path / "a.xyz"
    xyz.write_text(f"2\nProperties=species:S:1:pos:R:3:{name}:R:3\nH 0 0 -1 0 0 1\nH 0 0 1 0 0 1\n")
    file = read_fields(xyz, (name if kind is None else f"{name}:{kind}",))
    assert file.fields[0].time == time
    assert any("odd under time reversal" in word for word in file.messages) == (time < 0)
    entry = {"values": [[0, 0, 1], [0, 0, 1]]} | ({} if kind is None else {"kind": kind})
    json_file = tmp_path / "a.json"
    atoms = {"species": ["H", "H"], "positions": [[0, 0, -1], [0, 0, 1]]}
    json_file.write_text(json.dumps(atoms | {"fields": {name: entry}}))
    assert read_fields(json_file).fields[0].time == time
    json_file.write_text(json.dumps(atoms | {"fields": {name: entry | {"time": "even"}}}))
    assert read_fields(json_file).fields[0].time == 1


def test_a_velocity_beside_an_electric_field_stays_forbidden(tmp_path: Path) -> None:
    """Nothing even makes masses drift: an electric field alone polarises them, at any strength."""
    place = "H 0 0 -1{0}\nH 0 0 1{0}\n"
    given, moved = tmp_path / "given.xyz", tmp_path / "moved.xyz"
    given.write_text('2\nProperties=species:S:1:pos:R:3 E="0.0 0.0 1.0"\n' + place.format(""))
    moved.write_text("2\nProperties=species:S:1:pos:R:3:velocities:R:3\n" + place.format(" 0 0 1"))
    drift = curiebreak.check(given, moved, fields=["velocities"])
    assert not drift.allowed and drift.floor == 1.0
    shift = curiebreak.check(given, moved, fields=["velocities:vector-even"])
    assert shift.allowed


def test_a_field_that_is_not_there_is_answered_with_those_that_are(tmp_path: Path) -> None:
    xyz = write(tmp_path / "a.xyz", FRAME.format(info='E="0.0 0.0 1.0"'))
    with pytest.raises(InputError, match="no field 'X'") as refused:
        read_fields(xyz, ("X",))
    assert {"dipoles", "spin", "E"} <= set(str(refused.value.hint).removeprefix("It has ").rstrip(".").split(", "))
    atoms = {"species": ["H"], "positions": [[0, 0, 0]], "fields": {"Q": {"values": [[0, 0, 1]]}}}
    path = write(tmp_path / "a.json", json.dumps(atoms))
    with pytest.raises(InputError, match="no field 'X'") as refused:
        read_fields(path, ("X",))
    assert refused.value.hint == "It has Q."
