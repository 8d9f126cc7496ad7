"""The figure of the candidates above their child."""

from __future__ import annotations

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from pairs import STRUCTURES
from text_boxes import faults

from curiebreak.parents import SearchOptions, search_parents
from curiebreak.report.parent_tree import draw_parents_on


def test_no_name_covers_another_where_candidates_lie_close_together() -> None:
    result = search_parents(STRUCTURES / "lamno3_pnma.cif", SearchOptions(top=6))
    assert len({one.index for one in result.candidates}) < len(result.candidates)
    figure = Figure(figsize=(6.4, 4.4))
    FigureCanvasAgg(figure)
    draw_parents_on(figure.add_axes((0.1, 0.12, 0.85, 0.78)), result)
    assert faults(figure) == []
    texts = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert any("⊕" in text for text in texts) and not any("++" in text for text in texts)
