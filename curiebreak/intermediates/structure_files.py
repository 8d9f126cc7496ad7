"""Intermediates as files: one structure, or all of them with a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from curiebreak.clock import Progress, silent
from curiebreak.errors import UsageError
from curiebreak.files import write_file
from curiebreak.intermediates.average import MadeStructure, StructureMaker
from curiebreak.intermediates.between import Investigation
from curiebreak.intermediates.constraint import entry_name
from curiebreak.results import IntermediateResult, Intermediates
from curiebreak.results.basic import group_symbol
from curiebreak.structures.write import write_structure

TABLE = "index.csv"

_COLUMNS = (
    "entry", "file", "number", "symbol", "spglib", "index", "size", "kept_share", "floor", "loss", "irreps"
)  # fmt: skip


def comments(document: Intermediates, entry: IntermediateResult) -> list[str]:
    """Lines that say what a written structure is."""
    lines = [f"intermediate of {document.parent.formula}: {entry_name(entry)}, index {entry.index}"]
    if entry.basis is not None and entry.origin is not None:
        rows = " ".join("(" + ", ".join(f"{x:.6g}" for x in row) + ")" for row in entry.basis)
        origin = ", ".join(f"{x:.6g}" for x in entry.origin)
        lines.append(f"axes in the parent's standard axes: {rows}, origin ({origin})")
    lines.append(f"share of the distortion that it keeps: {entry.kept_share:.6f}")
    if entry.loss is not None and entry.floor is not None:
        lines.append(f"trained loss {entry.loss:.6g}, floor {entry.floor:.6g}")
    return lines


def write_made(made: MadeStructure, path: Path, lines: Sequence[str]) -> None:
    """Write one structure; a CIF with its full symmetry."""
    write_structure(made.structure, path, made.symprec, lines)


def write_chosen(found: Investigation, path: Path) -> Intermediates:
    """Write the intermediate that a constraint singled out.

    Returns
    -------
    Intermediates
        The document with the file's name.

    Raises
    ------
    UsageError
        Without a constraint.
    InputError
        If the file cannot be written.
    """
    document, made = found.document, found.made
    if made is None or document.chosen is None:
        raise UsageError("There is no intermediate to write.", "Single one out with --keep, --subgroup or --entry.")
    entry = document.intermediates[made.entry]
    write_made(made.structure, path, comments(document, entry))
    return replace(document, chosen=replace(document.chosen, file=str(path)))


def write_all(found: Investigation, directory: Path, progress: Progress | None = None) -> Intermediates:
    """Write every entry of the list, parent and child included, with a table.

    Returns
    -------
    Intermediates
        The document with file names and the groups that spglib finds.
    """
    progress, document = progress or silent, found.document
    entries = list(document.intermediates)
    suffix = "xyz" if found.survey.analysis.parent.is_molecule else "cif"
    directory.mkdir(parents=True, exist_ok=True)
    for number, entry in enumerate(entries):
        progress("structures", number / len(entries), entry_name(entry))
        made = StructureMaker(found.survey.made(found.survey.masks[number])).structure()
        symbol = group_symbol(entry).replace("/", "-")
        path = directory / f"{number:02d}_{symbol}.{suffix}"
        write_made(made, path, comments(document, entry))
        entries[number] = replace(entry, file=path.name, spglib=made.spglib)
    progress("structures", 1.0, "done")
    write_file(directory / TABLE, table(entries))
    return replace(document, intermediates=tuple(entries))


def table(entries: Sequence[IntermediateResult]) -> str:
    """The list as CSV."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for number, one in enumerate(entries):
        irreps = " ".join(f"{i.irrep}{i.direction or ''}" for i in one.irreps)
        writer.writerow(
            [
                number,
                one.file,
                one.number,
                group_symbol(one),
                None if one.spglib is None else one.spglib.number,
                one.index,
                one.size,
                f"{one.kept_share:.6f}",
                None if one.floor is None else f"{one.floor:.6f}",
                None if one.loss is None else f"{one.loss:.6f}",
                irreps,
            ]
        )
    return stream.getvalue()
