"""``curiebreak scan-report``: the summary of a scan."""

from __future__ import annotations

from curiebreak.cli.answers import Receiver, check_targets
from curiebreak.options.scan_options import ScanReportOptions


def command(asked: ScanReportOptions, to: Receiver) -> int:
    """Summarise a scan: classes, groups, tilts, outliers, a model's predictions, sensitive entries, failures."""
    from curiebreak.family.against_scan import with_predictions
    from curiebreak.report.scan_page import check_scan_format, write_scan_report
    from curiebreak.scan.digest import digest

    check_scan_format(asked.output)
    check_targets(asked, to)
    write_scan_report(with_predictions(digest(asked.store), asked.store, asked.model), asked.output)
    to.written(asked.output)
    return 0
