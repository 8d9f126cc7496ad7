"""What ``curiebreak distort`` does: build, write, report."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curiebreak.cli.answers import Receiver, check_exports
from curiebreak.cli.result_output import check_destination, check_folder
from curiebreak.errors import UsageError, refuse, refusing
from curiebreak.options import exported
from curiebreak.options.distort_options import BuildOptions, DistortOptions, MagneticBuildOptions

if TYPE_CHECKING:
    from curiebreak.modes.built import BuiltChild
    from curiebreak.results.parent_records import DistortResult


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
    building = asked.terms or asked.strain or asked.glazer or asked.angles or asked.grid
    refuse(
        (asked.write, "A list of directions is no child to write.", "Leave out --write."),
        (
            asked.couple and asked.list_directions,
            "--list-directions and --couple list different things.",
            "Give one of them.",
        ),
        (building, "Directions are listed, or a child is built; not both.", "Leave out the terms, or the list."),
    )


@dataclass(frozen=True)
class _Making:
    """How a child is built, written and told of.

    Attributes
    ----------
    options : type
        What building takes.
    one, series : callable
        One child; those along a grid.
    check : callable
        Refuses a file name of another format.
    write : callable
        Writes a child into a file.
    report : callable
    """

    options: type[BuildOptions]
    one: Callable[..., Any]
    series: Callable[..., list[Any]]
    check: Callable[[Path], object]
    write: Callable[[Any, Path], None]
    report: Callable[..., DistortResult]

    def children(self, asked: DistortOptions, values: list[float]) -> list[Any]:
        """The child, or those along a grid."""
        how = asked.keywords(self.options)
        if asked.grid is None:
            return [self.one(asked.parent, asked.terms, **how)]
        del how["glazer"], how["angles"]
        return self.series(asked.parent, asked.terms, asked.grid[0], values, **how)


def _of_atoms() -> _Making:
    from curiebreak.modes.build import distort, distort_series
    from curiebreak.modes.distort_files import write_child
    from curiebreak.modes.distort_report import distort_report
    from curiebreak.structures.write import written_format

    return _Making(BuildOptions, distort, distort_series, written_format, write_child, distort_report)


def _of_moments() -> _Making:
    from curiebreak.magnetic.built_report import built_report, check_magnetic_format, write_magnetic
    from curiebreak.magnetic.magnetic_build import distort_magnetic, distort_magnetic_series

    making = (distort_magnetic, distort_magnetic_series, check_magnetic_format, write_magnetic, built_report)
    return _Making(MagneticBuildOptions, *making)


def build(asked: DistortOptions, to: Receiver) -> None:
    """Build the child or the series, write it, and say what it is.

    Raises
    ------
    UsageError
        If nothing is asked for, or options contradict each other.
    """
    from curiebreak.modes.terms import takes_moments

    start = time.perf_counter()
    values = [] if asked.grid is None else grid_values(asked.grid[1])
    magnetic = takes_moments([*asked.terms, *filter(None, (asked.grid or ())[:1])], asked.sites)
    _check(asked)
    check_exports(asked, to)
    making, more = (_of_moments(), _magnetic_files(asked)) if magnetic else (_of_atoms(), [])
    paths = _destinations(asked.output, to.force, len(values), making.check)
    children = making.children(asked, values)
    for child, path in zip([*children[: len(paths)], *children[-1:] * len(more)], [*paths, *more], strict=True):
        making.write(child, path)
    if asked.write and not magnetic:
        _write(asked, children[-1], to)
    names = [*map(str, paths), *map(str, more)]
    series = list(zip(values, names, children, strict=False))
    given = {"parent": str(asked.parent), "terms": list(asked.terms), "grid": asked.grid}
    file = None if series else next(iter(names), None)
    result = making.report(children[-1], file=file, series=series, options=asked.record | given, started=start)
    to.result(result, document=False)


def _magnetic_files(asked: DistortOptions) -> list[Path]:
    """What --write names, all of them magnetic CIFs."""
    targets = exported(asked.write)
    others = [form for form, _ in targets if form not in ("mcif", "cif")]
    if others:
        raise UsageError(f"Moments are not written as {others[0]}.", "Write mcif:FILE.")
    return [path for _, path in targets]


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
    refuse(
        (
            asked.folder is not None,
            "--all belongs to a list of directions.",
            "Add --list-directions R4+ or --couple M3+ R4+.",
        ),
        (
            not (asked.terms or asked.glazer or asked.grid or asked.strain or asked.angles),
            "Nothing to build: no terms, no --glazer, no --grid and no --strain.",
            "Give terms such as 'R4+(0,b,b)=0.9', or --list-directions R4+.",
        ),
        (asked.grid and asked.write, "--write is for one child, --grid makes a series.", "Write the series with -o."),
        (
            asked.grid and (asked.glazer or asked.angles),
            "--grid varies an irrep, not a Glazer symbol.",
            "Leave out --glazer, or give its irreps as terms.",
        ),
    )


def _destinations(output: Path | None, force: bool, members: int, check_format: Callable[[Path], object]) -> list[Path]:
    """Files to write, one for each of the members of a series, checked before anything is computed."""
    if output is None:
        if members:
            raise UsageError("A series needs a place to be written to.", "Add -o series.cif or -o POSCAR.")
        return []
    from curiebreak.modes.distort_files import series_paths

    check_format(output)
    paths = series_paths(output, members) if members else [output]
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
    message, hint = f"{text!r} is no grid.", "Write start:stop:count, such as 0:1.5:11."
    with refusing(ValueError, message, hint, UsageError):
        first, last, number = text.split(":")
        start, stop, count = float(first), float(last), int(number)
    refuse((count < 1, message, hint))
    return [start + (stop - start) * i / max(count - 1, 1) for i in range(count)]
