"""Colours: one per irrep in every figure, safe for colour-blind eyes and apart in grey."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np

from curiebreak.arrays import FloatArray
from curiebreak.results import Decomposition, Document, Finding, IrrepEntry

INK = "#222222"
MUTED = "#7a7a7a"
FAINT = "#d5d5d5"
POSITIVE = "#d55e00"
NEGATIVE = "#0072b2"
NOISE = "#b5b5b5"
MOMENT = "#c7007d"
"""Of magnetic moments: no colour of an irrep or an element, dark beside the anions' red."""
PLUS, MINUS = "#eea236", NEGATIVE
"""Signs of harmonics: orange and blue, light and dark."""

_IRREPS = (
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#882255", "#999933",
    "#332288", "#44aa99", "#aa4499", "#117733", "#ddaa33", "#6699cc", "#661100", "#888888",
)  # fmt: skip
_SHARED = ("#2f4b7c", "#f2c14e", "#b0563c", "#bfd9d0")
_CENTRES = ("#5b84b1", "#7a5195", "#2a9d8f", "#8c6d46")
_CATIONS = ("#bdbdbd", "#c9a227", "#6b8e6b", "#5f4b66")
_ANIONS = ("#c0392b", "#e59866", "#8e3b46")
_ELECTRONEGATIVITY = {
    "F": 3.98, "O": 3.44, "Cl": 3.16, "N": 3.04, "Br": 2.96, "I": 2.66, "S": 2.58, "Se": 2.55,
    "P": 2.19, "Te": 2.10, "As": 2.18,
}  # fmt: skip


def entries(result: Finding | Decomposition) -> tuple[IrrepEntry, ...]:
    """All irrep entries of a result: those of the input first."""
    return (*result.order_parameters, *result.irreps) if isinstance(result, Finding) else result.irreps


def strain_of(result: Document) -> FloatArray | None:
    """Strain (3, 3) in the parent's frame; None where the result holds none."""
    strain = result.mapping.strain if result.mapping else None
    return None if strain is None else np.array(strain, float)


def removed_by_averaging(result: Document) -> float:
    """Å rms by which averaging over the child's group moved its atoms; 0 where the result does not say."""
    return (result.mapping.residual_rms if result.mapping else None) or 0.0


def irrep_colours(result: Finding | Decomposition) -> dict[str, str]:
    """Colour of each irrep by label: primaries first, then by amplitude.

    Parameters
    ----------
    result : Finding or Decomposition

    Returns
    -------
    dict
        Hexadecimal colours; the same label has the same colour in all figures of a result.
    """
    order = {label: (0, position, 0.0) for position, label in enumerate(result.primary)}
    for entry in entries(result):
        key = (1 if entry.kind == "displacement" else 2, 0, -entry.size)
        order[entry.name] = min(order.get(entry.name, key), key)
    labels = sorted(order, key=lambda label: order[label])
    return {label: _IRREPS[i % len(_IRREPS)] for i, label in enumerate(labels)}


def element(species: str) -> str:
    """First element of a species string such as ``La0.5Sr0.5`` or ``O2-``."""
    found = re.match(r"[A-Z][a-z]?", species)
    return found.group() if found else species


def anions(species: Iterable[str]) -> set[str]:
    """Species of the most electronegative non-metal; empty in a metal."""
    names = set(species)
    values = {name: _ELECTRONEGATIVITY.get(element(name), 0.0) for name in names}
    top = max(values.values(), default=0.0)
    return {name for name in names if values[name] == top} if top > 0 and len(names) > 1 else set()


def species_colours(species: Sequence[str], centres: Iterable[str], mixed_in: Iterable[str] = ()) -> dict[str, str]:
    """Colour of each species: centres of polyhedra, other cations and anions from three families.

    Those of `mixed_in` share a site with others; their colours differ in lightness as well.
    """
    middle, negative, shared = set(centres), anions(species), set(mixed_in)
    used = {"shared": 0, "centre": 0, "cation": 0, "anion": 0}
    families = {"shared": _SHARED, "centre": _CENTRES, "cation": _CATIONS, "anion": _ANIONS}
    colours = {}
    for name in dict.fromkeys(species):
        of = {"shared": shared, "anion": negative, "centre": middle}
        family = next((family for family, names in of.items() if name in names), "cation")
        colours[name] = families[family][used[family] % len(families[family])]
        used[family] += 1
    return colours


def mixed(colour: str, other: str, part: float) -> str:
    """Colour `part` of the way from one hexadecimal colour to another."""
    one, two = (tuple(int(c[i : i + 2], 16) for i in (1, 3, 5)) for c in (colour, other))
    return "#" + "".join(f"{round(a + part * (b - a)):02x}" for a, b in zip(one, two, strict=True))
