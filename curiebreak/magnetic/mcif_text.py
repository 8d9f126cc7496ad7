"""Magnetic CIF of a structure with moments: group, operations, parent, one line a site, moments along the crystal axes.

Tags are those of the magnetic CIF dictionary of the Commission on Magnetic Structures, IUCr.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from curiebreak.arrays import FloatArray, IntArray, nearest_image
from curiebreak.errors import InternalError
from curiebreak.letter_sums import sum_text
from curiebreak.results import MagneticGroup
from curiebreak.structures.magnetic_cif import MagneticCrystal
from curiebreak.structures.magnetic_group import MagneticOperation
from curiebreak.structures.operations import triplet
from curiebreak.structures.write import cell_lines
from curiebreak.symmetry.site_freedom import first_of_orbits, free_rows

_SAME_PLACE = 1e-3
"""Å by which an atom may miss the image of another; places are exact up to rounding."""

_ZERO = 1e-6

_NAMES = ("mx", "my", "mz")


@dataclass(frozen=True, eq=False)
class MomentSite:
    """One orbit of atoms under the listed operations.

    Attributes
    ----------
    atom : int
        Its first atom.
    label : str
    multiplicity : int
    form : str
        ``mx,0,2mx``: how the site's own group ties the components along the crystal axes.
    rows : ndarray (free, 3)
        The same: what each free component makes along the axes, 1 along its own.
    pivots : tuple of int
        The axis that carries each free component.
    """

    atom: int
    label: str
    multiplicity: int
    form: str
    rows: FloatArray
    pivots: tuple[int, ...]


def mcif_text(
    crystal: MagneticCrystal,
    group: MagneticGroup | None,
    waves: Sequence[Sequence[str]] = (),
    comments: Sequence[str] = (),
    standard: bool = False,
) -> str:
    """Content of a magnetic CIF.

    Parameters
    ----------
    crystal : MagneticCrystal
        With its operations, and the parent that it states.
    group : MagneticGroup or None
        Their name.
    waves : sequence of (k_x, k_y, k_z)
        Propagation vectors as fractions, in the reciprocal axes of the parent's cell.
    comments : sequence of str
        Lines for the top of the file.
    standard : bool
        The axes are those of the standard BNS setting.
    """
    lines = [f"# {line}" for line in comments]
    lines += ["data_structure", *_parent_lines(crystal, waves), *_group_lines(group)]
    lines += ["_space_group_magn.transform_BNS_Pp_abc 'a,b,c;0,0,0'"] if standard else []
    lines += cell_lines(crystal.cell, np.array([r for r, _, _ in crystal.operations], dtype=np.int64))
    lines += _operation_lines(crystal.operations)
    sites = moment_sites(crystal)
    return "\n".join([*lines, *_site_lines(crystal, sites), *_moment_lines(crystal, sites)]) + "\n"


def moment_sites(crystal: MagneticCrystal) -> list[MomentSite]:
    """The orbits of the atoms, in the order of their first atoms, with the moments that each leaves free.

    Raises
    ------
    InternalError
        If an operation carries an atom where there is none.
    """
    rotations = np.array([r for r, _, _ in crystal.operations])
    signs = np.array([theta for _, _, theta in crystal.operations]) * np.round(np.linalg.det(rotations))
    lengths = np.linalg.norm(crystal.cell, axis=1)
    # m' = theta det(R) R m in fractions; along the crystal axes these times the lengths
    return _sites(crystal, signs[:, None, None] * rotations * lengths[:, None] / lengths)


def coordinate_sites(crystal: MagneticCrystal) -> list[MomentSite]:
    """The same orbits with the shifts, in fractions, that each leaves free: time does not turn them."""
    return _sites(crystal, np.array([r for r, _, _ in crystal.operations]))


def _sites(crystal: MagneticCrystal, turned: FloatArray) -> list[MomentSite]:
    """Orbits; `turned` (m, 3, 3) says what the operations make of a vector's components."""
    images = _images(crystal)
    taken: set[str] = set()
    found = []
    for atom, length in first_of_orbits(images, np.arange(len(crystal))):
        label = _unused(crystal.labels[atom] or crystal.elements[atom], crystal.elements[atom], taken)
        rows, pivots = free_rows(turned[images[:, atom] == atom].mean(axis=0))
        found.append(MomentSite(atom, label, length, _form(rows, pivots), rows, pivots))
    return found


def _images(crystal: MagneticCrystal) -> IntArray:
    """Where each operation carries each atom: ndarray (m, n)."""
    kinds = np.array(crystal.elements)
    images = np.empty((len(crystal.operations), len(crystal)), dtype=np.int64)
    for row, (rotation, translation, _) in enumerate(crystal.operations):
        moved = crystal.positions @ rotation.T + translation
        away = np.linalg.norm(nearest_image(moved[:, None] - crystal.positions[None]) @ crystal.cell, axis=-1)
        away += 1e6 * (kinds[:, None] != kinds[None])
        images[row] = away.argmin(axis=1)
        if away.min(axis=1).max() > _SAME_PLACE:
            raise InternalError("an operation of the magnetic group carries an atom where there is none")
    return images


def _unused(label: str, element: str, taken: set[str]) -> str:
    name = label.split("/")[0].replace(" ", "")
    number = 0
    while name in taken:
        number += 1
        name = f"{element}{number}"
    taken.add(name)
    return name


def _form(rows: FloatArray, pivots: Sequence[int]) -> str:
    """Three components of which each row (3,) has one letter, that of its pivot."""
    letters = [_NAMES[pivot] for pivot in pivots]
    return ",".join(sum_text(zip(factors, letters, strict=True), digits=5) for factors in rows.T.tolist())


def _parent_lines(crystal: MagneticCrystal, waves: Sequence[Sequence[str]]) -> list[str]:
    stated = crystal.stated
    if stated.number is None:
        return []
    front = "_parent_space_group."
    lines = [f"{front}name_H-M_alt '{stated.symbol}'", f"{front}IT_number {stated.number}"]
    lines += [f"{front}transform_Pp_abc '{stated.standard}'", f"{front}child_transform_Pp_abc '{stated.child}'"]
    if waves:
        lines += ["loop_", "_parent_propagation_vector.id", "_parent_propagation_vector.kxkykz"]
        lines += [f"k{number} [{' '.join(wave)}]" for number, wave in enumerate(waves, 1)]
    return lines


def _group_lines(group: MagneticGroup | None) -> list[str]:
    if group is None:
        return []
    named = {"BNS": (group.bns_number, group.bns_symbol), "OG": (group.og_number, group.og_symbol)}
    return [
        line
        for notation, (number, symbol) in named.items()
        for line in (
            f"_space_group_magn.number_{notation} {number}",
            f'_space_group_magn.name_{notation} "{symbol}"',
        )
    ]


def _operation_lines(operations: Sequence[MagneticOperation]) -> list[str]:
    """One operation of each rotation, and the translations, with and without time reversal, as centrings."""
    translations = [one for one in operations if np.abs(one[0] - np.eye(3)).max() < _ZERO]
    # of those with one rotation the last one stays: time as it is, the shortest translation
    longest_first = sorted(operations, key=lambda one: (one[2], -float(np.abs(one[1]).sum())))
    first = {one[0].astype(int).tobytes(): one for one in [*longest_first, _IDENTITY]}
    order = sorted(first.values(), key=lambda one: one is not _IDENTITY)
    lines = _operation_loop("operation", order)
    return lines + (_operation_loop("centering", translations) if len(translations) > 1 else [])


_IDENTITY: MagneticOperation = (np.eye(3), np.zeros(3), 1)


def _operation_loop(kind: str, operations: Sequence[MagneticOperation]) -> list[str]:
    lines = ["loop_", f"_space_group_symop_magn_{kind}.id", f"_space_group_symop_magn_{kind}.xyz"]
    for number, (rotation, translation, theta) in enumerate(operations, 1):
        exact = np.array([float(Fraction(float(t)).limit_denominator(_DENOMINATOR)) for t in translation])
        near = np.abs(exact - translation).max() < 1e-6
        text = triplet(rotation, exact if near else translation)
        lines.append(f"{number} {text},{'+1' if theta == 1 else '-1'}")
    return lines


_DENOMINATOR = 240
"""Of translations: operations have 2, 3, 4, 6, and cells of up to some ten parent cells divide them further."""


def _site_lines(crystal: MagneticCrystal, sites: Sequence[MomentSite]) -> list[str]:
    tags = ("label", "type_symbol", "symmetry_multiplicity", "fract_x", "fract_y", "fract_z", "occupancy")
    lines = ["loop_", *(f"_atom_site_{tag}" for tag in tags)]
    for site in sites:
        place = crystal.positions[site.atom]
        x, y, z = place - np.floor(place + 1e-9) + 0.0
        amount = crystal.occupancies[site.atom]
        lines.append(
            f"{site.label} {crystal.elements[site.atom]} {site.multiplicity} {x:.8f} {y:.8f} {z:.8f} {amount:.5g}"
        )
    return lines


def _moment_lines(crystal: MagneticCrystal, sites: Sequence[MomentSite]) -> list[str]:
    lengths = np.linalg.norm(crystal.cell, axis=1)
    along = crystal.moments @ np.linalg.inv(crystal.cell) * lengths
    tags = ("label", "crystalaxis_x", "crystalaxis_y", "crystalaxis_z", "symmform")
    lines = ["loop_", *(f"_atom_site_moment.{tag}" for tag in tags)]
    for site in sites:
        if crystal.listed[site.atom]:
            x, y, z = np.round(along[site.atom], 8) + 0.0
            lines.append(f"{site.label} {x:.8f} {y:.8f} {z:.8f} {site.form}")
    return lines
