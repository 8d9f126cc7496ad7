"""Phonons by symmetry: the irrep of every mode, children of the unstable ones, what of a child each mode carries.

The module itself can be called like :func:`phonons`, since both have the same name.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from curiebreak.phonons.phonon_run import phonons

__all__ = ["phonons"]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for."""
    if name == "phonons":
        from curiebreak.phonons.phonon_run import phonons

        return phonons
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class _CallablePhonons(ModuleType):
    def __call__(self, *arguments: Any, **options: Any) -> Any:
        from curiebreak.phonons.phonon_run import phonons

        return phonons(*arguments, **options)


sys.modules[__name__].__class__ = _CallablePhonons
