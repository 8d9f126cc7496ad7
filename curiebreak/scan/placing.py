"""The map of a recognised perovskite onto its cubic parent, read off the net.

The net gives every atom its place in the parent, whatever the size of tilts and strain, so nothing has
to be searched. Every symmetry operation of the child keeps the net and is an operation of the cubic
parent: the map is always one of group and subgroup.
"""

from __future__ import annotations

import numpy as np

from curiebreak.arrays import FloatArray, IntArray
from curiebreak.errors import NotCompatibleError
from curiebreak.mapping.cell_search import Candidate, SearchResult, cell_strain, strain_cost
from curiebreak.mapping.composition import site_kinds
from curiebreak.mapping.distortion import Distortion
from curiebreak.mapping.frame import ParentFrame, SuperFrame, parent_frame
from curiebreak.mapping.lattices import Crystal, primitive_crystal
from curiebreak.mapping.map_domains import choose_domain
from curiebreak.mapping.mapper import primitive_tolerance
from curiebreak.mapping.pairing import settled
from curiebreak.mapping.result import build_distortion
from curiebreak.scan.recognise import NotRecognised, Perovskite, recognise
from curiebreak.structures import Structure
from curiebreak.symmetry.parent import ParentCrystal


def map_by_net(parent: ParentCrystal, child: Structure, with_holes: bool) -> Distortion:
    """Lay a recognised perovskite onto the cubic parent that was built for it.

    Parameters
    ----------
    parent : ParentCrystal
        Of a prototype: Pm-3m or Fm-3m with B at the origin and its axes along x, y, z.
    child : Structure
    with_holes : bool
        ABX3 rather than BX3.

    Raises
    ------
    NotCompatibleError
        If the primitive cell of the child is no perovskite, or its species do not fit the parent.
    """
    kinds = site_kinds(parent, child, False)[0]
    frame = parent_frame(parent, kinds)
    lattice = np.asarray(child.lattice, dtype=np.float64)
    crystal = primitive_crystal(lattice, child.coords, kinds.of(child.species), primitive_tolerance(child))
    found = recognise(_primitive(child, crystal), with_holes)
    if isinstance(found, NotRecognised):
        raise NotCompatibleError(found.reason, "Give the parent as a file.")
    places, matrix = _places(found, crystal)
    candidate = _candidate(frame, crystal, *_fitting(frame, crystal, places, matrix, found.volume))
    domain = choose_domain(parent, frame, candidate, None)
    messages = tuple(m for m in kinds.messages)
    return build_distortion(parent, child, frame, SearchResult(best=candidate, spare=0), domain, messages)


def _primitive(child: Structure, crystal: Crystal) -> Structure:
    """The child's primitive cell as a structure, atoms in the order of `crystal`."""
    return Structure(
        lattice=crystal.lattice,
        species=tuple(child.species[i] for i in crystal.atoms),
        coords=crystal.frac,
        occupancies=tuple(child.occupancies[i] for i in crystal.atoms) if child.occupancies else (),
    )


def _places(found: Perovskite, crystal: Crystal) -> tuple[FloatArray, IntArray]:
    """Place (n, 3) of each atom in steps of the net, near the atom itself; cell axes in steps, det > 0."""
    places = np.empty((len(crystal.frac), 3))
    places[found.net.centres] = found.net.coordinates
    places[found.net.corners] = found.net.corner_places
    if len(found.holes):
        places[found.holes] = found.hole_places
    sign = 1 if np.linalg.det(found.net.matrix) > 0 else -1
    return sign * places, sign * found.net.matrix


def _fitting(
    frame: ParentFrame, crystal: Crystal, places: FloatArray, matrix: IntArray, volume: float
) -> tuple[IntArray, IntArray, IntArray]:
    """Cell, sites and cell indices in the parent's primitive axes, for the first origin that fits."""
    to_frame = volume ** (1 / 3) * np.linalg.inv(frame.lattice)
    cell = np.round(matrix @ to_frame)
    if np.abs(matrix @ to_frame - cell).max() < 0.01:
        for step in np.vstack([np.zeros(3), np.eye(3)[0]]):
            found = _sites(frame, crystal, (places + step) @ to_frame)
            if found is not None:
                return cell.astype(np.int64), *found
    raise NotCompatibleError(
        "The order of the child's species is not that of the parent.", "Give the parent as a file."
    )


def _sites(frame: ParentFrame, crystal: Crystal, positions: FloatArray) -> tuple[IntArray, IntArray] | None:
    """Parent site and cell of ideal positions (n, 3); None when a species is not allowed there."""
    difference = positions[:, None] - frame.frac[None]
    whole = np.round(difference)
    misfit = np.abs(difference - whole).max(axis=-1)
    site = misfit.argmin(axis=1)
    rows = np.arange(len(site))
    if misfit[rows, site].max() > 0.05 or not frame.allowed[crystal.kinds, site].all():
        return None
    return site.astype(np.int64), whole[rows, site].astype(np.int64)


def _candidate(frame: ParentFrame, crystal: Crystal, cell: IntArray, site: IntArray, cell_index: IntArray) -> Candidate:
    super_frame = SuperFrame(frame, cell)
    positions = crystal.frac @ cell
    vectors = frame.frac[site] + cell_index - positions
    # an atom's place may be one of the child's lattice vectors away: bring all beside the first atom
    steps = np.round((vectors - vectors[0]) @ np.linalg.inv(cell)).astype(np.int64)
    cell_index = cell_index - steps @ cell
    origin = (vectors - steps @ cell).mean(axis=0)
    pairing = settled(super_frame, positions, origin, site, cell_index)
    strain = cell_strain(super_frame, crystal)
    rms_strain = float(np.sqrt((strain**2).sum() / 3))
    cost = pairing.mean_square + strain_cost(frame, rms_strain)
    return Candidate(crystal, super_frame, pairing, rms_strain, cost, "subgroup")
