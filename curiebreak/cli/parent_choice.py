"""PARENT as `auto` on the command line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curiebreak.cli.progress import progress_bar
from curiebreak.errors import UsageError

if TYPE_CHECKING:
    from curiebreak.results import Finding


def given_or_found(parent: Path, child: Any, rank: int | None, quiet: bool) -> Any:
    """The parent as it was given, or for ``auto`` the one that the child states or that is found, with progress.

    See :func:`curiebreak.parents.auto.given_or_found` for the errors.
    """
    if str(parent) != "auto" and rank is None:
        return parent
    from curiebreak.parents.auto import given_or_found as chosen

    with progress_bar(quiet) as progress:
        return chosen(parent, child, rank, progress)


def given_stated_or_found(parent: Path, child: Any, rank: int | None, quiet: bool) -> Any:
    """The same for commands that analyse moments: ``auto`` stays where a magnetic CIF states its parent itself."""
    from curiebreak.magnetic.stated_document import states_parent

    if str(parent) == "auto" and rank is None and isinstance(child, (str, Path)) and states_parent(child):
        return "auto"
    return given_or_found(parent, child, rank, quiet)


def parent_of_nothing() -> tuple[str, str]:
    """Sentence and hint where a parent is to be found without a child."""
    return "`auto` finds the parent of a child, and there is none.", "Name the parent, or give CHILD."


def learned(
    find: Callable[..., Finding],
    settings: dict[str, Any],
    parent: Path,
    child: Path | None,
    rank: int | None,
    count: int,
    quiet: bool,
) -> Finding:
    """The finding for a given or found parent; for the first of several ones, with a row for each.

    Raises
    ------
    UsageError
        Several parents without ``auto``, or with a rank.
    """

    def finding(parent: Any) -> Finding:
        with progress_bar(quiet) as progress:
            return find(parent, child, **settings | {"progress": progress})

    if child is None and (str(parent) == "auto" or count > 1):
        raise UsageError(*parent_of_nothing())
    if count == 1:
        return finding(given_stated_or_found(parent, child, rank, quiet))
    if str(parent) != "auto" or rank is not None:
        raise UsageError(
            "--parents compares the parents that are found.", "Write `auto` for PARENT, without --parent-rank."
        )
    from curiebreak.parents.auto import several
    from curiebreak.parents.trials import trial

    with progress_bar(quiet) as progress:
        search, parents = several(child, count, progress)
    findings = [finding(parent) for parent in parents]
    return replace(findings[0], parents=tuple(trial(search, rank, one) for rank, one in enumerate(findings, 1)))
