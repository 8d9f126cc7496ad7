"""What `subgroups` can be asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from curiebreak.options import shared
from curiebreak.options.field import Options, Where, argument, stated


@stated
class SubgroupListOptions(Options):
    """The subgroups that a parent's irreps leave: :func:`curiebreak.subgroups`."""

    parent: Any = argument(of=shared.PARENT)
    group: str | None = shared.text(
        "Only this space group (number or symbol: Pnma), or this crystal class (mm2, C2v).", "Pnma", metavar="GROUP"
    )
    size: int | None = shared.whole("Only subgroups whose primitive cell holds N of the parent's.", metavar="N")
    polar: bool = shared.flag("Only polar subgroups.")
    max_dim: int = shared.whole("Largest sum of the dimensions of the irreps of a set.", 6, 1, 9, metavar="N")
    irreps: Sequence[str] | None = shared.joined(
        "Only these irreps, joined by commas: 'M3+,R4+'.", "M3+", metavar="NAMES", panel=shared.BREAKING
    )
    strain: bool = shared.flag("Leave out irreps that only the strain holds.", True, panel=shared.BREAKING)
    occupation: bool = shared.flag(
        "Also irreps that only an order of the atoms on their sites holds.", panel=shared.BREAKING
    )
    top: int = shared.whole("How many subgroups are listed.", 20, metavar="N", panel=shared.WRITTEN)
    parent_symprec: float | None = shared.parent_symprec()
    progress: Callable[[str, float, str], None] | None = shared.progress()


@stated
class SubgroupsOptions(shared.AnswerOptions, SubgroupListOptions):
    """`subgroups`: the subgroups that a parent's irreps leave."""

    magnetic: bool = shared.flag(
        "The maximal magnetic subgroups for the propagation vector --k and the moments of --sites.",
        where=Where.RUN,
        panel=shared.MAGNETIC,
    )
    k: str | None = shared.text(
        "Propagation vector: letters of a special k point (R), or fractions in the conventional reciprocal basis: "
        "0,0,1/3.",
        "R",
        where=Where.RUN,
        metavar="K",
        panel=shared.MAGNETIC,
    )
    sites: Sequence[str] | None = shared.moment_sites(
        "Sites or elements that carry moments, joined by commas; default: those with open d or f shells.",
        where=Where.RUN,
        panel=shared.MAGNETIC,
    )
    star: bool = shared.flag(
        "All arms of the star of --k together, not one propagation vector alone.",
        where=Where.RUN,
        panel=shared.MAGNETIC,
    )
    folder: Path | None = shared.folder(
        "Write an example of each magnetic subgroup as a magnetic CIF, and their table (children.csv).",
        where=Where.RUN,
        spelled=("--all",),
        panel=shared.MAGNETIC,
    )
