"""Where the recipes that come with the program are, and which there are."""

from __future__ import annotations

import sysconfig
from dataclasses import dataclass
from pathlib import Path

import curiebreak
from curiebreak.errors import InputError
from curiebreak.recipe.reading import read_yaml
from curiebreak.recipe.recipe_model import HEAD


@dataclass(frozen=True)
class Shipped:
    """One recipe that comes with the program.

    Attributes
    ----------
    name : str
    path : Path
    title, reproduces, citation : str
    """

    name: str
    path: Path
    title: str
    reproduces: str
    citation: str


def recipe_folder() -> Path | None:
    """Folder ``recipes`` of the source tree, else that of the installation, else that of the working directory."""
    source = Path(curiebreak.__file__).resolve().parent.parent
    places = [source] if (source / "pyproject.toml").is_file() else []
    places += [Path(sysconfig.get_path("data")) / "share" / "curiebreak", Path()]
    for place in places:
        if any((place / "recipes").glob("*.yaml")):
            return place / "recipes"
    return None


def shipped_recipes() -> list[Shipped]:
    """All of them by name.

    Raises
    ------
    InputError
        If their folder is not found.
    """
    folder = recipe_folder()
    if folder is None:
        raise InputError(
            "The recipes that come with the program are not here.",
            "They are in the folder `recipes` of the source; run from there.",
        )
    found = []
    for path in sorted(folder.glob("*.yaml")):
        data = read_yaml(path)
        found.append(Shipped(path.stem, path, *(str(data.get(key, "")) for key in HEAD)))
    return found


def recipe_path(given: Path) -> Path:
    """The file itself, or the shipped recipe of this name."""
    folder = recipe_folder()
    if folder is not None and not given.is_file() and given.parent == Path() and given.suffix in ("", ".yaml"):
        path = folder / f"{given.stem}.yaml"
        if path.is_file():
            return path
    return given
