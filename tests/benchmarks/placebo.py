"""What training adds to the choice of a set: the Curie path beside three placebos.

Usage: python tests/benchmarks/placebo.py [--data FOLDER] [--seeds N] [-o docs/certificates.md]

On pairs with more than one minimal set the path is followed as it is, with noise of the same norm in place of the
residual, with random numbers in place of the strengths, and with the order of the first gradient kept to the end.
Verification is the same in all, so that a placebo too ends in a minimal set; which one is what differs.
What stands between `<!-- placebo -->` and `<!-- end -->` on the page is written anew.
"""

from __future__ import annotations

import argparse
import re
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from curiebreak.discovery.posing import learning_problem
from curiebreak.discovery.projection import InputCell
from curiebreak.errors import CurieBreakError
from curiebreak.learning.learner import Learner, LearningOptions
from curiebreak.learning.path import CuriePath
from curiebreak.learning.training import Point
from curiebreak.mapping import map_child
from curiebreak.modes.analysis import Analysis, analyse
from curiebreak.scan.placing import map_by_net
from curiebreak.scan.prototypes import Prototype, build_parent
from curiebreak.scan.recognise import NotRecognised
from curiebreak.structures import read_structure
from curiebreak.symmetry.parent import parent_crystal

ROOT = Path(__file__).resolve().parent.parent.parent
MADE = {
    "real": "the trained network",
    "noise": "noise in place of the residual",
    "random": "random numbers in place of the strengths",
    "first": "the order of the first gradient",
}
PAIRS = 40
ENDS = ("primary", "another minimal set", "neither")


DRAWN = torch.Generator()
"""Where the placebos' numbers come from: begun anew for each pair and seed, so that two runs share none."""


class Noise(CuriePath):
    """The residual is replaced by noise of its norm."""

    def strengths(self, point: Point, weights: torch.Tensor | None = None) -> tuple[dict[int, float], torch.Tensor]:
        """Strengths of noise."""
        real = self.trainer.engine.evaluate(point.weights, point.inputs).residual
        noise = torch.randn(len(real), generator=DRAWN, dtype=torch.float64)
        noise *= real.norm() / noise.norm()
        asked = point.weights if weights is None else weights
        slope = self.trainer.engine.input_jacobian(
            asked, self.trainer.engine.evaluate(asked, torch.zeros_like(point.inputs))
        )
        found, _ = super().strengths(point, weights)
        gradient = slope @ noise
        made = {c: slope[self._members(c)] for c in found}
        made_of_noise = {c: float((part @ noise).norm()) / max(float(part.norm()), 1e-300) for c, part in made.items()}
        return made_of_noise, gradient

    def _members(self, component: int) -> np.ndarray:
        return self.space.select(np.array([component]))


class Random(CuriePath):
    """The strengths are replaced by random numbers."""

    def strengths(self, point: Point, weights: torch.Tensor | None = None) -> tuple[dict[int, float], torch.Tensor]:
        """Random numbers where there is any strength."""
        found, gradient = super().strengths(point, weights)
        largest = max(found.values(), default=0.0)
        draws = 0.1 + 0.9 * torch.rand(len(found), generator=DRAWN, dtype=torch.float64)
        drawn = {
            c: float(draw) if value > 1e-3 * largest else value
            for draw, (c, value) in zip(draws, found.items(), strict=True)
        }
        return drawn, gradient


class First(CuriePath):
    """The order of the first gradient is kept."""

    def strengths(self, point: Point, weights: torch.Tensor | None = None) -> tuple[dict[int, float], torch.Tensor]:
        """The strengths of the first event, where something is left to ask for."""
        found, gradient = super().strengths(point, weights)
        if not hasattr(self, "_first"):
            self._first = found
        largest = max(found.values(), default=0.0)
        return {c: self._first[c] if value > 1e-3 * largest else 0.0 for c, value in found.items()}, gradient


PATHS: dict[str, type[CuriePath]] = {"real": CuriePath, "noise": Noise, "random": Random, "first": First}


def pairs(data: Path) -> Iterator[tuple[str, Analysis]]:
    """Pairs with a choice: the shared cases and what failed once, one child of each kind."""
    folders = sorted(p for p in (data / "cases").iterdir() if p.is_dir() and "NEG" not in p.name)
    folders += sorted(p for p in (data / "faults").iterdir() if p.name.startswith(("primary_", "stars_", "c07")))
    for folder in folders:
        files = folder / "parent.cif", folder / "child.cif"
        if not all(f.exists() for f in files):
            continue
        analysis = analyse(map_child(parent_crystal(read_structure(files[0])), read_structure(files[1])))
        if len(analysis.minimal_sets) > 1:
            yield folder.name, analysis


def tilted(data: Path, wanted: int) -> Iterator[tuple[str, Analysis]]:
    """Perovskites of the tilt database with a choice, every fifteenth, as long as more are wanted."""
    for path in sorted((data / "tiltdb" / "cif").glob("*.cif"))[7::15]:
        if wanted <= 0:
            return
        try:
            child = read_structure(path)
            built = build_parent(child, Prototype("auto"))
            if isinstance(built, NotRecognised):
                continue
            with_holes = built.prototype is not Prototype.BX3
            analysis = analyse(map_by_net(parent_crystal(built.structure), child, with_holes))
        except CurieBreakError:
            continue
        if len(analysis.minimal_sets) > 1 and len(analysis.group.field.site) <= 40:
            wanted -= 1
            yield path.stem, analysis


def ended(analysis: Analysis, kind: str, seed: int, number: int) -> str:
    """What one run of the pair of this number ends with."""
    from curiebreak.learning import election

    election.CuriePath = PATHS[kind]  # type: ignore[misc]
    DRAWN.manual_seed(1000 * number + seed)
    recovery = Learner(learning_problem(analysis.group), LearningOptions(seed=seed, seeds=1, own_group=True)).recover()
    found = {p.label for p in InputCell(analysis).project(recovery.inputs)}
    best = [set(s.labels) for s in analysis.ambiguous_sets] or [set(analysis.primary)]
    if recovery.status != "converged" or found not in [set(s.labels) for s in analysis.minimal_sets]:
        return ENDS[2]
    return ENDS[0] if found in best else ENDS[1]


def main() -> None:
    """Run all paths on all pairs and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--pairs", type=int, default=PAIRS)
    parser.add_argument("-o", type=Path)
    options = parser.parse_args()
    counts = {kind: Counter[str]() for kind in PATHS}
    chosen = list(pairs(options.data))
    chosen += list(tilted(options.data, options.pairs - len(chosen)))
    for number, (name, analysis) in enumerate(chosen):
        for kind in PATHS:
            start = time.process_time()
            ends = [ended(analysis, kind, seed, number) for seed in range(options.seeds)]
            counts[kind].update(ends)
            print(f"{name:32s} {kind:8s} {', '.join(ends)}  {time.process_time() - start:.1f} s", flush=True)
    runs = len(chosen) * options.seeds
    lines = [
        f"{len(chosen)} pairs with more than one minimal set, {runs} runs of each kind:",
        "",
        "| what decides | " + " | ".join(ENDS) + " |",
        "|---|" + "---|" * len(ENDS),
        *(f"| {MADE[k]} | " + " | ".join(str(counts[k][end]) for end in ENDS) + " |" for k in PATHS),
    ]
    print("\n".join(lines))
    if options.o:
        text = options.o.read_text()
        new = "<!-- placebo -->\n\n" + "\n".join(lines) + "\n\n<!-- end -->"
        options.o.write_text(re.sub("<!-- placebo -->.*?<!-- end -->", lambda _: new, text, flags=re.S))


if __name__ == "__main__":
    main()
