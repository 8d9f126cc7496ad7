"""``track``: a series of frames in one fixed domain, row by row."""

from __future__ import annotations

import time
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from os import PathLike
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import ArrayLike

from curiebreak.errors import InputError, NotCompatibleError, UsageError
from curiebreak.modes.build import as_parent
from curiebreak.options import require
from curiebreak.results.tracking import TrackResult
from curiebreak.structures import Structure, read_structure
from curiebreak.symmetry.bloch import BlochSpace
from curiebreak.symmetry.parent import ParentCrystal
from curiebreak.tracking.columns import Columns, Curves
from curiebreak.tracking.flips import Flip, find_flips
from curiebreak.tracking.frame_settings import enlarged
from curiebreak.tracking.matching import Matcher, PlacedFrame, Refused
from curiebreak.tracking.projector import make_projector
from curiebreak.tracking.sources import Series, list_series
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


def track(
    parent: Any,
    frames: str | PathLike[str] | Sequence[str | PathLike[str]],
    output: str | PathLike[str] | IO[str] | None = None,
    *,
    reference: int | str | PathLike[str] = 0,
    domain: ArrayLike | None = None,
    irreps: Sequence[str] = (),
    column: str | None = None,
    table: str | PathLike[str] | None = None,
    symprec: float | None = None,
    parent_symprec: float | None = None,
    watch: Watch | None = None,
) -> Tracking:
    """Follow order parameters, tilts and strain through a series of frames.

    One mapping, made from the reference, serves all frames: amplitudes keep their signs and their arms. A
    frame that cannot be used is a row with the reason.

    Parameters
    ----------
    parent : path, Structure, pymatgen Structure, ASE Atoms or ParentCrystal
    frames : path or sequence of paths
        Extended XYZ files with any number of frames, CIF or POSCAR files, or patterns such as ``*.cif``.
    output : path or text stream, optional
        Table, ``.csv`` or ``.jsonl``; a stream gets CSV.
    reference : int or path
        Number of the frame, or file, that fixes mapping and domain, in the cell of the frames; a smaller cell in a
        file is repeated.
    domain : array_like (3, 3), optional
        Supercell basis that picks one of the equivalent domains of the reference.
    irreps : sequence of str
        Labels to follow, or ``all``; by default all at special k.
    column : str, optional
        What the figure is drawn against: a value that the frames bring along.
    table : path, optional
        CSV with a column ``name``, ``file`` or ``frame`` and more columns to take over.
    symprec : float, optional
        Å, for the reference.
    parent_symprec : float, optional
        Å, for the parent's symmetry; by default 0.01, or what the written decimals of the parent resolve.
    watch : callable, optional
        ``watch(done)``.

    Returns
    -------
    Tracking

    Raises
    ------
    InputError
        For files that cannot be read, a series without a usable frame, an unknown column or irrep.
    NotCompatibleError
        If the reference does not map onto the parent.
    """
    require(symprec=symprec, parent_symprec=parent_symprec)
    start = time.perf_counter()
    if isinstance(output, (str, PathLike)):
        check_table_format(Path(output))
    series = list_series([frames] if isinstance(frames, (str, PathLike)) else list(frames), _path(table))
    crystal = as_parent(parent, parent_symprec)
    if crystal.is_molecule:
        raise InputError("A molecule has no series of cells to follow.", "Give a crystal as the parent.")
    name, structure = _reference(series, reference)
    template = _template(crystal, structure, name, domain, symprec)
    projector, space = make_projector(template, irreps)
    matcher = Matcher(template, structure.species)
    first = PlacedFrame(template.displacements(template.fit), template.strain(np.asarray(structure.lattice)), 0.0)
    columns = Columns(projector, template.size, _info(series, column), {})
    columns = Columns(projector, template.size, columns.info, columns.leading_copies(first))
    curves = Curves(columns, [], array("q"), [], column or "frame", array("d"))
    refused = _rows(series, matcher, curves, output, watch)
    if not curves.names:
        reason = refused.most_common(1)[0][0] if refused else "There are no frames."
        raise InputError(f"No frame of the series can be used: {reason}", "Check the files and the reference.")
    flips = _flips(curves, space)
    report = make_report(
        crystal, template, projector, curves, flips,
        reference=name, refused=refused, output=output if isinstance(output, (str, PathLike)) else None,
        options={
            "reference": str(reference), "irreps": list(irreps), "column": column,
            "domain": None if domain is None else np.asarray(domain).tolist(), "symprec": symprec,
            "table": None if table is None else str(table),
        },
        seconds=time.perf_counter() - start,
    )  # fmt: skip
    return Tracking(report, curves, flips)


def reference_of(
    frames: str | PathLike[str] | Sequence[str | PathLike[str]], reference: int | str | PathLike[str]
) -> Structure:
    """The structure that fixes mapping and domain; see :func:`track` for the arguments and errors."""
    series = list_series([frames] if isinstance(frames, (str, PathLike)) else list(frames))
    return _reference(series, reference)[1]


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
        first = next((frame for frame in series.frames() if frame.reason is None), None)
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
    columns, found = curves.columns, list[Flip]()
    images = columns.projector.images(space)
    for one in columns.projector.irreps:
        if one.label not in images:
            continue
        names = one.component_names() if len(one.copies) == 1 else one.names()
        data = np.stack([curves.of(name) for name in names], axis=1)
        series = data.reshape(len(data), len(one.copies), len(one.components))
        found += find_flips(one.label, series, images[one.label], one.components)
    return tuple(sorted(found, key=lambda flip: flip.frame))
