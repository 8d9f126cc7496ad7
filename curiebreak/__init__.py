"""Which broken symmetry turns a parent structure into its child, learned and proved.

The public names load on first use, so that ``import curiebreak`` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from curiebreak.discovery import certify, find
    from curiebreak.modes.coupling_report import couplings
    from curiebreak.modes.decompose import decompose
    from curiebreak.structures import read_structure

__version__ = "0.1.0"

__all__ = ["__version__", "certify", "couplings", "decompose", "find", "read_structure"]

_HOME = {
    "certify": "curiebreak.discovery",
    "couplings": "curiebreak.modes.coupling_report",
    "find": "curiebreak.discovery",
    "decompose": "curiebreak.modes.decompose",
    "read_structure": "curiebreak.structures",
}


def __getattr__(name: str) -> Any:
    """Import a public name from its module when it is first asked for."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
