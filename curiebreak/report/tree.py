"""The groups between parent and child as a figure of their own."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure

from curiebreak.files import write_file
from curiebreak.report.canvas import figure_bytes, new_figure, style
from curiebreak.report.draw_tree import draw_tree_on, layout, natural_layout
from curiebreak.results import Intermediates

_LARGEST = 60.0
"""Inches; a wider or higher tree is drawn smaller and with less text."""


def draw_tree(result: Intermediates, path: Path) -> None:
    """Draw the list of intermediates: arrows with kind and index, the share kept as colour.

    Parameters
    ----------
    result : Intermediates
    path : Path
        ``.png``, ``.pdf`` or ``.svg``.
    """
    write_file(path, figure_bytes(tree_figure(result), path.suffix.lower()[1:], dpi=150))


def tree_figure(result: Intermediates) -> Figure:
    """The figure itself, never shown."""
    with style():
        found = natural_layout(result)
        if max(found.width, found.height) > _LARGEST:
            found = layout(result, _LARGEST, _LARGEST)
        figure = new_figure(found.width, found.height)
        draw_tree_on(figure.add_axes((0, 0, 1, 1)), result, found)
        return figure
