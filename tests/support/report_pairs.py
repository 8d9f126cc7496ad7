"""Findings of real pairs for the tests of reports: computed once per test run, kept as JSON."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pairs
from pairs import PAIRS, paths

import curiebreak
from curiebreak.report.writing import read_result
from curiebreak.results import Decomposition, Finding, Intermediates

SHARED = (
    "01_wo3_p21n_2x2x2", "15_pt3cu_l12_occ", "19_k2seo4_pna21_lockin", "33_kgecl3_cm", "40_batio3_r3m",
    "43_lawn3_r3c", "45_pbbi2nb2o9_cmc21", "49_nanbo3_pbcm", "53_quartz_beta_alpha", "55_cristobalite_beta_alpha",
)  # fmt: skip
"""Ten irreps; occupation; 84 atoms; polar ones; a line of k; chiral ones."""

TWENTY = (
    ("GM4-", 3), ("GM5-", 3), ("R1+", 1), ("R3+", 2), ("R4+", 3), ("R5+", 3), ("R4-", 3), ("X1+", 3), ("X5+", 6),
    ("X3-", 3), ("X4-", 3), ("X5-", 6), ("M1+", 3), ("M2+", 3), ("M3+", 3), ("M4+", 3), ("M5+", 6), ("M2-", 3),
    ("M3-", 3), ("M5-", 6),
)  # fmt: skip
"""All irreps of the displacements of a cubic perovskite (B at the origin) at GM, R, X and M, with their dimensions."""

Kept = Finding | Decomposition | Intermediates


def twenty_terms() -> list[str]:
    """Terms of `distort` with every irrep of TWENTY, along the first component of its first arm."""
    terms = []
    for number, (label, size) in enumerate(TWENTY):
        arm = size // 3 if label[0] in "XM" else size
        numbers = ["a", *"0" * (size - 1)]
        direction = ";".join(",".join(numbers[i : i + arm]) for i in range(0, size, arm))
        terms.append(f"{label}({direction})={0.5 - 0.02 * number:.2f}")
    return terms


class Store:
    """Results by name, each computed when it is first asked for and read back from its JSON.

    Parameters
    ----------
    folder : Path
        Where the JSON is kept.
    shared : Path
        Folder of the shared data.
    """

    def __init__(self, folder: Path, shared: Path) -> None:
        self.folder, self.shared = folder, shared

    def result(self, name: str) -> Kept:
        """The result of this name, as `report` would read it."""
        path = self.path(name)
        return read_result(path)

    def path(self, name: str) -> Path:
        """Its JSON."""
        path = self.folder / f"{name}.json"
        if not path.exists():
            path.write_text(self._made(name).to_json())
        return path

    def _made(self, name: str) -> Kept:
        if name in PAIRS:
            signals = name in ("square", "batio3")
            return curiebreak.find(*paths(name), signals=True) if signals else pairs.found(name)
        if name in SHARED:
            case = self.shared / "data" / "cases" / name
            return curiebreak.find(case / "parent.cif", case / "child.cif")
        parent = paths("lamno3")[0]
        if name == "twenty irreps":
            return curiebreak.decompose(parent, curiebreak.distort(parent, twenty_terms()).structure)
        if name == "twenty irreps, interrupted":
            child = curiebreak.distort(parent, twenty_terms()).structure
            return curiebreak.find(parent, child, progress=stopping(1), lmax_input=1)
        if name == "interrupted":
            return curiebreak.find(*paths("lamno3"), progress=stopping(1))
        if name == "intermediates":
            return curiebreak.intermediates(*paths("lamno3"))
        raise KeyError(name)


def stopping(call: int) -> Callable[[str, float, str], None]:
    """A progress function that stops the run as Ctrl-C does, at the given step of the inputs."""
    calls = []

    def progress(phase: str, fraction: float, message: str) -> None:
        if phase == "inputs":
            calls.append(fraction)
        if len(calls) >= call:
            calls.clear()
            raise KeyboardInterrupt

    return progress


NAMES = (*PAIRS, *SHARED, "twenty irreps", "twenty irreps, interrupted", "interrupted", "intermediates")
