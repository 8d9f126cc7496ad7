"""Every file of a command line has one part in it: an output is no input, and no other output."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from curiebreak.errors import UsageError
from curiebreak.files import identity, is_stream
from curiebreak.options import Exports, InputPath, InputPaths, Options, exported, options_of

_named: ContextVar[tuple[tuple[str, Path], ...]] = ContextVar("_named", default=())
"""Arguments and options of the running command that name files: as they are written, and the file."""


@contextmanager
def naming_files(asked: Options) -> Iterator[None]:
    """Let :func:`check_named_once` know what the arguments and options of a command name."""
    token = _named.set(tuple(_of_options(asked)))
    try:
        yield
    finally:
        _named.reset(token)


def _of_options(asked: Options) -> list[tuple[str, Path]]:
    """What names files: outputs first, so that an output with the very name of an input is seen as such."""
    found = []
    for name, one in sorted(options_of(type(asked)).items(), key=lambda pair: pair[1].argument):
        value = getattr(asked, name)
        if isinstance(one.rule, Exports):
            value = [file for _, file in exported(value)]
        maybe = isinstance(one.rule, (InputPath, InputPaths)) or getattr(one.rule, "files", False)
        for entry in value if isinstance(value, (list, tuple)) else (value,):
            path = _path(entry, maybe)
            if path is not None:
                found.append((name.upper() if one.argument else one.flag(name), path))
    return found


def check_named_once(path: Path) -> None:
    """Refuse an output that another argument or option of the running command names as well.

    Raises
    ------
    UsageError
    """
    if is_stream(path):
        return
    wanted, own = identity(path), False
    for name, other in _named.get():
        if identity(other) != wanted:
            continue
        if own or other != path or not name.startswith("-"):
            raise UsageError(
                f"The output {path} is named for something else as well ({name}).", "Give every output its own name."
            )
        own = True


def _path(value: object, maybe: bool) -> Path | None:
    """The file that a value names; a word may be one, and is where there is a file of that name."""
    if isinstance(value, Path):
        return value
    if isinstance(value, str) and maybe:
        path = Path(value.partition("::")[0])
        return path if path.is_file() else None
    return None
