"""PARENT as `auto`: the parent that the child's file states, or the one that is found."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from curiebreak.clock import Progress
from curiebreak.errors import InputError, NotCompatibleError, UsageError
from curiebreak.options.parent_options import SearchOptions
from curiebreak.parents.api import search_parents
from curiebreak.parents.stated_parent import file_name, stated_structure
from curiebreak.results import Status
from curiebreak.results.basic import group_name
from curiebreak.results.parents import ParentCandidate, ParentSearch
from curiebreak.structures import Structure, read_structure
from curiebreak.structures.magnetic_cif import lists_moments
from curiebreak.symmetry.parent import parent_crystal

AUTO = "auto"
"""What stands for the parent on the command line and in recipes."""

CLOSE = 0.1
"""S by which the first candidate must lead every other one whose group it does not hold: less than a twelfth of the
symmetry at equal distance."""


def is_auto(parent: Any) -> bool:
    """Whether the parent is to be found."""
    return isinstance(parent, (str, Path)) and str(parent) == AUTO


def given_or_found(parent: Any, child: Any, rank: int | None = None, progress: Progress | None = None) -> Any:
    """The parent as it was given, or for ``auto`` the one that the child states or that is found.

    Parameters
    ----------
    parent : "auto", path or structure
    child : path or structure
    rank : int, optional
        Place among the candidates, from 1; by default the first.
    progress : callable, optional

    Returns
    -------
    path or Structure
        A found parent says in its messages which it is and how far it lies ahead.

    Raises
    ------
    UsageError
        A rank without ``auto``, or beyond the candidates.
    NotCompatibleError
        No parent, or two that are too close to choose.
    """
    if not is_auto(parent):
        if rank is not None:
            raise UsageError(
                "--parent-rank chooses among found parents, but PARENT is given.", "Write `auto` for PARENT."
            )
        return parent
    return found_parent(child, rank, progress)


def found_parent(child: Any, rank: int | None = None, progress: Progress | None = None) -> Structure:
    """The parent that is found from the child alone; see :func:`given_or_found`."""
    structure = read_structure(child)
    stated = stated_structure(structure) if rank is None else None
    if stated is not None:
        crystal = parent_crystal(stated)
        words = f"The parent is the one that {file_name(structure)} states: {group_name(crystal)}."
        return replace(stated, messages=(words, *stated.messages))
    try:
        result = search_parents(structure, SearchOptions(top=max(5, rank or 1)), progress)
    except InputError as error:
        if itself := _itself(structure.path):
            raise InputError(str(error), itself.strip()) from error
        raise
    return chosen(result, structure.path or structure.formula, rank)


def chosen(result: ParentSearch, name: str, rank: int | None = None) -> Structure:
    """The candidate of this rank, or the first where no other is close.

    Parameters
    ----------
    result : ParentSearch
    name : str
        Of the child, for messages.
    rank : int, optional
        From 1.
    """
    if not result.candidates:
        raise _none(result, name)
    if rank is None and result.status is not Status.STATED and result.lead is not None and result.lead < CLOSE:
        raise NotCompatibleError(
            f"Two parents of {name} lie equally near: {_listed(result)}.",
            "Choose one with --parent-rank, or give PARENT.",
        )
    return ranked_structure(result, rank or 1)


def several(child: Any, count: int, progress: Progress | None = None) -> tuple[ParentSearch, list[Structure]]:
    """The first candidates as structures, best first, and the search that found them.

    Raises
    ------
    NotCompatibleError
        Where there is none.
    """
    structure = read_structure(child)
    result = search_parents(structure, SearchOptions(top=max(5, count)), progress)
    if not result.candidates:
        raise _none(result, structure.path or structure.formula)
    ranks = range(1, min(count, len(result.candidates)) + 1)
    return result, [ranked_structure(result, rank) for rank in ranks]


def _none(result: ParentSearch, name: str) -> NotCompatibleError:
    reason = result.told or "Nothing of higher symmetry is near."
    return NotCompatibleError(f"No parent of {name} is found. {reason}", f"Give PARENT as a file.{_itself(name)}")


def _itself(name: str | None) -> str:
    """A word for structures with moments, whose atoms may well be the parent."""
    if not lists_moments(name):
        return ""
    return f" Where the moments alone break symmetry, it is the same structure without them: {name} can stand for it."


def ranked_structure(result: ParentSearch, rank: int) -> Structure:
    """The candidate of this rank (from 1) as a structure whose messages say which it is.

    Raises
    ------
    UsageError
        Where there are fewer candidates.
    """
    if rank > len(result.candidates):
        raise UsageError(f"There is no parent of rank {rank}: {_listed(result)}.", "Give a smaller --parent-rank.")
    built = read_structure(result.candidates[rank - 1].structure)
    return replace(built, messages=(sentence(result, rank), *built.messages))


def sentence(result: ParentSearch, rank: int) -> str:
    """Which parent it is and how far it lies ahead of the next."""
    one = result.candidates[rank - 1]
    if one.headline == "stated":
        return f"The parent is of the group that the child's file states: {one.name}, {_sizes(one)}."
    titles = {"both": "aristotype and nearest", None: f"rank {rank}"}
    words = f"The parent was found from the child: {one.name}, {titles.get(one.headline, one.headline)}, {_sizes(one)}"
    if rank == 1 and result.lead is not None:
        words += f", {result.lead:.2f} ahead of the next in S"
    elif rank == 1 and len(result.candidates) > 1:
        words += f"; all others lie below it (next {result.candidates[1].name}, S = {result.candidates[1].score:.2f})"
    if one.weak:
        words += "; weak: chance would do as well"
    near = result.nearest
    if near is not None and near != rank - 1:
        words += f"; the nearest is {result.candidates[near].name} (--parent-rank {near + 1})"
    return words + "."


def _sizes(one: ParentCandidate) -> str:
    return f"index {one.index}, rms {one.rms:.3f} Å, S = {one.score:.2f}"


def _listed(result: ParentSearch) -> str:
    return "; ".join(f"{i} {one.name}, {_sizes(one)}" for i, one in enumerate(result.candidates, 1))
