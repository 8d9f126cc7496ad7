"""``track``: a series of frames in one fixed domain, row by row."""

from __future__ import annotations

import time
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from os import PathLike
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import ArrayLike

from curiebreak.arrays import FloatArray
from curiebreak.errors import InputError, NotCompatibleError, UsageError
from curiebreak.modes.build import as_parent
from curiebreak.options import taking
from curiebreak.options.series_options import SeriesOptions
from curiebreak.results.bridges import made
from curiebreak.results.tracking import TrackResult
from curiebreak.structures import Structure, read_structure
from curiebreak.symmetry.bloch import BlochSpace
from curiebreak.symmetry.parent import ParentCrystal
from curiebreak.tracking.columns import Columns, Curves
from curiebreak.tracking.flips import Flip, common_scatter, find_flips
from curiebreak.tracking.frame_settings import enlarged
from curiebreak.tracking.matching import Matcher, PlacedFrame, Refused
from curiebreak.tracking.phonon_columns import phonon_modes
from curiebreak.tracking.projector import make_projector
from curiebreak.tracking.sources import Series, first_readable, list_series
from curiebreak.tracking.summary import make_report
from curiebreak.tracking.table_files import RowWriter, check_table_format, table_file
from curiebreak.tracking.template import Template, make_template

Watch = Callable[[int], None]


@dataclass(frozen=True, eq=False)
class Tracking:
    """The answer of :func:`track`: the summary, and the curves for notebooks and figures."""

    report: TrackResult
    curves: Curves
    flips: tuple[Flip, ...]

    def __repr__(self) -> str:
        """The answer in a few lines, as a notebook or a console shows it."""
        return str(made("series_summary", self))

    def _repr_html_(self) -> str:
        """Tables, and the curves, as a notebook shows them."""
        return str(made("series_page", self))

    def to_frame(self) -> Any:
        """The curves as a ``pandas.DataFrame``, a row for each used frame; needs the extra ``notebook``."""
        return made("curves_frame", self.curves)


@taking(SeriesOptions)
def track(asked: SeriesOptions) -> Tracking:
    """Follow order parameters, tilts and strain through a series of frames.

    One mapping, made from the reference, serves all frames: amplitudes keep their signs and their arms. A
    frame that cannot be used is a row with the reason. The output may be a stream of text, which gets CSV; a reference
    in a smaller cell than that of the frames is repeated.

    Returns
    -------
    Tracking

    Raises
    ------
    InputError
        For files that cannot be read, a series without a usable frame, an unknown column or irrep.
    NotCompatibleError
        If the reference does not map onto the parent.

    Examples
    --------
    >>> import curiebreak
    >>> from curiebreak.tracking import track
    >>> from curiebreak.structures.write import write_structure
    >>> for a in (1, 2, 3):
    ...     built = curiebreak.distort("structures/srtio3_cubic.cif", [f"R5-(a,0,0)=0.{a}"])
    ...     write_structure(built.structure, f"{a}.cif")
    >>> series = track("structures/srtio3_cubic.cif", ["1.cif", "2.cif", "3.cif"])
    >>> series.report.used, series.to_frame().shape[0]
    (3, 3)
    """
    start = time.perf_counter()
    written = isinstance(asked.output, (str, PathLike))
    if written:
        check_table_format(Path(asked.output))
    series = list_series(_listed(asked.frames), _path(asked.table))
    crystal = as_parent(asked.parent, asked.parent_symprec)
    if crystal.is_molecule:
        raise InputError("A molecule has no series of cells to follow.", "Give a crystal as the parent.")
    name, structure = _reference(series, asked.reference)
    template = _template(crystal, structure, name, asked.domain, asked.symprec)
    irreps = tuple(asked.irreps or ())
    projector, space = make_projector(template, irreps)
    if asked.phonons is not None:
        projector = replace(projector, phonons=phonon_modes(template, space, projector.irreps, asked.phonons))
    matcher = Matcher(template, structure.species)
    first = PlacedFrame(template.displacements(template.fit), template.strain(np.asarray(structure.lattice)), 0.0)
    columns = Columns(projector, template.size, _info(series, asked.column), {})
    columns = Columns(projector, template.size, columns.info, columns.leading_copies(first))
    curves = Curves(columns, [], array("q"), [], asked.column or "frame", array("d"))
    refused = _rows(series, matcher, curves, asked.output, asked.watch)
    if not curves.names:
        reason = refused.most_common(1)[0][0] if refused else "There are no frames."
        raise InputError(f"No frame of the series can be used: {reason}", "Check the files and the reference.")
    flips = _flips(curves, space)
    report = make_report(
        crystal, template, projector, curves, flips,
        reference=name, refused=refused, output=asked.output if written else None, fit=tuple(asked.fit or ()),
        options=asked.record | {"reference": str(asked.reference), "irreps": list(irreps)},
        unmet=series.unmet(), seconds=time.perf_counter() - start,
    )  # fmt: skip
    return Tracking(report, curves, flips)


def reference_of(
    frames: str | PathLike[str] | Sequence[str | PathLike[str]], reference: int | str | PathLike[str]
) -> Structure:
    """The structure that fixes mapping and domain; see :func:`track` for the arguments and errors."""
    return _reference(list_series(_listed(frames)), reference)[1]


def _listed(frames: Any) -> list[Any]:
    return [frames] if isinstance(frames, (str, PathLike)) else list(frames)


def _path(given: str | PathLike[str] | None) -> Path | None:
    return None if given is None else Path(given)


def _info(series: Series, column: str | None) -> tuple[str, ...]:
    found = series.info_columns()
    if column is not None and column not in (*found, "frame"):
        known = ", ".join(found) or "nothing else"
        raise UsageError(f"The frames have no column {column!r}.", f"They bring along {known}; --table adds columns.")
    return found


def _reference(series: Series, wanted: int | str | PathLike[str]) -> tuple[str, Structure]:
    """Name and structure of what fixes the mapping; the first usable frame from the wanted one on for 0."""
    text = str(wanted)
    if not text.isdigit():
        structure = read_structure(Path(text))
        if structure.lattice is None:
            raise InputError(f"The reference {text} is a molecule.", "Give a crystal.")
        first = first_readable(series.frames())
        return text, structure if first is None else enlarged(structure, first)
    reason = "The series is shorter."
    for frame in islice(series.frames(), int(text), None):
        if frame.reason is None:
            return frame.name, frame.structure()
        reason = frame.reason
        if int(text):
            break
    raise InputError(f"Frame {text} cannot be the reference: {reason}", "Choose another frame with --reference.")


def _template(
    parent: ParentCrystal, structure: Structure, name: str, domain: ArrayLike | None, symprec: float | None
) -> Template:
    try:
        return make_template(parent, structure, domain, symprec)
    except NotCompatibleError as error:
        message = f"The reference {name} does not fit the parent: {error.message}"
        raise NotCompatibleError(message, error.hint) from error


def _rows(
    series: Series, matcher: Matcher, curves: Curves, output: str | PathLike[str] | IO[str] | None, watch: Watch | None
) -> Counter[str]:
    """Write every row; returns the frames that were not used, by reason."""
    if output is None:
        return _streamed(series, matcher, curves, None, watch)
    if isinstance(output, (str, PathLike)):
        path = Path(output)
        with table_file(path) as stream:
            writer = RowWriter(stream, curves.columns.all, path.suffix.lower() == ".jsonl")
            return _streamed(series, matcher, curves, writer, watch)
    return _streamed(series, matcher, curves, RowWriter(output, curves.columns.all, False), watch)


def _streamed(
    series: Series, matcher: Matcher, curves: Curves, writer: RowWriter | None, watch: Watch | None
) -> Counter[str]:
    refused: Counter[str] = Counter()
    for number, cells in enumerate(_cells(series, matcher, curves, refused)):
        if writer is not None:
            writer.write(cells)
        if watch is not None:
            watch(number + 1)
    return refused


def _cells(series: Series, matcher: Matcher, curves: Curves, refused: Counter[str]) -> Iterator[list[Any]]:
    columns = curves.columns
    for number, frame in enumerate(series.frames()):
        info = [frame.info.get(name) for name in columns.info]
        placed = matcher.place(frame)
        if isinstance(placed, Refused):
            refused[placed.reason] += 1
            head = [number, frame.name, placed.status, placed.reason, None]
            yield [*head, *info, *[None] * len(columns.numbers)]
            continue
        values = columns.values(placed)
        curves.add(number, frame, values)
        yield [number, frame.name, "ok", None, placed.note or None, *info, *values.tolist()]


def _flips(curves: Curves, space: BlochSpace) -> tuple[Flip, ...]:
    columns, series = curves.columns, dict[str, FloatArray]()
    for one in columns.projector.irreps:
        data = np.stack([curves.of(name) for name in one.own_names()], axis=1)
        series[one.label] = data.reshape(len(data), len(one.copies), len(one.components))
    images, scatter = columns.projector.images(space), common_scatter(list(series.values()))
    found = [
        flip
        for one in columns.projector.irreps
        if one.label in images
        for flip in find_flips(one.label, series[one.label], images[one.label], one.components, scatter)
    ]
    return tuple(sorted(found, key=lambda flip: flip.frame))
