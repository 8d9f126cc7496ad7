"""What ``curiebreak distort`` does: build, write, report."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from curiebreak.cli.answers import Receiver, check_exports
from curiebreak.cli.result_output import check_destination, check_folder
from curiebreak.errors import UsageError
from curiebreak.options import exported
from curiebreak.options.distort_options import BuildOptions, DistortOptions, MagneticBuildOptions

if TYPE_CHECKING:
    from curiebreak.magnetic.magnetic_build import BuiltMagnetic
    from curiebreak.modes.built import BuiltChild


def show_directions(asked: DistortOptions, to: Receiver) -> None:
    """List the isotropy subgroups of one irrep or a pair."""
    _check_listing(asked)
    check_destination(asked.output, to.force)
    if asked.folder is not None:
        check_folder(asked.folder, to.force)
    from curiebreak.magnetic.magnetic_directions import list_magnetic_directions
    from curiebreak.modes.direction_list import list_directions
    from curiebreak.modes.every_child import written_children
    from curiebreak.modes.terms import is_magnetic

    labels = asked.couple or () if asked.list_directions is None else (asked.list_directions,)
    magnetic = any(map(is_magnetic, labels))
    listed = list_magnetic_directions if magnetic else list_directions
    found = listed(asked.parent, labels, parent_symprec=asked.parent_symprec)
    if asked.folder is not None and magnetic:
        from curiebreak.magnetic.magnetic_examples import written_directions

        how = (asked.folder, asked.rms, asked.sites, asked.parent_symprec)
        found = written_directions(asked.parent, found, *how)
    elif asked.folder is not None:
        found = written_children(asked.parent, found, asked.folder, asked.rms, asked.parent_symprec)
    to.result(found)
    to.written(found.table)


def _check_listing(asked: DistortOptions) -> None:
    """Refuse what asks for a child, or another list, beside a list."""
    if asked.write:
        raise UsageError("A list of directions is no child to write.", "Leave out --write.")
    if asked.couple and asked.list_directions:
        raise UsageError("--list-directions and --couple list different things.", "Give one of them.")
    if asked.terms or asked.strain or asked.glazer or asked.angles or asked.grid:
        raise UsageError("Directions are listed, or a child is built; not both.", "Leave out the terms, or the list.")


def build_moments(asked: DistortOptions, to: Receiver) -> None:
    """Build a structure with moments, or a series, write magnetic CIFs, and say what it is."""
    start = time.perf_counter()
    values = None if asked.grid is None else grid_values(asked.grid[1])
    _check(asked)
    check_exports(asked, to)
    more = _magnetic_files(asked)
    from curiebreak.magnetic.built_report import built_report, check_magnetic_format, write_magnetic

    paths = _destinations(asked.output, to.force, None if values is None else len(values), check_magnetic_format)
    built = _with_moments(asked, values)
    for child, path in zip(built, paths, strict=False):
        write_magnetic(child, path)
    for path in more:
        write_magnetic(built[-1], path)
    names = [str(path) for path in (*paths, *more)]
    series = [] if values is None else list(zip(values, names, built, strict=True))
    given = {"parent": str(asked.parent), "terms": list(asked.terms), "grid": asked.grid}
    file = names[0] if names and not series else None
    result = built_report(built[-1], file=file, series=series, options=asked.record | given, started=start)
    to.result(result, document=False)


def _magnetic_files(asked: DistortOptions) -> list[Path]:
    """What --write names, all of them magnetic CIFs."""
    targets = exported(asked.write)
    others = [form for form, _ in targets if form not in ("mcif", "cif")]
    if others:
        raise UsageError(f"Moments are not written as {others[0]}.", "Write mcif:FILE.")
    return [path for _, path in targets]


def _with_moments(asked: DistortOptions, values: list[float] | None) -> list[BuiltMagnetic]:
    """The structure, or the members of the series."""
    from curiebreak.magnetic.magnetic_build import distort_magnetic, distort_magnetic_series

    how = asked.keywords(MagneticBuildOptions)
    if asked.grid is None or values is None:
        return [distort_magnetic(asked.parent, asked.terms, **how)]
    del how["glazer"], how["angles"]
    return distort_magnetic_series(asked.parent, asked.terms, asked.grid[0], values, **how)


def build(asked: DistortOptions, to: Receiver) -> None:
    """Build the child or the series, write it, and say what it is.

    Raises
    ------
    UsageError
        If nothing is asked for, or options contradict each other.
    """
    from curiebreak.modes.terms import takes_moments

    if takes_moments([*asked.terms, *([] if asked.grid is None else [asked.grid[0]])], asked.sites):
        build_moments(asked, to)
        return
    start = time.perf_counter()
    values = None if asked.grid is None else grid_values(asked.grid[1])
    _check(asked)
    check_exports(asked, to)
    from curiebreak.modes.build import distort, distort_series
    from curiebreak.modes.distort_files import check_format, write_child
    from curiebreak.modes.distort_report import distort_report

    paths = _destinations(asked.output, to.force, None if values is None else len(values), check_format)

    how = asked.keywords(BuildOptions)
    children: list[BuiltChild]
    if asked.grid is not None and values is not None:
        del how["glazer"], how["angles"]
        children = distort_series(asked.parent, asked.terms, asked.grid[0], values, **how)
    else:
        children = [distort(asked.parent, asked.terms, **how)]
    for child, path in zip(children, paths, strict=False):
        write_child(child, path)
    if asked.write:
        _write(asked, children[-1], to)
    names: list[str | None] = [str(p) for p in paths]
    names = names or [None] * len(children)
    series = [] if values is None else list(zip(values, names, children, strict=True))
    given = {"parent": str(asked.parent), "terms": list(asked.terms), "grid": asked.grid}
    result = distort_report(
        children[-1],
        file=None if series else names[0],
        series=series,
        options=asked.record | given,
        started=start,
    )
    to.result(result, document=False)


def _write(asked: DistortOptions, child: BuiltChild, to: Receiver) -> None:
    """Write the child in the formats of other programs, taken apart again with every strain counted."""
    from curiebreak.modes.decompose import analyse_pair
    from curiebreak.modes.distort_files import EXACT
    from curiebreak.modes.written import write_child_files

    analysis, _, _ = analyse_pair(
        asked.parent, child.structure, symprec=EXACT, strain_tolerance=1e-8, parent_symprec=asked.parent_symprec
    )
    for path in write_child_files(analysis, asked.write):
        to.written(path)


def _check(asked: DistortOptions) -> None:
    if asked.folder is not None:
        raise UsageError("--all belongs to a list of directions.", "Add --list-directions R4+ or --couple M3+ R4+.")
    if not (asked.terms or asked.glazer or asked.grid or asked.strain or asked.angles):
        raise UsageError(
            "Nothing to build: no terms, no --glazer, no --grid and no --strain.",
            "Give terms such as 'R4+(0,b,b)=0.9', or --list-directions R4+.",
        )
    if asked.grid is not None and asked.write:
        raise UsageError("--write is for one child, --grid makes a series.", "Write the series with -o.")
    if asked.grid is not None and (asked.glazer or asked.angles):
        raise UsageError(
            "--grid varies an irrep, not a Glazer symbol.", "Leave out --glazer, or give its irreps as terms."
        )


def _destinations(
    output: Path | None, force: bool, members: int | None, check_format: Callable[[Path], None]
) -> list[Path]:
    """Files to write, checked before anything is computed."""
    if output is None:
        if members is not None:
            raise UsageError("A series needs a place to be written to.", "Add -o series.cif or -o POSCAR.")
        return []
    from curiebreak.modes.distort_files import series_paths

    check_format(output)
    paths = [output] if members is None else series_paths(output, members)
    for path in paths:
        check_destination(path, force)
    return paths


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
