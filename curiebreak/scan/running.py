"""``scan``: every structure of an input into one store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any

from curiebreak.errors import UsageError, refusing
from curiebreak.options import taking
from curiebreak.options.scan_options import ScanningOptions, ScanSettings
from curiebreak.scan.analysing import analyse_source
from curiebreak.scan.inputs import Source, list_sources
from curiebreak.scan.pool import Analyse, Limits, Pool, Task
from curiebreak.scan.prototypes import Prototype
from curiebreak.scan.row import FAILURES, Row, failed_row
from curiebreak.scan.store import Store
from curiebreak.structures import read_structure
from curiebreak.symmetry.parent import parent_crystal
from curiebreak.versions import library_versions

AHEAD = 4
"""Structures in flight for each thread of the cluster."""


def cluster_rows(
    address: str, analyse: Analyse, settings: ScanSettings, tasks: Iterable[Task]
) -> Iterator[tuple[int, Row]]:
    """Run all tasks on a Dask cluster.

    Parameters
    ----------
    address : str
        Of the scheduler, such as ``tcp://scheduler:8786``.
    analyse : callable
        ``analyse(source, settings) -> Row``, importable on the workers.
    settings : ScanSettings
    tasks : iterable of (position, source)

    Yields
    ------
    position : int
    row : Row

    Raises
    ------
    UsageError
        If Dask is not installed.
    InputError
        If there is no scheduler at the address.
    """
    with refusing(ImportError, "A cluster needs Dask.", "Install it with `pip install curiebreak[dask]`.", UsageError):
        distributed: Any = import_module("distributed")
    with refusing((OSError, ValueError), f"There is no Dask scheduler at {address}.", "Check the address."):
        client = distributed.Client(address, timeout=10)
    with client:
        waiting, known = iter(tasks), {}
        running = distributed.as_completed()
        ahead = AHEAD * max(1, sum(client.nthreads().values()))
        for task in islice(waiting, ahead):
            known[_submitted(client, running, analyse, settings, task)] = task
        while known:
            future = next(running)
            task = known.pop(future.key)
            yield task[0], _answer(future, task)
            for following in islice(waiting, 1):
                known[_submitted(client, running, analyse, settings, following)] = following


def _submitted(client: Any, running: Any, analyse: Analyse, settings: ScanSettings, task: Task) -> str:
    future = client.submit(analyse, task[1], settings, pure=False)
    running.add(future)
    return str(future.key)


def _answer(future: Any, task: Task) -> Row:
    if future.status == "finished":
        row: Row = future.result()
        return row
    return failed_row(task[1], "crash", f"The cluster lost this structure ({future.exception()!r}).")


@dataclass
class Summary:
    """What a scan has done.

    Attributes
    ----------
    total : int
        Structures of the input.
    before : Counter
        By status, those of them that were finished before and are kept.
    counts : Counter
        Structures by status, of those done now.
    """

    total: int = 0
    before: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def kept(self) -> int:
        """Structures that were finished before."""
        return self.before.total()

    @property
    def failures(self) -> int:
        """Errors, timeouts and crashes among those done now."""
        return sum(self.counts[status] for status in FAILURES)

    @property
    def failed_before(self) -> int:
        """Errors, timeouts and crashes among those kept."""
        return sum(self.before[status] for status in FAILURES)


@taking(ScanningOptions)
def scan(asked: ScanningOptions) -> Summary:
    """Analyse every structure of an input and keep the results in a store.

    Inputs that bring their own parent use that. A Dask cluster runs the structures instead of `jobs` processes; it
    sets no time limit.

    Returns
    -------
    Summary

    Raises
    ------
    UsageError
        If the store exists (without `resume`), has other options, or is in use.
    InputError
        If input, parent or store cannot be read or written.
    """
    settings = ScanSettings(**asked.keywords(ScanSettings) | {"parent": _checked_parent(asked)})
    analyse = asked.analyse or analyse_source
    sources = list(list_sources(Path(asked.given)))
    with Store(Path(asked.output), asked.resume) as store:
        store.describe(settings.record, library_versions())
        summary = Summary(total=len(sources))
        tasks = list(_tasks(store, sources, summary, asked.retry))
        limits = Limits(max(1, min(asked.jobs, len(tasks))), asked.timeout, asked.recycle)
        if asked.dask is None:
            rows = Pool(analyse, settings, limits).rows(tasks)
        else:
            rows = cluster_rows(asked.dask, analyse, settings, tasks)
        for done, (position, row) in enumerate(rows, 1):
            store.add(row, position)
            summary.counts[row.status] += 1
            if asked.watch is not None:
                asked.watch(summary.kept + done, summary.total, summary.failures)
    return summary


def _checked_parent(asked: ScanSettings) -> str:
    """Name of a prototype, or the path of a file that can serve as the parent."""
    name = str(asked.parent)
    if name in list(Prototype):
        return name
    if not Path(name).is_file() and Path(name).suffix == "":
        raise UsageError(f"There is no parent {name!r}.", f"Give a file or one of {', '.join(Prototype)}.")
    parent_crystal(read_structure(name), asked.parent_symprec)
    return name


def _tasks(store: Store, sources: list[Source], summary: Summary, retry: bool) -> Iterator[Task]:
    """What is left to do; what is finished keeps its row and gets its place."""
    finished = store.finished()
    for position, source in enumerate(sources):
        known = finished.get(source.key)
        if known is None or known[0] != source.sha256 or (retry and known[1] in FAILURES):
            yield position, source
        else:
            store.place(source.key, position)
            summary.before[known[1]] += 1
