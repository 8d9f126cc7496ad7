"""Noisy coordinates: the child's group, its irreps and what only the noise holds.

The shipped children are displaced at random (Gaussian, sigma per Cartesian component); what must
come back is what the clean file gives.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pairs import analysis, paths

from curiebreak.mapping import map_child
from curiebreak.modes import Analysis, analyse
from curiebreak.modes.decompose import decompose
from curiebreak.structures import Structure, read_structure
from curiebreak.symmetry.cell_operations import cell_operations
from curiebreak.symmetry.parent import parent_crystal

SIGMA = 0.02


def noisy(name: str, sigma: float, seed: int) -> Structure:
    child = read_structure(paths(name)[1])
    rng = np.random.default_rng(seed)
    steps = rng.normal(size=child.coords.shape) * sigma
    return replace(child, coords=child.coords + steps @ np.linalg.inv(child.lattice))


def analysed(name: str, sigma: float, seed: int) -> Analysis:
    parent = parent_crystal(read_structure(paths(name)[0]))
    return analyse(map_child(parent, noisy(name, sigma, seed)))


@pytest.mark.parametrize("seed", range(5))
def test_lamno3_with_noise(seed: int) -> None:
    """Pnma, primaries within 5 %, every irrep within 3 sigma sqrt(dim), dim its free components."""
    parent, child = paths("lamno3")
    clean = {e.irrep: e for e in decompose(parent, child).irreps if e.kind == "displacement"}
    result = decompose(parent, noisy("lamno3", SIGMA, seed))
    assert result.isotropy_subgroup is not None and result.isotropy_subgroup.symbol == "Pnma"
    assert result.primary == ("M3+", "R4+")
    for entry in result.irreps:
        if entry.kind != "displacement" or entry.role == "noise":
            continue
        want, got = clean[entry.irrep].amplitude_supercell, entry.amplitude_supercell
        assert want is not None and got is not None
        assert abs(got - want) < 3 * SIGMA * len(entry.modes) ** 0.5, entry.irrep
        if entry.role == "primary":
            assert got == pytest.approx(want, rel=0.05)
    labels = {label for members in result.minimal_sets for label in members}
    noise = [e for e in result.irreps if e.role == "noise"]
    assert {"GM4-", "M5+", "R4-"} <= {e.irrep for e in noise}
    assert labels.isdisjoint(e.irrep for e in noise)
    assert max(e.amplitude_supercell or 0.0 for e in noise) < 0.1
    assert any("scatter" in message for message in result.messages)


def test_clean_children_have_no_noise() -> None:
    for name in ("lamno3", "srtio3", "ymno3", "ca3ti2o7"):
        assert analysis(name).scatter == ()
        assert not any("scatter" in message for message in analysis(name).group.messages)


@pytest.mark.parametrize("sigma", [0.005, 0.01, 0.02, 0.03])
@pytest.mark.parametrize("name", ["lamno3", "srtio3", "ymno3", "ca3ti2o7"])
def test_group_above_noise(name: str, sigma: float) -> None:
    want = analysis(name).group.name
    got = analysed(name, sigma, seed=3).group.name
    assert want is not None and got is not None
    assert got.number == want.number


@pytest.mark.parametrize("seed", range(6))
def test_weak_noise_on_a_small_cell(seed: int) -> None:
    """Some operations of P4mm move nothing by more than 0.01 Å by chance; that is no exact symmetry."""
    group = analysed("batio3", 0.005, seed).group
    assert group.name is not None and group.name.number == 99


def test_symprec_overrides() -> None:
    parent, _ = paths("lamno3")
    result = decompose(parent, noisy("lamno3", SIGMA, 0), symprec=1e-4)
    assert result.isotropy_subgroup is not None and result.isotropy_subgroup.number == 1


def test_clean_low_symmetry_is_not_noise() -> None:
    """A distortion of 0.02 Å in few irreps is real, however small: it leaves the other irreps empty."""
    parent = parent_crystal(read_structure(paths("batio3")[0]))
    child = read_structure(paths("batio3")[1])
    coords = np.array(parent.structure.coords)
    titanium = parent.structure.species.index("Ti")
    coords[titanium] += np.array([0.003, 0.006, 0.011])
    made = replace(parent.structure, coords=coords)
    assert len(child) == len(made)
    group = analyse(map_child(parent, made)).group
    assert group.name is not None and group.name.number == 1


@pytest.mark.parametrize(("sigma", "number"), [(0.002, 221), (0.012, 1)])
def test_scatter_alone(sigma: float, number: int) -> None:
    """Without a distortion above it, a scatter is noise only when it is small."""
    parent = parent_crystal(read_structure(paths("batio3")[0]))
    rng = np.random.default_rng(2)
    coords = parent.structure.coords + rng.normal(size=parent.structure.coords.shape) * sigma / 4.0
    group = analyse(map_child(parent, replace(parent.structure, coords=coords))).group
    assert group.name is not None and group.name.number == number


def test_averaging_keeps_group_of_a_reduced_cell() -> None:
    """Operations on a primitive cell are those of the given cell, none gained by the averaging."""
    parent = parent_crystal(read_structure(paths("srtio3")[0]))
    for seed in range(3):
        found = analyse(map_child(parent, noisy("srtio3", SIGMA, seed)))
        group = found.group
        assert group.name is not None and group.name.number == 140
        whole = len(cell_operations(group.field).operation)
        assert whole % len(group.operations.operation) == 0
        total = len(found.parent.rotations) * found.space.size
        assert total // len(group.operations.operation) == 6  # Pm-3m to I4/mcm


@pytest.mark.parametrize("seed", [0, 1])
def test_noise_of_a_doubled_cell_is_reported_per_primitive_cell(seed: int) -> None:
    """Noise spreads over all irreps: the squares per parent cell add up to 3 n sigma^2."""
    found = analysed("lamno3", SIGMA, seed)
    per_cell = sum(m.squared / len(m.values) for m in found.scatter)
    assert per_cell == pytest.approx(3 * 5 * SIGMA**2, rel=0.6)
