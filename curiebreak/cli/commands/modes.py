"""``curiebreak modes``: exact symmetry-mode decomposition of a distortion."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from curiebreak.cli import options
from curiebreak.errors import UsageError

if TYPE_CHECKING:
    from curiebreak.modes.analysis import Analysis
    from curiebreak.results import Decomposition

_File = Path | None


class TableFormat(StrEnum):
    """How the table of a paper is written."""

    MARKDOWN = "markdown"
    LATEX = "latex"
    CSV = "csv"


def command(
    parent: options.ParentOrAuto,
    child: options.Child,
    symprec: options.Symprec = None,
    parent_symprec: options.ParentSymprec = None,
    parent_rank: options.ParentRank = None,
    strain_tolerance: options.StrainTolerance = 1e-3,
    fix_site: options.FixSite = None,
    allow: options.Allow = None,
    domains: Annotated[bool, typer.Option("--domains", help="List the equivalent children.")] = False,
    csv: Annotated[_File, typer.Option(metavar="FILE", help="Table of irreps and modes, comma-separated.")] = None,
    eigenvectors: Annotated[_File, typer.Option(metavar="FILE", help="Mode vectors, atom by atom, as JSON.")] = None,
    undistorted: Annotated[
        _File, typer.Option(metavar="FILE", help="The parent in the child's cell (.cif, .vasp, .xyz).")
    ] = None,
    isocif: Annotated[
        _File, typer.Option(metavar="FILE", help="CIF of the child with ISODISTORT's mode loops.")
    ] = None,
    table: Annotated[
        TableFormat | None,
        typer.Option("--format", help="Print the table of irreps alone, as a paper needs it.", show_default=False),
    ] = None,
    report: options.Report = None,
    json: options.Json = False,
    output: options.Output = None,
    force: options.Force = False,
    quiet: options.Quiet = False,
) -> int:
    """Decompose the distortion from PARENT to CHILD into symmetry modes, exactly."""
    from curiebreak.cli.result_output import check_destination, check_report, emit, emit_report

    if json and table is not None:
        raise UsageError("--json and --format both print on standard output.", "Give one of them.")

    for path in (output, csv, eigenvectors, undistorted, isocif):
        check_destination(path, force)
    check_report(report, force)
    from curiebreak.cli.parent_choice import given_or_found
    from curiebreak.modes.decompose import analyse_pair, decomposition

    high = given_or_found(parent, child, parent_rank, quiet)
    chosen: dict[str, Any] = {"symprec": symprec, "strain_tolerance": strain_tolerance, "fix_site": fix_site}
    chosen["parent_symprec"] = parent_symprec
    chosen["allow"] = [a.value for a in allow or ()]
    analysis, seconds, used = analyse_pair(high, child, say=None if quiet else _on_stderr, **chosen)
    result = decomposition(analysis, seconds, used, domains=domains)
    _export(analysis, result, csv, eigenvectors, undistorted, isocif)
    if table is None:
        emit(result, json=json, output=output, quiet=quiet)
    else:
        from curiebreak.report.paper_table import paper_table

        emit(result, json=False, output=output, quiet=quiet, table=paper_table(result, table.value))
    emit_report(result, report, quiet)
    for path in (csv, eigenvectors, undistorted, isocif):
        if path and not quiet:
            typer.echo(f"written: {path}", err=True)
    return 0


def _on_stderr(text: str) -> None:
    typer.echo(text, err=True)


def _export(
    analysis: Analysis,
    result: Decomposition,
    csv: _File,
    eigenvectors: _File,
    undistorted: _File,
    isocif: _File,
) -> None:
    from curiebreak.modes.child_setting import undistorted_structure
    from curiebreak.modes.exports import eigenvectors_json, modes_csv
    from curiebreak.modes.iso_cif import iso_cif_text
    from curiebreak.structures.write import write_atomically, write_structure

    if isocif:
        write_atomically(isocif, iso_cif_text(analysis))
    if undistorted:
        write_structure(undistorted_structure(analysis), undistorted)
    if eigenvectors:
        write_atomically(eigenvectors, eigenvectors_json(analysis))
    if csv:
        write_atomically(csv, modes_csv(result))
