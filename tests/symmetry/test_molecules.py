"""Molecules: the same answer however they are turned, ordered and rounded; exact groups; what is refused."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from molecules import Molecule, molecules, ring
from numpy.typing import NDArray

from curiebreak import decompose, find
from curiebreak.errors import NotCompatibleError
from curiebreak.mapping import map_child
from curiebreak.structures import read_structure, structure_from_arrays
from curiebreak.symmetry.molecules import molecular_symmetry
from curiebreak.symmetry.parent import parent_crystal

FloatArray = NDArray[np.float64]

MOLECULES = molecules()
NAMES = [f"{m.group}-{m.species[0]}-{m.subgroup}" for m in MOLECULES]


def turned(rng: np.random.Generator, points: FloatArray) -> FloatArray:
    turn, upper = np.linalg.qr(rng.normal(size=(3, 3)))
    turn = turn * np.sign(np.diag(upper))
    return np.asarray(points @ (turn * np.sign(np.linalg.det(turn))).T + rng.normal(size=3))


@dataclass(frozen=True, eq=False)
class Answer:
    """What must not depend on how the files are written; two are equal when their numbers agree to 1 mÅ."""

    words: dict[str, Any]
    numbers: FloatArray

    def __eq__(self, other: object) -> bool:
        assert isinstance(other, Answer)
        if self.words != other.words or self.numbers.shape != other.numbers.shape:
            return False
        return bool(np.abs(self.numbers - other.numbers).max() < 1e-3)


def answer(parent: Any, child: Any) -> Answer:
    found = decompose(parent, child)
    real = [e for e in found.irreps if e.role != "noise" and e.amplitude_parent > 2e-3]
    words = {
        "status": found.status,
        "primary": found.primary,
        "sets": found.minimal_sets,
        "parent": found.parent.point_group,
        "group": found.isotropy_subgroup.point_group,
        "child": found.child.point_group,
        "irreps": [(e.irrep, e.direction) for e in real],
    }
    numbers = [e.amplitude_parent for e in real] + [c for e in real for c in np.abs(e.components)]
    return Answer(words, np.array(numbers))


def one_more(m: Molecule, seed: int, decimals: int | None) -> tuple[Any, Any]:
    """Parent as it is, child turned, shifted, in another order; both rounded where decimals are given."""
    rng = np.random.default_rng(seed)
    parent, child = m.parent, turned(rng, m.child)
    if decimals is not None:
        parent, child = parent.round(decimals), child.round(decimals)
    return m.files(parent), m.files(child, rng.permutation(len(child)))


@pytest.mark.parametrize("m", MOLECULES, ids=NAMES)
def test_textbook_irreps_however_the_child_is_turned_ordered_and_rounded(m: Molecule) -> None:
    plain = answer(m.files(m.parent), m.files(m.child))
    assert (plain.words["parent"], plain.words["primary"], plain.words["group"]) == (m.group, m.primary, m.subgroup)
    for seed, decimals in ((0, None), (1, 4)):
        assert answer(*one_more(m, seed, decimals)) == plain


@pytest.mark.slow
@pytest.mark.parametrize("decimals", [None, 4])
@pytest.mark.parametrize("m", MOLECULES, ids=NAMES)
def test_forty_turns_and_orders(m: Molecule, decimals: int | None) -> None:
    plain = answer(m.files(m.parent), m.files(m.child))
    for seed in range(40):
        assert answer(*one_more(m, seed, decimals)) == plain, seed


@pytest.mark.slow
@pytest.mark.parametrize("m", MOLECULES, ids=NAMES)
def test_forty_turns_of_parent_and_child(m: Molecule) -> None:
    """No axis of the file is a symmetry axis then: the choice of x, y, z comes from the molecule alone."""
    answers = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        parent, child = (m.files(turned(rng, p).round(5), rng.permutation(len(p))) for p in (m.parent, m.child))
        answers.append(answer(parent, child))
    assert all(a == answers[0] for a in answers)


@pytest.mark.parametrize("m", MOLECULES, ids=NAMES)
def test_operations_of_rounded_coordinates_are_an_exact_group(m: Molecule) -> None:
    """Matrices multiply as the permutations do, and the symmetrised atoms are carried onto each other."""
    points = turned(np.random.default_rng(2), m.parent).round(4)
    parent = parent_crystal(m.files(points))
    order = {"C2v": 4, "C3v": 6, "D3h": 12, "Td": 24, "Oh": 48, "D4h": 16, "C4v": 8, "D2h": 8, "D2d": 8}
    order |= {"D3d": 12, "C2h": 4, "C3h": 6, "D3": 6, "D6h": 24, "C2": 2}
    assert parent.n_operations == order[m.group]
    rotations = parent.rotations_cartesian
    products = np.einsum("gij,hjk->ghik", rotations, rotations).reshape(-1, 1, 9)
    assert np.abs(products - rotations.reshape(1, -1, 9)).max(axis=-1).min(axis=-1).max() < 1e-12
    for rotation, permutation in zip(rotations, parent.permutations, strict=True):
        np.testing.assert_allclose(parent.frac @ rotation.T, parent.frac[permutation], atol=1e-12)
    assert np.abs(parent.frac + parent.centre - points).max() < 1e-4


def test_find_names_the_same_irrep_for_a_turned_child() -> None:
    m = next(m for m in MOLECULES if m.species[0] == "P")
    parent, child = one_more(m, 3, 4)
    found = find(parent, child, max_steps=80)
    assert (found.primary, found.crosscheck.exact_primary) == (("E'",), ("E'",))
    assert found.crosscheck.agrees


def test_operations_that_are_no_group_give_way_to_the_nearest_one() -> None:
    """A triangle with sides that differ by 4 and 7 mÅ: at 5 mÅ two reflections are found, which is no group."""
    corners = np.array([[1.0, 0, 0], [-0.5, 0.866, 0], [-0.5, -0.866, 0]])
    corners[1, 0] += 0.004
    corners[2, 0] -= 0.003
    points = np.vstack([corners, [[0, 0, 1.0]]])
    centred = points - points.mean(axis=0)
    seen = {}
    for tolerance in np.linspace(0.001, 0.02, 96):
        found = molecular_symmetry(centred, [0, 0, 0, 1], float(tolerance))
        seen[found.closed] = len(found.rotations)
        keys = {p.tobytes() for p in found.permutations}
        assert all(a[b].tobytes() in keys for a in found.permutations for b in found.permutations)
    assert set(seen) == {True, False}
    assert seen[True] == 6


def test_a_parent_that_lost_its_group_says_so() -> None:
    corners = np.vstack([ring(3, 1.0), [[0, 0, 1.0]]])
    corners[1, 0] += 0.05
    corners[2, 0] -= 0.0425
    for tolerance in np.linspace(0.02, 0.12, 101):
        parent = parent_crystal(structure_from_arrays(None, ["H"] * 3 + ["N"], corners), float(tolerance))
        assert parent.n_operations in (1, 2, 6)
        if parent.structure.messages:
            assert "are no group" in parent.structure.messages[0]
            return
    pytest.fail("no tolerance at which the operations are no group")


def test_noise_does_not_stop_a_molecule(structures: Path) -> None:
    """Pyramidal ammonia with 10 mÅ of scatter in each coordinate: a group is named, A2'' is what is broken."""
    child = read_structure(structures / "ammonia.xyz")
    for seed in range(12):
        noise = 0.01 * np.random.default_rng(seed).normal(size=(4, 3))
        found = decompose(
            structures / "ammonia_flat.xyz", structure_from_arrays(None, child.species, child.coords + noise)
        )
        assert found.child.point_group in ("C1", "Cs", "C3v")
        largest = max(found.irreps, key=lambda e: e.amplitude_parent)
        assert largest.irrep == "A2''" and "A2''" in found.primary


def test_an_atom_that_moves_by_half_a_bond_is_refused_unless_asked_for() -> None:
    """Linear in the length that one fluorine of SF6 goes away: refused from half of 1.56 Å on."""
    m = next(m for m in MOLECULES if m.species[0] == "S")
    parent, bond = parent_crystal(m.files(m.parent)), 1.56
    for share, refused in ((0.5, False), (0.7, True)):
        child = m.parent.copy()
        child[1, 0] += share * bond * 7 / 6  # the centroid takes a seventh of it back
        if not refused:
            assert map_child(parent, m.files(child)).dmax == pytest.approx(share * bond, rel=0.01)
            continue
        with pytest.raises(NotCompatibleError, match="half a bond"):
            map_child(parent, m.files(child))
        found = map_child(parent, m.files(child), allow=["reconstructive"])
        assert any("accepted as asked" in words for words in found.messages)


def test_a_straight_child_of_a_bent_parent_is_no_subgroup() -> None:
    """Bent A-B-C and its straight version with the ends bent apart sideways differ in more than A1 or nothing."""
    bent = structure_from_arrays(None, ["O", "H", "H"], [[0, 0, 0], [0, 0.757, 0.586], [0, -0.757, 0.586]])
    straight = structure_from_arrays(None, ["O", "H", "H"], [[0, 0, 0], [0, 0.9, 0.0], [0, -1.05, 0.0]])
    with pytest.raises(NotCompatibleError, match="no group-subgroup"):
        map_child(parent_crystal(bent), straight)


# -- given files --------------------------------------------------------------------------------


@pytest.mark.shared
@pytest.mark.parametrize("name", ["right", "wrong", "refused", "as_parent"])
def test_phosphorus_pentafluoride(shared: Path, name: str) -> None:
    """One equatorial F moved by 0.1 Å along its bond: E' 0.071 and A1' 0.058, rms 0.04 Å, in each of the files."""
    folder = shared / "data" / "faults" / "mol_pf5"
    found = decompose(folder / "parent.xyz", folder / f"child_{name}.xyz")
    assert (found.status, found.primary, found.isotropy_subgroup.point_group) == ("ok", ("E'",), "C2v")
    amplitudes = {e.irrep: e.amplitude_parent for e in found.irreps}
    assert amplitudes == pytest.approx({"E'": 0.071, "A1'": 0.058}, abs=5e-4)
    assert found.mapping.rms == pytest.approx(0.04, abs=5e-3)


@pytest.mark.shared
def test_a_parent_with_four_decimals(shared: Path, structures: Path) -> None:
    """What the irreps carry is what there is: sums of squares agree; so with the exact parent."""
    folder = shared / "data" / "faults" / "R1_molecule_incomplete"
    for parent in (folder / "parent.xyz", structures / "ammonia_flat.xyz"):
        found = decompose(parent, folder / "child.xyz")
        assert found.status == "ok" and set(found.primary) == {"E'", "A2''"}
        assert found.mapping.residual_rms is not None
        total = sum(e.amplitude_parent**2 for e in found.irreps if e.role != "noise")
        total += 4 * found.mapping.residual_rms**2
        assert total == pytest.approx(4 * found.mapping.rms**2, rel=1e-9)


@pytest.mark.shared
def test_a_noisy_child_whose_operations_are_no_group(shared: Path, structures: Path) -> None:
    folder = shared / "data" / "faults" / "R2_molecule_group_not_closed"
    found = decompose(structures / "ammonia_flat.xyz", folder / "child.xyz")
    assert found.child.point_group in ("C1", "Cs", "C3v") and "A2''" in found.primary
