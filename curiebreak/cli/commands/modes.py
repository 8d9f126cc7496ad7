"""``curiebreak modes``: exact symmetry-mode decomposition of a distortion."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from curiebreak.cli.answers import Receiver, check_targets
from curiebreak.errors import UsageError
from curiebreak.options.modes_options import ModesOptions, PairOptions

if TYPE_CHECKING:
    from curiebreak.modes.analysis import Analysis
    from curiebreak.results import Decomposition


def command(asked: ModesOptions, to: Receiver) -> int:
    """Decompose the distortion from PARENT to CHILD into symmetry modes, exactly."""
    from curiebreak.cli.result_output import check_report, emit_report

    if asked.json and asked.format is not None:
        raise UsageError("--json and --format both print on standard output.", "Give one of them.")
    check_targets(asked, to)
    check_report(asked.report, to.force)
    from curiebreak.cli.parent_choice import given_or_found
    from curiebreak.modes.decompose import analyse_pair, decomposition

    high = given_or_found(asked.parent, asked.child, asked.parent_rank, to.quiet)
    how = asked.keywords(PairOptions) | {"say": None if to.quiet else _on_stderr}
    analysis, seconds, _ = analyse_pair(high, asked.child, **how)
    result = decomposition(analysis, seconds, asked.record, domains=asked.domains)
    _export(asked, analysis, result)
    table = None
    if asked.format is not None:
        from curiebreak.report.paper_table import paper_table

        table = paper_table(result, asked.format)
    to.result(result, table=table)
    emit_report(result, asked.report, to.quiet)
    for path in (asked.csv, asked.eigenvectors, asked.undistorted, asked.isocif):
        to.written(path)
    return 0


def _on_stderr(text: str) -> None:
    typer.echo(text, err=True)


def _export(asked: ModesOptions, analysis: Analysis, result: Decomposition) -> None:
    from curiebreak.modes.child_setting import undistorted_structure
    from curiebreak.modes.exports import eigenvectors_json, modes_csv
    from curiebreak.modes.iso_cif import iso_cif_text
    from curiebreak.structures.write import write_atomically, write_structure

    if asked.isocif:
        write_atomically(asked.isocif, iso_cif_text(analysis))
    if asked.undistorted:
        write_structure(undistorted_structure(analysis), asked.undistorted)
    if asked.eigenvectors:
        write_atomically(asked.eigenvectors, eigenvectors_json(analysis))
    if asked.csv:
        write_atomically(asked.csv, modes_csv(result))
