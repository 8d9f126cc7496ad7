"""``--strict``: an answer that is not sure ends with an exit code of its own."""

from __future__ import annotations

from typing import Any

from curiebreak.errors import CurieBreakError


class NotSure(CurieBreakError):
    """What was asked for with ``--strict`` is not sure."""

    exit_code = 5


def doubt(result: Any) -> str | None:
    """Why a result is not sure, if it is not: not converged, or the learned and the exact side disagree."""
    from curiebreak.results import Finding, Status  # a tenth of a second that no help page needs

    if getattr(result, "status", None) is Status.NOT_CONVERGED:
        return f"not converged. {Status.NOT_CONVERGED.advice}"
    check = result.crosscheck if isinstance(result, Finding) else None
    if check is not None and not check.agrees:
        return f"learned and exact answer disagree: {check.reason}."
    return None


def require_sure(result: Any, name: str | None = None) -> None:
    """Raise where a result is not sure.

    Parameters
    ----------
    result : object
        Of any command.
    name : str, optional
        Of the step of a recipe that gave it.

    Raises
    ------
    NotSure
    """
    words = doubt(result)
    if words is not None:
        raise NotSure(words if name is None else f"{name}: {words}")
