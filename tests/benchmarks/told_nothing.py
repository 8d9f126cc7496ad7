"""Training that is told nothing of the child's symmetry, pair by pair: `find --blind` and `find --blocks plain`.

Usage: python tests/benchmarks/told_nothing.py [--cases FOLDER] [-o docs/certificates.md]

The exact side's set and group are only compared with at the end. Seconds are CPU seconds of the blind training, one
thread. The last rows add noise to every coordinate of the child. What stands between `<!-- blind -->` and
`<!-- end -->` on the page is written anew.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from scramble import scramble  # noqa: E402
from selected_sets import SHIPPED  # noqa: E402

from curiebreak import find  # noqa: E402
from curiebreak.discovery import blind_answer  # noqa: E402
from curiebreak.structures import read_structure  # noqa: E402

SHARED = (
    "26_sr2scsbo6_p21n",
    "41_batio3_amm2",
    "43_lawn3_r3c",
    "49_nanbo3_pbcm",
    "53_quartz_beta_alpha",
    "55_cristobalite_beta_alpha",
)
NOISE = 0.005
"""Å on every coordinate."""


def row(name: str, parent: Path, child: Any, exact: Any | None = None) -> str:
    """One row of the table; `exact` is the child without noise."""
    found = find(parent, child, blind=True, seeds=1)
    blind, reference = found.blind, found if exact is None else find(parent, exact, seeds=1)
    own, best = reference.isotropy_subgroup, set(reference.primary)
    if blind is None or own is None:
        raise ValueError(f"{name} has no answer")
    plain = "–" if exact is not None else " ⊕ ".join(find(parent, child, blocks="plain", seeds=1).primary)
    names = [f"{label}" for label in blind.labels]
    named = blind.input_symmetry
    right = set(names) == best and named is not None
    right = right and (named.number, named.point_group) == (own.number, own.point_group)
    gap = "–"
    if blind.smallest_broken is not None:
        gap = f"{blind.smallest_broken / max(blind.largest_kept, 1e-16):.0e}"
    cells = [
        name,
        str(len(reference.structures.undistorted.species)),
        f"{blind.rows}, {blind.inputs}",
        plain,
        " ⊕ ".join(names),
        f"{blind.operations_kept} of {blind.operations_tried}",
        f"{blind.largest_kept:.0e}",
        f"{blind.smallest_broken or 0.0:.2g}",
        gap,
        "yes" if right else "no",
        f"{blind.seconds:.1f}",
    ]
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    """Run all pairs and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=Path, default=ROOT.parent / "shared" / "data" / "cases")
    parser.add_argument("-o", type=Path)
    options = parser.parse_args()
    blind_answer.time = SimpleNamespace(perf_counter=time.process_time)  # type: ignore[attr-defined]
    pairs = {child: (ROOT / "structures" / parent, ROOT / "structures" / child) for parent, child in SHIPPED}
    if options.cases.is_dir():
        folders = [options.cases / name for name in SHARED]
        pairs |= {folder.name: (folder / "parent.cif", folder / "child.cif") for folder in folders}
    headings = ["pair", "atoms", "rows, inputs", "plain blocks", "told nothing", "operations kept", "they change it by"]
    headings += ["the next by", "ratio", "set and group right", "s"]
    lines = ["| " + " | ".join(headings) + " |", "|---" * len(headings) + "|"]
    for name, (parent, child) in pairs.items():
        lines.append(row(name.removesuffix(".cif").removesuffix(".xyz"), parent, child))
        print(lines[-1], flush=True)
    parent, child = (ROOT / "structures" / name for name in SHIPPED[0])
    for seed in range(3):
        noisy = scramble(read_structure(child), 100 + seed, strain=0.0, noise=NOISE, cell=False)
        lines.append(row(f"lamno3_pnma, {1e3 * NOISE:.0f} mÅ of noise, {seed + 1}", parent, noisy, child))
        print(lines[-1], flush=True)
    if options.o:
        page = options.o.read_text(encoding="utf-8")
        new = "<!-- blind -->\n\n" + "\n".join(lines) + "\n\n<!-- end -->"
        page = re.sub("<!-- blind -->.*?<!-- end -->", lambda _: new, page, flags=re.DOTALL)
        options.o.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
