"""``curiebreak scan``: thousands of structures into one store."""

from __future__ import annotations

import os

import typer

from curiebreak.cli.answers import Receiver
from curiebreak.options.scan_options import ScanningOptions, ScanOptions


def command(asked: ScanOptions, to: Receiver) -> int:
    """Analyse every structure of INPUT; failures are rows with a reason, never a stop."""
    from curiebreak.cli.interrupts import terminable
    from curiebreak.cli.progress import counting_bar
    from curiebreak.scan.running import scan

    jobs = asked.jobs or len(os.sched_getaffinity(0))
    with terminable("Continue with --resume."), counting_bar(to.quiet) as watch:
        how = asked.keywords(ScanningOptions) | {"jobs": jobs, "watch": watch}
        summary = scan(asked.given, **how)
    if not to.quiet:
        counts = ", ".join(f"{count} {status}" for status, count in sorted(summary.counts.items()))
        kept = f"{summary.kept} finished before" if summary.kept else ""
        kept += f" ({summary.failed_before} of them failed; --retry does these again)" if summary.failed_before else ""
        typer.echo(f"{summary.total} structures: {', '.join(filter(None, (counts, kept)))}", err=True)
    to.written(asked.output)
    return 6 if summary.failures or summary.failed_before else 0
