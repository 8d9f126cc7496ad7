"""What `map` and `couplings` can be asked for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from curiebreak.options import shared
from curiebreak.options.field import Options, argument, option, stated
from curiebreak.options.option_rules import RULES


@stated
class MapPairOptions(Options):
    """How a child lies on its parent: :func:`curiebreak.mapping.map_report.map_report`."""

    parent: Any = argument(of=shared.PARENT)
    child: Any = argument(of=shared.CHILD)
    parent_symprec: float | None = shared.parent_symprec()
    allow: Collection[str] = shared.allow()


@stated
class MapOptions(shared.AnswerOptions, MapPairOptions):
    """`map`: how the child lies on the parent."""

    parent: Any = argument(of=shared.PARENT_OR_AUTO)
    parent_rank: int | None = shared.parent_rank(before="allow")


@stated
class CouplingOptions(Options):
    """The invariant polynomials of the active irreps: :func:`curiebreak.couplings`."""

    parent: Any = argument(of=shared.PARENT)
    child: Any = argument(of=shared.CHILD)
    order: int = option(help="Highest degree that is listed.", default=4, rule=RULES["order"])
    irreps: Sequence[str] | None = shared.joined(
        "Only these order parameters, joined by commas: 'M3+,R4+,GM3+ strain'.",
        "M3+",
        metavar="NAMES",
        panel=shared.BREAKING,
    )
    symprec: float | None = shared.symprec()
    parent_symprec: float | None = shared.parent_symprec()
    strain_tolerance: float = shared.strain_tolerance()
    allow: Collection[str] = shared.allow()


@stated
class CouplingsOptions(shared.AnswerOptions, CouplingOptions):
    """`couplings`: the invariant polynomials of the active irreps."""

    parent: Any = argument(of=shared.PARENT_OR_AUTO)
    parent_rank: int | None = shared.parent_rank(before="strain_tolerance")
