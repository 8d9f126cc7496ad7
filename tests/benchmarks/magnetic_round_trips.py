"""Random irreps of moments over all space groups, built, scrambled, rounded to 0.01 μB and read back.

    python tests/benchmarks/magnetic_round_trips.py [FIRST LAST [SEEDS]]

For each group two structures, without and with a structural irrep beside the moments. An answer is right where the
irrep of the moments is the one that went in, with its amplitude within 1 %, and the structural one is among those of
the displacements; else it is refused, marked (several sets carry the same), or silently wrong.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from magnetic_round_trip import MagneticTrip, magnetic_trip

from curiebreak.errors import CurieBreakError
from curiebreak.magnetic.magnetic_modes import decompose_magnetic


def verdict(trip: MagneticTrip) -> str:
    """``right``, ``refused: ...``, ``marked`` or ``wrong: ...``."""
    try:
        result = decompose_magnetic(trip.parent.structure, trip.crystal)
    except CurieBreakError as error:
        return f"refused: {error.message}"
    moments = [entry for entry in result.irreps if entry.kind == "magnetic" and (entry.share or 0.0) > 1e-3]
    cells = len(trip.crystal) / result.child.n_atoms
    size = sum(entry.amplitude_supercell or 0.0 for entry in moments) * cells**0.5
    right = {entry.irrep for entry in moments} == {trip.label} and abs(size / trip.amplitude - 1.0) < 0.01
    if trip.structural is not None:
        moved = {e.irrep for e in result.irreps if e.kind == "displacement" and (e.share or 0.0) > 0.01}
        right = right and trip.structural in moved
    if right:
        return "right"
    names = " ".join(f"{e.kind[:4]}:{e.irrep}" for e in result.irreps)
    return f"{'marked' if result.status.value == 'ambiguous' else 'wrong'}: {trip.label} {trip.structural} -> {names}"


def main() -> None:
    """Print each answer that is not right, and the counts."""
    words = [int(word) for word in sys.argv[1:]]
    first, last, seeds = (words + [1, 230, 1][len(words) :])[:3]
    started, counts, groups = time.process_time(), Counter(), set()
    for number in range(first, last + 1):
        for structural in (False, True):
            made = 0
            for seed in range(100, 180):
                trip = magnetic_trip(number, seed, structural)
                if trip is None:
                    continue
                found = verdict(trip)
                counts[found.partition(":")[0]] += 1
                groups.add(number)
                if found != "right":
                    print(number, structural, seed, found, flush=True)
                made += 1
                if made == seeds:
                    break
    print(f"{len(groups)} groups, {dict(counts)}, {time.process_time() - started:.0f} CPU s")


if __name__ == "__main__":
    main()
