"""Fixtures for every test: the shared data folder, the shipped structures, the command line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# Read when numpy is loaded. Arrays are small, where second threads only wait, and each worker has a core.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # each of the processes that tests start would compile the package

from command_line import CommandLine  # noqa: E402
from shared_data import ROOT, shared_folder  # noqa: E402


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip tests marked `shared`, with the reason, where the data is absent."""
    if (shared_folder() / "data").is_dir():
        return
    skip = pytest.mark.skip(reason=f"no shared data in {shared_folder()} (set CURIEBREAK_SHARED)")
    for item in items:
        if item.get_closest_marker("shared"):
            item.add_marker(skip)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item):
    """A `shared` test that skips although the data is there is a failure: it hides something.

    Those that need a browser may skip where there is none.
    """
    report = yield
    present = (shared_folder() / "data").is_dir() and "browser" not in getattr(item, "fixturenames", ())
    if report.skipped and present and item.get_closest_marker("shared") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped although the shared data is there: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of the shared data; only for tests marked `shared`."""
    return shared_folder()


@pytest.fixture(scope="session")
def structures() -> Path:
    """Folder of the shipped structures."""
    return ROOT / "structures"


@pytest.fixture
def command_line(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """The command line, in an empty working directory, as wide as a pipe."""
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.chdir(tmp_path)
    return CommandLine(capsys, tmp_path)
