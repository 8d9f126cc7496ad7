"""What `parent` can be asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from curiebreak.options import shared
from curiebreak.options.field import Options, Where, argument, option, stated
from curiebreak.options.option_rules import Flag
from curiebreak.options.option_texts import SPECIES


@stated
class SearchOptions(Options):
    """Filters and effort of a search for parents."""

    top: int = shared.whole("How many candidates are told.", 5, metavar="N")
    group: str | None = shared.text(
        "Only parents of this type: a number or symbol, or a point group.", "R-3c", metavar="GROUP"
    )
    polar: bool | None = option(
        help="Only polar parents, or only nonpolar ones.", default=None, rule=Flag(), spelled=("--polar/--nonpolar",)
    )
    centrosymmetric: bool | None = option(
        help="Only parents with an inversion, or only those without.",
        default=None,
        rule=Flag(),
        spelled=("--centrosymmetric/--noncentrosymmetric",),
    )
    max_displacement: float | None = shared.number("Largest displacement of an atom.", None, 0.0, metavar="ANGSTROM")
    max_strain: float | None = shared.number("Largest principal strain of the cell.", None, 0.0, metavar="STRAIN")
    size: int | None = shared.whole("Only parents of which N primitive cells make the child's.", metavar="N")
    same: Sequence[Sequence[str]] = option(
        help="Take these species as one, so that the parent has mixed sites: 'Sc,Sb'. May be repeated.",
        default=(),
        rule=SPECIES,
        metavar="SPECIES",
        panel=shared.PAIR,
    )
    everything: bool = shared.flag("Also parents that chance would reach (score below 0).", spelled=("--all",))
    quick: bool = shared.flag("A narrower search: half the time, few parents less.")
    seconds: float = shared.number(
        "Longest time; what is found by then is told.", 20.0, 0.1, metavar="SECONDS", panel=shared.TRAINING
    )


@stated
class ChildArgument(Options):
    """A child alone; a class that adds options inherits its argument last, so that it stands first."""

    child: Any = argument(of=shared.CHILD)


@stated
class ParentsOptions(SearchOptions, ChildArgument):
    """The structures that a child may come from: :func:`curiebreak.parents`."""


@stated
class ParentOptions(shared.AnswerOptions, ParentsOptions):
    """`parent`: the structures that a child may come from."""

    suffix = ".cif"

    parent_rank: int = shared.whole("Which candidate -o writes.", 1, where=Where.RUN, metavar="K", panel=shared.PAIR)
    plot: Path | None = shared.file("Draw candidates above the child (.png, .pdf, .svg).")
    output: Path | None = shared.output(
        "Where the parent goes (.cif in the standard setting, .vasp, .xyz), or the result (.json).", recipe=True
    )
