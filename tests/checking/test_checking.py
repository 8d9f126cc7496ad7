"""Checks at their edges: tolerances, groups cut by a tolerance, atoms and structures that do not fit, odd carriers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pairs import analysis

from curiebreak.checking import check
from curiebreak.errors import CurieBreakError, InputError
from curiebreak.results.check import SymmetryCheck
from curiebreak.structures import structure_from_arrays
from curiebreak.symmetry.closure import is_group

SQUARE = {"species": ["C"] * 4, "positions": [[1, 0, 0], [0, 1, 0], [-1, 0, 0], [0, -1, 0]]}
CHAIN = {"lattice": [[3, 0, 0], [0, 6, 0], [0, 0, 6]], "species": ["C"], "frac": [[0, 0, 0]]}
CUBIC = ["Sr", "Ti", "O", "O", "O"]
PLACES = np.array([[0, 0, 0], [0.5, 0.5, 0.5], [0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]])


def entry(values: Any, kind: str = "scalar", per: str = "atom") -> dict[str, Any]:
    return {"kind": kind, "per": per, "values": values}


def ask(folder: Path, structure: dict[str, Any], output: Any, tolerance: float = 1e-3, **given: Any) -> SymmetryCheck:
    source, target = folder / "input.json", folder / "output.json"
    source.write_text(json.dumps(structure | {"fields": given}))
    target.write_text(json.dumps({"fields": {"y": output}}))
    return check(source, target, tolerance=tolerance)


@pytest.mark.parametrize(("factor", "allowed"), [(0.3, True), (0.9, True), (1.2, False), (5.0, False)])
@pytest.mark.parametrize("tolerance", [1e-4, 1e-3, 1e-2])
def test_a_field_may_change_by_the_tolerance_and_no_more(
    tmp_path: Path, tolerance: float, factor: float, allowed: bool
) -> None:
    """Scalars 1 + (d, -d, d, -d): a quarter turn changes them by 4 d of a norm of 2."""
    size = factor * tolerance / 2
    result = ask(tmp_path, SQUARE, entry((1 + size * np.array([1, -1, 1, -1])).tolist()), tolerance)
    assert result.allowed is allowed
    if not allowed:
        assert [e.irrep for e in result.order_parameters] == ["B1g"] or [e.irrep for e in result.order_parameters] == [
            "B2g"
        ]


@pytest.mark.parametrize(
    "marks", [[1.3, 0.65, 0.0, -0.65], [0.0, -0.32, -0.95, 0.95], [0.35, 0.7, 1.05, -0.7], [-0.56, -0.84, 0.84, 0.56]]
)
def test_given_fields_that_keep_no_group_are_refused(tmp_path: Path, marks: list[float]) -> None:
    """Scalars near the tolerance: eight operations change them by less, but these are not closed."""
    output = entry([0.0, 1.0, 0.0, -1.0])
    with pytest.raises(InputError, match="no group"):
        ask(tmp_path, SQUARE, output, mark=entry((1 + 1e-3 * np.array(marks)).tolist()))


@pytest.mark.parametrize("name", ["lamno3", "ymno3", "ca3ti2o7", "square"])
def test_stabilisers_are_groups_and_what_is_no_group_is_seen(name: str) -> None:
    found = analysis(name)
    labels = found.isotropy.labels
    for members in ((), *[(label,) for label in labels], labels):
        assert is_group(found.space, found.isotropy.stabiliser(members))
    whole = found.child_operations
    rng = np.random.default_rng(0)
    for _ in range(20):
        others = np.flatnonzero(~whole.ravel())
        changed = whole.ravel().copy()
        changed[rng.choice(np.flatnonzero(whole.ravel())[1:])] = False
        changed[rng.choice(others)] = True
        swapped = changed.reshape(whole.shape)
        assert not is_group(found.space, swapped) or whole.sum() == 2
    empty = np.zeros_like(whole)
    assert not is_group(found.space, empty)


def test_a_wave_that_only_a_larger_cell_holds_has_no_global_carrier(tmp_path: Path) -> None:
    """A zone-boundary order parameter breaks translations, which no field of the whole cell can."""
    doubled = CHAIN | {"lattice": [[6, 0, 0], [0, 6, 0], [0, 0, 6]], "species": ["C"] * 2}
    result = ask(tmp_path, doubled | {"frac": [[0, 0, 0], [0.5, 0, 0]]}, entry([1.0, -1.0]))
    assert not result.allowed and result.floor == pytest.approx(1.0)
    assert any(one.kind == "t" and one.count == 1 for one in result.forbidding_operations)
    assert [e.carrier for e in result.order_parameters] == [None]


@pytest.mark.parametrize(("tolerance", "says"), [(0.0, "from 1e-12 to 0.5"), (1.0, "from 1e-12 to 0.5")])
def test_tolerances_that_mean_nothing(tmp_path: Path, tolerance: float, says: str) -> None:
    with pytest.raises(InputError, match=says):
        ask(tmp_path, SQUARE, entry([1.0, 1, 1, 1]), tolerance)


def test_outputs_on_other_atoms_or_without_any(tmp_path: Path) -> None:
    other = SQUARE | {"species": ["N"] * 4, "fields": {"y": entry([1.0, 1, 1, 1])}}
    (tmp_path / "input.json").write_text(json.dumps(SQUARE))
    (tmp_path / "other.json").write_text(json.dumps(other))
    with pytest.raises(InputError, match="not on the atoms"):
        check(tmp_path / "input.json", tmp_path / "other.json")
    (tmp_path / "empty.json").write_text(json.dumps({"fields": {}}))
    with pytest.raises(CurieBreakError):
        check(tmp_path / "input.json", tmp_path / "empty.json")
    with pytest.raises(CurieBreakError):
        check(tmp_path / "empty.json", tmp_path / "input.json")


def crystal(frac: np.ndarray, edges: tuple[float, float, float] = (4.0, 4.0, 4.0)) -> Any:
    return structure_from_arrays(np.diag(edges), CUBIC, frac)


def test_structures_as_output_displacement_strain_or_both() -> None:
    """Equal atoms in equal order are compared one by one: P4mm needs GM4-, a tetragonal cell alone GM3+."""
    polar = PLACES.copy()
    polar[1, 2] += 0.02
    result = check(crystal(PLACES), crystal(polar))
    assert not result.allowed and [e.irrep for e in result.order_parameters] == ["GM4-"]
    assert result.order_parameters[0].kind == "displacement"
    stretched = check(crystal(PLACES), crystal(PLACES, (4.0, 4.0, 4.2)))
    assert not stretched.allowed and [e.irrep for e in stretched.order_parameters] == ["GM3+"]
    assert stretched.order_parameters[0].kind == "strain"
    unchanged = check(crystal(PLACES), crystal(PLACES, (4.1, 4.1, 4.1)))
    assert unchanged.allowed and unchanged.floor == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("way", ["order", "far", "left-handed", "strained"])
def test_structures_that_must_be_searched_for_give_the_same_answer(way: str) -> None:
    """Another order, a shift by half the cell, a left-handed cell, or a strain of a fifth: mapped, not compared."""
    polar = PLACES.copy()
    polar[1, 2] += 0.02
    child = crystal(polar)
    lattice, frac, species = np.asarray(child.lattice), np.array(polar), list(CUBIC)
    if way == "order":
        frac, species = frac[::-1], species[::-1]
    elif way == "far":
        frac = frac + [0.5, 0.5, 0.5]
    elif way == "left-handed":
        lattice, frac = lattice[[1, 0, 2]], frac[:, [1, 0, 2]]
    else:
        lattice = lattice @ np.diag([1.0, 1.0, 1.2])
    result = check(crystal(PLACES), structure_from_arrays(lattice, species, frac))
    assert not result.allowed
    assert "GM4-" in {e.irrep for e in result.order_parameters}
    assert any("mapped onto the input" in m for m in result.messages) or way == "left-handed"


def test_occupations_of_a_mapped_structure_are_a_field_each() -> None:
    """Pt3Cu: X1+ (four atoms of a cubic cell take two elements)."""
    sites = [[0, 0, 0], [0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5]]
    mixed = structure_from_arrays(3.92 * np.eye(3), [{"Pt": 0.75, "Cu": 0.25}] * 4, sites)
    ordered = structure_from_arrays(3.92 * np.eye(3), ["Cu", "Pt", "Pt", "Pt"], sites)
    result = check(mixed, ordered)
    assert {f.name for f in result.fields if f.role == "output"} >= {"occupation Cu", "occupation Pt"}
    assert [e.irrep for e in result.order_parameters] == ["X1+"]
    assert result.output_symmetry is not None and result.output_symmetry.number == 221


@pytest.mark.parametrize("seed", range(2))
def test_rounding_between_equal_structures_is_no_field(seed: int) -> None:
    """The same crystal in turned axes, the same molecule but for the last bit: nothing moves, all is allowed."""
    turn, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    turn = turn * np.sign(np.linalg.det(turn))
    turned = structure_from_arrays(4.0 * turn.T, CUBIC, PLACES)
    result = check(crystal(PLACES), turned)
    assert result.allowed and result.order_parameters == ()
    corners = np.array(SQUARE["positions"]) * 1.1
    nearly = corners + 1e-16 * np.random.default_rng(seed).normal(size=corners.shape)
    pair = [structure_from_arrays(None, ["C"] * 4, points) for points in (corners, nearly)]
    assert check(*pair).allowed
