"""The functions of a pair as Python offers them: PARENT may be ``auto``, and the moments of a child count.

The rooms below take a parent that is known and, those of the exact side, a child without moments; here, as on the
command line, the parent is looked for and the child goes to the room that knows its kind.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar, cast

from curiebreak.errors import UsageError

R = TypeVar("R")

_WITH_MOMENTS = {
    "couplings": "curiebreak.magnetic.magnetic_couplings:magnetic_couplings",
    "decompose": "curiebreak.magnetic.magnetic_modes:decompose_magnetic",
}
"""What takes a child with moments, where the function itself does not."""


def of_pair(function: Callable[..., R]) -> Callable[..., R]:
    """The function with a parent that may be ``auto`` and a child that may have moments; signature and text stay."""
    signature = inspect.signature(function)
    other = _WITH_MOMENTS.get(function.__name__)

    @wraps(function)
    def called(*arguments: Any, **keywords: Any) -> R:
        try:
            given = signature.bind(*arguments, **keywords).arguments
        except TypeError as error:
            raise TypeError(f"{function.__name__}() {error}") from None
        child = given.get("child")
        given["parent"] = _known(given.get("parent"), child)
        if other is not None and _has_moments(child):
            return cast(R, _with_moments(other, given))
        return function(**given)

    called.__signature__ = signature  # type: ignore[attr-defined]
    vars(called).pop("__wrapped__")
    return called


def _known(parent: Any, child: Any) -> Any:
    """The parent itself; for ``auto`` the one that is found, unless the child states one with its moments."""
    if child is None or not isinstance(parent, (str, Path)) or str(parent) != "auto":
        return parent
    from curiebreak.magnetic.stated_document import states_parent
    from curiebreak.parents.auto import found_parent

    return parent if states_parent(child) else found_parent(child)


def _has_moments(child: Any) -> bool:
    from curiebreak.structures.magnetic_cif import lists_moments

    return lists_moments(child)


def _with_moments(place: str, given: dict[str, Any]) -> Any:
    """Call the magnetic room; what it does not take is refused, for it would be left undone."""
    module, name = place.split(":")
    function = getattr(import_module(module), name)
    taken = inspect.signature(function).parameters
    for word in given:
        if word not in taken:
            raise UsageError(f"`{word}` is not for magnetic structures.", "Leave it out.")
    return function(**given)
