"""``curiebreak irreps``: the irreps of the displacements of a parent, without a child."""

from __future__ import annotations

from curiebreak.cli.answers import Receiver, check_targets
from curiebreak.options.distort_options import AvailableOptions, IrrepsOptions


def command(asked: IrrepsOptions, to: Receiver) -> int:
    """List which irreps the displacements, or the magnetic moments, of PARENT hold, by Wyckoff site."""
    check_targets(asked, to)
    from curiebreak.modes.available import available_irreps

    to.result(available_irreps(asked.parent, **asked.keywords(AvailableOptions)))
    return 0
