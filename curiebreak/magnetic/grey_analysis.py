"""A magnetic structure in the form in which every distortion is analysed: irreps of moments beside the others.

Masks of operations are (2 g, s): the second half of the rows reverses time. What holds for an ordinary parent holds for
the grey one, with the sign of time reversal in every average.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from curiebreak.arrays import BoolArray, IntArray
from curiebreak.magnetic.grey_group import GreySubgroup
from curiebreak.magnetic.magnetic_analysis import MagneticAnalysis, names_of
from curiebreak.magnetic.magnetic_field import atom_images
from curiebreak.modes.analysis import Analysis
from curiebreak.symmetry.bloch import bloch_space, single_site
from curiebreak.symmetry.cell_operations import CellOperations
from curiebreak.symmetry.child_group import ChildGroup


@dataclass(frozen=True, eq=False)
class GreyAnalysis(Analysis):
    """The analysis of a magnetic structure under its grey parent.

    Attributes
    ----------
    magnetic : MagneticAnalysis
    thetas : ndarray (m,) of int
        -1 for those of ``group.operations`` that reverse time.
    """

    magnetic: MagneticAnalysis | None = None
    thetas: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    @property
    def own(self) -> MagneticAnalysis:
        """The magnetic analysis itself."""
        if self.magnetic is None:
            raise ValueError("a grey analysis needs its magnetic one")
        return self.magnetic

    def subgroup(self, mask: BoolArray) -> GreySubgroup:
        """The subgroup of the grey group with the operations `mask` (2 g, s)."""
        return GreySubgroup(self.space, mask)

    def operations_of(self, mask: BoolArray) -> tuple[CellOperations, IntArray]:
        """Operations `mask` (2 g, s) on the atoms of the cell, and -1 for those that reverse time."""
        count = self.parent.n_operations
        rows, tau = np.nonzero(mask)
        g = rows % count
        images = atom_images(self.own.field, self.space, g, tau)
        return CellOperations(self.space, g, tau, images), np.where(rows < count, 1, -1)


def grey_analysis(magnetic: MagneticAnalysis) -> GreyAnalysis:
    """The same as an analysis of a distortion."""
    even = magnetic.field.structural()
    empty = CellOperations(magnetic.space, *(np.zeros(0, dtype=np.int64),) * 2, np.zeros((0, 0), dtype=np.int64))
    group = ChildGroup.exact(even, empty, magnetic.isotropy.use_strain)
    found = GreyAnalysis(
        magnetic.placed.distortion,
        group,
        magnetic.space,
        bloch_space(single_site(magnetic.parent), np.eye(3, dtype=np.int64)),
        magnetic.active,
        magnetic.isotropy,
        names=names_of(magnetic.active),
        magnetic=magnetic,
    )
    operations, thetas = found.operations_of(magnetic.whole)
    return replace(found, group=replace(group, operations=operations), thetas=thetas)
