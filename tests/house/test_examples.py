"""The examples in the docstrings of the public functions run, and print what they say."""

from __future__ import annotations

import doctest
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from doc_pages import ROOT

import curiebreak
from curiebreak.intermediates.between import intermediates
from curiebreak.parents.api import parents
from curiebreak.phonons.phonon_run import phonons
from curiebreak.scan import StoreTable
from curiebreak.tracking import track

PUBLIC = "certify check couplings decompose distort find hidden_field predict subgroups train".split()
SHOWN: dict[str, Callable[..., Any]] = {name: getattr(curiebreak, name) for name in PUBLIC} | {
    "intermediates": intermediates,
    "parents": parents,
    "phonons": phonons,
    "track": track,
    "StoreTable": StoreTable,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SHOWN)
def test_example(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pandas")
    monkeypatch.chdir(tmp_path)
    Path("structures").symlink_to(ROOT / "structures")
    found = doctest.DocTestFinder(recurse=False).find(SHOWN[name], name, module=False, globs={})
    assert sum(len(one.examples) for one in found) > 1, "no example"
    printed: list[str] = []
    for one in found:
        doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(one, out=printed.append)
    assert printed == []
