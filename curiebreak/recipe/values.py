"""Kinds of values in a recipe: numbers, fractions, vectors, kinds of input, names of files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from fractions import Fraction
from os.path import relpath
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    PlainSerializer,
    PlainValidator,
    SerializationInfo,
    Strict,
    ValidationInfo,
    WithJsonSchema,
)

MANY = 1e9
"""A bound above this is none."""


class Part(BaseModel):
    """Unknown keys are errors, and nothing changes after the check."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class StepFile(Part):
    """A file that an earlier step wrote.

    Attributes
    ----------
    step : str
        Name of the step.
    file : str or None
        Which of its files; its result, or what its ``output`` names, if left out.
    """

    step: str
    file: str | None = None


def _number(value: Any) -> Any:
    """A number, also as text: ``1/2``, ``1e-6`` (which YAML takes for text)."""
    if isinstance(value, bool):
        raise ValueError("must be a number")
    if isinstance(value, str):
        with suppress(ValueError, ZeroDivisionError):
            return float(Fraction(value.replace(" ", "")))
        raise ValueError(f"{value!r} is no number or fraction such as 1/2")
    return value


def _as_list(value: Any) -> Any:
    """One entry where a list may stand."""
    return [value] if isinstance(value, (Mapping, str)) else value


def _text(value: Any) -> Any:
    """Text, also where YAML reads a number."""
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def _list_text(value: Any) -> Any:
    """Text with commas, also written as a list."""
    if isinstance(value, (list, tuple)):
        return ",".join(map(str, value))
    return _text(value)


def _harmonic(value: Any) -> Any:
    """``1e``, ``[1, e]`` or ``{l: 1, parity: e}``."""
    match value:
        case Mapping():
            return value
        case [degree, parity]:
            return {"l": degree, "parity": parity}
        case str() if found := re.fullmatch("([0-9]+)([eo])", value):
            return {"l": int(found[1]), "parity": found[2]}
    raise ValueError("must be written as 1e, [1, e] or {l: 1, parity: e}")


def _rows(value: Any) -> Any:
    """One vector where a list of vectors may stand."""
    if isinstance(value, (list, tuple)) and value and not isinstance(value[0], (list, tuple)):
        return [value]
    return value


def _folder(info: ValidationInfo | SerializationInfo) -> Path | None:
    """The folder of the recipe, or of its results, where one is known."""
    return (info.context or {}).get("folder")


def _input_path(value: Any, info: ValidationInfo) -> Path | StepFile:
    """A path relative to the recipe's folder, or a file of an earlier step."""
    if isinstance(value, StepFile):
        return value
    if isinstance(value, Mapping):
        if not set(value) <= {"step", "file"} or not isinstance(value.get("step"), str):
            raise ValueError("must be a path, or {step: NAME} for what an earlier step wrote")
        return StepFile.model_validate(value)
    if not isinstance(value, (str, Path)) or not str(value):
        raise ValueError("must be the path of a file, relative to the recipe's folder")
    folder = _folder(info)
    if folder is None:
        return Path(value)
    path = Path(folder) / value
    if not path.exists():
        raise ValueError(f"the file {path} does not exist")
    return path


def source_kind(instead: tuple[str, ...]) -> Any:
    """Type of a file that is read, or of one of some words that stand for something else."""
    if not instead:
        return InputFile

    def read(value: Any, info: ValidationInfo) -> Path | StepFile | str:
        return str(value) if value in instead else _input_path(value, info)

    schema = WithJsonSchema({"anyOf": [{"type": "string", "minLength": 1}, _STEP_FILE]})
    return Annotated[Path | StepFile | str, PlainValidator(read), PlainSerializer(_shown_path), schema]


def _input_paths(value: Any, info: ValidationInfo) -> tuple[Path | StepFile, ...]:
    """Paths, or patterns such as ``*.cif``, relative to the recipe's folder."""
    folder = _folder(info)
    entries = value if isinstance(value, (list, tuple)) else [value]
    if not entries:
        raise ValueError("must be one path at least")
    found: list[Path | StepFile] = []
    for entry in entries:
        pattern = isinstance(entry, str) and not {*"*?["}.isdisjoint(entry)
        if pattern and folder is not None and not any(Path(folder).glob(entry)):
            raise ValueError(f"no file fits {Path(folder) / entry}")
        found.append(Path(folder or "") / entry if pattern else _input_path(entry, info))
    return tuple(found)


def _maybe_paths(value: Any, info: ValidationInfo) -> tuple[Path | str, ...]:
    """Texts; those that begin with the name of a file in the recipe's folder become paths."""
    folder = _folder(info)
    entries = value if isinstance(value, (list, tuple)) else [value]
    if not all(isinstance(entry, (str, Path)) for entry in entries):
        raise ValueError("must be text, or a list of texts")
    if folder is None:
        return tuple(entries)
    beside = Path(folder)
    return tuple(beside / one if (beside / str(one).split("::")[0]).is_file() else one for one in entries)


def _maybe_path(value: Any, info: ValidationInfo) -> Path | str:
    """Text; the name of a file in the recipe's folder becomes a path."""
    alone = value[0] if isinstance(value, (list, tuple)) and len(value) == 1 else value
    if isinstance(alone, bool) or not isinstance(alone, (str, Path, int)):
        raise ValueError("must be text or the name of a file")
    return _maybe_paths(_text(alone), info)[0]


def _shown_paths(value: tuple[Path | StepFile | str, ...], info: SerializationInfo) -> list[Any]:
    return [_shown_path(entry, info) for entry in value]


def _shown_path(value: Path | StepFile | str, info: SerializationInfo) -> Any:
    """Relative to the folder in the context, where there is one."""
    if isinstance(value, StepFile):
        return value.model_dump(exclude_none=True)
    if isinstance(value, str):
        return value
    folder = _folder(info)
    return str(value) if folder is None else Path(relpath(value, folder)).as_posix()


def _file_name(value: Any) -> Any:
    """A name below the folder of results."""
    if not isinstance(value, str) or not value.strip("./ "):
        raise ValueError("must be the name of a file in the folder of results")
    if Path(value).is_absolute() or ".." in Path(value).parts:
        raise ValueError(f"{value!r} must lie in the folder of results: no .., not absolute")
    return value


_STEP_FILE = {
    "type": "object",
    "properties": {"step": {"type": "string"}, "file": {"type": "string"}},
    "required": ["step"],
    "additionalProperties": False,
}
_FRACTION = {"type": "string", "description": "a fraction such as 1/2"}
_NUMBER = {"anyOf": [{"type": "number"}, _FRACTION]}
_VECTOR = {"type": "array", "items": _NUMBER, "minItems": 3, "maxItems": 3}
_NAMES = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}


class _OrFraction:
    """In the schema: a number within its range, or a fraction as text."""

    def __get_pydantic_json_schema__(self, core: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [handler(core), _FRACTION]}


Flag = Annotated[bool, Strict()]
Whole = Annotated[int, Strict()]
ONE_OR_MORE = BeforeValidator(_as_list)
FROM_TEXT, OR_FRACTION = BeforeValidator(_number), _OrFraction()
"""For a number with a range: ``Annotated[float, Field(ge=...), FROM_TEXT, OR_FRACTION]``."""

Number = Annotated[float, FROM_TEXT, OR_FRACTION]
Positive = Annotated[float, Field(ge=0), FROM_TEXT, OR_FRACTION]
Vector = Annotated[tuple[Number, Number, Number], WithJsonSchema(_VECTOR)]
Vectors = Annotated[
    tuple[Vector, ...],
    BeforeValidator(_rows),
    WithJsonSchema({"anyOf": [_VECTOR, {"type": "array", "items": _VECTOR}]}),
]
Degree = Annotated[int, Strict(), Field(ge=0, le=8)]
Names = Annotated[tuple[str, ...], BeforeValidator(_as_list), WithJsonSchema(_NAMES)]
Text = Annotated[str, BeforeValidator(_text), WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "number"}]})]
ListText = Annotated[
    str,
    BeforeValidator(_list_text),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "number"}, {"type": "array"}]}),
]
InputFile = Annotated[
    Path | StepFile,
    PlainValidator(_input_path),
    PlainSerializer(_shown_path),
    WithJsonSchema({"anyOf": [{"type": "string", "minLength": 1}, _STEP_FILE]}),
]

InputFiles = Annotated[
    tuple[Path | StepFile, ...],
    PlainValidator(_input_paths),
    PlainSerializer(_shown_paths),
    WithJsonSchema({"anyOf": [{"type": "string", "minLength": 1}, _STEP_FILE, {"type": "array", "minItems": 1}]}),
]
MaybeFiles = Annotated[
    tuple[Path | str, ...],
    PlainValidator(_maybe_paths),
    PlainSerializer(_shown_paths),
    WithJsonSchema(_NAMES),
]
MaybeFile = Annotated[
    Path | str,
    PlainValidator(_maybe_path),
    PlainSerializer(_shown_path),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "number"}]}),
]
FileName = Annotated[str, BeforeValidator(_file_name)]


class Harmonic(Part):
    """An allowed kind of input: degree l and parity under inversion."""

    l: Degree  # noqa: E741 - the name of the quantum number
    parity: Literal["e", "o"]


class ZeroRule(Part):
    """A component of the input that must vanish: that along a parent axis."""

    site: str
    l: Degree  # noqa: E741 - the name of the quantum number
    parity: Literal["e", "o"]
    axis: Literal["a", "b", "c"]


class TieRule(Part):
    """Sites that hold the same input."""

    site: str
    pattern: Literal["non-adjacent", "all"]


def _one_or_more(kind: type[Part], *also: dict[str, Any]) -> WithJsonSchema:
    one: dict[str, Any] = kind.model_json_schema()
    item = {"anyOf": [one, *also]} if also else one
    return WithJsonSchema({"anyOf": [one, *also, {"type": "array", "items": item}]})


_SHORT: dict[str, Any] = {"anyOf": [{"type": "string", "pattern": "^[0-9][eo]$"}, {"type": "array", "maxItems": 2}]}


class InputRules(Part):
    """What may carry the learnable input, and what it must obey.

    Axes and wave vectors are those of the parent's file.
    """

    sites: str = "auto"
    lmax: Degree = 2
    allowed: Annotated[
        tuple[Annotated[Harmonic, BeforeValidator(_harmonic)], ...],
        BeforeValidator(_as_list),
        _one_or_more(Harmonic, _SHORT),
    ] = ()
    zero: Annotated[tuple[ZeroRule, ...], BeforeValidator(_as_list), _one_or_more(ZeroRule)] = ()
    tie: Annotated[tuple[TieRule, ...], BeforeValidator(_as_list), _one_or_more(TieRule)] = ()
    k: Vectors = ()


class ConstraintPart(Part):
    """A constraint on the symmetry of the intermediate."""

    keep: Names = ()
    drop: Names = ()
    direction: Names = ()
    subgroup: Text | None = None
    entry: Whole | None = None


class DomainPart(Part):
    """Which of the equivalent domains of the child: its cell in parent axes."""

    supercell_basis: tuple[Vector, Vector, Vector]
