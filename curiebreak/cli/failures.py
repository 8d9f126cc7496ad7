"""From an exception to one sentence, a hint and an exit code."""

from __future__ import annotations

import sys
import tempfile
import traceback
from pathlib import Path

import typer

from curiebreak.errors import CurieBreakError

INTERRUPTED = 130


def report_failure(error: BaseException) -> int:
    """Tell the user on standard error what went wrong.

    Expected errors give their message and hint. Anything else is a defect: one sentence, and
    the traceback in ``error.log``.

    Parameters
    ----------
    error : BaseException
        What ended the command.

    Returns
    -------
    int
        The exit code.
    """
    if isinstance(error, (KeyboardInterrupt, typer.Abort)):
        return _tell(INTERRUPTED, "interrupted.", None)
    if isinstance(error, CurieBreakError) and error.exit_code != 1:
        return _tell(error.exit_code, error.message, error.hint)
    if hasattr(error, "format_message") and hasattr(error, "exit_code"):
        context = getattr(error, "ctx", None)
        command = context.command_path if context is not None else "curiebreak"
        words = str(error.format_message()).replace(": Value error, ", ": ")
        return _tell(int(error.exit_code), words, f"See `{command} --help`.")
    log = _write_log(error)
    if isinstance(error, CurieBreakError):
        return _tell(1, error.message, f"{error.hint or 'This is a defect of the program.'} Details: {log}.")
    return _tell(
        1,
        f"an unexpected {type(error).__name__} stopped the program.",
        f"This is a defect; please report it with {log}.",
    )


def _tell(code: int, message: str, hint: str | None) -> int:
    lines = [f"error: {message}", *([f"hint: {hint}"] if hint else [])]
    typer.echo("\n".join(lines), err=True)
    return code


def _write_log(error: BaseException) -> str:
    """Write the traceback beside the user's work, or to the temporary folder if that is read-only."""
    text = "".join([f"curiebreak {' '.join(sys.argv[1:])}\n", *traceback.format_exception(error)])
    for folder in (Path(), Path(tempfile.gettempdir())):
        try:
            (folder / "error.log").write_text(text, encoding="utf-8")
        except OSError:
            continue
        return str(folder / "error.log")
    return "the traceback (error.log could not be written)"
