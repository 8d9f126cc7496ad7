"""Maximal magnetic subgroups, beside an exhaustive search that knows no irreps, and known lists.

Known: Pnma has 8 maximal magnetic subgroups at k = 0, of which the four with an unprimed inversion leave moments on the
site 4b at the inversion centre (Perez-Mato et al., Annu. Rev. Mater. Res. 45, 217 (2015)).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from command_line import CommandLine

from curiebreak.magnetic.magnetic_modes import decompose_magnetic
from curiebreak.magnetic.maximal_subgroups import maximal_magnetic_subgroups, moment_search
from curiebreak.modes.build import as_parent
from curiebreak.structures import Structure, structure_from_arrays
from curiebreak.structures.write import write_structure
from curiebreak.symmetry.isotypic import StandardOperations
from curiebreak.symmetry.parent import ParentCrystal


@pytest.fixture(scope="module")
def nickel_oxide() -> Structure:
    corners = np.array([[0, 0, 0], [0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]])
    places = np.concatenate([corners, corners + [0.5, 0, 0]])
    return structure_from_arrays(4.18 * np.eye(3), ["Ni"] * 4 + ["O"] * 4, places)


def groups(result) -> list[str]:
    return sorted(e.isotropy_subgroup.magnetic.bns_number for e in result.subgroups)


def classes_by_brute_force(parent: ParentCrystal, k: np.ndarray, atoms: np.ndarray, rng: np.random.Generator) -> int:
    """Classes of maximal groups that leave a field ``m_j exp(2 pi i k t)`` alone, for 2 k in the reciprocal lattice.

    Elements are (g, sign): those with D(g) v = sign v. Groups grow element by element, in random order, while some
    field is left; every maximal group comes out sooner or later.
    """
    turned = np.linalg.inv(parent.rotations).transpose(0, 2, 1) @ k
    little = np.flatnonzero(np.abs(turned - k - np.round(turned - k)).max(axis=1) < 1e-6)
    place = {int(a): i for i, a in enumerate(atoms)}
    matrices = []
    for g in little:
        rotation = parent.rotations_cartesian[g] * np.linalg.det(parent.rotations_cartesian[g])
        whole = np.zeros((3 * len(atoms), 3 * len(atoms)))
        for a in atoms:
            phase = np.cos(2 * np.pi * parent.shifts[g, a] @ k)
            row, column = 3 * place[int(parent.permutations[g, a])], 3 * place[int(a)]
            whole[row : row + 3, column : column + 3] = phase * rotation
        matrices.append(whole)
    signed = np.array([s * m for m in matrices for s in (1.0, -1.0)])
    found: set[tuple[int, ...]] = set()
    known: set[bytes] = set()
    for _ in range(60):
        basis = np.eye(3 * len(atoms))
        for one in rng.permutation(len(signed)):
            moved = basis @ signed[one].T
            values, vectors = np.linalg.eigh((moved @ basis.T + basis @ moved.T) / 2)
            rest = vectors[:, values > 1 - 1e-9].T @ basis
            basis = rest if len(rest) else basis
        kept = np.abs(basis @ signed.swapaxes(1, 2) - basis).max(axis=(1, 2)) < 1e-6
        if kept.tobytes() in known:
            continue
        known.add(kept.tobytes())
        images = []
        for h in signed:
            conjugate = h @ signed[kept] @ h.T
            rows = [int(np.abs(signed - c).max(axis=(1, 2)).argmin()) for c in conjugate]
            images.append(tuple(sorted(rows)))
        found.add(min(images))
    return len(found)


def test_pnma_at_gamma(structures: Path) -> None:
    parent = structures / "lamno3_pnma.cif"
    assert groups(maximal_magnetic_subgroups(parent, "GM", ["Mn"])) == ["62.441", "62.446", "62.447", "62.448"]
    everywhere = maximal_magnetic_subgroups(parent, "GM", ["Mn", "O"])
    assert groups(everywhere) == [f"62.44{i}" for i in (1, 3, 4, 5, 6, 7, 8, 9)]
    free = {e.isotropy_subgroup.magnetic.bns_number: e.moments.get("Mn", 0) for e in everywhere.subgroups}
    assert {number for number, count in free.items() if count} == {"62.441", "62.446", "62.447", "62.448"}
    assert set(free.values()) == {0, 3}


SLOW = pytest.mark.slow


@pytest.mark.parametrize(
    ("letters", "count"), [("L", 2), pytest.param("X", 3, marks=SLOW), pytest.param("GM", 3, marks=SLOW)]
)
def test_rock_salt_against_an_exhaustive_search(nickel_oxide: Structure, letters: str, count: int) -> None:
    parent = as_parent(nickel_oxide)
    found = maximal_magnetic_subgroups(parent, letters, ["Ni"])
    search = moment_search(parent, letters, [parent.site_names[0]])
    k = StandardOperations(parent).primitive_waves(search.irreps[0].arms)[0]
    atoms = np.flatnonzero(np.array(parent.species) == "Ni")
    assert classes_by_brute_force(parent, k, atoms, np.random.default_rng(0)) == found.found == count


@pytest.mark.parametrize("letters", ["X", *(pytest.param(k, marks=SLOW) for k in "ST")])
def test_pnma_at_zone_boundaries_against_an_exhaustive_search(structures: Path, letters: str) -> None:
    parent = as_parent(structures / "lamno3_pnma.cif")
    found = maximal_magnetic_subgroups(parent, letters, ["Mn"])
    name = next(n for n in parent.site_names if n.startswith("Mn"))
    search = moment_search(parent, letters, [name])
    k = StandardOperations(parent).primitive_waves(search.irreps[0].arms)[0]
    atoms = np.flatnonzero(np.array(parent.species) == "Mn")
    assert classes_by_brute_force(parent, k, atoms, np.random.default_rng(0)) == found.found


@pytest.mark.slow
def test_all_arms_together_hold_the_single_one(nickel_oxide: Structure) -> None:
    """No group of one arm lies in one of several arms: their translations differ."""
    single = groups(maximal_magnetic_subgroups(nickel_oxide, "L", ["Ni"]))
    whole = groups(maximal_magnetic_subgroups(nickel_oxide, "L", ["Ni"], star=True))
    assert set(single) < set(whole) and "226.127" in whole


@pytest.mark.parametrize("k", ["L", pytest.param("0,0,1/2", marks=SLOW)])
def test_files_hold_the_groups_and_read_back(
    nickel_oxide: Structure, k: str, tmp_path: Path, command_line: CommandLine
) -> None:
    parent = tmp_path / "parent.cif"
    write_structure(nickel_oxide, parent)
    asked = ("--magnetic", "--k", k, "--sites", "Ni", "--all", tmp_path / "max", "--json")
    ran = command_line("subgroups", parent, *asked)
    assert ran.code == 0
    words = "Only the maximal groups are listed; `curiebreak distort PARENT --list-directions m"
    assert any(message.startswith(words) for message in ran.json["messages"])
    entries = ran.json["subgroups"]
    assert entries and len((tmp_path / "max" / "children.csv").read_text().splitlines()) == len(entries) + 1
    for entry in entries:
        back = decompose_magnetic("auto", entry["file"])
        expected = entry["isotropy_subgroup"]["magnetic"]["bns_number"]
        assert back.isotropy_subgroup.magnetic.bns_number == expected
        assert list(back.primary) == [name for one in entry["sets"] for name in one["irreps"]]
    assert ",no" not in (tmp_path / "max" / "children.csv").read_text()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--k", "L"], 2, "--k is for magnetic subgroups"),
        (["--magnetic"], 2, "needs a propagation vector"),
        (["--magnetic", "--k", "L", "--polar"], 2, "--polar is for subgroups without moments"),
        (["--magnetic", "--k", "ZZ"], 3, "no k point ZZ"),
        (["--magnetic", "--k", "L", "--sites", "Fe"], 3, "no site 'Fe'"),
        (["--magnetic", "--k", "0,0"], 3, "2 components"),
    ],
)
def test_what_cannot_be_listed_is_said(
    nickel_oxide: Structure, tmp_path: Path, command_line: CommandLine, arguments: list[str], code: int, words: str
) -> None:
    write_structure(nickel_oxide, tmp_path / "parent.cif")
    ran = command_line("subgroups", tmp_path / "parent.cif", *arguments)
    assert ran.code == code and words in ran.err
