"""What an installation brings along may be used freely: no GPL among the run-time dependencies."""

from __future__ import annotations

import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
LGPL = {"ase"}
"""The only dependency under the LGPL; the README names it."""

CHOICE = {"bibtexparser": "BSD"}
"""Dependencies that offer a licence to choose, and the one chosen."""


def run_time_tree() -> dict[str, Distribution]:
    """Distributions by name that ``pip install curiebreak`` needs here, without extras."""
    found: dict[str, Distribution] = {}

    def walk(name: str, extras: tuple[str, ...]) -> None:
        key = re.sub(r"[-_.]+", "-", name).lower()
        try:
            known = found[key] = distribution(name)
        except PackageNotFoundError:
            pytest.fail(f"{name} is a dependency but not installed")
        for text in known.requires or []:
            needed = Requirement(text)
            kinds = [{"extra": extra} for extra in ("", *extras)]
            wanted = needed.marker is None or any(needed.marker.evaluate(kind) for kind in kinds)
            if wanted and (needed.extras or re.sub(r"[-_.]+", "-", needed.name).lower() not in found):
                walk(needed.name, tuple(needed.extras))

    walk("curiebreak", ())
    return found


def licence(known: Distribution) -> str:
    """Licence as stated: the SPDX expression, else the first line of the text with the classifiers."""
    meta = known.metadata
    if meta.get("License-Expression"):
        return str(meta["License-Expression"])
    stated = (meta.get("License") or "").strip().splitlines()[:1]
    classifiers = [c for c in meta.get_all("Classifier") or [] if c.startswith("License ::")]
    return "; ".join([*stated, *classifiers])


def is_gpl(text: str) -> bool:
    """GPL or AGPL, not LGPL."""
    return re.search(r"(?<!L)GPL|(?<!Lesser )General Public Licen[cs]e|Affero", text) is not None


def is_lgpl(text: str) -> bool:
    return re.search(r"LGPL|Lesser General Public", text) is not None


def test_words_are_recognised() -> None:
    assert is_gpl("GPL-3.0-or-later") and is_gpl("AGPL-3.0") and is_gpl("GNU General Public License v3 (GPLv3)")
    assert not is_gpl("LGPL-2.1-or-later") and not is_gpl("GNU Lesser General Public License v2 or later (LGPLv2+)")
    assert is_lgpl("LGPLv3 or BSD") and not is_lgpl("BSD-3-Clause")


def test_no_gpl_at_run_time() -> None:
    stated = {name: licence(known) for name, known in run_time_tree().items()}
    assert len(stated) > 20 and {"torch", "e3nn", "numpy", "spglib", "ase"} <= set(stated)
    assert [name for name, text in stated.items() if not text] == []
    assert {name: text for name, text in stated.items() if is_gpl(text)} == {}
    assert {name for name, text in stated.items() if is_lgpl(text)} <= LGPL | set(CHOICE)
    assert all(CHOICE[name] in text for name, text in stated.items() if name in CHOICE)


def test_readme_names_the_lgpl_one() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert all(re.search(rf"(?i)\b{name}\b.{{0,80}}LGPL", text, re.DOTALL) for name in LGPL)
