"""``map_report``: how a child lies on its parent, atom by atom, as a result."""

from __future__ import annotations

import numpy as np

from curiebreak.clock import Clock
from curiebreak.mapping.distortion import Distortion
from curiebreak.mapping.mapped_pair import MappedPair
from curiebreak.mapping.pair_summary import child_summary, parent_summary, placement
from curiebreak.options import taking
from curiebreak.options.exact_options import MapPairOptions
from curiebreak.results import MappingResult, PairedAtom, vector3
from curiebreak.symmetry.parent import DEFAULT_SYMPREC
from curiebreak.versions import library_versions


@taking(MapPairOptions)
def map_report(asked: MapPairOptions) -> MappingResult:
    """Map a child onto its parent and report the pairing.

    Returns
    -------
    MappingResult

    Raises
    ------
    InputError
        For files or numbers that cannot be used.
    NotCompatibleError
        When the child does not map onto the parent.
    """
    clock = Clock()
    pair = MappedPair.of(asked.parent, asked.child, asked, clock)
    distortion = pair.distortion
    return MappingResult(
        messages=(*pair.parent.structure.messages, *pair.child.messages, *distortion.messages),
        versions=library_versions(),
        seconds=clock.laps,
        options=asked.record,
        parent=parent_summary(pair.parent),
        child=child_summary(pair.child, DEFAULT_SYMPREC),
        mapping=placement(distortion),
        pairing=_pairing(distortion),
    )


def _pairing(distortion: Distortion) -> tuple[PairedAtom, ...]:
    """Atoms in the order of the child's file; fractions folded into the cell."""
    parent, child = distortion.parent, distortion.child
    positions = distortion.fractional
    if not parent.is_molecule:
        positions = np.mod(np.round(positions, 9), 1.0)
    return tuple(
        PairedAtom(
            child_atom=int(distortion.child_atoms[row]),
            species=child.species[distortion.child_atoms[row]],
            site=parent.site_names[parent.site_orbits[distortion.site[row]]],
            undistorted=vector3(positions[row]),
            displacement=vector3(distortion.displacements[row]),
        )
        for row in np.argsort(distortion.child_atoms)
    )
