"""Write perovskites.jsonl: what the recipe `scan` reads.

Usage: python recipes/data/make_perovskites.py
"""

from __future__ import annotations

import json
from pathlib import Path

import curiebreak
from curiebreak.structures import read_structure

HERE = Path(__file__).resolve().parent
PARENT = HERE.parent.parent / "structures" / "srtio3_cubic.cif"
TILTS = {
    "a0a0c+": [0, 0, 7], "a0a0c-": [0, 0, 7], "a0b-b-": [0, 6, 6], "a-a-a-": [5, 5, 5], "a+a+a+": [6, 6, 6],
    "a0b+b+": [0, 6, 6], "a+b-b-": [7, 6, 6],
}  # fmt: skip
"""Glazer symbol -> angles in degrees."""


def record(name: str, structure: object) -> str:
    """One line of the file."""
    found = read_structure(structure)
    species = [next(iter(one)) if isinstance(one, dict) else str(one) for one in found.species]
    data = {
        "id": name,
        "formula": "".join(sorted(set(species))),
        "lattice": [[round(float(x), 6) for x in row] for row in found.lattice],
        "species": species,
        "frac": [[round(float(x), 6) for x in row] for row in found.coords],
    }
    return json.dumps(data)


def main() -> None:
    """Seven tilted perovskites, the cubic one, and rock salt, which is none."""
    lines = [record("cubic", PARENT)]
    for symbol, angles in TILTS.items():
        built = curiebreak.distort(PARENT, glazer=symbol, angles=angles)
        lines.append(record(symbol, built.structure))
    salt = {
        "id": "rock-salt", "formula": "NaCl", "lattice": [[0, 2.82, 2.82], [2.82, 0, 2.82], [2.82, 2.82, 0]],
        "species": ["Na", "Cl"], "frac": [[0, 0, 0], [0.5, 0.5, 0.5]],
    }  # fmt: skip
    lines.append(json.dumps(salt))
    (HERE / "perovskites.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
