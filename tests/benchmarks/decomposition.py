"""Side by side: ``curiebreak modes`` and CrystOD's supergroup-subgroup analysis, alternating, in one run.

Usage: python tests/benchmarks/decomposition.py --crystod VENV/bin [--cases FOLDER] [--runs 3]
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
ROW = re.compile(r"^\([^)]*\)\s+(\S+)\s+\S+\s+\d+ \S+\s+\d+\s+([\d.]+)\s*$", re.M)


def timed(command: list[str]) -> tuple[float, float, str]:
    """Wall seconds, peak memory in MB and output of one run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    start = time.perf_counter()
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return seconds, max(before, after) / 1024, run.stdout


def ours(output: str) -> dict[str, float]:
    """Irrep to amplitude As."""
    try:
        result = json.loads(output)
    except ValueError:
        return {}
    return {i["irrep"]: i["amplitude_supercell"] for i in result["irreps"] if i["kind"] == "displacement"}


def theirs(output: str) -> dict[str, float]:
    """Irrep to amplitude from CrystOD's table."""
    table = output.partition("* Symmetry-mode decomposition *")[2].partition("* Normalized")[0]
    return {label: float(value) for label, value in ROW.findall(table)}


def same(first: dict[str, float], second: dict[str, float]) -> str:
    """``yes``, ``no``, or who gave no answer."""
    if not second:
        return "only ours"
    if not first:
        return "only theirs"
    large = {k for k, v in {**first, **second}.items() if v > 2e-3}
    close = all(abs(first.get(k, 0.0) - second.get(k, 0.0)) < 2e-3 for k in large)
    return "yes" if close else "no"


def warm(parent: Path, child: Path, runs: int) -> float:
    """Median seconds of ``curiebreak.decompose`` inside this process, after a first call."""
    import curiebreak

    curiebreak.decompose(parent, child)
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        curiebreak.decompose(parent, child)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--crystod", type=Path, required=True, help="bin folder of CrystOD's environment")
    parser.add_argument("--cases", type=Path, default=ROOT.parent / "shared" / "data" / "cases")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    program = Path(sys.executable).parent / "curiebreak"
    print("case | atoms | ours, s | CrystOD, s | ratio | warm, s | ratio | same answers")
    ratios, inside, worst = [], [], 0.0
    for folder in sorted(p for p in options.cases.iterdir() if p.is_dir() and "NEG" not in p.name):
        parent, child = folder / "parent.cif", folder / "child.cif"
        mine, other = [], []
        first, second = "", ""
        for _ in range(options.runs):
            seconds, memory, first = timed([str(program), "modes", str(parent), str(child), "--json"])
            mine.append(seconds)
            worst = max(worst, memory) if len(mine) == 1 and not other else worst
            command = [str(options.crystod / "crystod-group"), "--supergroup-cif", str(parent)]
            seconds, _, second = timed([*command, "--subgroup-cif", str(child), "--no-files"])
            other.append(seconds)
        a, b, w = statistics.median(mine), statistics.median(other), warm(parent, child, options.runs)
        ratios.append(b / a)
        inside.append(b / w)
        atoms = json.loads(first)["child"]["n_atoms"] if first else 0
        verdict = same(ours(first), theirs(second))
        print(
            f"{folder.name} | {atoms} | {a:.2f} | {b:.2f} | {b / a:.1f} | {w:.3f} | {b / w:.0f} | {verdict}", flush=True
        )
    print(f"median ratio from the shell {statistics.median(ratios):.1f}, smallest {min(ratios):.1f}")
    print(f"median ratio inside one process {statistics.median(inside):.0f}, smallest {min(inside):.0f}")


if __name__ == "__main__":
    main()
