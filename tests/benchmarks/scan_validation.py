"""Write docs/scan_validation.md: a scan of about 1,500 real perovskites beside what others say of them.

Usage: python tests/benchmarks/scan_validation.py TILTDB [--work FOLDER] [--jobs N] [--learned] [-o PAGE]

TILTDB is a folder with cif/, index.csv, negatives/ and groundtruth/. The scans go into FOLDER and are
resumed there.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from curiebreak import __version__
from curiebreak.scan.running import scan
from curiebreak.scan.table import query

Row = dict[str, Any]
TILT = re.compile(r"(?:[abc][+\-0]){3}")
SMALL = 2.0
"""Degrees; tilts below are at the threshold of a geometric reading."""


def parsed(symbol: str) -> list[tuple[str, str]]:
    """Letter and sign of the three axes."""
    return [(symbol[i], symbol[i + 1]) for i in (0, 2, 4)]


def normal(symbol: str) -> tuple[str, ...]:
    """A symbol without the choice of axes and letters: signs sorted, equal tilts grouped."""
    axes = parsed(symbol)
    groups = Counter((letter, sign) for letter, sign in axes if sign != "0")
    return tuple(sorted(sign * count for (_, sign), count in groups.items()))


def signs(symbol: str) -> str:
    """Only the signs, sorted."""
    return "".join(sorted(sign for _, sign in parsed(symbol)))


def difference(row: Row, other: str) -> str:
    """Class of a disagreement with a geometric reading."""
    if other == "complex":
        return "called complex there: tilts with other wave vectors, or an octahedron torn apart"
    if signs(row["glazer"]) == signs(other):
        return "the same signs, other letters: two angles that one of them takes for equal"
    small = [row[f"tilt_{axis}"] for axis in "xyz" if 0 < row[f"tilt_{axis}"] < SMALL]
    if small:
        return "a tilt below 2° here counts as none there"
    own = parsed(row["glazer"]) if row["status"] != "error" else []
    if sum(sign == "0" for _, sign in own) > sum(sign == "0" for _, sign in parsed(other)):
        return "a tilt there is scatter here: the group chosen above the noise of the coordinates forbids it"
    return "other"


def tables(folder: Path) -> Iterator[Row]:
    """Lines of a CSV file."""
    with folder.open(newline="") as stream:
        yield from csv.DictReader(stream)


def scanned(given: Path, store: Path, jobs: int, parent: str = "auto") -> tuple[dict[str, Row], float]:
    """Rows by id, and the sum of the seconds."""
    scan(given, store, parent=parent, learn=False, jobs=jobs, resume=True)
    names, rows = query(store)
    found = [dict(zip(names, row, strict=True)) for row in rows]
    return {row["id"]: row for row in found}, sum(row["seconds"] for row in found)


def statuses(found: dict[str, Row], index: list[Row]) -> list[str]:
    """Status by class of the index."""
    counts: dict[str, Counter[str]] = {}
    for entry in index:
        name = f"{entry['class']} ({entry['maps_to_cubic_perovskite']})"
        counts.setdefault(name, Counter())[found[entry["id"]]["status"]] += 1
    kinds = sorted({status for count in counts.values() for status in count})
    lines = ["| class (maps to the cubic parent) | " + " | ".join(kinds) + " |", "|---" * (len(kinds) + 1) + "|"]
    for name, count in sorted(counts.items()):
        lines.append(f"| {name} | " + " | ".join(str(count[kind] or "") for kind in kinds) + " |")
    return lines


def textbook(found: dict[str, Row], folder: Path) -> list[str]:
    """Agreement with textbook tilts, and every row that differs."""
    same, rows = 0, []
    for entry in tables(folder / "groundtruth" / "textbook_labels.csv"):
        match = TILT.match(entry["textbook_tilt"])
        if match is None or "/" in entry["textbook_tilt"].split("(")[0]:
            continue
        own = found[entry["id"]]["glazer"]
        if own is not None and normal(own) == normal(match.group()):
            same += 1
        else:
            rows.append(f"| {entry['id']} | {entry['formula']} | {entry['sg_0.01']} | {match.group()} | {own} |")
    head = [f"{same} agree, {len(rows)} differ.", ""]
    table = ["| id | formula | space group | textbook | here |", "|---|---|---|---|---|", *rows]
    return head + (table if rows else [])


def geometric(found: dict[str, Row], index: list[Row]) -> list[str]:
    """Agreement with the geometric reading, disagreements by class."""
    same, classes, examples = 0, Counter[str](), []
    for entry in index:
        row, other = found[entry["id"]], entry["geo_glazer"]
        if not other or row["glazer"] is None:
            continue
        if TILT.fullmatch(other) and normal(other) == normal(row["glazer"]):
            same += 1
            continue
        kind = difference(row, other)
        classes[kind] += 1
        if kind == "other":
            angles = ", ".join(f"{row[f'tilt_{axis}']:.2f}" for axis in "xyz")
            examples.append(f"| {entry['id']} | {entry['formula']} | {other} | {row['glazer']} | {angles} |")
    lines = ["| compared with the geometric reading | structures |", "|---|---|", f"| same symbol | {same} |"]
    lines += [f"| {kind} | {count} |" for kind, count in classes.most_common()]
    table = ["", "The others:", "", "| id | formula | geometric | here | angles (°) |", "|---|---|---|---|---|"]
    return lines + (table + examples if examples else [])


def claimed(found: dict[str, Row], folder: Path) -> list[str]:
    """Space groups that the sources state."""
    lines = ["| id | formula | stated | here |", "|---|---|---|---|"]
    for entry in tables(folder / "groundtruth" / "claimed_sg.csv"):
        row = found[entry["id"]]
        own = f"{row['space_group_symbol']} ({row['space_group_number']})" if row["formula"] else row["status"]
        lines.append(f"| {entry['id']} | {entry['formula']} | {entry['claimed_sg']} | {own} |")
    return lines


def published(folder: Path, work: Path) -> list[str]:
    """Amplitudes published with AMPLIMODES, per primitive cell of the child."""
    entries = json.loads((folder / "groundtruth" / "amplimodes_published.json").read_text())
    records = work / "published.jsonl"
    keys = ("id", "lattice", "species", "frac", "occupancies")
    records.write_text("\n".join(json.dumps({k: e[k] for k in keys}) for e in entries) + "\n")
    found, _ = scanned(records, work / "published.db", 1)
    lines = ["| id | irrep | published (Å) | here (Å) | within 2 esd or 2 % |", "|---|---|---|---|---|"]
    for entry in entries:
        row = found[entry["id"]]
        octahedra = row["n_atoms"] // 5
        for irrep, mode in entry["published_modes"].items():
            own = (row.get(f"amp_{irrep}") or 0.0) * octahedra**0.5
            value, esd = abs(mode["amplitude"]), mode["esd"]
            close = abs(own - value) <= max(2 * esd, 0.02 * value)
            lines.append(
                f"| {entry['id']} | {irrep} | {value:.3f} ± {esd:g} | {own:.3f} | {'yes' if close else 'no'} |"
            )
    return lines


def roles(found: dict[str, Row], index: list[Row]) -> list[str]:
    """Perovskites in which other atoms are taken for A and B than in the index."""
    lines = ["| id | formula | space group | A, B in the index | A, B here |", "|---|---|---|---|---|"]
    same = 0
    for entry in index:
        row = found[entry["id"]]
        if not row.get("a_site") or not (entry["A"] and entry["B"]):
            continue
        own = [elements(row["a_site"]), elements(row["b_site"])]
        if own == [set(entry["A"].split("-")), set(entry["B"].split("-"))] or own[0] >= set(entry["A"].split("-")):
            same += 1
            continue
        here = ", ".join(" ".join(sorted(site)) for site in own)
        lines.append(
            f"| {entry['id']} | {entry['formula']} | {entry['sg_0.01']} | {entry['A']}, {entry['B']} | {here} |"
        )
    return [f"{same} agree, {len(lines) - 2} differ.", "", *lines]


def elements(species: str) -> set[str]:
    """Elements in a column of species."""
    return set(re.findall(r"[A-Z][a-z]?", species))


def chosen(index: list[Row]) -> list[str]:
    """The first 200 of every fourth row of class ABX3 or double_B."""
    return [row["id"] for row in index if row["class"] in ("ABX3", "double_B")][::4][:200]


def learned(folder: Path, index: list[Row], work: Path, jobs: int) -> list[str]:
    """Learned primary sets beside the exact minimal sets."""
    place = work / "learn"
    place.mkdir(exist_ok=True)
    for name in chosen(index):
        if not (place / f"{name}.cif").exists():
            (place / f"{name}.cif").symlink_to((folder / "cif" / f"{name}.cif").resolve())
    start = time.perf_counter()
    summary = scan(place, work / "learned.db", learn=True, jobs=jobs, resume=True)
    wall, used = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    names, rows = query(work / "learned.db")
    found = [dict(zip(names, row, strict=True)) for row in rows]
    sets = {row["id"]: [set(s.split()) for s in (row["minimal_sets"] or "").split(" | ") if s] for row in found}
    equal = [r["id"] for r in found if r["learned_primary"] is not None and is_minimal(r, sets[r["id"]])]
    confident = [r for r in found if r["status"] in ("ok", "ambiguous", "nothing_to_break")]
    other = [row for row in confident if row["id"] not in equal]
    wrong = [row["id"] for row in other if row["status"] != "ambiguous"]
    marked = [row["id"] for row in other if row["status"] == "ambiguous"]
    lines = [
        "| | structures |",
        "|---|---|",
        f"| trained and certified | {len(found)} |",
        f"| with two or more primaries | {sum(len((r['learned_primary'] or '').split()) > 1 for r in found)} |",
        f"| learned set is an exact minimal set | {len(equal)} ({100 * len(equal) / len(found):.1f} %) |",
        f"| another set that generates the child, marked `ambiguous` beside the exact one | {listed(marked)} |",
        f"| not converged, and said so | {sum(r['status'] == 'not_converged' for r in found)} |",
        f"| confident and wrong | {listed(wrong)} |",
        f"| largest difference between trained loss and floor, of the converged | {largest_gap(confident):.1e} |",
    ]
    if not summary.kept:
        cpu = used.ru_utime + used.ru_stime
        lines.append(f"| wall time with {jobs} jobs | {wall:.0f} s ({cpu:.0f} s of processor time) |")
    rest = [r for r in found if r["status"] not in ("ok", "ambiguous", "nothing_to_break")]
    table = ["", "| id | formula | exact | learned | status | why |", "|---|---|---|---|---|---|"]
    for row in rest:
        cells = (row["id"], row["formula"], row["primary"], row["learned_primary"], row["status"], row["reason"])
        table.append("| " + " | ".join(str(cell or "") for cell in cells) + " |")
    return lines + (table if rest else [])


def listed(names: list[str]) -> str:
    """How many, and which."""
    return f"{len(names)}{': ' + ', '.join(names) if names else ''}"


def is_minimal(row: Row, sets: list[set[str]]) -> bool:
    """Whether the learned set of a row is one of the minimal sets."""
    own = set(row["learned_primary"].split())
    return own in sets or not (own or sets)


def largest_gap(rows: list[Row]) -> float:
    """Largest difference of loss and floor."""
    return max((abs(r["loss"] - r["floor"]) for r in rows if r["loss"] is not None), default=0.0)


def negatives(folder: Path, work: Path, jobs: int) -> list[str]:
    """Structures of the same formula that are no perovskites."""
    found, _ = scanned(folder / "negatives" / "structures.jsonl", work / "negatives.db", jobs, "perovskite")
    wrong = [row["id"] for row in found.values() if row["status"] != "not_a_perovskite"]
    text = f"{len(found) - len(wrong)} of {len(found)} structures of perovskite formula are refused"
    return [f"{text} as not_a_perovskite{'; not ' + ', '.join(wrong) if wrong else ''}."]


def page(folder: Path, work: Path, jobs: int, with_learned: bool) -> str:
    """The whole page."""
    index = list(tables(folder / "index.csv"))
    start = time.perf_counter()
    found, seconds = scanned(folder / "cif", work / "tiltdb.db", jobs)
    wall = time.perf_counter() - start
    measured = wall > 0.3 * seconds / jobs
    lines = [
        "# Scan of a tilt database",
        "",
        f"curiebreak {__version__}, `scan --exact --parent auto` of {len(found)} structures, made by "
        "`python tests/benchmarks/scan_validation.py`"
        + (f"; wall time {wall:.0f} s with {jobs} jobs." if measured else "."),
        "",
        "## Every structure has a row",
        "",
        *statuses(found, index),
        "",
        "## Not perovskites",
        "",
        *negatives(folder, work, jobs),
        "",
        "## Textbook tilts",
        "",
        *textbook(found, folder),
        "",
        "## A geometric reading",
        "",
        "The other reading takes angles of octahedra as they are, with thresholds; here the tilts are the linear "
        "modes of M3+ and R4+ (X3+ and GM4+ of double perovskites).",
        "",
        *geometric(found, index),
        "",
        "## Space groups stated by the sources",
        "",
        *claimed(found, folder),
        "",
        "## Published amplitudes",
        "",
        "Per primitive cell of the child (AMPLIMODES' normalisation). In `cand2cuti2o9` the published X5+, R5+ and "
        "M2+ do not belong to the published coordinates.",
        "",
        *published(folder, work),
        "",
        "## Which cation is A",
        "",
        "Roles are found by topology. In the structure type of LiNbO3 the octahedra around either cation share "
        "corners like those of perovskite. Here B has the wider mean angle B-X-B (RbSnCl3: 145° around Sn, 110° around "
        "Rb), or, of angles within 6°, the more regular octahedra (LiAgF3: Ag). In CrWO3 the centre that the index "
        "names forms a group of three short bonds.",
        "",
        *roles(found, index),
    ]
    if with_learned:
        lines += [
            "",
            "## Learned sets",
            "",
            "The first 200 of every fourth row of class ABX3 or double_B of the index, trained and certified (`scan` "
            "without `--exact`). A learned set that is no minimal set of the exact side counts as not converged, "
            "unless it generates the child by an irrep of which the child holds too little to count.",
            "",
            *learned(folder, index, work, jobs),
        ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Scan, compare, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tiltdb", type=Path)
    parser.add_argument("--work", type=Path)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("-o", "--output", type=Path, default=Path("docs/scan_validation.md"))
    parser.add_argument("--learned", action="store_true", help="also train 200 structures")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        work = options.work or Path(temporary)
        work.mkdir(parents=True, exist_ok=True)
        options.output.write_text(page(options.tiltdb, work, options.jobs, options.learned), encoding="utf-8")


if __name__ == "__main__":
    main()
