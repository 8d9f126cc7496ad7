"""What `phonons` can be asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from curiebreak.options import shared
from curiebreak.options.field import Option, Options, argument, stated
from curiebreak.options.option_rules import InputPath

FORCES = Option(
    "Forces of phonopy: phonopy_params.yaml or another of its YAML files, FORCE_SETS, FORCE_CONSTANTS, or a folder.",
    InputPath(),
    metavar="FORCES",
)


@stated
class PhononOptions(Options):
    """The phonons of a parent by irrep: :func:`curiebreak.phonons`."""

    forces: Any = argument(of=FORCES)
    cell: Any = shared.read(
        "Unit cell (POSCAR) of FORCE_SETS or FORCE_CONSTANTS; default: phonopy_disp.yaml beside them.",
        panel=shared.PAIR,
    )
    dim: Sequence[float] | None = shared.numbers(
        "The supercell in cells of --cell, three or nine whole numbers.", metavar="X,Y,Z", panel=shared.PAIR
    )
    k: str | None = shared.text(
        "One wave vector alone: letters of a special k point (R), or fractions in the conventional reciprocal basis "
        "(0,1/4,0).",
        "R",
        metavar="K",
    )
    unstable: bool = shared.flag(
        "Children of the unstable modes: the subgroups that they leave singly, in pairs and in triples."
    )
    below: float | None = shared.number(
        "The same for modes below this frequency in THz, stable ones too.", metavar="THZ"
    )
    rms: float = shared.number(
        "Root of the mean squared displacement of the atoms of a child, in Å.",
        0.05,
        0.0,
        1.0,
        above=True,
        metavar="ANGSTROM",
    )
    max_dim: int = shared.whole("Largest sum of the dimensions of the irreps of a child.", 6, 1, 9, metavar="N")
    top: int = shared.whole("How many children are made.", 30, metavar="N")
    folder: Any = shared.folder(
        "Write the children and their table (children.csv) into this folder.",
        spelled=("--children",),
        panel=shared.WRITTEN,
    )
    poscar: bool = shared.flag("Write the children as POSCAR instead of CIF.", panel=shared.WRITTEN)
    overlap: Any = shared.read("How much of the distortion to this structure each mode carries.", metavar="CHILD")
    parent_symprec: float | None = shared.parent_symprec()
    progress: Callable[[str, float, str], None] | None = shared.progress()


@stated
class PhononsOptions(shared.AnswerOptions, PhononOptions):
    """`phonons`: the phonons of a parent by irrep."""

    report: Path | None = shared.report()
