"""``curiebreak modes``: exact symmetry-mode decomposition of a distortion."""

from __future__ import annotations

from curiebreak.cli import options


def command(
    parent: options.Parent,
    child: options.Child,
    symprec: options.Symprec = None,
    strain_tolerance: options.StrainTolerance = 1e-3,
    fix_site: options.FixSite = None,
    json: options.Json = False,
    output: options.Output = None,
    force: options.Force = False,
    quiet: options.Quiet = False,
) -> int:
    """Decompose the distortion from PARENT to CHILD into symmetry modes, exactly."""
    from curiebreak.cli.output import check_destination, emit

    check_destination(output, force)
    from curiebreak.modes.decompose import decompose

    result = decompose(parent, child, symprec=symprec, strain_tolerance=strain_tolerance, fix_site=fix_site)
    emit(result, json=json, output=output, quiet=quiet)
    return 0
