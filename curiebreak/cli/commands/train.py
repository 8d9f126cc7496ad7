"""``curiebreak train``: one network for all pairs of a family."""

from __future__ import annotations

from curiebreak.cli.answers import Receiver, check_targets
from curiebreak.errors import UsageError
from curiebreak.options.family_options import FamilyOptions, TrainOptions


def command(asked: TrainOptions, to: Receiver) -> int:
    """Train one equivariant network on all PAIRS of a family, to predict children from compositions."""
    from curiebreak.cli.interrupts import terminable
    from curiebreak.cli.progress import progress_bar

    if asked.output is not None and asked.output.suffix != ".cbm":
        raise UsageError(f"A model is a .cbm file, not {asked.output.name}.", "Name it MODEL.cbm.")
    if asked.report is not None and asked.report.suffix.lower() not in (".pdf", ".png", ".svg"):
        raise UsageError(f"The format of {asked.report} is not known.", "Use .pdf, .png or .svg.")
    check_targets(asked, to)
    from curiebreak.family import train

    with terminable("Continue with --resume."), progress_bar(to.quiet) as progress:
        result = train(asked.source, **asked.keywords(FamilyOptions) | {"progress": progress})
    if asked.report is not None:
        from curiebreak.report.training_page import draw_training_report

        draw_training_report(result, asked.report)
    to.result(result, document=False)
    for path in (asked.output, asked.save_pairs, asked.report):
        to.written(path)
    return 0
