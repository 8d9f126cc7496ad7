"""What is said of a child's polarisation, in one sentence."""

from __future__ import annotations

from collections.abc import Sequence

from curiebreak.report.numbers import miller
from curiebreak.results.blocks import Polarisation

_PLACES = {2: "in the mirror plane", 3: "in no fixed direction"}


def polarisation_sentence(value: Polarisation, primary: Sequence[str]) -> str:
    """Axis, cause and coupling term; what is taken as primary may itself be polar beside others."""
    place = _PLACES.get(value.dimension, "")
    if value.axis is not None and value.axis_in_child is not None:
        place = f"along {miller(value.axis)} of the parent, {miller(value.axis_in_child)} of the child's file"
    irreps, terms = " and ".join(value.irreps), ", ".join(value.terms)
    verb, ending = ("is", "s") if len(value.irreps) == 1 else ("are", "")
    name = "hybrid improper" if value.kind == "hybrid" else "improper"
    if value.kind == "proper":
        cause = f"proper, {irreps} alone leave{ending} the child's group"
    elif value.kind == "triggered":
        cause = f"{irreps} {verb} primary beside others, proper or triggered by {terms}"
    elif set(value.irreps) & set(primary):
        cause = f"{irreps} {verb} taken as primary, but would follow from the others: {name} by {terms}"
    else:
        cause = f"{name}, {irreps} follow{ending} by {terms}"
    return f"{place}; {cause}"
