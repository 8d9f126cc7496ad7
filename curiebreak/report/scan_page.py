"""The summary of a scan as one HTML file or a PDF."""

from __future__ import annotations

import base64
import io
from collections import Counter
from html import escape
from pathlib import Path

from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure

from curiebreak.errors import InputError
from curiebreak.report.canvas import figure_bytes, new_figure, style
from curiebreak.report.files import write_bytes
from curiebreak.report.html_parts import PAGE, SCRIPT, STYLE
from curiebreak.report.palette import MUTED
from curiebreak.scan.digest import Digest, DigestTable

FORMATS = (".html", ".pdf")
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#882255")
_MARKS = "os^Dv<>"
_ROWS = 48
_CLIPPED = 100


def check_scan_format(path: Path) -> None:
    """Refuse a name that ends in neither ``.html`` nor ``.pdf``.

    Raises
    ------
    InputError
    """
    if path.suffix.lower() not in FORMATS:
        raise InputError(f"The format of the summary {path} is not known.", "End the name in .pdf or .html.")


def write_scan_report(found: Digest, path: Path) -> None:
    """Write the summary; the suffix of the name chooses the format.

    Raises
    ------
    InputError
        Unknown suffix, or a place that cannot be written.
    """
    check_scan_format(path)
    data = scan_html(found).encode() if path.suffix.lower() == ".html" else scan_pdf(found)
    write_bytes(path, data)


def scan_html(found: Digest) -> str:
    """The summary as a page that needs nothing else."""
    facts = "".join(f'<tr><th scope="row">{escape(n)}</th><td>{escape(t)}</td></tr>' for n, t in found.facts)
    body = [f"<header><h1>Scan {escape(found.name)}</h1></header>"]
    body.append(f'<table class="facts"><tbody>{facts}</tbody></table>')
    for title, figure in _figures(found):
        picture = base64.b64encode(figure_bytes(figure, "png", dpi=150)).decode()
        source = f"data:image/png;base64,{picture}"
        body.append(
            f'<figure><img alt="{escape(title)}" src="{source}"><figcaption>{escape(title)}</figcaption></figure>'
        )
    body += [_table_html(table) for table in found.tables]
    return PAGE.format(title=f"Scan {escape(found.name)}", style=STYLE, script=SCRIPT, body="\n".join(body))


def _table_html(table: DigestTable) -> str:
    sides = [' class="number"' if i in table.numbers else "" for i in range(len(table.columns))]
    head = "".join(
        f'<th scope="col"{side}><button type="button">{escape(name)}</button></th>'
        for name, side in zip(table.columns, sides, strict=True)
    )
    rows = "".join(
        "<tr>" + "".join(f"<td{s}>{escape(cell)}</td>" for cell, s in zip(row, sides, strict=True)) + "</tr>"
        for row in table.rows
    )
    inside = f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody>"
    return f'<h3>{escape(table.title)}</h3><div class="wide"><table class="sortable">{inside}</table></div>'


def scan_pdf(found: Digest) -> bytes:
    """The summary as a PDF: facts, figures, tables."""
    buffer = io.BytesIO()
    metadata = {"Title": f"Scan {found.name}", "Creator": "curiebreak", "CreationDate": None}
    facts = DigestTable(f"Scan {found.name}", ("", ""), found.facts)
    with style():
        pages = [*_table_pages(facts), *(figure for _, figure in _figures(found))]
        pages += [page for table in found.tables for page in _table_pages(table)]
        with PdfPages(buffer, metadata=metadata) as document:
            for page in pages:
                document.savefig(page)
    return buffer.getvalue()


def _table_pages(table: DigestTable) -> list[Figure]:
    pages = []
    for start in range(0, len(table.rows), _ROWS):
        figure = new_figure(8.27, 11.69)
        figure.text(0.08, 0.95, table.title, size=11, weight="bold", parse_math=False)
        lines = [table.columns, *table.rows[start : start + _ROWS]]
        for column in range(len(table.columns)):
            place = 0.08 + 0.84 * _starts(table)[column]
            for number, line in enumerate(lines):
                text = line[column] if len(line[column]) <= _CLIPPED else line[column][: _CLIPPED - 1] + "…"
                weight = "bold" if number == 0 else "normal"
                figure.text(place, 0.92 - 0.0175 * number, text, size=7, weight=weight, parse_math=False)
        pages.append(figure)
    return pages


def _starts(table: DigestTable) -> list[float]:
    """Where each column begins, as a part of the width of the page."""
    rows = (table.columns, *table.rows)
    widths = [min(_CLIPPED, max(len(row[i]) for row in rows)) + 3 for i in range(len(table.columns))]
    return [sum(widths[:i]) / max(sum(widths), 60) for i in range(len(widths))]


def _figures(found: Digest) -> list[tuple[str, Figure]]:
    if not len(found.symbols):
        return []
    with style():
        return [
            ("Antiphase against in-phase tilt, Å per parent cell", _tilt_map(found)),
            ("Structures by Glazer class", _classes(found)),
        ]


def _tilt_map(found: Digest) -> Figure:
    figure = new_figure(6.2, 4.6)
    axes = figure.add_subplot()
    common = [symbol for symbol, _ in Counter(found.symbols).most_common(len(_MARKS) - 1)]
    for number, symbol in enumerate([*common, "others"]):
        which = [s == symbol if symbol != "others" else s not in common for s in found.symbols]
        if any(which):
            axes.scatter(
                found.in_phase[which],
                found.antiphase[which],
                s=14,
                marker=_MARKS[number],
                color=_COLOURS[number],
                alpha=0.7,
                linewidths=0,
                label=symbol,
            )
    axes.set_xlabel("in phase: M3+ (double: X3+), Å")
    axes.set_ylabel("antiphase: R4+ (double: GM4+), Å")
    axes.legend(loc="best")
    figure.subplots_adjust(left=0.12, right=0.97, bottom=0.12, top=0.96)
    return figure


def _classes(found: Digest) -> Figure:
    counts = Counter(found.symbols).most_common(16)[::-1]
    figure = new_figure(6.2, 0.6 + 0.25 * len(counts))
    axes = figure.add_subplot()
    bars = axes.barh([symbol for symbol, _ in counts], [count for _, count in counts], color=_COLOURS[0])
    axes.bar_label(bars, padding=3, color=MUTED, fontsize=7)
    axes.set_xlabel("structures")
    figure.subplots_adjust(left=0.14, right=0.94, bottom=0.45 / figure.get_figheight(), top=0.98)
    return figure
