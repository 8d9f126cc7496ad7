"""Progress of long computations: a bar on a terminal, a line a minute elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any, TypeVar

from curiebreak.clock import Progress

T = TypeVar("T")
EVERY = 60.0
"""Seconds between the lines where standard error is no terminal: the log of a queue stays short."""


ENOUGH = 0.05
"""Part that must be done before the time left is told."""


class _PlainLines:
    """What is going on, as one line a minute on standard error; nothing in the first minute.

    A thread of its own says it, so that a step without news is seen to be at work.
    """

    def __init__(self) -> None:
        self.now = ""
        self._share = (time.monotonic(), 0.0)
        self._start = time.monotonic()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        while not self._end.wait(EVERY):
            spent = time.monotonic() - self._start
            with suppress(OSError, ValueError):  # nobody reads it
                print(f"{_clock(spent)}  {self.now or 'starting'}{self.left()}", file=sys.stderr, flush=True)

    def begin(self) -> None:
        """What is done is counted from now on."""
        self._share = (time.monotonic(), 0.0)

    def done(self, fraction: float) -> None:
        """Say which part is done since the beginning."""
        self._share = (self._share[0], fraction)

    def left(self) -> str:
        """How long the rest takes at the pace so far; nothing before a twentieth is done."""
        start, fraction = self._share
        if not ENOUGH <= fraction < 1.0:
            return ""
        return f", about {_length((time.monotonic() - start) * (1 - fraction) / fraction)} left"

    def __enter__(self) -> _PlainLines:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()


def _clock(seconds: float) -> str:
    return f"after {_length(seconds)}"


def _length(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{round(seconds)} s" if seconds < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


@contextmanager
def _shown(
    quiet: bool, plain: Callable[[_PlainLines], T], columns: Callable[[], Sequence[Any]], bar: Callable[[Any], T]
) -> Iterator[T | None]:
    """What takes the news: nothing, lines where standard error is no terminal, or a bar of such columns."""
    if quiet:
        yield None
    elif not sys.stderr.isatty():
        with _PlainLines() as lines:
            yield plain(lines)
    else:
        from rich.progress import Progress as Bar

        from curiebreak.cli.console import make_console

        with Bar(*columns(), console=make_console(stderr=True), transient=True) as drawn:
            yield bar(drawn)


def progress_bar(quiet: bool) -> AbstractContextManager[Progress | None]:
    """Show phases on standard error: as bars on a terminal, else as one line a minute.

    Parameters
    ----------
    quiet : bool
        Show nothing.

    Yields
    ------
    callable or None
        Takes the name of the phase, the fraction done in [0, 1], and a short message.
    """

    def plain(lines: _PlainLines) -> Progress:
        phases: list[str] = []

        def say(phase: str, fraction: float, message: str) -> None:
            if phases[-1:] != [phase]:
                phases.append(phase)
                lines.begin()
            lines.done(fraction)
            lines.now = f"{phase}: {fraction:.0%} {message}".rstrip()

        return say

    def columns() -> Sequence[Any]:
        from rich.progress import BarColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

        left = TimeRemainingColumn(compact=True)
        words, message = TextColumn("{task.description:<14}"), TextColumn("{task.fields[message]}")
        return words, BarColumn(bar_width=24), message, TimeElapsedColumn(), TextColumn("left"), left

    def bars(drawn: Any) -> Progress:
        tasks: dict[str, int] = {}

        def report(phase: str, fraction: float, message: str) -> None:
            if phase not in tasks:
                tasks[phase] = drawn.add_task(phase, total=1.0, message="")
            drawn.update(tasks[phase], completed=fraction, message=message)

        return report

    return _shown(quiet, plain, columns, bars)


def counting_bar(quiet: bool) -> AbstractContextManager[Callable[[int, int, int], None] | None]:
    """Show how many of many are done, with rate, time left and failures: a bar on a terminal, else a line a minute.

    Parameters
    ----------
    quiet : bool
        Show nothing.

    Yields
    ------
    callable or None
        Takes the number done, the total, and the failures among them.
    """

    def plain(lines: _PlainLines) -> Callable[[int, int, int], None]:
        def say(done: int, total: int, failures: int) -> None:
            lines.now = f"{done} of {total} structures{', ' * bool(failures)}{_failed(failures)}"
            lines.done(done / max(total, 1))

        return say

    def columns() -> Sequence[Any]:
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn

        rate, failures = TextColumn("{task.fields[rate]}"), TextColumn("{task.fields[failures]}")
        return BarColumn(bar_width=30), MofNCompleteColumn(), rate, TimeRemainingColumn(), failures

    def bar(drawn: Any) -> Callable[[int, int, int], None]:
        task = drawn.add_task("scan", total=None, rate="", failures="")

        def report(done: int, total: int, failures: int) -> None:
            rate = _rate(drawn, 1)
            drawn.update(task, completed=done, total=total, rate=rate, failures=_failed(failures))

        return report

    return _shown(quiet, plain, columns, bar)


def frame_counter(quiet: bool) -> AbstractContextManager[Callable[[int], None] | None]:
    """Show how many frames of a series are done, with the rate: on a terminal as they come, else a line a minute.

    Parameters
    ----------
    quiet : bool
        Show nothing.

    Yields
    ------
    callable or None
        Takes the number done.
    """

    def plain(lines: _PlainLines) -> Callable[[int], None]:
        def say(done: int) -> None:
            lines.now = f"{done} frames"

        return say

    def columns() -> Sequence[Any]:
        from rich.progress import TextColumn, TimeElapsedColumn

        return TextColumn("{task.completed:.0f} frames"), TextColumn("{task.fields[rate]}"), TimeElapsedColumn()

    def bar(drawn: Any) -> Callable[[int], None]:
        task = drawn.add_task("frames", total=None, rate="")

        def report(done: int) -> None:
            if done % 20 == 0:
                drawn.update(task, completed=done, rate=_rate(drawn, 0))

        return report

    return _shown(quiet, plain, columns, bar)


def _failed(count: int) -> str:
    return f"{count} failed" if count else ""


def _rate(drawn: Any, digits: int) -> str:
    speed = drawn.tasks[0].speed
    return f"{speed:.{digits}f}/s" if speed else ""
