"""What a recipe says about its result, and whether the result holds it."""

from __future__ import annotations

import json
import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import NoneType
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema, model_validator

from curiebreak.recipe.values import Number, Part, Positive, Text


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

    def asks(self, name: str) -> bool:
        """Whether it says something of this; `contains` may ask for null."""
        return name in self.model_fields_set if name == "contains" else getattr(self, name) is not None


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
        wanted = describe(self.wanted)
        try:
            found = look_up(result, self.path.split("."))
        except (LookupError, ValueError):
            return Comparison(self.path, wanted, "nothing", False)
        return Comparison(self.path, wanted, _shown(found), _holds(self.wanted, found))


def look_up(data: Any, keys: list[str]) -> Any:
    """Value at a path of keys in plain data.

    Raises
    ------
    LookupError, ValueError
        If the data does not go that far.
    """
    if not keys:
        return data
    key, *rest = keys
    if isinstance(data, Mapping):
        return look_up(data[key], rest)
    if not isinstance(data, (list, tuple)):
        raise LookupError(key)
    return [look_up(entry, rest) for entry in data] if key == "*" else look_up(data[int(key)], rest)


def describe(wanted: Any) -> str:
    """An expectation in words."""
    if not isinstance(wanted, Bounds):
        return _shown(wanted)
    words = {
        "value": "{value:g} ± {tolerance:g}" if wanted.tolerance else "{value:g}",
        "above": "above {above:g}",
        "below": "below {below:g}",
        "contains": "contains {contains}",
        "keys": "keys {keys}",
    }
    shown = vars(wanted) | {name: _shown(getattr(wanted, name)) for name in ("contains", "keys")}
    return ", ".join(form.format(**shown) for name, form in words.items() if wanted.asks(name))


def _shown(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_shown, value)) + "]"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_shown(entry)}" for key, entry in value.items())
    return json.dumps(value) if isinstance(value, (bool, NoneType)) else str(value)


def _holds(wanted: Any, found: Any) -> bool:
    if isinstance(wanted, Bounds):
        return _within(wanted, found)
    if isinstance(wanted, (list, tuple)):
        same = isinstance(found, (list, tuple)) and len(found) == len(wanted)
        return same and all(_holds(a, b) for a, b in zip(wanted, found, strict=True))
    return isinstance(wanted, bool) is isinstance(found, bool) and bool(wanted == found)


def _within(wanted: Bounds, found: Any) -> bool:
    if wanted.asks("contains"):
        return isinstance(found, (list, tuple, str, Mapping)) and wanted.contains in found
    if wanted.keys is not None:
        return isinstance(found, Mapping) and set(found) == set(wanted.keys)
    numbers = found if isinstance(found, (list, tuple)) else [found]
    return bool(numbers) and all(_number_within(wanted, number) for number in numbers)


def _number_within(wanted: Bounds, found: Any) -> bool:
    if isinstance(found, bool) or not isinstance(found, (int, float)) or not math.isfinite(found):
        return False
    near = partial(math.isclose, rel_tol=0.0, abs_tol=wanted.tolerance)
    tests: dict[str, Callable[..., bool]] = {"value": near, "below": operator.lt, "above": operator.gt}
    return all(test(found, getattr(wanted, name)) for name, test in tests.items() if wanted.asks(name))
