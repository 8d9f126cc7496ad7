"""``curiebreak report``: a result as PDF, PNG or HTML."""

from __future__ import annotations

import typer

from curiebreak.cli.answers import Receiver
from curiebreak.errors import UsageError
from curiebreak.options.scan_options import ReportOptions


def command(asked: ReportOptions, to: Receiver) -> int:
    """Draw a report of a RESULT that was computed before, or of the modes of PARENT and CHILD."""
    from curiebreak.cli.result_output import check_report
    from curiebreak.report.writing import draw_again

    check_report(asked.output, to.force)
    if asked.child is None:
        _check_result(asked)
        draw_again(asked.result, asked.output)
    else:
        _draw_pair(asked, to.quiet)
    to.written(asked.output)
    return 0


def _check_result(asked: ReportOptions) -> None:
    if str(asked.result) == "auto":
        raise UsageError("`report auto` needs the child whose parent is to be found.", "Add CHILD.")
    if asked.parent_rank is not None:
        raise UsageError("--parent-rank chooses among found parents.", "Write `auto` and CHILD instead of RESULT.")


def _draw_pair(asked: ReportOptions, quiet: bool) -> None:
    from curiebreak.cli.parent_choice import given_or_found
    from curiebreak.modes.decompose import decompose
    from curiebreak.report.writing import write_report

    modes = decompose(given_or_found(asked.result, asked.child, asked.parent_rank, quiet), asked.child)
    write_report(modes, asked.output)
    for message in () if quiet else modes.messages:
        typer.echo(message, err=True)
