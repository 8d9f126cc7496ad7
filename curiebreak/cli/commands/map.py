"""``curiebreak map``: how the child lies on the parent, atom by atom."""

from __future__ import annotations

from curiebreak.cli import options


def command(
    parent: options.ParentOrAuto,
    child: options.Child,
    parent_symprec: options.ParentSymprec = None,
    parent_rank: options.ParentRank = None,
    allow: options.Allow = None,
    json: options.Json = False,
    output: options.Output = None,
    force: options.Force = False,
    quiet: options.Quiet = False,
) -> int:
    """Map CHILD onto PARENT: supercell, origin, pairing, displacements and strain."""
    from curiebreak.cli.result_output import check_destination, emit

    check_destination(output, force)
    from curiebreak.cli.parent_choice import given_or_found
    from curiebreak.mapping.map_report import map_report

    high = given_or_found(parent, child, parent_rank, quiet)
    result = map_report(high, child, parent_symprec=parent_symprec, allow=allow or ())
    emit(result, json=json, output=output, quiet=quiet)
    return 0
