"""What a learned input is: its irreps, directions and symmetry, by projecting the input itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product

import numpy as np

from curiebreak.arrays import BoolArray, ComplexArray, FloatArray, IntArray, common
from curiebreak.fields import representation, usual_components
from curiebreak.learning.breaking import GLOBAL, Carrier
from curiebreak.learning.orbits import even_kinds
from curiebreak.magnetic.grey_group import with_time
from curiebreak.modes.analysis import Analysis
from curiebreak.results import CarrierResult
from curiebreak.results.basic import parity
from curiebreak.symmetry.bloch import BlochSpace, some_sites
from curiebreak.symmetry.isotypic import Irrep, decompose_field, irreps_on, multiplicity
from curiebreak.symmetry.order_parameter import real_amplitudes

KINDS = even_kinds(8)
"""(l, parity) of the carriers that are looked for, even before odd."""

NEGLIGIBLE = 1e-10
"""Part of the squared input below which a component is rounding."""

VISIBLE = 1e-6
"""Components below this part of the largest are not listed."""

SAME = 1e-10
"""Part of its squared norm that an operation may change of an input that it keeps.

Rounding leaves 1e-16. What a file resolves of a distortion may be a thousandth of the rest (1e-6 here), which the
network uses as any other input: taken for nothing its loss would lie below the floor.
"""


@dataclass(frozen=True, eq=False)
class ProjectedPart:
    """The part of an input on one carrier that belongs to one irrep.

    Attributes
    ----------
    carrier : Carrier
    irrep : Irrep
    squared : float
        Squared norm, network units.
    overlaps : ndarray (g, s)
        ``<z, {R|t+tau} z>``.
    order_parameters : ndarray (m, dim)
    first_components : dict
        Value by m (usual convention) on the first atom that carries it.
    values : ndarray (n, 2l+1)
        The part itself on the atoms of the site (one row for a global one), e3nn component order.
    name : str
        Of the irrep; the label where it is empty.
    """

    carrier: Carrier
    irrep: Irrep
    squared: float
    overlaps: FloatArray
    order_parameters: FloatArray
    first_components: dict[str, float]
    values: FloatArray
    name: str = ""

    @property
    def label(self) -> str:
        """Name of the irrep, as the analysis calls it."""
        return self.name or self.irrep.label


def labels_of(parts: Iterable[ProjectedPart]) -> tuple[str, ...]:
    """The irreps of some parts, each once, in their order."""
    return tuple(dict.fromkeys(part.label for part in parts))


@dataclass(frozen=True, eq=False)
class InputCell:
    """The child's cell as inputs live on it: their irreps, directions and symmetry."""

    analysis: Analysis

    def project(self, inputs: Mapping[Carrier, FloatArray]) -> list[ProjectedPart]:
        """Decompose an input into irreps, carrier by carrier, dropping what is rounding.

        Parameters
        ----------
        inputs : mapping
            Carrier to field (n, 2l+1), or (2l+1,) for a global one, e3nn component order.
        """
        own = {carrier: self.own_cell(np.asarray(values)) for carrier, values in inputs.items()}
        total = sum(float((values**2).sum()) for values in own.values())
        parts: list[ProjectedPart] = []
        for carrier, values in own.items():
            if float((values**2).sum()) <= NEGLIGIBLE * total:
                continue
            space, components, matrices = self.carried(carrier, values)
            for found in decompose_field(space, components, matrices, irreps_on(space)):
                if found.squared <= NEGLIGIBLE * total:
                    continue
                overlaps = self._of_all(carrier, space.overlaps(found.values[None], matrices)[0])
                amplitudes, _ = real_amplitudes(space, matrices, found.irrep, found.values)
                shown = self._on_atoms(carrier, space, found.values)
                parts.append(
                    ProjectedPart(
                        carrier,
                        found.irrep,
                        found.squared,
                        overlaps,
                        amplitudes,
                        first_components(carrier, shown),
                        np.atleast_2d(shown),
                        self.analysis.name_of(found.irrep, carrier.time < 0),
                    )
                )
        return parts

    def _of_all(self, carrier: Carrier, overlaps: FloatArray) -> FloatArray:
        """Overlaps over all operations: in a grey group the second half reverses time, odd fields change their sign."""
        rows, size = self.analysis.isotropy.shape
        found = np.broadcast_to(overlaps, (len(overlaps), size))
        return found if rows == len(found) else with_time(found, carrier.time)

    def own_cell(self, values: FloatArray) -> FloatArray:
        """A field (n, d) of the atoms of the child's primitive cell, which come first in a larger one."""
        return values if values.ndim == 1 else values[: len(self.analysis.group.field.site)]

    def _on_atoms(self, carrier: Carrier, space: BlochSpace, values: ComplexArray) -> FloatArray:
        """Components (s, n_p, d) back on the atoms of the orbit, or the cell (1, d)."""
        if carrier.site == GLOBAL:
            return np.asarray(values[0].real)
        local, cells = self.orbit_atoms(carrier.site)
        return space.to_atoms(values, local, cells)

    def orbit_atoms(self, site: str) -> tuple[IntArray, IntArray]:
        """Primitive atom (within the orbit) and lattice vector of each atom of a site in the child's cell."""
        field = self.analysis.group.field
        orbit = self.analysis.parent.site_names.index(site)
        chosen = field.on_site(site)
        atoms = np.flatnonzero(self.analysis.parent.site_orbits == orbit)
        return np.searchsorted(atoms, field.site[chosen]), field.cell_index[chosen]

    def carried(self, carrier: Carrier, values: FloatArray) -> tuple[BlochSpace, ComplexArray, FloatArray]:
        """Space, components (s, n_p, d) and on-site matrices of a field on one carrier."""
        matrices = self.matrices(carrier)
        if carrier.site == GLOBAL:
            return self.analysis.strain_space, values.reshape(1, 1, -1).astype(complex), matrices
        space = self.orbit_space(carrier.site)
        chosen = self.analysis.group.field.on_site(carrier.site)
        local, cells = self.orbit_atoms(carrier.site)
        return space, space.from_atoms(values[chosen], local, cells), matrices

    def orbit_space(self, site: str) -> BlochSpace:
        """The same wave vectors with a single site orbit of the parent (or the whole cell for ``global``)."""
        if site == GLOBAL:
            return self.analysis.strain_space
        parent = self.analysis.parent
        atoms = np.flatnonzero(parent.site_orbits == parent.site_names.index(site))
        return replace(self.analysis.space, parent=some_sites(parent, atoms))

    def stabiliser(self, parts: list[ProjectedPart]) -> BoolArray:
        """Operations (g, s) that leave the input, and the fields given beside it, alone."""
        kept = (part.squared - part.overlaps <= SAME * part.squared for part in parts)
        return self.analysis.isotropy.remaining & common(kept, self.analysis.isotropy.shape)

    def direction_overlap(self, parts: list[ProjectedPart], label: str) -> float:
        """How much of the learned direction lies in the exact one, in the same domain (1 is all).

        The exact side fixes the direction up to the numbers that symmetry leaves free: the subspace
        that the isotropy subgroup of the exact component leaves alone.
        """
        exact = [m for m in self.analysis.modes if m.label == label]
        learned = [p.order_parameters for p in parts if p.label == label]
        if not exact or not learned:
            return 0.0
        mask = self.analysis.isotropy.remaining & common((m.fixes for m in exact), self.analysis.isotropy.shape)
        projector = self.analysis.isotropy.fixed_projector(exact[0].irrep, mask, exact[0].odd)
        amplitudes = np.concatenate(learned)
        inside = float(((amplitudes @ projector.T) ** 2).sum())
        return float(np.sqrt(inside / float((amplitudes**2).sum())))

    def matrices(self, carrier: Carrier) -> FloatArray:
        """What the parent's operations do to a field on a carrier: (g, 2l+1, 2l+1)."""
        return representation(carrier.degree, carrier.letter, self.analysis.parent.rotations_cartesian)

    def carries(self, carrier: Carrier, label: str) -> bool:
        """Whether a field on this carrier holds the irrep of an active mode."""
        mode = next(m for m in self.analysis.modes if m.label == label)
        return mode.odd == (carrier.time < 0) and self.carries_irrep(carrier, mode.irrep)

    def carries_irrep(self, carrier: Carrier, irrep: Irrep) -> bool:
        """Whether a field on this carrier holds an irrep, whatever time reversal does."""
        if carrier.site == GLOBAL and any(map(Fraction, irrep.kpoint or ())):
            return False  # the whole cell has k = 0 alone
        matrices = self.matrices(carrier)
        return multiplicity(self.orbit_space(carrier.site), matrices, irrep.members[0]) > 0

    def lowest(
        self, irrep: Irrep, sites: Sequence[str], kinds: Iterable[tuple[int, int]] = KINDS, time: int = 1
    ) -> Carrier | None:
        """The first carrier that holds an irrep: kinds (l, parity) in their order, then sites in theirs."""
        every = (Carrier(site, degree, parity, time) for (degree, parity), site in product(kinds, sites))
        return next((carrier for carrier in every if self.carries_irrep(carrier, irrep)), None)


def carrier_entry(carrier: Carrier, components: dict[str, float]) -> CarrierResult:
    """A carrier as a result states it, with what it holds by m."""
    return CarrierResult(
        site=carrier.site,
        l=carrier.degree,
        parity=carrier.letter,
        components=components,
        time_parity=parity(carrier.time),
    )


def first_components(carrier: Carrier, values: FloatArray) -> dict[str, float]:
    """Components by m (usual convention) on the first atom that carries the input."""
    usual = usual_components(carrier.degree, np.atleast_2d(values))
    largest = float(np.abs(usual).max(initial=0.0))
    if largest == 0.0:
        return {}
    row = usual[int(np.argmax(np.abs(usual).max(axis=1) > VISIBLE * largest))]
    return {
        str(m): float(value)
        for m, value in zip(range(-carrier.degree, carrier.degree + 1), row, strict=True)
        if abs(value) > VISIBLE * largest
    }
