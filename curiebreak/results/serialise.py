"""Frozen dataclasses to plain data, to JSON text, and back.

Written for the result models, which describe themselves through their type hints:
``X | None``, ``tuple[X, ...]``, ``tuple[X, Y]``, ``dict[str, X]``, ``Literal``, string
enumerations, numbers, strings, other dataclasses, and ``Any`` for free JSON.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from contextlib import suppress
from enum import Enum
from fractions import Fraction
from functools import cache
from os import PathLike, fspath
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from curiebreak.errors import InputError
from curiebreak.files import parse_json

T = TypeVar("T")

_LINE = 100
_HINT = "Was the file cut off or edited? Write it anew with the command that made it."


def to_plain(value: Any) -> Any:
    """Turn a result into dicts, lists, numbers, strings and ``None``.

    Numbers of numpy become Python numbers, NaN and infinities ``None``, fractions and
    paths strings, enumerations their values.

    Parameters
    ----------
    value : dataclass, mapping, sequence, ndarray, number, str or None
        Anything that a result may hold.

    Returns
    -------
    dict, list, str, int, float, bool or None
        Data that :func:`json.dumps` takes as it stands.

    Raises
    ------
    TypeError
        If a value has no plain form.
    """
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (NoneType, str, bool, int)):
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, (Fraction, PathLike)):
        return str(value) if isinstance(value, Fraction) else fspath(value)
    return _container_to_plain(value)


def _container_to_plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_plain(item) for item in value]
    if hasattr(value, "tolist"):
        return to_plain(value.tolist())
    raise TypeError(f"a {type(value).__name__} has no plain form")


def from_plain(kind: type[T], data: Any, where: str = "result") -> T:
    """Build a dataclass from plain data, checking every name and type on the way.

    Keys that the class does not know are ignored: later versions may add some.

    Parameters
    ----------
    kind : type
        The dataclass to build.
    data : mapping
        Plain data, as :func:`to_plain` gives it.
    where : str
        Name of ``data`` for messages.

    Raises
    ------
    InputError
        If a value is missing or of the wrong type; the message names it.
    """
    return _read(kind, data, where)  # type: ignore[no-any-return]


@cache
def hints_of(kind: type) -> dict[str, Any]:
    """Type hints of a dataclass, resolved once."""
    return get_type_hints(kind)


def optional_of(hint: Any) -> tuple[Any, bool]:
    """Split ``X | None`` into ``(X, True)``; any other hint comes back with ``False``."""
    if get_origin(hint) not in (Union, UnionType):
        return hint, False
    inner = [a for a in get_args(hint) if a is not NoneType]
    if len(inner) != 1:
        raise TypeError(f"unions other than X | None are not supported: {hint}")
    return inner[0], True


def _read(hint: Any, value: Any, where: str) -> Any:
    hint, optional = optional_of(hint)
    if hint is Any or (optional and value is None):
        return value
    if dataclasses.is_dataclass(hint):
        return _read_dataclass(hint, value, where)
    origin = get_origin(hint)
    if origin is Literal:
        return _read_choice(get_args(hint), value, where)
    if origin is tuple:
        return _read_tuple(get_args(hint), value, where)
    if origin in (dict, Mapping):
        return {key: _read(get_args(hint)[1], item, f"{where}.{key}") for key, item in _mapping(value, where)}
    if issubclass(hint, Enum):
        return hint(_read_choice(tuple(e.value for e in hint), value, where))
    return _read_scalar(hint, value, where)


def _read_dataclass(kind: Any, value: Any, where: str) -> Any:
    data = dict(_mapping(value, where))
    found = {}
    for field in dataclasses.fields(kind):
        if field.name in data:
            found[field.name] = _read(hints_of(kind)[field.name], data[field.name], f"{where}.{field.name}")
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise InputError(f"`{where}.{field.name}` is missing.", _HINT)
    return kind(**found)


def _mapping(value: Any, where: str) -> Any:
    if not isinstance(value, Mapping):
        raise _wrong(where, "an object", value)
    return value.items()


def _read_choice(choices: tuple[Any, ...], value: Any, where: str) -> Any:
    if not isinstance(value, (str, int, float)) or value not in choices:
        raise _wrong(where, "one of " + ", ".join(map(str, choices)), value)
    return value


def _read_tuple(hints: tuple[Any, ...], value: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(value, (list, tuple)):
        raise _wrong(where, "a list", value)
    if len(hints) == 2 and hints[1] is Ellipsis:
        hints = (hints[0],) * len(value)
    if len(hints) != len(value):
        raise _wrong(where, f"a list of {len(hints)}", value)
    pairs = enumerate(zip(hints, value, strict=True))
    return tuple(_read(hint, item, f"{where}[{i}]") for i, (hint, item) in pairs)


_SCALARS = {float: "a number", int: "an integer", str: "a string", bool: "true or false"}


def _read_scalar(hint: Any, value: Any, where: str) -> Any:
    if hint in (float, int) and isinstance(value, (int, float)) and not isinstance(value, bool):
        if not _is_finite(value):
            raise _wrong(where, "a finite number", value)
        if hint is float or value == int(value):
            return hint(value)
    elif hint in (str, bool) and isinstance(value, hint):
        return value
    raise _wrong(where, _SCALARS[hint], value)


def _is_finite(value: int | float) -> bool:
    """Whether a number is one of double precision: no NaN (which results write as null), no 1e999."""
    with suppress(OverflowError):
        return math.isfinite(value)
    return False


def _wrong(where: str, wanted: str, value: Any) -> InputError:
    try:
        shown = json.dumps(value, default=repr)
    except (ValueError, RecursionError):  # an integer of thousands of digits, or lists in lists in lists
        shown = type(value).__name__
    short = shown if len(shown) <= 40 else shown[:37] + "..."
    return InputError(f"`{where}` must be {wanted}, got {short}.", _HINT)


def dumps(value: Any) -> str:
    """JSON text of plain data, pure ASCII: indented, but a list that fits stays on one line."""
    return _render(value, 0)


def _render(value: Any, depth: int) -> str:
    compact = json.dumps(value, allow_nan=False)
    if not isinstance(value, (dict, list)) or not value:
        return compact
    flat = isinstance(value, list) and not any(isinstance(item, dict) for item in value)
    if flat and len(compact) + 2 * depth <= _LINE:
        return compact
    pad = "\n" + "  " * (depth + 1)
    if isinstance(value, dict):
        parts = [f"{json.dumps(k)}: {_render(v, depth + 1)}" for k, v in value.items()]
        return "{" + pad + ("," + pad).join(parts) + "\n" + "  " * depth + "}"
    if all(isinstance(item, (int, float, str, NoneType)) for item in value):
        return compact
    return "[" + pad + ("," + pad).join(_render(v, depth + 1) for v in value) + "\n" + "  " * depth + "]"


def loads(text: str, where: str = "result") -> Any:
    """Parse JSON text.

    Raises
    ------
    InputError
        If the text is not JSON; the message gives line and column. Also if it is nested too deeply.
    """
    return parse_json(text, where)
