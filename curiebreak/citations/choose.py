"""Which works a result rests on, read from its JSON, and their BibTeX from ``references.bib``."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import chain
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

_WORKS = {
    "e3nn": ("Geiger2022",),
    "torch": ("Ansel2024",),
    "numpy": ("Harris2020",),
    "scipy": ("Virtanen2020",),
    "space_group": ("Stokes2013", "ISOIR", "Cracknell1979", "Togo2024"),
    "point_group": ("Mulliken1955",),
}
"""What a result rests on by what it names: libraries among its versions, what is known of its structures."""

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
    keys, versions = (REASONS, library_versions()) if result is None else ({*_keys(result)}, result["versions"])
    version = str(versions.get("curiebreak", "unknown"))
    return tuple(
        Reference(key, why, _entries()[key].replace("@VERSION@", version))
        for key, why in REASONS.items()
        if key in keys
    )


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
    parent, child, glazer = (_block(result, name) for name in ("parent", "child", "glazer"))
    named = {*result["versions"], *filter(parent.get, parent), *filter(child.get, child)}
    yield from chain.from_iterable(works for name, works in _WORKS.items() if name in named)
    yield from map(_reader, filter(None, (parent.get("path"), child.get("path"))))
    angles = glazer.get("angles")
    if isinstance(angles, list) and any(angles):
        yield from ("Glazer1972", "HowardStokes1998")
        if _DOUBLE_PEROVSKITE & set(_block(glazer, "irreps")):
            yield "Howard2003"
    if isinstance(result.get("model"), dict):
        yield from ("Shannon1976", "OKeeffe1991")
    if "Materials Project" in str(_block(result, "model").get("training_set")):
        yield "Jain2013"


def _block(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    """An object inside a result; empty where there is none."""
    found = data.get(name)
    return found if isinstance(found, dict) else {}


def _reader(path: Any) -> str:
    """Work behind the reader of a file, by its name, compressed or not; empty where the reader is our own."""
    suffixes = {*Path(str(path).lower()).suffixes[-2:]}
    if suffixes & {".cif", ".mcif"}:
        return "Wojdyr2022"
    return "" if suffixes & {".json", ".jsonl"} else "Larsen2017"


@cache
def _entries() -> dict[str, str]:
    """BibTeX entries of the data file by key."""
    text = files("curiebreak.citations").joinpath("references.bib").read_text(encoding="utf-8")
    found = re.finditer(r"^@\w+\{(\w+),.*?(?=^@|\Z)", text, flags=re.MULTILINE | re.DOTALL)
    return {entry[1]: entry[0].strip() for entry in found}
