"""The tables of every command as a terminal of 80 and of 120 columns shows them, recorded in `tables.txt`.

`python tests/golden/tables.py` records them anew; `test_printed_tables.py` compares. Only exact commands are recorded,
whose numbers do not depend on a training.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from facts import PAIRS, STRUCTURES

from curiebreak.cli import render
from curiebreak.cli.app import run
from curiebreak.report.sections import Section, Table

RECORD = Path(__file__).parent / "tables.txt"
WIDTHS = (80, 120)
CUBIC, PNMA = PAIRS["lamno3"]

COMMANDS = {
    "modes": ["modes", *PAIRS["lamno3"]],
    "modes of two kinds": ["modes", *PAIRS["cuau"]],
    "domains": ["modes", *PAIRS["ymno3"], "--domains"],
    "map": ["map", *PAIRS["square"]],
    "irreps": ["irreps", CUBIC],
    "couplings": ["couplings", *PAIRS["ymno3"], "--order", "3"],
    "intermediate": ["intermediate", *PAIRS["lamno3"]],
    "check": ["check", *PAIRS["lamno3"]],
    "check field": ["check", "fields/octahedron.json", "fields/octahedron_along_z.json"],
    "parent": ["parent", PAIRS["srtio3"][1]],
    "distort": ["distort", CUBIC, "R4+(0,b,b)=0.9", "M3+(a;0;0)=0.6"],
    "directions": ["distort", CUBIC, "--list-directions", "R4+"],
    "subgroups": ["subgroups", CUBIC, "--group", "Pnma", "--size", "4"],
    "reflections": ["modes", *PAIRS["srtio3"], "--reflections"],
    "phonons": ["phonons", "phonons/lamno3_springs.yaml.xz", "--k", "R", "--unstable", "--overlap", PNMA],
    "phonons on lines": ["phonons", "phonons/batio3.yaml.xz", "--unstable", "--top", "24"],
    "magnetic modes": ["modes", "auto", "magnetic/mns2.mcif"],
    "magnetic irreps": ["irreps", CUBIC, "--magnetic"],
    "magnetic directions": ["distort", CUBIC, "--list-directions", "mR4+"],
    "magnetic couplings": ["couplings", "auto", "magnetic/mns2.mcif", "--order", "3"],
}
SLOW_COMMANDS = {
    "find": ["find", *PAIRS["batio3"]],
    "certify": ["certify", *PAIRS["lamno3"], "R4+"],
    "hidden-field": ["hidden-field", "fields/charges_magnetic.extxyz"],
    "predict": ["predict", "LaFeO3"],
}


def sections_of(arguments: list[str]) -> list[Section]:
    """What a command would print, by sections; run among the shipped structures, so that paths are short."""
    kept: list[Section] = []
    before, real = Path.cwd(), render.print_sections
    render.print_sections = kept.extend
    os.chdir(STRUCTURES)
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            run([*arguments, "--quiet"])
    finally:
        os.chdir(before)
        render.print_sections = real
    return kept


@contextlib.contextmanager
def columns(width: int) -> Iterator[None]:
    """A terminal of this width."""
    before = {name: os.environ.get(name) for name in ("COLUMNS", "NO_COLOR")}
    os.environ |= {"COLUMNS": str(width), "NO_COLOR": "1"}
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.__setitem__(name, value)


def printed(parts: list[Section], width: int) -> str:
    """Sections on a terminal of this width, without blanks at the ends of lines."""
    with columns(width), contextlib.redirect_stdout(io.StringIO()) as out:
        render.print_sections(parts)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


def tables(parts: list[Section]) -> list[Section]:
    return [part for part in parts if isinstance(part, Table)]


def recorded(name: str, parts: list[Section]) -> str:
    """The tables of a command at both widths, as the record has them."""
    return "".join(f"=== {name}, {width} columns\n{printed(tables(parts), width)}\n\n" for width in WIDTHS)


if __name__ == "__main__":
    RECORD.write_text("".join(recorded(name, sections_of(arguments)) for name, arguments in COMMANDS.items()))
    sys.stdout.write(f"{RECORD}\n")
