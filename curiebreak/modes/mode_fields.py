"""The distortion split by irrep, atom by atom, as a block of the result."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np

from curiebreak.arrays import FloatArray
from curiebreak.fields import strain_tensor
from curiebreak.mapping.composition import compositions
from curiebreak.modes.active import ActiveIrrep
from curiebreak.modes.analysis import Analysis
from curiebreak.results import IrrepField, Kind, Matrix, ModeFields, StructureData, matrix

_KINDS = {"displacement": "displacements", "occupation": "occupation", "strain": "strain", "magnetic": "moments"}
"""What holds the numbers of each kind."""

_DECIMALS = 10
"""Of Å, strain and occupancy: far below what a child's coordinates hold, and a third less to store."""


@dataclass(frozen=True, eq=False)
class IrrepFieldTable:
    """The distortion of one pair split by irrep, atom by atom."""

    analysis: Analysis

    def fields(self) -> ModeFields:
        """Contribution of every active irrep to displacements, occupancies and strain.

        Returns
        -------
        ModeFields
            On the atoms of ``analysis.group.field``; the contributions add up to that field.
        """
        field, parent = self.analysis.group.field, self.analysis.parent
        elements = self.analysis.distortion.occupation_elements
        irreps = tuple(self._contribution(mode) for mode in self.analysis.modes if mode.kind in _KINDS)
        moments = [one.moments for one in irreps if one.moments]
        return ModeFields(
            undistorted=self.undistorted(),
            sites=field.site_names,
            displacements=_rounded(field.displacements),
            strain=None if parent.is_molecule else _rounded(field.strain),
            elements=elements,
            occupancies=_rounded(self._parent_occupancies(elements)) if elements else (),
            occupation=_rounded(field.occupation) if elements else (),
            irreps=irreps,
            moments=_rounded(np.sum(np.array(moments), axis=0)) if moments else (),
        )

    def undistorted(self) -> StructureData:
        """The parent in the child's primitive cell, atoms in the order of ``analysis.group.field``."""
        field, parent = self.analysis.group.field, self.analysis.parent
        return StructureData(
            lattice=None if field.lattice is None else matrix(field.lattice),
            species=tuple(parent.species[i] for i in field.site),
            frac=matrix(field.fractional),
        )

    def _contribution(self, mode: ActiveIrrep) -> IrrepField:
        if mode.kind == "strain":
            values = strain_tensor(mode.values.real.reshape(6))
        else:
            values = self.analysis.group.field.from_waves(self.analysis.space, mode.values)
        front = "m" if mode.kind == "magnetic" else ""
        kind = cast(Kind, mode.kind)
        empty = IrrepField(irrep=front + mode.irrep.label, name=mode.label, kind=kind, kpoint=mode.irrep.kpoint)
        numbers: dict[str, Any] = {_KINDS[mode.kind]: _rounded(values)}
        return replace(empty, **numbers)

    def _parent_occupancies(self, elements: tuple[str, ...]) -> FloatArray:
        """Occupancy (n, elements) of each atom's site in the parent; rows without a mixed site may be 0."""
        parent = self.analysis.parent
        known = compositions(parent.structure)
        rows = [known[parent.species[site]] for site in self.analysis.group.field.site]
        return np.array([[row.get(element, 0.0) for element in elements] for row in rows])


def _rounded(values: FloatArray) -> Matrix:
    return matrix(np.round(values, _DECIMALS) + 0.0)
