"""The pages as a site opened from disk, in Chromium without network: their search finds, formulas are typeset."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import BUSY, chromium
from doc_pages import ROOT

pytestmark = pytest.mark.slow

SOON = 30_000.0
"""Milliseconds in which a search must answer on a busy machine."""

WORDS = {
    "aristotype": "vocabulary.html",
    "hettotype": "vocabulary.html",
    "Landau": "couplings.html",
    "VESTA": "modes.html",
    "Jupyter": "tutorials/notebook.html",
    "phonopy": "phonons.html",
    "Rietveld": "tutorials/refinement.html",
    "magnetic space group": "magnetic.html",
    "CONTCAR": "tutorials/parent.html",
    "TOPAS": "tutorials/refinement.html",
    "molecular dynamics": "tutorials/md.html",
    "unstable phonon": "tutorials/phonon.html",
}
"""What users type, and a page that must be among what is found."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("material", reason="mkdocs-material is not installed (pip install '.[docs]')")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return folder


@pytest.fixture(scope="module")
def page(site: Path) -> Iterator[Any]:
    """A page below the top, with what the browser asked for and complained about."""
    with chromium() as browser:
        context = browser.new_context(offline=True, viewport={"width": 1300, "height": 900})
        opened = context.new_page()
        opened.set_default_timeout(BUSY)
        opened.asked, opened.complaints = [], []
        opened.on("request", lambda request: opened.asked.append(request.url))
        opened.on("pageerror", lambda error: opened.complaints.append(str(error)))
        opened.goto((site / "tutorials" / "md.html").as_uri())
        yield opened


def found(page: Any, words: str, target: str) -> list[str]:
    """Links of the results, once one to the target is among them."""
    field = page.locator("input.md-search__input")
    field.fill("")
    field.press_sequentially(words)
    shown = "[...document.querySelectorAll('.md-search-result__link')]"
    page.wait_for_function(f"end => {shown}.some(a => a.href.includes(end))", arg=target, timeout=SOON)
    return list(page.eval_on_selector_all(".md-search-result__link", "all => all.map(a => a.href)"))


def test_search_works_from_disk(page: Any, site: Path) -> None:
    page.locator("input.md-search__input").focus()
    for words, target in WORDS.items():
        links = found(page, words, target)
        assert all(link.startswith(site.as_uri()) for link in links)
        assert all(Path(link.removeprefix("file://").partition("?")[0].partition("#")[0]).is_file() for link in links)
    assert not page.complaints and all(url.startswith(("file:", "data:")) for url in page.asked)


def test_formulas_are_typeset(page: Any, site: Path) -> None:
    page.goto((site / "conventions.html").as_uri())
    sizes = page.eval_on_selector_all("math", "all => all.map(m => m.getBoundingClientRect().height)")
    assert len(sizes) > 25 and min(sizes) > 5  # a small letter alone is 8 pixels high
    fractions = page.eval_on_selector_all(
        "mfrac",
        "all => all.map(f => f.children[0].getBoundingClientRect().bottom - f.children[1].getBoundingClientRect().top)",
    )
    assert len(fractions) > 5 and max(fractions) < 4  # numerators stand above their denominators
    text = page.locator("article").inner_text()
    assert "\\" not in text and "$" not in text and "```" not in text


def test_navigation_names_each_page_once(page: Any) -> None:
    names = page.eval_on_selector_all(
        "nav.md-nav--primary a.md-nav__link[href*='.html']:not([href*='#'])",
        "all => all.map(a => [a.textContent.trim(), a.href])",
    )
    pages = {href: text for text, href in names}
    assert len(pages) > 40 and len(set(pages.values())) == len(pages)
