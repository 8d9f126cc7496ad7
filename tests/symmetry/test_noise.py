"""Small but exact distortions are not taken for scatter, and scatter is not taken for a distortion."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from series import Cell, in_cubes

from curiebreak.modes.build import distort
from curiebreak.modes.built import BuiltChild
from curiebreak.modes.decompose import decompose
from curiebreak.modes.lookup import irreps_at_k
from curiebreak.structures import read_structure
from curiebreak.symmetry.noise import looks_scattered, rigid_freedom
from curiebreak.symmetry.parent import parent_crystal

CUBIC = Path(__file__).resolve().parents[2] / "structures" / "lamno3_cubic.cif"


def scattered(child: BuiltChild, displacements: np.ndarray, sigma: float) -> bool:
    return looks_scattered(child.parent, child.cell, child.site, child.cell_index, displacements, sigma)


@pytest.mark.parametrize("seed", range(4))
def test_scatter_reaches_every_irrep(seed: int) -> None:
    child = distort(CUBIC, ["R4+(0,b,b)=0.9", "M3+(a;0;0)=0.6"])
    noise = np.random.default_rng(seed).normal(size=child.displacements.shape) * 0.02
    noise -= noise.mean(axis=0)
    assert scattered(child, child.displacements + noise, 0.02)
    assert not scattered(child, child.displacements, 0.02)


@pytest.mark.parametrize(
    ("terms", "number"),
    [
        (["R4+(a,b,c)=0.40,0.44,0.48"], 2),
        (["GM4-[Mn](a,b,c)=0.10,0.13,0.16"], 1),
        (["X5-[Mn](a,b;0,0;0,0)=0.1,0.13"], None),
    ],
)
def test_nearly_equal_letters_stay_apart(terms: list[str], number: int | None) -> None:
    child = distort(CUBIC, terms)
    back = decompose(CUBIC, child.structure)
    assert back.isotropy_subgroup is not None
    assert back.isotropy_subgroup.number == child.subgroup.number
    assert back.isotropy_subgroup.number == number or number is None
    entry = next(e for e in back.irreps if e.kind == "displacement")
    assert entry.amplitude_supercell == pytest.approx(np.sqrt((child.displacements**2).sum()), abs=1e-6)


def test_translation_of_the_whole_crystal() -> None:
    """The three components of a vector of O_h are GM4-."""
    parent = parent_crystal(read_structure(CUBIC))
    counts = {irrep.label: rigid_freedom(parent, irrep) for irrep in irreps_at_k(parent, "GM")}
    assert {label: n for label, n in counts.items() if n} == {"GM4-": 3}
    assert all(rigid_freedom(parent, irrep) == 0 for irrep in irreps_at_k(parent, "R"))


@pytest.mark.parametrize(("shear", "kept"), [(0.002, True), (0.02, False)])
def test_scatter_of_the_cell_is_judged_like_that_of_the_atoms(shear: float, kept: bool) -> None:
    """With coordinates that scatter by 0.01 Å, edges of 8 Å that shear by 0.002 say nothing; by 0.02 they do."""
    child = in_cubes(distort(CUBIC, ["R4+(a,0,0)=0.5"], amplitude="Ap")).noisy(np.random.default_rng(3), 0.01)
    strain = np.eye(3)
    strain[0, 1] = strain[1, 0] = shear
    sheared = Cell(child.lattice @ strain, child.species, child.frac)
    back = decompose(CUBIC, sheared.structure())
    assert back.mapping is not None and 0.005 < back.mapping.residual_rms < 0.03
    assert back.isotropy_subgroup is not None
    assert (back.isotropy_subgroup.number == 140) is kept
    stricter = decompose(CUBIC, sheared.structure(), strain_tolerance=1e-4)
    assert stricter.isotropy_subgroup is not None and stricter.isotropy_subgroup.number != 140
