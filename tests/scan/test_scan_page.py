"""The summary of a scan on paper: A4 pages whose texts neither overlap nor are cut."""

from __future__ import annotations

import numpy as np
from text_boxes import faults

from curiebreak.report.scan_page import scan_html, scan_pages, scan_pdf
from curiebreak.scan.digest import Digest, DigestTable
from curiebreak.scan.tolerance import ToleranceMap

SYMBOLS = ("a+b-b-", "a-a-a-", "a0a0c-", "a0a0a0", "a+b-c-", "a+a+a+", "a0b-b-", "a-b-b-", "a0a0c+")


def digest() -> Digest:
    count = 90
    symbols = tuple(SYMBOLS[i % len(SYMBOLS)] for i in range(count))
    places = np.linspace(0.0, 1.2, count)
    rows = tuple((f"mp-{1000 + i}", "a long reason, " * (i % 7), f"{i:.4f}") for i in range(70))
    tables = (
        DigestTable("Glazer class", ("symbol", "structures"), tuple((s, "10") for s in SYMBOLS), (1,)),
        DigestTable("Outliers", ("structure", "reason", "value"), rows, (2,)),
        DigestTable("Nothing", ("structure",), ()),
    )
    return Digest(
        name="perovskites.db", facts=(("structures", "90"), ("versions", "curiebreak 0.1.0, " * 12)), tables=tables,
        in_phase=places, antiphase=places[::-1], symbols=symbols,
        tolerance=ToleranceMap(places + 0.4, 20 * places, symbols, 3),
    )  # fmt: skip


def test_pages() -> None:
    pages = scan_pages(digest())
    assert {number: found for number, page in enumerate(pages, 1) if (found := faults(page))} == {}
    assert {tuple(page.get_size_inches()) for page in pages} == {(8.27, 11.69)}


def test_formats() -> None:
    assert scan_pdf(digest()).startswith(b"%PDF")
    assert "mp-1069" in scan_html(digest()) and "mp-1069" in _words()


def _words() -> str:
    return " ".join(text.get_text() for page in scan_pages(digest()) for text in page.texts)
