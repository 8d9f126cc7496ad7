"""Groups between parent and child, and parents found above a child, as files of their own."""

from __future__ import annotations

from pathlib import Path

from curiebreak.report.canvas import write_figure
from curiebreak.report.report_panels import CANDIDATES, TREE
from curiebreak.results import Intermediates
from curiebreak.results.parents import ParentSearch


def draw_tree(result: Intermediates, path: Path) -> None:
    """Draw the list of intermediates: arrows with kind and index, the share kept as colour.

    Parameters
    ----------
    result : Intermediates
    path : Path
        ``.png``, ``.pdf`` or ``.svg``.
    """
    write_figure(path, TREE.figure(result))


def draw_parents(result: ParentSearch, path: Path) -> None:
    """Draw the candidates of a search.

    Parameters
    ----------
    result : ParentSearch
    path : Path
        ``.png``, ``.pdf`` or ``.svg``.
    """
    write_figure(path, CANDIDATES.figure(result))
