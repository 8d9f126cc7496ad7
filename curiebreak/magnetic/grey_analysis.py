"""A magnetic structure in the form in which every distortion is analysed: irreps of moments beside the others.

Masks of operations are (2 g, s): the second half of the rows reverses time. What holds for an ordinary parent holds for
the grey one, with the sign of time reversal in every average.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from curiebreak.arrays import BoolArray, IntArray
from curiebreak.magnetic.grey_group import GreySubgroup
from curiebreak.magnetic.magnetic_analysis import ActiveField, MagneticAnalysis, on_site
from curiebreak.magnetic.magnetic_field import atom_images
from curiebreak.modes.active import ActiveIrrep, FieldKind
from curiebreak.modes.analysis import Analysis
from curiebreak.symmetry.cell_operations import CellOperations
from curiebreak.symmetry.child_group import ChildGroup
from curiebreak.symmetry.irrep_names import IrrepNames
from curiebreak.symmetry.isotypic import Irrep


@dataclass(frozen=True, eq=False)
class GreyAnalysis(Analysis):
    """The analysis of a magnetic structure under its grey parent.

    Attributes
    ----------
    magnetic : MagneticAnalysis
    odd_names : IrrepNames
        What irreps of moments are called, but for the `m` in front.
    thetas : ndarray (m,) of int
        -1 for those of ``group.operations`` that reverse time.
    """

    magnetic: MagneticAnalysis | None = None
    odd_names: IrrepNames = field(default_factory=IrrepNames)
    thetas: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    @property
    def own(self) -> MagneticAnalysis:
        """The magnetic analysis itself."""
        if self.magnetic is None:
            raise ValueError("a grey analysis needs its magnetic one")
        return self.magnetic

    def name_of(self, irrep: Irrep, odd: bool = False) -> str:
        """What an irrep is called, with `m` in front where time reversal turns its fields round (`odd`)."""
        return "m" + self.odd_names.of(irrep) if odd else self.names.of(irrep)

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
    names = {odd: IrrepNames([a.irrep for a in magnetic.active if a.odd == odd]) for odd in (True, False)}
    modes = tuple(_mode(magnetic, one) for one in magnetic.active)
    even = magnetic.field.structural()
    empty = CellOperations(magnetic.space, *(np.zeros(0, dtype=np.int64),) * 2, np.zeros((0, 0), dtype=np.int64))
    group = ChildGroup(
        field=even,
        operations=empty,
        ladder=(),
        tolerance=0.0,
        residual=np.zeros_like(even.displacements),
        residual_rms=0.0,
        residual_max=0.0,
        noise_sigma=0.0,
        strain_lowers=magnetic.isotropy.use_strain,
        strain_allowed=0.0,
        name=None,
    )
    found = GreyAnalysis(
        magnetic.placed.distortion,
        group,
        magnetic.space,
        magnetic.strain_space,
        modes,
        magnetic.isotropy,
        names=names[False],
        magnetic=magnetic,
        odd_names=names[True],
    )
    operations, thetas = found.operations_of(magnetic.whole)
    return replace(found, group=replace(group, operations=operations), thetas=thetas)


def _mode(magnetic: MagneticAnalysis, one: ActiveField) -> ActiveIrrep:
    space, matrices = on_site(magnetic, one)
    elements = magnetic.placed.distortion.occupation_elements if one.kind == "occupation" else ()
    kind = FieldKind(one.kind, space, matrices, elements, one.odd)
    return ActiveIrrep(kind, one.irrep, one.values, one.squared, one.dmax, name=one.label, table=magnetic.isotropy)
