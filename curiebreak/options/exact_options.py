"""What `map` and `couplings` can be asked for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from curiebreak.options import shared
from curiebreak.options.field import Options, argument, option, stated
from curiebreak.options.option_rules import RULES, Joined


@stated
class MapPairOptions(Options):
    """How a child lies on its parent: :func:`curiebreak.mapping.map_report.map_report`."""

    parent: Any = argument(of=shared.PARENT)
    child: Any = argument(of=shared.CHILD)
    parent_symprec: float | None = shared.parent_symprec()
    allow: Collection[str] = shared.allow()


@stated
class MapOptions(MapPairOptions):
    """`map`: how the child lies on the parent."""

    parent: Any = argument(of=shared.PARENT_OR_AUTO)
    parent_rank: int | None = shared.parent_rank(before="allow")
    json: bool = shared.json()
    output: Path | None = shared.output()
    force: bool = shared.force()
    quiet: bool = shared.quiet()


@stated
class CouplingOptions(Options):
    """The invariant polynomials of the active irreps: :func:`curiebreak.couplings`."""

    parent: Any = argument(of=shared.PARENT)
    child: Any = argument(of=shared.CHILD)
    order: int = option(default=4, help="Highest degree that is listed.", rule=RULES["order"])
    irreps: Sequence[str] | None = option(
        default=None,
        help="Only these order parameters, joined by commas: 'M3+,R4+,GM3+ strain'.",
        rule=Joined("M3+", optional=True),
        metavar="NAMES",
        panel=shared.BREAKING,
        shown=False,
    )
    symprec: float | None = shared.symprec()
    parent_symprec: float | None = shared.parent_symprec()
    strain_tolerance: float = shared.strain_tolerance()
    allow: Collection[str] = shared.allow()


@stated
class CouplingsOptions(CouplingOptions):
    """`couplings`: the invariant polynomials of the active irreps."""

    parent: Any = argument(of=shared.PARENT_OR_AUTO)
    parent_rank: int | None = shared.parent_rank(before="strain_tolerance")
    json: bool = shared.json()
    output: Path | None = shared.output()
    force: bool = shared.force()
    quiet: bool = shared.quiet()
