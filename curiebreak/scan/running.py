"""``scan``: every structure of an input into one store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path

from curiebreak.errors import UsageError
from curiebreak.options import require
from curiebreak.scan.analysing import analyse_source
from curiebreak.scan.cluster import cluster_rows
from curiebreak.scan.inputs import Source, list_sources
from curiebreak.scan.pool import Analyse, Limits, Pool, Task
from curiebreak.scan.prototypes import Prototype
from curiebreak.scan.row import FAILURES, Row
from curiebreak.scan.scan_settings import ScanSettings
from curiebreak.scan.store import Store
from curiebreak.structures import read_structure
from curiebreak.symmetry.parent import parent_crystal
from curiebreak.versions import library_versions

Watch = Callable[[int, int, int], None]


@dataclass
class Summary:
    """What a scan has done.

    Attributes
    ----------
    total : int
        Structures of the input.
    kept : int
        Of these, finished before and kept.
    counts : Counter
        Structures by status, of those done now.
    """

    total: int = 0
    kept: int = 0
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def failures(self) -> int:
        """Errors, timeouts and crashes among those done now."""
        return sum(self.counts[status] for status in FAILURES)


def scan(
    given: str | PathLike[str],
    output: str | PathLike[str],
    *,
    parent: str | PathLike[str] = "auto",
    learn: bool = True,
    jobs: int = 1,
    timeout: float | None = 600.0,
    resume: bool = False,
    retry: bool = False,
    symprec: float | None = None,
    parent_symprec: float | None = None,
    strain_tolerance: float = 1e-3,
    seed: int = 0,
    max_steps: int | None = None,
    recycle: int = 500,
    dask: str | None = None,
    watch: Watch | None = None,
    analyse: Analyse = analyse_source,
) -> Summary:
    """Analyse every structure of an input and keep the results in a store.

    Parameters
    ----------
    given : path
        Folder, structure file, ``.jsonl``, ``.extxyz``, or a ``.csv`` of pairs.
    output : path
        SQLite file.
    parent : str or path
        ``perovskite``, ``bx3``, ``double``, ``auto``, or a file. Inputs that bring their own parent use that.
    learn : bool
        Train and certify, not only the exact analysis.
    jobs : int
        Worker processes.
    timeout : float, optional
        Seconds for one structure.
    resume : bool
        Keep what is finished in the store and do the rest.
    retry : bool
        With `resume`, do errors, timeouts and crashes again.
    symprec : float, optional
        Å.
    parent_symprec : float, optional
        Å, for the parent's symmetry; by default 0.01, or what the written decimals of the parent resolve.
    strain_tolerance : float
    seed : int
    max_steps : int, optional
        Optimiser steps per training.
    recycle : int
        Structures after which a worker is replaced.
    dask : str, optional
        Address of a Dask scheduler that runs the structures instead of `jobs` processes; it sets no time limit.
    watch : callable, optional
        ``watch(done, total, failures)``.
    analyse : callable
        What workers run.

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
    require(
        jobs=jobs, timeout=timeout, recycle=recycle, seed=seed, max_steps=max_steps, symprec=symprec,
        strain_tolerance=strain_tolerance,
    )  # fmt: skip
    settings = ScanSettings(
        parent=_checked_parent(parent, parent_symprec),
        learn=learn,
        symprec=symprec,
        parent_symprec=parent_symprec,
        strain_tolerance=strain_tolerance,
        seed=seed,
        max_steps=max_steps,
    )
    sources = list(list_sources(Path(given)))
    with Store(Path(output), resume) as store:
        store.describe(settings.plain(), library_versions())
        summary = Summary(total=len(sources))
        tasks = list(_tasks(store, sources, summary, retry))
        limits = Limits(max(1, min(jobs, len(tasks))), timeout, recycle)
        if dask is None:
            rows = Pool(analyse, settings, limits).rows(tasks)
        else:
            rows = cluster_rows(dask, analyse, settings, tasks)
        done = 0
        for position, row in rows:
            store.add(row, position)
            done += 1
            _count(summary, row)
            if watch is not None:
                watch(summary.kept + done, summary.total, summary.failures)
    return summary


def _checked_parent(parent: str | PathLike[str], symprec: float | None) -> str:
    """Name of a prototype, or the path of a file that can serve as the parent."""
    name = str(parent)
    if name in list(Prototype):
        return name
    if not Path(name).is_file() and Path(name).suffix == "":
        raise UsageError(f"There is no parent {name!r}.", f"Give a file or one of {', '.join(Prototype)}.")
    parent_crystal(read_structure(name), symprec)
    return name


def _tasks(store: Store, sources: list[Source], summary: Summary, retry: bool) -> Iterator[Task]:
    """What is left to do; what is finished keeps its row and gets its place."""
    finished = store.finished()
    for position, source in enumerate(sources):
        known = finished.get(source.key)
        again = known is None or known[0] != source.sha256 or (retry and known[1] in FAILURES)
        if again:
            yield position, source
        else:
            store.place(source.key, position)
            summary.kept += 1


def _count(summary: Summary, row: Row) -> None:
    summary.counts[row.status] += 1
