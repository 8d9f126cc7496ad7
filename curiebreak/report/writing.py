"""Reports as files: read a result from JSON, write it as PDF, PNG or HTML."""

from __future__ import annotations

import os
from pathlib import Path

from curiebreak.errors import CurieBreakError, InputError
from curiebreak.files import known_suffix, parse_json, read_text, write_file
from curiebreak.results import Finding
from curiebreak.results.record import Record
from curiebreak.results.schema import DOCUMENTS

FORMATS = (".pdf", ".png", ".html")


def check_format(path: str | os.PathLike[str]) -> str:
    """Suffix of a report's file name; refused if it is none of `FORMATS`."""
    return known_suffix(path, FORMATS, "report")


def read_result(path: str | os.PathLike[str]) -> Record:
    """Read what any command wrote as JSON.

    Raises
    ------
    InputError
        If the file cannot be read, is not JSON, is damaged, or is of another kind or schema version.
    """
    data = parse_json(read_text(path, "result"), f"result {path}")
    if isinstance(data, list) and len(data) > 1:
        raise InputError(f"{path} holds {len(data)} results in a list.", "Draw one result at a time.")
    command = str(data.get("command")) if isinstance(data, dict) else ""
    kinds = {kind.command: kind for kind in DOCUMENTS.values()}
    return kinds.get(command, Finding).from_dict(data)


def draw_again(given: str | os.PathLike[str], path: str | os.PathLike[str]) -> None:
    """Write the report of a result that was computed before.

    Parameters
    ----------
    given : path
        What a command wrote as JSON.
    path : path
        ``.pdf``, ``.png`` or ``.html``.

    Raises
    ------
    InputError
        As :func:`read_result` and :func:`write_report`, and if parts of the result contradict each other:
        every number may be of its kind and still name an atom or a group that the result does not hold.
    """
    result = read_result(given)
    try:
        write_report(result, path)
    except CurieBreakError:
        raise
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise InputError(
            f"The result {given} cannot be drawn: its parts do not fit together ({_contradiction(error)}).",
            "Was the file edited? Write it anew with the command that made it.",
        ) from error


def _contradiction(error: Exception) -> str:
    """What is wrong with a result, from what drawing it ran into, in the result's own words."""
    return next(words for kind, words in _CONTRADICTIONS if isinstance(error, kind)).format(str(error)[:60])


_CONTRADICTIONS: tuple[tuple[type[Exception], str], ...] = (
    (KeyError, "something is named {} that it does not hold"),
    (LookupError, "a list is shorter than another part of the result says"),
    (ValueError, "rows or lists that belong together differ in length"),
    (ArithmeticError, "a number is too large, or zero where it cannot be"),
    (RecursionError, "it is nested too deeply"),
    (Exception, "a value is missing or not of the kind that another part needs"),
)


def write_report(result: Record, path: str | os.PathLike[str]) -> None:
    """Write a report; the suffix of the name chooses the format.

    Parameters
    ----------
    result : Record
        Of any command.
    path : path
        ``.pdf``, ``.png`` or ``.html``.

    Raises
    ------
    InputError
        Unknown suffix, a picture of a result that is words alone, or a place that cannot be written.
    """
    suffix = check_format(path)
    if suffix == ".pdf":
        from curiebreak.report.pdf import pdf_bytes

        data = pdf_bytes(result)
    elif suffix == ".png":
        from curiebreak.report.png import png_bytes

        data = png_bytes(result)
    else:
        from curiebreak.report.html import html_text

        data = html_text(result).encode()
    write_file(Path(path), data)
