"""What `find` costs on every pair: import, mapping, symmetry, training, certificates, peak memory.

Usage: python tests/benchmarks/walltime.py [--cases FOLDER] [--repeat N] [-o FILE.md]

Each pair runs in a process of its own, one thread. Times are CPU seconds of that process from its start, so that
other work on the machine does not count; of several runs the fastest is shown. Memory is the largest resident set.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
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
import gc, json, resource, sys, time, types
gc.set_threshold(50_000)
from curiebreak import clock
from curiebreak.discovery import find
loaded = time.process_time()
clock.time = types.SimpleNamespace(perf_counter=time.process_time)
found = find(sys.argv[1], sys.argv[2])
text = found.to_json()
end = time.process_time()
seconds = {k: v for k, v in found.seconds.items() if k != "total"}
seconds |= {"import": loaded, "answer": end - loaded - sum(seconds.values())}
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
atoms = len(found.structures.undistorted.species)
print(json.dumps({"seconds": seconds, "total": end, "memory": peak, "atoms": atoms, "status": found.status.value}))
"""
BASE = "import time, torch, e3nn.o3, e3nn.nn; print(time.process_time())"


def run(code: str, *arguments: object) -> Any:
    """Output of a Python process with one thread, as data."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    ran = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return json.loads(ran.stdout)


def fastest(parent: Path, child: Path, repeat: int) -> dict[str, Any]:
    """The fastest of several runs of one pair."""
    return min((run(RUNNER, parent, child) for _ in range(repeat)), key=lambda found: found["total"])


def row(name: str, found: dict[str, Any]) -> str:
    """One row of the table."""
    seconds = [f"{found['seconds'].get(phase, 0.0):.2f}" for phase in PHASES]
    cells = [name, str(found["atoms"]), *seconds, f"{found['total']:.2f}", f"{found['memory']:.0f}", found["status"]]
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    """Print the table row by row."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=Path, default=ROOT.parent / "shared" / "data" / "cases")
    parser.add_argument("--repeat", type=int, default=2)
    parser.add_argument("-o", type=Path)
    options = parser.parse_args()
    folder = ROOT / "structures"
    pairs = {name: (folder / parent, folder / child) for name, (parent, child) in SHIPPED.items()}
    if options.cases.is_dir():
        cases = sorted(p for p in options.cases.iterdir() if p.is_dir() and "NEG" not in p.name)
        pairs |= {p.name: (p / "parent.cif", p / "child.cif") for p in cases}
    names = ["pair", "atoms", *PHASES, "total, s", "memory, MiB", "status"]
    lines = ["| " + " | ".join(names) + " |", "|---" * len(names) + "|"]
    print("\n".join(lines), flush=True)
    for name, pair in pairs.items():
        lines.append(row(name, fastest(*pair, options.repeat)))
        print(lines[-1], flush=True)
    bare = min(run(BASE) for _ in range(options.repeat + 1))
    lines.append(f"\nA bare `import torch, e3nn.o3, e3nn.nn` takes {bare:.2f} s.")
    print(lines[-1])
    if options.o:
        options.o.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
