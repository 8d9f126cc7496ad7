"""Amplitudes mode by mode: the copies of an irrep by Wyckoff site and by irrep of the site's own group.

The displacements of one site orbit are the representation that the parent group induces from the
polar vector of the site symmetry group S of one of its atoms. Split there into irreps of S (Mulliken
labels, z along the main axis of S), they give the parts in which the copies of an irrep of the
crystal are sought: ``R4+[O:d:dsp]Eu(a)`` is R4+ of the O atoms on Wyckoff site d, moving as Eu of
4/mmm, along the first letter of its direction. Copies that share a part are numbered, ``A'_1(a)``,
and so are the copies of strain.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from curiebreak.arrays import BoolArray, FloatArray, IntArray
from curiebreak.fields import representation
from curiebreak.results import Mode
from curiebreak.symmetry.direction_text import letter
from curiebreak.symmetry.mulliken import point_group
from curiebreak.symmetry.parent import ParentCrystal

_SAME = 1e-6


@dataclass(frozen=True, eq=False)
class SiteParts:
    """How a field on the parent's sites splits into parts that every operation carries along.

    Attributes
    ----------
    names : tuple of str
        ``[O:d:dsp]Eu``, one a part.
    projectors : ndarray (p, n_p, d, d)
        Projector of each part on the components of each atom; they add up to 1.
    """

    names: tuple[str, ...]
    projectors: FloatArray

    def on(self, sites: BoolArray) -> SiteParts:
        """Those of some sites (n_p,) alone."""
        kept = [i for i, p in enumerate(self.projectors) if np.abs(p[sites]).max(initial=0.0) > 0.0]
        return SiteParts(tuple(self.names[i] for i in kept), self.projectors[kept])


def displacement_parts(parent: ParentCrystal) -> SiteParts:
    """Parts of the displacements: site orbit and irrep of the site symmetry group."""
    return _vector_parts(parent, "o", "dsp")


def magnetic_parts(parent: ParentCrystal) -> SiteParts:
    """Parts of the moments, which are axial: ``[Ni:a:mag]T1g``."""
    return _vector_parts(parent, "e", "mag")


def _vector_parts(parent: ParentCrystal, parity: str, kind: str) -> SiteParts:
    matrices = representation(1, parity, parent.rotations_cartesian)
    names, projectors = [], []
    for orbit, site in enumerate(parent.site_names):
        first = reference_atom(parent, orbit)
        for label, projector in _site_irreps(parent, first, parity):
            names.append(f"[{_place(site, parent.wyckoffs[orbit])}{kind}]{label}")
            projectors.append(_spread(parent, matrices, first, projector))
    return SiteParts(tuple(names), np.array(projectors))


def occupation_parts(parent: ParentCrystal, elements: Sequence[str]) -> SiteParts:
    """Parts of the changes in occupancy: site orbit and element; the site irrep is the identity's."""
    names, projectors = [], []
    for orbit, site in enumerate(parent.site_names):
        first = reference_atom(parent, orbit)
        label = _identity_irrep(parent, first)
        inside = np.asarray(parent.site_orbits) == orbit
        for index, element in enumerate(elements):
            unit = np.zeros((len(elements), len(elements)))
            unit[index, index] = 1.0
            name = element if len(parent.site_names) == 1 else _occupant(site, element)
            names.append(f"[{_place(name, parent.wyckoffs[orbit])}occ]{label}")
            projectors.append(inside[:, None, None] * unit)
    return SiteParts(tuple(names), np.array(projectors))


def _occupant(site: str, element: str) -> str:
    """Name of an element on a site: the site's own when it is called after the element."""
    plain = "".join(c for c in site if c.isalpha())
    return site if plain == element else f"{site}/{element}"


def _place(site: str, wyckoff: str) -> str:
    return f"{site}:{wyckoff}:" if wyckoff else f"{site}:"


def reference_atom(parent: ParentCrystal, orbit: int) -> int:
    """Atom of an orbit with the smallest coordinates in the standard setting, x before y before z."""
    atoms = np.flatnonzero(np.asarray(parent.site_orbits) == orbit)
    if parent.is_molecule:
        return int(atoms[0])
    places = parent.standard_places[atoms]
    # smallest coordinates in [0, 1), x first; 1e-4 keeps rounding from deciding
    places = np.round(places - np.floor(places + 1e-4), 4)
    return int(atoms[np.lexsort(places.T[::-1])[0]])


def standard_frame(parent: ParentCrystal) -> FloatArray:
    """Orthonormal axes (rows): x along the standard a, y in the a b plane, z perpendicular to both."""
    if parent.lattice is None:
        return np.eye(3)
    standard = parent.standard_lattice
    x = standard[0] / np.linalg.norm(standard[0])
    z = np.cross(standard[0], standard[1])
    z = z / np.linalg.norm(z)
    return np.array([x, np.cross(z, x), z])


def _site_group(parent: ParentCrystal, atom: int) -> FloatArray:
    """Rotations (h, 3, 3) of the operations that keep an atom, along the standard axes."""
    frame = standard_frame(parent)
    keeps = np.asarray(parent.permutations)[:, atom] == atom
    # Mulliken labels depend on the axes: those of the standard setting
    return np.asarray(frame @ parent.rotations_cartesian[keeps] @ frame.T)


def _site_irreps(parent: ParentCrystal, atom: int, parity: str) -> list[tuple[str, FloatArray]]:
    """Irreps in the polar (`parity` o) or axial (e) vector of a site, with projectors (3, 3) in the file's frame."""
    frame, rotations = standard_frame(parent), _site_group(parent, atom)
    turned = representation(1, parity, rotations)
    found = []
    for irrep in point_group(rotations).irreps:
        # (8) over the site group; the norm is 2 for a joined pair of conjugates
        norm = float((irrep.characters**2).mean())
        projector = irrep.dim / norm * np.einsum("g,gij->ij", irrep.characters, turned) / len(turned)
        # the trace is the multiplicity times the dimension
        if np.trace(projector) > 0.5:
            found.append((irrep.label, frame.T @ projector @ frame))
    return found


def _identity_irrep(parent: ParentCrystal, atom: int) -> str:
    irreps = point_group(_site_group(parent, atom)).irreps
    return next(i.label for i in irreps if i.dim == 1 and (i.characters > 0.5).all())


def _spread(parent: ParentCrystal, matrices: FloatArray, first: int, projector: FloatArray) -> FloatArray:
    """Projectors (n_p, d, d) on all atoms of an orbit, turned from that of its first atom."""
    result = np.zeros((len(parent.site_orbits), len(projector), len(projector)))
    reached, operations = np.unique(np.asarray(parent.permutations)[:, first], return_index=True)
    for atom, g in zip(reached, operations, strict=True):
        # the projector on another atom of the orbit: R P R^T with any R that leads there
        result[atom] = matrices[g] @ projector @ matrices[g].T
    return result


def site_modes(
    label: str, parts: SiteParts | None, copies: FloatArray, owners: IntArray, pattern: FloatArray
) -> tuple[Mode, ...]:
    """Signed amplitudes of one irrep, a mode per copy and letter of its direction.

    Parameters
    ----------
    label : str
        The irrep.
    parts : SiteParts or None
        None for strain.
    copies : ndarray (m, dim)
        Order parameters of the copies.
    owners : ndarray (m,) of int
        Part of each copy.
    pattern : ndarray (f, dim)
        Rows: the letters of the direction along the same axes.

    Returns
    -------
    tuple of Mode
        The squared amplitudes add up to the squared norm of `copies`.
    """
    # coordinates of each copy along the letters, unit vectors one by one
    amplitudes = copies @ orthonormal_rows(pattern).T
    labels = mode_labels(label, parts, owners, amplitudes.shape[1])
    return tuple(
        Mode(label=name, amplitude_supercell=float(value) + 0.0)
        for names, row in zip(labels, amplitudes, strict=True)
        for name, value in zip(names, row, strict=True)
    )


def mode_labels(label: str, parts: SiteParts | None, owners: IntArray, letters: int) -> list[list[str]]:
    """Labels by copy and letter; copies that share a part are numbered."""
    sizes, seen = Counter(owners.tolist()), Counter[int]()
    found = []
    for owner in owners.tolist():
        seen[owner] += 1
        number = f"_{seen[owner]}" if sizes[owner] > 1 else ""
        name = "strain" if parts is None else parts.names[owner]
        found.append([f"{label}{name}{number}({letter(index)})" for index in range(letters)])
    return found


def orthonormal_rows(pattern: FloatArray) -> FloatArray:
    """Gram-Schmidt on the rows (f, dim), in order, signs kept."""
    rows: list[FloatArray] = []
    for row in np.atleast_2d(pattern):
        rest = row - sum(((r @ row) * r for r in rows), np.zeros_like(row))
        length = float(np.linalg.norm(rest))
        if length > _SAME:
            rows.append(rest / length)
    return np.array(rows).reshape(len(rows), pattern.shape[-1])
