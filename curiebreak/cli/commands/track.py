"""``curiebreak track``: order parameters through a series of frames, in one fixed domain."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING

from curiebreak.cli.answers import Receiver
from curiebreak.options.series_options import SeriesOptions, TrackOptions

if TYPE_CHECKING:
    from curiebreak.tracking import Tracking


def command(asked: TrackOptions, to: Receiver) -> int:
    """Follow signed amplitudes, tilts and strain of FRAMES over PARENT with one mapping and one domain."""
    from curiebreak.cli.parent_choice import given_or_found
    from curiebreak.cli.progress import frame_counter
    from curiebreak.cli.series import check_series_files, csv_to_stdout, draw, show_summary

    check_series_files(asked.output, asked.plot, to.force)
    from curiebreak.tracking import track
    from curiebreak.tracking.following import reference_of

    child = reference_of(asked.frames, asked.reference) if str(asked.parent) == "auto" else None
    parent = given_or_found(asked.parent, child, asked.parent_rank, to.quiet)

    with frame_counter(to.quiet) as watch:

        def followed(target: IO[str] | Path | None) -> Tracking:
            return track(parent, asked.frames, **asked.keywords(SeriesOptions) | {"output": target, "watch": watch})

        printed = asked.output is None and not asked.json
        found = csv_to_stdout(followed) if printed else followed(asked.output)
    report = replace(found.report, plot=draw(found, asked.plot))

    def show() -> None:
        if not to.quiet:
            show_summary(report, on_stdout=asked.output is not None)

    to.result(report, document=False, shown=show)
    to.written(asked.output)
    to.written(asked.plot)
    return 6 if report.refused else 0
