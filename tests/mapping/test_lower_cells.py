"""Groups above the lattice of the file: scatter in a cell that is less symmetric than the structure."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from lower_cells import ACROSS, CUBES, in_cell

from curiebreak.modes.build import distort
from curiebreak.modes.decompose import decompose
from curiebreak.options.scan_options import ScanSettings
from curiebreak.scan.analysing import analyse_source
from curiebreak.scan.inputs import Piece, Source
from curiebreak.structures import read_structure
from curiebreak.symmetry.cell_operations import CellField, deviations, parent_operations
from curiebreak.symmetry.parent import parent_crystal
from curiebreak.symmetry.rungs import closed_tolerances, selected_rank
from curiebreak.symmetry.sublattices import hermite_normal_form, reduce_vectors, residue_index, residues

CUBIC = Path(__file__).resolve().parents[2] / "structures" / "lamno3_cubic.cif"

# Space group, irreps with the direction of the child, Glazer symbol: Howard & Stokes (1998) for the tilts.
CHILDREN = {
    "R-3c": (167, {"R4+": "(a,a,a)"}, "a-a-a-"),
    "R3c": (161, {"R4+": "(a,a,a)", "GM4-": "(a,a,a)"}, "a-a-a-"),
    "R3m": (160, {"GM4-": "(a,a,a)"}, "a0a0a0"),
    "Imma": (74, {"R4+": "(0,a,a)"}, "a0b-b-"),
    "I4/mcm": (140, {"R4+": "(a,0,0)"}, "a0a0c-"),
}
AMPLITUDES = {"R4+": 0.8, "GM4-": 0.4}
CELLS = {"2x2x2": CUBES, "s2s2_2": ACROSS}


def check(name: str, cell: str, sigma: float, seed: int) -> None:
    number, irreps, glazer = CHILDREN[name]
    child = distort(CUBIC, [f"{label}{text}={AMPLITUDES[label]}" for label, text in irreps.items()])
    noisy = in_cell(child, CELLS[cell]).noisy(np.random.default_rng(seed), sigma)
    back = decompose(CUBIC, noisy.structure())
    assert back.isotropy_subgroup is not None and back.isotropy_subgroup.number == number
    found = {e.irrep: e for e in back.irreps if e.role == "primary"}
    assert set(found) == set(irreps)
    for label, entry in found.items():
        assert entry.isotropy_subgroup is not None
        alone = distort(CUBIC, [f"{label}{irreps[label]}={AMPLITUDES[label]}"])
        assert entry.isotropy_subgroup.number == alone.subgroup.number
        root = np.sqrt(abs(np.linalg.det(child.cell)))
        assert entry.amplitude_parent == pytest.approx(AMPLITUDES[label] / root, abs=6 * sigma)
    assert back.glazer is not None and back.glazer.symbol == glazer


@pytest.mark.parametrize("name", CHILDREN)
def test_scatter_in_a_cell_that_lies_across(name: str) -> None:
    check(name, "s2s2_2", 0.003, 3)


@pytest.mark.slow
@pytest.mark.parametrize("sigma", [0.001, 0.003, 0.006, 0.01])
@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("name", CHILDREN)
def test_forty_children_with_scatter(name: str, cell: str, sigma: float) -> None:
    check(name, cell, sigma, 5)


def random_field(cell: np.ndarray, seed: int) -> CellField:
    parent = parent_crystal(read_structure(CUBIC))
    places = residues(hermite_normal_form(cell))
    site = np.repeat(np.arange(len(parent.species)), len(places))
    values = np.random.default_rng(seed).normal(size=(len(site), 4))
    return CellField(
        parent, cell, site, np.tile(places, (len(parent.species), 1)), values[:, :3], values[:, 3:], np.zeros((3, 3))
    )


def repeated(field: CellField, cell: np.ndarray) -> CellField:
    """The same field written on a larger cell."""
    small, large = hermite_normal_form(field.cell), hermite_normal_form(cell)
    places = residues(large)
    site = np.repeat(np.arange(len(field.parent.species)), len(places))
    where = np.tile(places, (len(field.parent.species), 1))
    sites = len(field.parent.species)
    known = residue_index(reduce_vectors(field.cell_index, small), small) * sites + field.site
    atom = np.argsort(known)[residue_index(reduce_vectors(where, small), small) * sites + site]
    moved, held = field.displacements[atom], field.occupation[atom]
    return replace(field, cell=cell, site=site, cell_index=where, displacements=moved, occupation=held)


LOWER = [
    ACROSS,
    np.diag([1, 1, 2]),
    np.array([[1, 0, 0], [0, 1, 1], [0, -1, 1]]),
    pytest.param(np.diag([1, 2, 3]), marks=pytest.mark.slow),
]


@pytest.mark.parametrize("cell", LOWER)
def test_operations_are_those_of_a_cell_that_all_of_them_keep(cell: np.ndarray) -> None:
    """Changes, groups, averages and ranks are those on n x n x n cells, where every operation permutes atoms."""
    lower = random_field(cell, 1)
    edge = int(np.lcm.reduce(hermite_normal_form(cell).diagonal()))
    common = repeated(lower, edge * np.eye(3, dtype=np.int64))
    ours, theirs = parent_operations(lower), parent_operations(common)
    assert (np.sort(theirs.permutations, axis=1) == np.arange(len(common.site))).all()
    small = ours.space.hnf
    vectors = reduce_vectors(theirs.space.translations[theirs.translation], small)
    row = theirs.operation * ours.space.size + residue_index(vectors, small)
    known = np.empty(len(ours.operation), dtype=np.int64)
    known[ours.operation * ours.space.size + ours.translation] = np.arange(len(ours.operation))
    worst, expected = deviations(lower, ours), deviations(common, theirs)
    assert worst[known[row]] == pytest.approx(expected, abs=1e-12)

    rungs = closed_tolerances(ours, worst)
    assert rungs == pytest.approx(closed_tolerances(theirs, expected), abs=1e-9)
    rotations = lower.parent.rotations_cartesian
    copies = common.displacements.size // lower.displacements.size
    for value in rungs:
        group, whole = ours.select(worst <= value + 1e-9), theirs.select(expected <= value + 1e-9)
        assert len(whole.operation) == copies * len(group.operation)
        mean = replace(lower, displacements=group.average(lower.displacements, rotations))
        assert repeated(mean, common.cell).displacements == pytest.approx(
            whole.average(common.displacements, rotations), abs=1e-12
        )
        assert selected_rank(lower, group) == selected_rank(common, whole)


@pytest.mark.shared
def test_r3c_with_scatter_in_an_orthorhombic_cell(shared: Path) -> None:
    folder = shared / "data" / "faults" / "noise_in_a_lower_cell"
    back = decompose(folder / "parent.cif", folder / "R3c__s2s2_2__0.003.vasp")
    assert back.isotropy_subgroup is not None and back.isotropy_subgroup.number == 161
    assert {e.irrep: e.direction for e in back.irreps if e.role == "primary"} == {"GM4-": "(a,a,a)", "R4+": "(a,a,a)"}
    assert back.glazer is not None and back.glazer.symbol == "a-a-a-"


@pytest.mark.shared
def test_lithium_niobate_as_a_database_stores_it(shared: Path) -> None:
    path = str(shared / "data" / "faults" / "noise_in_a_lower_cell" / "mp-3731.cif")
    row = analyse_source(Source(path, "mp-3731", path, Piece(path)), ScanSettings(parent="perovskite", learn=False))
    assert row.values["status"] == "ok" and row.values["space_group_number"] == 161
    assert row.values["glazer"] == "a-a-a-" and row.values["primary"] == "GM4- R4+"
