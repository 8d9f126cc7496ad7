"""Networks that grow until a loss stands on its floor, and what training with given inputs shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from curiebreak.arrays import BoolArray, FloatArray, summed
from curiebreak.clock import Progress, silent
from curiebreak.discovery.certificates import Kind, certificate
from curiebreak.learning.breaking import Carrier
from curiebreak.learning.learner import Learner
from curiebreak.learning.outcome import Fit, Inputs
from curiebreak.modes.analysis import Analysis
from curiebreak.results import Certificate

ENLARGEMENTS = 2
"""Larger networks that are tried at most: beyond further neighbours and another layer it is not the network that is
too weak."""


class OnCarrier(Protocol):
    """What is given to a network: a field on a carrier."""

    @property
    def carrier(self) -> Carrier:
        """Where it stands."""

    @property
    def field(self) -> FloatArray:
        """Values (n, 2l+1), or (2l+1,) on the whole cell."""


def joint(given: Iterable[OnCarrier]) -> dict[Carrier, FloatArray]:
    """All inputs together, by carrier."""
    return summed((one.carrier, one.field) for one in given)


def networks(learner: Learner, progress: Progress = silent) -> Iterator[Learner]:
    """A learner, then copies of it with larger and larger networks, up to the largest; each begins untrained."""
    yield learner
    for _ in range(ENLARGEMENTS):
        progress("weights", 0.0, "the network is too weak; enlarging it")
        learner = learner.larger()
        yield learner


@dataclass(frozen=True, eq=False)
class CertifiedFit:
    """A network trained with given inputs.

    Attributes
    ----------
    learner : Learner
    fit : Fit
    certificate : Certificate
        Loss and floor; its verdict is ``not_converged`` when the loss stayed above the floor.
    """

    learner: Learner
    fit: Fit
    certificate: Certificate

    @property
    def reached(self) -> bool:
        """Whether the losses are at their floors."""
        return self.certificate.verdict != "not_converged"


def certified_fit(
    analysis: Analysis,
    sizes: Iterable[Learner],
    members: tuple[str, ...],
    inputs: Inputs,
    mask: BoolArray,
    kind: Kind = "sufficient",
    without: str | None = None,
) -> CertifiedFit:
    """Train with exactly these inputs until every loss stands on its floor or the network is at its largest.

    Parameters
    ----------
    analysis : Analysis
    sizes : iterable of Learner
        Of at least one, see `networks`.
    members : tuple of str
        Irreps of the input.
    inputs : dict
        Carrier to field; the weights alone are trained where it is empty.
    mask : ndarray (g, s)
        Stabiliser of the input.
    kind, without
        Of the certificate.
    """
    for learner in sizes:
        fit = learner.train(inputs=inputs) if inputs else learner.fit_without_input()
        tolerance = learner.options.tolerance
        found = CertifiedFit(learner, fit, certificate(analysis, kind, members, mask, fit, tolerance, without))
        if found.reached:
            break
    return found
