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
        return f"not converged. {result.advice}"
    check = result.crosscheck if isinstance(result, Finding) else None
    if check is not None and not check.agrees:
        return f"learned and exact answer disagree: {check.reason}."
    return None
