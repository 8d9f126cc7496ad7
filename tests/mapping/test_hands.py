"""Hands: the mirror image of a chiral child is mapped on request, with the numbers of the other one."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from command_line import CommandLine
from scramble import scramble

from curiebreak import decompose
from curiebreak.errors import NotCompatibleError, UsageError
from curiebreak.mapping import map_child
from curiebreak.structures import Structure, read_structure, structure_from_arrays, write_cif
from curiebreak.structures.spacegroup import symmetry_dataset
from curiebreak.symmetry.parent import parent_crystal
from curiebreak.symmetry.primitive_cell import species_numbers


def quartz(hand: int, distorted: float = 0.0) -> Structure:
    """Low quartz, P3_221 (Levien, Prewitt & Weidner, Am. Mineral. 65, 920 (1980)), or its mirror image in P3_121.

    Distorted: the two-fold axes are lost, the three-fold screw axis is kept.
    """
    x, y, z = 0.4697 + distorted, 0.02 * (distorted > 0), 0.0
    si = [[x, y, z], [-y, x - y, z + 2 / 3], [-x + y, -x, z + 1 / 3]]
    x, y, z = 0.4135, 0.2669 + distorted, 0.1191
    o = [[x, y, z], [-y, x - y, z + 2 / 3], [-x + y, -x, z + 1 / 3]]
    x, y, z = 0.4135 - distorted, 0.2669, 0.1191
    o += [[y, x, 2 / 3 - z], [x - y, -y, -z], [-x, -x + y, 1 / 3 - z]]
    o[3:] = [[y, x, 2 / 3 - z], [-x, y - x, 1 / 3 - z + 1], [x - y, -y, -z]]
    lattice = np.array([[4.916, 0, 0], [-2.458, 4.916 * np.sqrt(0.75), 0], [0, 0, 5.4054]])
    return structure_from_arrays(lattice, ["Si"] * 3 + ["O"] * 6, hand * np.array(si + o))


def group(structure: Structure) -> str:
    found = symmetry_dataset(np.asarray(structure.lattice), structure.coords, species_numbers(structure.species), 1e-3)
    return "none" if found is None else str(found.international)


def test_the_pair_is_an_enantiomorphic_one() -> None:
    assert {group(quartz(1)), group(quartz(-1))} == {"P3_121", "P3_221"}
    assert {group(quartz(1, 0.01)), group(quartz(-1, 0.01))} == {"P3_1", "P3_2"}


def test_without_the_option_the_refusal_names_it() -> None:
    parent = parent_crystal(quartz(1))
    with pytest.raises(NotCompatibleError, match="opposite hands") as caught:
        map_child(parent, quartz(-1, 0.01))
    assert "--allow hand" in str(caught.value.hint)
    with pytest.raises(UsageError, match="'hands'"):
        map_child(parent, quartz(-1, 0.01), allow=["hands"])


@pytest.mark.parametrize("seed", range(3))
def test_the_mirror_image_gives_what_the_child_of_the_right_hand_gives(seed: int) -> None:
    right = decompose(quartz(1), quartz(1, 0.01))
    found = decompose(quartz(1), scramble(quartz(-1, 0.01), seed), allow=["hand"])
    assert found.mapping.mirrored and not right.mapping.mirrored
    assert any("other hand" in m and "parent's hand" in m for m in found.messages)
    assert (found.primary, found.isotropy_subgroup.number) == (right.primary, right.isotropy_subgroup.number)
    assert found.child.space_group == right.child.space_group
    here, there = ({(e.irrep, e.kind): e.amplitude_parent for e in r.irreps if e.share} for r in (found, right))
    assert here == pytest.approx(there, abs=1e-6)


def test_a_child_of_the_right_hand_is_left_alone() -> None:
    found = decompose(quartz(1), quartz(1, 0.01), allow=["hand"])
    assert not found.mapping.mirrored and not any("other hand" in m for m in found.messages)


def test_mirror_images_of_molecules() -> None:
    """CHFClBr with one bond longer: no two atoms may change places."""
    species = ["C", "H", "F", "Cl", "Br"]
    legs = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) / np.sqrt(3)
    here = np.vstack([np.zeros(3), legs * np.array([[1.1], [1.4], [1.8], [1.9]])])
    moved = here.copy()
    moved[4] *= 1.05
    parent = parent_crystal(structure_from_arrays(None, species, here))
    mirrored = structure_from_arrays(None, species, moved * [1, 1, -1])
    with pytest.raises(NotCompatibleError, match="opposite hands"):
        map_child(parent, mirrored)
    found = map_child(parent, mirrored, allow=["hand"])
    right = map_child(parent, structure_from_arrays(None, species, moved))
    assert found.mirrored and found.rms == pytest.approx(right.rms, abs=1e-9)


def test_command_line_files_are_in_the_parents_hand(command_line: CommandLine, tmp_path: Path) -> None:
    write_cif(quartz(1), tmp_path / "parent.cif")
    write_cif(quartz(-1, 0.01), tmp_path / "child.cif")
    assert "--allow hand" in command_line.refuses(4, "modes", "parent.cif", "child.cif").err
    ran = command_line("modes", "parent.cif", "child.cif", "--allow", "hand", "--json", "--undistorted", "flat.cif")
    found = json.loads(ran.out)
    assert ran.code == 0 and found["mapping"]["mirrored"] is True
    assert any("mirror image" in m for m in found["messages"])
    assert group(read_structure(tmp_path / "flat.cif")) == group(quartz(1))
    text = command_line("modes", "parent.cif", "child.cif", "--allow", "hand").out
    assert "mirror image" in text


def test_find_maps_the_mirror_image_too(command_line: CommandLine, tmp_path: Path) -> None:
    write_cif(quartz(1), tmp_path / "parent.cif")
    write_cif(quartz(-1, 0.01), tmp_path / "child.cif")
    ran = command_line("find", "parent.cif", "child.cif", "--allow", "hand", "--json", "--max-steps", 60)
    found = json.loads(ran.out)
    assert found["mapping"]["mirrored"] is True and found["crosscheck"]["exact_primary"] == ["GM2"]
    child = found["structures"]["child"]
    assert group(structure_from_arrays(np.array(child["lattice"]), child["species"], child["frac"])) == group(
        quartz(1, 0.01)
    )
