"""Which works a result rests on, read from its JSON, and their BibTeX from ``references.bib``."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from curiebreak.errors import InputError
from curiebreak.files import parse_json, read_text
from curiebreak.versions import library_versions

REASONS = {
    "curiebreak": "this program",
    "Smidt2021": "the method",
    "Stokes2013": "irreps and labels of space groups (ISO-IR)",
    "ISOIR": "the tables themselves, which ask to be cited by this name",
    "Cracknell1979": "the labels of Miller and Love",
    "Mulliken1955": "labels of point groups",
    "Glazer1972": "tilt symbols",
    "HowardStokes1998": "tilts as irreps, and their directions",
    "Howard2003": "tilts of ordered double perovskites",
    "Togo2024": "space groups of the files (spglib)",
    "Geiger2022": "the network (e3nn)",
    "Ansel2024": "training (PyTorch)",
    "Harris2020": "arrays (NumPy)",
    "Virtanen2020": "numerics (SciPy)",
    "Wojdyr2022": "reading CIF (gemmi)",
    "Ong2013": "structures as objects of pymatgen",
    "Larsen2017": "reading POSCAR and XYZ (ASE)",
    "Hunter2007": "figures of reports (matplotlib)",
    "Shannon1976": "radii of ions, from which compositions are described",
    "OKeeffe1991": "lengths of bonds, likewise",
    "Jain2013": "the structures that the model was trained on (CC BY 4.0)",
}

_LIBRARIES = {"e3nn": "Geiger2022", "torch": "Ansel2024", "numpy": "Harris2020", "scipy": "Virtanen2020"}
_DOUBLE_PEROVSKITE = {"X3+", "GM4+"}


@dataclass(frozen=True)
class Reference:
    """One work.

    Parameters
    ----------
    key : str
        Key of its BibTeX entry.
    why : str
        What it was used for.
    bibtex : str
        The entry, without a newline at its end.
    """

    key: str
    why: str
    bibtex: str


def references(result: Mapping[str, Any] | None = None) -> tuple[Reference, ...]:
    """Works that a result rests on.

    Parameters
    ----------
    result : mapping, optional
        The JSON of any command that compares or builds structures. Without it: everything
        that curiebreak can rest on.

    Returns
    -------
    tuple of Reference
        The program and its method first, libraries last.
    """
    keys = set(REASONS) if result is None else set(_keys(result))
    version = str((library_versions() if result is None else result["versions"]).get("curiebreak", "unknown"))
    chosen = ((key, why) for key, why in REASONS.items() if key in keys)
    return tuple(Reference(key, why, _entries()[key].replace("@VERSION@", version)) for key, why in chosen)


def bibtex(cited: Sequence[Reference]) -> str:
    """BibTeX file: the entries, each below a comment that says what it was used for.

    Parameters
    ----------
    cited : sequence of Reference

    Returns
    -------
    str
        Ends with a newline.
    """
    return "\n\n".join(f"% {reference.why}\n{reference.bibtex}" for reference in cited) + "\n"


def read_result(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read the JSON of any command.

    Parameters
    ----------
    path : path

    Returns
    -------
    dict

    Raises
    ------
    InputError
        If the file cannot be read, is not JSON, or is not a result of curiebreak.
    """
    data = parse_json(read_text(path, "result"), f"result {path}")
    if not isinstance(data, dict) or not isinstance(data.get("versions"), dict) or "command" not in data:
        raise InputError(
            f"{path} is not a result of curiebreak: it lacks `command` or `versions`.",
            "Give what a command wrote with --json or -o.",
        )
    return data


def _keys(result: Mapping[str, Any]) -> Iterator[str]:
    """Keys that apply; order and repetition do not matter."""
    yield from ("curiebreak", "Smidt2021")
    yield from (key for library, key in _LIBRARIES.items() if library in result["versions"])
    parents = [part for part in map(result.get, ("parent", "child")) if isinstance(part, dict)]
    stated = {name for part in parents for name, value in part.items() if value}
    if "space_group" in stated:
        yield from ("Stokes2013", "ISOIR", "Cracknell1979", "Togo2024")
    if "point_group" in stated:
        yield "Mulliken1955"
    yield from (_reader(str(part["path"])) for part in parents if part.get("path"))
    yield from _tilt_keys(result.get("glazer"))
    model = result.get("model")
    if isinstance(model, dict):
        yield from ("Shannon1976", "OKeeffe1991")
        if "Materials Project" in str(model.get("training_set")):
            yield "Jain2013"


def _tilt_keys(glazer: Any) -> Iterator[str]:
    angles, irreps = map(glazer.get, ("angles", "irreps")) if isinstance(glazer, dict) else (None, None)
    if isinstance(angles, list) and any(angles):
        yield from ("Glazer1972", "HowardStokes1998")
        if isinstance(irreps, dict) and _DOUBLE_PEROVSKITE & set(irreps):
            yield "Howard2003"


def _reader(path: str) -> str:
    """Work behind the reader of a file, by its name, compressed or not; empty where the reader is our own."""
    suffixes = {*Path(path.lower()).suffixes[-2:]}
    if suffixes & {".cif", ".mcif"}:
        return "Wojdyr2022"
    return "" if suffixes & {".json", ".jsonl"} else "Larsen2017"


@cache
def _entries() -> dict[str, str]:
    """BibTeX entries of the data file by key."""
    text = files("curiebreak.citations").joinpath("references.bib").read_text(encoding="utf-8")
    parts = [part.strip() for part in re.split(r"^(?=@)", text, flags=re.MULTILINE) if part.strip()]
    return {part[part.index("{") + 1 : part.index(",")]: part for part in parts}
