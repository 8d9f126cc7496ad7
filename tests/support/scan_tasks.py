"""What the workers of the scan tests run: structures that hang, crash or fail on request."""

from __future__ import annotations

import os
import time
from pathlib import Path

from curiebreak.options.scan_options import ScanSettings
from curiebreak.scan.inputs import Source
from curiebreak.scan.row import Row, failed_row


def troubled(source: Source, settings: ScanSettings) -> Row:
    """Hang, crash once, crash always, or answer, by the name of the structure."""
    name = source.id.split("_")[0]
    if name == "hang":
        time.sleep(600)
    if name == "crash":
        os._exit(3)
    if name == "once":
        mark = Path(source.path).with_suffix(".seen")
        if not mark.exists():
            mark.touch()
            os._exit(3)
    return failed_row(source, "ok", "")


def slow(source: Source, settings: ScanSettings) -> Row:
    """A short task that always gives the same row."""
    time.sleep(0.05)
    row = failed_row(source, "ok", "", 0.0, glazer="a0a0a0")
    return Row(source, row.values, {"amp_R4+": float(len(source.id))}, "{}", 0.0)
