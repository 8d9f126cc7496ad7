"""What starting costs: wall time of imports and light commands, as ratios to Python's own start.

    python tests/benchmarks/imports.py

Medians of `--repeats` runs in fresh processes, with the heavy libraries that each of them loads.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAIR = [str(ROOT / "structures" / name) for name in ("lamno3_cubic.cif", "lamno3_pnma.cif")]
HEAVY = ("numpy", "scipy", "spglib", "matplotlib", "pymatgen", "ase", "torch", "e3nn")
COMMAND = "import sys; from curiebreak.cli.app import run; code = run({words!r})"
REPORT = "; print(sorted(m for m in {heavy!r} if m in sys.modules), file=sys.stderr)"


def cases(folder: Path) -> dict[str, str]:
    """Code to run by what it stands for."""
    result = folder / "modes.json"
    run(COMMAND.format(words=["modes", *PAIR, "-q", "-o", str(result)]))
    words = {
        "`curiebreak --help`": ["--help"],
        "`curiebreak find --help`": ["find", "--help"],
        "`curiebreak cite`": ["cite"],
        "`curiebreak modes`, LaMnO3": ["modes", *PAIR],
        "`curiebreak report`, PNG": ["report", str(result), "-o", str(folder / "modes.png"), "--force"],
    }
    return {
        "Python alone": "import sys",
        "`import curiebreak`": "import sys, curiebreak",
        **{name: COMMAND.format(words=line) for name, line in words.items()},
        "`import torch`, for comparison": "import sys, torch",
    }


def run(code: str) -> tuple[float, list[str]]:
    """Seconds of one fresh process, and the heavy libraries it loaded."""
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code + REPORT.format(heavy=HEAVY)], capture_output=True, text=True, check=True
    )
    seconds = time.perf_counter() - started
    return seconds, json.loads(done.stderr.strip().splitlines()[-1].replace("'", '"'))


def main() -> None:
    """Measure and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    with tempfile.TemporaryDirectory() as folder:
        rows = []
        for name, code in cases(Path(folder)).items():
            measured = [run(code) for _ in range(repeats)]
            rows.append((name, statistics.median(seconds for seconds, _ in measured), measured[0][1]))
    base = rows[0][1]
    print("| what | s | ratio to Python alone | loads |\n|---|---|---|---|")
    for name, seconds, loaded in rows:
        print(f"| {name} | {seconds:.3f} | {seconds / base:.1f} | {', '.join(loaded) or 'none'} |")


if __name__ == "__main__":
    main()
