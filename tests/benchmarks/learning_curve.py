"""Secondaries given the order parameter against the number of training formulas, for learners that know more or less.

    python tests/benchmarks/learning_curve.py DEVELOPMENT WORK [LEARNER ...]     errors into WORK/curve.json
    python tests/benchmarks/learning_curve.py DEVELOPMENT WORK --draw FIGURE     figure and table of these

Test: formulas of folds 0 and 1; validation, on which settings are chosen draw by draw: fold 2; training: `DRAWS` random
choices of formulas of the other folds. Blind learners see the order parameter as x, y, z of 40 atoms in one random
domain a pair, or in 24 (another one in every step), and answer x, y, z; nothing tells them of symmetry.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np

SIZES = (25, 50, 100, 200, 0)
"""Training formulas; 0 stands for all of the training folds."""
DRAWS = 5
DOMAINS = 24
NETWORK_EPOCHS = (60, 200)
BLIND = ((128, 0.1), (128, 1.0), (512, 0.1), (512, 1.0))
"""Units and weight decay of the blind perceptrons (two hidden layers)."""
BLIND_EPOCHS, BLIND_RATE, NOISE = {1: 300, DOMAINS: 1200}, 0.003, 0.08
"""Steps by the number of domains, learning rate, and noise on the features."""

Answers = dict[int, np.ndarray]


class Pairs:
    """Tilted pairs of learned classes, with the draws; `member`, `seen` and `asked` hold one class after another."""

    def __init__(self, development: Path) -> None:
        from perovskite_folder import read_entries
        from predict import prepared_of

        from curiebreak.family.fit import class_data

        entries = read_entries(development)
        self.ready = prepared_of(entries, "curve")
        self.cell = self.ready.family.cell
        self.classes = [i for i, c in enumerate(self.ready.classes) if {"M3+", "R4+"} & set(c.primary)]
        self.data = {i: class_data(self.ready.classes[i], self.ready.values, self.ready.log_edge) for i in self.classes}
        self.members = {i: self.ready.classes[i].members for i in self.classes}
        self.member = np.concatenate([self.members[i] for i in self.classes])
        fold = np.array([int(e.row["fold_formula"]) for e in entries])
        self.test, self.valid = fold < 2, fold == 2
        pool = np.unique(self.ready.formula[fold > 2])
        self.draws = []
        for size in SIZES:
            for draw in range(DRAWS if size else 1):
                rng = np.random.default_rng([draw, size])
                chosen = pool if not size else rng.choice(pool, size, replace=False)
                self.draws.append((size or len(pool), np.isin(self.ready.formula, chosen)))
        self._turn()

    def _turn(self) -> None:
        """Every pair in `DOMAINS` random domains, (m, DOMAINS, 120)."""
        rng = np.random.default_rng(0)
        rotations, permutations = self.cell.group
        turned: list[list[np.ndarray]] = [[], []]
        for i in self.classes:
            primary = self.data[i].eta @ self.ready.classes[i].basis.T
            for pair in zip(primary, self.data[i].secondaries, strict=True):
                g = rng.choice(len(rotations), DOMAINS, replace=False)
                for side, flat in zip(turned, pair, strict=True):
                    image, field = np.empty((DOMAINS, self.cell.n_atoms, 3)), flat.reshape(-1, 3)
                    moved = field @ rotations[g].transpose(0, 2, 1)
                    np.put_along_axis(image, permutations[g][:, :, None], moved, axis=1)
                    side.append(image.reshape(DOMAINS, -1))
        self.seen, self.asked = map(np.array, turned)

    @cached_property
    def operators(self) -> tuple[Any, list[Any], list[Any]]:
        """Size of the network, and the operators of each class, of numpy and of torch."""
        from curiebreak.family.family_network import class_operators, family_graph, torch_operators

        edge = float(np.mean([m.edge for m in self.ready.family.members]))
        graph, architecture = family_graph(self.cell, edge)
        made = [class_operators(self.cell, self.ready.classes[i], graph, architecture) for i in self.classes]
        return architecture, [one for one, _ in made], [torch_operators(*one) for one in made]

    def scaled(self, learned: np.ndarray) -> np.ndarray:
        """Standardised features."""
        from curiebreak.family.features import Scaling

        return Scaling.of(self.ready.values[learned])(self.ready.values)

    def errors(self, found: Answers, among: np.ndarray) -> float:
        """Mean over pairs of the rms error of an atom, Å."""
        wrong = [(found[i] - self.data[i].secondaries)[among[self.members[i]]] for i in self.classes]
        return float(np.sqrt((np.concatenate(wrong) ** 2).sum(-1) / self.cell.n_atoms).mean())

    def blind_errors(self, found: np.ndarray, domains: int, among: np.ndarray) -> float:
        """The same for answers (m, domains, 120) in domains."""
        wrong = (found - self.asked[:, :domains])[among[self.member]]
        return float(np.sqrt((wrong**2).sum(-1) / self.cell.n_atoms).mean())

    def nothing(self) -> Answers:
        """No prediction."""
        return {i: np.zeros_like(self.data[i].secondaries) for i in self.classes}


def perceptron(pairs: Pairs, learned: np.ndarray, domains: int) -> float:
    """Blind perceptron with the setting of least validation error."""
    import torch

    def tensor(values: np.ndarray) -> torch.Tensor:
        return torch.as_tensor(np.ascontiguousarray(values)).float()

    x = pairs.scaled(learned)[pairs.member]
    rows = np.flatnonzero(learned[pairs.member])
    own, features = torch.arange(len(rows)), tensor(x[rows])
    fields, answers = tensor(pairs.seen[rows, :domains] / 0.2), tensor(pairs.asked[rows, :domains] / 0.1)
    whole = tensor(np.concatenate([np.repeat(x, DOMAINS, 0), pairs.seen.reshape(-1, pairs.seen.shape[2]) / 0.2], 1))
    found = []
    for units, decay in BLIND:
        torch.manual_seed(0)
        net = torch.nn.Sequential(
            torch.nn.Linear(whole.shape[1], units), torch.nn.GELU(),
            torch.nn.Linear(units, units), torch.nn.GELU(), torch.nn.Linear(units, answers.shape[2]),
        )  # fmt: skip
        optimiser = torch.optim.AdamW(net.parameters(), lr=BLIND_RATE, weight_decay=decay)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, BLIND_RATE, total_steps=BLIND_EPOCHS[domains])
        for _ in range(BLIND_EPOCHS[domains]):
            optimiser.zero_grad()
            domain = torch.randint(domains, (len(rows),))
            noisy = torch.cat([features + NOISE * torch.randn_like(features), fields[own, domain]], 1)
            torch.nn.functional.smooth_l1_loss(net(noisy), answers[own, domain]).backward()
            optimiser.step()
            schedule.step()
        with torch.no_grad():
            answer = 0.1 * net(whole).numpy().reshape(pairs.asked.shape)
        found.append([pairs.blind_errors(answer, DOMAINS, among) for among in (pairs.valid, pairs.test)])
    return min(found)[1]


def blind_trees(pairs: Pairs, learned: np.ndarray) -> float:
    """Trees in one domain."""
    from sklearn.ensemble import ExtraTreesRegressor

    inputs = np.concatenate([pairs.scaled(learned)[pairs.member], pairs.seen[:, 0]], 1)
    own = learned[pairs.member]
    trees = ExtraTreesRegressor(20, min_samples_leaf=2, max_features=0.3, random_state=0)
    trees.fit(inputs[own], pairs.asked[own, 0])
    return pairs.blind_errors(trees.predict(inputs)[:, None], 1, pairs.test)


def equivariant(pairs: Pairs, learned: np.ndarray) -> float:
    """The joint network, as `curiebreak train` trains it."""
    import torch

    from curiebreak.family.evaluate import answers
    from curiebreak.family.family_network import weight_arrays
    from curiebreak.family.fit import class_data, train_network

    torch.set_num_threads(1)
    x, log_edge = pairs.scaled(learned), pairs.ready.log_edge - np.median(pairs.ready.log_edge[learned])
    architecture, exact, tensors = pairs.operators
    data = {i: class_data(pairs.ready.classes[i], x, log_edge) for i in pairs.classes}
    taught = [data[i].rows(np.flatnonzero(learned[pairs.members[i]])) for i in pairs.classes]
    found = []
    for epochs in NETWORK_EPOCHS:
        model, _ = train_network(architecture, tensors, taught, 0, epochs)
        answered = {
            i: answers(np, weight_arrays(model), c, x[pairs.members[i]], data[i].eta, data[i].eta).secondaries
            for i, c in zip(pairs.classes, exact, strict=True)
        }
        flat = {i: a.reshape(len(a), -1) for i, a in answered.items()}
        found.append([pairs.errors(flat, among) for among in (pairs.valid, pairs.test)])
    return min(found)[1]


def on_modes(pairs: Pairs, learned: np.ndarray, trees: bool) -> float:
    """Trees, or Gaussian processes, on the exact mode coordinates of each class."""
    from sklearn.ensemble import ExtraTreesRegressor

    from curiebreak.family.processes import train_processes

    x, found = pairs.scaled(learned), pairs.nothing()
    for i in pairs.classes:
        own, member = learned[pairs.members[i]], pairs.members[i]
        taught = pairs.data[i].rows(np.flatnonzero(own))
        _, values, vectors = np.linalg.svd(taught.secondaries, full_matrices=False)
        span = vectors[values > 1e-4 * max(values.max(initial=0.0), 1e-6)]
        if own.sum() < 2 or not len(span):
            continue
        eta = pairs.data[i].eta
        if trees:
            inputs = np.concatenate([x[member], eta], 1)
            grown = ExtraTreesRegressor(60, min_samples_leaf=2, max_features=0.5, random_state=0)
            answers = taught.secondaries @ span.T
            grown.fit(inputs[own], answers if answers.shape[1] != 1 else answers[:, 0])
            found[i] = grown.predict(inputs).reshape(len(member), -1) @ span
            continue
        ones, rows = np.ones(int(own.sum())), np.arange(int(own.sum()))
        made = train_processes(pairs.ready.kernels, x[member[own]], 0 * ones, ones, [rows], [taught], [span.T])
        found[i] = made.rest(0, x[member], eta)[:, : len(span)] @ span
    return pairs.errors(found, pairs.test)


LEARNERS: dict[str, Callable[[Pairs, np.ndarray], float]] = {
    "no prediction": lambda pairs, learned: pairs.errors(pairs.nothing(), pairs.test),
    "equivariant network": equivariant,
    "blind perceptron, one domain": partial(perceptron, domains=1),
    "blind perceptron, 24 domains": partial(perceptron, domains=DOMAINS),
    "blind trees, one domain": blind_trees,
    "trees on mode coordinates": partial(on_modes, trees=True),
    "Gaussian process on mode coordinates": partial(on_modes, trees=False),
}


def learn(development: Path, work: Path, names: list[str]) -> None:
    """Errors (size, error) of these learners into WORK/curve.json."""
    pairs, path = Pairs(development), work / "curve.json"
    work.mkdir(parents=True, exist_ok=True)
    for name in names or LEARNERS:
        start = time.process_time()
        rows = [(size, LEARNERS[name](pairs, learned)) for size, learned in pairs.draws]
        found = json.loads(path.read_text()) if path.exists() else {}
        path.write_text(json.dumps(found | {name: rows}, indent=1))
        print(f"{name}: {time.process_time() - start:.0f} CPU s", flush=True)


def draw(work: Path, path: Path) -> None:
    """Figure and Markdown table."""
    from curiebreak.report.canvas import figure_bytes, new_figure, style

    kept = json.loads((work / "curve.json").read_text())
    found = {name: kept[name] for name in LEARNERS if name in kept}
    sizes = sorted({r[0] for rows in found.values() for r in rows})
    print("| training formulas | " + " | ".join(map(str, sizes)) + " |\n|---|" + "---|" * len(sizes))
    with style():
        figure = new_figure(6.2, 4.2)
        axes = figure.add_axes((0.11, 0.12, 0.85, 0.84))
        for name, rows in found.items():
            mean = [np.mean([e for s, e in rows if s == size]) for size in sizes]
            spread = [np.std([e for s, e in rows if s == size]) for size in sizes]
            print(f"| {name} | " + " | ".join(f"{m:.3f} ± {s:.3f}" for m, s in zip(mean, spread, strict=True)) + " |")
            axes.errorbar(sizes, mean, spread, marker="o", ms=3, lw=1, label=name)
        axes.set(xscale="log", xlabel="training formulas", ylabel="error of the secondaries, Å an atom")
        axes.set_xticks(sizes, [str(s) for s in sizes])
        axes.minorticks_off()
        axes.set_ylim(0, 0.24)
        axes.legend(fontsize=7, frameon=False, ncols=2, loc="upper center")
        path.write_bytes(figure_bytes(figure, path.suffix.lstrip("."), dpi=150))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("development", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("learners", nargs="*", metavar="LEARNER", help=", ".join(LEARNERS))
    parser.add_argument("--draw", type=Path)
    given = parser.parse_args()
    if given.draw is None:
        learn(given.development, given.work, given.learners)
    else:
        draw(given.work, given.draw)


if __name__ == "__main__":
    main()
