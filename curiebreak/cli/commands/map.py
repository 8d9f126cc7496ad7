"""``curiebreak map``: how the child lies on the parent, atom by atom."""

from __future__ import annotations

from curiebreak.cli.answers import Receiver, check_targets
from curiebreak.options.exact_options import MapOptions, MapPairOptions


def command(asked: MapOptions, to: Receiver) -> int:
    """Map CHILD onto PARENT: supercell, origin, pairing, displacements and strain."""
    check_targets(asked, to)
    from curiebreak.cli.parent_choice import given_or_found
    from curiebreak.mapping.map_report import map_report

    parent = given_or_found(asked.parent, asked.child, asked.parent_rank, to.quiet)
    to.result(map_report(parent, asked.child, **asked.keywords(MapPairOptions)))
    return 0
