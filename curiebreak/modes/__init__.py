"""Exact symmetry-mode decomposition of a distortion."""

from curiebreak.modes.active import ActiveIrrep
from curiebreak.modes.analysis import Analysis, analyse

__all__ = ["ActiveIrrep", "Analysis", "analyse", "decompose"]


def __getattr__(name: str) -> object:
    if name == "decompose":
        from curiebreak.modes.decompose import decompose

        return decompose
    raise AttributeError(name)
