"""Files of the room: a zip of ``header.json`` and plain arrays (``.npy``), no code in them, always the same bytes."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curiebreak.errors import InputError
from curiebreak.files import write_file

FORMATS = {"model": 6, "pairs": 1, "networks": 1}
"""Version of each kind of file."""
LARGEST = 256 * 2**20
"""Bytes that the arrays of a file may take unpacked."""

_DATE = (1980, 1, 1, 0, 0, 0)
_HINT = "Train it again with `curiebreak train`, or take the model that ships."


def packed(kind: str, header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Content of a file.

    Parameters
    ----------
    kind : str
        ``model`` or ``pairs``.
    header : mapping
        Plain data.
    arrays : mapping
        Numbers or fixed-width strings.
    """
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
        text = json.dumps({"format": FORMATS[kind], "kind": kind, **header}, sort_keys=True, separators=(",", ":"))
        file.writestr(zipfile.ZipInfo("header.json", _DATE), text, zipfile.ZIP_DEFLATED)
        for name in sorted(arrays):
            part = io.BytesIO()
            np.lib.format.write_array(part, np.ascontiguousarray(arrays[name]), version=(1, 0), allow_pickle=False)
            file.writestr(zipfile.ZipInfo(f"{name}.npy", _DATE), part.getvalue(), zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def write(path: Path, content: bytes) -> str:
    """Write a file whole or not at all; its SHA-256."""
    write_file(path, content)
    return hashlib.sha256(content).hexdigest()


def unpacked(path: Path, kind: str) -> tuple[dict[str, Any], dict[str, NDArray[Any]], str]:
    """Header, arrays and SHA-256 of a file.

    Raises
    ------
    InputError
        If it does not exist, is damaged, of another version or of another kind.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"The file {path} cannot be read ({error.strerror or type(error).__name__}).", "Check the path."
        ) from error
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as file:
            if sum(info.file_size for info in file.infolist()) > LARGEST:
                raise ValueError("too large")
            header = json.loads(file.read("header.json"))
            if not isinstance(header, dict):
                raise ValueError("no header")
            _check_kind(path, header, kind)
            arrays = {
                name.removesuffix(".npy"): np.lib.format.read_array(io.BytesIO(file.read(name)), allow_pickle=False)
                for name in file.namelist()
                if name.endswith(".npy")
            }
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError, OSError, RecursionError, NotImplementedError) as error:
        raise InputError(f"{path} is damaged or no {kind} file.", _HINT) from error
    return header, arrays, hashlib.sha256(content).hexdigest()


def under(arrays: Mapping[str, NDArray[Any]], prefix: str) -> dict[str, NDArray[Any]]:
    """The arrays of one part of a file, whose names begin with `prefix`, by the rest of their names."""
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}


def _check_kind(path: Path, header: Mapping[str, Any], kind: str) -> None:
    if header.get("kind") != kind:
        raise InputError(f"{path} holds {header.get('kind') or 'something else'}, no {kind}.", _HINT)
    if header.get("format") != FORMATS[kind]:
        raise InputError(
            f"{path} is of another version ({header.get('format')}; this program reads {FORMATS[kind]}).", _HINT
        )
