"""Structures between parent and child: which groups lie between, and the network held to one of them.

The module itself can be called like :func:`intermediates`, since both have the same name.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from curiebreak.intermediates.between import intermediates
    from curiebreak.intermediates.constraint import Constraint

__all__ = ["Constraint", "intermediates"]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for."""
    if name == "intermediates":
        from curiebreak.intermediates.between import intermediates

        return intermediates
    if name == "Constraint":
        from curiebreak.intermediates.constraint import Constraint

        return Constraint
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class _Callable(ModuleType):
    def __call__(self, *arguments: Any, **options: Any) -> Any:
        from curiebreak.intermediates.between import intermediates

        return intermediates(*arguments, **options)


sys.modules[__name__].__class__ = _Callable
