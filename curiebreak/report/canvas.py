"""Figures without a window: fonts, sizes, and files with embedded text."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from curiebreak.files import write_file
from curiebreak.report.palette import INK, MUTED

_STYLE: Any = {
    "font.family": ["DejaVu Sans"],
    "font.size": 8.0,
    "text.color": INK,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.7,
    "axes.titlesize": 9.0,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 7.5,
    "legend.frameon": False,
    "legend.fontsize": 7.0,
    "hatch.linewidth": 0.6,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "pdf.fonttype": 42,
    "svg.fonttype": "path",
    "axes.unicode_minus": True,
    "text.parse_math": False,  # names of blocks, columns and files may hold a $, which is no formula
}


@contextmanager
def style() -> Iterator[None]:
    """Settings under which all figures of a report are made and saved."""
    with mpl.rc_context():
        mpl.rcParams.update({k: v for k, v in mpl.rcParamsDefault.items() if not k.startswith("backend")})
        mpl.rcParams.update(_STYLE)
        yield


def new_figure(width: float, height: float) -> Figure:
    """Empty figure, inches, that no window shows."""
    figure = Figure(figsize=(width, height))
    FigureCanvasAgg(figure)
    return figure


def bare(axes: Axes, title: str = "") -> None:
    """Axes without frame and ticks, with an optional title."""
    axes.set_axis_off()
    if title:
        axes.set_title(title)


def note(axes: Axes, text: str, **options: Any) -> None:
    """Muted sentence in the middle of empty axes."""
    settings: dict[str, Any] = {"ha": "center", "va": "center", "color": MUTED, "parse_math": False}
    axes.text(0.5, 0.5, text, transform=axes.transAxes, **{**settings, **options})


def empty(axes: Axes, text: str) -> None:
    """Axes with nothing but a sentence why."""
    bare(axes)
    note(axes, text)


def power_labels(axis: Axis) -> None:
    """Label a logarithmic axis by powers of ten in plain letters; other ticks have no label."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: _power(value)))
    axis.set_minor_formatter(NullFormatter())


def _power(value: float) -> str:
    exponent = round(math.log10(value)) if value > 0 else 0
    return f"10{str(exponent).translate(_RAISED)}" if math.isclose(value, 10.0**exponent) else ""


_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


_METADATA: dict[str, dict[str, Any]] = {
    "png": {"Software": "curiebreak"},
    "svg": {"Date": None},
    "pdf": {"Creator": "curiebreak", "CreationDate": None},
}
"""Of figures by kind of file, without the time, which would change the bytes."""


def drawn_pieces(figure: Figure) -> int:
    """How many polygons and lines the scenes of a figure hold."""
    return sum(len(drawn.get_paths()) for axes in figure.axes for drawn in axes.collections)


def figure_bytes(figure: Figure, kind: str, dpi: int = 200, salt: str = "curiebreak") -> bytes:
    """The figure as a file of the given kind (``png``, ``svg`` or ``pdf``); the same figure gives the same bytes."""
    buffer = io.BytesIO()
    with style(), mpl.rc_context({"svg.hashsalt": salt}):
        figure.savefig(buffer, format=kind, dpi=dpi, metadata=_METADATA[kind])
    return buffer.getvalue()


def write_figure(path: Path, figure: Figure, dpi: int = 150) -> None:
    """Write a figure as the kind of file that its name ends in."""
    write_file(path, figure_bytes(figure, path.suffix.lower()[1:], dpi))


def document_bytes(pages: Iterable[Figure], title: str) -> bytes:
    """Pages as one PDF with embedded fonts; the same pages give the same bytes."""
    from matplotlib.backends.backend_pdf import PdfPages

    buffer = io.BytesIO()
    with style(), PdfPages(buffer, metadata={"Title": title, **_METADATA["pdf"]}) as document:
        for page in pages:
            document.savefig(page)
    return buffer.getvalue()
