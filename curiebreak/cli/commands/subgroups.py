"""``curiebreak subgroups``: which irreps lead from a parent to a group, without a child."""

from __future__ import annotations

from curiebreak.cli.answers import Receiver, check_targets
from curiebreak.options.subgroups_options import SubgroupListOptions, SubgroupsOptions


def command(asked: SubgroupsOptions, to: Receiver) -> int:
    """Look up which irreps of PARENT, singly, in pairs or triples, lead to a group or class, along which directions."""
    check_targets(asked, to)
    from curiebreak.modes.subgroup_list import subgroups

    to.result(subgroups(asked.parent, **asked.keywords(SubgroupListOptions)))
    return 0
