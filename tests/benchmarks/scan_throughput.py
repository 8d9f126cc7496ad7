"""Throughput of `scan` with two jobs against one, and the peak memory of a worker.

Usage: python tests/benchmarks/scan_throughput.py [INPUT] [--learn] [--count 120] [--jobs 2]

Without INPUT a list of tilted perovskites is made. The runs follow each other on the same input, so only
their ratio means something; the machine should be quiet. The time to start workers is counted.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from perovskites import tilted

from curiebreak.scan.running import scan


def made_list(path: Path, count: int) -> None:
    """Perovskites of 40 atoms, tilted by random angles."""
    rng = np.random.default_rng(0)
    with path.open("w") as stream:
        for number in range(count):
            child = tilted(float(rng.uniform(3, 12)), ("---", "+++", "+--", "++-")[number % 4])
            content = {"lattice": np.asarray(child.lattice).tolist(), "species": child.species}
            stream.write(json.dumps({"id": f"p{number}", **content, "frac": child.coords.tolist()}) + "\n")


def first_of(given: Path, folder: Path, count: int) -> Path:
    """A folder with links to the first files of another."""
    folder.mkdir()
    for path in islice(sorted(p for p in given.iterdir() if p.is_file()), count):
        (folder / path.name).symlink_to(path.resolve())
    return folder


def main() -> None:
    """Scan twice, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("given", type=Path, nargs="?")
    parser.add_argument("--learn", action="store_true")
    parser.add_argument("--count", type=int, default=120)
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 2])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        given = work / "made.jsonl"
        if options.given is None:
            made_list(given, options.count)
        else:
            given = first_of(options.given, work / "given", options.count)
        rates = []
        for jobs in options.jobs:
            start = time.perf_counter()
            summary = scan(given, work / f"{jobs}.db", learn=options.learn, jobs=jobs)
            wall = time.perf_counter() - start
            rates.append(summary.total / wall)
            print(f"{jobs} jobs: {summary.total} structures in {wall:.1f} s, {rates[-1]:.2f}/s, {dict(summary.counts)}")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    print(f"ratio {rates[-1] / rates[0]:.2f}, peak memory of a worker {peak:.2f} GiB")


if __name__ == "__main__":
    main()
