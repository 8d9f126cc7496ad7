"""``--strict``: an answer that is not sure ends with an exit code of its own."""

from __future__ import annotations

from typing import Any

import typer

from curiebreak.results import Finding, Status

NOT_SURE = 5


def strictly(result: Any, name: str | None = None) -> int:
    """Exit code of a result under ``--strict``: 5, with a sentence, when not converged or when both sides disagree."""
    before = "" if name is None else f"{name}: "
    check = result.crosscheck if isinstance(result, Finding) else None
    if getattr(result, "status", None) is Status.NOT_CONVERGED:
        typer.echo(f"error: {before}not converged. {Status.NOT_CONVERGED.advice}", err=True)
        return NOT_SURE
    if check is not None and not check.agrees:
        typer.echo(f"error: {before}learned and exact answer disagree: {check.reason}.", err=True)
        return NOT_SURE
    return 0
