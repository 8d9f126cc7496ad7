"""What `scan`, `export`, `scan-report`, `report` and `cite` can be asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING
from pathlib import Path
from typing import Any

from curiebreak.options import shared
from curiebreak.options.field import Option, Options, Where, argument, option, stated
from curiebreak.options.option_rules import RULES, Flag, InputPath

BUILT_PARENTS = ("perovskite", "bx3", "double", "auto")
"""Words for parents that are built or found for each child of a scan."""

GIVEN = Option(
    "Folder of CIF or POSCAR files, .jsonl, .extxyz, or a .csv with columns parent,child.", InputPath(), metavar="INPUT"
)
STORE = Option("What `scan` wrote.", InputPath(), metavar="STORE")
RESULT = Option(
    "What a command wrote as JSON; before CHILD: PARENT, or `auto`.",
    InputPath(instead=("auto",)),
    metavar="RESULT",
)
CHILD = Option("Low-symmetry structure: the modes of this pair are drawn.", InputPath(optional=True), metavar="CHILD")
CITED = Option(
    "What a command wrote with --json or -o; without it, everything that can be cited.",
    InputPath(optional=True),
    metavar="RESULT",
)


@stated
class ScanSettings(Options):
    """Options of a scan that change its results; part of the store, so that a resumed scan does the same."""

    parent: Any = option(
        help="A structure file, or a cubic parent built for each child: `perovskite` (ABX3), `bx3`, `double` "
        "(rock-salt ordered B), or `auto`: one of these, else the parent that is found from the child.",
        default="auto",
        rule=InputPath(instead=BUILT_PARENTS),
        metavar="PARENT",
    )
    learn: bool = option(
        help="Train and certify each, or only the exact analysis.",
        default=True,
        rule=Flag(),
        spelled=("--learn/--exact",),
    )
    symprec: float | None = shared.symprec()
    parent_symprec: float | None = shared.parent_symprec()
    strain_tolerance: float = shared.strain_tolerance()
    seed: int = shared.seed()
    max_steps: int | None = shared.max_steps(None)


@stated
class ScanArguments(Options):
    """What is scanned, and where the results go."""

    given: Any = argument(of=GIVEN)
    output: Any = shared.output(
        "SQLite file for the results.", default=MISSING, where=Where.ALL, metavar="STORE", kw_only=False
    )


@stated
class ScanningOptions(ScanSettings, ScanArguments):
    """Many structures into one store: :func:`curiebreak.scan.scan`."""

    jobs: int = option(
        help="Worker processes.", default=1, rule=RULES["jobs"], metavar="N", spelled=("--jobs", "-j"), before="symprec"
    )
    timeout: float | None = option(
        help="Longest time for one structure.",
        default=600.0,
        rule=RULES["timeout"],
        metavar="SECONDS",
        panel=shared.TRAINING,
        before="symprec",
    )
    resume: bool = shared.flag("Continue the store, or start it if there is none.", before="symprec")
    retry: bool = shared.flag("With --resume: do errors, timeouts and crashes again.", before="symprec")
    dask: str | None = shared.text(
        "Run on a Dask cluster with this scheduler, such as tcp://scheduler:8786.",
        "tcp://scheduler:8786",
        metavar="ADDRESS",
    )
    recycle: int = option(
        help="Structures after which a worker is replaced.", default=500, rule=RULES["recycle"], where=Where.PYTHON
    )
    watch: Callable[[int, int, int], None] | None = shared.python_only(
        "Called with the numbers of structures done, of all, and of failures."
    )
    analyse: Any = shared.python_only("What workers run.")


@stated
class ScanOptions(ScanningOptions):
    """`scan`: many structures into one store."""

    suffix = ".sqlite"

    jobs: int = shared.whole(
        "Worker processes; 0: one a core.", 0, 0, metavar="N", spelled=("--jobs", "-j"), before="symprec"
    )
    quiet: bool = shared.quiet()


@stated
class ExportOptions(Options):
    """`export`: the table of a scan."""

    store: Any = argument(of=STORE)
    output: Path = shared.output("Table: .csv, .json or .parquet.", recipe=True, default=MISSING)
    for_spreadsheet: bool = shared.for_spreadsheet()
    force: bool = shared.force()
    quiet: bool = shared.quiet()


@stated
class ScanReportOptions(Options):
    """`scan-report`: the summary of a scan."""

    suffix = ".pdf"

    store: Any = argument(of=STORE)
    output: Path = shared.output("Where to write: .pdf or .html.", recipe=True, default=MISSING)
    model: Any = shared.read(
        "Compare with what a model of `train` predicts for the same compositions; by default, simple perovskites "
        "with the model that ships.",
        where=Where.RUN,
    )
    force: bool = shared.force()
    quiet: bool = shared.quiet("No messages.")


@stated
class ReportOptions(Options):
    """`report`: a result, or the modes of a pair, as PDF, PNG or HTML."""

    suffix = ".pdf"

    result: Any = argument(of=RESULT)
    output: Path = shared.output("Where to write: .pdf, .png or .html.", recipe=True, default=MISSING)
    child: Any = argument(of=CHILD, default=None)
    parent_rank: int | None = shared.parent_rank()
    force: bool = shared.force()
    quiet: bool = shared.quiet("No messages.")


@stated
class CiteOptions(Options):
    """`cite`: BibTeX for what a run used."""

    suffix = ".bib"

    result: Any = argument(of=CITED, default=None)
    json: bool = shared.json("Print keys, reasons and entries as JSON.")
    output: Path | None = shared.output("Write the BibTeX to this file.", recipe=True)
    force: bool = shared.force()
    quiet: bool = shared.quiet("No messages; no text when -o is given.")
