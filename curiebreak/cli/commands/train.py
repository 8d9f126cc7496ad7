"""``curiebreak train``: one network for all pairs of a family."""

from __future__ import annotations

from curiebreak.cli.answers import Receiver, check_targets
from curiebreak.errors import UsageError
from curiebreak.options.family_options import FamilyOptions, TrainOptions


def command(asked: TrainOptions, to: Receiver) -> int:
    """Train one equivariant network on all PAIRS of a family, to predict children from compositions."""
    from curiebreak.cli.interrupts import terminable
    from curiebreak.cli.progress import progress_bar
    from curiebreak.cli.result_output import emit_report

    if asked.output is not None and asked.output.suffix != ".cbm":
        raise UsageError(f"A model is a .cbm file, not {asked.output.name}.", "Name it MODEL.cbm.")
    check_targets(asked, to)
    from curiebreak.family import train

    with terminable("Continue with --resume."), progress_bar(to.quiet) as progress:
        result = train(asked.source, **asked.keywords(FamilyOptions) | {"progress": progress})
    emit_report(result, asked.report, to.quiet)
    to.result(result, document=False)
    for path in (asked.output, asked.save_pairs):
        to.written(path)
    return 0
