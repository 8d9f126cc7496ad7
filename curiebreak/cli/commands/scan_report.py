"""``curiebreak scan-report``: the summary of a scan."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from curiebreak.cli import options


def command(
    store: Annotated[Path, typer.Argument(metavar="STORE", help="What `scan` wrote.", show_default=False)],
    output: Annotated[
        Path,
        typer.Option("-o", "--output", metavar="FILE", help="Where to write: .pdf or .html.", show_default=False),
    ],
    force: options.Force = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No messages.")] = False,
) -> int:
    """Summarise a scan: classes, groups, tilt map, outliers, sensitive entries, failures."""
    from curiebreak.cli.result_output import check_destination
    from curiebreak.report.scan_page import check_scan_format, write_scan_report
    from curiebreak.scan.digest import digest

    check_scan_format(output)
    check_destination(output, force)
    write_scan_report(digest(store), output)
    if not quiet:
        typer.echo(f"written: {output}", err=True)
    return 0
