"""Write ``data/elements.json`` from pymatgen's element tables: ``python -m curiebreak.family.build_elements``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from curiebreak.structures.element_data import element_records

TARGET = Path(__file__).parent / "data" / "elements.json"


def main(target: Path = TARGET) -> dict[str, Any]:
    """Write the table; the same bytes for the same version of pymatgen."""
    records = element_records()
    target.write_text(json.dumps(records, separators=(",", ":")))
    return records


if __name__ == "__main__":
    sys.stdout.write(f"{len(main())} elements\n")
