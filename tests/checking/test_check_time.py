"""Fields that change sign under time reversal: what ``check`` allows and forbids, and under which magnetic group.

Expected groups are the well-known ones of a cubic crystal in a magnetic field (Birss 1964; BNS symbols of Litvin 2013);
what is allowed follows from counting signs, as the comments do.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import CommandLine
from test_check import PEROVSKITE, Asker, entry

from curiebreak.checking import check
from curiebreak.errors import InputError
from curiebreak.structures.fields_model import make_field

WATER = {"species": ["O", "H", "H"], "positions": [[0, 0, 0.1], [0, 0.8, -0.5], [0, -0.8, -0.5]]}
X, Y, Z = np.eye(3).tolist()


@pytest.fixture
def ask(tmp_path: Path) -> Asker:
    return Asker(tmp_path)


def on_ti(vector: list[float]) -> list[list[float]]:
    """A vector on Ti, zeros elsewhere."""
    return [[0.0] * 3, vector, *[[0.0] * 3] * 3]


def overall(values: Any, kind: str, **more: Any) -> dict[str, Any]:
    return entry(values, kind, "global", **more)


def test_nothing_even_makes_anything_odd(ask: Asker) -> None:
    tilt = entry(on_ti(Z), "axial")
    found = ask(PEROVSKITE, entry(on_ti(Y), "1e-"), tilt=tilt)  # m = -1, 0, 1 are y, z, x
    assert not found.allowed and found.floor == 1.0
    assert "1'" in {one.kind for one in found.forbidding_operations}
    assert [e.name for e in found.order_parameters] == ["mGM1+"]  # of P4/m, which the tilt leaves
    assert ask(PEROVSKITE, entry(on_ti(Z), "axial"), tilt=tilt).allowed


def test_a_moment_of_a_cubic_crystal(ask: Asker) -> None:
    found = ask(PEROVSKITE, entry(on_ti(Z), "1e-"))
    assert [(e.name, e.irrep) for e in found.order_parameters] == [("mGM4+", "mGM4+")]
    left = found.order_parameters[0].isotropy_subgroup
    assert left is not None and left.magnetic is not None and left.magnetic.bns_number == "123.345"
    assert left.index == 6  # three axes, two signs
    carrier = found.order_parameters[0].carrier
    assert carrier is not None and (carrier.l, carrier.parity, carrier.time_parity) == (1, "e", -1)
    assert found.input_symmetry is not None and found.input_symmetry.magnetic is not None
    assert found.input_symmetry.magnetic.bns_symbol == "Pm-3m1'"


@pytest.mark.parametrize(
    ("output", "allowed"),
    [
        (entry(on_ti(Z), "axial", time="odd"), True),
        (entry(on_ti(X), "1e-"), False),
        (overall(np.diag([-1.0, -1, 2]).tolist(), "tensor2"), True),  # magnetostriction
        (entry(on_ti(Z), "vector"), False),
        (entry(on_ti(Z), "axial"), False),  # even under time reversal: a mirror through the axis with 1' forbids it
        (overall(Z, "1o-"), False),
        # the Hall conductivity is an antisymmetric tensor that time reversal turns round
        (overall([[0, 1, 0], [-1, 0, 0], [0, 0, 0]], "tensor2 odd"), True),
        (overall([[0, 1, 0], [-1, 0, 0], [0, 0, 0]], "tensor2"), False),
    ],
)
def test_in_a_magnetic_field_along_z(ask: Asker, output: dict[str, Any], allowed: bool) -> None:
    output = output | ({"values": [output["values"][i] for i in (1, 2, 0)]} if output["kind"] == "1o-" else {})
    found = ask(PEROVSKITE, output, B=overall([0, 1, 0], "1e-"))  # m = -1, 0, 1 are y, z, x
    assert found.input_symmetry is not None and found.input_symmetry.magnetic is not None
    assert found.input_symmetry.magnetic.bns_symbol == "P4/mm'm'"
    assert found.allowed is allowed
    assert (found.floor == 0.0) is allowed


def test_crossed_fields_move_charges_but_not_atoms(ask: Asker) -> None:
    """E x B is odd under time reversal: a velocity may lie along it, a displacement may not."""
    fields = {"E": overall(Z, "vector"), "B": overall(X, "axial odd")}
    assert ask(PEROVSKITE, overall(Y, "vector odd"), **fields).allowed
    moved = ask(PEROVSKITE, overall(Y, "vector"), **fields)
    assert not moved.allowed and moved.floor == pytest.approx(1.0)
    assert {one.kind for one in moved.forbidding_operations} == {"m'", "C2'"}
    assert [e.carrier.l for e in moved.order_parameters if e.carrier] == [1]
    # with a magnetic field that is told to be even, as `axial` says, both are allowed
    assert ask(PEROVSKITE, overall(Y, "vector"), **fields | {"B": overall(X, "axial")}).allowed


def test_antiferromagnet_with_an_anti_translation(ask: Asker) -> None:
    doubled = {
        "lattice": [[4, 0, 0], [0, 4, 0], [0, 0, 8]],
        "species": ["Ni", "F", "F", "F"] * 2,
        "frac": [[x, y, (z + k) / 2] for k in (0, 1) for x, y, z in
                 ([0, 0, 0], [0.5, 0, 0], [0, 0.5, 0], [0, 0, 0.5])],
    }  # fmt: skip
    up, none = [0, 0, 1.0], [0, 0, 0.0]
    moments = entry([up, none, none, none, [0, 0, -1.0], none, none, none], "axial odd")
    found = ask(doubled, overall(Z, "axial odd"), m=moments)
    assert not found.allowed and found.floor == 1.0  # the anti-translation turns any magnetisation round
    assert "t'" in {one.kind for one in found.forbidding_operations}
    assert any("no label" in text for text in found.messages)
    assert found.input_symmetry is not None and found.input_symmetry.magnetic is not None
    assert found.input_symmetry.magnetic.type == "IV"
    assert ask(doubled, overall(np.diag([-1.0, -1, 2]).tolist(), "tensor2"), m=moments).allowed


def test_molecule(ask: Asker) -> None:
    found = ask(WATER, overall(X, "axial odd"), B=overall(X, "axial odd"))
    assert found.allowed and found.input_symmetry is not None
    assert found.input_symmetry.point_group == "C2v(Cs)"
    odd = ask(WATER, overall(Z, "vector odd"))
    assert odd.floor == 1.0 and [e.name for e in odd.order_parameters] == ["mA1"]


PAIR = {"species": ["H", "H"], "positions": [[0, 0, -1], [0, 0, 1]]}
ION = {"species": ["Na"], "positions": [[0.3, 0, 0]]}


def test_linear_molecules(ask: Asker) -> None:
    """A field along the axis keeps Cinfh and turns mirrors through the axis round; H2 in it may have a moment."""
    alone = ask(PAIR, overall(Z, "axial odd"))
    assert not alone.allowed and alone.floor == 1.0 and alone.input_symmetry is not None
    assert alone.input_symmetry.point_group == "Dinfh1'"
    assert "1'" in {one.kind for one in alone.forbidding_operations}
    field = overall(Z, "axial odd")
    found = ask(PAIR, overall(Z, "axial odd"), B=field)
    assert found.allowed and found.input_symmetry is not None and found.input_symmetry.point_group == "Dinfh(Cinfh)"
    assert not ask(PAIR, overall(X, "axial odd"), B=field).allowed
    assert ask(PAIR, overall(np.diag([-1.0, -1, 2]).tolist(), "tensor2"), B=field).allowed
    assert not ask(PAIR, overall(Z, "axial"), B=field).allowed  # m' through the axis turns it round
    with pytest.raises(InputError, match="along the axis"):
        ask(PAIR, overall(Z, "axial odd"), B=overall(X, "axial odd"))


def test_an_ion_in_a_magnetic_field(ask: Asker) -> None:
    """It keeps rotations about B, mirrors through B with time reversal, the mirror across it and inversion."""
    for kind, values in (("axial odd", X), ("1e-", [0, 0, 1.0])):  # m = 1 is x
        found = ask(ION, overall(X, "axial odd"), B=overall(values, kind))
        assert found.allowed and found.input_symmetry is not None
        assert found.input_symmetry.point_group == "Dinfh(Cinfh)"
    moved = ask(ION, overall(X, "vector odd"), B=overall(X, "axial odd"))
    assert not moved.allowed and {"i", "m"} <= {one.kind for one in moved.forbidding_operations}


def test_command(tmp_path: Path, command_line: CommandLine, ask: Asker) -> None:
    source, target = ask.file("in", PEROVSKITE), ask.file("out", {}, j=overall([0, 0, 1], "1o"))
    plain = command_line("check", source, target)
    odd = command_line("check", source, target, "--field", "j:1o-")
    assert "GM4-" in plain.out and "mGM4-" not in plain.out
    assert "mGM4-" in odd.out and "1o-" in odd.out and "Pm-3m1'" in odd.out
    assert check(source, target, fields=["j:1o-"]).fields[-1].o3_irreps == ("1o-",)


def test_odd_fields_are_not_given_to_find(tmp_path: Path, command_line: CommandLine, ask: Asker) -> None:
    given = ask.file("given", {}, B=overall(Z, "axial odd"))
    folder = Path(__file__).resolve().parents[2] / "structures"
    pair = (folder / "batio3_cubic.cif", folder / "batio3_p4mm.cif")
    assert "time reversal" in command_line.refuses(3, "find", *pair, "--given", given).err


@pytest.mark.parametrize(
    ("kind", "more", "message"),
    [
        ("8e", {}, "unknown kind"),
        ("vector2", {}, "unknown kind"),
        ("sideways odd", {}, "unknown kind"),
        ("vector", {"time": "backwards"}, "time parity"),
        ("2e", {"symmetry": "ij=ji"}, "index symmetry"),
        ("2e", {}, "5 are needed"),
    ],
)
def test_kinds_that_cannot_be_read(kind: str, more: dict[str, Any], message: str) -> None:
    values = [1, 2, 3, 4, 5] if more else [1, 2]
    with pytest.raises(InputError, match=message):
        make_field("f", values if kind == "2e" else [1, 2, 3], kind=kind, per="global", n_atoms=1, **more)


def test_kinds_say_rank_symmetry_and_time() -> None:
    values = np.zeros((3, 3, 3, 3))
    field = make_field("C", values, kind="tensor4:ijkl=jikl=klij", per="global", n_atoms=1)
    assert (field.rank, field.symmetry, field.odd) == (4, "ijkl=jikl=klij", False)
    assert make_field("v", [1, 2, 3], kind="1o-", per="global", n_atoms=1).odd
    assert make_field("v", [1, 2, 3], kind="vector", per="global", n_atoms=1, time="odd").odd
