"""``curiebreak distort``: build a child from irreps, directions and amplitudes."""

from __future__ import annotations

from curiebreak.cli.answers import Receiver
from curiebreak.options.distort_options import DistortOptions


def command(asked: DistortOptions, to: Receiver) -> int:
    """Build a child of PARENT from irreps, directions and amplitudes, in the smallest supercell."""
    from curiebreak.cli.building import build, show_directions

    if asked.list_directions is not None or asked.couple is not None:
        show_directions(asked, to)
    else:
        build(asked, to)
    return 0
