"""What a recipe says about its result, and whether the result holds it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema, model_validator

from curiebreak.recipe.values import Number, Part, Positive, Text

MISSING = object()


class Bounds(Part):
    """A number, or what a value holds.

    Attributes
    ----------
    value : number or None
        With `tolerance`, absolute.
    tolerance : number
    below, above : number or None
    contains : any
        A member of a list, or a part of a text.
    keys : list or None
        All keys of an object.
    """

    value: Number | None = None
    tolerance: Positive = 0.0
    below: Number | None = None
    above: Number | None = None
    contains: Any = None
    keys: tuple[Text, ...] | None = None

    @model_validator(mode="after")
    def _something(self) -> Bounds:
        if not self.model_fields_set & {"value", "below", "above", "contains", "keys"}:
            raise ValueError("needs value (with tolerance), below, above, contains or keys")
        return self


def _plain_or_bounds(value: Any) -> Any:
    return Bounds.model_validate(value) if isinstance(value, Mapping) else value


Expected = Annotated[
    Any,
    BeforeValidator(_plain_or_bounds),
    PlainSerializer(lambda value: value.model_dump(exclude_unset=True) if isinstance(value, Bounds) else value),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": ["string", "number", "boolean", "array", "null"]},
                {
                    "type": "object",
                    "properties": {
                        **{name: {"type": ["number", "string"]} for name in ("value", "tolerance", "below", "above")},
                        "contains": {},
                        "keys": {"type": "array", "items": {"type": ["string", "number"]}},
                    },
                    "additionalProperties": False,
                },
            ]
        }
    ),
]


@dataclass(frozen=True)
class Comparison:
    """An expectation beside what was found.

    Attributes
    ----------
    path, wanted, found : str
    holds : bool
    """

    path: str
    wanted: str
    found: str
    holds: bool


@dataclass(frozen=True)
class Expectation:
    """A statement about one key of a result.

    Attributes
    ----------
    path : str
        Keys and numbers of list entries joined by dots; ``*`` stands for all entries of a list.
    wanted : any
        The value, or `Bounds`.
    """

    path: str
    wanted: Any

    def judge(self, result: Any) -> Comparison:
        """Look it up in a result (plain data)."""
        found = look_up(result, self.path.split("."))
        shown = "nothing" if found is MISSING else _shown(found)
        return Comparison(self.path, describe(self.wanted), shown, found is not MISSING and _holds(self.wanted, found))


def look_up(data: Any, keys: list[str]) -> Any:
    """Value at a path of keys in plain data, or `MISSING`."""
    for position, key in enumerate(keys):
        if key == "*" and isinstance(data, (list, tuple)):
            found = [look_up(entry, keys[position + 1 :]) for entry in data]
            return MISSING if any(value is MISSING for value in found) else found
        if isinstance(data, Mapping) and key in data:
            data = data[key]
        elif isinstance(data, (list, tuple)) and key.lstrip("-").isdigit() and -len(data) <= int(key) < len(data):
            data = data[int(key)]
        else:
            return MISSING
    return data


def describe(wanted: Any) -> str:
    """An expectation in words."""
    if not isinstance(wanted, Bounds):
        return _shown(wanted)
    parts = []
    if wanted.value is not None:
        parts.append(f"{wanted.value:g} ± {wanted.tolerance:g}" if wanted.tolerance else f"{wanted.value:g}")
    if wanted.above is not None:
        parts.append(f"above {wanted.above:g}")
    if wanted.below is not None:
        parts.append(f"below {wanted.below:g}")
    if "contains" in wanted.model_fields_set:
        parts.append(f"contains {_shown(wanted.contains)}")
    if wanted.keys is not None:
        parts.append(f"keys {_shown(wanted.keys)}")
    return ", ".join(parts)


def _shown(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_shown, value)) + "]"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_shown(entry)}" for key, entry in value.items())
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _holds(wanted: Any, found: Any) -> bool:
    if isinstance(wanted, Bounds):
        return _within(wanted, found)
    if isinstance(wanted, (list, tuple)):
        same = isinstance(found, (list, tuple)) and len(found) == len(wanted)
        return same and all(_holds(a, b) for a, b in zip(wanted, found, strict=True))
    if isinstance(wanted, bool) or isinstance(found, bool):
        return wanted is found
    return bool(wanted == found)


def _within(wanted: Bounds, found: Any) -> bool:
    if "contains" in wanted.model_fields_set:
        return isinstance(found, (list, tuple, str, Mapping)) and wanted.contains in found
    if wanted.keys is not None:
        return isinstance(found, Mapping) and set(found) == set(wanted.keys)
    numbers = found if isinstance(found, (list, tuple)) else [found]
    return bool(numbers) and all(_number_within(wanted, number) for number in numbers)


def _number_within(wanted: Bounds, found: Any) -> bool:
    if isinstance(found, bool) or not isinstance(found, (int, float)) or not math.isfinite(found):
        return False
    return (
        (wanted.value is None or abs(found - wanted.value) <= wanted.tolerance)
        and (wanted.below is None or found < wanted.below)
        and (wanted.above is None or found > wanted.above)
    )
