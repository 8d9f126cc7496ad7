"""Irrep entries of a result: labels, directions, amplitudes, isotropy subgroups, roles."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import cast

import numpy as np

from curiebreak.arrays import IntArray
from curiebreak.modes.active import ActiveIrrep
from curiebreak.modes.analysis import Analysis
from curiebreak.modes.couplings import coupling_text, drivers
from curiebreak.modes.own_domain import own_domain
from curiebreak.modes.site_modes import site_modes
from curiebreak.results import IrrepEntry, IsotropySubgroup, Kind, Mode, Role, vector
from curiebreak.results.parents import ParentIrrep
from curiebreak.symmetry.origins import other_origins


def stated(mode: ActiveIrrep, role: Role, analysis: Analysis, total: float) -> IrrepEntry:
    """What every entry of an irrep says; `total` is the squared norm of all that it is a share of."""
    found, front, strain = mode.canonical, "m" if mode.odd else "", mode.kind == "strain"
    supercell = float(np.sqrt(mode.squared))
    return IrrepEntry(
        irrep=front + mode.irrep.label,
        name=mode.label,
        other_origins=other_origins(analysis.parent.number, mode.irrep, front),
        kpoint=mode.irrep.kpoint,
        kind=cast(Kind, mode.kind),
        role=role,
        direction=found.text,
        components=vector(found.components),
        amplitude_supercell=supercell,
        amplitude_parent=supercell if strain else supercell / float(np.sqrt(analysis.space.size)),
        dmax=mode.dmax,
        share=None if strain or total == 0.0 else mode.squared / total,
    )


def modes_of(mode: ActiveIrrep) -> tuple[Mode, ...]:
    """Signed amplitudes of an irrep by site and letter."""
    found = mode.canonical
    return site_modes(mode.label, mode.field.parts, found.copies, mode.owners, found.pattern)


@dataclass(frozen=True, eq=False)
class IrrepTable:
    """The irreps of an analysed pair as a result lists them."""

    analysis: Analysis
    _known: dict[bytes, IsotropySubgroup] = field(default_factory=dict)

    def entries(self) -> tuple[IrrepEntry, ...]:
        """Every active irrep: primaries first, then secondaries by amplitude, strain, noise last."""
        driven = drivers(self.analysis)
        entries = []
        for mode in self.analysis.modes:
            entry = self.entry(mode, self.role(mode))
            entries.append(replace(entry, coupling=coupling_text(driven, mode)))
        entries += [self._noise(mode) for mode in self.analysis.scatter]
        return tuple(sorted(entries, key=_order))

    def entry(self, mode: ActiveIrrep, role: Role) -> IrrepEntry:
        """One entry of ``irreps`` or ``order_parameters``."""
        own = own_domain(mode)
        return replace(
            stated(mode, role, self.analysis, self.analysis.isotropy.total()),
            direction_in_child=own.direction,
            terms=own.terms,
            amplitude_uncertainty=self._uncertainty(mode),
            isotropy_subgroup=self._subgroup(mode),
            modes=modes_of(mode),
        )

    def role(self, mode: ActiveIrrep) -> Role:
        """``primary`` for members of the best minimal set, ``noise`` below the scatter, else ``secondary``."""
        if mode.noise:
            return "noise"
        return "primary" if self.analysis.is_primary(mode) else "secondary"

    def _subgroup(self, mode: ActiveIrrep) -> IsotropySubgroup:
        """Isotropy subgroup of one irrep alone; irreps of one group are named once."""
        group = mode.isotropy_subgroup
        key = np.packbits(group.mask).tobytes()
        if key not in self._known:
            self._known[key] = group.described()
        return self._known[key]

    def _noise(self, mode: ActiveIrrep) -> IrrepEntry:
        """An irrep that only noise produces: amplitudes without a direction, scaled to the child's cell."""
        amplitude = float(np.sqrt(mode.squared / len(mode.values)))
        return IrrepEntry(
            irrep=mode.irrep.label,
            name=mode.label,
            other_origins=other_origins(self.analysis.parent.number, mode.irrep),
            kpoint=mode.irrep.kpoint,
            kind="displacement",
            role="noise",
            amplitude_supercell=amplitude * float(np.sqrt(self.analysis.space.size)),
            amplitude_parent=amplitude,
            dmax=mode.dmax,
        )

    def _uncertainty(self, mode: ActiveIrrep) -> float | None:
        """Standard uncertainty of As of one displacement irrep, Å; None where the file states none.

        With ``g`` the field of the irrep at unit length, ``dAs = sum_i g_i . du_i``. The copies of a site move
        together, so an orbit of N atoms adds ``N sum_i g_i^T C_i g_i``, C_i the covariance of atom i from its
        coordinates' uncertainties, which are taken as independent.
        """
        analysis = self.analysis
        given = analysis.distortion.child.uncertainties
        if given is None or mode.kind != "displacement" or mode.squared == 0.0 or analysis.parent.is_molecule:
            return None
        field = analysis.group.field
        # unit field of the irrep on the atoms: dAs/du
        gradient = field.from_waves(analysis.space, mode.values) / np.sqrt(mode.squared)
        sigmas = given[analysis.distortion.child_atoms[analysis.original_atoms]]
        # uncertainties stand along the axes of the file
        axes = analysis.distortion.supercell_basis @ np.asarray(analysis.parent.structure.lattice)
        spread = ((gradient @ axes.T) * sigmas) ** 2  # (g . a_j)^2 sigma_j^2
        return float(np.sqrt((self._orbit_sizes * spread.sum(axis=1)).sum()))

    @cached_property
    def _orbit_sizes(self) -> IntArray:
        """Atoms (n,) that the child's operations carry each atom onto, itself included."""
        images = self.analysis.group.operations.permutations
        return np.array([len(set(column)) for column in images.T.tolist()])


def _order(entry: IrrepEntry) -> tuple[int, int, float]:
    kinds = {"displacement": 0, "occupation": 1}
    roles = {"primary": 0, "secondary": 1, "noise": 2}
    return (kinds.get(entry.kind, 2), roles[entry.role], -(entry.amplitude_supercell or 0.0))


def in_few_words(entry: IrrepEntry) -> ParentIrrep:
    """An entry as a candidate for the parent lists it."""
    return ParentIrrep(
        irrep=entry.irrep,
        kpoint=entry.kpoint,
        kind=entry.kind,
        role=entry.role,
        direction=entry.direction,
        amplitude_parent=float(entry.amplitude_parent or 0.0),
        other_origins=entry.other_origins,
    )
