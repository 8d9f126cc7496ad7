"""Records that no reader should believe, and good ones with names that no table should trip over."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import small_cifs
from perovskites import tilted

WHOLE = small_cifs.PEROVSKITE
COUNT = len(tilted(6.0, "---"))


def record(**changes: object) -> str:
    """A tilted perovskite as a line of JSON, with some entries replaced."""
    child = tilted(6.0, "---")
    content: dict[str, object] = {
        "id": "p", "lattice": np.asarray(child.lattice).tolist(), "species": list(child.species),
        "frac": child.coords.tolist(),
    }  # fmt: skip
    return json.dumps(content | changes) + "\n"


POISON: dict[str, bytes | str] = {
    "nested.jsonl": "[" * 100_000 + "]" * 100_000 + "\n",
    "nested_species.jsonl": '{"id": "x", "lattice": 1, "frac": [], "species": ' + "[" * 100_000 + "\n",
    "digits.jsonl": '{"lattice": ' + "9" * 5000 + ', "species": ["O"], "frac": [[0, 0, 0]]}\n',
    "overflow.jsonl": record(frac=[[10**400, 0, 0]] * COUNT),
    "species.jsonl": record(species=[1.5] * COUNT),
    "occupancies.jsonl": record(occupancies=[{"Ti": "many"}] * COUNT),
    "text.jsonl": record(lattice="cubic"),
    "half.jsonl": record()[:300] + "\n",
    "count.extxyz": '99999999999\nLattice="4 0 0 0 4 0 0 0 4"\nTi 0 0 0\n',
    "count_of_digits.extxyz": "9" * 5000 + '\nLattice="4 0 0 0 4 0 0 0 4"\nTi 0 0 0\n',
    "no_count.extxyz": "² atoms\nnothing\n",
    "empty.extxyz": "",
    "zeros.cif": b"\0" * 1000,
    "no_text.cif": bytes(range(128, 256)) * 10,
    "cut.cif": WHOLE[: len(WHOLE) // 2],
    "nan.cif": small_cifs.NOT_A_NUMBER,
    "endless_cell.cif": small_cifs.INFINITE_CELL,
    "flat.cif": small_cifs.FLAT_CELL,
    "POSCAR_count": "x\n1.0\n4 0 0\n0 4 0\n0 0 4\nTi\n999999999999\nDirect\n0 0 0\n",
    os.fsdecode(b"caf\xe9\xff.cif"): "data_x\nloop_\n_atom_site_label\n",
}
"""Name of a file -> content that has no structure."""


def write_poison(folder: Path) -> None:
    """Write one file for each kind of poison."""
    for name, content in POISON.items():
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)


def write_good(folder: Path, count: int) -> None:
    """Tilted perovskites, a file each; names with quotes, blanks, line breaks, formulas and bytes that are no text."""
    rng = np.random.default_rng(5)
    odd = ["=1+1", "a'b", 'a"b', "a b", "a\nb", "-x", "ü⊕", "x;y,z", "%s{}", os.fsdecode(b"\xff\xfe")]
    for number in range(count):
        child = tilted(float(rng.uniform(3, 12)), ("---", "+++", "+--", "++-")[number % 4])
        content = {"lattice": np.asarray(child.lattice).tolist(), "species": list(child.species)}
        line = json.dumps({"id": "\ud800" if number == 3 else f"g{number}", **content, "frac": child.coords.tolist()})
        name = odd[number] if number < len(odd) else f"good{number:03d}"
        (folder / f"{name}.jsonl").write_text(line + "\n")
