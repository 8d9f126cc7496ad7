"""Recipes: one run in a YAML file, checked before anything is computed.

A recipe names what to run, the two structures (relative to the recipe's folder) and the options; what is
left out has the default of the command. Mistakes are reported with the field's name and the allowed values.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from curiebreak.errors import InputError


def _as_list(value: Any) -> Any:
    """One entry where a list may stand."""
    return [value] if isinstance(value, (Mapping, str)) else value


def _number(value: Any) -> Any:
    """A fraction written as text."""
    if isinstance(value, str):
        try:
            return float(Fraction(value.replace(" ", "")))
        except (ValueError, ZeroDivisionError):
            raise ValueError(f"{value!r} is no number or fraction such as 1/2") from None
    return value


def _harmonic(value: Any) -> Any:
    """``1e``, ``[1, e]`` or ``{l: 1, parity: e}``."""
    if isinstance(value, str) and value[:-1].isdigit() and value[-1:] in ("e", "o"):
        return {"l": int(value[:-1]), "parity": value[-1]}
    if isinstance(value, (list, tuple)) and len(value) == 2:
        return {"l": value[0], "parity": value[1]}
    if not isinstance(value, Mapping):
        raise ValueError("must be written as 1e, [1, e] or {l: 1, parity: e}")
    return value


def _rows(value: Any) -> Any:
    """One vector where a list of vectors may stand."""
    if isinstance(value, (list, tuple)) and value and not isinstance(value[0], (list, tuple)):
        return [value]
    return value


Number = Annotated[float, BeforeValidator(_number)]
Vector = tuple[Number, Number, Number]
Degree = Annotated[int, Field(ge=0, le=8)]
Names = Annotated[tuple[str, ...], BeforeValidator(_as_list)]


class _Part(BaseModel):
    """Unknown keys are errors; values are not coerced from the wrong type."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Harmonic(_Part):
    """An allowed kind of input: degree l and parity under inversion."""

    l: Degree  # noqa: E741 - the name of the quantum number
    parity: Literal["e", "o"]


class ZeroRule(_Part):
    """A component of the input that must vanish: that along a parent axis."""

    site: str
    l: Degree  # noqa: E741 - the name of the quantum number
    parity: Literal["e", "o"]
    axis: Literal["a", "b", "c"]


class TieRule(_Part):
    """Sites that hold the same input."""

    site: str
    pattern: Literal["non-adjacent", "all"]


class InputRules(_Part):
    """What may carry the learnable input, and what it must obey.

    Axes and wave vectors are those of the parent's file.
    """

    sites: str = "auto"
    lmax: Degree = 2
    allowed: Annotated[tuple[Annotated[Harmonic, BeforeValidator(_harmonic)], ...], BeforeValidator(_as_list)] = ()
    zero: Annotated[tuple[ZeroRule, ...], BeforeValidator(_as_list)] = ()
    tie: Annotated[tuple[TieRule, ...], BeforeValidator(_as_list)] = ()
    k: Annotated[tuple[Vector, ...], BeforeValidator(_rows)] = ()


class ConstraintPart(_Part):
    """A constraint on the symmetry of the intermediate."""

    keep: Names = ()
    drop: Names = ()
    direction: Names = ()
    subgroup: Annotated[str | None, BeforeValidator(lambda v: str(v) if isinstance(v, int) else v)] = None
    entry: int | None = None


class DomainPart(_Part):
    """Which of the equivalent domains of the child: its cell in parent axes."""

    supercell_basis: tuple[Vector, Vector, Vector]


class Recipe(_Part):
    """One run.

    Attributes
    ----------
    run : str
        ``find`` or ``intermediate``.
    title : str
        What it is for.
    parent, child : Path
        Structures, relative to the recipe's folder.
    domain : DomainPart or None
        One of the equivalent domains of the child.
    input : InputRules or None
        Rules for the learnable input.
    constraint : ConstraintPart or None
        For ``intermediate``: what the structure may hold, instead of rules for the input.
    strain, all_subgroups : bool
        For the list of intermediates.
    blocks, degenerate, alternatives, raw_target : as for ``find``
    seed, max_steps, tolerance, symprec, strain_tolerance, fix_site, device, threads : as for both
    """

    run: Literal["find", "intermediate"]
    title: str = ""
    parent: Path
    child: Path
    domain: DomainPart | None = None
    input: InputRules | None = None
    constraint: ConstraintPart | None = None
    strain: bool = True
    all_subgroups: bool = False
    blocks: Literal["irrep", "plain"] = "irrep"
    degenerate: bool = False
    alternatives: bool = False
    raw_target: bool = False
    seed: Annotated[int, Field(ge=0)] = 0
    max_steps: Annotated[int, Field(ge=1)] = 120
    tolerance: Annotated[float, Field(ge=1e-14, le=0.1)] = 1e-6
    symprec: Annotated[float, Field(gt=0)] | None = None
    strain_tolerance: Annotated[float, Field(ge=0)] = 1e-3
    fix_site: str | None = None
    device: Literal["cpu", "cuda"] = "cpu"
    threads: Annotated[int, Field(ge=1)] = 1

    @field_validator("parent", "child", mode="before")
    @classmethod
    def _is_a_path(cls, value: Any) -> Any:
        if not isinstance(value, (str, Path)) or not str(value):
            raise ValueError("must be the path of a structure file")
        return value

    @property
    def resolved(self) -> dict[str, Any]:
        """All fields, defaults filled in, as plain data."""
        return self.model_dump(mode="json")


def read_recipe(path: Path) -> Recipe:
    """Read and check a recipe; the structures' paths become relative to the working directory.

    Raises
    ------
    InputError
        For a file that cannot be read, is no YAML, or has a wrong field.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"The recipe {path} cannot be read ({error.strerror}).", "Check its name.") from None
    except UnicodeDecodeError:
        raise InputError(f"The recipe {path} is no text file.", "Give a YAML file.") from None
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = "" if mark is None else f", line {mark.line + 1}"
        raise InputError(f"The recipe {path} is no valid YAML{where}.", "Check indentation and brackets.") from None
    if not isinstance(data, Mapping):
        raise InputError(f"The recipe {path} holds no fields.", "Start with run, parent and child.")
    recipe = recipe_from(data, str(path))
    folder = path.parent
    return recipe.model_copy(update={"parent": folder / recipe.parent, "child": folder / recipe.child})


def recipe_from(data: Mapping[str, Any], name: str = "recipe") -> Recipe:
    """Check plain data.

    Raises
    ------
    InputError
        Naming the first wrong field and what is allowed there.
    """
    try:
        recipe = Recipe.model_validate(dict(data))
    except ValidationError as error:
        raise _explained(error, data, name) from None
    _consistent(recipe, name)
    return recipe


def _consistent(recipe: Recipe, name: str) -> None:
    if recipe.run == "find":
        for field in ("constraint", "all_subgroups"):
            if getattr(recipe, field):
                raise InputError(f"{name}: `{field}` belongs to `run: intermediate`.", "Remove it, or change `run`.")
        return
    for field in ("degenerate", "alternatives", "raw_target"):
        if getattr(recipe, field):
            raise InputError(f"{name}: `{field}` belongs to `run: find`.", "Remove it, or change `run`.")
    if recipe.input is not None and recipe.constraint is not None:
        raise InputError(
            f"{name}: `input` and `constraint` contradict each other.",
            "Rule the learnable input, or state what the intermediate holds, not both.",
        )


def _explained(error: ValidationError, data: Mapping[str, Any], name: str) -> InputError:
    """The first problem as one sentence with the field's name."""
    problems = sorted(error.errors(), key=lambda e: (e["type"] != "extra_forbidden", len(e["loc"])))
    problem = problems[0]
    field = _field_name(problem["loc"])
    kind, context = problem["type"], problem.get("ctx", {})
    if kind == "extra_forbidden":
        return _unknown(problem["loc"], name)
    if kind == "missing":
        return InputError(f"{name}: `{field}` is missing.", f"Add it: {_allowed(problem['loc'])}.")
    if kind == "literal_error":
        return InputError(
            f"{name}: `{field}` must be {context['expected']}, got {problem['input']!r}.", "Choose one of these."
        )
    if kind == "value_error":
        return InputError(f"{name}: `{field}`: {context['error']}.", f"Allowed: {_allowed(problem['loc'])}.")
    message = str(problem["msg"])
    return InputError(
        f"{name}: `{field}`: {message[0].lower()}{message[1:]}, got {problem['input']!r}.",
        f"Allowed: {_allowed(problem['loc'])}.",
    )


def _field_name(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location if not isinstance(part, int))


_PARTS: dict[str, type[_Part]] = {
    "input": InputRules,
    "zero": ZeroRule,
    "tie": TieRule,
    "allowed": Harmonic,
    "constraint": ConstraintPart,
    "domain": DomainPart,
}

_WORDS = {
    "run": "find or intermediate",
    "parent": "the path of a structure file",
    "child": "the path of a structure file",
    "supercell_basis": "three rows of three numbers, the child's cell in parent axes",
    "axis": "a, b or c of the parent's file",
    "parity": "e (even) or o (odd)",
    "l": "a whole number from 0 to 8",
    "lmax": "a whole number from 0 to 8",
    "pattern": "non-adjacent or all",
    "site": "a site, element, Wyckoff letter, or A, B, X of a perovskite",
    "sites": "auto, all, global, or sites joined by commas",
    "k": "vectors of three fractions, such as [1/2, 1/2, 1/2]",
    "allowed": "kinds of input such as 1e",
    "entry": "a number of the list",
    "seed": "a whole number from 0",
}


def _allowed(location: tuple[int | str, ...]) -> str:
    names = [part for part in location if isinstance(part, str)]
    last = next((n for n in reversed(names) if n in _WORDS), None)
    return _WORDS[last] if last else "see docs/intermediates.md"


def _unknown(location: tuple[int | str, ...], name: str) -> InputError:
    names = [part for part in location if isinstance(part, str)]
    model = _PARTS.get(names[-2], Recipe) if len(names) > 1 else Recipe
    known = list(model.model_fields)
    close = difflib.get_close_matches(names[-1], known, 1, 0.5)
    hint = f"Did you mean `{close[0]}`? " if close else ""
    return InputError(
        f"{name}: there is no field `{_field_name(location)}`.", f"{hint}Fields here are {', '.join(known)}."
    )


def recipe_schema() -> dict[str, Any]:
    """JSON Schema of a recipe, for editors; published as ``docs/schema/recipe.schema.json``."""
    return Recipe.model_json_schema(mode="validation")
