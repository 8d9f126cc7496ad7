"""Peak memory and speed of `track` on a long trajectory.

Usage: python tests/benchmarks/track_memory.py [--frames 10000] [--repeat 4] [--work FOLDER]

Writes a trajectory of a tilted perovskite in repeat^3 cells with thermal noise, follows it in a process of
its own and prints what that process used at most.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent.parent
PARENT = ROOT / "structures" / "lamno3_cubic.cif"
EDGE = 3.9408
SITES = (("La", (0.5, 0.5, 0.5)), ("Mn", (0, 0, 0)), ("O", (0.5, 0, 0)), ("O", (0, 0.5, 0)), ("O", (0, 0, 0.5)))


def write_trajectory(path: Path, frames: int, repeat: int) -> int:
    """Frames of an antiphase tilt about x that shrinks and reverses, noise of 0.1 Å; returns the atoms."""
    rng = np.random.default_rng(0)
    cells = np.stack(np.meshgrid(*[np.arange(repeat)] * 3, indexing="ij"), -1).reshape(-1, 3)
    names = [name for name, _ in SITES for _ in cells]
    positions = EDGE * np.concatenate([cells + place for _, place in SITES])
    tilt = np.zeros_like(positions)
    signs = (-1.0) ** cells.sum(axis=1)
    count = len(cells)
    tilt[3 * count : 4 * count, 2] = signs
    tilt[4 * count :, 1] = -signs
    box = f"{repeat * EDGE} 0 0 0 {repeat * EDGE} 0 0 0 {repeat * EDGE}"
    with path.open("w") as stream:
        for number in range(frames):
            size = 0.3 * np.cos(np.pi * number / frames)
            moved = positions + size * tilt + 0.1 * rng.standard_normal(positions.shape)
            stream.write(f'{len(names)}\nLattice="{box}" Properties=species:S:1:pos:R:3 time={number} pbc="T T T"\n')
            lines = [f"{n} {x:.6f} {y:.6f} {z:.6f}" for n, (x, y, z) in zip(names, moved.tolist(), strict=True)]
            stream.write("\n".join(lines) + "\n")
    return len(names)


def main() -> None:
    """Write, follow, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=10000)
    parser.add_argument("--repeat", type=int, default=4)
    parser.add_argument("--work", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.work) as temporary:
        trajectory = Path(temporary) / "md.extxyz"
        atoms = write_trajectory(trajectory, options.frames, options.repeat)
        size = trajectory.stat().st_size / 1e6
        start = time.perf_counter()
        table, figure = Path(temporary) / "md.csv", Path(temporary) / "md.png"
        run = "from curiebreak.cli.app import main; main()"
        arguments = ["track", PARENT, trajectory, "-o", table, "--plot", figure, "--column", "time", "--quiet"]
        subprocess.run([sys.executable, "-c", run, *arguments], check=True)
        wall = time.perf_counter() - start
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{options.frames} frames of {atoms} atoms ({size:.0f} MB): {wall:.0f} s, peak memory {peak:.0f} MiB")


if __name__ == "__main__":
    main()
