"""What cannot be is refused in words: builder, labels, compositions, molecules, graphs, snapshots, tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pairs import STRUCTURES, analysis

from curiebreak.errors import InputError, InternalError, NotCompatibleError
from curiebreak.fields import representation
from curiebreak.learning.graph import choose_cutoff, farthest_type, find_edges
from curiebreak.learning.hidden_field import recover
from curiebreak.learning.problem import Problem
from curiebreak.mapping import map_child
from curiebreak.modes.build import distort, distort_series
from curiebreak.modes.lookup import find_irrep
from curiebreak.structures import Structure, read_structure, structure_from_arrays
from curiebreak.symmetry.directions import canonical_direction, fixed_subspace
from curiebreak.symmetry.isotypic import decompose_field, irreps_on
from curiebreak.symmetry.parent import parent_crystal
from curiebreak.symmetry.physical import minus_k_label, physical_irreps_at
from curiebreak.symmetry.polynomials import number_text
from curiebreak.symmetry.primitive_cell import UnsuitableCellError, lattice_basis
from curiebreak.symmetry.sublattices import periodic_cell
from curiebreak.symmetry.table_file import lattice_vectors

CUBIC = STRUCTURES / "lamno3_cubic.cif"
SQUARE = STRUCTURES / "square.xyz"


# -- building children ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"terms": ["R4+[O:0](a,0,0)=0.1"]}, "no number of a copy"),
        ({"terms": ["R4+[O:x](a,0,0)=0.1"]}, "no number of a copy"),
        ({"terms": ["R4+(a,b,0)=a:0.1,a:0.2"]}, "gives a twice"),
        ({"terms": ["R4+(a,b,0)=a:0.1,c:0.2"]}, "its letters are a, b"),
        ({"terms": ["4+(a,0,0)=0.1"]}, "no term|no irrep label"),
        ({"terms": ["R4+(a,0,0)=0.1"], "amplitude": "Aq"}, "must be As or Ap, got 'Aq'"),
        ({"angles": (1.0, 2.0, 3.0)}, "need a Glazer symbol"),
        ({"glazer": "a+b-b-"}, "needs three angles"),
        ({"strain": "0.01,0,x,0,0,0"}, "is no strain"),
        ({"strain": "0.01,0,0"}, "is no strain"),
        ({"strain": "-0.95,0,0,0,0,0"}, "too large to leave a cell"),
        ({"strain": "GM4-(a,0,0)=0.01"}, "0 copies of GM4-"),
        ({"strain": "R4+(a,0,0)=0.01"}, "0 copies of R4"),
    ],
)
def test_children_that_cannot_be_built(given: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        distort(CUBIC, **given)


def test_a_molecule_has_neither_strain_nor_tilts() -> None:
    with pytest.raises(InputError, match="no strain"):
        distort(SQUARE, ["B1g=0.1"], strain="0.01,0,0,0,0,0")
    with pytest.raises(InputError, match="net of octahedra"):
        distort(SQUARE, glazer="a+b-b-", angles=(1.0, 2.0, 2.0))


def test_a_strain_may_be_given_as_a_tensor_of_which_the_symmetric_part_counts() -> None:
    tensor = np.array([[0.01, 0.004, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, -0.01]])
    built = distort(CUBIC, strain=tensor)
    metric = np.asarray(built.structure.lattice) @ np.asarray(built.structure.lattice).T / 3.9408**2
    stretch = np.eye(3) + (tensor + tensor.T) / 2
    np.testing.assert_allclose(metric, stretch @ stretch, atol=1e-4)


def test_series_need_amplitudes_and_one_term() -> None:
    for values in ([], [np.nan], [np.inf, 1.0]):
        with pytest.raises(InputError, match="finite amplitudes"):
            distort_series(CUBIC, ["R4+(a,0,0)"], "R4+", values)
    with pytest.raises(InputError, match="given 2 times"):
        distort_series(CUBIC, ["R4+(a,0,0)=1", "R4+(0,a,0)=1"], "R4+", [0.1])


def test_labels_of_joined_irreps_may_be_given_by_one_half() -> None:
    """GM2+GM3+ of R-3 (148) is one real irrep of dimension 2; either half finds it."""
    lattice = np.array([[5.0, 0, 0], [-2.5, 5.0 * np.sqrt(0.75), 0], [0, 0, 13.0]])
    x, y, z = 0.21, 0.05, 0.11
    ring = [[x, y, z], [-y, x - y, z], [-x + y, -x, z], [-x, -y, -z], [y, -x + y, -z], [x - y, x, -z]]
    centring = np.array([[0, 0, 0], [2 / 3, 1 / 3, 1 / 3], [1 / 3, 2 / 3, 2 / 3]])
    places = np.concatenate([[[0, 0, 0]], ring])
    frac = (places[None] + centring[:, None]).reshape(-1, 3)
    parent = parent_crystal(structure_from_arrays(lattice, (["Ti"] + ["O"] * 6) * 3, frac))
    assert parent.number == 148
    whole = find_irrep(parent, "GM2+GM3+")
    assert whole.dim == 2
    assert {find_irrep(parent, name).label for name in ("GM2+", "GM2+GM3+", "GM3+")} == {"GM2+GM3+"}
    with pytest.raises(InputError, match="no irrep GM4") as caught:
        find_irrep(parent, "GM4+")
    assert "GM2+GM3+" in caught.value.hint
    with pytest.raises(InputError, match="no irrep label"):
        find_irrep(parent, "4+")


@pytest.mark.parametrize("symprec", [0.01, 0.1, 0.2])
def test_a_loose_tolerance_drops_no_atom_of_a_pair(symprec: float) -> None:
    """Body-centred, H2 of 0.74 A along z: each half of a pair is no copy of the other."""
    frac = np.array([[0, 0, 0.5], [0, 0, 0.037], [0, 0, -0.037]])
    cell = structure_from_arrays(np.diag([4.0, 4.0, 10.0]), ["Fe", "H", "H"] * 2, np.vstack([frac, frac + 0.5]))
    assert len(parent_crystal(cell, symprec).species) == 3


def test_incommensurate_wave_vectors_have_no_cell() -> None:
    with pytest.raises(InputError, match="no simple fraction"):
        periodic_cell(np.array([[1 / np.sqrt(5), 0.0, 0.0]]))


# -- compositions and molecules ------------------------------------------------------------------------------
def test_an_ordered_child_with_too_much_of_an_element_does_not_fit() -> None:
    """Pt0.75Cu0.25 orders as Pt3Cu, not as PtCu; and no site takes gold."""
    sites = [[0, 0, 0], [0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5]]
    parent = parent_crystal(structure_from_arrays(3.92 * np.eye(3), [{"Pt": 0.75, "Cu": 0.25}] * 4, sites))
    for species in (["Cu", "Cu", "Pt", "Pt"], ["Au", "Pt", "Pt", "Pt"]):
        with pytest.raises(NotCompatibleError, match="compositions differ"):
            map_child(parent, structure_from_arrays(3.92 * np.eye(3), species, sites))


def test_the_sign_of_an_occupation_is_child_minus_parent() -> None:
    sites = [[0, 0, 0], [0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5]]
    parent = parent_crystal(structure_from_arrays(3.92 * np.eye(3), [{"Pt": 0.75, "Cu": 0.25}] * 4, sites))
    found = map_child(parent, structure_from_arrays(3.92 * np.eye(3), ["Cu", "Pt", "Pt", "Pt"], sites))
    assert found.occupation is not None and found.occupation_elements == ("Cu", "Pt")
    alone = int(np.flatnonzero(found.child_atoms == 0)[0])
    np.testing.assert_allclose(found.occupation[alone], [0.75, -0.75], atol=1e-12)
    np.testing.assert_allclose(np.delete(found.occupation, alone, axis=0), [[-0.25, 0.25]] * 3, atol=1e-12)


def water(angle: float) -> Structure:
    half = np.radians(angle) / 2
    hydrogens = [[0.96 * np.sin(half) * s, 0.96 * np.cos(half), 0.0] for s in (1, -1)]
    return structure_from_arrays(None, ["O", "H", "H"], [[0.0, 0.0, 0.0], *hydrogens])


def test_linear_molecules_are_no_parents_but_may_be_children() -> None:
    with pytest.raises(InputError, match="linear"):
        parent_crystal(water(180.0))
    straight = map_child(parent_crystal(water(104.5)), water(180.0))
    assert straight.dmax > 0.3
    from curiebreak.modes import analyse

    assert analyse(straight).primary == (), "a straight molecule keeps everything that a bent one has"


def test_a_molecule_in_pieces_is_reconstructive() -> None:
    parent = parent_crystal(read_structure(SQUARE))
    torn = structure_from_arrays(None, ["C"] * 4, [[0, 0, 0], [9, 0, 0], [0, 7, 0], [0, 0, 8]])
    with pytest.raises(NotCompatibleError):
        map_child(parent, torn)


def test_a_very_flat_molecule_still_has_all_its_operations() -> None:
    """CH3-like pyramid so flat that no three atoms span space well: C3v, six operations."""
    angles = np.radians([0, 120, 240])
    ring = np.stack([np.cos(angles), np.sin(angles), np.full(3, 0.13)], axis=1)
    flat = structure_from_arrays(None, ["N", "H", "H", "H"], [[0, 0, -0.13], *ring.tolist()])
    assert parent_crystal(flat).n_operations == 6


def test_cells_without_symmetry_are_refused_by_name() -> None:
    overlapping = structure_from_arrays(4.0 * np.eye(3), ["Na", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]])
    broken = Structure(
        lattice=overlapping.lattice, species=("Na", "Na"), coords=np.zeros((2, 3)), labels=(), path="twice.cif"
    )
    with pytest.raises(InputError, match="twice.cif cannot be determined|twice.cif"):
        parent_crystal(broken)


# -- exact machinery that must notice its own errors -----------------------------------------------------------
def test_a_decomposition_that_misses_an_irrep_is_an_error() -> None:
    found = analysis("lamno3")
    field, matrices = found.group.field, representation(1, "o", found.parent.rotations_cartesian)
    values = found.space.from_atoms(field.displacements, field.site, field.cell_index)
    irreps = irreps_on(found.space)
    assert decompose_field(found.space, values, matrices, irreps)
    for missing in ("R4+", "R5+"):
        with pytest.raises(InternalError, match="incomplete"):
            decompose_field(found.space, values, matrices, [i for i in irreps if i.label != missing])


def test_complex_amplitudes_that_belong_to_no_real_field_are_noticed() -> None:
    """R4+ of Pm-3m is real as tabulated, so its amplitudes in a real field are real."""
    irrep = next(i for i in physical_irreps_at(221, np.array([0.5, 0.5, 0.5])) if i.label == "R4+")
    assert np.isrealobj(irrep.from_complex(np.array([1.0, 0.0, 2.0]) + 0j))
    with pytest.raises(InternalError, match="not real"):
        irrep.from_complex(np.array([1.0j, 0.0, 2.0]))
    with pytest.raises(InternalError, match="no irrep label|not an irrep label"):
        minus_k_label(221, "4+")


def test_a_set_that_is_no_group_has_no_fixed_subspace() -> None:
    turn = np.array([[0.0, -1.0], [1.0, 0.0]])
    assert fixed_subspace(np.array([np.eye(2), turn, turn @ turn, turn.T])).shape == (0, 2)
    with pytest.raises(InternalError, match="not a group"):
        fixed_subspace(np.array([np.eye(2), turn]))


def test_a_tolerance_that_cuts_through_a_cluster_is_tightened() -> None:
    """Near (a,0,0) the changes under C4v are 1.4, 2, 3.2, 4, 4.2, 4.5 e: those below 1e-3 are no group."""
    turn, mirror = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]]), np.diag([1.0, -1.0, 1.0])
    turns = [np.linalg.matrix_power(turn, n) for n in range(4)]
    images = np.array(turns + [t @ mirror for t in turns])
    for size, text in ((2.8e-4, "(a,b,c)"), (1e-5, "(a,0,0)"), (1e-2, "(a,b,c)")):
        vector = np.array([1.0, size, 2 * size])
        assert canonical_direction([images], [vector]).text == text


@pytest.mark.parametrize(("value", "text"), [(np.pi, "3.14159"), (0.75, "3/4"), (np.sqrt(3) / 2, "sqrt(3)/2")])
def test_numbers_that_are_no_roots_are_printed_as_they_are(value: float, text: str) -> None:
    assert number_text(value) == text


def test_lattice_basis_spans_the_primitive_cell_or_says_that_none_does() -> None:
    rows = lattice_basis(np.array([[1.0, 0, 0], [0, 1, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5]]), 0.5)
    assert abs(np.linalg.det(rows)) == pytest.approx(0.5)
    with pytest.raises(UnsuitableCellError):
        lattice_basis(np.eye(3), 0.5)
    with pytest.raises(InternalError, match="centring"):
        lattice_vectors("Q")


# -- graphs and snapshots ----------------------------------------------------------------------------------------
def atoms(lattice: np.ndarray | None, positions: np.ndarray) -> Problem:
    n = len(positions)
    one = (np.eye(3)[None], np.arange(n)[None])
    return Problem(lattice, positions, np.zeros(n, np.int64), ("C",), np.arange(n), *one, *one)


def test_graphs_that_cannot_be_connected() -> None:
    with pytest.raises(InputError, match="one atom"):
        choose_cutoff(atoms(None, np.zeros((1, 3))), 3)
    with pytest.raises(InputError, match="No connected graph"):
        choose_cutoff(atoms(200.0 * np.eye(3), np.zeros((1, 3))), 3)
    nothing = find_edges(None, np.array([[0.0, 0, 0], [0, 0, 90.0]]), 5.0)
    assert farthest_type(nothing, np.array([0, 1])) == 3, "a kind that is out of reach counts as farther than all"


def test_the_cutoff_grows_until_distant_atoms_are_reached() -> None:
    """Chains 9 Å apart: nothing within 5 Å holds the crystal together."""
    cutoff, edges = choose_cutoff(atoms(np.diag([2.0, 9.0, 9.0]), np.zeros((1, 3))), 3)
    assert cutoff > 9.0
    assert np.linalg.matrix_rank(edges.vectors) == 3


def test_snapshots_that_say_nothing_are_refused() -> None:
    rng = np.random.default_rng(0)
    shape = (10, 6, 3)
    arrays = [rng.normal(size=shape) for _ in range(3)]
    kinds = np.array([0, 0, 0, 1, 1, 1])
    with pytest.raises(InputError, match="NaN"):
        recover(arrays[0] * np.nan, arrays[1], arrays[2], kinds)
    for silent in (1, 2):
        changed = [a * (i != silent) for i, a in enumerate(arrays)]
        with pytest.raises(InputError, match="are zero"):
            recover(*changed, kinds)


def test_a_missing_source_of_the_irrep_table_leaves_no_table(tmp_path: Path) -> None:
    from curiebreak.symmetry.build_tables import main

    assert main([]) == 2
    with pytest.raises(InputError, match="cannot read"):
        main([str(tmp_path / "absent.gz"), str(tmp_path / "out")])
    assert not (tmp_path / "out").exists()
