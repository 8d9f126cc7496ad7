"""What ``curiebreak distort`` does: build, write, report."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from curiebreak.cli.result_output import check_destination, emit, is_keeping
from curiebreak.errors import UsageError

if TYPE_CHECKING:
    from curiebreak.modes.built import BuiltChild


@dataclass(frozen=True)
class Request:
    """What is to be built; see the options of the command."""

    parent: Path
    terms: tuple[str, ...]
    amplitude: str
    strain: tuple[str, ...]
    glazer: str | None
    angles: str | None
    grid: tuple[str, str] | None
    parent_symprec: float | None = None


def show_directions(
    parent: Path,
    labels: Sequence[str],
    parent_symprec: float | None,
    *,
    json: bool,
    output: Path | None,
    force: bool,
    quiet: bool,
) -> None:
    """List the isotropy subgroups of one irrep or a pair."""
    check_destination(output, force)
    from curiebreak.modes.direction_list import list_directions

    result = list_directions(parent, labels, parent_symprec=parent_symprec)
    emit(result, json=json, output=output, quiet=quiet)


def build(request: Request, *, json: bool, output: Path | None, force: bool, quiet: bool) -> None:
    """Build the child or the series, write it, and say what it is.

    Raises
    ------
    UsageError
        If nothing is asked for, or options contradict each other.
    """
    start = time.perf_counter()
    angles = None if request.angles is None else _numbers(request.angles)
    values = None if request.grid is None else grid_values(request.grid[1])
    _check(request)
    paths = _destinations(output, force, None if values is None else len(values))
    from curiebreak.modes.build import distort, distort_series
    from curiebreak.modes.distort_files import write_child
    from curiebreak.modes.distort_report import distort_report

    children: list[BuiltChild]
    if request.grid is not None and values is not None:
        children = distort_series(
            request.parent, request.terms, request.grid[0], values,
            amplitude=request.amplitude, strain=request.strain, parent_symprec=request.parent_symprec,
        )  # fmt: skip
    else:
        children = [
            distort(
                request.parent, request.terms, amplitude=request.amplitude, strain=request.strain,
                glazer=request.glazer, angles=angles, parent_symprec=request.parent_symprec,
            )
        ]  # fmt: skip
    for child, path in zip(children, paths, strict=False):
        write_child(child, path)
    names: list[str | None] = [str(p) for p in paths]
    names = names or [None] * len(children)
    series = [] if values is None else list(zip(values, names, children, strict=True))
    result = distort_report(
        children[-1],
        file=None if series else names[0],
        series=series,
        options=asdict(request) | {"parent": str(request.parent)},
        started=start,
    )
    if json or is_keeping() or not (quiet and paths):
        emit(result, json=json, output=None, quiet=quiet)


def _check(request: Request) -> None:
    if not (request.terms or request.glazer or request.grid or request.strain or request.angles):
        raise UsageError(
            "Nothing to build: no terms, no --glazer, no --grid and no --strain.",
            "Give terms such as 'R4+(0,b,b)=0.9', or --list-directions R4+.",
        )
    if request.grid is not None and (request.glazer or request.angles):
        raise UsageError(
            "--grid varies an irrep, not a Glazer symbol.", "Leave out --glazer, or give its irreps as terms."
        )


def _destinations(output: Path | None, force: bool, members: int | None) -> list[Path]:
    """Files to write, checked before anything is computed."""
    if output is None:
        if members is not None:
            raise UsageError("A series needs a place to be written to.", "Add -o series.cif or -o POSCAR.")
        return []
    from curiebreak.modes.distort_files import check_format, series_paths

    check_format(output)
    paths = [output] if members is None else series_paths(output, members)
    for path in paths:
        check_destination(path, force)
    return paths


def _numbers(text: str) -> list[float]:
    try:
        return [float(part) for part in text.replace(";", ",").split(",")]
    except ValueError as error:
        raise UsageError(
            f"{text!r} is no list of numbers.", "Write numbers with commas, such as 9.7,9.0,9.0."
        ) from error


def grid_values(text: str) -> list[float]:
    """Amplitudes of ``start:stop:count``.

    Raises
    ------
    UsageError
        If the text is not three numbers, the last a whole one above 0.
    """
    parts = text.split(":")
    try:
        start, stop, count = float(parts[0]), float(parts[1]), int(parts[2])
    except (ValueError, IndexError):
        count = 0
    if count < 1 or len(parts) != 3:
        raise UsageError(f"{text!r} is no grid.", "Write start:stop:count, such as 0:1.5:11.")
    if count == 1:
        return [start]
    return [start + (stop - start) * i / (count - 1) for i in range(count)]
