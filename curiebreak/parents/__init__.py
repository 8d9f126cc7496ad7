"""The parent from the child alone: averages over the groups that the child nearly has.

The module itself can be called like :func:`parents`, since both have the same name.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from curiebreak.options.parent_options import SearchOptions
    from curiebreak.parents.api import parents, search_parents

__all__ = ["SearchOptions", "parents", "search_parents"]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for."""
    if name in ("parents", "search_parents"):
        from curiebreak.parents import api

        return getattr(api, name)
    if name == "SearchOptions":
        from curiebreak.options.parent_options import SearchOptions

        return SearchOptions
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class _CallableRoom(ModuleType):
    def __call__(self, *arguments: Any, **options: Any) -> Any:
        from curiebreak.parents.api import parents

        return parents(*arguments, **options)


sys.modules[__name__].__class__ = _CallableRoom
