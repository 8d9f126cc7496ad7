"""``curiebreak check``: is an output allowed by symmetry for an input."""

from __future__ import annotations

from curiebreak.cli.answers import Receiver, check_targets
from curiebreak.options.check_options import CheckedOptions, CheckOptions


def command(asked: CheckOptions, to: Receiver) -> int:
    """Tell whether symmetry allows OUTPUT for INPUT, what forbids it, and what would allow it."""
    check_targets(asked, to)
    from curiebreak.checking import check

    to.result(check(asked.source, asked.target, **asked.keywords(CheckedOptions)))
    return 0
