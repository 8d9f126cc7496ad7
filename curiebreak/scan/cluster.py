"""The same scan on a cluster: the per-structure function on the workers of a Dask scheduler.

Workers read the inputs themselves, so they must see the same files. A structure whose worker is lost
goes to another one; Dask gives up after three losses, which is recorded as a crash.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module
from itertools import islice
from typing import Any

from curiebreak.errors import InputError, UsageError
from curiebreak.options.scan_options import ScanSettings
from curiebreak.scan.pool import Analyse, Task
from curiebreak.scan.row import Row, failed_row

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
    try:
        distributed: Any = import_module("distributed")
    except ImportError as error:
        raise UsageError("A cluster needs Dask.", "Install it with `pip install curiebreak[dask]`.") from error
    try:
        client = distributed.Client(address, timeout=10)
    except (OSError, ValueError) as error:
        raise InputError(f"There is no Dask scheduler at {address}.", "Check the address.") from error
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
