"""Where the answer of a command goes: to the terminal and the file that -o names, or to the folder of a recipe."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from curiebreak.cli.own_options import result_in_own_words
from curiebreak.cli.result_output import check_destination, check_folder, check_report, note, reader_may_leave
from curiebreak.cli.strict import NotSure, doubt
from curiebreak.errors import UsageError
from curiebreak.files import write_file
from curiebreak.options import Exports, Options, OutputPath, exported, options_of

if TYPE_CHECKING:
    from curiebreak.results.record import Record


class Receiver:
    """Takes what a command found and prints it, as the options say.

    Attributes
    ----------
    force : bool
        Whether files may be written over.
    quiet : bool
        Whether messages and progress are unwanted.
    """

    def __init__(self, asked: Options) -> None:
        self.asked = asked
        self.json = bool(getattr(asked, "json", False))
        self.force = bool(getattr(asked, "force", False))
        self.quiet = bool(getattr(asked, "quiet", False))
        self.output: Path | None = getattr(asked, "output", None)
        self.results: list[Any] = []
        self.doubts: list[str] = []

    def result(
        self,
        result: Record,
        *,
        table: str | None = None,
        document: bool = True,
        shown: Callable[[], None] | None = None,
        only_asked: bool = False,
    ) -> None:
        """Take a result.

        Parameters
        ----------
        result : Record
        table : str, optional
            Text that stands for it on the terminal.
        document : bool
            Whether the file that -o names is its JSON.
        shown : callable, optional
            Shows it on the terminal in another way.
        only_asked : bool
            Whether it is nothing for eyes: printed or written as JSON where that is asked for.
        """
        self.results.append(result)
        if only_asked and not (self.json or self.output):
            return
        told = result_in_own_words(result)
        text = told.to_json() + "\n" if self.json or self.output else ""
        if document and self.output:
            write_file(self.output, text)
        if self.json or not (self.quiet and self.output):
            self._show(told, text if self.json else table, shown)
        if document:
            self.written(self.output)

    def _show(self, result: Record, text: str | None, shown: Callable[[], None] | None) -> None:
        """Print JSON or a table with messages beside it, or the result in its own way, else as sections."""
        if shown is not None and not self.json:
            shown()
            return
        with reader_may_leave():
            if text is None:
                from curiebreak.cli.render import print_sections
                from curiebreak.report.result_text import sections

                print_sections(sections(result))
                return
            self.text(text)
            for message in () if self.quiet else result.messages:
                note(message)

    def text(self, text: str) -> None:
        """Take the answer of a command that has no result."""
        typer.echo(text, nl=False)

    def written(self, path: Path | str | None) -> None:
        """Say that a file was written, where there is one."""
        if path is not None and not self.quiet:
            note(f"written: {path}")

    def unsure(self, words: str) -> None:
        """Take why an answer is not sure, beside what its result says."""
        self.doubts.append(words)

    def code(self, code: int) -> int:
        """The exit code.

        Raises
        ------
        NotSure
            Under ``--strict``, where the answer is not sure.
        """
        if code == 0 and getattr(self.asked, "strict", False):
            for words in (*map(doubt, self.results), *self.doubts):
                if words is not None:
                    raise NotSure(words)
        return code


class Kept(Receiver):
    """Keeps what a step of a recipe found; its files may be written over, for their folder was checked.

    Attributes
    ----------
    results : list
    printed : str
    """

    def __init__(self, asked: Options, quiet: bool) -> None:
        super().__init__(asked)
        self.force, self.quiet = True, quiet
        self.printed = ""

    def result(self, result: Record, *, document: bool = True, **shown: Any) -> None:
        """See :class:`Receiver`."""
        self.results.append(result_in_own_words(result))
        if document and self.output is not None:
            write_file(self.output, result.to_json() + "\n")

    def text(self, text: str) -> None:
        """See :class:`Receiver`."""
        self.printed += text

    def unsure(self, words: str) -> None:
        """See :class:`Receiver`; who runs the recipe judges its results."""


def check_targets(asked: Options, to: Receiver) -> None:
    """Refuse what cannot be written, before anything is computed.

    Raises
    ------
    InputError, UsageError
        See :func:`curiebreak.cli.result_output.check_destination`, `check_folder` and `check_report`.
    """
    for name, one in options_of(type(asked)).items():
        path = getattr(asked, name)
        if isinstance(one.rule, OutputPath) and path is not None:
            _check_kind(asked, one.rule, Path(path))
            (check_folder if one.rule.folder else check_destination)(Path(path), to.force)
    check_exports(asked, to)
    check_report(getattr(asked, "report", None), to.force)


_OTHERS = {
    "write": ("a structure", {".cif", ".mcif", ".vasp", ".poscar", ".xyz", ".extxyz"}),
    "report": ("a report", {".pdf", ".png", ".html", ".svg"}),
    "csv": ("a table", {".csv", ".tsv", ".tex", ".md"}),
}
"""Option that writes a kind of file, where a command has it, the kind, and its suffixes."""


def _check_kind(asked: Options, rule: OutputPath, path: Path) -> None:
    """Refuse the result as JSON under the name of something else."""
    for name, (kind, suffixes) in _OTHERS.items():
        if rule.document and path.suffix.lower() in suffixes:
            way = {"write": f"`--write cif:{path}` writes one", "report": f"`--report {path}` draws one"}
            hint = way.get(name, f"`--csv {path}` writes one") if name in options_of(type(asked)) else ""
            raise UsageError(
                f"-o writes the result as JSON, and {path} is the name of {kind}.",
                f"End the name in .json{'; ' + hint if hint else ''}.",
            )


def check_exports(asked: Options, to: Receiver) -> None:
    """Refuse files behind the name of a format that cannot be written, see :func:`check_targets`."""
    for name, one in options_of(type(asked)).items():
        if isinstance(one.rule, Exports):
            for _, file in exported(getattr(asked, name)):
                check_destination(file, to.force)
