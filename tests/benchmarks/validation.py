"""Write docs/validation.md: what `find` answers on the shipped pairs and, where present, on the shared cases.

Usage: python tests/benchmarks/validation.py [--cases FOLDER] [-o docs/validation.md]
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from pathlib import Path

from curiebreak import __version__, find
from curiebreak.results import Finding

ROOT = Path(__file__).resolve().parent.parent.parent
SHIPPED = {
    "LaMnO3, Pm-3m → Pnma": ("lamno3_cubic.cif", "lamno3_pnma.cif"),
    "SrTiO3, Pm-3m → I4/mcm": ("srtio3_cubic.cif", "srtio3_i4mcm.cif"),
    "BaTiO3, Pm-3m → P4mm": ("batio3_cubic.cif", "batio3_p4mm.cif"),
    "YMnO3, P6_3/mmc → P6_3cm": ("ymno3_p63mmc.cif", "ymno3_p63cm.cif"),
    "Ca3Ti2O7, I4/mmm → Cmcm": ("ca3ti2o7_i4mmm.cif", "ca3ti2o7_cmcm.cif"),
    "ZrO2, Fm-3m → P4_2/nmc": ("zro2_cubic.cif", "zro2_p42nmc.cif"),
    "square → rectangle": ("square.xyz", "rectangle.xyz"),
    "rectangle → square": ("rectangle.xyz", "square.xyz"),
}


def number(value: float | None) -> str:
    """Four digits, small numbers as powers of ten."""
    if value is None:
        return "–"
    return f"{value:.1e}" if 0 < abs(value) < 1e-3 else f"{value:.4f}"


def summary(name: str, found: Finding, seconds: float) -> str:
    """One row of the table of answers."""
    group = found.isotropy_subgroup
    own = "–" if group is None else (group.symbol or group.point_group or "–")
    check = found.crosscheck
    by_spglib = check.spglib_child.symbol if check and check.spglib_child else "–"
    glazer = f"{found.glazer.symbol} ({found.glazer.symbol_child_axes})" if found.glazer else "–"
    primary = " ⊕ ".join(found.primary) or "none"
    agrees = "yes" if check and check.agrees else "no"
    loss = found.loss if found.loss is not None else found.loss_strain
    cells = [name, found.status.value, primary, own, by_spglib, glazer, number(loss), agrees, f"{seconds:.1f}"]
    return "| " + " | ".join(cells) + " |"


def certificates(name: str, found: Finding) -> list[str]:
    """Rows for no input, each smaller set and the whole set."""
    rows = []
    for entry in found.certificates:
        if not set(entry.members) | ({entry.without} - {None}) <= set(found.primary):
            continue  # an alternative
        given = " ⊕ ".join(entry.members) or "nothing"
        difference = None
        if entry.learned is not None and entry.floor is not None:
            difference = entry.learned - entry.floor
        shown = "–" if difference is None else f"{difference:+.1e}"
        cells = [name, given, number(entry.learned), number(entry.floor), shown, entry.verdict]
        rows.append("| " + " | ".join(cells) + " |")
    return rows


ANSWERS = """| pair | status | primary set | isotropy subgroup | spglib | Glazer (child's axes) | loss | agrees | s |
|---|---|---|---|---|---|---|---|---|"""
LOSSES = """| pair | given input | learned loss | Curie floor | difference | verdict |
|---|---|---|---|---|---|"""


def reached(found: Finding) -> dict[frozenset[str], tuple[float, float]]:
    """Learned loss and floor for every set of irreps that was given, alternatives included."""
    return {
        frozenset(entry.members): (entry.learned, entry.floor)
        for entry in found.certificates
        if entry.learned is not None and entry.floor is not None
    }


def between(numbers: dict[str, dict[frozenset[str], tuple[float, float]]]) -> str:
    """How many different (given set, pair) have a floor that is neither nearly 0 nor nearly 1, and how well they do."""
    chosen = [pair for found in numbers.values() for pair in found.values() if 0.05 < pair[1] < 0.95]
    every = [pair for found in numbers.values() for pair in found.values()]
    worst = max((abs(learned - floor) / floor for learned, floor in chosen), default=0.0)
    apart = max((abs(learned - floor) for learned, floor in every), default=0.0)
    return (
        f"With `--alternatives` {len(every)} different (given set, pair) were trained, {len(chosen)} of them with "
        f"a floor between 0.05 and 0.95. The largest relative difference of a learned loss from such a floor is "
        f"{worst:.1e}, the largest difference of all {apart:.1e}."
    )


def run(pairs: dict[str, tuple[Path, Path]]) -> tuple[list[str], list[str], str]:
    """Rows of both tables, and a sentence about all sets that were trained."""
    answers, losses, numbers = [], [], {}
    for name, (parent, child) in pairs.items():
        start = time.process_time()
        found = find(parent, child)
        answers.append(summary(name, found, time.process_time() - start))
        losses.extend(certificates(name, found))
        numbers[name] = reached(find(parent, child, alternatives=True))
        print(answers[-1], flush=True)
    sentence = between(numbers)
    print(sentence, flush=True)
    return answers, losses, sentence


def main() -> None:
    """Run everything and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=Path, default=ROOT.parent / "shared" / "data" / "cases")
    parser.add_argument("-o", type=Path, default=ROOT / "docs" / "validation.md")
    options = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    folder = ROOT / "structures"
    answers, losses, sentence = run({n: (folder / p, folder / c) for n, (p, c) in SHIPPED.items()})
    parts = [
        "# Validation",
        f"Made by `tests/benchmarks/validation.py` with curiebreak {__version__}, Python {platform.python_version()}, "
        "seed 0, one thread. Seconds are of CPU time, without the imports.",
        "## The shipped pairs, as published",
        ANSWERS + "\n" + "\n".join(answers),
        "Learned losses beside the exact Curie floors, for no input, each part of the primary set and the whole set. "
        "The two are computed by independent code.",
        LOSSES + "\n" + "\n".join(losses),
        sentence,
    ]
    if options.cases.is_dir():
        cases = sorted(p for p in options.cases.iterdir() if p.is_dir() and "NEG" not in p.name)
        answers, losses, sentence = run({p.name: (p / "parent.cif", p / "child.cif") for p in cases})
        parts += [
            "## Published cases",
            "Pairs with published or program-computed irreps (ISODISTORT, AMPLIMODES); not all of them may be "
            "redistributed.",
            ANSWERS + "\n" + "\n".join(answers),
            LOSSES + "\n" + "\n".join(losses),
            sentence,
        ]
    options.o.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
