"""Equally valid carriers of an irrep: from exact theory, and beside them those that the learned run kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from curiebreak.discovery.projection import InputCell, ProjectedPart
from curiebreak.learning.breaking import Carrier
from curiebreak.modes.analysis import Analysis
from curiebreak.results import CrossCheck


def exact_carriers(
    analysis: Analysis, labels: Iterable[str], allowed: Sequence[Carrier]
) -> dict[str, tuple[Carrier, ...]]:
    """The allowed carriers that hold each irrep, by its multiplicity in the fields on them.

    Every copy of an irrep takes every direction, so that whatever one carrier says another can say too.

    Parameters
    ----------
    analysis : Analysis
    labels : iterable of str
        Active irreps.
    allowed : sequence of Carrier

    Returns
    -------
    dict
        Label to carriers, in the order of `allowed`.
    """
    active = {m.label for m in analysis.modes}
    return {
        label: tuple(c for c in allowed if InputCell(analysis).carries(c, label)) for label in labels if label in active
    }


def kept_carriers(parts: Iterable[ProjectedPart]) -> dict[str, tuple[Carrier, ...]]:
    """The carriers of the learned input, by irrep."""
    found: dict[str, list[Carrier]] = {}
    for part in parts:
        found.setdefault(part.label, []).append(part.carrier)
    return {label: tuple(dict.fromkeys(carriers)) for label, carriers in found.items()}


def compared(check: CrossCheck, exact: dict[str, tuple[Carrier, ...]], parts: Sequence[ProjectedPart]) -> CrossCheck:
    """The cross-check of a degenerate run: every carrier that theory allows must have survived, no other."""
    kept = kept_carriers(parts)
    reasons = []
    for label, carriers in exact.items():
        lost = [c.name for c in carriers if c not in kept.get(label, ())]
        extra = [c.name for c in kept.get(label, ()) if c not in carriers]
        if lost:
            reasons.append(f"{label} did not survive on {', '.join(lost)}")
        if extra:
            reasons.append(f"{label} survived on {', '.join(extra)}, which cannot hold it")
    if not reasons:
        return check
    return replace(check, agrees=False, reason="; ".join(filter(None, (check.reason, *reasons))))


def carrier_messages(exact: dict[str, tuple[Carrier, ...]], parts: Sequence[ProjectedPart]) -> list[str]:
    """What a degenerate run found, one sentence an irrep."""
    messages = []
    kept = kept_carriers(parts)
    for label, carriers in exact.items():
        shown = ", ".join(_described(p) for p in parts if p.label == label)
        same = set(carriers) == set(kept.get(label, ()))
        allowed = "just these" if same else ", ".join(c.name for c in carriers) or "none"
        messages.append(f"{label} survived on {shown or 'no carrier'}; exact theory allows {allowed}.")
    return messages


def _described(part: ProjectedPart) -> str:
    """``global:2e(2)``: the carrier, with m where a single component is in use."""
    orders = list(part.first_components)
    return part.carrier.name + (f"({orders[0]})" if len(orders) == 1 else "")


def missing_carriers(analysis: Analysis, carriers: tuple[Carrier, ...]) -> tuple[str, ...]:
    """Irreps of the best minimal set without an allowed carrier; empty if some minimal set has them all."""
    cell = InputCell(analysis)
    missing = (
        tuple(label for label in candidate.labels if not any(cell.carries(c, label) for c in carriers))
        for candidate in analysis.minimal_sets
    )
    best = next(missing, ())
    return best if best and all(missing) else ()
