"""Irrep entries of a magnetic structure: labels, directions, amplitudes, magnetic groups, couplings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from curiebreak.arrays import BoolArray
from curiebreak.magnetic.grey_analysis import GreyAnalysis
from curiebreak.magnetic.grey_group import grey_subgroup
from curiebreak.magnetic.magnetic_analysis import MagneticAnalysis
from curiebreak.modes.active import ActiveIrrep, FieldKind
from curiebreak.modes.entries import modes_of, stated
from curiebreak.results import IrrepEntry, IsotropySubgroup, Role


class MagneticIrrepTable:
    """The irreps of a magnetic structure as a result lists them; what several of them need is made once."""

    def __init__(self, grey: GreyAnalysis) -> None:
        self.grey = grey
        self._kinds: dict[str, FieldKind] = {}

    def _on_listed_sites(self, field: FieldKind) -> FieldKind:
        """A kind of field, that of moments on the sites of which the source lists one, zero or not."""
        if field.name not in self._kinds:
            placed, parent = self.grey.own.placed, self.grey.parent
            orbits = parent.site_orbits[placed.distortion.site[placed.crystal.listed]]
            listed = np.isin(parent.site_orbits, orbits) if field.odd else None
            self._kinds[field.name] = replace(field, listed=listed)
        return self._kinds[field.name]

    def entry(self, mode: ActiveIrrep, role: Role) -> IrrepEntry:
        """One entry of ``irreps`` or ``order_parameters``."""
        analysis = self.grey.own
        mode = replace(mode, field=self._on_listed_sites(mode.field))
        total = analysis.isotropy.total_of(*(("magnetic",) if mode.odd else ("displacement", "occupation")))
        group = magnetic_subgroup(analysis, mode.fixes, mode.odd)
        return replace(stated(mode, role, self.grey, total), isotropy_subgroup=group, modes=modes_of(mode))


def magnetic_subgroup(analysis: MagneticAnalysis, mask: BoolArray, magnetic: bool = True) -> IsotropySubgroup:
    """The subgroup of the grey group with operations `mask` (2 g, s).

    Number, symbol, basis and origin are those of the space group that the operations form when time is left aside.
    """
    found = grey_subgroup(analysis.space, mask)
    return found if magnetic else replace(found, magnetic=None)
