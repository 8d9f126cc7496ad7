"""Reports in headless Chromium, with the network off and everything recorded that the browser complains about."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from curiebreak.results import ModeFields

GPU = ("--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")
"""WebGL by software, so that no graphics card is needed."""

BUSY = 240_000.0
"""Milliseconds for a page or an element; a busy machine draws by software slowly."""

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def executable() -> str:
    """Path of the system's Chromium; skips the test where there is none."""
    pytest.importorskip("playwright", reason="playwright is not installed (pip install '.[test]')")
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip(f"no Chromium on this machine (looked for {', '.join(NAMES)})")
    return found


@contextmanager
def chromium() -> Iterator[Any]:
    """A running browser."""
    from playwright.sync_api import sync_playwright

    path = executable()
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=list(GPU))
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Shown:
    """A page with a report, and what happened on it."""

    page: Any
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def ask(self, expression: str) -> Any:
        """Value of a JavaScript expression."""
        return self.page.evaluate(expression)

    def view(self, expression: str) -> Any:
        """Value of a member of the interactive view."""
        return self.ask(f"window.curiebreakView.{expression}")

    def positions(self) -> np.ndarray:
        """Places (images, 3) of the drawn atoms, Å."""
        return np.array(self.view("positions()"))

    def picture(self) -> str:
        """The canvas as a data URL."""
        return str(self.view("picture()"))

    def slide(self, number: int, value: float) -> None:
        """Move the slider of one irrep."""
        self.page.locator(f"input[data-irrep='{number}']").fill(str(value))


@contextmanager
def shown(browser: Any, path: Path, *, script: str | None = None) -> Iterator[Shown]:
    """Open a file without network; `script` runs before those of the page."""
    context = browser.new_context(offline=True, viewport={"width": 960, "height": 600})
    page = context.new_page()
    page.set_default_timeout(BUSY)
    seen = Shown(page)
    page.on("request", lambda request: seen.requests.append(request.url))
    page.on("pageerror", lambda error: seen.complaints.append(f"exception: {error}"))
    page.on("console", lambda message: seen.complaints.append(f"{message.type}: {message.text}"))
    if script:
        page.add_init_script(script)
    page.goto(path.resolve().as_uri())
    try:
        yield seen
    finally:
        context.close()


def images(text: str) -> list[tuple[int, np.ndarray]]:
    """Atom and translation (Å) of each drawn atom, from the data inside the page."""
    data = json.loads(text)
    return [(atom, np.array(shift)) for atom, shift in data["images"]]


def expected(
    fields: ModeFields, drawn: list[tuple[int, np.ndarray]], scales: dict[tuple[str, str], float]
) -> np.ndarray:
    """Places (images, 3) by the result: undistorted, plus displacements, times 1 plus strain.

    Parameters
    ----------
    scales
        By irrep and kind; 1 where nothing is given.
    """
    start, lattice = np.array(fields.undistorted.frac), fields.undistorted.lattice
    if lattice is not None:  # translations count from the first cell
        start = (start - np.floor(start + 0.02)) @ np.array(lattice)
    moved, stretch = np.zeros_like(start), np.eye(3)
    for one in fields.irreps:
        scale = scales.get((one.irrep, one.kind), 1.0)
        if one.kind == "displacement":
            moved += scale * np.array(one.displacements)
        elif one.kind == "strain":
            stretch += scale * np.array(one.strain)
    return np.array([start[atom] + shift + moved[atom] for atom, shift in drawn]) @ stretch
