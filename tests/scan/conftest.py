"""Fixtures of the tests of scans."""

from __future__ import annotations

import multiprocessing
from types import SimpleNamespace

import pytest

from curiebreak.scan import pool


@pytest.fixture(autouse=True)
def loaded_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers of a scan in the process of a test are forked from a server that has loaded what they need.

    A fresh interpreter for each, as users have it, is what the tests that start the command in a process of its own
    see.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["curiebreak.scan.analysing", "spglib", "scipy.optimize"])
    monkeypatch.setattr(pool, "multiprocessing", SimpleNamespace(get_context=lambda _: context))
