"""What a child knows of a parent that is stated: the parent with the free coordinates and the cell of the child."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curiebreak.mapping import map_child
from curiebreak.parents.admissible import LARGEST_DISPLACEMENT, LARGEST_HOP, LARGEST_RMS
from curiebreak.parents.averaging import symmetrised_metric
from curiebreak.parents.node import like_site_distances
from curiebreak.structures import Structure
from curiebreak.symmetry.parent import ParentCrystal


@dataclass(frozen=True)
class StatedAverage:
    """A stated parent averaged over its group from the child that is mapped onto it.

    Attributes
    ----------
    lattice, frac : ndarray (3, 3), (m, 3)
        Rows in Å, fractional.
    rms, dmax : float
        Å; from the average to the child, mean shift taken out.
    hop : float
        Largest displacement over the distance to the nearest like site, hydrogen left out.
    relaxed : float
        Å; largest shift of a site from the stated parent to the average, which no child can tell.
    spacing : float
        (V/atom)^(1/3), Å.
    """

    lattice: NDArray[np.float64]
    frac: NDArray[np.float64]
    rms: float
    dmax: float
    hop: float
    relaxed: float
    spacing: float

    @property
    def within(self) -> bool:
        """Whether it lies within the limits of the search."""
        return self.rms <= LARGEST_RMS * self.spacing and self.dmax <= LARGEST_DISPLACEMENT and self.hop <= LARGEST_HOP


def stated_average(stated: ParentCrystal, child: Structure) -> StatedAverage:
    """Average the child over the group of the parent that it is mapped onto.

    Raises
    ------
    CurieBreakError
        Where the child does not map.
    """
    mapped = map_child(stated, child, allow=("reconstructive",))
    high = mapped.parent
    sites, turns = len(high.frac), high.rotations_cartesian
    moved = np.zeros((sites, 3))
    np.add.at(moved, mapped.site, mapped.displacements)
    moved /= np.bincount(mapped.site, minlength=sites)[:, None]
    # v(g i) = 1/|G| sum_g R_g u(i): the part of the mean displacements that keeps the group
    kept = np.zeros((sites, 3))
    for turn, order in zip(turns, high.permutations, strict=True):
        kept[order] += moved @ turn.T
    kept /= len(turns)
    strained = high.lattice @ (np.eye(3) + mapped.strain)
    to_frac = np.linalg.inv(high.lattice)
    lattice, frac = symmetrised_metric(strained, high.rotations), high.frac + kept @ to_frac
    rest = (mapped.displacements - kept[mapped.site]) @ to_frac @ strained
    lengths = np.linalg.norm(rest - rest.mean(axis=0), axis=1)
    names = sorted(set(high.species))
    kinds = np.array([names.index(s) for s in high.species])
    heavy = np.array([s not in ("H", "D") for s in high.species])[mapped.site]
    return StatedAverage(
        lattice=lattice,
        frac=frac,
        rms=float(np.sqrt((lengths**2).mean())),
        dmax=float(lengths.max()),
        hop=float((lengths / like_site_distances(lattice, frac, kinds)[mapped.site])[heavy].max(initial=0.0)),
        relaxed=float(np.linalg.norm(kept - kept.mean(axis=0), axis=1).max()),
        spacing=float((abs(np.linalg.det(lattice)) / sites) ** (1 / 3)),
    )
