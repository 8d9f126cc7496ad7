"""``curiebreak subgroups``: which irreps lead from a parent to a group, without a child."""

from __future__ import annotations

from dataclasses import fields

from curiebreak.cli.answers import Receiver, check_targets
from curiebreak.cli.own_options import stated
from curiebreak.cli.result_output import check_folder
from curiebreak.errors import UsageError
from curiebreak.options.subgroups_options import SubgroupListOptions, SubgroupsOptions

_FOR_MOMENTS = {"k", "sites", "star", "folder"}


def command(asked: SubgroupsOptions, to: Receiver) -> int:
    """Look up which irreps of PARENT, singly, in pairs or triples, lead to a group or class, along which directions."""
    _check(asked)
    check_targets(asked, to)
    if asked.magnetic:
        if asked.folder is not None:
            check_folder(asked.folder, to.force)
        from curiebreak.magnetic.maximal_subgroups import maximal_magnetic_subgroups

        found = maximal_magnetic_subgroups(
            asked.parent, asked.k or "", asked.sites, star=asked.star, folder=asked.folder,
            parent_symprec=asked.parent_symprec,
        )  # fmt: skip
        to.result(found)
        to.written(found.table)
        return 0
    from curiebreak.cli.progress import progress_bar
    from curiebreak.modes.subgroup_list import subgroups

    with progress_bar(to.quiet) as progress:
        listed = subgroups(asked.parent, **asked.keywords(SubgroupListOptions) | {"progress": progress})
    to.result(listed)
    return 0


def _check(asked: SubgroupsOptions) -> None:
    """Refuse options that would be left undone."""
    if asked.magnetic and not asked.k:
        raise UsageError("--magnetic needs a propagation vector.", "Add --k R, or --k 0,0,1/3.")
    ordinary = {f.name for f in fields(SubgroupListOptions)} - {"parent", "parent_symprec"}
    unserved = ordinary if asked.magnetic else _FOR_MOMENTS
    where = "subgroups without moments" if asked.magnetic else "magnetic subgroups"
    for name in stated(asked, unserved):
        flag = {"folder": "all"}.get(name, name.replace("_", "-"))
        raise UsageError(f"--{flag} is for {where}.", "Leave it out." if asked.magnetic else "Add --magnetic.")
