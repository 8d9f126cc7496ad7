"""The degenerate answers: signals on the sphere, and the equivalent children one by one."""

from __future__ import annotations

from dataclasses import dataclass

from curiebreak.results.basic import Matrix, Vector, Vector3


@dataclass(frozen=True, kw_only=True)
class Peak:
    """One maximum of a signal."""

    direction: Vector3
    """Unit vector, Cartesian in the parent's frame."""
    height: float
    """Value there, Å."""
    merged: bool = False
    """Whether it stands for several maxima closer than pi/L."""


@dataclass(frozen=True, kw_only=True)
class SiteSignal:
    """The signal on one site of the parent."""

    site: str
    """Name of the site."""
    position: Vector3
    """Of the atom that represents the site: Å, Cartesian in the parent's frame."""
    displacement: float
    """Longest displacement of an atom of this site in the child, Å."""
    target: Vector
    """Signal of this displacement: coefficients of orthonormal real harmonics, l = 0 to L one after the other, m from
    -l to l (usual convention, polar axis z); its maximum is the length."""
    learned: Vector
    """Signal that the network gives without breaking input, scaled to the same maximum."""
    peaks: tuple[Peak, ...]
    """Maxima of the learned signal, highest first; those lower than 0.3 of the highest are left out."""
    images: Matrix
    """Directions that the displacements of this site take under all operations of the parent."""
    n_peaks: int
    """Number of peaks."""
    n_images: int
    """Number of directions, those closer than pi/L counted once."""
    agrees: bool
    """Whether the two numbers are the same and every peak points along an image, within pi/(2L)."""
    positions: Matrix = ()
    """Of all atoms of the site in the parent's primitive cell, Å, Cartesian in the parent's frame."""
    signals: Matrix = ()
    """The learned signal on each of them, as in ``learned``."""


@dataclass(frozen=True, kw_only=True)
class SiteWithoutInput:
    """Answer on one site of a network that was trained with the input, without the input."""

    site: str
    """Name of the site."""
    answer: Vector
    """Signal on the first atom of the site, as ``learned`` of `SiteSignal`; not scaled, Å."""
    n_peaks: int
    """Number of maxima."""
    spread: float | None
    """One minus lowest over highest maximum."""


@dataclass(frozen=True, kw_only=True)
class SignalsWithoutInput:
    """A network trained with the recovered input and then asked without it."""

    loss: float
    """Relative loss of the signals with the input."""
    asymmetry: float
    """Without the input: the largest change of a signal under an operation of the parent, relative to the largest
    signal."""
    asymmetry_told: float
    """The same with the input."""
    sites: tuple[SiteWithoutInput, ...]
    """Answers without the input on the sites that move."""


@dataclass(frozen=True, kw_only=True)
class Signals:
    """Spherical-harmonic output of a network trained without breaking input."""

    lmax: int
    """L, the largest degree."""
    resolution: float
    """pi/L in degrees: peaks closer than this count as one."""
    loss: float | None
    """Relative loss of the signals after training."""
    floor: float | None
    """The least that symmetry allows."""
    sites: tuple[SiteSignal, ...]
    """Signals of the sites that move."""
    untold: SignalsWithoutInput | None = None
    """Where asked for: a network trained with the recovered input, without it."""


@dataclass(frozen=True, kw_only=True)
class PredictedDomain:
    """One equivalent child, given by the network for the turned order parameter."""

    operation: str
    """Operation of the parent that makes it from the child, as ``x,y,z`` in the parent's standard axes."""
    file: str | None
    """Where it was written."""
    error: float | None
    """Largest deviation of a coordinate from the exactly turned child, Å."""
    error_strain: float | None
    """Largest deviation of a strain component."""
