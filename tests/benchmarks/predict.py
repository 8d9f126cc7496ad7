"""How well a family model predicts: folds over the developers' formulas, or formulas that no choice has seen.

    python tests/benchmarks/predict.py DEVELOPMENT [--folds fold_B] [--seeds N] [--no-trees] [--jobs N]
    python tests/benchmarks/predict.py DEVELOPMENT --held-out FOLDER [--model FILE]

Folders are laid out as `perovskite_folder` says. Without ``--model`` everything is trained on DEVELOPMENT, error bars
and calibration included; with it that model is asked and DEVELOPMENT only feeds the baselines. The table gives every
figure twice, with trees and without; baselines, parts, one line a goal (met or not) and what limits it follow.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from perovskite_folder import CLASSES, Entry, atoms_of, members_of, parts_of, read_entries, read_valences, tilt_patterns

from curiebreak.family.classes import OTHER, align, averaged, averaged_strain
from curiebreak.family.error_bars import with_bars
from curiebreak.family.evaluate import traceless
from curiebreak.family.family_model import FamilyModel, load_model
from curiebreak.family.finished import FinishedNetworks
from curiebreak.family.learn import EPOCHS, Prepared, fit_model, parts, prepare, train_family
from curiebreak.family.members import Member
from curiebreak.family.predicted_child import built_child
from curiebreak.family.tilt_angles import tilts

Rows = dict[str, np.ndarray]
GOALS = {  # figure: (goal with trees, goal without, whether more is better)
    "total tilt, class given (deg)": (1.30, 1.40, False),
    "R2 of it": (0.88, 0.88, True),
    "total tilt of fluorides (deg)": (2.4, 2.4, False),
    "secondaries, order parameter given (A)": (0.029, 0.032, False),
    "strain, order parameter given": (0.0090, 0.0090, False),
    "cubic edge (%)": (0.80, 0.80, False),
    "child, class given: mean (A)": (0.053, 0.053, False),
    "child, class given: median (A)": (0.035, 0.035, False),
    "child from the composition: mean (A)": (0.155, 0.155, False),
    "child from the composition: median (A)": (0.058, 0.058, False),
    "class right (%)": (78.0, 78.0, True),
    "class in the first two (%)": (88.0, 88.0, True),
    "log loss": (0.80, 0.80, False),
    "total tilt, class not given, charges and radii known (deg)": (2.25, 2.25, False),
    "groups at 0.005 A (%)": (100.0, 100.0, True),
    "half width of the 90 % bars (deg)": (3.3, 3.3, False),
}


def rms(field: np.ndarray) -> float:
    """Root mean square displacement of an atom."""
    return float(np.sqrt((np.asarray(field) ** 2).sum() / np.asarray(field).reshape(-1, 3).shape[0]))


class Asked:
    """A model asked about entries: nothing of an entry but its elements (and class, where said) goes in."""

    def __init__(self, model: FamilyModel, entries: Sequence[Entry]) -> None:
        self.model, self.entries, self.cell = model, entries, model.cell
        self.order = atoms_of(model.cell)
        self.species = [
            tuple(dict(zip("BAX", e.species, strict=True))[n] for n in self.cell.site_names) for e in entries
        ]
        self.described = [model.described(s) for s in self.species]
        self.patterns = {name: field[:, self.order] for name, field in tilt_patterns().items()}
        self.place = {(c.primary, c.group, c.index): i for i, c in enumerate(model.classes)}

    def placed(self, i: int, place: int) -> tuple[np.ndarray, np.ndarray]:
        """Displacements and strain of an entry in the domain of the model's class, averaged over its group."""
        entry, c = self.entries[i], self.model.classes[place]
        field = entry.field[self.order]
        mean = {
            p: (c.basis[:, c.basis_irrep == j] @ c.direction[c.basis_irrep == j]).reshape(-1, 3)
            for j, p in enumerate(c.primary)
        }
        own = parts_of(field, c.primary, self.patterns)
        one = Member("", "", (), field, own, entry.strain, entry.edge, c.primary, (c.group, c.index))
        moved, strain = align(self.cell, one, replace(one, parts=mean))
        return averaged(self.cell, c.operations, moved[None])[0], averaged_strain(
            self.cell, c.operations, strain[None]
        )[0]

    def class_given(self) -> Rows:
        """One row an entry of a class that the model has."""
        rows: dict[str, list[Any]] = {}
        chosen: dict[int, list[int]] = {}
        for i, e in enumerate(self.entries):
            place = self.place.get((e.known[0], *e.known[1])) if e.known else None
            if place is not None and e.known and e.known[0]:
                chosen.setdefault(place, []).append(i)
        for place, own in chosen.items():
            c = self.model.classes[place]
            fields = [self.placed(i, place) for i in own]
            eta = np.array([f.reshape(-1) @ c.basis for f, _ in fields])
            asked = [self.described[i] for i in own]
            shapes, given = self.model.shapes(place, asked), self.model.answered(place, asked, eta)
            for k, (i, shape, (moved, strain)) in enumerate(zip(own, shapes, given, strict=True)):
                e, primary = self.entries[i], (c.basis @ shape.eta).reshape(-1, 3)
                secondaries = fields[k][0] - (c.basis @ eta[k]).reshape(-1, 3)
                angle = tilts(self.cell, primary, shape.edge)
                true = traceless(fields[k][1][None], self.model.strain_basis)[0]
                row = {
                    "entry": i, "place": place, "true": e.angle("total"), "tilt": float(np.linalg.norm(angle)),
                    "bar": float(c.bars[-1]) * self.model.scale(shape), "secondaries": rms(moved - secondaries),
                    "strain": float(np.linalg.norm(strain - true)), "edge": abs(shape.edge / e.edge - 1),
                    "child": rms(primary + shape.secondaries - fields[k][0]), "cubic": rms(fields[k][0]),
                    "spread": shape.spread, "edge_found": shape.edge, "eta": parts(c, shape.eta, 8),
                    "eta_true": parts(c, eta[k], 8),
                    "group": self._group_holds(place, i, shape) if e.representative else None,
                }  # fmt: skip
                for name in ("M3+", "R4+"):
                    use = (
                        c.basis_irrep == c.primary.index(name) if name in c.primary else np.zeros(len(shape.eta), bool)
                    )
                    part = tilts(self.cell, (c.basis[:, use] @ shape.eta[use]).reshape(-1, 3), shape.edge)
                    row[name] = abs(float(np.linalg.norm(part)) - e.angle(name)) if use.any() else np.nan
                for name, value in row.items():
                    rows.setdefault(name, []).append(value)
        rows["tilt_true"] = rows["true"]
        return {n: np.array(v, dtype=object if n in ("eta", "eta_true", "group") else None) for n, v in rows.items()}

    def _group_holds(self, place: int, i: int, shape: Any) -> bool:
        child = built_child(self.model, self.model.classes[place], self.species[i], shape)
        return child.spglib is not None and child.spglib.number == child.space_group.number

    def from_composition(self) -> Rows:
        """One row a formula: class, and the child of the most probable class that has one."""
        rows: dict[str, list[Any]] = {}
        own = [i for i, e in enumerate(self.entries) if e.representative]
        probability = self.model.probabilities([self.described[i] for i in own])
        overall = self.model.overall_tilts([self.described[i] for i in own])
        labels = [*CLASSES, OTHER]
        found = np.zeros((len(own), len(labels)))
        for number, c in enumerate([*self.model.classes, None]):
            known = [n for n, (p, g) in CLASSES.items() if c is not None and (p, g) == (c.primary, (c.group, c.index))]
            found[:, labels.index(known[0]) if known else -1] += probability[:, number]
        best = np.argmax(probability[:, :-1], axis=1)
        for place in np.unique(best):
            some = np.flatnonzero(best == place)
            shapes = self.model.shapes(int(place), [self.described[own[n]] for n in some])
            c = self.model.classes[int(place)]
            for n, shape in zip(some, shapes, strict=True):
                e = self.entries[own[n]]
                field = (c.basis @ shape.eta).reshape(-1, 3) + shape.secondaries
                apart = self.cell.images(field) - e.field[self.order]
                row = {
                    "formula": own[n], "probability": found[n],
                    "label": labels.index(e.row["class"] if e.known else OTHER),
                    "child": float(np.sqrt((apart**2).sum(axis=(1, 2)).min() / len(field))), "cubic": rms(e.field),
                    "tilt": overall[n], "true": e.angle("total"),
                }  # fmt: skip
                for name, value in row.items():
                    rows.setdefault(name, []).append(value)
        return {name: np.array(v) for name, v in rows.items()}


def joined(parts_: Sequence[Rows]) -> Rows:
    """Rows of several folds."""
    return {name: np.concatenate([p[name] for p in parts_]) for name in parts_[0]}


def figures(entries: Sequence[Entry], given: Rows, free: Rows, guessed: set[tuple[str, ...]]) -> dict[str, float]:
    """All figures of the table."""
    true, error = given["true"], np.abs(given["tilt"] - given["true"])
    tilted = true > 0.05
    fluoride = np.array([entries[i].row["X"] == "F" for i in given["entry"]])
    one = np.array([entries[i].representative for i in given["entry"]])
    label, p = free["label"], free["probability"]
    order = np.argsort(-p, axis=1)
    known = np.array([entries[i].species not in guessed for i in free["formula"]])
    missed = np.abs(free["tilt"] - free["true"])
    groups = np.array([bool(v) for v in given["group"] if v is not None])
    polymorphs: dict[str, set[str]] = {}
    for e in entries:
        polymorphs.setdefault(e.row["formula"], set()).add(e.row["class"])
    names = [*CLASSES, OTHER]
    some = [
        names[o] in polymorphs[entries[i].row["formula"]] for o, i in zip(order[:, 0], free["formula"], strict=True)
    ]
    return {
        "total tilt, class given (deg)": error[tilted].mean(),
        "R2 of it": 1 - (error[tilted] ** 2).sum() / ((true[tilted] - true[tilted].mean()) ** 2).sum(),
        "M3+ (deg)": np.nanmean(given["M3+"][tilted]),
        "R4+ (deg)": np.nanmean(given["R4+"][tilted]),
        "total tilt of fluorides (deg)": error[tilted & fluoride].mean() if (tilted & fluoride).any() else np.nan,
        "secondaries, order parameter given (A)": given["secondaries"].mean(),
        "strain, order parameter given": given["strain"].mean(),
        "cubic edge (%)": 100 * given["edge"].mean(),
        "child, class given: mean (A)": given["child"][one].mean(),
        "child, class given: median (A)": np.median(given["child"][one]),
        "cubic parent instead: mean (A)": given["cubic"][one].mean(),
        "child from the composition: mean (A)": free["child"].mean(),
        "child from the composition: median (A)": np.median(free["child"]),
        "cubic parent instead, all: mean (A)": free["cubic"].mean(),
        "class right (%)": 100 * (order[:, 0] == label).mean(),
        "class is some listed polymorph (%)": 100 * np.mean(some),
        "class in the first two (%)": 100 * (order[:, :2] == label[:, None]).any(axis=1).mean(),
        "log loss": -np.log(np.maximum(p[np.arange(len(p)), label], 1e-6)).mean(),
        "majority class (%)": 100 * np.bincount(label).max() / len(label),
        "total tilt, class not given, charges and radii known (deg)": missed[known].mean(),
        "total tilt, class not given, all (deg)": missed.mean(),
        "groups at 0.005 A (%)": 100 * groups.mean(),
        "coverage of the 90 % bars (%)": 100 * (error <= given["bar"])[tilted].mean(),
        "half width of the 90 % bars (deg)": given["bar"][tilted].mean(),
    }  # fmt: skip


def table(title: str, sides: dict[str, dict[str, float]], counts: tuple[int, int]) -> None:
    """Print the figures beside their goals."""
    print(f"\n{title}: {counts[0]} entries of learned classes, {counts[1]} formulas\n")
    print("| figure | " + " | ".join(sides) + " | goal |\n|---|" + "---|" * (len(sides) + 1))
    for name in next(iter(sides.values())):
        goals, cells = GOALS.get(name), []
        for column, (_, found) in enumerate(sides.items()):
            met = ""
            if name.startswith("coverage"):
                met = " ok" if 87 <= found[name] <= 93 else " no"
            elif goals is not None:
                met = " ok" if (found[name] >= goals[column] if goals[2] else found[name] <= goals[column]) else " no"
            cells.append(f"{found[name]:.4g}{met}")
        goal = "87 to 93" if name.startswith("coverage") else "" if goals is None else f"{goals[0]:g} / {goals[1]:g}"
        print(f"| {name} | " + " | ".join(cells) + f" | {goal} |")


def verdict(sides: dict[str, dict[str, float]]) -> None:
    """One line a goal: met, or not, with and without trees."""
    print("\nGoals\n")
    goals = {**GOALS, "coverage of the 90 % bars (%)": (90.0, 90.0, True)}
    for name, (first, second, more) in goals.items():
        texts, met = [], True
        for side, found in sides.items():
            value, goal = found[name], first if side == "with trees" else second
            held = abs(value - goal) <= 3 if name.startswith("coverage") else value >= goal if more else value <= goal
            met &= bool(held)
            sign = "87 to 93" if name.startswith("coverage") else f"{'>=' if more else '<='} {goal:g}"
            texts.append(f"{side} {value:.4g} ({sign}{'' if held else ', NOT MET'})")
        print(f"{'met    ' if met else 'NOT MET'} {name}: {'; '.join(texts)}")


def limits(entries: Sequence[Entry], given: Rows, free: Rows, model: FamilyModel | None) -> None:
    """What the errors consist of: noise of the data, the worst entries, compositions unlike the training."""
    error = np.abs(given["tilt"] - given["true"])
    rows = [entries[i].row for i in given["entry"]]
    pairs = [
        abs(given["true"][a] - given["true"][b])
        for a in range(len(rows))
        for b in range(a)
        if (rows[a]["formula"], rows[a]["class"]) == (rows[b]["formula"], rows[b]["class"])
    ]
    print("\nWhat limits them\n")
    if pairs:
        print(
            f"two entries of one formula and class differ by {np.mean(pairs):.2f} deg on average ({len(pairs)} pairs)"
        )
    order = np.argsort(-error)
    few = max(1, len(error) // 20)
    print(
        f"the worst twentieth ({few} entries) makes {100 * error[order[:few]].sum() / error.sum():.0f} % of the error:"
    )
    for n in order[: min(few, 12)]:
        bar = f"bar {given['bar'][n]:.1f}" if np.isfinite(given["bar"][n]) else ""
        why = "" if model is None else " ".join(_outside(model, entries[given["entry"][n]]))
        print(
            f"  {rows[n]['formula']} {rows[n]['class']}: {given['true'][n]:.1f}, asked {given['tilt'][n]:.1f}", bar, why
        )
    whole = np.array([not (r["A"] == "N" and r["X"] in ("F", "Cl", "Br", "I")) for r in rows]) & (given["true"] > 0.05)
    fluorides = whole & np.array([r["X"] == "F" for r in rows])
    if (~whole).any() and fluorides.any():
        cells = (("tilt", error[whole]), ("of fluorides", error[fluorides]), ("strain", given["strain"][whole]))
        texts = [f"{name} {values.mean():.4f} ({len(values)})" for name, values in cells]
        print(f"without ammonium that lacks its hydrogens: {', '.join(texts)}")
    label, wrong = free["label"], np.argmax(free["probability"], axis=1) != free["label"]
    other = len(CLASSES)
    rare, common = wrong & (label == other), wrong & (np.argmax(free["probability"], axis=1) == other)
    print(f"of {wrong.sum()} wrong classes {rare.sum()} are rare ones taken for learned, {common.sum()} the reverse")


def _outside(model: FamilyModel, entry: Entry) -> list[str]:
    """Why a composition is unlike the training."""
    species = tuple(dict(zip("BAX", entry.species, strict=True))[n] for n in model.cell.site_names)
    return model.outside(species, model.described(species))


def parts_of_table(entries: Sequence[Entry], given: Rows) -> None:
    """The tilt by anion and by class."""
    error = np.abs(given["tilt"] - given["true"])
    tilted = given["true"] > 0.05
    for column in ("X", "class"):
        key = np.array([entries[i].row[column] for i in given["entry"]])
        cells = [
            f"{k} {error[tilted & (key == k)].mean():.2f} ({int((tilted & (key == k)).sum())})" for k in np.unique(key)
        ]
        print(f"total tilt by {column}: " + ", ".join(cells))


def baselines(train: Sequence[Entry], test: Sequence[Entry], valences: dict[tuple[str, ...], dict[str, str]]) -> Rows:
    """Errors of the total tilt: class mean, line of the tolerance factor, relaxed bond valences without any fit."""

    def usable(entries: Sequence[Entry]) -> list[Entry]:
        return [e for e in entries if e.known and e.known[0] and e.angle("total") > 0.05]

    train, test = usable(train), usable(test)
    true = np.array([e.angle("total") for e in test])
    mean = {
        n: np.mean([e.angle("total") for e in train if e.row["class"] == n]) for n in {e.row["class"] for e in train}
    }
    found = {"class mean": np.abs(true - [mean.get(e.row["class"], np.nan) for e in test])}
    factor = [
        [float(valences[e.species]["t"]) if e.species in valences else np.nan for e in part] for part in (train, test)
    ]
    x, y = np.array(factor[0]), np.array([e.angle("total") for e in train])
    if np.isfinite(x).any():
        line = np.polyfit(x[np.isfinite(x)], y[np.isfinite(x)], 1)
        found["tolerance factor"] = np.abs(true - np.polyval(line, np.array(factor[1])))
        bonds = [
            np.hypot(*(float(valences[e.species].get(f"ob_{e.row['system']}_{k}") or 0) for k in "MR"))
            if e.species in valences
            else np.nan
            for e in test
        ]
        found["bond valences of rigid octahedra, no fit"] = np.abs(true - np.array(bonds))
    return found


def print_baselines(errors: Rows) -> None:
    """One line each."""
    for name, value in errors.items():
        print(f"{name}: total tilt {np.nanmean(value):.2f} deg on {int(np.isfinite(value).sum())}")


def without_trees(model: FamilyModel) -> FamilyModel:
    """Networks and processes alone."""
    classes = tuple(replace(c, amplitude_forest=None, rest_forest=None) for c in model.classes)
    return replace(model, classes=classes)


def prepared_of(entries: Sequence[Entry], source: str) -> Prepared:
    """With the representatives that the table names."""
    ready = prepare(members_of(entries, source))
    return replace(ready, representative=np.array([e.representative for e in entries]))


def _one_fold(
    task: tuple[Prepared, Sequence[Entry], np.ndarray, int, bool, tuple[int, ...], int],
) -> list[tuple[Rows, Rows]]:
    prepared, entries, folds, fold, trees, seeds, epochs = task
    model, _ = fit_model(prepared, np.flatnonzero(folds != fold), seeds=seeds, trees=trees, epochs=epochs)
    test = np.flatnonzero(folds == fold)
    found = []
    for one in (model, without_trees(model)) if trees else (model,):
        asked = Asked(one, [entries[i] for i in test])
        given, free = asked.class_given(), asked.from_composition()
        given["entry"], free["formula"] = test[given["entry"]], test[free["formula"]]
        given["fold"] = np.full(len(given["entry"]), fold)
        found.append((given, free))
    return found


def crossed_bars(model: FamilyModel, given: Rows) -> None:
    """Bars of each fold from the errors of the others."""
    for fold in np.unique(given["fold"]):
        other, own = given["fold"] != fold, given["fold"] == fold
        barred = with_bars(model, {name: value[other] for name, value in given.items()})
        scale = np.stack(given["spread"][own]).astype(float) @ barred.error_weights
        given["bar"][own] = scale * np.array([barred.classes[int(p)].bars[-1] for p in given["place"][own]])


def in_folds(entries: Sequence[Entry], given: argparse.Namespace, guessed: set[tuple[str, ...]]) -> None:
    """The developers' formulas, some left out at a time."""
    prepared = prepared_of(entries, given.development.name)
    folds = np.array([int(e.row[given.folds]) for e in entries])
    trees, seeds = not given.no_trees, tuple(range(given.seeds))
    tasks = [(prepared, entries, folds, int(f), trees, seeds, given.epochs) for f in np.unique(folds)]
    with ProcessPoolExecutor(given.jobs, mp_context=get_context("spawn")) as pool:
        done = list(pool.map(_one_fold, tasks))
    frame, _ = fit_model(prepared, np.arange(len(entries)), seeds=(0,), trees=False, epochs=1)
    sides = {}
    for side, name in enumerate(("with trees", "without trees") if trees else ("without trees",)):
        rows, free = joined([d[side][0] for d in done]), joined([d[side][1] for d in done])
        crossed_bars(frame, rows)
        sides[name] = figures(entries, rows, free, guessed)
        if side == 0:
            first = rows, free
            parts_of_table(entries, rows)
    table(
        f"{given.folds}, {len(tasks)} folds, {len(seeds)} networks of {given.epochs} epochs",
        sides,
        (len(rows["entry"]), len(free["formula"])),
    )
    errors = [
        baselines(
            [e for e, f in zip(entries, folds, strict=True) if f != k],
            [e for e, f in zip(entries, folds, strict=True) if f == k],
            given.valences,
        )
        for k in np.unique(folds)
    ]
    print_baselines(joined(errors))
    verdict(sides)
    limits(entries, *first, None)


def held_out(entries: Sequence[Entry], given: argparse.Namespace, guessed: set[tuple[str, ...]]) -> None:
    """Formulas that no choice has seen."""
    unseen = read_entries(given.held_out)
    shared = {e.row["formula"] for e in entries} & {e.row["formula"] for e in unseen}
    print(f"{len(unseen)} entries; {len(shared)} formulas are also in {given.development.name}")
    if given.model is not None:
        model = load_model(given.model)
        models = (
            {"with trees": model, "without trees": without_trees(model)} if model.has_trees else {"as given": model}
        )
    else:  # each with bars of its own; the networks are trained once
        ready, finished = prepared_of(entries, given.development.name), FinishedNetworks(None)
        models = {
            name: train_family(
                ready, seeds=tuple(range(given.seeds)), trees=trees, epochs=given.epochs, finished=finished
            )[0]
            for name, trees in (("with trees", True), ("without trees", False))
            if not (trees and given.no_trees)
        }
    sides, rows = {}, {}
    for name, one in models.items():
        asked = Asked(one, unseen)
        rows, free = asked.class_given(), asked.from_composition()
        sides[name] = figures(unseen, rows, free, guessed)
        if len(sides) == 1:
            first = rows, free
            parts_of_table(unseen, rows)
    table(f"{given.held_out.name}, held out", sides, (len(rows["entry"]), len(free["formula"])))
    print_baselines(baselines(entries, unseen, given.valences))
    verdict(sides)
    limits(unseen, *first, next(iter(models.values())))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("development", type=Path)
    parser.add_argument("--held-out", type=Path)
    parser.add_argument("--model", type=Path, help="ask this model (.cbm) instead of training one")
    parser.add_argument("--no-trees", action="store_true")
    parser.add_argument("--folds", default="fold_formula")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=EPOCHS, help="of the networks")
    parser.add_argument("--jobs", type=int, default=1)
    given = parser.parse_args()
    if given.model is not None and given.held_out is None:
        parser.error("--model needs --held-out")
    start = time.time()
    entries = read_entries(given.development)
    given.valences = read_valences(given.development) | (read_valences(given.held_out) if given.held_out else {})
    guessed = {k for k, r in given.valences.items() if float(r["guess"]) or float(r["fallback"])}
    if given.held_out is None:
        in_folds(entries, given, guessed)
    else:
        held_out(entries, given, guessed)
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu, memory = sum(u.ru_utime + u.ru_stime for u in used), max(u.ru_maxrss for u in used) / 1024
    print(f"\n{time.time() - start:.0f} s, {cpu:.0f} CPU s, {memory:.0f} MB", file=sys.stderr)


if __name__ == "__main__":
    main()
