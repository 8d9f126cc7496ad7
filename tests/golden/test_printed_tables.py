"""Tables on terminals of 80 and 120 columns: as recorded, within the width, no cell wrapped, nothing lost."""

from __future__ import annotations

import re
from functools import cache

import pytest
from tables import COMMANDS, RECORD, SLOW_COMMANDS, WIDTHS, printed, recorded, sections_of, tables

from curiebreak.report.sections import Section, Table

_ODD = re.compile(r"\b(True|False|None|nan)\b|[{}]")
_LONG = {"polynomial"}
"""Columns whose cells may be longer than a page."""


@cache
def _record() -> dict[str, str]:
    parts = re.split(r"^=== (.*), \d+ columns\n", RECORD.read_text(), flags=re.M)[1:]
    found: dict[str, str] = {}
    for name, text, width in zip(parts[::2], parts[1::2], WIDTHS * len(COMMANDS), strict=False):
        found[name] = found.get(name, "") + f"=== {name}, {width} columns\n{text}"
    return found


@cache
def _sections(name: str) -> list[Section]:
    return sections_of((COMMANDS | SLOW_COMMANDS)[name])


def _problems(parts: list[Section], width: int) -> list[str]:
    """What a page of this width should not show."""
    found = [line for line in printed(parts, width).splitlines() if len(line) > width or _ODD.search(line)]
    for part in tables(parts):
        assert isinstance(part, Table)
        shown = printed([part], width)
        left_out = re.search(r"\(a wider\s+terminal\s+shows\s+(.*?);", shown, re.S)
        names = left_out[1].replace("\n", " ") if left_out else ""
        lost = [c.name for c in part.columns if c.name not in shown and c.name not in re.sub(r" +", " ", names)]
        found += [f"{part.title}: {name} is neither shown nor named" for name in lost]
        if _LONG & {column.name for column in part.columns}:
            continue
        lines = shown.split("(a wider")[0].strip().splitlines()
        wanted = 3 + sum(max(cell.count("\n") for cell in row) + 1 for row in part.rows)
        found += [f"{part.title}: {len(lines)} lines for {wanted}"] if len(lines) > wanted else []
    return found


@pytest.mark.parametrize("name", COMMANDS)
def test_tables_are_as_recorded(name: str) -> None:
    assert recorded(name, _sections(name)).strip() == _record()[name].strip()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", COMMANDS)
def test_pages_fit_and_hold_no_words_of_the_machine(name: str, width: int) -> None:
    assert _problems(_sections(name), width) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", SLOW_COMMANDS)
def test_pages_of_learned_results(name: str) -> None:
    assert [one for width in WIDTHS for one in _problems(_sections(name), width)] == []


def test_a_wrapped_cell_is_seen() -> None:
    from curiebreak.report.sections import columns

    wide = Table("T", columns("a", "*b"), (("x", "word " * 40),))
    assert _problems([wide], 80) and not _problems([wide], 300)
    assert _problems([Table("T", columns("a"), (("{None}",),))], 80)
