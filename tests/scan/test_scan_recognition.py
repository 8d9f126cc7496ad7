"""Recognition of perovskites by topology: invariants under tilts, settings and species."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from perovskites import EDGE, scrambled, supercell, tilted

from curiebreak.mapping import map_child
from curiebreak.scan.placing import map_by_net
from curiebreak.scan.prototypes import BuiltParent, Prototype, build_parent
from curiebreak.scan.recognise import NotRecognised, Perovskite, recognise
from curiebreak.structures import Structure, read_structure
from curiebreak.structures.checks import structure_from_arrays
from curiebreak.symmetry.parent import parent_crystal

POLYMORPHS = {
    "calcite": (
        [[2.495, 1.440, 5.687], [-2.495, 1.440, 5.687], [0.0, -2.881, 5.687]],
        ["Ca", "Ca", "C", "C", *["O"] * 6],
        [(0, 0, 0), (0.5, 0.5, 0.5), (0.25, 0.25, 0.25), (0.75, 0.75, 0.75)]
        + [(0.5068, -0.0068, 0.25), (0.25, 0.5068, -0.0068), (-0.0068, 0.25, 0.5068)]
        + [(0.4932, 0.0068, 0.75), (0.75, 0.4932, 0.0068), (0.0068, 0.75, 0.4932)],
    ),
    "hexagonal 2H": (
        [[5.63, 0, 0], [-2.815, 4.8757, 0], [0, 0, 4.81]],
        ["Ba", "Ba", "Ni", "Ni", *["O"] * 6],
        [(1 / 3, 2 / 3, 0.75), (2 / 3, 1 / 3, 0.25), (0, 0, 0), (0, 0, 0.5)]
        + [(0.15, 0.30, 0.25), (0.70, 0.85, 0.25), (0.15, 0.85, 0.25)]
        + [(0.85, 0.70, 0.75), (0.30, 0.15, 0.75), (0.85, 0.15, 0.75)],
    ),
}
"""Structure types of the same formula that are no perovskites, with rounded coordinates: calcite (Graf,
Am. Mineral. 46, 1283 (1961)) and BaNiO3 (Takeda, Kanamaru, Shimada & Koizumi, Acta Cryst. B32, 2464 (1976))."""


@pytest.mark.parametrize("pattern", ["---", "+++", "+--"])
@pytest.mark.parametrize("degrees", [0.0, 6.0, 12.0])
def test_tilts_do_not_hide_the_net(degrees: float, pattern: str) -> None:
    found = recognise(scrambled(tilted(degrees, pattern), 1))
    assert isinstance(found, Perovskite)
    assert len(found.net.centres) == 8 and not found.is_bx3
    assert abs(round(np.linalg.det(found.net.matrix))) == 8
    assert found.volume == pytest.approx(EDGE**3)


@pytest.mark.parametrize("repeat", [1, 2, 3])
def test_every_place_of_the_net_is_taken_once(repeat: int) -> None:
    found = recognise(scrambled(supercell(repeat), repeat))
    assert isinstance(found, Perovskite)
    places = np.vstack([found.net.coordinates, found.net.corner_places, found.hole_places])
    inside = np.round(places @ np.linalg.inv(found.net.matrix), 6) % 1.0
    assert len({tuple(np.round(row, 5)) for row in inside}) == 5 * repeat**3


def test_roles_follow_topology_not_names() -> None:
    plain = supercell(2)
    swapped = replace(plain, species=tuple({"Ti": "Sr", "Sr": "Ti"}.get(s, s) for s in plain.species))
    found = recognise(swapped)
    assert isinstance(found, Perovskite)
    assert {swapped.species[i] for i in found.net.centres} == {"Sr"}


def test_polar_shift_of_the_centres() -> None:
    plain = supercell(1)
    coords = plain.coords.copy()
    coords[plain.species.index("Ti")] += [0, 0, 0.08]
    built = build_parent(replace(plain, coords=coords))
    assert isinstance(built, BuiltParent) and built.prototype is Prototype.PEROVSKITE


def test_prototypes() -> None:
    cases = {
        Prototype.PEROVSKITE: supercell(2),
        Prototype.BX3: supercell(2, holes=False),
        Prototype.DOUBLE: supercell(2, centres=("Sc", "Sb")),
    }
    numbers = {Prototype.PEROVSKITE: 221, Prototype.BX3: 221, Prototype.DOUBLE: 225}
    for kind, structure in cases.items():
        for wanted in (Prototype.AUTO, kind):
            built = build_parent(scrambled(structure, 3), wanted)
            assert isinstance(built, BuiltParent) and built.prototype is kind
            parent = parent_crystal(built.structure)
            assert parent.number == numbers[kind]
            assert str(parent.origin_site).startswith("B")


def test_ordered_centres_on_the_simple_parent_are_occupation() -> None:
    child = supercell(2, centres=("Sc", "Sb"))
    built = build_parent(child, Prototype.PEROVSKITE)
    assert isinstance(built, BuiltParent)
    assert "Sb0.5Sc0.5" in built.structure.species


def test_wrong_kind_is_refused_with_a_reason() -> None:
    for structure, wanted in (
        (supercell(2), Prototype.BX3),
        (supercell(2), Prototype.DOUBLE),
        (supercell(2, holes=False), Prototype.PEROVSKITE),
    ):
        refused = build_parent(structure, wanted)
        assert isinstance(refused, NotRecognised) and refused.reason.endswith(".")


@pytest.mark.parametrize("name", POLYMORPHS)
def test_other_structure_types_are_refused(name: str) -> None:
    lattice, species, frac = POLYMORPHS[name]
    refused = recognise(structure_from_arrays(lattice, species, frac))
    assert isinstance(refused, NotRecognised) and "octahedra" in refused.reason


def test_missing_atoms_and_molecules() -> None:
    plain = supercell(1)
    fewer = replace(plain, species=plain.species[:4], coords=plain.coords[:4])
    assert isinstance(recognise(fewer, True), NotRecognised)
    assert isinstance(recognise(Structure(None, ("O",), np.zeros((1, 3)))), NotRecognised)


@pytest.mark.parametrize("name", ["lamno3_pnma.cif", "srtio3_i4mcm.cif", "batio3_p4mm.cif"])
def test_the_net_gives_the_map_that_the_search_finds(structures: Path, name: str) -> None:
    child = read_structure(structures / name)
    built = build_parent(child)
    assert isinstance(built, BuiltParent)
    parent = parent_crystal(built.structure)
    read, searched = map_by_net(parent, child, True), map_child(parent, child)
    assert read.rms == pytest.approx(searched.rms, abs=1e-9)
    assert read.dmax == pytest.approx(searched.dmax, abs=1e-9)
    assert np.linalg.norm(read.strain) == pytest.approx(np.linalg.norm(searched.strain), abs=1e-9)
    assert np.abs(read.cell).sum() == np.abs(searched.cell).sum()


def test_either_cation_of_lithium_niobate_could_be_the_centre() -> None:
    """The structure type of LiNbO3 (R3c): both nets exist, the wider angles are niobium's."""
    lattice = [[5.148, 0, 0], [-2.574, 4.4583, 0], [0, 0, 13.863]]
    frac = []
    for x, y, z, kind in ((0, 0, 0.2787, "Li"), (0, 0, 0.0, "Nb"), (0.0476, 0.3433, 0.0633, "O")):
        turns = [(x, y), (-y, x - y), (y - x, -x)] if kind == "O" else [(x, y)]
        for step in ((0, 0, 0), (2 / 3, 1 / 3, 1 / 3), (1 / 3, 2 / 3, 2 / 3)):
            for a, b in turns:
                frac.append((kind, (a + step[0], b + step[1], z + step[2])))
                mirrored = (-b, -a) if kind == "O" else (a, b)
                frac.append((kind, (mirrored[0] + step[0], mirrored[1] + step[1], z + 0.5 + step[2])))
    found = recognise(structure_from_arrays(lattice, [k for k, _ in frac], [p for _, p in frac]))
    assert isinstance(found, Perovskite)
    assert {frac[i][0] for i in found.net.centres} == {"Nb"}
