"""Compressed files (``.gz``, ``.bz2``, ``.xz``): what is in them, and the name that says its format."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from curiebreak.errors import reason, refusing
from curiebreak.files import note_input, read_bytes

_UNPACK: dict[str, Callable[[bytes], bytes]] = {".gz": gzip.decompress, ".bz2": bz2.decompress, ".xz": lzma.decompress}
_OPEN: dict[str, Callable[..., Any]] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}

DAMAGE = (OSError, EOFError, lzma.LZMAError, zlib.error)
"""What is raised where a file cannot be read or unpacked."""


_FORMATS = {
    **dict.fromkeys((".cif", ".mcif"), "cif"),
    **dict.fromkeys((".xyz", ".extxyz"), "xyz"),
    **dict.fromkeys((".vasp", ".poscar"), "poscar"),
    ".traj": "traj",
    ".xml": "vasp-xml",
    ".json": "json",
    **dict.fromkeys((".lammpstrj", ".lammpsdump", ".dump"), "lammps-dump-text"),
}


def format_of(path: Path) -> str | None:
    """Format of a file of structures, packed or not, that its name says."""
    inner = inner_name(path)
    named = "poscar" if inner.name.lower().startswith(("poscar", "contcar", "xdatcar")) else None
    return _FORMATS.get(inner.suffix.lower(), named)


def inner_name(path: Path) -> Path:
    """The name without the suffix of a compressed file: ``md.xyz`` for ``md.xyz.gz``."""
    return path.with_suffix("") if path.suffix.lower() in _UNPACK else path


def content_of(path: Path) -> bytes:
    """Content of a file, unpacked where it is compressed.

    Raises
    ------
    InputError
        If it cannot be read, or is damaged.
    """
    content = read_bytes(path)
    unpack = _UNPACK.get(path.suffix.lower())
    if unpack is None:
        return content
    message = f"The file {path} is no readable {path.suffix} file"
    with refusing((*DAMAGE, ValueError), lambda error: f"{message} ({reason(error)}).", "Pack it again."):
        return unpack(content)


def text_lines(path: Path) -> IO[str]:
    """The lines of a text file, read as they are asked for."""
    note_input(path)
    opened = _OPEN.get(path.suffix.lower())
    if opened is None:
        return path.open(encoding="utf-8", errors="replace")
    return io.TextIOWrapper(opened(path, "rb"), encoding="utf-8", errors="replace")


@contextmanager
def plain_file(path: Path) -> Iterator[Path]:
    """A file with the plain content of another one, which it is itself where that is not compressed."""
    if inner_name(path) == path:
        note_input(path)
        yield path
        return
    content = content_of(path)
    handle, name = tempfile.mkstemp(suffix=inner_name(path).suffix)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        yield Path(name)
    finally:
        os.unlink(name)
