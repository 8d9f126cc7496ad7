"""Superlattice reflections that each irrep of a distortion makes."""

from __future__ import annotations

from dataclasses import dataclass

from curiebreak.results.basic import Labels


@dataclass(frozen=True, kw_only=True)
class Reflection:
    """The superlattice reflections of one irrep at one distance."""

    hkl: tuple[str, str, str]
    """The strongest of them, in the reciprocal basis of the parent's conventional cell."""
    d: float
    """Å, in the parent's cell without strain."""
    two_theta: float
    """Degrees, at the wavelength of the list."""
    multiplicity: int
    """Reciprocal vectors at this distance at which the irrep scatters, of the child as it is mapped."""
    xray: float
    """Sum of their |F|², electrons squared, F per primitive cell of the parent."""
    neutron: float
    """The same for neutrons, fm²."""


@dataclass(frozen=True, kw_only=True)
class IrrepReflections:
    """What one irrep alone adds to a diffraction pattern, at its own wave vectors."""

    irrep: str
    """Name."""
    kind: str
    """``displacement`` or ``occupation``."""
    arms: Labels
    """Arms of its star that the child holds: reflections stand at these vectors from those of the parent."""
    absent: Labels = ()
    """Conditions under which it makes none to first order in its amplitude, whatever moves how much; the intensities
    are those of the whole amplitude, so that a large tilt may show traces there."""
    reflections: tuple[Reflection, ...] = ()
    """Strongest X-ray reflections first."""
