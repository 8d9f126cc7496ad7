"""Write docs/families.md: how many published parent-child pairs are decomposed, by family, and why the rest is not.

Usage: python tests/benchmarks/families.py FOLDER [-o docs/families.md]

FOLDER holds families/structures.jsonl, families/pairs.csv and ferro_pairs/pairs.jsonl. A pair counts as decomposed when
the squared amplitudes of its irreps add up to the whole distortion and the isotropy subgroup that the modes give is the
space group that spglib finds in the child's file at one of the tolerances of the ladder.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import spglib

from curiebreak import __version__, decompose
from curiebreak.errors import CurieBreakError, InputError
from curiebreak.results import Decomposition
from curiebreak.structures import Structure, structure_from_arrays

SUM_RULE = 1e-9
TOLERANCES = (1e-4, 1e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.2)
REASONS = {
    "No supercell": "no supercell within 30 % strain",
    "no group-subgroup": "no group-subgroup relation",
    "reconstructive:": "displacements of half a bond",
    "opposite hands": "opposite hands",
    "lie on one another": "an atom is listed twice",
}


@dataclass(frozen=True)
class Pair:
    """Two structures and the family they belong to."""

    family: str
    name: str
    parent: Any
    child: Any


def families(folder: Path) -> Iterator[Pair]:
    """Pairs of other families than the perovskites."""
    lines = (folder / "families" / "structures.jsonl").read_text().splitlines()
    records = {r["id"]: r for r in map(json.loads, lines)}
    with (folder / "families" / "pairs.csv").open() as stream:
        for row in csv.DictReader(stream):
            yield Pair(row["family"], row["child_id"], records[row["parent_id"]], records[row["child_id"]])


def ferroelectrics(folder: Path) -> Iterator[Pair]:
    """Nonpolar parents with polar children."""
    for line in (folder / "ferro_pairs" / "pairs.jsonl").read_text().splitlines():
        record = json.loads(line)
        yield Pair("nonpolar → polar", record["polar_id"], record["high_symm"], record["low_symm"])


def structure(record: dict[str, Any]) -> Structure:
    """One stored structure (fractions, or the dictionary that pymatgen writes)."""
    if "frac" in record:
        return structure_from_arrays(record["lattice"], record["species"], record["frac"])
    sites = record["sites"]
    species = [site["species"][0]["element"] for site in sites]
    return structure_from_arrays(record["lattice"]["matrix"], species, [site["abc"] for site in sites])


def outcome(pair: Pair, *allow: str) -> str:
    """``decomposed``, or in a few words why not."""
    try:
        child = structure(pair.child)
        return judged(decompose(structure(pair.parent), child, allow=allow), child)
    except CurieBreakError as error:
        for words, reason in REASONS.items():
            if words in error.message:
                return reason
        return error.message if isinstance(error, InputError) else f"failed: {error.message}"


def judged(found: Decomposition, child: Structure) -> str:
    """Whether amplitudes add up and spglib finds the same group in the child's file."""
    parts = [e for e in found.irreps if e.kind == "displacement" and e.isotropy_subgroup is not None]
    amplitudes = [e.amplitude_parent for e in parts if e.amplitude_parent is not None]
    total = found.total_amplitude_parent
    if abs(np.sum(np.square(amplitudes)) - total**2) > SUM_RULE * max(total**2, 1.0):
        return "wrong: amplitudes do not add up"
    group = found.isotropy_subgroup
    if group is None or group.number not in groups_of(child):
        return "wrong: another group than spglib's"
    return "decomposed"


def groups_of(child: Structure) -> set[int]:
    """Space-group numbers that spglib gives over the ladder."""
    kinds = {name: number for number, name in enumerate(dict.fromkeys(child.species), 1)}
    cell = (child.lattice, child.coords, [kinds[s] for s in child.species])
    found = (spglib.get_symmetry_dataset(cell, symprec=t) for t in TOLERANCES)
    return {dataset.number for dataset in found if dataset is not None}


def table(pairs: list[Pair]) -> list[str]:
    """Rows of one table: family, pairs, decomposed, decomposed when asked, the rest by reason."""
    results: dict[str, Counter[str]] = defaultdict(Counter)
    asked: Counter[str] = Counter()
    for pair in pairs:
        word = outcome(pair)
        results[pair.family][word] += 1
        if word.startswith(("wrong", "failed")):
            print(f"{pair.family} {pair.name}: {word}", flush=True)
        again = word if word == "decomposed" else outcome(pair, "reconstructive")
        asked[pair.family] += again == "decomposed"
    rows = []
    for family, words in results.items():
        total, plain = sum(words.values()), words.pop("decomposed", 0)
        rest = "; ".join(f"{count} {word}" for word, count in words.most_common()) or "–"
        share = f"{plain} ({plain / total:.0%})"
        rows.append(f"| {family} | {total} | {share} | {asked[family]} ({asked[family] / total:.0%}) | {rest} |")
    return rows


HEAD = """| family | pairs | decomposed | with `--allow reconstructive` | the rest, without it |
|---|---|---|---|---|"""


def main() -> None:
    """Run all pairs and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("-o", "--output", type=Path, default=Path("docs/families.md"))
    arguments = parser.parse_args()
    text = [
        "# Other families and polar pairs",
        "",
        f"Written by `tests/benchmarks/families.py` with curiebreak {__version__}. A pair is decomposed when the",
        "squared amplitudes of its irreps (those of scatter apart) add up to the whole distortion and the isotropy",
        "subgroup of the modes is the space group that spglib finds in the child's file at one of the tolerances",
        "0.0001, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1 and 0.2 Å. Sources: Materials Project entries (CC BY 4.0); the",
        "nonpolar-polar pairs are what a search of that database for group-subgroup pairs with displacements below",
        "1.5 Å gave. Some need displacements of half a bond: those are refused unless",
        "`--allow reconstructive` asks for them. Strains up to 30 % are mapped, with a warning above 15 %.",
        "",
        HEAD,
        *table(list(families(arguments.folder))),
        "",
        HEAD,
        *table(list(ferroelectrics(arguments.folder))),
        "",
    ]
    arguments.output.write_text("\n".join(text), encoding="utf-8")


if __name__ == "__main__":
    main()
