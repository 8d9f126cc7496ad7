"""Worker processes with a time limit a task: a hang or a crash costs one structure, not the scan.

Each worker is a fresh interpreter at the other end of a pipe. The pool gives it one source at a time,
kills it when the time is over, starts another in its place, gives a source that crashed its worker one
more chance, and replaces workers after a number of tasks so that memory stays bounded.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from curiebreak.errors import UsageError
from curiebreak.options.scan_options import ScanSettings
from curiebreak.scan.inputs import Source
from curiebreak.scan.row import Row, failed_row

Task = tuple[int, Source]
Analyse = Callable[[Source, ScanSettings], Row]

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
_READY = "ready"
_TICK = 1.0
_START_LIMIT = 120.0
"""Seconds that a worker may need to start."""

_ATTEMPTS = 2


@dataclass(frozen=True)
class Limits:
    """Bounds of a pool.

    Attributes
    ----------
    jobs : int
        Worker processes.
    timeout : float or None
        Seconds for one structure.
    recycle : int
        Structures after which a worker is replaced.
    """

    jobs: int = 1
    timeout: float | None = 600.0
    recycle: int = 500


@dataclass(eq=False)
class _Worker:
    process: BaseProcess
    pipe: Connection
    started: float
    ready: bool = False
    task: Task | None = None
    deadline: float | None = None
    done: int = 0


@dataclass(eq=False)
class Pool:
    """Workers that turn tasks into rows, in the order in which they finish.

    Parameters
    ----------
    analyse : callable
        ``analyse(source, settings) -> Row``, importable by name.
    settings : ScanSettings
    limits : Limits
    """

    analyse: Analyse
    settings: ScanSettings
    limits: Limits
    _workers: list[_Worker] = field(default_factory=list)
    _again: deque[Task] = field(default_factory=deque)
    _crashes: dict[int, int] = field(default_factory=dict)

    def rows(self, tasks: Iterable[Task]) -> Iterator[tuple[int, Row]]:
        """Run all tasks.

        Parameters
        ----------
        tasks : iterable of (position, source)
            Read as workers become free.

        Yields
        ------
        position : int
        row : Row
        """
        waiting = iter(tasks)
        try:
            upcoming = self._next(waiting)
            while upcoming is not None or self._again or any(w.task for w in self._workers):
                upcoming = self._feed(upcoming, waiting)
                yield from self._collect()
                upcoming = upcoming if upcoming is not None else self._next(waiting)
        finally:
            self.stop()

    def stop(self) -> None:
        """End all workers at once."""
        for worker in self._workers:
            _end(worker)
        self._workers.clear()

    def _next(self, waiting: Iterator[Task]) -> Task | None:
        return self._again.popleft() if self._again else next(waiting, None)

    def _feed(self, upcoming: Task | None, waiting: Iterator[Task]) -> Task | None:
        """Hand out tasks to free workers, and fill up the workers."""
        for worker in self._workers:
            if upcoming is None:
                return None
            if worker.ready and worker.task is None:
                self._give(worker, upcoming)
                upcoming = self._next(waiting)
        while upcoming is not None and len(self._workers) < self.limits.jobs:
            self._workers.append(_start(self.analyse, self.settings))
        return upcoming

    def _give(self, worker: _Worker, task: Task) -> None:
        worker.task = task
        worker.started = time.monotonic()
        worker.deadline = None if self.limits.timeout is None else worker.started + self.limits.timeout
        try:
            worker.pipe.send(task[1])
        except OSError:  # it has died; the next look at its pipe says so
            return

    def _collect(self) -> Iterator[tuple[int, Row]]:
        """Wait for news and yield finished rows."""
        ready = set(wait([worker.pipe for worker in self._workers], timeout=self._patience()))
        now = time.monotonic()
        for worker in list(self._workers):
            if worker.pipe in ready:
                row = self._heard(worker)
            elif worker.deadline is not None and now > worker.deadline:
                row = self._late(worker)
            elif not worker.ready and now - worker.started > _START_LIMIT:
                raise RuntimeError("a worker process does not start")
            else:
                row = None
            if row is not None:
                yield row

    def _patience(self) -> float:
        deadlines = [w.deadline for w in self._workers if w.deadline is not None]
        return max(0.0, min([_TICK, *(d - time.monotonic() for d in deadlines)]))

    def _heard(self, worker: _Worker) -> tuple[int, Row] | None:
        try:
            message = worker.pipe.recv()
        except (EOFError, OSError):
            return self._crashed(worker)
        if message == _READY:
            worker.ready = True
            return None
        task, worker.task, worker.deadline = worker.task, None, None
        worker.done += 1
        if worker.done >= self.limits.recycle:
            self._remove(worker)
        return None if task is None else (task[0], message)

    def _crashed(self, worker: _Worker) -> tuple[int, Row] | None:
        self._remove(worker)
        task = worker.task
        if task is None:
            if not worker.ready:
                raise UsageError(
                    f"A worker process ended while it started ({_ending(worker)}).",
                    'A script that calls `scan` needs `if __name__ == "__main__":` around it.',
                )
            return None
        attempts = self._crashes[task[0]] = self._crashes.get(task[0], 0) + 1
        if attempts < _ATTEMPTS:
            self._again.append(task)
            return None
        reason = f"The worker process died twice on this structure ({_ending(worker)})."
        return task[0], failed_row(task[1], "crash", reason, time.monotonic() - worker.started)

    def _late(self, worker: _Worker) -> tuple[int, Row] | None:
        self._remove(worker)
        if worker.task is None:
            return None
        reason = f"Not finished within {self.limits.timeout:g} s."
        return worker.task[0], failed_row(worker.task[1], "timeout", reason, time.monotonic() - worker.started)

    def _remove(self, worker: _Worker) -> None:
        _end(worker)
        self._workers.remove(worker)


def _start(analyse: Analyse, settings: ScanSettings) -> _Worker:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(there, analyse, settings), daemon=True)
    before = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, "1"))
    try:
        with _undisturbed():
            process.start()
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
    there.close()
    return _Worker(process, here, time.monotonic())


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Hold back Ctrl-C and SIGTERM: a worker that is started half ends in a traceback.

    The handlers wait, whichever thread hears the signal; workers inherit the mask, and answer to signals when
    they are ready.
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "pthread_sigmask"):
        yield
        return
    heard: list[int] = []
    handlers = [(number, signal.signal(number, lambda n, _: heard.append(n))) for number in _SIGNALS]
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for known, handler in handlers:
            signal.signal(known, handler)
        for number in heard:
            signal.raise_signal(number)


_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def _end(worker: _Worker) -> None:
    worker.process.kill()
    worker.process.join()
    worker.pipe.close()


def _ending(worker: _Worker) -> str:
    code = worker.process.exitcode
    if code is not None and code < 0 and code != -signal.SIGKILL:
        return f"signal {signal.Signals(-code).name}"
    return f"exit code {code}"


def _serve(pipe: Connection, analyse: Any, settings: ScanSettings) -> None:
    """Life of a worker: rows for sources until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
    with suppress(EOFError, OSError):  # the scan has ended, or was killed
        pipe.send(_READY)
        while True:
            pipe.send(analyse(pipe.recv(), settings))
