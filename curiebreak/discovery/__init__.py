"""``find``: the learned answer and the exact one meet here, and only here."""

from curiebreak.discovery.certify import certify
from curiebreak.discovery.find import find

__all__ = ["certify", "find"]
