"""What `find` costs on every pair: import, mapping, symmetry, training, certificates, peak memory.

Usage: python tests/benchmarks/walltime.py [--cases FOLDER] [--repeat N] [-o docs/benchmarks.md]

Pairs are taken in groups. A process imports everything once and runs each pair of a group in a fork of its own, with
one thread and with compiled files, as an installed program has them; the bare import of the libraries is timed beside
it. Times are CPU seconds, and the total is import and run together; of several runs the fastest is shown. Memory is the
largest resident set. One child is made: 40 atoms of LaMnO3, each moved at random by 0.06 Å.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent.parent
GROUP = 8
"""Pairs between two bare imports."""

COMPILED = os.environ.get("PYTHONPYCACHEPREFIX") or tempfile.mkdtemp()
SHIPPED = {
    "LaMnO3, Pnma": ("lamno3_cubic.cif", "lamno3_pnma.cif"),
    "SrTiO3, I4/mcm": ("srtio3_cubic.cif", "srtio3_i4mcm.cif"),
    "BaTiO3, P4mm": ("batio3_cubic.cif", "batio3_p4mm.cif"),
    "YMnO3, P6_3cm": ("ymno3_p63mmc.cif", "ymno3_p63cm.cif"),
    "Ca3Ti2O7, Cmcm": ("ca3ti2o7_i4mmm.cif", "ca3ti2o7_cmcm.cif"),
    "ZrO2, P4_2/nmc": ("zro2_cubic.cif", "zro2_p42nmc.cif"),
    "square → rectangle": ("square.xyz", "rectangle.xyz"),
}
PHASES = ("import", "read", "mapping", "symmetry", "training", "certificates", "answer")
RUNNER = """
import gc, json, os, resource, sys, time, types
gc.set_threshold(50_000)
from curiebreak import clock
from curiebreak.discovery import find
loaded = time.process_time()
clock.time = types.SimpleNamespace(perf_counter=time.process_time)
for parent, child in json.loads(sys.argv[1]):
    if os.fork():
        os.wait()
        continue
    begun = time.process_time()
    found = find(parent, child)
    text = found.to_json()
    spent = time.process_time() - begun
    seconds = {k: v for k, v in found.seconds.items() if k != "total"}
    seconds |= {"import": loaded, "answer": spent - sum(v for k, v in seconds.items() if k != "import")}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    atoms = len(found.structures.undistorted.species)
    row = {"seconds": seconds, "total": loaded + spent, "memory": peak, "atoms": atoms, "status": found.status.value}
    print(json.dumps(row), flush=True)
    os._exit(0)
"""
BASE = "import time, torch, e3nn.o3, e3nn.nn; print(time.process_time())"


def run(code: str, *arguments: object) -> Any:
    """Lines of a Python process with one thread, as data."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": COMPILED}
    ran = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return [json.loads(line) for line in ran.stdout.splitlines()]


def fastest(pairs: list[tuple[Path, Path]], repeat: int) -> list[dict[str, Any]]:
    """The fastest of several runs of each pair, beside the fastest bare import between them."""
    asked = json.dumps([[str(parent), str(child)] for parent, child in pairs])
    runs, bare = [], []
    for _ in range(repeat):
        runs.append(run(RUNNER, asked))
        bare += run(BASE)
    best = [min(each, key=lambda one: one["total"]) for each in zip(*runs, strict=True)]
    return [one | {"bare": min(bare)} for one in best]


def row(name: str, found: dict[str, Any]) -> str:
    """One row of the table."""
    seconds = [f"{found['seconds'].get(phase, 0.0):.2f}" for phase in PHASES]
    total, bare = found["total"], found["bare"]
    numbers = [f"{total:.2f}", f"{bare:.2f}", f"{total / bare:.2f}", f"{found['memory']:.0f}"]
    return "| " + " | ".join([name, str(found["atoms"]), *seconds, *numbers, found["status"]]) + " |"


def without_symmetry(folder: Path) -> Path:
    """A child of 40 atoms without any symmetry."""
    from curiebreak.structures import read_structure, write_structure

    parent = read_structure(ROOT / "structures" / "lamno3_cubic.cif")
    cell = 2 * np.array(parent.lattice)
    corners = np.array([[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)])
    coords = ((parent.coords[:, None] + corners) / 2).reshape(-1, 3)
    coords += np.random.default_rng(1).normal(0, 0.06, coords.shape) @ np.linalg.inv(cell)
    write_structure((cell, [one for one in parent.species for _ in corners], coords), folder / "p1.vasp")
    return folder / "p1.vasp"


def main() -> None:
    """Print the table row by row."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=Path, default=ROOT.parent / "shared" / "data" / "cases")
    parser.add_argument("--repeat", type=int, default=2)
    parser.add_argument("--only", default="", help="pairs whose name holds this")
    parser.add_argument("-o", type=Path, help="page whose part after <!-- walltime --> is written anew")
    options = parser.parse_args()
    folder = ROOT / "structures"
    pairs = {name: (folder / parent, folder / child) for name, (parent, child) in SHIPPED.items()}
    if options.cases.is_dir():
        cases = sorted(p for p in options.cases.iterdir() if p.is_dir() and "NEG" not in p.name)
        pairs |= {p.name: (p / "parent.cif", p / "child.cif") for p in cases}
    made = without_symmetry(Path(COMPILED))
    pairs["LaMnO3, 40 atoms, P1"] = folder / "lamno3_cubic.cif", made
    pairs = {name: pair for name, pair in pairs.items() if options.only in name}
    names = ["pair", "atoms", *PHASES, "total, s", "bare import, s", "ratio", "memory, MiB", "status"]
    lines = ["| " + " | ".join(names) + " |", "|---" * len(names) + "|"]
    print("\n".join(lines), flush=True)
    run(BASE)
    run(RUNNER, "[]")
    ratios, every = {}, list(pairs)
    for first in range(0, len(every), GROUP):
        group = every[first : first + GROUP]
        for name, found in zip(group, fastest([pairs[name] for name in group], options.repeat), strict=True):
            ratios[name] = found["total"] / found["bare"]
            lines.append(row(name, found))
            print(lines[-1], flush=True)
    ordinary = [ratio for name, ratio in ratios.items() if "P1" not in name]
    lines.append(
        f"\n*Bare import* is that of `torch, e3nn.o3, e3nn.nn` in the same minute. Over the {len(ordinary)} pairs the "
        f"median ratio is {np.median(ordinary):.2f}, the largest {max(ordinary):.2f}."
    )
    print(lines[-1])
    if options.o:
        page = options.o.read_text(encoding="utf-8")
        new = "<!-- walltime -->\n\n" + "\n".join(lines) + "\n\n<!-- end -->"
        page = re.sub("<!-- walltime -->.*?<!-- end -->", lambda _: new, page, flags=re.DOTALL)
        options.o.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
