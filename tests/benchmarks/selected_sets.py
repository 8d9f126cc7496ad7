"""Which set training ends with, on all pairs and several seeds: counts for the page on certificates.

Usage: python tests/benchmarks/selected_sets.py [--data FOLDER] [--seeds N] [-o docs/certificates.md]

Each run of `find` trains once (`--seeds 1`), so that each counts for itself; the majority is that of the runs of a
pair.
What stands between `<!-- selected -->` and `<!-- end -->` on the page is written anew.
"""

from __future__ import annotations

import argparse
import re
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curiebreak import find
from curiebreak.discovery.crosscheck import tied_sets
from curiebreak.learning.learner import Learner
from curiebreak.modes.analysis import Analysis

ROOT = Path(__file__).resolve().parent.parent.parent
SHIPPED = (
    ("lamno3_cubic.cif", "lamno3_pnma.cif"),
    ("srtio3_cubic.cif", "srtio3_i4mcm.cif"),
    ("batio3_cubic.cif", "batio3_p4mm.cif"),
    ("ymno3_p63mmc.cif", "ymno3_p63cm.cif"),
    ("ca3ti2o7_i4mmm.cif", "ca3ti2o7_cmcm.cif"),
    ("zro2_cubic.cif", "zro2_p42nmc.cif"),
    ("square.xyz", "rectangle.xyz"),
)
ENDS = ("primary", "another minimal set", "redundant", "insufficient")
"""What a run may end with."""

FEW = 1e-3
"""Floors below this are compared as if they were this large."""


@dataclass(frozen=True)
class Run:
    """One run of one pair."""

    end: str
    status: str
    learned: frozenset[str]
    own_group: bool
    off_floor: float


def judged(learned: set[str], analysis: Analysis) -> str:
    """What a learned set is among the exact ones."""
    if learned in tied_sets(analysis):
        return ENDS[0]
    sets = [set(one.labels) for one in analysis.minimal_sets]
    if learned in sets:
        return ENDS[1]
    return ENDS[2] if any(one < learned for one in sets) else ENDS[3]


def run(parent: Path, child: Path, seed: int) -> Run:
    """Train once and compare."""
    seen: dict[str, Any] = {}

    def prepare(analysis: Analysis, learner: Learner) -> None:
        seen.update(analysis=analysis, difference=learner.group_difference())

    found = find(parent, child, seed=seed, seeds=1, prepare=prepare)
    learned = set() if found.selection is None else set(found.selection.survived)
    losses = [(c.learned, c.floor) for c in found.certificates]
    losses += [(c.learned_strain, c.floor_strain) for c in found.certificates]
    off = [abs(loss - floor) / max(floor, FEW) for loss, floor in losses if loss is not None and floor is not None]
    end = judged(learned, seen["analysis"])
    return Run(end, found.status.value, frozenset(learned), seen["difference"] is None, max(off, default=0.0))


def lines(found: dict[str, list[Run]]) -> list[str]:
    """The block of the page."""
    runs = [one for each in found.values() for one in each]
    wrong = [one for one in runs if one.end != ENDS[0]]
    majority = [Counter(one.learned for one in each).most_common(1)[0] for each in found.values()]
    best = [
        count > len(each) / 2 and next(r for r in each if r.learned == learned).end == ENDS[0]
        for each, (learned, count) in zip(found.values(), majority, strict=True)
    ]
    text = [
        f"{len(found)} pairs, {len(runs)} runs, one training each:",
        "",
        "| a run ended with | runs | marked |",
        "|---|---|---|",
    ]
    for end in ENDS:
        some = [one for one in runs if one.end == end]
        marked = "–" if end == ENDS[0] else str(sum(one.status != "ok" for one in some))
        text.append(f"| {end} | {len(some)} | {marked} |")
    confident, own = sum(one.status == "ok" for one in wrong), sum(one.own_group for one in runs)
    text += [
        "",
        f"`ok` with a set that is not the exact side's best: {confident}. The majority of the runs of a pair is the "
        f"primary set for {sum(best)} of {len(best)} pairs. The group that the network found is the exact one in "
        f"{own} of {len(runs)} runs. Learned losses of certificates stand within "
        f"{100 * max(one.off_floor for one in runs):.2g} % of their floors.",
    ]
    others = {name: [sorted(one.learned) for one in each if one.end != ENDS[0]] for name, each in found.items()}
    told = [f"{name} ({', '.join(' ⊕ '.join(one) for one in sets)})" for name, sets in others.items() if sets]
    return [*text, "", f"Runs with another set: {'; '.join(told) or 'none'}."]


def main() -> None:
    """Run all pairs and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("-o", type=Path)
    options = parser.parse_args()
    pairs = {child: (ROOT / "structures" / parent, ROOT / "structures" / child) for parent, child in SHIPPED}
    if options.data.is_dir():
        cases = sorted(p for p in (options.data / "cases").iterdir() if p.is_dir() and "NEG" not in p.name)
        pairs |= {p.name: (p / "parent.cif", p / "child.cif") for p in cases}
    found: dict[str, list[Run]] = {}
    for name, pair in pairs.items():
        start = time.process_time()
        found[name] = [run(*pair, seed) for seed in range(options.seeds)]
        ends = ", ".join(f"{one.end} {one.status} {one.off_floor:.0e} {one.own_group}" for one in found[name])
        print(f"{name:32s} {ends}  {time.process_time() - start:.1f} s", flush=True)
    text = "\n".join(lines(found))
    print(text)
    if options.o:
        page = options.o.read_text(encoding="utf-8")
        new = f"<!-- selected -->\n\n{text}\n\n<!-- end -->"
        page = re.sub("<!-- selected -->.*?<!-- end -->", lambda _: new, page, flags=re.S)
        options.o.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
