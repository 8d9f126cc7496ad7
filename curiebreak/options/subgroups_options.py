"""What `subgroups` can be asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from curiebreak.options import shared
from curiebreak.options.field import Options, Where, argument, option, stated
from curiebreak.options.option_rules import Flag, Joined, Number, OutputPath, Text


@stated
class SubgroupListOptions(Options):
    """The subgroups that a parent's irreps leave: :func:`curiebreak.subgroups`."""

    parent: Any = argument(of=shared.PARENT)
    group: str | None = option(
        default=None,
        help="Only this space group (number or symbol: Pnma), or this crystal class (mm2, C2v).",
        rule=Text("Pnma", optional=True),
        metavar="GROUP",
        shown=False,
    )
    size: int | None = option(
        default=None,
        help="Only subgroups whose primitive cell holds N of the parent's.",
        rule=Number(1, whole=True, optional=True),
        metavar="N",
        shown=False,
    )
    polar: bool = option(default=False, help="Only polar subgroups.", rule=Flag(), spelled=("--polar",))
    max_dim: int = option(
        default=6,
        help="Largest sum of the dimensions of the irreps of a set.",
        rule=Number(1, 9, whole=True),
        metavar="N",
    )
    irreps: Sequence[str] | None = option(
        default=None,
        help="Only these irreps, joined by commas: 'M3+,R4+'.",
        rule=Joined("M3+", optional=True),
        metavar="NAMES",
        panel=shared.BREAKING,
        shown=False,
    )
    strain: bool = option(
        default=True,
        help="Leave out irreps that only the strain holds.",
        rule=Flag(),
        spelled=("--no-strain",),
        panel=shared.BREAKING,
    )
    occupation: bool = option(
        default=False,
        help="Also irreps that only an order of the atoms on their sites holds.",
        rule=Flag(),
        spelled=("--occupation",),
        panel=shared.BREAKING,
    )
    top: int = option(
        default=20, help="How many subgroups are listed.", rule=Number(1, whole=True), metavar="N", panel=shared.WRITTEN
    )
    parent_symprec: float | None = shared.parent_symprec()
    progress: Callable[[str, float, str], None] | None = shared.progress()


@stated
class SubgroupsOptions(SubgroupListOptions):
    """`subgroups`: the subgroups that a parent's irreps leave."""

    magnetic: bool = shared.flag(
        "The maximal magnetic subgroups for the propagation vector --k and the moments of --sites.",
        "--magnetic",
        where=Where.COMMAND | Where.RECIPE,
        panel=shared.MAGNETIC,
    )
    k: str | None = shared.text(
        "Propagation vector: letters of a special k point (R), or fractions in the conventional reciprocal basis: "
        "0,0,1/3.",
        "R",
        where=Where.COMMAND | Where.RECIPE,
        metavar="K",
        panel=shared.MAGNETIC,
    )
    sites: Sequence[str] | None = shared.moment_sites(
        "Sites or elements that carry moments, joined by commas; default: those with open d or f shells.",
        where=Where.COMMAND | Where.RECIPE,
        panel=shared.MAGNETIC,
    )
    star: bool = shared.flag(
        "All arms of the star of --k together, not one propagation vector alone.",
        "--star",
        where=Where.COMMAND | Where.RECIPE,
        panel=shared.MAGNETIC,
    )
    folder: Path | None = option(
        default=None,
        help="Write an example of each magnetic subgroup as a magnetic CIF, and their table (children.csv).",
        rule=OutputPath(folder=True),
        where=Where.COMMAND | Where.RECIPE,
        spelled=("--all",),
        metavar="DIR",
        panel=shared.MAGNETIC,
        shown=False,
    )
    json: bool = shared.json()
    output: Path | None = shared.output()
    force: bool = shared.force()
    quiet: bool = shared.quiet()
