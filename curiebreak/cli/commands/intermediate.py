"""``curiebreak intermediate``: the groups between parent and child, and structures with their symmetry."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from curiebreak.cli.answers import Receiver, check_exports
from curiebreak.cli.between_files import NO_SINGLE, BetweenFiles
from curiebreak.errors import UsageError, refuse
from curiebreak.files import suffix_of
from curiebreak.options import exported
from curiebreak.options.intermediate_options import (
    IntermediateCommandOptions,
    IntermediateOptions,
    stated_constraint,
)


def command(asked: IntermediateCommandOptions, to: Receiver) -> int:
    """List the groups between PARENT and CHILD, or make the intermediate that a constraint leaves."""
    constraint = stated_constraint(asked)
    without = asked.path is None
    refuse(
        (asked.list_only and constraint, "--list takes no constraint.", "Leave out --list to make an intermediate."),
        (without and (asked.order or asked.path_exact), "--order and --path-exact belong to --path.", "Add --path N."),
        (asked.write and not constraint, *NO_SINGLE),
    )
    files = _files(asked, constraint)
    files.check(to.force)
    check_exports(asked, to)
    from curiebreak.cli.parent_choice import given_or_found
    from curiebreak.cli.progress import progress_bar
    from curiebreak.intermediates.between import investigate

    settings = IntermediateOptions(**asked.keywords(IntermediateOptions))
    parent = given_or_found(asked.parent, asked.child, asked.parent_rank, to.quiet)
    with progress_bar(to.quiet) as progress:
        found = investigate(parent, asked.child, constraint or None, settings, progress)
        result = files.fill(found, asked, progress)
    written = [file for _, file in exported(asked.write)]
    for place in (files.structure, files.folder, asked.everything, asked.plot, *written):
        to.written(place)
    to.result(result, document=files.document is not None)
    return 0


def _files(asked: IntermediateCommandOptions, constraint: dict[str, Any]) -> BetweenFiles:
    """What -o names: the document, the structure, or the folder of a path."""
    listed, folder = suffix_of(asked.output) == ".json", None
    document, structure = (asked.output, None) if listed else (None, asked.output)
    if asked.path is not None:
        folder, structure = structure or Path(f"{Path(asked.child).stem}-path"), None
    elif structure is not None and not constraint:
        raise UsageError(
            f"There is no single intermediate to write to {asked.output}.",
            "Add --keep, --subgroup or --entry, or give a .json file for the list.",
        )
    return BetweenFiles(document, structure, folder, asked.everything, asked.plot)
