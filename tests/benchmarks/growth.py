"""Cost of a gradient evaluation: on explicit supercells of one child, and on different children.

Usage: python tests/benchmarks/growth.py [--cases FOLDER] [--plot FILE.png]

Supercells of the Pnma child of LaMnO3, 20 to 160 atoms, are what `find --keep-cell` trains on: translations of
the child become operations, so that atoms over operations stays the same. Real children differ in both. A gradient
evaluation is the residual and the gradient of its squared sum by all weights and inputs. CPU time, median of
rounds in which all cells take turns, one thread.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from curiebreak.discovery.posing import learning_problem
from curiebreak.learning.breaking import Carrier
from curiebreak.learning.engine import CompressedEngine
from curiebreak.learning.learner import Learner, LearningOptions
from curiebreak.learning.problem import Problem
from curiebreak.learning.supercell import explicit_supercell
from curiebreak.mapping import map_child
from curiebreak.modes.analysis import cell_field
from curiebreak.structures import read_structure
from curiebreak.symmetry.child_group import find_child_group
from curiebreak.symmetry.parent import parent_crystal

ROOT = Path(__file__).resolve().parent.parent.parent
COPIES = ((1, 1, 1), (2, 1, 1), (1, 1, 2), (2, 1, 2), (2, 2, 2))
ROUNDS = 30


@dataclass
class Cost:
    """One cell.

    Attributes
    ----------
    name : str
    atoms, operations : int
        Atoms of the cell, operations of the child modulo its lattice.
    coordinates : int
        Numbers in one channel of an invariant feature.
    compressed, plain : float
        Milliseconds of CPU time of one gradient evaluation.
    """

    name: str
    atoms: int
    operations: int
    coordinates: int
    compressed: float = 0.0
    plain: float = 0.0

    @property
    def per_operation(self) -> float:
        """Atoms over operations."""
        return self.atoms / self.operations


def problem_of(parent: Path, child: Path) -> Problem:
    """The learning problem of a pair."""
    pair = map_child(parent_crystal(read_structure(parent)), read_structure(child))
    return learning_problem(find_child_group(cell_field(pair)))


def gradient(learner: Learner) -> Callable[[], object]:
    """Residual, and the gradient of its squared sum by weights and inputs."""
    weights = learner.trainer.fresh()
    inputs = 0.1 * torch.ones(learner.space.size, dtype=torch.float64)
    engine = learner.engine
    if isinstance(engine, CompressedEngine):

        def compressed() -> object:
            state = engine.evaluate(weights, inputs)
            with torch.no_grad():
                cotangent = (engine.rows * state.residual).sum(-1, keepdim=True)
                return engine.network.derivative(weights, state.cache, cotangent)

        return compressed

    def plain() -> object:
        leaves = [part.detach().requires_grad_(True) for part in (weights, inputs)]
        residual = engine.residual_of(*leaves)  # type: ignore[attr-defined]
        return torch.autograd.grad((residual**2).sum(), leaves)

    return plain


def medians(steps: Sequence[Callable[[], object]], rounds: int = ROUNDS) -> list[float]:
    """CPU milliseconds of each step, taking turns."""
    for step in steps:
        step()
        step()
    times: list[list[float]] = [[] for _ in steps]
    for _ in range(rounds):
        for step, found in zip(steps, times, strict=True):
            start = time.process_time()
            step()
            found.append(1e3 * (time.process_time() - start))
    return [statistics.median(found) for found in times]


def cost_of(name: str, problem: Problem) -> tuple[Cost, Learner]:
    """Sizes of a cell, and its learner."""
    learner = Learner(problem, LearningOptions())
    size = learner.engine.network.size  # type: ignore[attr-defined]
    return Cost(name, problem.n_atoms, len(problem.child_rotations), size), learner


def supercells(plain: bool = True) -> list[Cost]:
    """Explicit supercells of the Pnma child."""
    base = problem_of(ROOT / "structures" / "lamno3_cubic.cif", ROOT / "structures" / "lamno3_pnma.cif")
    problems = [explicit_supercell(base, np.diag(copies)) for copies in COPIES]
    pairs = [cost_of("×".join(map(str, c)), p) for c, p in zip(COPIES, problems, strict=True)]
    for (cost, _), value in zip(pairs, medians([gradient(learner) for _, learner in pairs]), strict=True):
        cost.compressed = value
    if plain:
        options = LearningOptions(compression=False, carriers=(Carrier("Mn", 1, 1),))
        whole = [Learner(problem, options) for problem in problems]
        for (cost, _), value in zip(pairs, medians([gradient(learner) for learner in whole], 5), strict=True):
            cost.plain = value
    return [cost for cost, _ in pairs]


def children(folder: Path) -> list[Cost]:
    """The shipped children and, where present, the shared ones."""
    shipped = {
        "BaTiO3, P4mm": ("batio3_cubic.cif", "batio3_p4mm.cif"),
        "SrTiO3, I4/mcm": ("srtio3_cubic.cif", "srtio3_i4mcm.cif"),
        "LaMnO3, Pnma": ("lamno3_cubic.cif", "lamno3_pnma.cif"),
        "Ca3Ti2O7, Cmcm": ("ca3ti2o7_i4mmm.cif", "ca3ti2o7_cmcm.cif"),
        "YMnO3, P6_3cm": ("ymno3_p63mmc.cif", "ymno3_p63cm.cif"),
    }
    pairs = {n: (ROOT / "structures" / p, ROOT / "structures" / c) for n, (p, c) in shipped.items()}
    if folder.is_dir():
        cases = sorted(p for p in folder.iterdir() if p.is_dir() and "NEG" not in p.name)
        pairs |= {p.name: (p / "parent.cif", p / "child.cif") for p in cases}
    found = [cost_of(name, problem_of(*pair)) for name, pair in pairs.items()]
    for (cost, _), value in zip(found, medians([gradient(learner) for _, learner in found], 15), strict=True):
        cost.compressed = value
    return sorted((cost for cost, _ in found), key=lambda c: c.per_operation)


def followed(real: list[Cost]) -> tuple[float, float]:
    """Fixed time a and time b of one atom per operation: the line a + b x with the smallest largest ratio to it."""
    x, y = np.array([c.per_operation for c in real]), np.array([c.compressed for c in real])
    fixed = np.linspace(0.0, float(y.min()), 101)
    slopes = np.linspace(0.1, 3.0, 291) * float(np.median(y / x))
    worst = [[np.abs(np.log(y / (a + b * x))).max() for b in slopes] for a in fixed]
    row, column = np.unravel_index(int(np.argmin(worst)), (len(fixed), len(slopes)))
    return float(fixed[row]), float(slopes[column])


def draw(path: Path, cells: list[Cost], real: list[Cost]) -> None:
    """Time against atoms, and against atoms over operations."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    atoms = [c.atoms for c in cells]
    left.loglog(atoms, [c.plain for c in cells], "s-", label="all atoms")
    left.loglog(atoms, [c.compressed for c in cells], "o-", label="compressed")
    left.set_xticks(atoms, [str(n) for n in atoms])
    left.minorticks_off()
    left.set_xlabel("atoms of an explicit Pnma supercell")
    left.set_ylabel("one gradient (ms of CPU time)")
    left.legend()
    right.loglog([c.per_operation for c in real], [c.compressed for c in real], "o")
    x = np.geomspace(min(c.per_operation for c in real), max(c.per_operation for c in real), 50)
    a, b = followed(real)
    right.loglog(x, a + b * x, "-", label=f"{a:.2f} + {b:.2f} x")
    right.fill_between(x, (a + b * x) / 1.5, (a + b * x) * 1.5, alpha=0.2, label="within 1.5")
    right.legend()
    right.set_xlabel("atoms / operations of the child")
    right.set_ylabel("one gradient, compressed (ms)")
    figure.savefig(path, dpi=150)


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=Path, default=ROOT.parent / "shared" / "data" / "cases")
    parser.add_argument("--plot", type=Path)
    options = parser.parse_args()
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    cells = supercells()
    print("| cell of Pnma | atoms | operations | compressed, ms | ratio | all atoms, ms | ratio |\n" + "|---" * 7 + "|")
    for c in cells:
        first = cells[0]
        print(
            f"| {c.name} | {c.atoms} | {c.operations} | {c.compressed:.2f} | {c.compressed / first.compressed:.2f} "
            f"| {c.plain:.0f} | {c.plain / first.plain:.1f} |"
        )
    real = children(options.cases)
    a, b = followed(real)
    print(f"\ntime = {a:.2f} ms + {b:.2f} ms x atoms / operations\n")
    print("| child | atoms | operations | atoms / operations | coordinates | ms | ratio |\n" + "|---" * 7 + "|")
    for c in real:
        ratio = c.compressed / (a + b * c.per_operation)
        print(
            f"| {c.name} | {c.atoms} | {c.operations} | {c.per_operation:.2f} | {c.coordinates} | {c.compressed:.2f} "
            f"| {ratio:.2f} |"
        )
    if options.plot:
        draw(options.plot, cells, real)


if __name__ == "__main__":
    main()
