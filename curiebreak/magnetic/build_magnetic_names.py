"""Write ``data/magnetic_groups.txt`` from the table of magnetic groups that pymatgen ships.

Run ``python -m curiebreak.magnetic.build_magnetic_names``.
"""

from __future__ import annotations

import sqlite3
from importlib.util import find_spec
from pathlib import Path

TARGET = Path(__file__).parent / "data" / "magnetic_groups.txt"


def main() -> None:
    """One line a group in the order of the OG numbers: BNS number, BNS symbol, OG number, OG symbol."""
    package = find_spec("pymatgen.symmetry")
    if package is None or not package.submodule_search_locations:
        raise SystemExit("pymatgen is not installed")
    database = Path(package.submodule_search_locations[0]) / "symm_data_magnetic.sqlite"
    with sqlite3.connect(database) as connection:
        rows = connection.execute(
            "SELECT BNS1, BNS2, BNS_label, OG1, OG2, OG3, OG_label FROM space_groups ORDER BY OG3"
        ).fetchall()
    lines = [f"{b1}.{b2} {bns} {o1}.{o2}.{o3} {og}" for b1, b2, bns, o1, o2, o3, og in rows]
    TARGET.write_text("\n".join(lines) + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
