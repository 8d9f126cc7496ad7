"""The polarisation of a polar child: along which axis, by which irrep, and whether that is the cause or follows.

By symmetry alone. *Proper*: the polar irrep alone leaves the child's group. *Improper*: others leave it without a
polar irrep, which follows from a power of one of them (Levanyuk & Sannikov, Sov. Phys. Usp. 17, 199 (1974)); *hybrid*:
from a product of several (Benedek & Fennie, Phys. Rev. Lett. 106, 107204 (2011)). *Triggered*: the polar irrep is an
independent primary beside others, to which its square couples (Holakovsky, Phys. Status Solidi B 56, 615 (1973));
whether it would appear without them is a matter of energy.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from curiebreak.arrays import FloatArray
from curiebreak.modes.active import ActiveIrrep
from curiebreak.modes.analysis import Analysis
from curiebreak.modes.couplings import drivers, product_text
from curiebreak.results import Vector3
from curiebreak.results.blocks import Polarisation
from curiebreak.symmetry.isotypic import StandardOperations
from curiebreak.symmetry.subgroup import crystal_axis, small_axis

_WHOLE = 1e-6


@dataclass(frozen=True, eq=False)
class ChildPolarisation:
    """The polarisation of the child of one pair."""

    analysis: Analysis

    @cached_property
    def irreps(self) -> tuple[str, ...]:
        """Polar irreps of the distortion."""
        found = [mode.label for mode in self.analysis.modes if mode.counts and self._is_polar(mode)]
        return tuple(dict.fromkeys(found))

    @cached_property
    def _projector(self) -> FloatArray:
        """Onto the vectors (3, 3) that the child's point group leaves alone and the parent's does not."""
        rotations = self.analysis.parent.rotations_cartesian
        kept = rotations[self.analysis.child_operations.any(axis=1)]
        # the mean over a group projects on the vectors that it leaves alone
        return np.asarray(kept.mean(axis=0) - rotations.mean(axis=0))

    def _is_polar(self, mode: ActiveIrrep) -> bool:
        """Whether an irrep at k = 0 is part of a polar vector, and no invariant one."""
        parent, standard = self.analysis.parent, StandardOperations(self.analysis.parent)
        if mode.odd or parent.is_molecule or np.abs(mode.irrep.arms).max(initial=0.0) > _WHOLE:
            return False
        characters = np.trace(mode.irrep.real_matrices(standard.rotations, standard.translations), axis1=1, axis2=2)
        vectors = np.trace(parent.rotations_cartesian, axis1=1, axis2=2)
        # <chi, chi_vector> counts it; the mean of chi counts the invariants in it
        return bool((characters * vectors).mean() > 0.5 and characters.mean() < 0.5)

    def described(self) -> Polarisation | None:
        """What symmetry says; ``None`` where the child allows none beyond the parent's, or no irrep is polar."""
        dimension = round(float(np.trace(self._projector)))
        if dimension < 1 or not self.irreps:
            return None
        kind, terms = self._cause()
        along, in_child = (None, None) if dimension > 1 else self._axes()
        return Polarisation(
            kind=kind, irreps=self.irreps, terms=terms, dimension=dimension, axis=along, axis_in_child=in_child
        )

    def _cause(self) -> tuple[str, tuple[str, ...]]:
        """Kind, and the coupling terms that bring the polarisation or tie it to the others."""
        sets, polar = [found.labels for found in self.analysis.minimal_sets], set(self.irreps)
        if any(set(labels) <= polar for labels in sets):
            return "proper", ()
        # the chosen set comes first
        products = next(filter(None, map(self._products, filter(polar.isdisjoint, sets))), None)
        if products is not None:
            several = any(len(one) > 1 for _, one in products)
            terms = tuple(product_text({label: 1} | one) for label, one in products)
            return ("hybrid" if several else "improper"), terms
        others = [label for label in self.analysis.primary if label not in polar]
        return "triggered", tuple(product_text({label: 2, other: 2}) for label in self.irreps for other in others)

    def _products(self, primary: tuple[str, ...]) -> list[tuple[str, dict[str, int]]]:
        """Polar irreps with the lowest products of some primaries that drive them."""
        driven = drivers(self.analysis, primary)
        found = [(label, driven.get((label, "displacement"))) for label in self.irreps]
        return [(label, one) for label, driver in found if driver is not None for one in driver.products]

    def _axes(self) -> tuple[Vector3, Vector3]:
        """The axis in the parent's standard cell and in the cell of the child's file."""
        parent = self.analysis.parent
        _, vectors = np.linalg.eigh((self._projector + self._projector.T) / 2)
        # x_parent = x_child @ supercell_basis, in the axes of the files
        in_file = np.linalg.solve(np.asarray(parent.structure.lattice).T, vectors[:, -1])
        in_child = in_file @ np.linalg.inv(self.analysis.distortion.supercell_basis)
        return crystal_axis(parent, vectors[:, -1]), small_axis(in_child)
