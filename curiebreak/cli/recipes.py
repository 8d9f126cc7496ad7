"""Running the steps of a recipe: each as its command, in one folder of results."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from curiebreak.cli.answers import Kept
from curiebreak.cli.named_files import naming_files
from curiebreak.cli.own_options import speaking_for
from curiebreak.errors import CurieBreakError
from curiebreak.files import write_file

if TYPE_CHECKING:
    from curiebreak.recipe import Recipe
    from curiebreak.recipe.expectations import Comparison
    from curiebreak.recipe.step import Step
    from curiebreak.recipe.steps import FindRules, IntermediateRules
    from curiebreak.results import Document
    from curiebreak.results.record import Record


@dataclass(frozen=True)
class Finished:
    """A step that has run.

    Attributes
    ----------
    step : Step
    result : Record or None
        None for a command that only writes a file.
    data : any
        The result, or the JSON that the step wrote, as plain data.
    code : int
        Exit code.
    outcomes : tuple of Comparison
        What was expected.
    """

    step: Step
    result: Record | None
    data: Any
    code: int
    outcomes: tuple[Comparison, ...] = field(default=())


def run_steps(recipe: Recipe, folder: Path, quiet: bool) -> list[Finished]:
    """Run all steps and write their results into a folder, with the recipe as it was run.

    Raises
    ------
    CurieBreakError
        As the commands; of several steps with the step's name. What earlier steps wrote stays.
    """
    import yaml

    from curiebreak.cli.failures import INTERRUPTED

    folder.mkdir(exist_ok=True)
    files: dict[str, str] = {}
    done: list[Finished] = []
    try:
        for number, step in enumerate(recipe.steps, 1):
            if recipe.several and not quiet:
                typer.echo(f"step {number} of {len(recipe.steps)}: {step.name} ({step.run})", err=True)
            done.append(_run_step(recipe, step, folder, files, quiet))
            files[step.name] = step.file
            if done[-1].code == INTERRUPTED:
                break  # what is known of this step is written, the next do not begin
        text = yaml.safe_dump(recipe.resolved(folder), sort_keys=False, allow_unicode=True)
        write_file(folder / "recipe.yaml", text)
    finally:
        if not any(folder.iterdir()):
            folder.rmdir()
    return done


def _run_step(recipe: Recipe, step: Step, folder: Path, files: dict[str, str], quiet: bool) -> Finished:
    if step.run == "scan" and not getattr(step, "resume", False):
        (folder / step.file).unlink(missing_ok=True)  # the folder was empty, or may be written over
    try:
        result, printed, code = _computed(step.placed(folder, files), folder, quiet)
    except CurieBreakError as error:
        if recipe.several:
            raise type(error)(f"step `{step.name}`: {error.message}", error.hint) from error
        raise
    main = folder / step.file
    data = None
    if result is not None:
        text = result.to_json()
        write_file(folder / f"{step.name}.json", text + "\n")
        data = json.loads(text)
    elif printed:
        write_file(main, printed)
    elif main.suffix == ".json" and main.is_file():
        data = json.loads(main.read_text(encoding="utf-8"))
    return Finished(step, result, data, code, tuple(one.judge(data) for one in step.expectations))


def _computed(step: Step, folder: Path, quiet: bool) -> tuple[Record | None, str, int]:
    """Result of a step, what else it printed, and its exit code."""
    from curiebreak.recipe.steps import FindRules, IntermediateRules

    if isinstance(step, IntermediateRules):
        return _intermediate(step, folder, quiet), "", 0
    if isinstance(step, FindRules) and (step.input is not None or step.domain is not None):
        return _find(step, quiet), "", 0
    return _called(step, quiet)


def _called(step: Step, quiet: bool) -> tuple[Record | None, str, int]:
    """The command of a step with the step's options; what it finds is kept."""
    from importlib import import_module

    from curiebreak.cli.app import command_group
    from curiebreak.cli.failures import INTERRUPTED
    from curiebreak.recipe.from_options import asked_of

    command = import_module(f"curiebreak.cli.commands.{step.run.replace('-', '_')}").command
    asked, group = asked_of(step, step.options), command_group()
    kept = Kept(asked, quiet)
    with naming_files(asked), speaking_for(group.commands[step.run], group):
        code = command(asked, kept)
    if code == INTERRUPTED and not kept.results:
        raise KeyboardInterrupt
    return (kept.results[-1] if kept.results else None), kept.printed, code


def _find(step: FindRules, quiet: bool) -> Document:
    from curiebreak.cli.commands.find import write_child
    from curiebreak.cli.parent_choice import given_or_found
    from curiebreak.cli.progress import progress_bar
    from curiebreak.cli.result_output import check_report, emit_report
    from curiebreak.options.find_options import FindCommandOptions
    from curiebreak.recipe.from_options import asked_of
    from curiebreak.recipe.rules_run import run_find

    asked = asked_of(step, FindCommandOptions)
    report = None if asked.report is None else Path(asked.report)
    check_report(report, force=True)
    with progress_bar(quiet) as progress:
        found = run_find(step, progress)
    emit_report(found, report, quiet)
    if asked.write:
        write_child(asked, given_or_found(asked.parent, asked.child, asked.parent_rank, quiet))
    return found


def _intermediate(step: IntermediateRules, folder: Path, quiet: bool) -> Document:
    """The list or one intermediate, with its structure, the tree, and what else is asked for."""
    from curiebreak.cli.between_files import BetweenFiles
    from curiebreak.cli.progress import progress_bar
    from curiebreak.options.intermediate_options import IntermediateCommandOptions
    from curiebreak.recipe.from_options import asked_of
    from curiebreak.recipe.rules_run import run_intermediate
    from curiebreak.results.basic import group_symbol

    asked, structure = asked_of(step, IntermediateCommandOptions), None
    with progress_bar(quiet) as progress:
        found = run_intermediate(step, progress)
        if found.made is not None:
            entry = found.document.intermediates[found.made.entry]
            name = group_symbol(entry).replace("/", "-")
            suffix = "xyz" if found.survey.analysis.parent.is_molecule else "cif"
            structure = folder / f"{name}.{suffix}"
        way = None if asked.path is None else folder / f"{step.name}-path"
        return BetweenFiles(None, structure, way, asked.everything, asked.plot).fill(found, asked, progress)
