"""Small pictures of the figures to compare with the ones kept in ``baseline``; run this file to draw those anew."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.text import Text
from report_samples import intermediates, molecule, occupied, perovskite, several_irreps, with_signals
from sample_results import decomposition

from curiebreak.report import figures
from curiebreak.report.canvas import style
from curiebreak.results import Document

BASELINE = Path(__file__).resolve().parents[1] / "report" / "baseline"
DPI = 60

IMAGES: dict[str, tuple[str, Document]] = {
    "amplitudes": ("amplitudes", decomposition()),
    "groups": ("groups", decomposition()),
    "harmonics": ("harmonics", with_signals()),
    "ladder": ("ladder", decomposition()),
    "occupied": ("structures", occupied()),
    "order_parameter": ("order_parameter", several_irreps()),
    "order_parameter_axial": ("order_parameter", perovskite()),
    "order_parameter_molecule": ("order_parameter", molecule()),
    "signals": ("signals", with_signals()),
    "snapshots": ("snapshots", with_signals()),
    "strain": ("strain", perovskite()),
    "structures": ("structures", perovskite()),
    "tilts": ("tilts", decomposition()),
    "training": ("training", perovskite()),
    "tree": ("tree", intermediates()),
}
"""File, figure function and result."""


def drawn(name: str, result: Document | None = None) -> Figure:
    """The figure of a baseline, of its own result or of another one."""
    function, own = IMAGES[name]
    figure: Figure = getattr(figures, function)(own if result is None else result)
    return figure


def save(figure: Figure, path: Path) -> None:
    """Save a figure small and without its letters, whose shapes differ between builds of the font library."""
    with style():
        figure.canvas.draw()
        for text in figure.findobj(Text):
            text.set_alpha(0.0)
        figure.savefig(path, dpi=DPI, metadata={"Software": None})


if __name__ == "__main__":
    BASELINE.mkdir(exist_ok=True)
    for name in IMAGES:
        save(drawn(name), BASELINE / f"{name}.png")
