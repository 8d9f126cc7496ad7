"""``curiebreak couplings``: the invariant polynomials of the active irreps."""

from __future__ import annotations

from curiebreak.cli.answers import Receiver, check_targets
from curiebreak.options.exact_options import CouplingOptions, CouplingsOptions


def command(asked: CouplingsOptions, to: Receiver) -> int:
    """List the invariant polynomials that couple the irreps in the distortion from PARENT to CHILD."""
    check_targets(asked, to)
    from curiebreak.cli.parent_choice import given_or_found, given_stated_or_found
    from curiebreak.modes.coupling_report import couplings
    from curiebreak.structures.moments import has_moments

    if has_moments(asked.child):
        from curiebreak.magnetic.magnetic_couplings import magnetic_couplings

        parent = given_stated_or_found(asked.parent, asked.child, asked.parent_rank, to.quiet)
        to.result(magnetic_couplings(parent, asked.child, **asked.keywords(CouplingOptions)))
        return 0
    parent = given_or_found(asked.parent, asked.child, asked.parent_rank, to.quiet)
    to.result(couplings(parent, asked.child, **asked.keywords(CouplingOptions)))
    return 0
