"""Write docs/parents_validation.md: parents found from the child alone beside those that are known.

Usage: python tests/benchmarks/parents.py DATA [--work FOLDER] [--only [PART ...]] [--note TEXT] [-o PAGE]

DATA is a folder with parents/pairs.jsonl.gz, parents/random_p1.jsonl.gz and cases/. Each part (pairs, sweep,
noise, negatives, families) keeps its figures as JSON in FOLDER; the page is written from what is there.
"""

from __future__ import annotations

import argparse
import gzip
import json
import multiprocessing
import resource
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from pymatgen.analysis.structure_matcher import StructureMatcher
from pymatgen.core import Lattice
from pymatgen.core import Structure as Pymatgen
from stated_average import stated_average

from curiebreak import __version__, decompose
from curiebreak.errors import CurieBreakError
from curiebreak.mapping import map_child
from curiebreak.parents import SearchOptions, search_parents
from curiebreak.parents.crystals import crystal_parents
from curiebreak.parents.found import Found, Ladder, ordered
from curiebreak.results import Decomposition
from curiebreak.structures import Structure, read_structure, structure_from_arrays
from curiebreak.symmetry.parent import ParentCrystal, parent_crystal

Row = dict[str, Any]
MATCHER = StructureMatcher(ltol=0.2, stol=0.3, angle_tol=6)
EVERYTHING = SearchOptions(everything=True, seconds=60.0)
NEAR = 1.02
"""Ratio of two rms displacements that counts as equally near."""

SWEEP = np.geomspace(0.01, 1.5, 16)
"""Å."""


def rows(path: Path) -> list[Row]:
    """Lines of a compressed JSON file."""
    with gzip.open(path, "rt") as stream:
        return [json.loads(line) for line in stream]


def structure(data: Row, folder: Path) -> Structure:
    """A structure of the collection: numbers, or the path of a file."""
    if isinstance(data, str):
        return read_structure(folder / data)
    return structure_from_arrays(data["lattice"], data["species"], data["frac"])


def pymatgen_of(one: Structure | ParentCrystal) -> Pymatgen:
    """As a structure of pymatgen; mixed sites by their name's first element."""
    frac = one.frac if isinstance(one, ParentCrystal) else one.coords
    names = [name.split("0.")[0] for name in one.species]
    return Pymatgen(Lattice(one.lattice), names, frac)


def same(one: Found, stated: ParentCrystal) -> bool:
    """Whether a candidate is the stated parent: group type, atoms, and pymatgen's matcher (0.2, 0.3, 6°)."""
    if one.number != stated.number or one.n_atoms != len(stated.frac):
        return False
    return bool(MATCHER.fit(pymatgen_of(one.build()), pymatgen_of(stated)))


def primaries(result: Decomposition) -> list[frozenset[str]]:
    """The primary set at every origin of the parent."""
    chosen = {e.irrep: e for e in result.irreps if e.irrep in result.primary}
    names = [{o.shift: o.irrep for o in e.other_origins} for e in chosen.values()]
    shifts = set.intersection(*(set(n) for n in names)) if names else set()
    return [frozenset(result.primary), *(frozenset(n[s] for n in names) for s in shifts)]


def pair_row(child: Structure, stated: Structure, entry: Row) -> Row:
    """Places of the stated parent among the candidates of its child."""
    found, _ = crystal_parents(child, EVERYTHING, EVERYTHING.seconds, None)
    order = list(ordered(found))
    high = parent_crystal(stated)
    matches = [i for i, one in enumerate(order) if same(one, high)]
    try:
        mapped = map_child(high, child, allow=("reconstructive",))
        rms, dmax = mapped.rms, mapped.dmax
    except CurieBreakError:
        known = entry["map"] or {"rms": 0.0, "dmax": 0.0}
        rms, dmax = float(known["rms"]), float(known["dmax"])
    group = [i for i, one in enumerate(order) if one.number == high.number]
    near = [i for i in group if order[i].rms <= NEAR * rms or order[i].dmax <= dmax + 1e-3]
    nearer = [i for i in near if order[i].n_atoms == len(high.frac)]
    either = sorted({*matches, *nearer})
    above = bool(either and order) and any(order[0] is order[i] or order[0].holds(order[i]) for i in either)
    heads = list(Ladder([o for o in order if o.score > 0]).headlines or ())
    missed = None if matches or entry["class"] != "clean" else missed_row(order, high, child, nearer)
    return {
        "missed": missed, "pyxtal": (entry.get("pyxtal") or {}).get("status"),
        "formula": child.formula, "groups": [entry["sg"], high.number],
        "matches": matches, "either": either, "near": near, "above": above, "heads": heads,
        "claimed": sum(one.score > 0 for one in order), "atoms": len(child),
    }  # fmt: skip


def missed_row(order: Sequence[Found], high: ParentCrystal, child: Structure, near: Sequence[int]) -> Row:
    """Why the matcher takes no candidate for the stated parent: see :func:`missed_lines`."""
    average = stated_average(high, child)
    names = [name.split("0.")[0] for name in high.species]
    known = Pymatgen(Lattice(average.lattice), names, average.frac)
    best = min((order[i] for i in near), key=lambda one: one.rms, default=None)
    alike = [i for i, one in enumerate(order) if one.number == high.number and one.n_atoms == len(names)
             and MATCHER.fit(pymatgen_of(one.build()), known)]  # fmt: skip
    return {
        "rms": average.rms, "dmax": average.dmax, "hop": average.hop, "within": average.within,
        "relaxed": average.relaxed, "known": bool(MATCHER.fit(known, pymatgen_of(high))), "alike": alike,
        "best": None if best is None else [best.rms, best.dmax],
    }  # fmt: skip


@contextmanager
def watched() -> Iterator[list[float]]:
    """Tolerances in Å at which spglib is asked meanwhile."""
    import spglib

    asked: list[float] = []
    own = spglib.get_symmetry_dataset

    def call(*given: Any, **options: Any) -> Any:
        asked.append(float(options["symprec"]))
        return own(*given, **options)

    spglib.get_symmetry_dataset = call
    try:
        yield asked
    finally:
        spglib.get_symmetry_dataset = own


def time_row(child: Structure, stated: Structure, entry: Row) -> Row:
    """Time of a whole search, and whether the primary sets agree where the stated parent is told."""
    begun, spent = time.perf_counter(), time.process_time()
    with watched() as asked:
        search = search_parents(child, SearchOptions(top=5))
    wall, cpu = time.perf_counter() - begun, time.process_time() - spent
    high = parent_crystal(stated)
    agrees = told = sets = None
    for one in search.candidates:
        if one.number == high.number and one.n_atoms == len(high.frac) and one.primary:
            built = read_structure(one.structure)
            if MATCHER.fit(pymatgen_of(built), pymatgen_of(high)):
                wanted, own = decompose(stated, child), decompose(built, child)
                agrees = bool(set(primaries(own)) & set(primaries(wanted)))
                sets = None if agrees else [sorted(own.primary), sorted(wanted.primary)]
                told = frozenset(own.primary) == frozenset(one.primary)
                break
    return {
        "wall": wall, "cpu": cpu, "stopped": search.stopped, "loosest": max(asked),
        "agrees": agrees, "sets": sets, "told": told, "formula": child.formula, "group": high.number,
    }  # fmt: skip


def each_pair(data: Path, row_of: Callable[[Structure, Structure, Row], Row]) -> Row:
    """A row for every pair of the collection."""
    result = []
    for row in rows(data / "parents" / "pairs.jsonl.gz"):
        child = structure(row.get("child") or row["files"], data)
        for entry in row["parents"]:
            head = {"id": row["id"], "set": row["set"], "class": entry["class"]}
            head["dmax"] = (entry["map"] or {}).get("dmax")
            try:
                stated = structure(entry.get("structure") or entry["files"], data)
                result.append({**head, **row_of(child, stated, entry)})
            except CurieBreakError as error:
                result.append({**head, "error": error.message})
    return {"pairs": result, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def pairs(data: Path) -> Row:
    """Places of the stated parents."""
    return each_pair(data, pair_row)


def times(data: Path) -> Row:
    """Times and primary sets."""
    return each_pair(data, time_row)


def swept(results: Any, lattice: list[list[float]], frac: list[list[float]], kinds: list[int]) -> None:
    """Send the symmetrised primitive cells that spglib gives at 16 tolerances, each as soon as it is known."""
    import spglib

    for symprec in SWEEP:
        try:
            data = spglib.get_symmetry_dataset((lattice, frac, kinds), symprec=symprec)
            if data is None:
                continue
            # standardize_cell ends the process at 1.07 Å and above
            high = (data.std_lattice, data.std_positions, data.std_types)
            cell = spglib.find_primitive(high, symprec=SWEEP[0])
        except Exception:
            continue
        if cell is not None:
            order = len(data.rotations) * len(kinds) / len(cell[2])
            results.send((order, int(data.number), tuple(np.asarray(part) for part in cell)))


def survivors(lattice: list[list[float]], frac: list[list[float]], kinds: list[int]) -> tuple[list[Any], bool]:
    """What a sweep finds, highest group first, and whether its process died: then up to that tolerance."""
    context = multiprocessing.get_context("fork")
    results, sender = context.Pipe(duplex=False)
    process = context.Process(target=swept, args=(sender, lattice, frac, kinds))
    process.start()
    sender.close()
    found = []
    try:
        while results.poll(60):
            found.append(results.recv())
    except EOFError:
        pass
    process.kill()
    process.join()
    return sorted(found, key=lambda f: -f[0]), process.exitcode != 0


def sweep(data: Path) -> Row:
    """What spglib's sweep of tolerances finds, each child in a process that may die."""
    import spglib

    result: list[Row] = []
    crashes, children = 0, 0
    for row in rows(data / "parents" / "pairs.jsonl.gz"):
        child = structure(row.get("child") or row["files"], data)
        names = sorted(set(child.species))
        kinds = [names.index(s) + 1 for s in child.species]
        found, died = survivors(np.asarray(child.lattice).tolist(), child.coords.tolist(), kinds)
        crashes, children = crashes + died, children + 1
        for entry in row["parents"]:
            try:
                high = parent_crystal(structure(entry.get("structure") or entry["files"], data))
            except CurieBreakError:
                continue
            places: list[int] = []
            types = list(dict.fromkeys((number, len(cell[2])) for _, number, cell in found))
            for _, number, (lattice, frac, numbers) in found:
                if number == high.number and len(numbers) == len(high.frac):
                    built = structure_from_arrays(lattice, [names[k - 1].split("0.")[0] for k in numbers], frac)
                    if MATCHER.fit(pymatgen_of(built), pymatgen_of(high)):
                        places.append(types.index((number, len(numbers))))
            result.append({"set": row["set"], "class": entry["class"], "places": places})
    return {"sweep": result, "crashes": crashes, "children": children, "version": spglib.__version__}


def scattered(child: Structure, sigma: float, rng: np.random.Generator, doubled: bool) -> Structure:
    """Gaussian scatter on every coordinate, in the cell or in twice the cell along its shortest axis."""
    lattice, frac, species = np.asarray(child.lattice), child.coords, list(child.species)
    if doubled:
        axis = int(np.linalg.norm(lattice, axis=1).argmin())
        step = np.eye(3)[axis]
        frac = np.concatenate([frac, frac + step]) / (1 + step)
        lattice, species = lattice * (1 + step)[:, None], species * 2
    noise = rng.normal(0.0, sigma, frac.shape) @ np.linalg.inv(lattice)
    return structure_from_arrays(lattice, species, frac + noise)


def noise(data: Path) -> Row:
    """24 children of at most 24 atoms whose clean parent is found, with scatter."""
    rng = np.random.default_rng(16)
    chosen = []
    for row in rows(data / "parents" / "pairs.jsonl.gz"):
        clean = [p for p in row["parents"] if p["class"] == "clean"]
        if row["set"] == "ferroelectric" and clean and len(row["child"]["species"]) <= 24:
            chosen.append((row, clean[0]))
    result = []
    for row, entry in chosen[:: max(1, len(chosen) // 24)][:24]:
        child = structure(row["child"], data)
        high = parent_crystal(structure(entry["structure"], data))
        for sigma, doubled in ((0.0, False), (0.02, False), (0.05, False), (0.1, False), (0.03, True)):
            noisy = scattered(child, sigma, rng, doubled) if sigma else child
            spent = time.process_time()
            found, running = crystal_parents(noisy, SearchOptions(everything=True), 20.0, None)
            order = list(ordered(found))
            places = [i for i, one in enumerate(order) if same(one, high)]
            result.append({
                "id": row["id"], "sigma": sigma, "doubled": doubled, "places": places,
                "cpu": time.process_time() - spent, "stopped": running.stopped,
            })  # fmt: skip
    return {"noise": result}


def claims(children: Iterable[tuple[str, Structure]]) -> list[Row]:
    """What is claimed for children that should have no parent."""
    result = []
    for name, child in children:
        first = search_parents(child, SearchOptions(top=1)).candidates
        claimed = {"group": first[0].name, "score": first[0].score, "weak": first[0].weak, "dmax": first[0].dmax,
                   "primary": first[0].primary} if first else None  # fmt: skip
        result.append({"id": name, "atoms": len(child), "claimed": claimed})
    return result


def negatives(data: Path) -> Row:
    """Random structures, and aristotypes as children."""
    random = ((str(i), structure(r.get("child") or r.get("structure") or r, data))
              for i, r in enumerate(rows(data / "parents" / "random_p1.jsonl.gz")))  # fmt: skip
    high: dict[str, tuple[str, Structure]] = {}
    for row in rows(data / "parents" / "pairs.jsonl.gz"):
        for entry in row["parents"]:
            if row["set"] in ("families", "ferroelectric") and entry["class"] == "clean" and entry["sg"] >= 75:
                name = f"{row['formula']} {entry['sg']}"
                try:
                    high.setdefault(name, (name, structure(entry["structure"], data)))
                except CurieBreakError:
                    continue
    return {"random": claims(random), "aristotypes": claims(list(high.values())[:66])}


def families(data: Path) -> Row:
    """Ten children of ten families: `modes`, `find` and `scan` with the found parent beside the stated one."""
    from curiebreak import find
    from curiebreak.parents.auto import found_parent
    from curiebreak.scan.running import scan
    from curiebreak.scan.table import query
    from curiebreak.structures import write_structure

    chosen: dict[str, tuple[Row, Row]] = {}
    for row in rows(data / "parents" / "pairs.jsonl.gz"):
        for entry in row["parents"]:
            if row["set"] == "families" and entry.get("family"):
                chosen.setdefault(entry["family"], (row, entry))
    result = []
    for name, (row, entry) in sorted(chosen.items())[:10]:
        child, stated = structure(row["child"], data), structure(entry["structure"], data)
        wanted = set(primaries(decompose(stated, child)))
        own = found_parent(child)
        learned = find(own, child)
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            (place / "in").mkdir()
            write_structure(child, place / "in" / "child.vasp")
            scan(place / "in", place / "t.db", learn=False)
            scanned = dict(zip(*((lambda t: (t[0], t[1][0]))(query(place / "t.db"))), strict=True))
        result.append({
            "family": name, "child": f"{row['formula']} {row['child_sg']}", "parent": entry["sg"],
            "modes": bool(wanted & set(primaries(decompose(own, child)))),
            "find": frozenset(learned.primary) in wanted, "scan": frozenset(str(scanned["primary"]).split()) in wanted,
            "primary": list(learned.primary), "status": learned.status.value,
        })  # fmt: skip
    return {"families": result}


PARTS: dict[str, Callable[[Path], Row]] = {
    "pairs": pairs, "times": times, "sweep": sweep, "noise": noise, "negatives": negatives, "families": families,
}  # fmt: skip


def share(values: Sequence[bool]) -> str:
    """Part and count."""
    return f"{sum(values) / len(values):.3f} ({sum(values)}/{len(values)})" if values else "–"


def table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> list[str]:
    """A table in Markdown."""
    return [f"| {' | '.join(head)} |", "|---" * len(head) + "|", *(f"| {' | '.join(line)} |" for line in lines)]


def pair_tables(known: Row) -> list[str]:
    """Rates by set, and by distance."""
    good = [r for r in known["pairs"] if "error" not in r]
    clean = [r for r in good if r["class"] == "clean"]
    ferro = [r for r in clean if r["set"] == "ferroelectric"]
    groups = [("ferroelectric, clean", ferro)]
    for low, high in ((0.0, 0.25), (0.25, 0.5), (0.5, 1.0), (1.0, 9.0)):
        groups.append((f"– stated dmax {low:g} to {high:g} Å", [r for r in ferro if low <= r["dmax"] < high]))
    groups += [(name, [r for r in clean if r["set"] == name]) for name in ("families", "perovskite", "cases")]

    def line(name: str, group: list[Row], key: str) -> list[str]:
        first = [bool(r[key]) and min(r[key]) == 0 for r in group]
        three = [bool(r[key]) and min(r[key]) < 3 for r in group]
        heads = [bool(set(r[key]) & set(r["heads"])) for r in group]
        claimed = [bool(r[key]) and min(r[key]) < r["claimed"] for r in group]
        return [name, share(first), share([r["above"] for r in group]), share(heads), share(three), share(claimed),
                share([bool(r[key]) for r in group])]  # fmt: skip

    head = ["set", "first", "first, or a group above it", "a headline", "first three", "claimed", "found with `--all`"]
    loose = [r for r in good if r["class"] == "loose"]
    failed = [r for r in known["pairs"] if "error" in r]
    return [
        "## Known pairs",
        "",
        "The stated parent, or a nearer one of the same group and number of atoms:",
        "",
        *table(head, (line(name, group, "either") for name, group in groups if group)),
        "",
        "The stated parent alone, by pymatgen's StructureMatcher (0.2, 0.3, 6°), which also compares cells and free "
        "coordinates that the child does not know:",
        "",
        *table(head, (line(name, group, "matches") for name, group in groups if group)),
        "",
        "Loose pairs, whose stated parent is another polymorph: a parent of the same group at least as near (rms or "
        f"dmax) {share([bool(r['near']) for r in loose])}.",
        "",
        *missed_lines(known),
        *(["", "Not read: " + "; ".join(f"{r['id']} ({r['class']}): {r['error']}" for r in failed)] if failed else []),
    ]


def missed_lines(known: Row) -> list[str]:
    """The clean pairs whose stated parent the matcher does not find, one by one."""
    lines = []
    for row in known["pairs"]:
        missed = row.get("missed")
        if not missed:
            continue
        if missed["alike"]:
            why = "found; its free coordinates differ"
        elif missed["best"] is None:
            why = "not found" + ("" if missed["within"] else ": beyond the limits")
        elif not missed["known"]:
            why = "a nearer one of the group found; no average fits"
        else:
            why = "a nearer one of the group found"
        best = "–" if missed["best"] is None else "{:.2f} / {:.2f}".format(*missed["best"])
        lines.append([
            row["id"], row["formula"], str(row["groups"][1]), f"{missed['relaxed']:.2f}",
            f"{missed['rms']:.2f} / {missed['dmax']:.2f}", f"{missed['hop']:.2f}", best,
            "yes" if missed["known"] else "no", why,
        ])  # fmt: skip
    head = ["child", "formula", "group", "relaxed, Å", "stated: rms / dmax, Å", "hop", "found: rms / dmax, Å",
            "matcher takes the average for the stated", "verdict"]  # fmt: skip
    ferro = [r for r in known["pairs"] if r["set"] == "ferroelectric" and r["class"] == "clean" and "error" not in r]
    fitting = [r for r in ferro if not r.get("missed") or r["missed"]["known"]]
    other = [r["missed"] for r in fitting if r.get("missed")]
    beyond = sum(not one["within"] for one in other)
    return [
        "### Where the two counts differ",
        "",
        "The clean pairs without a candidate that the matcher takes for the stated parent. A child knows a parent only "
        "up to the parent's free coordinates and cell: *relaxed* is the largest shift of a site between the stated "
        "parent and the same parent with the child's averages in their place, *stated* the distance of the child from "
        "the latter, *hop* its largest displacement over the distance of like sites, hydrogen left out (0.5 is the "
        "limit), *found* the distance from the nearest candidate of the same group and number of atoms. The matcher "
        "allows no site to move by more than 0.3 (V/atom)^(1/3), about 0.7 Å; where it refuses even the average over "
        "the stated parent's own sites, no search over the child can be counted as finding it. "
        f"Without those {len(ferro) - len(fitting)} pairs the matcher's count of found is "
        f"{share([bool(r['matches']) for r in fitting])}. Beyond the limits of the search: {beyond}; farther averages "
        f"over the group of a nearer candidate: {len(other) - beyond}, since a group is "
        "averaged over its nearest pairing and the one that keeps hydrogen on its atom: every other one would "
        "stand in the list as another parent.",
        "",
        *table(head, lines),
    ]


def time_lines(known: Row) -> list[str]:
    """Times, memory, primary sets."""
    good = [r for r in known["pairs"] if "error" not in r]
    walls, cpus = np.array([r["wall"] for r in good]), np.array([r["cpu"] for r in good])
    clean = [r for r in good if r["class"] == "clean"]
    judged = [r["agrees"] for r in clean if r["agrees"] is not None]
    others = "; ".join(
        f"{r['id']} {r['formula']} from {r['group']}, {' ⊕ '.join(r['sets'][0])} here, {' ⊕ '.join(r['sets'][1])} there"
        for r in clean if r["agrees"] is False) or "none"  # fmt: skip
    return [
        "Primary sets from the candidate and from the stated parent are equal up to the origin: "
        f"{share(judged)}; the others: {others}. An exchange of axes that keeps the group, such as in 61 and 74, "
        "exchanges labels as well; the rest lie on the edge of another set or of what counts.",
        "",
        "The set that the search tells is the one of `modes` with the parent that it writes: "
        f"{share([r['told'] for r in good if r.get('told') is not None])}. spglib was asked at "
        f"{max(r.get('loosest', 0.0) for r in good):g} Å at most.",
        "",
        f"A search with the irreps of five candidates takes {np.median(cpus):.2f} s of CPU in the median, "
        f"{np.quantile(cpus, 0.95):.1f} s at the 95th percentile, {cpus.max():.1f} s at most (by the clock of a "
        f"machine shared with other work {np.median(walls):.1f}, {np.quantile(walls, 0.95):.1f} and "
        f"{walls.max():.1f} s); {sum(r['stopped'] for r in good)} of {len(good)} were stopped by the clock. Peak "
        f"memory {known['peak']:.0f} MB, pymatgen for the comparison included.",
    ]


def sweep_table(known: Row, own: Row) -> list[str]:
    """Beside spglib's sweep."""
    lines = []
    told = [r for r in own["pairs"] if r["class"] == "clean" and r.get("pyxtal")]
    for name in ("ferroelectric", "families", "perovskite", "cases"):
        theirs = [r for r in known["sweep"] if r["set"] == name and r["class"] == "clean"]
        ours = [r for r in own["pairs"] if r["set"] == name and r["class"] == "clean" and "error" not in r]
        lines.append([
            name, share([bool(r["places"]) and min(r["places"]) == 0 for r in theirs]),
            share([bool(r["places"]) for r in theirs]),
            share([bool(r["matches"]) and min(r["matches"]) == 0 for r in ours]),
            share([bool(r["matches"]) for r in ours]),
        ])  # fmt: skip
    return [
        "## Beside a sweep of spglib's tolerance",
        "",
        "Sixteen tolerances from 0.01 to 1.5 Å with symmetrised cells, highest group first, each child in a process of "
        f"its own ({known['crashes']} of {known['children']} died; with `standardize_cell` of spglib "
        f"{known['version']} in place of its dataset all do, by a segmentation fault at 1.07 Å). Clean pairs, same "
        "matcher.",
        "",
        "PyXtal must be told the group of the parent. It was not run here; the table of Zhu et al. calls it good for "
        f"{share([r['pyxtal'] == 'Good' for r in told])} of the clean ferroelectric pairs of their collection. On the "
        "same pairs and without the group, the first table's count here is "
        f"{share([bool(r['either']) for r in told])} found and {share([r['above'] for r in told])} first or a group "
        "above it.",
        "",
        *table(["set", "sweep: first", "sweep: found", "here: first", "here: found"], lines),
    ]


def noise_table(known: Row) -> list[str]:
    """With scatter."""
    lines = []
    for key in sorted({(r["doubled"], r["sigma"]) for r in known["noise"]}):
        group = [r for r in known["noise"] if (r["doubled"], r["sigma"]) == key]
        places = [r["places"] for r in group]
        lines.append([
            f"{key[1]:g} Å" + (", doubled cell" if key[0] else ""), share([bool(p) and min(p) == 0 for p in places]),
            share([bool(p) and min(p) < 3 for p in places]), share([bool(p) for p in places]),
            f"{np.median([r['cpu'] for r in group]):.1f} s", f"{max(r['cpu'] for r in group):.0f} s",
        ])  # fmt: skip
    head = ["scatter", "first", "first three", "found", "median CPU", "largest"]
    missed = [r["stopped"] for r in known["noise"] if not r["places"]]
    late = f", {sum(missed)} of the {len(missed)} that missed among them" if missed else ""
    return [
        "## Scatter", "",
        "Gaussian on every coordinate of 24 ferroelectric children, which leaves P1. The clock of 20 s "
        f"stopped {sum(r['stopped'] for r in known['noise'])} of {len(known['noise'])} searches{late} (the machine was "
        "shared with other work).", "", *table(head, lines),
    ]  # fmt: skip


def negative_lines(known: Row) -> list[str]:
    """What is claimed where nothing should be."""
    large = [r for r in known["random"] if r["atoms"] >= 10]
    small = [r for r in known["random"] if r["atoms"] < 10 and r["claimed"]]
    claimed = [r for r in known["aristotypes"] if r["claimed"]]
    words = "; ".join(
        f"{r['id']} → {r['claimed']['group']}, S = {r['claimed']['score']:.2f}, "
        f"{r['claimed']['dmax']:.2f} Å by {' ⊕ '.join(r['claimed']['primary'])}"
        for r in claimed
    )
    return [
        "## No invention",
        "",
        f"Random structures of 10 atoms and more with a claimed parent: {share([bool(r['claimed']) for r in large])}. "
        f"Of the smaller ones {len(small)} of {len(known['random']) - len(large)} have one, "
        f"{sum(r['claimed']['weak'] for r in small)} of these marked weak.",
        "",
        f"Tetragonal and higher parents as children: {len(claimed)} of {len(known['aristotypes'])} have a claimed "
        f"parent: {words}. Both were looked at: in WO3 the metal atoms pair along the hexagonal axis, in Sn3(HO2)2 the "
        "hydroxyl groups turn; the structures above are crystals with sound distances, so that these are distortions "
        "and no inventions.",
    ]


def family_table(known: Row) -> list[str]:
    """Ten families."""
    lines = [[r["family"], r["child"], str(r["parent"]), *("yes" if r[k] else "no" for k in ("modes", "find", "scan")),
              ", ".join(r["primary"])] for r in known["families"]]  # fmt: skip
    head = ["family", "child", "stated parent", "`modes auto`", "`find auto`", "`scan --parent auto`", "primary"]
    return ["## `auto` beside the stated parent", "", "Equal primary sets, up to the origin.", "", *table(head, lines)]


def page(work: Path, note: str = "") -> str:
    """The page, from what was measured; with a sentence on how, where there is something to say."""
    known = {p: json.loads((work / f"{p}.json").read_text()) for p in PARTS if (work / f"{p}.json").exists()}
    lines = [
        "# Parents of known pairs",
        "",
        f"curiebreak {__version__}, made by `python tests/benchmarks/parents.py`. Children with known parents: "
        "ferroelectrics of the Materials Project (CC BY 4.0) with nonpolar references (Smidt et al., Sci. Data 7, 72, "
        "2020; Zhu et al., arXiv 2208.10655), structure families, tilted perovskites with the ideal Pm-3m parent, "
        "published pairs. *Clean*: the pair maps with rms ≤ 0.38 (V/atom)^(1/3), strain ≤ 0.15 and little relaxation "
        "within the parent's symmetry.",
        *(["", note] if note else []),
    ]
    makers: dict[str, Callable[[], list[str]]] = {
        "pairs": lambda: pair_tables(known["pairs"]),
        "times": lambda: time_lines(known["times"]),
        "sweep": lambda: sweep_table(known["sweep"], known["pairs"]),
        "noise": lambda: noise_table(known["noise"]),
        "negatives": lambda: negative_lines(known["negatives"]),
        "families": lambda: family_table(known["families"]),
    }
    for part, maker in makers.items():
        if part in known and (part != "sweep" or "pairs" in known):
            lines += ["", *maker()]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--work", type=Path, default=Path("parents-work"))
    parser.add_argument("--only", nargs="*", choices=sorted(PARTS), default=None)
    parser.add_argument("--note", default="", help="sentence below the head of the page")
    parser.add_argument("-o", "--output", type=Path, default=Path("docs/parents_validation.md"))
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    options.work.mkdir(parents=True, exist_ok=True)
    for part in PARTS if options.only is None else options.only:
        (options.work / f"{part}.json").write_text(json.dumps(PARTS[part](options.data)))
    options.output.write_text(page(options.work, options.note), encoding="utf-8")


if __name__ == "__main__":
    main()
