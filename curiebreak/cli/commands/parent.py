"""``curiebreak parent``: the structures that a child may come from."""

from __future__ import annotations

from pathlib import Path

from curiebreak.cli.answers import Receiver, check_targets
from curiebreak.cli.own_options import stated
from curiebreak.cli.result_output import check_figure
from curiebreak.files import suffix_of
from curiebreak.options.field import defaults_of
from curiebreak.options.parent_options import ParentOptions, SearchOptions

_EFFORT = {"top", "seconds", "quick"}
"""Options of the search that ask for no other parents."""


def command(asked: ParentOptions, to: Receiver) -> int:
    """Find the structures of higher symmetry of which CHILD is a distorted version."""
    from curiebreak.cli.progress import progress_bar

    document = suffix_of(asked.output) == ".json"
    structure = None if document else asked.output
    _check_formats(structure, asked.plot)
    check_targets(asked, to)
    from curiebreak.parents import search_parents

    if _only_stated(asked):
        from curiebreak.magnetic.stated_document import stated_search

        result = stated_search(asked.child)
    else:
        wanted = asked.keywords(SearchOptions) | {"top": max(asked.top, asked.parent_rank)}
        with progress_bar(to.quiet) as progress:
            result = search_parents(asked.child, SearchOptions(**wanted), progress)
    if structure is not None and result.candidates:
        from curiebreak.parents.auto import ranked_structure
        from curiebreak.structures import write_structure

        write_structure(ranked_structure(result, asked.parent_rank), structure)
    if asked.plot is not None:
        from curiebreak.report.tree import draw_parents

        draw_parents(result, asked.plot)
    to.result(result, document=document)
    to.written(structure if result.candidates else None)
    to.written(asked.plot)
    return 0


def _only_stated(asked: ParentOptions) -> bool:
    """Whether the file states its parent and nothing asks for others."""
    if stated(asked, set(defaults_of(SearchOptions)) - _EFFORT):
        return False
    from curiebreak.magnetic.stated_document import states_parent

    return states_parent(asked.child)


def _check_formats(structure: Path | None, plot: Path | None) -> None:
    if structure is not None:
        from curiebreak.structures.write import written_format

        written_format(structure)
    check_figure(plot)
