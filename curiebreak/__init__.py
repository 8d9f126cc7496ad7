"""Which broken symmetry turns a parent structure into its child, learned and proved.

The public names load on first use, so that ``import curiebreak`` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from curiebreak import intermediates, parents, phonons, plot
    from curiebreak.checking import check
    from curiebreak.discovery import certify, find
    from curiebreak.family import predict, train
    from curiebreak.hidden import hidden_field
    from curiebreak.modes.coupling_report import couplings
    from curiebreak.modes.decompose import decompose
    from curiebreak.modes.subgroup_list import subgroups
    from curiebreak.public import distort
    from curiebreak.structures import read_structure

__version__ = "0.1.0"

__all__ = [
    "__version__",
    "certify",
    "check",
    "couplings",
    "decompose",
    "distort",
    "find",
    "hidden_field",
    "intermediates",
    "parents",
    "phonons",
    "plot",
    "predict",
    "read_structure",
    "subgroups",
    "train",
]

_HOME = {
    "certify": "curiebreak.discovery",
    "check": "curiebreak.checking",
    "hidden_field": "curiebreak.hidden",
    "couplings": "curiebreak.modes.coupling_report",
    "find": "curiebreak.discovery",
    "intermediates": "curiebreak.intermediates",
    "decompose": "curiebreak.modes.decompose",
    "parents": "curiebreak.parents",
    "phonons": "curiebreak.phonons",
    "plot": "curiebreak.plot",
    "predict": "curiebreak.family",
    "train": "curiebreak.family",
    "distort": "curiebreak.public",
    "subgroups": "curiebreak.modes.subgroup_list",
    "read_structure": "curiebreak.structures",
}

_PAIRED = ("certify", "couplings", "decompose", "find")
"""Their parent may be ``auto``: :mod:`curiebreak.public`."""

_OF_COMMAND = {
    "modes": "decompose",
    "intermediate": "intermediates",
    "parent": "parents",
    "irreps": "modes.available.available_irreps",
    "scan": "scan.scan",
    "track": "tracking.track",
}
"""Functions of another name than their command, and those that a room of their own offers."""


def __getattr__(name: str) -> Any:
    """Import a public name from its module when it is first asked for."""
    if name not in _HOME:
        hint = f"; the command `{name}` is `curiebreak.{_OF_COMMAND[name]}`" if name in _OF_COMMAND else ""
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}{hint}")
    module = import_module(_HOME[name])
    # `intermediates` is a package that can be called: the name of the room is the name of the function
    value = module if module.__name__ == f"{__name__}.{name}" else getattr(module, name)
    if name in _PAIRED:
        value = import_module("curiebreak.public").of_pair(value)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
