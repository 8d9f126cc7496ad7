"""What `track` can be asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from curiebreak.options import shared
from curiebreak.options.field import Option, Options, Where, argument, option, stated
from curiebreak.options.option_rules import InputPaths, OutputPath
from curiebreak.options.option_texts import BASIS, FRAME

FRAMES = Option(
    "Files with many frames (extended XYZ, XDATCAR, vasprun.xml, .traj, LAMMPS dump), CIF or POSCAR files in order, or "
    "a pattern: '*.cif'.",
    InputPaths(patterns=True),
    metavar="FRAMES...",
)


@stated
class SeriesOptions(Options):
    """Order parameters through a series of frames: :func:`curiebreak.tracking.track`."""

    parent: Any = argument(of=shared.PARENT)
    frames: Any = argument(of=FRAMES)
    output: Any = shared.output(
        "One row a frame: .csv or .jsonl. Without it (and without --json) the CSV goes to stdout.",
        rule=OutputPath(stream=True),
        where=Where.ALL,
        kw_only=False,
    )
    reference: Any = option(
        help="What fixes mapping and domain: the number of a frame, or a file.",
        default="0",
        rule=FRAME,
        metavar="FRAME|FILE",
    )
    domain: Any = option(
        help="Supercell basis that picks one of the reference's equivalent domains: '1,0,-1;0,2,0;1,0,1'.",
        default=None,
        rule=BASIS,
        metavar="BASIS",
        panel=shared.PAIR,
    )
    irreps: Sequence[str] | None = shared.joined(
        "Irreps to follow, R4+,M3+, or all; default: all at special k.", "R4+", metavar="LIST", panel=shared.BREAKING
    )
    column: str | None = shared.text(
        "Draw against this value of the frames (temperature, energy, ...) instead of their number.",
        "temperature",
        metavar="NAME",
    )
    fit: Sequence[str] | None = shared.joined(
        "Fit A (Tc - x)^beta to the amplitudes of these irreps, R4+,M3+, with x the column of --column.",
        "R4+",
        metavar="LIST",
    )
    phonons: Any = shared.read(
        "Forces of the parent from phonopy: the normal coordinates of its modes, too.", panel=shared.BREAKING
    )
    table: Any = shared.read(
        "CSV with a column name, file or frame and further values of the frames.", panel=shared.WRITTEN
    )
    symprec: float | None = shared.symprec()
    parent_symprec: float | None = shared.parent_symprec()
    watch: Callable[[int], None] | None = shared.python_only("Called with the number of frames done.")


@stated
class TrackOptions(shared.AnswerOptions, SeriesOptions):
    """`track`: order parameters through a series of frames."""

    suffix = ".csv"

    parent: Any = argument(of=shared.PARENT_OR_AUTO)
    plot: Path | None = shared.file("Draw the series (.png, .pdf, .svg).", before="symprec")
    parent_rank: int | None = shared.parent_rank()
    json: bool = shared.json("Print the summary as JSON on stdout.")
    output: Path | None = shared.output(
        "One row a frame: .csv or .jsonl. Without it (and without --json) the CSV goes to stdout.",
        recipe=True,
        before="force",
    )
