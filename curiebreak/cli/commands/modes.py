"""``curiebreak modes``: exact symmetry-mode decomposition of a distortion."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

import typer

from curiebreak.cli.answers import Receiver, check_targets
from curiebreak.cli.own_options import stated
from curiebreak.errors import UsageError
from curiebreak.files import write_file
from curiebreak.options import exported
from curiebreak.options.modes_options import ModesOptions, PairOptions

if TYPE_CHECKING:
    from curiebreak.modes.analysis import Analysis
    from curiebreak.results import Decomposition


_FOR_MOMENTS = {
    "parent", "child", "parent_rank", "symprec", "parent_symprec", "strain_tolerance", "allow", "moment_axis",
    "csv", "format", "write", "report", "json", "output", "force", "quiet",
}  # fmt: skip
"""Options of magnetic structures; what is not among them is refused, for it would be left undone."""


def command(asked: ModesOptions, to: Receiver) -> int:
    """Decompose the distortion from PARENT to CHILD into symmetry modes, exactly."""
    if asked.json and asked.format is not None:
        raise UsageError("--json and --format both print on standard output.", "Give one of them.")
    check_targets(asked, to)
    from curiebreak.cli.parent_choice import given_or_found
    from curiebreak.modes.decompose import analyse_pair, decomposition
    from curiebreak.structures.moments import has_moments

    if has_moments(asked.child, asked.moment_axis):
        return _finish(asked, to, _magnetic(asked, to.quiet))
    parent = given_or_found(asked.parent, asked.child, asked.parent_rank, to.quiet)
    how = asked.keywords(PairOptions) | {"say": None if to.quiet else _on_stderr}
    analysis, seconds, _ = analyse_pair(parent, asked.child, **how)
    waves = asked.wavelength if asked.reflections else None
    result = decomposition(analysis, seconds, asked.record, domains=asked.domains, wavelength=waves)
    _export(asked, analysis)
    return _finish(asked, to, result)


def _finish(asked: ModesOptions, to: Receiver, result: Decomposition) -> int:
    """Write the table, print the result or its table for a paper, draw the report."""
    from curiebreak.cli.result_output import emit_report

    if asked.csv:
        from curiebreak.modes.exports import modes_csv

        write_file(asked.csv, modes_csv(result))
    table = None
    if asked.format is not None:
        from curiebreak.report.paper_table import paper_table

        table = paper_table(result, asked.format)
    to.result(result, table=table)
    emit_report(result, asked.report, to.quiet)
    for path in (asked.csv, asked.eigenvectors, asked.undistorted, *(file for _, file in exported(_wanted(asked)))):
        to.written(path)
    return 0


def _wanted(asked: ModesOptions) -> tuple[str, ...]:
    """What ``--write`` names, and what the options named after two of its formats do."""
    named = {"isocif": asked.isocif, "topas": asked.topas}
    return (*asked.write, *(f"{form}:{path}" for form, path in named.items() if path is not None))


def _magnetic(asked: ModesOptions, quiet: bool) -> Decomposition:
    """The decomposition of a magnetic CIF on a given, stated or found parent."""
    from curiebreak.cli.parent_choice import given_stated_or_found
    from curiebreak.clock import Clock
    from curiebreak.magnetic.magnetic_modes import MagneticPair

    for name in stated(asked, {option.name for option in fields(asked)} - _FOR_MOMENTS):
        raise UsageError(f"--{name.replace('_', '-')} is not for magnetic structures.", "Leave it out.")
    parent = given_stated_or_found(asked.parent, asked.child, asked.parent_rank, quiet)
    pair = MagneticPair(parent, asked.child, asked, Clock())
    if asked.write:
        from curiebreak.magnetic.magnetic_files import write_magnetic_files

        write_magnetic_files(pair.analysis, asked.write)
    return pair.decomposition


def _on_stderr(text: str) -> None:
    typer.echo(text, err=True)


def _export(asked: ModesOptions, analysis: Analysis) -> None:
    from curiebreak.modes.child_setting import undistorted_structure
    from curiebreak.modes.exports import eigenvectors_json
    from curiebreak.modes.written import write_child_files
    from curiebreak.structures.write import write_structure

    write_child_files(analysis, _wanted(asked))
    if asked.undistorted:
        write_structure(undistorted_structure(analysis), asked.undistorted)
    if asked.eigenvectors:
        write_file(asked.eigenvectors, eigenvectors_json(analysis))
