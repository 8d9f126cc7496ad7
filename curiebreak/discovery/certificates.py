"""Certificates: trained losses beside exact Curie floors, and what they say together."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from curiebreak.arrays import BoolArray
from curiebreak.errors import InternalError
from curiebreak.learning.learner import Fit, Recovery
from curiebreak.modes.analysis import Analysis
from curiebreak.results import Certificate, Verdict

RELATIVE = 1e-3
"""A learned loss within this part of its floor has reached it."""

ABSOLUTE = 1e-6
"""And so has one within this of it; also how far below a floor rounding may take it."""


Kind = Literal["sufficient", "necessary", "curie"]


def decided(verdict: Verdict | None) -> bool | None:
    """Whether something holds; None where training does not say."""
    return None if verdict in (None, "not_converged") else verdict == "holds"


def certificate(
    analysis: Analysis,
    kind: Kind,
    members: tuple[str, ...],
    mask: BoolArray,
    fit: Fit | Recovery,
    tolerance: float,
    without: str | None = None,
) -> Certificate:
    """One certificate.

    Parameters
    ----------
    analysis : Analysis
    kind : str
    members : tuple of str
        Irreps in the input.
    mask : ndarray (g, s)
        Stabiliser of the input that was given.
    fit : Fit or Recovery
        What training reached.
    tolerance : float
        Relative loss that counts as reached.
    without : str, optional
        The member left out.

    Raises
    ------
    InternalError
        If a trained loss lies below its floor: the network would not be equivariant.
    """
    floor, floor_strain, floor_magnetic = analysis.isotropy.floors(mask)
    pairs = [(fit.loss, floor), (fit.loss_magnetic, floor_magnetic), (fit.loss_strain, floor_strain)]
    trained = [(learned, low) if learned is not None else (None, None) for learned, low in pairs]
    _, (learned_magnetic, floor_magnetic), (learned_strain, floor_strain) = trained
    # without displacements and occupations the moments stand for all, without these the strain
    learned, floor = next((pair for pair in trained if pair[0] is not None), (None, None))
    found = Certificate(
        members=members,
        kind=kind,
        learned=learned,
        floor=floor,
        verdict="not_converged",
        learned_strain=learned_strain,
        floor_strain=floor_strain,
        learned_magnetic=learned_magnetic,
        floor_magnetic=floor_magnetic,
        without=without,
    )
    for learned, low in found.known:
        if learned < low - ABSOLUTE - 1e-4 * low:
            raise InternalError(
                f"the loss {learned:.6g} with input {list(members)} lies below its floor {low:.6g}: "
                "the network is not equivariant"
            )
    return replace(found, verdict=_verdict(kind, found.known, tolerance))


def _verdict(kind: Kind, known: list[tuple[float, float]], tolerance: float) -> Verdict:
    """What (loss, floor) of displacements and strain say: `holds` and `fails` only where each stands on its floor."""
    if any(learned > low + max(RELATIVE * low, ABSOLUTE) for learned, low in known):
        return "not_converged"
    holds = {
        "curie": True,
        "sufficient": all(learned <= max(tolerance, ABSOLUTE) for learned, _ in known),
        "necessary": any(low > 0.1 * tolerance and learned > tolerance for learned, low in known),
    }
    return "holds" if holds[kind] else "fails"
