"""Training cost: compressed and plain evaluation beside the same network from stock e3nn parts, in one run.

Usage: python tests/benchmarks/network.py [--plot FILE.png]

A step is forward, backward and update; for the compressed engine it is the residual, its whole Jacobian (from which
any gradient follows) and an update. Medians of 30 after warm-up, one thread.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from stock_network import StockNetwork

from curiebreak.discovery.posing import learning_problem
from curiebreak.learning.learner import Learner, LearningOptions
from curiebreak.learning.network import PlainNetwork
from curiebreak.mapping import map_child
from curiebreak.structures import Structure, read_structure
from curiebreak.symmetry.child_group import CellField, find_child_group
from curiebreak.symmetry.parent import parent_crystal

ROOT = Path(__file__).resolve().parent.parent.parent
STRUCTURES = ROOT / "structures"


def median_ms(step: Callable[[], object], runs: int = 30) -> float:
    """Median wall time of `step` in milliseconds, after three warm-up calls."""
    for _ in range(3):
        step()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return 1e3 * statistics.median(times)


def field_of(parent: Structure, child: Structure) -> CellField:
    """The mapped pair as a field on the child's cell."""
    pair = map_child(parent_crystal(parent), child)
    occupation = np.zeros((len(pair), 0))
    return CellField(pair.parent, pair.cell, pair.site, pair.cell_index, pair.displacements, occupation, pair.strain)


def learner_of(field: CellField) -> Learner:
    """A learner with default options on the compressed path."""
    learner = Learner(learning_problem(find_child_group(field)), LearningOptions())
    learner.fit_without_input()
    return learner


def compressed_step(learner: Learner) -> Callable[[], object]:
    """Residual, Jacobian and update."""
    weights = learner.trainer.fresh()
    inputs = 0.1 * torch.ones(learner.space.size, dtype=torch.float64)

    def step() -> torch.Tensor:
        state = learner.engine.evaluate(weights, inputs)
        by_weight, _ = learner.engine.jacobian(weights, state)
        return weights - 1e-6 * (by_weight @ state.residual if by_weight.shape[1] == len(state.residual) else 0.0)

    return step


def stock_step(learner: Learner) -> tuple[Callable[[], object], float]:
    """One step of the stock network, and the largest difference of its features from the plain ones."""
    network = PlainNetwork(learner.architecture, learner.graph)
    stock = StockNetwork(learner.architecture, learner.graph)
    weights = learner.trainer.fresh()
    names = [n for n in learner.architecture.layout if n not in ("embed", "readout")]
    blocks = {name: network.weight(weights, name).clone().requires_grad_(True) for name in names}
    width, atoms = learner.architecture.width, learner.problem.n_atoms
    generator = torch.Generator().manual_seed(0)
    start = torch.randn(atoms, learner.architecture.channels, width, generator=generator, dtype=torch.float64)
    x = start
    for layer in range(learner.architecture.layers):
        x = network.layer(weights, layer, x)
    flat = stock.from_plain(start)
    with torch.no_grad():
        reached = stock(blocks, flat)
    expected = stock.from_plain(x)
    difference = float((reached - expected).abs().max() / expected.abs().max())

    def step() -> None:
        loss = (stock(blocks, flat) ** 2).mean()
        gradients = torch.autograd.grad(loss, list(blocks.values()))
        with torch.no_grad():
            for value, gradient in zip(blocks.values(), gradients, strict=True):
                value -= 1e-6 * gradient

    return step, difference


def repeated(field: CellField, times: int) -> CellField:
    """The same distortion on a cell `times` as long, to be kept as it is."""
    cell = field.cell.copy()
    cell[2] *= times
    shifts = [k * field.cell[2] for k in range(times)]
    return replace(
        field,
        cell=cell,
        site=np.tile(field.site, times),
        cell_index=np.concatenate([field.cell_index + s for s in shifts]),
        displacements=np.tile(field.displacements, (times, 1)),
        occupation=np.tile(field.occupation, (times, 1)),
    )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plot", type=Path)
    options = parser.parse_args()
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    pairs = {
        "BaTiO3": ("batio3_cubic.cif", "batio3_p4mm.cif"),
        "SrTiO3": ("srtio3_cubic.cif", "srtio3_i4mcm.cif"),
        "LaMnO3": ("lamno3_cubic.cif", "lamno3_pnma.cif"),
        "Ca3Ti2O7": ("ca3ti2o7_i4mmm.cif", "ca3ti2o7_cmcm.cif"),
        "YMnO3": ("ymno3_p63mmc.cif", "ymno3_p63cm.cif"),
    }
    print("child | atoms | orbits of H | compressed, ms | stock, ms | ratio | relative difference of outputs")
    rows = []
    for name, (parent, child) in pairs.items():
        field = field_of(read_structure(STRUCTURES / parent), read_structure(STRUCTURES / child))
        learner = learner_of(field)
        fast = median_ms(compressed_step(learner))
        step, difference = stock_step(learner)
        slow = median_ms(step)
        orbits = len(learner.orbits.representative)
        rows.append((learner.problem.n_atoms, orbits, fast, slow))
        print(
            f"{name} | {learner.problem.n_atoms} | {orbits} | {fast:.2f} | {slow:.1f} | "
            f"{slow / fast:.1f} | {difference:.1e}",
            flush=True,
        )
    if options.plot:
        draw(options.plot, rows)


def draw(path: Path, rows: list[tuple[int, int, float, float]]) -> None:
    """Time per step against atoms and orbits."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(5, 3.5), layout="constrained")
    axes.loglog([r[0] for r in rows], [r[3] for r in rows], "s", label="stock e3nn, against atoms")
    axes.loglog([r[1] for r in rows], [r[2] for r in rows], "o", label="compressed, against orbits of H")
    axes.set_xlabel("atoms, or orbits of the child's group")
    axes.set_ylabel("one step (ms)")
    axes.legend()
    figure.savefig(path, dpi=150)


if __name__ == "__main__":
    main()
