"""Entries of MAGNDATA through the rows of `scan`, as answers for the script that scores them.

    python tests/benchmarks/magndata.py FOLDER ANSWERS [FIRST LAST]

FOLDER holds `magndata.jsonl.gz`; ANSWERS gets one line of JSON an entry, appended. Amplitudes of a row are those over
the parent's cell, so that As = Ap sqrt(s).
"""

from __future__ import annotations

import gzip
import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from curiebreak.options.scan_options import ScanSettings
from curiebreak.scan.analysing import analyse_source
from curiebreak.scan.inputs import list_sources


def answer(text: str, encoding: str, name: str, folder: Path) -> dict[str, object]:
    """The row of one entry in the layout of the scores."""
    path = folder / "entry.mcif"
    path.write_text(text, encoding=encoding, newline="")
    (source,) = list_sources(path)
    row = analyse_source(source, ScanSettings(learn=False))
    values, found = row.values, row.amplitudes
    if values["status"] not in ("ok", "ambiguous"):
        return {"file": name, "status": "refused", "irreps": [], "reason": values.get("reason")}
    sizes: dict[str, float] = {}
    for key, x in found.items():
        if key.startswith("mag_"):  # one label at several k counts once, as in the truth
            label = key.removeprefix("mag_").partition("@")[0]
            sizes[label] = float(np.hypot(sizes.get(label, 0.0), x or 0.0))
    total = sum(x**2 for x in sizes.values())
    root = float(json.loads(row.details or "{}")["exact"]["mapping"]["size"]) ** 0.5
    irreps = [{"irrep": key, "share": x**2 / total, "As": x * root} for key, x in sizes.items() if total]
    primary = str(values["primary"]).split()
    bns = values["magnetic_group_number"]
    return {"file": name, "status": "ok", "irreps": irreps, "bns": bns, "primary": primary}


def main() -> None:
    """Write the answers and say how long they took."""
    data, out = Path(sys.argv[1]), Path(sys.argv[2])
    first, last = (int(word) for word in sys.argv[3:5]) if len(sys.argv) > 4 else (0, 10**6)
    with gzip.open(data / "magndata.jsonl.gz", "rt", encoding="utf-8") as stream:
        entries = [json.loads(line) for line in stream][first:last]
    started = time.process_time()
    with tempfile.TemporaryDirectory() as folder, out.open("a", encoding="utf-8") as stream:
        for one in entries:
            stream.write(json.dumps(answer(one["mcif"], one["encoding"], one["file"], Path(folder))) + "\n")
    spent = time.process_time() - started
    print(f"{len(entries)} entries, {spent:.1f} CPU s, {1000 * spent / max(1, len(entries)):.0f} ms each")


if __name__ == "__main__":
    main()
