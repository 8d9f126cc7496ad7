"""Several seeds, one answer: the Curie path is followed from different random weights and the majority counts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch

from curiebreak.clock import Progress
from curiebreak.learning.outcome import Selection
from curiebreak.learning.path import CuriePath
from curiebreak.learning.training import Point, ProcessorTime, Trainer, TrainingTrace
from curiebreak.learning.walk import Budget, Walk

if TYPE_CHECKING:
    from curiebreak.learning.learner import Learner

#: Runs by default.
VOTES = 3
#: Work of one run (Jacobians times rows times weights) up to which the others count as cheap: about a second.
CHEAP = 1.5e7


@dataclass
class ElectionRun:
    """One run: its random weights, those trained without input, its path."""

    trainer: Trainer
    weights: torch.Tensor
    walk: Walk
    trace: TrainingTrace = field(default_factory=TrainingTrace)


class Election:
    """Runs of one learner.

    Parameters
    ----------
    learner : Learner
        Supplies engine, space and options; its weights are those of the first run where it has some.
    progress : Progress
    growing : bool
        A path ends where a larger network is wanted.
    """

    def __init__(self, learner: Learner, progress: Progress, growing: bool = False) -> None:
        self.learner, self.progress, self.growing = learner, progress, growing
        self.allowance = ProcessorTime(VOTES * learner.options.seconds)
        self.runs: list[ElectionRun] = []
        self.chosen = self._fresh(0)

    def _fresh(self, vote: int) -> ElectionRun:
        learner = self.learner
        known = learner.trainer
        allowance = ProcessorTime(learner.options.seconds)
        trainer = Trainer(
            known.engine,
            known.architecture,
            known.seed,
            known.tolerance,
            known.max_steps,
            known.device,
            vote,
            allowance,
            known.symmetric,
        )
        weights = learner.weights if vote == 0 and learner.weights is not None else trainer.fresh()
        return ElectionRun(trainer, weights, Walk(Point(weights, learner.zero())))

    def run(self) -> bool:
        """Follow the path as often as wanted and choose; whether the loss was reached."""
        options = self.learner.options
        wanted = VOTES if options.seeds is None else options.seeds
        for vote in range(wanted):
            one = self.chosen if vote == 0 else self._fresh(vote)
            self._follow(one, vote)
            self.runs.append(one)
            if self._enough(vote):
                break
        self._choose()
        return self.chosen.walk.complete

    def _enough(self, vote: int) -> bool:
        """Whether further runs would say nothing new, or cost too much."""
        walk, options = self.runs[-1].walk, self.learner.options
        if not walk.kept or not walk.complete:
            return vote == 0 or not walk.complete
        if options.seeds is not None:
            return self.allowance.spent
        return sum(self._work(run) for run in self.runs) > CHEAP * (vote + 1)

    def _work(self, run: ElectionRun) -> float:
        """Jacobians times their size."""
        trainer = run.trainer
        return float(trainer.steps * self.learner.objective.rows * trainer.architecture.n_weights)

    def _start(self, run: ElectionRun, vote: int) -> float:
        """Loss of weights that were trained without input."""
        self.progress("weights", 0.0, "without input")
        if vote or self.learner.weights is None:
            run.walk.point, _ = run.trainer.fit_surely(run.walk.point)
            run.weights = run.walk.point.weights
        self.progress("weights", 1.0, "without input")
        bare_loss = self.learner.total(run.walk.point)
        run.trace.add("weights", bare_loss)
        run.trace.snapshots.append(("start", run.walk.point.copy()))
        return bare_loss

    def _follow(self, run: ElectionRun, vote: int) -> None:
        learner, trainer, walk = self.learner, run.trainer, run.walk
        bare_loss = self._start(run, vote)
        if bare_loss <= trainer.tolerance or learner.space.size == 0:
            walk.complete = bare_loss <= trainer.tolerance
            return
        budget = Budget(allowance=trainer.allowance or ProcessorTime(learner.options.seconds))
        path = CuriePath(
            trainer,
            learner.space,
            learner.placement,
            learner.objective.n_atoms,
            walk,
            run.trace,
            self.progress,
            budget,
            (lambda: learner.larger().trainer) if self.growing else None,
        )
        path.follow(bare_loss)
        if path.waypoint is not None:
            run.trace.snapshots.append(("middle", path.waypoint.copy()))
        if not (walk.complete or walk.outgrown or path.budget.overdue):
            path.follow_kicked(walk.point if walk.kept else Point(run.weights, learner.zero()))
        if walk.complete:
            walk.point, outcome = trainer.fit(walk.point, walk.free)
            run.trace.extend("inputs", outcome, learner.placement.norms(walk.point.inputs))

    def _choose(self) -> None:
        """The first run with the set that most ended with; runs that did not reach the loss do not count."""
        ended = [run for run in self.runs if run.walk.complete] or self.runs
        counts = Counter(run.walk.components for run in ended)
        most = max(counts.values())
        self.chosen = next(run for run in ended if counts[run.walk.components] == most)

    @property
    def steps(self) -> int:
        """Jacobians taken by all runs."""
        return sum(run.trainer.steps for run in self.runs) or self.chosen.trainer.steps

    def selection(self) -> Selection:
        """What to say about the choice."""
        walk = self.chosen.walk
        ties = [(e.component, e.runner_up) for run in self.runs for e in run.walk.kept if e.near_tie]
        return Selection(
            tuple(run.walk.components for run in self.runs if run.walk.complete),
            tuple(e.component for e in walk.kept),
            tuple(walk.events),
            tuple(walk.passed),
            tuple(dict.fromkeys((a, b) for a, b in ties if b is not None)),
            walk.pruned,
        )
