"""Is an output allowed by symmetry for an input? Exact group theory, any field."""

from curiebreak.checking.check_run import check

__all__ = ["check"]
