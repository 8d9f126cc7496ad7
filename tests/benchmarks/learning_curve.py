"""Secondaries given the order parameter against the number of training formulas, for learners that know more or less.

    python tests/benchmarks/learning_curve.py prepare DEVELOPMENT WORK     numbers of all pairs, WORK/curve.npz
    python tests/benchmarks/learning_curve.py networks WORK                the networks; uses a GPU where there is one
    python tests/benchmarks/learning_curve.py blind WORK                   of these the blind ones in 24 domains alone
    python tests/benchmarks/learning_curve.py others WORK                  trees and processes
    python tests/benchmarks/learning_curve.py draw WORK FIGURE.png         figure and table

Test: formulas of folds 0 and 1; validation, on which the settings of the blind learners are chosen: fold 2; training:
`DRAWS` random choices of formulas of the other folds. Blind learners see the order parameter as x, y, z of 40 atoms in
one random domain a pair, or in 24 (another one in every step), and answer x, y, z; nothing tells them of symmetry.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

SIZES = (25, 50, 100, 200, 0)
"""Training formulas; 0 stands for all of the training folds."""
DRAWS = 5
DOMAINS = 24
EPOCHS, LEARNING_RATE, DECAY, NOISE = 200, 0.015, 0.5, 0.08
BLIND = ((128, 0.1), (128, 1.0), (512, 0.1), (512, 1.0))
"""Units and weight decay of the blind perceptrons (two hidden layers)."""
BLIND_EPOCHS, BLIND_RATE = {1: 300, DOMAINS: 1200}, 0.003
"""Steps by the number of domains, and learning rate."""
AUGMENTED_DRAWS, AUGMENTED = 1, BLIND[::2]
"""Draws and settings of the perceptrons in 24 domains, which cost four times as much."""


def prepare(development: Path, work: Path) -> None:
    """Operators, targets and domains of all pairs."""
    from perovskite_folder import read_entries
    from predict import prepared_of

    from curiebreak.family.family_network import class_operators, family_graph
    from curiebreak.family.fit import class_data

    entries = read_entries(development)
    ready = prepared_of(entries, "curve")
    cell = ready.family.cell
    graph, architecture = family_graph(cell, float(np.mean([m.edge for m in ready.family.members])))
    rng, out, sizes = np.random.default_rng(0), {}, {}
    rotations, permutations = cell.group
    for i, c in enumerate(ready.classes):
        if not c.primary:
            continue
        d = class_data(c, ready.values, ready.log_edge)
        operators, sparse = class_operators(cell, c, graph, architecture)
        sizes[i] = (operators.width, operators.orbits)
        out |= {f"{i}.members": c.members, f"{i}.eta": d.eta, f"{i}.secondaries": d.secondaries}
        for n in ("group", "types", "gain", "edge_weights", "product", "into", "out", "basis"):
            out[f"{i}.{n}"] = getattr(operators, n)
        out |= {f"{i}.row": sparse.row, f"{i}.weight": sparse.weight, f"{i}.value": sparse.value}
        primary = (d.eta @ c.basis.T).reshape(-1, cell.n_atoms, 3)
        turned: list[list[np.ndarray]] = [[], []]
        for k in range(len(c.members)):
            g = rng.choice(len(rotations), DOMAINS, replace=False)
            for side, field in enumerate((primary[k], d.secondaries[k].reshape(-1, 3))):
                image = np.empty((DOMAINS, cell.n_atoms, 3))
                np.put_along_axis(image, permutations[g][:, :, None], field @ rotations[g].transpose(0, 2, 1), axis=1)
                turned[side].append(image.reshape(DOMAINS, -1))
        out |= {f"{i}.seen": np.array(turned[0]), f"{i}.asked": np.array(turned[1])}
    layout = {n: [p.start, p.stop, list(s)] for n, (p, s) in architecture.layout.items()}
    out |= {
        "values": ready.values,
        "names": np.array(ready.names),
        "formula": ready.formula,
        "weights": architecture.initial_weights(0).numpy(),
    }
    out["fold"] = np.array([int(e.row["fold_formula"]) for e in entries])
    facts = {"classes": sizes, "layout": layout, "kinds": len(architecture.kinds), "types": architecture.n_types}
    work.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(work / "curve.npz", **out, facts=np.array(json.dumps(facts)))


class Pairs:
    """What `prepare` wrote, with the draws."""

    def __init__(self, work: Path) -> None:
        self.data = dict(np.load(work / "curve.npz"))
        self.facts = json.loads(str(self.data["facts"]))
        self.classes = [int(i) for i in self.facts["classes"]]
        formula, fold = self.data["formula"], self.data["fold"]
        pool = np.unique(formula[fold > 2])
        self.draws = []
        for size in SIZES:
            for draw in range(DRAWS if size else 1):
                rng = np.random.default_rng([draw, size])
                chosen = pool if not size else rng.choice(pool, size, replace=False)
                self.draws.append((size or len(pool), np.isin(formula, chosen)))
        self.test, self.valid = fold < 2, fold == 2

    def scaled(self, learned: np.ndarray) -> np.ndarray:
        """Standardised features."""
        values = self.data["values"]
        return np.clip((values - values[learned].mean(0)) / (values[learned].std(0) + 1e-9), -4, 4)

    def errors(self, found: dict[int, np.ndarray], among: np.ndarray, name: str = "secondaries") -> float:
        """Mean over pairs of the rms error of an atom, Å; answers (m, ..., 120)."""
        parts = []
        for i in self.classes:
            own = among[self.data[f"{i}.members"]]
            wrong = found[i][own] - self.data[f"{i}.{name}"][own]
            parts.append(np.sqrt((wrong**2).sum(-1) / 40).reshape(own.sum(), -1).mean(1))
        return float(np.concatenate(parts).mean())


def perceptrons(pairs: Pairs, domains: int) -> list[tuple[int, float, float]]:
    """Blind perceptrons of all draws: size, error, and validation error, with the setting of least validation error."""
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    data, tensor = pairs.data, lambda a: torch.as_tensor(np.ascontiguousarray(a)).float().to(device)
    member = np.concatenate([data[f"{i}.members"] for i in pairs.classes])
    seen, asked = (np.concatenate([data[f"{i}.{n}"] for i in pairs.classes]) for n in ("seen", "asked"))
    scaled = [pairs.scaled(learned)[member] for _, learned in pairs.draws]
    best: dict[int, tuple[int, float, float]] = {}
    kept = [n for n in range(len(pairs.draws)) if domains == 1 or n % DRAWS < AUGMENTED_DRAWS]
    for units, decay in BLIND if domains == 1 else AUGMENTED:
        for number in kept:
            size, learned = pairs.draws[number]
            rows = np.flatnonzero(learned[member])
            features, own = tensor(scaled[number][rows]), torch.arange(len(rows), device=device)
            fields, answers = tensor(seen[rows, :domains] / 0.2), tensor(asked[rows, :domains] / 0.1)
            torch.manual_seed(0)
            net = torch.nn.Sequential(
                torch.nn.Linear(features.shape[1] + 120, units), torch.nn.GELU(),
                torch.nn.Linear(units, units), torch.nn.GELU(), torch.nn.Linear(units, 120),
            ).to(device)  # fmt: skip
            optimiser = torch.optim.AdamW(net.parameters(), lr=BLIND_RATE, weight_decay=decay)
            schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, BLIND_RATE, total_steps=BLIND_EPOCHS[domains])
            for _ in range(BLIND_EPOCHS[domains]):
                optimiser.zero_grad()
                domain = torch.randint(domains, (len(rows),), device=device)
                noisy = torch.cat([features + NOISE * torch.randn_like(features), fields[own, domain]], 1)
                torch.nn.functional.smooth_l1_loss(net(noisy), answers[own, domain]).backward()
                optimiser.step()
                schedule.step()
            with torch.no_grad():
                whole = np.concatenate([np.repeat(scaled[number], DOMAINS, 0), seen.reshape(-1, 120) / 0.2], 1)
                answer = 0.1 * net(tensor(whole)).cpu().numpy().reshape(len(member), DOMAINS, 120)
            rms = np.sqrt(((answer - asked) ** 2).sum(-1) / 40).mean(1)
            mark = float(rms[pairs.valid[member]].mean())
            if number not in best or mark < best[number][2]:
                best[number] = (size, float(rms[pairs.test[member]].mean()), mark)
    return list(best.values())


def equivariant(pairs: Pairs) -> list[tuple[int, float]]:
    """The joint network (`curiebreak.family.evaluate`), all draws in one batch of models."""
    import torch
    from batched_network import Batched

    device = "cuda" if torch.cuda.is_available() else "cpu"
    scaled = np.array([pairs.scaled(learned) for _, learned in pairs.draws])
    net = Batched(pairs.data, pairs.facts, len(pairs.draws), scaled.shape[2], device)
    own = {
        i: np.array([learned[pairs.data[f"{i}.members"]] for _, learned in pairs.draws], float) for i in pairs.classes
    }
    net.train(scaled, own, EPOCHS, LEARNING_RATE, DECAY, NOISE)
    found = net.ask(scaled)
    return [
        (size, pairs.errors({i: found[i][n] for i in pairs.classes}, pairs.test))
        for n, (size, _) in enumerate(pairs.draws)
    ]


def networks(work: Path) -> None:
    """All networks."""
    pairs, start = Pairs(work), time.time()
    for name, run in (
        ("equivariant network", lambda: equivariant(pairs)),
        ("blind perceptron, one domain", lambda: perceptrons(pairs, 1)),
        ("blind perceptron, 24 domains", lambda: perceptrons(pairs, DOMAINS)),
    ):
        keep(work, name, run())
        print(f"{name}: {time.time() - start:.0f} s", flush=True)


def blind(work: Path) -> None:
    """The perceptrons in 24 domains."""
    keep(work, "blind perceptron, 24 domains", perceptrons(Pairs(work), DOMAINS))


def keep(work: Path, name: str, rows: list[Any]) -> None:
    """Note errors (size, error) in WORK/curve.json."""
    path = work / "curve.json"
    found = json.loads(path.read_text()) if path.exists() else {}
    found[name] = [[int(r[0]), float(r[1])] for r in rows]
    path.write_text(json.dumps(found, indent=1))
    for size in sorted({r[0] for r in rows}):
        errors = [r[1] for r in rows if r[0] == size]
        print(f"  {name}: {size} formulas {np.mean(errors):.4f} +- {np.std(errors):.4f}", flush=True)


def others(work: Path) -> None:
    """Trees and processes on mode coordinates, blind trees, and no prediction at all."""
    from types import SimpleNamespace

    from sklearn.ensemble import ExtraTreesRegressor

    from curiebreak.family.gaussian_process import Kernel
    from curiebreak.family.processes import train_processes

    pairs = Pairs(work)
    data = pairs.data
    kernel = Kernel.of(data["names"].tolist(), ("B", "A", "X"), (False, False, True))
    rows: dict[str, list[tuple[int, float]]] = {}
    nothing = {i: np.zeros_like(data[f"{i}.secondaries"]) for i in pairs.classes}
    keep(work, "nothing", [(n, pairs.errors(nothing, pairs.test)) for n in sorted({s for s, _ in pairs.draws})])
    for size, learned in pairs.draws:
        x = pairs.scaled(learned)
        modes, process = dict(nothing), dict(nothing)
        for i in pairs.classes:
            member, eta, target = (data[f"{i}.{n}"] for n in ("members", "eta", "secondaries"))
            own = learned[member]
            if own.sum() < 2:
                continue
            _, values, vectors = np.linalg.svd(target[own], full_matrices=False)
            span = vectors[values > 1e-4 * max(values.max(), 1e-6)]
            if not len(span):
                continue
            inputs = np.concatenate([x[member], eta], 1)
            trees = ExtraTreesRegressor(60, min_samples_leaf=2, max_features=0.5, random_state=0)
            answers = target[own] @ span.T
            trees.fit(inputs[own], answers if answers.shape[1] != 1 else answers[:, 0])
            modes[i] = trees.predict(inputs).reshape(len(member), -1) @ span
            taught = SimpleNamespace(eta=eta[own], secondaries=target[own], strain=np.zeros((own.sum(), 5)))
            ones = np.ones(int(own.sum()))
            made = train_processes(
                kernel, x[member[own]], 0 * ones, ones, [np.arange(int(own.sum()))], [taught], [span.T]
            )
            process[i] = made.rest(0, x[member], eta)[:, : len(span)] @ span
        rows.setdefault("trees on mode coordinates", []).append((size, pairs.errors(modes, pairs.test)))
        rows.setdefault("Gaussian process on mode coordinates", []).append((size, pairs.errors(process, pairs.test)))
        member = np.concatenate([data[f"{i}.members"] for i in pairs.classes])
        seen, asked = (np.concatenate([data[f"{i}.{n}"] for i in pairs.classes]) for n in ("seen", "asked"))
        own = learned[member]
        blind = ExtraTreesRegressor(20, min_samples_leaf=2, max_features=0.3, random_state=0)
        blind.fit(np.concatenate([x[member][own], seen[own, 0]], 1), asked[own, 0])
        test = pairs.test[member]
        wrong = blind.predict(np.concatenate([x[member][test], seen[test, 0]], 1)) - asked[test, 0]
        error = float(np.sqrt((wrong**2).sum(-1) / 40).mean())
        rows.setdefault("blind trees, one domain", []).append((size, error))
    for name, errors in rows.items():
        keep(work, name, errors)


def draw(work: Path, path: Path) -> None:
    """Figure and Markdown table."""
    from curiebreak.report.canvas import figure_bytes, new_figure, style

    found = json.loads((work / "curve.json").read_text())
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
        axes.set_ylim(0, 0.21)
        axes.legend(fontsize=7, frameon=False, ncols=2, loc="upper center")
        path.write_bytes(figure_bytes(figure, path.suffix.lstrip("."), dpi=150))


if __name__ == "__main__":
    if len(sys.argv) < 3 or sys.argv[1] not in ("prepare", "networks", "blind", "others", "draw"):
        sys.exit(__doc__)
    steps = {"prepare": prepare, "networks": networks, "blind": blind, "others": others, "draw": draw}
    steps[sys.argv[1]](*map(Path, sys.argv[2:]))
