"""``curiebreak hidden-field``: the field behind many snapshots of one system."""

from __future__ import annotations

from curiebreak.cli.answers import Receiver, check_targets
from curiebreak.options.check_options import HiddenFieldOptions, SnapshotOptions


def command(asked: HiddenFieldOptions, to: Receiver) -> int:
    """Find the field that SNAPSHOTS feel but do not show: 1e magnetic, 1o electric, multipoles, or none."""
    from curiebreak.cli.progress import progress_bar

    check_targets(asked, to)
    from curiebreak.hidden import hidden_field

    with progress_bar(to.quiet) as progress:
        found = hidden_field(asked.snapshots, **asked.keywords(SnapshotOptions) | {"progress": progress})
    to.result(found)
    return 0
