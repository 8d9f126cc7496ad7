"""Widths of words, and lines that fit."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.font_manager import FontProperties

_DPI = 144
_ROUNDING = 1.025
"""Letters are set on whole pixels: a line may be a little longer at another resolution."""
NARROWEST = 0.9
"""Inches; a column is not made narrower, so that no word is broken."""
_RENDERER: Any = RendererAgg(16, 16, _DPI)  # type: ignore[no-untyped-call]


@lru_cache(maxsize=8192)
def width_of(text: str, size: float, bold: bool = False) -> float:
    """Width of one line in inches.

    Parameters
    ----------
    text : str
    size : float
        Points.
    bold : bool
    """
    font = FontProperties(family=["DejaVu Sans"], size=size, weight="bold" if bold else "normal")
    wide, _, _ = _RENDERER.get_text_width_height_descent(text, font, False)
    return _ROUNDING * float(wide) / _DPI


def wrapped(text: str, width: float, size: float, bold: bool = False) -> list[str]:
    """Break a text into lines not wider than `width` inches: at spaces, within words only if it must be."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in re.findall(r"\S+\s*|\s+", paragraph):
            if line and width_of((line + word).rstrip(), size, bold) > width:
                lines.append(line.rstrip())
                line = ""
            line += word
            while width_of(line.rstrip(), size, bold) > width and len(line.rstrip()) > 1:
                cut = _fitting(line, width, size, bold)
                lines.append(line[:cut])
                line = line[cut:]
        lines.append(line.rstrip())
    return lines


def _fitting(line: str, width: float, size: float, bold: bool) -> int:
    cut = len(line) - 1
    while cut > 1 and width_of(line[:cut], size, bold) > width:
        cut -= 1
    after_sign = max(line.rfind(sign, 0, cut) for sign in ",;/") + 1
    return after_sign if after_sign > cut / 2 else cut


def column_widths(natural: list[float], wide: list[bool], total: float) -> list[float]:
    """Widths of table columns that fit into `total` inches: wide columns give way first, then the widest."""
    widths = list(natural)
    for allowed in (wide, [True] * len(natural)):
        excess = sum(widths) - total
        while excess > 1e-6:
            candidates = [i for i, ok in enumerate(allowed) if ok and widths[i] > NARROWEST]
            if not candidates:
                break
            largest = max(candidates, key=widths.__getitem__)
            cut = min(excess, 0.1)
            widths[largest] -= cut
            excess -= cut
    return widths
