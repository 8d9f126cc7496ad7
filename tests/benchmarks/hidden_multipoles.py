"""Hidden multipoles over many seeds: found within 2 % and 1 degree, none invented where there is none.

``python tests/benchmarks/hidden_multipoles.py [--seeds 20]`` prints a row a run and the worst of all. The particles and
their fields are those of ``tests/support/multipole_particles.py``; what is sought are all multipoles up to l = 4,
electric and magnetic, about the stated centre.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from multipole_particles import Truth, random_truth, snapshots

from curiebreak.fields import usual_components
from curiebreak.learning.hidden_field import FieldRecovery, recover
from curiebreak.learning.multipoles import ELECTRIC, MAGNETIC, multipoles_of

SOUGHT = multipoles_of((ELECTRIC, MAGNETIC), 4)


def conditions(seed: int) -> dict[str, float]:
    """Noise on every second seed, a trap on every third."""
    return {"noise": 0.02 * (seed % 2), "trap": 0.4 * (seed % 3 == 0)}


def truths(seed: int) -> tuple[Truth, ...]:
    """One multipole of every degree and kind in turn, a second one (a dipole's error) on every fourth seed."""
    degree, magnetic = 1 + seed % 4, seed // 4 % 2 == 0
    first = random_truth(seed, degree, magnetic)
    if seed % 4 == 1:
        return (random_truth(seed, 1, magnetic), first)
    return (first,)


def deviations(found: FieldRecovery, wanted: tuple[Truth, ...]) -> tuple[float, float]:
    """Largest relative error of an amplitude and largest angle in degrees; infinite where other fields were found."""
    by_name = {one.name: one for one in found.fields}
    if set(by_name) != {truth.name for truth in wanted}:
        return np.inf, np.inf
    amplitudes, angles = [0.0], [0.0]
    for truth in wanted:
        one = by_name[truth.name]
        amplitudes.append(abs((one.amplitude or 0.0) / truth.strength - 1))
        overlap = float(usual_components(truth.degree, one.components) @ truth.components)
        angles.append(float(np.degrees(np.arccos(np.clip(overlap, -1, 1)))))
    return max(amplitudes), max(angles)


def main() -> None:
    """Run all seeds with and without fields."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=20)
    seeds = parser.parse_args().seeds
    centre = np.array([0.7, -1.2, 2.0])
    worst, hits = np.zeros((2, 2)), [0, 0]
    for seed in range(seeds):
        for case, wanted in enumerate((truths(seed), ())):
            start = time.process_time()
            run = snapshots(seed, wanted, centre, **conditions(seed))
            found = recover(*run, seed=seed, centre=centre, multipoles=SOUGHT)
            off = deviations(found, wanted)
            good = off[0] < 0.02 and off[1] < 1.0
            hits[case] += good
            if good:
                worst[case] = np.maximum(worst[case], off)
            names = ["+".join(n) or "none" for n in ([t.name for t in wanted], [f.name for f in found.fields])]
            spent = time.process_time() - start
            print(
                f"{seed:3d} {names[0]:8s} {names[1]:12s} {100 * off[0]:8.3f} % {off[1]:7.3f} deg "
                f"loss {found.loss:.1e} limit {found.limit:.1e} {spent:5.1f} s",
                flush=True,
            )
    print(f"found {hits[0]} of {seeds}: within {100 * worst[0, 0]:.2g} % and {worst[0, 1]:.2g} degrees")
    print(f"none invented in {hits[1]} of {seeds}")


if __name__ == "__main__":
    main()
