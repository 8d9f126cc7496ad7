"""What is drawn of a structure: a box of cells, the atoms in it, their polyhedra and bonds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, combinations, product

import numpy as np

from curiebreak.arrays import FloatArray
from curiebreak.report.palette import anions, element, species_colours, strain_of
from curiebreak.report.scene import View
from curiebreak.results import Decomposition, Finding, Matrix, ModeFields, StructureData

_EDGE = 0.02
_LARGEST_POLYHEDRON, _LARGEST_CARRIER = 8, 12
"""Corners; a cation that carries the input has its polyhedron up to the twelve of a perovskite's large one."""

_FLAT = 0.1
"""Å; a molecule that reaches less out of its plane is drawn from above."""

_IN_MOLECULE, _CENTRE, _CORNER, _LOOSE = 0.22, 0.28, 0.24, 0.42
"""Å; radii of the balls."""


@dataclass(frozen=True, eq=False)
class Image:
    """One drawn copy of an atom: its number in the cell and the translation (3,) in lattice vectors."""

    atom: int
    translation: FloatArray

    @property
    def key(self) -> tuple[float, ...]:
        """What tells it from other copies."""
        return (self.atom, *map(float, self.translation))


@dataclass(frozen=True, eq=False)
class DrawnCrystal:
    """Undistorted structure and child in one box.

    Attributes
    ----------
    lattices : two (3, 3)
        Undistorted and child, rows, Å; of a molecule unit vectors, so that its fractions are Å.
    positions : two (n, 3)
        Fractional in the cell, the child's beside the undistorted ones.
    species : tuple of str
    box : (3, 3) int
        Rows are the drawn axes in the cell's axes.
    displacements : (n, 3)
        Å, Cartesian.
    occupancies : two (n, elements) or None
        Of the undistorted structure and the child, where the occupation of a site changes.
    elements : tuple of str
        Columns of `occupancies`.
    moments : (n, 3), or (0, 3)
        Magnetic moments of the child, μB, Cartesian in the parent's frame; none where there are none.
    carriers : set of str
        Species that carry the learned input.
    molecule : bool
        Nothing repeats.
    """

    lattices: tuple[FloatArray, FloatArray]
    positions: tuple[FloatArray, FloatArray]
    species: tuple[str, ...]
    box: FloatArray
    displacements: FloatArray
    occupancies: tuple[FloatArray, FloatArray] | None = None
    elements: tuple[str, ...] = ()
    moments: FloatArray = field(default_factory=lambda: np.zeros((0, 3)))
    carriers: frozenset[str] = frozenset()
    molecule: bool = False

    @classmethod
    def of(cls, result: Finding | Decomposition) -> DrawnCrystal | None:
        """Crystal or molecule of a result, the child as undistorted structure with displacements and strain."""
        fields = result.mode_fields
        before, moved = _drawn_data(result, fields)
        if before is None:
            return None
        start = np.array(before.frac, float).reshape(-1, 3)
        shifts = np.array(moved, float).reshape(-1, 3)
        shifts = shifts if len(shifts) == len(start) else np.zeros_like(start)
        amounts, elements = _occupancies(fields, len(start))
        moments = _moments(result, fields, len(start))
        if before.lattice is None:
            cell, ends = np.eye(3), start + shifts
            both, places = (cell, cell), (start, ends)
            return cls(both, places, before.species, cell, shifts, amounts, elements, moments, molecule=True)
        inputs = result.breaking_input if isinstance(result, Finding) else ()
        carriers = frozenset(before.species[atom] for one in inputs for atom in one.atoms)
        start = start - np.floor(start + _EDGE)  # images and neighbours are looked for around the first cell
        lattice = np.array(before.lattice, float)
        strain = strain_of(result)
        stretched = lattice if strain is None else lattice @ (np.eye(3) + strain)
        ends = start + shifts @ np.linalg.inv(lattice)
        box = drawn_box(before)
        both = (lattice, stretched)
        return cls(both, (start, ends), before.species, box, shifts, amounts, elements, moments, carriers)

    def shares(self, atom: int, child: bool) -> tuple[tuple[str, float], ...]:
        """Elements on the site of an atom with their occupancies; the sum is below 1 where it is partly empty."""
        if self.occupancies is not None and self.occupancies[1][atom].sum() > 0:
            row = self.occupancies[child][atom]
            return tuple((name, float(part)) for name, part in zip(self.elements, row, strict=True) if part > 1e-3)
        return composition(self.species[atom])

    def place(self, image: Image, child: bool) -> FloatArray:
        """Cartesian position (3,) of an image, Å, in the parent's frame."""
        at = self.positions[child][image.atom]
        return np.asarray((at + image.translation) @ self.lattices[child])

    def places(self, images: Sequence[Image], child: bool) -> FloatArray:
        """Cartesian positions (n, 3) of images."""
        return np.array([self.place(image, child) for image in images])

    def edges(self, child: bool) -> list[tuple[FloatArray, FloatArray]]:
        """The twelve edges of the box; none of a molecule."""
        return [] if self.molecule else cell_edges(self.box @ self.lattices[child])

    @cached_property
    def images(self) -> list[Image]:
        """Atoms inside the box and on its faces."""
        if self.molecule:
            return [Image(i, np.zeros(3)) for i in range(len(self.species))]
        inverse, found = np.linalg.inv(self.box), []
        corners = np.array(list(product((0, 1), repeat=3))) @ self.box
        low, high = corners.min(axis=0) - 1, corners.max(axis=0) + 1
        steps = [np.arange(*ends) for ends in zip(np.maximum(low, -6), np.minimum(high, 6) + 1, strict=True)]
        for step in np.array(list(product(*steps)), dtype=float):
            inside = (self.positions[0] + step) @ inverse
            keep = np.all((inside > -_EDGE) & (inside < 1 + _EDGE), axis=1)
            found += [Image(int(i), step) for i in np.flatnonzero(keep)]
        return found

    @cached_property
    def coordination(self) -> dict[int, list[Image]]:
        """Corners of the polyhedron about each centre in the cell, translations relative to the centre.

        Centres are the cations that carry the learned input, where one does, else those with the shortest bonds.
        """
        negative = anions(self.species)
        if self.molecule or not negative:
            return {}
        shells = {i: self._shell(i, negative) for i, name in enumerate(self.species) if name not in negative}
        own = {i: shell for i, shell in shells.items() if self.species[i] in self.carriers}
        usable, reach = _usable(own, _LARGEST_CARRIER), np.inf
        if not usable:
            usable = _usable(shells, _LARGEST_POLYHEDRON)
            reach = 1.12 * min((distance for _, distance in usable.values()), default=0.0)
        return {i: shell for i, (shell, distance) in usable.items() if distance < reach}

    @cached_property
    def radii(self) -> dict[str, float]:
        """Å, one for each element: small in a molecule, large where all its atoms stand outside all polyhedra."""
        if self.molecule:
            return dict.fromkeys(map(element, self.species), _IN_MOLECULE)
        corners = [self.species[one.atom] for shell in self.coordination.values() for one in shell]
        found = dict.fromkeys(map(element, self.species), _LOOSE if self.coordination else _CORNER)
        found |= dict.fromkeys(map(element, corners), _CORNER)
        return found | dict.fromkeys(map(element, self.centres), _CENTRE)

    def radius(self, atom: int) -> float:
        """Å; of the ball that stands for an atom."""
        return self.radii[element(self.species[atom])]

    @cached_property
    def polyhedra(self) -> list[tuple[Image, list[Image]]]:
        """Every drawn centre with the corners about it."""
        centres = [image for image in self.images if image.atom in self.coordination]
        return [
            (centre, [Image(one.atom, one.translation + centre.translation) for one in self.coordination[centre.atom]])
            for centre in centres
        ]

    @cached_property
    def drawn(self) -> dict[tuple[float, ...], Image]:
        """Atoms in the box and those outside that finish a polyhedron, by `key`."""
        corners = chain.from_iterable(around for _, around in self.polyhedra)
        return {image.key: image for image in (*self.images, *corners)}

    def _shell(self, centre: int, wanted: set[str]) -> tuple[list[Image], float]:
        atoms = np.array([j for j, name in enumerate(self.species) if name in wanted])
        steps = np.array(list(product(range(-2, 3), repeat=3)), dtype=float)
        relative = self.positions[0][atoms][:, None] + steps[None] - self.positions[0][centre]
        distance = np.linalg.norm(relative @ self.lattices[0], axis=-1)
        shortest = float(distance.min())
        near = np.argwhere(distance < 1.22 * shortest)
        return [Image(int(atoms[a]), steps[s]) for a, s in near], shortest

    @cached_property
    def bonds(self) -> list[tuple[int, int]]:
        """Pairs of atoms of a molecule that are close in the undistorted structure."""
        if not self.molecule:
            return []
        pairs = list(combinations(range(len(self.species)), 2))
        lengths = [float(np.linalg.norm(self.positions[0][i] - self.positions[0][j])) for i, j in pairs]
        return [pair for pair, length in zip(pairs, lengths, strict=True) if length < 1.25 * min(lengths)]

    @cached_property
    def centres(self) -> tuple[str, ...]:
        """Species in the middle of polyhedra."""
        return tuple(dict.fromkeys(self.species[i] for i in self.coordination))

    def occupation_changes(self, atom: int) -> bool:
        """Whether the child holds other amounts of the elements on the site of an atom."""
        if self.occupancies is None:
            return False
        return bool(np.abs(self.occupancies[1][atom] - self.occupancies[0][atom]).max(initial=0.0) > 1e-3)

    @cached_property
    def colours(self) -> dict[str, str]:
        """Colour of each element."""
        atoms = range(len(self.species))
        rows = [[name for child in (False, True) for name, _ in self.shares(i, child)] for i in atoms]
        inside = chain.from_iterable(rows[i] for i in self.coordination)
        shared = chain.from_iterable(row for row in rows if len(set(row)) > 1)
        return species_colours([*chain.from_iterable(rows)], inside, shared)

    def colour(self, atom: int, child: bool) -> str:
        """Colour of what most of an atom's site holds."""
        return self.colours[max(self.shares(atom, child), key=lambda part: part[1])[0]]

    def axes(self) -> FloatArray:
        """Unit vectors (3, 3) along the box, the longest last; x, y, z for a molecule."""
        rows = self.box @ self.lattices[0]
        lengths = np.linalg.norm(rows, axis=1)
        order = np.argsort(lengths, kind="stable")
        if lengths.max() < 1.02 * lengths.min():
            order = np.argsort(np.abs(rows[:, 2]), kind="stable")
        return np.asarray((rows / lengths[:, None])[order])

    def glyph_scale(self) -> float:
        """How much larger arrows are drawn in a long cell, so that they can still be seen."""
        longest = float(np.linalg.norm(self.box @ self.lattices[0], axis=1).max())
        return min(2.2, max(1.0, longest / 10.0))

    def oblique_view(self) -> View:
        """Like `tilted_view`, but of a flat molecule from the side and above."""
        if self.flat(0):
            return View.along((0.35, -0.75, 0.55), (0.0, 0.0, 1.0))
        return self.tilted_view()

    def flat(self, *which: int) -> bool:
        """Whether it is a molecule in the plane of x and y: the undistorted one (0), the child (1)."""
        return self.molecule and all(np.ptp(self.positions[one][:, 2]) < _FLAT for one in which)

    def tilted_view(self) -> View:
        """From the front, a little from the right and from above, the longest axis upwards."""
        axes = self.axes()
        up = axes[2] * (1.0 if axes[2].sum() >= 0 else -1.0)
        if self.flat(0):
            return View.along((0.0, 0.0, 1.0), (0.0, 1.0, 0.0)) if self.flat(1) else self.oblique_view()
        front = axes[0] * (1.0 if axes[0].sum() >= 0 else -1.0)
        side = np.cross(up, front)
        return View.along(front + 0.36 * side + 0.26 * up, up)


_Shells = dict[int, tuple[list[Image], float]]
"""Corners about an atom, and the shortest distance."""


def _usable(shells: _Shells, most: int) -> _Shells:
    """Those that are polyhedra of at most so many corners."""
    return {i: shell for i, shell in shells.items() if 4 <= len(shell[0]) <= most}


def cell_edges(rows: FloatArray) -> list[tuple[FloatArray, FloatArray]]:
    """The twelve edges of the cell with these axes (3, 3)."""
    corners = {c: np.array(c) @ rows for c in product((0, 1), repeat=3)}
    return [(corners[p], corners[q]) for p, q in combinations(corners, 2) if sum(map(abs, np.subtract(p, q))) == 1]


def composition(species: str) -> tuple[tuple[str, float], ...]:
    """Elements and occupancies in the name of a site, such as ``Cu0.25Pt0.75``."""
    found = re.findall(r"([A-Z][a-z]?)(\d*\.\d+)?", species)
    return tuple((name, float(part or 1.0)) for name, part in found) or ((element(species), 1.0),)


def _drawn_data(result: Finding | Decomposition, fields: ModeFields | None) -> tuple[StructureData | None, Matrix]:
    """Undistorted structure and displacements, from whichever block of a result has them."""
    if isinstance(result, Finding) and result.structures is not None:
        return result.structures.undistorted, result.displacements
    return (None, ()) if fields is None else (fields.undistorted, fields.displacements)


def _occupancies(fields: ModeFields | None, count: int) -> tuple[tuple[FloatArray, FloatArray] | None, tuple[str, ...]]:
    if fields is None or len(fields.occupancies) != count or len(fields.occupation) != count:
        return None, ()
    before = np.array(fields.occupancies, float)
    return (before, np.clip(before + np.array(fields.occupation, float), 0.0, 1.0)), fields.elements


def _moments(result: Finding | Decomposition, fields: ModeFields | None, count: int) -> FloatArray:
    """Moments (count, 3) of the atoms, μB, or (0, 3)."""
    found = fields.moments if fields is not None else result.moments if isinstance(result, Finding) else ()
    return np.array(found if len(found) == count else (), float).reshape(-1, 3)


def drawn_box(data: StructureData) -> FloatArray:
    """Cell to draw: the smallest with right angles, else with hexagonal ones, else the given one.

    Parameters
    ----------
    data : StructureData
        A crystal.

    Returns
    -------
    (3, 3) of integers
        Rows in the axes of `data`, at most four times its volume, right-handed.
    """
    lattice = np.array(data.lattice, float)
    steps = np.array([s for s in product(range(-2, 3), repeat=3) if s > (0, 0, 0)], dtype=float)
    vectors = steps @ lattice
    lengths = np.linalg.norm(vectors, axis=1)
    nearest = np.argsort(np.round(lengths, 4), kind="stable")[:40]
    steps, units = steps[nearest], (vectors / lengths[:, None])[nearest]
    cosines = np.abs(units @ units.T)
    for allowed in ((0.0, 0.0, 0.0), (0.5, 0.0, 0.0)):
        best = _smallest(steps, cosines, allowed)
        if best is not None:
            return _tidy(best, lattice)
    return np.eye(3)


def _smallest(steps: FloatArray, cosines: FloatArray, allowed: Sequence[float]) -> FloatArray | None:
    """The smallest cell whose axes make these angles; those of less than half a cell in volume are alike."""
    least, found = np.inf, None
    triples = np.array(list(combinations(range(len(steps)), 3)))
    i, j, k = triples.T
    angles = np.sort([cosines[i, j], cosines[i, k], cosines[j, k]], axis=0)
    differences = np.abs(angles - np.sort(allowed)[:, None]).max(axis=0)
    for rows in steps[triples[differences <= 0.01]]:
        volume = abs(float(np.linalg.det(rows)))
        if 0.5 < volume < min(4.5, least - 0.5):
            least, found = volume, rows
    return found


def _tidy(rows: FloatArray, lattice: FloatArray) -> FloatArray:
    """Right-handed axes that point to the positive side; hexagonal ones at 120 degrees."""
    signs = np.where((rows @ lattice).sum(axis=1) >= -1e-6, 1.0, -1.0)
    rows = rows * signs[:, None]
    vectors = rows @ lattice
    for i, j in combinations(range(3), 2):
        if vectors[i] @ vectors[j] > 0.4 * np.linalg.norm(vectors[i]) * np.linalg.norm(vectors[j]):
            rows[j] = rows[j] - rows[i]
    if np.linalg.det(rows) * np.linalg.det(lattice) < 0:
        rows = rows[[1, 0, 2]]
    return rows
