"""What `phonons` can be asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from curiebreak.options import shared
from curiebreak.options.field import Option, Options, argument, option, stated
from curiebreak.options.option_rules import Flag, InputPath, Number, OutputPath
from curiebreak.options.option_texts import NUMBERS

FORCES = Option(
    "Forces of phonopy: phonopy_params.yaml or another of its YAML files, FORCE_SETS, FORCE_CONSTANTS, or a folder.",
    InputPath(),
    metavar="FORCES",
)


@stated
class PhononOptions(Options):
    """The phonons of a parent by irrep: :func:`curiebreak.phonons`."""

    forces: Any = argument(of=FORCES)
    cell: Any = option(
        default=None,
        help="Unit cell (POSCAR) of FORCE_SETS or FORCE_CONSTANTS; default: phonopy_disp.yaml beside them.",
        rule=InputPath(optional=True),
        metavar="FILE",
        panel=shared.PAIR,
        shown=False,
    )
    dim: Sequence[float] | None = option(
        default=None,
        help="The supercell in cells of --cell, three or nine whole numbers.",
        rule=NUMBERS,
        metavar="X,Y,Z",
        panel=shared.PAIR,
        shown=False,
    )
    k: str | None = shared.text(
        "One wave vector alone: letters of a special k point (R), or fractions in the conventional reciprocal basis "
        "(0,1/4,0).",
        "R",
        metavar="K",
    )
    unstable: bool = option(
        default=False,
        help="Children of the unstable modes: the subgroups that they leave singly, in pairs and in triples.",
        rule=Flag(),
        spelled=("--unstable",),
    )
    below: float | None = option(
        default=None,
        help="The same for modes below this frequency in THz, stable ones too.",
        rule=Number(optional=True),
        metavar="THZ",
        shown=False,
    )
    rms: float = option(
        default=0.05,
        help="Root of the mean squared displacement of the atoms of a child, in Å.",
        rule=Number(0.0, 1.0, above=True),
        metavar="ANGSTROM",
    )
    max_dim: int = option(
        default=6,
        help="Largest sum of the dimensions of the irreps of a child.",
        rule=Number(1, 9, whole=True),
        metavar="N",
    )
    top: int = option(default=30, help="How many children are made.", rule=Number(1, whole=True), metavar="N")
    folder: Any = option(
        default=None,
        help="Write the children and their table (children.csv) into this folder.",
        rule=OutputPath(folder=True),
        spelled=("--children",),
        metavar="DIR",
        panel=shared.WRITTEN,
        shown=False,
    )
    poscar: bool = option(
        default=False,
        help="Write the children as POSCAR instead of CIF.",
        rule=Flag(),
        spelled=("--poscar",),
        panel=shared.WRITTEN,
    )
    overlap: Any = option(
        default=None,
        help="How much of the distortion to this structure each mode carries.",
        rule=InputPath(optional=True),
        metavar="CHILD",
        shown=False,
    )
    parent_symprec: float | None = shared.parent_symprec()
    progress: Callable[[str, float, str], None] | None = shared.progress()


@stated
class PhononsOptions(PhononOptions):
    """`phonons`: the phonons of a parent by irrep."""

    report: Path | None = shared.report()
    json: bool = shared.json()
    output: Path | None = shared.output()
    force: bool = shared.force()
    quiet: bool = shared.quiet()
