"""How often the group of a child with scattered coordinates is found: the sentence on the page What counts.

Usage: python tests/benchmarks/noisy_children.py [--seeds N] [--cells N]

N seeds of children of random subgroups of six parents, each with 5, 10 and 20 mÅ of Gaussian scatter per component; and
N seeds of each of the forty children in cells that are less symmetric than the child (1 to 10 mÅ).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "symmetry"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "mapping"))

from test_counting import right_with_scatter
from test_lower_cells import CELLS, CHILDREN, check

SCATTER = (0.005, 0.01, 0.02)
SMALL_SCATTER = (0.001, 0.003, 0.006, 0.01)
FIRST = 1000
"""Seeds that no test uses."""


def subgroups(count: int) -> None:
    """Children of random subgroups."""
    total = 0
    for sigma in SCATTER:
        right, wrong = right_with_scatter(range(FIRST, FIRST + count), sigma)
        total += right
        print(f"{sigma * 1e3:g} mÅ: {right} of {count} right", *wrong, sep="\n  ", flush=True)
    print(f"random subgroups: {total} of {len(SCATTER) * count} right", flush=True)


def lower_cells(count: int) -> None:
    """Children in cells below their symmetry: group, irreps with directions, amplitudes and tilts."""
    wrong = []
    for name in CHILDREN:
        for cell in CELLS:
            for sigma in SMALL_SCATTER:
                for seed in range(FIRST, FIRST + count):
                    try:
                        check(name, cell, sigma, seed)
                    except AssertionError:
                        wrong.append(f"{name} in {cell}, {sigma} Å, seed {seed}")
    total = len(CHILDREN) * len(CELLS) * len(SMALL_SCATTER) * count
    print(f"lower cells: {total - len(wrong)} of {total} right", *wrong, sep="\n  ", flush=True)


def main() -> None:
    """Run both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=90)
    parser.add_argument("--cells", type=int, default=3)
    options = parser.parse_args()
    subgroups(options.seeds)
    lower_cells(options.cells)


if __name__ == "__main__":
    main()
