"""Reports as files: read a result from JSON, write it as PDF, PNG or HTML."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from curiebreak.errors import InputError
from curiebreak.results import Decomposition, Finding, Intermediates
from curiebreak.results.serialise import loads

FORMATS = (".pdf", ".png", ".html")


def check_format(path: str | os.PathLike[str]) -> str:
    """Suffix of a report's file name.

    Raises
    ------
    InputError
        If it is not ``.pdf``, ``.png`` or ``.html``.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in FORMATS:
        raise InputError(f"The format of the report {path} is not known.", "End the name in .pdf, .png or .html.")
    return suffix


def read_result(path: str | os.PathLike[str]) -> Finding | Decomposition | Intermediates:
    """Read what ``curiebreak find``, ``curiebreak modes`` or ``curiebreak intermediate`` wrote as JSON.

    Raises
    ------
    InputError
        If the file cannot be read, is not JSON, is damaged, or is of another kind or schema version.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        hint = "Give the JSON that find, modes or intermediate wrote."
        raise InputError(f"The result {path} cannot be read: {reason}.", hint) from error
    data = loads(text, f"result {path}")
    command = data.get("command") if isinstance(data, dict) else None
    if command == "modes":
        return Decomposition.from_dict(data)
    if command == "intermediate":
        return Intermediates.from_dict(data)
    return Finding.from_dict(data)


def write_report(result: Finding | Decomposition | Intermediates, path: str | os.PathLike[str]) -> None:
    """Write a report; the suffix of the name chooses the format.

    Parameters
    ----------
    result : Finding, Decomposition or Intermediates
    path : path
        ``.pdf``, ``.png`` or ``.html``.

    Raises
    ------
    InputError
        Unknown suffix, or a place that cannot be written.
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
    write_bytes(Path(path), data)


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file beside its target first, so that there is never half a file.

    Raises
    ------
    InputError
        If the place cannot be written.
    """
    temporary = None
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as stream:
            temporary = Path(stream.name)
            stream.write(data)
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        temporary.replace(path)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise InputError(f"The report {path} cannot be written: {error.strerror}.", "Choose another place.") from error
