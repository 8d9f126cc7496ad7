"""Errors that a user can meet, each with a hint and the exit code of the command line.

The codes are part of the published contract: 1 internal, 2 usage, 3 bad input,
4 no mapping or not compatible, 5 not converged (under ``--strict``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


class CurieBreakError(Exception):
    """Base of all expected errors.

    Parameters
    ----------
    message : str
        One sentence: what is wrong and where.
    hint : str, optional
        One sentence: what to do about it.
    """

    exit_code = 1

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def reason(error: Exception) -> str:
    """What another library says of a file, for a message: its first line, else the kind of error."""
    first, *_ = (str(error).strip() or type(error).__name__).splitlines()
    return first[:120].rstrip(".")


def system_reason(error: Exception) -> str:
    """What the system says of a file, else what the error says, else its kind."""
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


class InternalError(CurieBreakError):
    """A consistency check inside the program failed: a defect, never the user's fault."""

    exit_code = 1


class UsageError(CurieBreakError):
    """Options that contradict each other or do not exist."""

    exit_code = 2


class InputError(CurieBreakError):
    """A file, format, number or site name that cannot be used."""

    exit_code = 3


class NotCompatibleError(CurieBreakError):
    """Parent and child cannot be mapped onto each other as group and subgroup."""

    exit_code = 4


class NotConvergedError(CurieBreakError):
    """The learned side did not converge and ``--strict`` was given."""

    exit_code = 5


def refuse(*rules: tuple[object, str, str], refusal: type[CurieBreakError] = UsageError) -> None:
    """Refuse options or numbers by the first rule that holds: what must not be, the sentence that says so, the hint.

    Raises
    ------
    UsageError or `refusal`
    """
    for wrong, message, hint in rules:
        if wrong:
            raise refusal(message, hint)


@contextmanager
def refusing(
    kinds: type[Exception] | tuple[type[Exception], ...],
    message: str | Callable[[Exception], str],
    hint: str,
    refusal: type[CurieBreakError] = InputError,
) -> Iterator[None]:
    """Within the block, errors of these kinds become one that a user can meet.

    Parameters
    ----------
    kinds : type or tuple of types
    message : str or callable
        The sentence, or what makes it of the error.
    hint : str
    refusal : type
    """
    try:
        yield
    except kinds as error:
        raise refusal(message if isinstance(message, str) else message(error), hint) from error
