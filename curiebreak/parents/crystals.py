"""Candidates for a crystal: nodes of the search in the words of a result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from curiebreak.arrays import FloatArray, nearest_image
from curiebreak.clock import Progress
from curiebreak.errors import InternalError
from curiebreak.options.parent_options import SearchOptions
from curiebreak.parents.averaging import IDENTIFIED
from curiebreak.parents.child import child_of
from curiebreak.parents.filters import effort_of
from curiebreak.parents.found import Found
from curiebreak.parents.node import Node, like_site_distances, shortest_distances
from curiebreak.parents.relations import contains
from curiebreak.parents.search import Search, search
from curiebreak.structures import Structure, structure_from_arrays
from curiebreak.structures.spacegroup import symmetry_dataset
from curiebreak.symmetry.origin_shifts import equivalent_origins
from curiebreak.symmetry.settings import standard_hall_number
from curiebreak.transformation import Transformation

SECONDS_PER_PAIR = 5e-7
"""Seconds for each pair of atoms that one step of the search lasts, which the clock cannot stop: 2 s for 2,000."""

_HALVED = 0.75
"""Times the child's shortest distance to hydrogen: nearer, two orientations were averaged."""


def crystal_parents(
    structure: Structure, options: SearchOptions, seconds: float, progress: Progress | None
) -> tuple[list[Found], Search]:
    """Search the parents of a crystal, for so many seconds."""
    child = child_of(structure, options.same)
    seconds -= SECONDS_PER_PAIR * len(child.crystal.frac) ** 2
    running = search(child, effort_of(options), seconds, progress)
    nodes = running.run()
    wrapped: dict[int, Node] = {}

    def found(node: Node) -> Found:
        def holds(other: Found) -> bool:
            return contains(node, wrapped[id(other)])

        one = _found(node, structure, holds)
        wrapped[id(one)] = node
        return one

    return [found(node) for node in nodes], running


def _found(node: Node, structure: Structure, holds: object) -> Found:
    mean = Transformation.out_of(node.lattice).tensors(node.rotations).mean(axis=0)
    return Found(
        number=node.number,
        symbol=node.symbol,
        point_group=None,
        index=node.index,
        size=node.size,
        point_index=node.point_index,
        n_atoms=len(node.frac),
        rms=node.rms,
        dmax=node.dmax,
        strain=node.strain,
        hop=node.hop,
        score=node.score(),
        spacing=node.child.spacing,
        child_atoms=len(node.child.crystal.frac),
        polar=bool(np.abs(mean).max() > 1e-6),
        centrosymmetric=bool((node.rotations == -np.eye(3, dtype=np.int64)).all(axis=(1, 2)).any()),
        hydrogen_halved=_hydrogen_halved(node),
        hydrogen_shared=node.hosts is None and node.child.hosts is not None,
        build=lambda: standard_structure(node, structure),
        holds=holds,  # type: ignore[arg-type]
    )


def _hydrogen_halved(node: Node) -> bool:
    hydrogen = node.child.hydrogen
    if not hydrogen.any():
        return False
    ratio = shortest_distances(node.lattice, node.frac, node.kinds)[hydrogen] / node.child.shortest[hydrogen]
    return bool(np.nanmin(ratio) < _HALVED)


def standard_structure(node: Node, structure: Structure) -> Structure:
    """The average in the standard setting, a along x and b in the plane of x and y, as in a CIF of it.

    Strain and terms are told in this frame. Sites that hold several species of the child (species taken as one) become
    mixed ones.
    """
    dataset = symmetry_dataset(node.lattice, node.frac, node.kinds + 1, IDENTIFIED, standard_hall_number(node.number))
    if dataset is None:
        raise InternalError("an averaged crystal has lost its symmetry")
    lattice = _upright(Transformation(np.asarray(dataset.transformation_matrix, dtype=np.float64)).axes(node.lattice))
    mixtures = _mixtures(node, structure, np.asarray(dataset.equivalent_atoms))
    first = np.asarray(dataset.mapping_to_primitive)
    position = {int(p): atom for atom, p in reversed(list(enumerate(first)))}
    sites = [position[int(p)] for p in dataset.std_mapping_to_primitive]
    frac = _usual_origin(node.number, lattice, np.asarray(dataset.std_positions, dtype=np.float64))
    return structure_from_arrays(lattice, [mixtures[site] for site in sites], frac - np.floor(frac + 1e-9))


def _upright(lattice: FloatArray) -> FloatArray:
    """The same cell turned: a along x, b in the plane of x and y on the side of y."""
    # A = L Q with L lower triangular: the rows of L are the axes of A after a turn (det Q = 1)
    turn, upper = np.linalg.qr(lattice.T)
    signs = np.sign(np.diag(upper))
    signs[2] = signs[0] * signs[1] * np.sign(np.linalg.det(turn))
    return np.asarray(upper.T * signs)


def _usual_origin(number: int, lattice: FloatArray, frac: FloatArray) -> FloatArray:
    """Positions for the equivalent origin on the atom with the shortest bond, where an origin lies on an atom.

    In a perovskite that is B, for which tilts are R4+ and M3+.
    """
    bonds = _bonds(lattice, frac)

    def bond(shift: tuple[float, ...]) -> float:
        rest = nearest_image(frac - shift) @ lattice
        length = np.linalg.norm(rest, axis=1)
        atom = int(length.argmin())
        return round(float(bonds[atom]), 3) if length[atom] < 0.01 else np.inf

    shifts = [(0.0, 0.0, 0.0), *equivalent_origins(number).shifts]
    return np.asarray(frac - min(shifts, key=bond))


def _bonds(lattice: FloatArray, frac: FloatArray) -> FloatArray:
    """Distance (m,) of each atom to the nearest other one, Å, images counted."""
    return like_site_distances(lattice, frac, np.zeros(len(frac), dtype=np.int64))


def _mixtures(node: Node, structure: Structure, orbits: NDArray[np.int32]) -> list[Mapping[str, float]]:
    """Composition of each site of a node: the mean over the child's atoms on its orbit."""
    atoms = node.child.crystal.atoms
    given = structure.contents
    totals: dict[int, Counter[str]] = {}
    counts: Counter[int] = Counter()
    for place, atom in zip(node.site, atoms, strict=True):
        orbit = int(orbits[place])
        counts[orbit] += 1
        totals.setdefault(orbit, Counter()).update(given[atom])
    mixed = {o: {e: x / counts[o] for e, x in total.items()} for o, total in totals.items()}
    return [mixed[int(orbit)] for orbit in orbits]
