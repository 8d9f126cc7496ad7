"""Running the steps of a recipe: each as its command, in one folder of results."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from curiebreak.cli.answers import Kept
from curiebreak.cli.named_files import naming_files
from curiebreak.errors import CurieBreakError

if TYPE_CHECKING:
    from curiebreak.options import Options
    from curiebreak.recipe import Recipe
    from curiebreak.recipe.expectations import Comparison
    from curiebreak.recipe.step import Step
    from curiebreak.recipe.steps import FindRules, Intermediate
    from curiebreak.results import Document
    from curiebreak.results.parent_records import ParentRecord


@dataclass(frozen=True)
class Finished:
    """A step that has run.

    Attributes
    ----------
    step : Step
    result : Document, ParentRecord or None
        None for a command that only writes a file.
    data : any
        The result, or the JSON that the step wrote, as plain data.
    code : int
        Exit code.
    outcomes : tuple of Comparison
        What was expected.
    """

    step: Step
    result: Document | ParentRecord | None
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
    from curiebreak.structures.write import write_atomically

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
        write_atomically(folder / "recipe.yaml", text)
    finally:
        if not any(folder.iterdir()):
            folder.rmdir()
    return done


def _run_step(recipe: Recipe, step: Step, folder: Path, files: dict[str, str], quiet: bool) -> Finished:
    from curiebreak.recipe.steps import Scan
    from curiebreak.structures.write import write_atomically

    if isinstance(step, Scan) and not step.resume:
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
        write_atomically(folder / f"{step.name}.json", text + "\n")
        data = json.loads(text)
    elif printed:
        write_atomically(main, printed)
    elif main.suffix == ".json" and main.is_file():
        data = json.loads(main.read_text(encoding="utf-8"))
    return Finished(step, result, data, code, tuple(one.judge(data) for one in step.expectations))


def _computed(step: Step, folder: Path, quiet: bool) -> tuple[Document | ParentRecord | None, str, int]:
    """Result of a step, what else it printed, and its exit code."""
    from curiebreak.recipe.steps import FindRules, Intermediate

    if isinstance(step, Intermediate):
        return _intermediate(step, folder, quiet), "", 0
    if isinstance(step, FindRules) and (step.input is not None or step.domain is not None):
        return _find(step, quiet), "", 0
    return _as_command(step, quiet) if step.options is None else _called(step, step.options, quiet)


def _called(step: Step, options: type[Options], quiet: bool) -> tuple[Document | ParentRecord | None, str, int]:
    """The command of a step with the step's options; what it finds is kept."""
    from importlib import import_module

    from curiebreak.cli.failures import INTERRUPTED
    from curiebreak.recipe.from_options import asked_of

    command = import_module(f"curiebreak.cli.commands.{step.run.replace('-', '_')}").command
    asked, kept = asked_of(step, options), Kept(quiet)
    with naming_files(asked):
        code = command(asked, kept)
    if code == INTERRUPTED and not kept.results:
        raise KeyboardInterrupt
    return (kept.results[-1] if kept.results else None), kept.printed, code


def _as_command(step: Step, quiet: bool) -> tuple[Document | ParentRecord | None, str, int]:
    from curiebreak.cli.app import command_group
    from curiebreak.cli.failures import INTERRUPTED
    from curiebreak.cli.result_output import keeping

    words = command_words(step, quiet)
    printed = io.StringIO()
    with keeping() as results, redirect_stdout(printed):
        code = command_group().main(args=words, prog_name="curiebreak", standalone_mode=False)
    if code == INTERRUPTED and not results:
        raise KeyboardInterrupt
    return (results[-1] if results else None), printed.getvalue(), code if isinstance(code, int) else 0


def command_words(step: Step, quiet: bool = False) -> list[str]:
    """A step as the words of a command line, without the program's name; positional arguments last."""
    options = ["--quiet"] if quiet and step.run != "query" else []
    options += ["--json"] if step.asks_json else []
    options += ["--force"] if step.outputs and step.run != "scan" else []
    for name, value in step:
        if name not in ("run", "name", "expect", *step.arguments, *step.beyond):
            options += _option(step, name, value)
    given = [getattr(step, name) for name in step.arguments]
    flat = [str(one) for value in given for one in (value if isinstance(value, tuple) else (value,)) if one is not None]
    return [step.run, *options, "--", *flat]


def _option(step: Step, name: str, value: Any) -> list[str]:
    from curiebreak.recipe.step import spelling

    option = "--" + spelling(type(step), name).replace("_", "-")
    if isinstance(value, bool):
        return [option] if value else [step.negated[name]] if name in step.negated else []
    if value is None:
        return []
    if name in step.pairs:
        return [option, *map(str, value)]
    return [f"{option}={one}" for one in (value if isinstance(value, tuple) else (value,))]


def _find(step: FindRules, quiet: bool) -> Document:
    from curiebreak.cli.progress import progress_bar
    from curiebreak.cli.result_output import check_report, emit_report
    from curiebreak.options.find_options import FindCommandOptions
    from curiebreak.recipe.from_options import asked_of
    from curiebreak.recipe.rules_run import run_find

    given = asked_of(step, FindCommandOptions).report
    report = None if given is None else Path(given)
    check_report(report, force=True)
    with progress_bar(quiet) as progress:
        found = run_find(step, progress)
    emit_report(found, report, quiet)
    return found


def _intermediate(step: Intermediate, folder: Path, quiet: bool) -> Document:
    """The list or one intermediate, with its structure, the tree, and what else is asked for."""
    from dataclasses import replace

    from curiebreak.cli.progress import progress_bar
    from curiebreak.intermediates.certified_fit import ConstrainedTraining
    from curiebreak.intermediates.staged_path import write_path
    from curiebreak.intermediates.structure_files import write_all, write_chosen
    from curiebreak.recipe.rules_run import run_intermediate
    from curiebreak.report.growth import draw_growth
    from curiebreak.report.tree import draw_tree

    with progress_bar(quiet) as progress:
        found = run_intermediate(step, progress)
        if found.made is not None:
            entry = found.document.intermediates[found.made.entry]
            name = str(entry.symbol or entry.point_group).replace("/", "-")
            suffix = "xyz" if found.survey.analysis.parent.is_molecule else "cif"
            found = replace(found, document=write_chosen(found, folder / f"{name}.{suffix}"))
        if step.path is not None:
            how = ConstrainedTraining(
                step.seed, step.max_steps, step.tolerance, step.strain_tolerance, step.device, step.threads
            )
            order = tuple(word.strip() for word in step.order.split(",")) if step.order else ()
            way = folder / f"{step.name}-path"
            found = replace(
                found, document=write_path(found, way, step.path, order, step.path_exact, how, progress)
            )  # fmt: skip
            draw_growth(found.document, way / "path.png")
        if step.everything is not None:
            found = replace(found, document=write_all(found, Path(step.everything), progress))
    draw_tree(found.document, Path(step.plot))
    return found.document
