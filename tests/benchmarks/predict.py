"""How well a family model predicts: held-out formulas, folds and baselines.

    python tests/benchmarks/predict.py DEVELOPMENT [--held-out FOLDER] [--no-trees] [--folds fold_B]

DEVELOPMENT and FOLDER hold ``entries.csv`` (a row an entry: id, A, B, X, class, representative, fold columns, tilts in
degrees), ``fields.npz`` (displacements on 2x2x2 in one domain, strain, edge) and, for the baseline of bond valences,
``features.csv``. Nothing of the held-out part is used for training or for any choice.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from itertools import permutations, product
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from curiebreak.family.cell import CommonCell
from curiebreak.family.classes import OTHER
from curiebreak.family.learn import (
    Judged,
    Prepared,
    ask,
    calibrated,
    fit_model,
    fold_of_formula,
    judge,
    prepare,
    scores,
    with_bars,
)
from curiebreak.family.members import Member, Members

CLASSES = {  # tilt system -> primary set, space group, index in Pm-3m modulo 2x2x2
    "--+": (("M3+", "R4+"), (62, 24)),
    "--- polar": (("GM4-", "R4+"), (161, 16)),
    "---": (("R4+",), (167, 8)),
    "-00": (("R4+",), (140, 6)),
    "--0": (("R4+",), (74, 12)),
    "00+": (("M3+",), (127, 6)),
    "000": ((), (221, 1)),
}
CELLS = np.array(list(product((0, 1), repeat=3)))
FRAC = np.array([[0, 0, 0], [0.5, 0.5, 0.5], [0.5, 0, 0], [0, 0.5, 0], [0, 0, 0.5]])


def cubic_cell() -> CommonCell:
    """Pm-3m with B at the origin, repeated twice; operations written out, not looked up."""
    rotations = np.array(
        [np.diag(s)[list(p)] for p in permutations(range(3)) for s in product((1, -1), repeat=3)], dtype=np.int64
    )
    perms, shifts = [], []
    for r in rotations:
        moved = FRAC @ r.T
        apart = moved[:, None] - FRAC[None]
        index = np.abs(apart - np.round(apart)).max(axis=-1).argmin(axis=1)
        perms.append(index)
        shifts.append(np.round(moved - FRAC[index]).astype(np.int64))
    return CommonCell(
        np.eye(3), FRAC, np.array([0, 1, 2, 2, 2]), ("B", "A", "X"), rotations, rotations.astype(float),
        np.array(perms), np.array(shifts), 2, 221,
    )  # fmt: skip


def tilt_patterns() -> dict[str, np.ndarray]:
    """Unit displacement patterns (k, 40, 3) of the tilts and of the polar shifts, from their definition."""
    found: dict[str, list[np.ndarray]] = {"M3+": [], "R4+": [], "GM4-": []}
    for axis in range(3):
        a, b = [i for i in range(3) if i != axis]
        for name in ("M3+", "R4+"):
            field = np.zeros((5, 8, 3))
            for n, cell in enumerate(CELLS):
                sign = (-1.0) ** (cell[a] + cell[b] + (cell[axis] if name == "R4+" else 0))
                field[2 + a, n, b], field[2 + b, n, a] = sign, -sign
            found[name].append(field.reshape(40, 3))
        for sites in ((0,), (1,), (2 + axis,), (2 + a, 2 + b)):
            field = np.zeros((5, 8, 3))
            field[list(sites), :, axis] = 1.0
            field -= field.reshape(40, 3).mean(axis=0)
            found["GM4-"].append(field.reshape(40, 3))
    return {name: np.linalg.qr(np.array(v).reshape(len(v), -1).T)[0].T.reshape(-1, 40, 3) for name, v in found.items()}


def read_folder(folder: Path) -> tuple[list[dict[str, str]], Members]:
    """Rows and members of one folder."""
    with (folder / "entries.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    data = np.load(folder / "fields.npz")
    place = {str(name): i for i, name in enumerate(data["id"])}
    cell, patterns = cubic_cell(), tilt_patterns()
    members = []
    for row in rows:
        i = place[row["id"]]
        field = data["u"][i].reshape(40, 3)
        field = field - field.mean(axis=0)
        name = row["class"]
        primary, group = CLASSES.get(name, ((OTHER,), (0, 0)))
        parts = {
            p: np.einsum("k,kni->ni", np.einsum("kni,ni->k", patterns[p], field), patterns[p])
            for p in primary
            if p in patterns
        }
        strain = np.asarray(data["strain"][i], dtype=float)
        strain = (np.eye(3) + strain) / np.linalg.det(np.eye(3) + strain) ** (1 / 3) - np.eye(3)
        species = (row["B"], row["A"], row["X"])
        edge = float(data["a0"][i])
        members.append(Member(row["id"], row["formula"], species, field, parts, strain, edge, primary, group))
    return rows, Members(cell, tuple(members), {}, folder.name)


def prepared_of(rows: list[dict[str, str]], family: Members) -> Prepared:
    """With the representatives that the table names."""
    ready = prepare(family)
    return replace(ready, representative=np.array([row["representative"] == "1" for row in rows]))


def joined(first: tuple[Any, Members], second: tuple[Any, Members]) -> tuple[list[dict[str, str]], Members]:
    """Both parts one after the other: classes and features of the second are those of the first."""
    return first[0] + second[0], replace(first[1], members=first[1].members + second[1].members)


def table(name: str, prepared: Prepared, judged: Judged, temperature: float, model: Any = None) -> None:
    """Print the figures of one run."""
    found = scores(prepared, judged, temperature)
    asked = judged["asked"]
    error = np.abs(judged["tilt"] - judged["tilt_true"])
    true = judged["tilt_true"]
    known = np.isfinite(error) & (true > 0.05)
    found["tilt"] = float(error[known].mean())
    found["tilt_R2"] = 1 - float((error[known] ** 2).sum() / ((true[known] - true[known].mean()) ** 2).sum())
    fluorides = np.array([prepared.family.members[int(i)].species[2] == "F" for i in asked])
    found["tilt_fluorides"] = float(error[known & fluorides].mean()) if (known & fluorides).any() else float("nan")
    edge = np.array([prepared.family.members[int(i)].edge for i in asked])
    for label in ("M3+", "R4+"):
        both = []
        for i, (e, t) in enumerate(zip(judged.rows["eta"], judged.rows["eta_true"], strict=True)):
            primary = prepared.classes[int(judged["place"][i])].primary
            if label in primary:
                k = primary.index(label)
                # As^2 = Ap^2 per cell: six corners move by d about each of three axes at most, angle atan(2 d / a)
                angle = [np.degrees(np.arctan(2 * v[k] / np.sqrt(2.0) / edge[i])) for v in (e, t)]
                both.append(abs(angle[0] - angle[1]))
        found[f"tilt_{label}"] = float(np.mean(both)) if both else float("nan")
    if model is not None:
        bars = np.array([model.classes[int(p)].bars[-1] for p in judged["place"]]) * (judged["spread"] + 0.02)
        found["coverage"] = float((error <= bars)[known].mean())
        found["half_width"] = float(bars[known].mean())
    print(f"{name}: " + ", ".join(f"{k} {v:.4f}" for k, v in found.items()), flush=True)


def baselines(prepared: Prepared, folder: Path, train: np.ndarray, test: np.ndarray) -> None:
    """Class mean, tolerance factor, and relaxed bond valences (no fit), on the same entries."""
    angle = np.full(len(prepared.family.members), np.nan)
    from curiebreak.family.tilt_angles import tilts

    for c in prepared.classes:
        for k, i in enumerate(c.members):
            field = (c.basis @ c.amplitudes[k]).reshape(-1, 3)
            found = tilts(prepared.family.cell, field, prepared.family.members[int(i)].edge)
            angle[i] = np.nan if found is None or not c.primary else float(np.linalg.norm(found))
    named = np.isfinite(angle) & (angle > 0.05)
    train, test = train[named[train]], test[named[test]]
    misfit = prepared.values[:, prepared.names.index("A-X.misfit")]
    mean = np.array([np.mean(angle[train][prepared.labels[train] == prepared.labels[i]]) for i in test])
    fit = np.polyfit(misfit[train], angle[train], 1)
    line = {"class mean": mean, "tolerance factor": np.polyval(fit, misfit[test])}
    valences = folder / "features.csv"
    if valences.exists():
        with valences.open(newline="") as stream:
            known = {(r["B"], r["A"], r["X"]): r for r in csv.DictReader(stream)}
        systems = {CLASSES[s]: s.split()[0] for s in CLASSES if s != "000"}
        value = np.full(len(test), np.nan)
        for n, i in enumerate(test):
            member = prepared.family.members[int(i)]
            row, system = known.get(member.species), systems.get((member.primary, member.group))
            if row is not None and system is not None:
                value[n] = np.hypot(*(float(row.get(f"ob_{system}_{k}") or 0.0) for k in ("M", "R")))
        line["bond valence, no fit"] = value
    for name, guess in line.items():
        print(
            f"{name}: tilt {np.nanmean(np.abs(guess - angle[test])):.3f} on {int(np.isfinite(guess).sum())}", flush=True
        )


def without_trees(model: Any) -> Any:
    """The networks alone."""
    classes = tuple(replace(c, amplitude_forest=None, rest_forest=None) for c in model.classes)
    return replace(model, classes=classes, classifier=replace(model.classifier, forest=None))


def _one_fold(arguments: tuple[Prepared, np.ndarray, int, bool, tuple[int, ...]]) -> tuple[Judged, Judged]:
    prepared, folds, fold, trees, seeds = arguments
    model, _ = fit_model(prepared, np.flatnonzero(folds != fold), seeds=seeds, trees=trees)
    found = Judged(), Judged()
    for one, judged in zip((model, without_trees(model)), found, strict=True):
        ask(prepared, one, np.flatnonzero(folds == fold), judged)
    return found


def in_folds(
    prepared: Prepared, folds: np.ndarray, trees: bool, seeds: tuple[int, ...], jobs: int
) -> tuple[Judged, Judged]:
    """All folds, some at a time: everything, and the networks alone."""
    tasks = [(prepared, folds, int(f), trees, seeds) for f in np.unique(folds)]
    together = Judged(), Judged()
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        for parts in pool.map(_one_fold, tasks):
            for whole, part in zip(together, parts, strict=True):
                for name, values in part.rows.items():
                    whole.rows.setdefault(name, []).extend(values)
    return together


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("development", type=Path)
    parser.add_argument("--held-out", type=Path)
    parser.add_argument("--no-trees", action="store_true")
    parser.add_argument("--folds", default="fold_formula")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=1)
    given = parser.parse_args()
    start, trees, seeds = time.time(), not given.no_trees, tuple(range(given.seeds))
    rows, family = read_folder(given.development)
    prepared = prepared_of(rows, family)
    print(f"{len(rows)} entries, {len(prepared.classes)} classes: {[c.name for c in prepared.classes]}", flush=True)
    if given.held_out is None:
        folds = np.array([int(row[given.folds]) for row in rows])
        judged, alone = in_folds(prepared, folds, trees, seeds, given.jobs)
        if trees:
            table(f"{given.folds}, networks and trees", prepared, judged, 1.0)
        table(f"{given.folds}, networks alone", prepared, alone, 1.0)
        part = folds == 0
        baselines(prepared, given.development, np.flatnonzero(~part), np.flatnonzero(part))
    else:
        more_rows, more = read_folder(given.held_out)
        all_rows, all_members = joined((rows, family), (more_rows, more))
        both = prepared_of(all_rows, all_members)
        count = len(rows)
        order = fold_of_formula(int(both.formula.max()) + 1, 5)[both.formula]
        development = np.arange(count)
        inner = judge(replace_rows(both, development), order[:count], trees=trees)
        model, _ = fit_model(both, development, seeds=seeds, trees=trees)
        model = with_bars(calibrated(model, inner, both.representative), both, inner)
        judged = Judged()
        ask(both, model, np.arange(count, len(all_rows)), judged)
        table(f"held out, trees {trees}", both, judged, 1.0, model)
        if trees:
            alone = Judged()
            ask(both, without_trees(model), np.arange(count, len(all_rows)), alone)
            table("held out, networks alone", both, alone, 1.0)
        baselines(both, given.held_out, development, np.arange(count, len(all_rows)))
    print(f"{time.time() - start:.0f} s", file=sys.stderr)


def replace_rows(prepared: Prepared, rows: np.ndarray) -> Prepared:
    """The same with these members alone; classes keep their bases."""
    keep = set(rows.tolist())
    renumber = {int(i): n for n, i in enumerate(rows)}
    classes = []
    for c in prepared.classes:
        own = [k for k, i in enumerate(c.members) if int(i) in keep]
        classes.append(
            replace(
                c,
                members=np.array([renumber[int(c.members[k])] for k in own], dtype=np.int64),
                displacements=c.displacements[own],
                strain=c.strain[own],
            )
        )
    members = tuple(prepared.family.members[int(i)] for i in rows)
    return replace(
        prepared,
        family=replace(prepared.family, members=members),
        classes=tuple(classes),
        labels=prepared.labels[rows],
        values=prepared.values[rows],
        log_edge=prepared.log_edge[rows],
        formula=prepared.formula[rows],
        representative=prepared.representative[rows],
    )


if __name__ == "__main__":
    main()
