"""Certificates: trained losses beside exact Curie floors, and what they say together."""

from __future__ import annotations

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
    known = [(learned, low) for learned, low in pairs if learned is not None and low is not None]
    for learned, low in known:
        if learned < low - ABSOLUTE - 1e-4 * low:
            raise InternalError(
                f"the loss {learned:.6g} with input {list(members)} lies below its floor {low:.6g}: "
                "the network is not equivariant"
            )
    # without displacements and occupations the moments stand for all, without these the strain
    first = next(((learned, low) for learned, low in pairs if learned is not None), (None, None))
    return Certificate(
        members=members,
        kind=kind,
        learned=first[0],
        floor=first[1],
        verdict=_verdict(kind, known, tolerance),
        learned_strain=fit.loss_strain,
        floor_strain=floor_strain if fit.loss_strain is not None else None,
        learned_magnetic=fit.loss_magnetic,
        floor_magnetic=floor_magnetic if fit.loss_magnetic is not None else None,
        without=without,
    )


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
