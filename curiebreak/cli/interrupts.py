"""Ctrl-C that ends a computation but never a result half-written."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import TypeVar

from curiebreak.errors import CurieBreakError

Result = TypeVar("Result")


class _Ended(KeyboardInterrupt):
    """Goes through everything, as Ctrl-C does."""


class Terminated(CurieBreakError):
    """The process was asked to end (SIGTERM), as by a queue whose time is over."""

    exit_code = 143
    """128 + SIGTERM, as a shell reports it."""


@contextmanager
def terminable(hint: str) -> Iterator[None]:
    """Let SIGTERM end what is done inside like Ctrl-C, so that workers are ended and files closed.

    Parameters
    ----------
    hint : str
        How to go on later.

    Raises
    ------
    Terminated
    """

    def end(number: int, frame: FrameType | None) -> None:
        raise _Ended

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    except _Ended:
        raise Terminated("Stopped from outside (SIGTERM).", hint) from None
    finally:
        signal.signal(signal.SIGTERM, before)


_PATIENCE = 3
"""Ctrl-C pressed this often ends the program at once."""


@dataclass
class Stop:
    """What has come of Ctrl-C.

    Attributes
    ----------
    asked : int
        How often it was pressed.
    free : bool
        Whether it ends what is going on.
    """

    asked: int = 0
    free: bool = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Signal handler."""
        self.asked += 1
        if self.asked >= _PATIENCE or (self.free and self.asked == 1):
            raise KeyboardInterrupt

    @contextmanager
    def freed(self) -> Iterator[None]:
        """Let Ctrl-C, pressed before or now, end what is done inside."""
        if self.asked:
            raise KeyboardInterrupt
        self.free = True
        try:
            yield
        finally:
            self.free = False


@contextmanager
def held() -> Iterator[Stop]:
    """Hold Ctrl-C back."""
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = signal.signal(signal.SIGINT, stop)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


def interruptible(
    load: Callable[[], Callable[[], Result]], otherwise: Callable[[], Result], show: Callable[[Result], None]
) -> tuple[Result, bool]:
    """Compute and show a result; Ctrl-C ends the computing alone.

    Parameters
    ----------
    load : callable
        Imports what is needed, and returns what computes the result.
    otherwise : callable
        The result where computing ended without one; needs nothing that `load` imports, which may be half there.
    show : callable
        Writes and prints it.

    Returns
    -------
    result : object
    stopped : bool
        Whether Ctrl-C was pressed.
    """
    found: list[Result] = []
    with held() as stop:
        try:
            with stop.freed():
                compute = load()
                if stop.asked:  # a library that catches everything while it loads has swallowed it
                    raise KeyboardInterrupt
                found.append(compute())
        except KeyboardInterrupt:
            if stop.asked >= _PATIENCE:
                raise
        result = found[0] if found else otherwise()
        show(result)
    return result, stop.asked > 0
