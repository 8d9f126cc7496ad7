"""``curiebreak export``: the table of a scan as CSV, JSON or Parquet."""

from __future__ import annotations

from curiebreak.cli.answers import Receiver, check_targets
from curiebreak.options.scan_options import ExportOptions


def command(asked: ExportOptions, to: Receiver) -> int:
    """Write the table of a scan, one row a structure, with a column for every irrep that occurs."""
    from curiebreak.scan.table import export

    check_targets(asked, to)
    count = export(asked.store, asked.output, for_spreadsheet=asked.for_spreadsheet)
    to.written(f"{asked.output} ({count} rows)")
    return 0
