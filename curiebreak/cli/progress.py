"""A progress bar for computations that report a phase, a fraction and a message."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = Callable[[str, float, str], None]


@contextmanager
def progress_bar(quiet: bool) -> Iterator[Progress | None]:
    """Show phases on standard error, on a terminal only.

    Parameters
    ----------
    quiet : bool
        Show nothing.

    Yields
    ------
    callable or None
        Takes the name of the phase, the fraction done in [0, 1], and a short message.
    """
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    from curiebreak.cli.console import make_console

    columns = (
        TextColumn("{task.description:<14}"),
        BarColumn(bar_width=30),
        TextColumn("{task.fields[message]}"),
        TimeElapsedColumn(),
    )
    with Bar(*columns, console=make_console(stderr=True), transient=True) as bar:
        tasks: dict[str, int] = {}

        def report(phase: str, fraction: float, message: str) -> None:
            if phase not in tasks:
                tasks[phase] = bar.add_task(phase, total=1.0, message="")
            bar.update(tasks[phase], completed=fraction, message=message)  # type: ignore[arg-type]

        yield report


@contextmanager
def counting_bar(quiet: bool) -> Iterator[Callable[[int, int, int], None] | None]:
    """Show how many of many are done, with rate, time left and failures; on a terminal only.

    Parameters
    ----------
    quiet : bool
        Show nothing.

    Yields
    ------
    callable or None
        Takes the number done, the total, and the failures among them.
    """
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    from curiebreak.cli.console import make_console

    columns = (
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[failures]}"),
    )
    with Bar(*columns, console=make_console(stderr=True), transient=True) as bar:
        task = bar.add_task("scan", total=None, rate="", failures="")

        def report(done: int, total: int, failures: int) -> None:
            speed = bar.tasks[0].speed
            bar.update(
                task,
                completed=done,
                total=total,
                rate=f"{speed:.1f}/s" if speed else "",
                failures=f"{failures} failed" if failures else "",
            )

        yield report


@contextmanager
def frame_counter(quiet: bool) -> Iterator[Callable[[int], None] | None]:
    """Show how many frames of a series are done, with the rate; on a terminal only.

    Parameters
    ----------
    quiet : bool
        Show nothing.

    Yields
    ------
    callable or None
        Takes the number done.
    """
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.progress import Progress as Bar
    from rich.progress import TextColumn, TimeElapsedColumn

    from curiebreak.cli.console import make_console

    columns = (TextColumn("{task.completed:.0f} frames"), TextColumn("{task.fields[rate]}"), TimeElapsedColumn())
    with Bar(*columns, console=make_console(stderr=True), transient=True) as bar:
        task = bar.add_task("frames", total=None, rate="")

        def report(done: int) -> None:
            if done % 20 == 0:
                speed = bar.tasks[0].speed
                bar.update(task, completed=done, rate=f"{speed:.0f}/s" if speed else "")

        yield report
