"""`find` on magnetic structures: the learned answer beside the exact one, its CPU time beside that of displacements.

Usage: python tests/benchmarks/magnetic_find.py [FILE.mcif ...] [-o FILE.md]

The built structures (`magnetic_examples`) and the files given. The twin of a structure is the same parent in the same
cell with displacements in place of moments: the same pattern on the same atoms. Where that breaks nothing of the parent
or is a common shift there would be no input to learn; then it is random displacements of all atoms that the magnetic
group's operations keep, or turn round where they reverse time. CPU seconds within one process, imports left
out.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))

from magnetic_examples import EXAMPLES

from curiebreak.clock import Clock
from curiebreak.discovery import find
from curiebreak.discovery.posing import magnetic_problem
from curiebreak.errors import CurieBreakError
from curiebreak.magnetic.grey_analysis import grey_analysis
from curiebreak.magnetic.magnetic_modes import MagneticPair
from curiebreak.options.modes_options import PairOptions
from curiebreak.results import Finding
from curiebreak.structures import Structure
from curiebreak.structures.magnetic_cif import MagneticCrystal, read_magnetic_cif

LARGEST = 0.1
"""Å; displacement of the twin."""

LONG = 2.0
"""s; further runs would tell nothing new."""


@dataclass(frozen=True)
class Row:
    """One structure: the answer, and seconds with moments and of its twin."""

    name: str
    atoms: int
    learned: tuple[str, ...]
    exact: tuple[str, ...]
    status: str
    off: float
    curie: float | None
    seconds: float
    twin: float | None


def largest_gap(found: Finding) -> float:
    """How far a trained loss ends above its floor at most, in parts of the floor; in parts of 1 where that is 0."""
    gaps = [0.0]
    for one in found.certificates:
        pairs = ((one.learned, one.floor), (one.learned_strain, one.floor_strain),
                 (one.learned_magnetic, one.floor_magnetic))  # fmt: skip
        gaps += [(a - b) / (b if b > 1e-6 else 1.0) for a, b in pairs if a is not None and b is not None]
    return max(gaps)


def timed(parent: Any, child: Any) -> tuple[Finding, float]:
    """The answer, and the least CPU seconds of three runs after a first; of one where that takes long."""
    find(parent, child)
    seconds: list[float] = []
    while len(seconds) < 3 and sum(seconds) < LONG:
        start = time.process_time()
        found = find(parent, child)
        seconds.append(time.process_time() - start)
    return found, min(seconds)


def twins_of(crystal: MagneticCrystal) -> Iterator[tuple[Structure, Structure]]:
    """Parents and children that could be the twin, the likest first."""
    pair = MagneticPair("auto", crystal, PairOptions("auto", crystal), Clock())
    parent, child = pair.placed.distortion.parent.structure, pair.placed.distortion.child
    pattern = crystal.moments / np.linalg.norm(crystal.moments, axis=1).max()
    pattern = LARGEST * (pattern - pattern.mean(axis=0))
    if np.abs(pattern).max() >= 0.1 * LARGEST:
        yield parent, replace(child, coords=child.coords + pattern @ np.linalg.inv(crystal.cell))
    problem = magnetic_problem(grey_analysis(pair.analysis))
    start, total = np.random.default_rng(1).normal(size=problem.positions.shape), np.zeros_like(problem.positions)
    for theta, turn, image in zip(
        problem.child_thetas, problem.child_rotations, problem.child_permutations, strict=True
    ):  # fmt: skip
        total[image] += theta * start @ turn.T
    total -= total.mean(axis=0)
    if np.abs(total).max() > 1e-6:
        moved = problem.positions + LARGEST * total / np.linalg.norm(total, axis=1).max()
        species = tuple(pair.placed.distortion.parent.species[atom] for atom in problem.parent_atom)
        yield parent, Structure(problem.lattice, species, moved @ np.linalg.inv(problem.lattice))


def time_of_twin(crystal: MagneticCrystal) -> float | None:
    """CPU seconds of the first twin that breaks its parent."""
    for pair in twins_of(crystal):
        try:
            found, seconds = timed(*pair)
        except CurieBreakError:
            continue
        if found.primary:
            return seconds
    return None


def row(name: str, crystal: MagneticCrystal) -> Row:
    """Learn one structure and its twin."""
    found, seconds = timed("auto", crystal)
    other = time_of_twin(crystal)
    check = found.crosscheck
    curie = next((c.learned_magnetic for c in found.certificates if c.kind == "curie"), None)
    atoms = 0 if found.structures is None else len(found.structures.undistorted.species)
    exact = () if check is None else check.exact_primary
    return Row(name, atoms, found.primary, exact, found.status.value, largest_gap(found), curie, seconds, other)


def table(rows: list[Row]) -> str:
    """Markdown, and the median of the times' ratio."""
    lines = [
        "| structure | atoms | learned | exact | status | gap to floor | without input | CPU s | twin, CPU s |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for r in rows:
        sets = ["{" + ", ".join(s) + "}" for s in (r.learned, r.exact)]
        twin = "-" if r.twin is None else f"{r.twin:.2f}"
        cells = (r.name, r.atoms, *sets, r.status, f"{r.off:.1e}", r.curie, f"{r.seconds:.2f}", twin)
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    both = [(r.seconds, r.twin) for r in rows if r.twin is not None]
    agree = sum(set(r.learned) == set(r.exact) for r in rows)
    lines += ["", f"{agree} of {len(rows)} learned sets are the exact ones."]
    if both:
        ratio = sum(a for a, _ in both) / sum(b for _, b in both)
        middle = np.median([a / b for a, b in both])
        largest = max(a / b for a, b in both)
        lines.append(f"CPU time beside the twins': {ratio:.2f} in sum, median {middle:.2f}, at most {largest:.2f}.")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Read the command line, learn, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("-o", "--output", type=Path)
    parser.add_argument("--only-files", action="store_true", help="leave out the built structures")
    asked = parser.parse_args()
    crystals = {} if asked.only_files else {name: example.build for name, example in EXAMPLES.items()}
    crystals |= {path.stem: lambda path=path: read_magnetic_cif(path) for path in asked.files}
    rows = []
    for name, build in crystals.items():
        try:
            rows.append(row(name, build()))
            print(rows[-1], file=sys.stderr, flush=True)
        except CurieBreakError as error:
            print(f"{name}: refused: {error}", file=sys.stderr, flush=True)
    text = table(rows)
    print(text) if asked.output is None else asked.output.write_text(text)


if __name__ == "__main__":
    main()
