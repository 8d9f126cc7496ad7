"""``curiebreak scan-report``: the summary of a scan."""

from __future__ import annotations

from curiebreak.cli.answers import Receiver, check_targets
from curiebreak.options.scan_options import ScanReportOptions


def command(asked: ScanReportOptions, to: Receiver) -> int:
    """Summarise a scan: classes, groups, tilt map, outliers, sensitive entries, failures."""
    from curiebreak.report.scan_page import check_scan_format, write_scan_report
    from curiebreak.scan.digest import digest

    check_scan_format(asked.output)
    check_targets(asked, to)
    write_scan_report(digest(asked.store), asked.output)
    to.written(asked.output)
    return 0
