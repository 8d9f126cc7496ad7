"""``find``: the learned answer and the exact one meet here, and only here."""

from curiebreak.discovery.find import find

__all__ = ["find"]
