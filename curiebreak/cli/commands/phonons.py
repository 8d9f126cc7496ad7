"""``curiebreak phonons``: the phonons of a parent by irrep, and the children of the soft ones."""

from __future__ import annotations

from curiebreak.cli.answers import Receiver, check_targets
from curiebreak.options.phonons_options import PhononOptions, PhononsOptions


def command(asked: PhononsOptions, to: Receiver) -> int:
    """Name the irrep of every phonon in FORCES (of phonopy), and make the children that soft modes lead to."""
    check_targets(asked, to)
    from curiebreak.cli.progress import progress_bar
    from curiebreak.cli.result_output import emit_report
    from curiebreak.phonons.phonon_run import phonons

    with progress_bar(to.quiet) as progress:
        result = phonons(asked.forces, **asked.keywords(PhononOptions) | {"progress": progress})
    emit_report(result, asked.report, to.quiet)
    to.result(result)
    to.written(result.table)
    return 0
