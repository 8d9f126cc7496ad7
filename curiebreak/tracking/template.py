"""The fixed frame of a series: one cell, one domain, the undistorted sites, which atom stands on which.

Made once from the reference. ``x_parent = x_frame @ supercell_basis + origin_shift`` in fractions of the
file cells, as for every mapping; here the cell is the whole cell of the frames, not a primitive one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from curiebreak.arrays import FloatArray, IntArray, distinct, nearest_image
from curiebreak.errors import NotCompatibleError
from curiebreak.mapping.assignment import assign
from curiebreak.mapping.chosen_domain import map_in_domain
from curiebreak.mapping.distortion import Distortion, polar_decomposition
from curiebreak.structures import Structure
from curiebreak.symmetry.parent import ParentCrystal
from curiebreak.symmetry.sublattices import coset_index, hermite_normal_form, residues

_WHOLE = 2e-3
_PASSES = 4
_CLEAR = 0.3
"""Part of the atoms that must agree on a shift of the origin, roughly."""


def kind_of(species: str) -> str:
    """Elements of a site without occupancies, which differ from one refinement to the next."""
    return "/".join(re.findall(r"[A-Z][a-z]?", species))


@dataclass(frozen=True, eq=False)
class FrameFit:
    """How the atoms of one frame lie on the sites.

    Attributes
    ----------
    order : ndarray (n,) of int
        Atom on each site.
    difference : ndarray (n, 3)
        Position minus site in fractions of the frame's cell, mean removed.
    shift : ndarray (3,)
        The mean that was removed.
    """

    order: IntArray
    difference: FloatArray
    shift: FloatArray


@dataclass(frozen=True, eq=False)
class Template:
    """Sites of the parent in the cell of the frames.

    Attributes
    ----------
    parent : ParentCrystal
    basis : ndarray (3, 3) of int
        Rows: axes of the frames in the parent's primitive axes; size s is its determinant, sign dropped.
    supercell_basis, origin_shift : ndarray (3, 3), (3,)
        The same in the file cells, and the origin.
    site, cell_index : ndarray (n,), (n, 3) of int
        Site ``parent.frac[site] + cell_index``, primitive fractions.
    places : ndarray (n, 3)
        The sites in fractions of the frame's cell.
    kinds : tuple of str, length n
        Elements on each site in the reference.
    fit : FrameFit
        Of the reference.
    reach : float
        Å; half the shortest distance between two sites of one kind.
    """

    parent: ParentCrystal
    basis: IntArray
    supercell_basis: FloatArray
    origin_shift: FloatArray
    site: IntArray
    cell_index: IntArray
    places: FloatArray
    kinds: tuple[str, ...]
    fit: FrameFit
    reach: float

    @property
    def size(self) -> int:
        """Primitive parent cells in the cell of the frames."""
        return len(self.site) // len(self.parent.species)

    @property
    def lattice(self) -> FloatArray:
        """Undistorted cell (rows, Å)."""
        return np.asarray(self.basis @ np.asarray(self.parent.lattice))

    def displacements(self, fit: FrameFit) -> FloatArray:
        """Å (n, 3), parent lattice times fractional difference, Cartesian in the parent's frame."""
        return np.asarray(fit.difference @ self.lattice)

    def strain(self, lattice: FloatArray) -> FloatArray:
        """``U - 1`` of a frame's cell (rows, Å)."""
        _, stretch = polar_decomposition(np.linalg.solve(self.lattice, lattice).T)
        return stretch - np.eye(3)

    def ordered(self, frac: FloatArray, order: IntArray, shift: FloatArray) -> FrameFit:
        """Atoms in a known order on the sites; a common shift of all atoms since `shift` is found first."""
        difference = frac[order] - self.places - shift
        waves = np.exp(2j * np.pi * difference).mean(axis=0)
        moved = np.where(np.abs(waves) > _CLEAR, np.angle(waves) / (2 * np.pi), 0.0)
        difference -= moved
        difference = nearest_image(difference)
        mean = difference.mean(axis=0)
        return FrameFit(order, difference - mean, shift + moved + mean)

    def matched(self, frac: FloatArray, kinds: tuple[str, ...], shift: FloatArray) -> FrameFit | None:
        """The best pairing near `shift`; None when the kinds of atoms differ from those of the sites."""
        if sorted(kinds) != sorted(self.kinds):
            return None
        fit: FrameFit | None = None
        for _ in range(_PASSES):
            order = paired(self.places + shift, frac, self.kinds, kinds, self.lattice)
            again = fit is not None and np.array_equal(order, fit.order)
            fit = self.ordered(frac, order, shift)
            shift = fit.shift
            if again:
                break
        return fit


def paired(
    places: FloatArray, frac: FloatArray, wanted: tuple[str, ...], kinds: tuple[str, ...], lattice: FloatArray
) -> IntArray:
    """Atom for each place, one to one within every kind, least squared distance in all."""
    order = np.zeros(len(places), dtype=np.int64)
    sites, atoms = np.array(wanted), np.array(kinds)
    metric = lattice @ lattice.T
    for kind in distinct(sites):
        rows, columns = np.flatnonzero(sites == kind), np.flatnonzero(atoms == kind)
        rest = places[rows][:, None] - frac[columns][None]
        rest = nearest_image(rest)
        cost = np.einsum("ijk,kl,ijl->ij", rest, metric, rest, optimize=True)
        nearest = cost.argmin(axis=1)
        alone = len(distinct(nearest)) == len(rows)
        order[rows] = columns[nearest if alone else assign(cost)]
    return order


def make_template(
    parent: ParentCrystal, reference: Structure, domain: ArrayLike | None = None, symprec: float | None = None
) -> Template:
    """Map the reference and lay out the parent's sites in its whole cell.

    Parameters
    ----------
    parent : ParentCrystal
    reference : Structure
        In the cell and with the axes of the frames.
    domain : array_like (3, 3), optional
        Supercell basis that picks one of the equivalent domains.
    symprec : float, optional
        Å.

    Raises
    ------
    NotCompatibleError
        If the reference does not map onto the parent, or its cell is smaller than the parent's.
    """
    found = map_in_domain(parent, reference, domain, symprec)
    exact = found.supercell_basis @ parent.file_cell
    basis = np.round(exact).astype(np.int64)
    whole = np.abs(exact - basis).max() < _WHOLE
    if not whole or len(parent.species) * round(abs(float(np.linalg.det(basis)))) != len(reference):
        raise NotCompatibleError(
            "The cell of the reference is no supercell of the parent's cell.",
            "Give a parent with a smaller cell, or frames in a larger one.",
        )
    vectors = residues(hermite_normal_form(basis))
    site = np.repeat(np.arange(len(parent.species)), len(vectors))
    cell_index = np.tile(vectors, (len(parent.species), 1))
    places = found.to_primitive.inverse.points(parent.frac[site] + cell_index)
    kinds = _kinds(found, site, cell_index)
    own = tuple(map(kind_of, reference.species))
    lattice = np.asarray(basis @ np.asarray(parent.lattice))
    if sorted(kinds) != sorted(own):
        raise NotCompatibleError(
            "The atoms of the reference do not fill the sites of its own smaller cell.",
            "Check the reference for missing or doubled atoms.",
        )
    order = paired(places, reference.coords, kinds, own, lattice)
    half = 0.5 * _spacing(lattice, places, kinds)
    blank = Template(
        parent, basis, found.supercell_basis, found.origin_shift, site, cell_index, places, kinds,
        FrameFit(order, np.zeros_like(places), np.zeros(3)), half,
    )  # fmt: skip
    return replace(blank, fit=blank.ordered(reference.coords, order, np.zeros(3)))


def _kinds(found: Distortion, site: IntArray, cell_index: IntArray) -> tuple[str, ...]:
    """Elements on each site, as the child's primitive cell repeats them."""
    hnf = hermite_normal_form(found.cell)

    def keys(atoms: IntArray, cells: IntArray) -> list[tuple[int, int]]:
        residue = coset_index(cells, hnf)
        return list(zip(atoms.tolist(), residue.tolist(), strict=True))

    names = [kind_of(found.child.species[atom]) for atom in found.child_atoms]
    known = dict(zip(keys(found.site, found.cell_index), names, strict=True))
    return tuple(known[key] for key in keys(site, cell_index))


def _spacing(lattice: FloatArray, places: FloatArray, kinds: tuple[str, ...]) -> float:
    """Shortest distance (Å) between two places of one kind, periodic images included."""
    names, shortest = np.array(kinds), float(np.linalg.norm(lattice, axis=1).min())
    images = np.stack(np.meshgrid(*[np.arange(-1, 2)] * 3, indexing="ij"), -1).reshape(-1, 3)
    for kind in distinct(names):
        some = places[names == kind]
        rest = some - some[:1]
        rest = nearest_image(rest)
        away = np.linalg.norm((rest[:, None] + images) @ lattice, axis=-1)
        shortest = min(shortest, float(away[away > 0.1].min(initial=shortest)))
    return shortest
