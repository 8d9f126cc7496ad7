"""Atoms onto sites: origins, nearest sites, assignment, mean shift."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from curiebreak.arrays import BoolArray, FloatArray, IntArray, distinct, nearest_image
from curiebreak.mapping.assignment import assign
from curiebreak.mapping.frame import ParentFrame, SuperFrame
from curiebreak.mapping.lattices import Crystal

_FORBIDDEN = 1e6
_ROUNDS = 8


@dataclass(frozen=True, eq=False)
class Pairing:
    """One way to lay the child's atoms onto the sites of a supercell.

    Attributes
    ----------
    origin : ndarray (3,)
        ``x_parent = y_child @ cell + origin``, primitive fractions, mean displacement zero.
    site, cell_index : ndarray (n,), (n, 3) of int
        Site of each child atom and the primitive cell it lies in.
    vectors : ndarray (n, 3)
        Displacements, Å, Cartesian, mean removed.
    """

    origin: FloatArray
    site: IntArray
    cell_index: IntArray
    vectors: FloatArray

    @property
    def mean_square(self) -> float:
        """Å^2."""
        return float((self.vectors**2).sum() / len(self.vectors))

    @property
    def largest(self) -> float:
        """Å."""
        return float(np.sqrt((self.vectors**2).sum(axis=1).max()))


def origin_candidates(frame: ParentFrame, child: Crystal, cell: IntArray, limit: int) -> FloatArray:
    """Origins (k, 3) that put an atom of one of the two rarest kinds exactly on a site."""
    kinds, counts = np.unique(child.kinds, return_counts=True)
    rarest = kinds[np.argsort(counts, kind="stable")[:2]]
    positions = child.frac @ cell
    groups = []
    for kind in rarest:
        atoms = np.flatnonzero(child.kinds == kind)
        sites = np.flatnonzero(frame.allowed[kind])
        # all atoms of the rare kinds on all their sites, thinned evenly where there are too many
        share = max(1, limit // (len(rarest) * len(sites)))
        if len(atoms) > share:
            atoms = atoms[np.linspace(0, len(atoms) - 1, share).round().astype(int)]
        groups.append((frame.frac[sites][None] - positions[atoms][:, None]).reshape(-1, 3))
    origins = np.concatenate(groups)
    return np.asarray(nearest_image(origins))


def ranked_origins(frame: ParentFrame, child: Crystal, cell: IntArray, limit: int) -> tuple[FloatArray, FloatArray]:
    """Origins refined against the nearest sites, best first, with their mean square (Å^2).

    The mean square ignores that a site can be taken once only: it is a lower bound for pairings
    near that origin.
    """
    positions = child.frac @ cell
    origins = origin_candidates(frame, child, cell, limit)
    to_frac = np.linalg.inv(frame.lattice)
    # nearest sites and mean shift in turn: each step lowers the mean square
    for round_ in range(3):
        _, _, vectors = frame.nearest(positions[None] + origins[:, None], child.kinds)
        mean = vectors.mean(axis=1)
        origins = origins - mean @ to_frac
        # mean square about the mean: what is left once the origin has moved there
        score = ((vectors - mean[:, None]) ** 2).sum(axis=-1).mean(axis=-1)
        if round_ < 2:
            origins = _distinct(origins, score, frame.lattice)
    order = np.argsort(score, kind="stable")
    return origins[order], score[order]


def _distinct(origins: FloatArray, score: FloatArray, lattice: FloatArray) -> FloatArray:
    """Drop origins that have met."""
    order = np.argsort(score, kind="stable")
    kept: list[FloatArray] = []
    for origin in origins[order]:
        if kept:
            difference = np.array(kept) - origin
            difference = nearest_image(difference) @ lattice
            # 0.02 Å: origins this near run into the same pairing
            if (difference**2).sum(axis=1).min() < 0.02**2:
                continue
        kept.append(origin)
    return np.array(kept)


def pair(super_frame: SuperFrame, child: Crystal, origin: FloatArray) -> Pairing:
    """Alternate the best one-to-one assignment with the mean shift until nothing changes."""
    positions = child.frac @ super_frame.cell
    previous: IntArray | None = None
    pairing = _nearest_or_assigned(super_frame, child, positions, origin)
    for _ in range(_ROUNDS):
        index = super_frame.index(pairing.site, pairing.cell_index)
        if previous is not None and np.array_equal(index, previous):
            break
        previous = index
        pairing = _nearest_or_assigned(super_frame, child, positions, pairing.origin)
    return pairing


def settled(
    super_frame: SuperFrame, positions: FloatArray, origin: FloatArray, site: IntArray, cell: IntArray
) -> Pairing:
    """Pairing of given sites with the mean displacement moved into the origin."""
    frame = super_frame.frame
    vectors = (positions + origin - frame.frac[site] - cell) @ frame.lattice
    # the origin of least squares takes up the mean displacement
    mean = vectors.mean(axis=0)
    shifted = origin - mean @ np.linalg.inv(frame.lattice)
    return Pairing(shifted, site, cell, vectors - mean)


def _nearest_or_assigned(super_frame: SuperFrame, child: Crystal, positions: FloatArray, origin: FloatArray) -> Pairing:
    site, cell, _ = super_frame.frame.nearest((positions + origin)[None], child.kinds)
    index = super_frame.index(site[0], cell[0])
    # nearest sites that are all different are the best assignment
    if len(distinct(index)) == len(index):
        return settled(super_frame, positions, origin, site[0], cell[0])
    return _assigned(super_frame, child, positions, origin)


def _assigned(super_frame: SuperFrame, child: Crystal, positions: FloatArray, origin: FloatArray) -> Pairing:
    site = np.zeros(len(positions), dtype=np.int64)
    cell = np.zeros((len(positions), 3), dtype=np.int64)
    for atoms, places in exchange_classes(super_frame.frame.allowed, child.kinds, super_frame.size):
        vectors, cells = super_frame.differences(positions[atoms] + origin, places)
        # squared distances: the assignment of least sum minimises rms
        cost = np.einsum("ijk,ijk->ij", vectors, vectors)
        primitive = places // super_frame.size
        allowed = super_frame.frame.allowed[np.ix_(child.kinds[atoms], primitive)]
        chosen = assign(np.where(allowed, cost, _FORBIDDEN))
        rows = np.arange(len(atoms))
        site[atoms], cell[atoms] = primitive[chosen], cells[rows, chosen]
    return settled(super_frame, positions, origin, site, cell)


def exchange_classes(allowed: BoolArray, kinds: IntArray, size: int) -> list[tuple[IntArray, IntArray]]:
    """Split into groups of atoms and the groups of supercell sites they must fill.

    Parameters
    ----------
    allowed : ndarray (n_kinds, n_p) of bool
    kinds : ndarray (n,) of int
    size : int
        Sites of one primitive site in the supercell.

    Returns
    -------
    list of (atoms, sites)
        Index arrays of equal length.
    """
    label = np.full(len(allowed), -1, dtype=np.int64)
    for kind in range(len(allowed)):
        if label[kind] >= 0:
            continue
        members = np.zeros(len(allowed), dtype=bool)
        members[kind] = True
        while True:
            # kinds that share sites, directly or through others, compete for them
            grown = allowed[:, allowed[members].any(axis=0)].any(axis=1) | members
            if (grown == members).all():
                break
            members = grown
        label[members] = kind
    classes = []
    for name in distinct(label[kinds]):
        atoms = np.flatnonzero(label[kinds] == name)
        primitive = np.flatnonzero(allowed[label == name].any(axis=0))
        classes.append((atoms, (primitive[:, None] * size + np.arange(size)).ravel()))
    return classes
