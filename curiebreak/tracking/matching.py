"""Frame after frame onto the fixed sites, or the reason why a frame does not fit them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from curiebreak.arrays import BoolArray, FloatArray
from curiebreak.structures.frames import Frame
from curiebreak.tracking.frame_settings import other_settings
from curiebreak.tracking.template import FrameFit, Template, kind_of

LARGEST_STRAIN = 0.25
"""Principal strain beyond which a cell is not that of the reference."""

SAME_AXES = 0.1
"""Principal strain up to which a file without a fixed order of atoms is taken along its own axes."""

FAR_SHARE = 0.05
"""Part of the atoms that may be nearer to another site of their kind, where the order of atoms is fixed."""


@dataclass(frozen=True, eq=False)
class PlacedFrame:
    """A frame on the sites of the template.

    Attributes
    ----------
    displacements : ndarray (n, 3)
        Å, Cartesian in the parent's frame, mean zero.
    strain : ndarray (3, 3)
        ``U - 1``.
    volume : float
        Å^3 per primitive cell of the parent.
    note : str
        How the frame was laid on, where that was not plain.
    """

    displacements: FloatArray
    strain: FloatArray
    volume: float
    note: str = ""


@dataclass(frozen=True)
class Refused:
    """Why a frame was left out: ``damaged`` (it cannot be read) or ``refused`` (it does not fit)."""

    status: str
    reason: str


class Matcher:
    """Lays frames on a template; remembers the last one, for drift and for the choice between twins.

    Parameters
    ----------
    template : Template
    species : tuple of str
        Of the reference, in its order.
    """

    def __init__(self, template: Template, species: tuple[str, ...]) -> None:
        self.template = template
        self.species = species
        self._kinds = tuple(map(kind_of, species))
        self._counts = sorted(self._kinds)
        self._order = template.fit.order
        self._shift = template.fit.shift
        self._last = template.displacements(template.fit)

    def place(self, frame: Frame) -> PlacedFrame | Refused:
        """Displacements and strain of a frame."""
        if frame.reason is not None or frame.lattice is None:
            return Refused("damaged", frame.reason or "It has no cell.")
        kinds = self._kinds if frame.species == self.species else tuple(map(kind_of, frame.species))
        strain = self._strain(frame.lattice)
        if kinds == self._kinds and strain <= LARGEST_STRAIN:
            fit = self.template.ordered(frame.frac, self._order, self._shift)
            if self._far(fit).mean() <= FAR_SHARE:
                self._shift = fit.shift
                return self._placed(fit, frame.lattice)
        return self._unordered(frame, kinds, strain)

    def _unordered(self, frame: Frame, kinds: tuple[str, ...], strain: float) -> PlacedFrame | Refused:
        lattice = np.asarray(frame.lattice)
        if sorted(kinds) == self._counts and strain <= SAME_AXES:
            fit = self.template.matched(frame.frac, kinds, self.template.fit.shift)
            if fit is not None and not self._far(fit).any():
                self.species, self._kinds, self._order, self._shift = frame.species, kinds, fit.order, fit.shift
                return self._placed(fit, lattice, "atoms matched with the nearest sites")
        found = other_settings(self.template, frame, kinds, self._last)
        if isinstance(found, str):
            return Refused("refused", found)
        if self._far(found.fit).any():
            away, reach = (
                float(np.linalg.norm(self.template.displacements(found.fit), axis=1).max()),
                self.template.reach,
            )
            return Refused("refused", f"An atom is {away:.2f} Å from its site, half-way to the next is {reach:.2f} Å.")
        return self._placed(found.fit, found.lattice, found.note)

    def _placed(self, fit: FrameFit, lattice: FloatArray, note: str = "") -> PlacedFrame:
        displacements = self.template.displacements(fit)
        self._last = displacements
        volume = abs(float(np.linalg.det(lattice))) / self.template.size
        return PlacedFrame(displacements, self.template.strain(lattice), volume, note)

    def _strain(self, lattice: FloatArray) -> float:
        gradient = np.linalg.solve(self.template.lattice, lattice)
        if np.linalg.det(gradient) <= 0:
            return float("inf")
        return float(np.abs(np.linalg.svd(gradient, compute_uv=False) - 1.0).max())

    def _far(self, fit: FrameFit) -> BoolArray:
        lengths = np.linalg.norm(self.template.displacements(fit), axis=1)
        return np.asarray(lengths > self.template.reach)
