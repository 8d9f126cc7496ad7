"""What `parent` can be asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from curiebreak.options import shared
from curiebreak.options.field import Options, Where, argument, option, stated
from curiebreak.options.option_rules import Flag, Number, Text
from curiebreak.options.option_texts import SPECIES


@stated
class SearchOptions(Options):
    """Filters and effort of a search for parents."""

    top: int = option(default=5, help="How many candidates are told.", rule=Number(1, whole=True), metavar="N")
    group: str | None = option(
        default=None,
        help="Only parents of this type: a number or symbol, or a point group.",
        rule=Text("R-3c", optional=True),
        metavar="GROUP",
        shown=False,
    )
    polar: bool | None = option(
        default=None,
        help="Only polar parents, or only nonpolar ones.",
        rule=Flag(optional=True),
        spelled=("--polar/--nonpolar",),
        shown=False,
    )
    centrosymmetric: bool | None = option(
        default=None,
        help="Only parents with an inversion, or only those without.",
        rule=Flag(optional=True),
        spelled=("--centrosymmetric/--noncentrosymmetric",),
        shown=False,
    )
    max_displacement: float | None = option(
        default=None,
        help="Largest displacement of an atom.",
        rule=Number(0.0, optional=True),
        metavar="ANGSTROM",
        shown=False,
    )
    max_strain: float | None = option(
        default=None,
        help="Largest principal strain of the cell.",
        rule=Number(0.0, optional=True),
        metavar="STRAIN",
        shown=False,
    )
    size: int | None = option(
        default=None,
        help="Only parents of which N primitive cells make the child's.",
        rule=Number(1, whole=True, optional=True),
        metavar="N",
        shown=False,
    )
    same: Sequence[Sequence[str]] = option(
        default=(),
        help="Take these species as one, so that the parent has mixed sites: 'Sc,Sb'. May be repeated.",
        rule=SPECIES,
        metavar="SPECIES",
        panel=shared.PAIR,
        shown=False,
    )
    everything: bool = shared.flag("Also parents that chance would reach (score below 0).", "--all")
    quick: bool = shared.flag("A narrower search: half the time, few parents less.", "--quick")
    seconds: float = option(
        default=20.0,
        help="Longest time; what is found by then is told.",
        rule=Number(0.1),
        metavar="SECONDS",
        panel=shared.TRAINING,
    )


@stated
class ChildArgument(Options):
    """A child alone; a class that adds options inherits its argument last, so that it stands first."""

    child: Any = argument(of=shared.CHILD)


@stated
class ParentsOptions(SearchOptions, ChildArgument):
    """The structures that a child may come from: :func:`curiebreak.parents`."""


@stated
class ParentOptions(ParentsOptions):
    """`parent`: the structures that a child may come from."""

    suffix = ".cif"

    parent_rank: int = option(
        default=1,
        help="Which candidate -o writes.",
        rule=Number(1, whole=True),
        where=Where.COMMAND | Where.RECIPE,
        metavar="K",
        panel=shared.PAIR,
    )
    plot: Path | None = shared.file("Draw candidates above the child (.png, .pdf, .svg).", shown=False)
    json: bool = shared.json()
    output: Path | None = shared.output(
        "Where the parent goes (.cif in the standard setting, .vasp, .xyz), or the result (.json).", recipe=True
    )
    force: bool = shared.force()
    quiet: bool = shared.quiet()
