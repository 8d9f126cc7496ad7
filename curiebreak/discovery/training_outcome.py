"""The learned side of ``find``: train, certify, enlarge; interrupted at any point it keeps what is done."""

from __future__ import annotations

from dataclasses import dataclass, replace

from curiebreak.arrays import FloatArray, summed
from curiebreak.clock import Clock, Progress
from curiebreak.discovery.alternatives import Alternatives
from curiebreak.discovery.carriers import missing_carriers
from curiebreak.discovery.certificates import certificate
from curiebreak.discovery.certified_fit import ENLARGEMENTS, networks
from curiebreak.discovery.projection import InputCell, ProjectedPart, labels_of
from curiebreak.learning.breaking import Carrier
from curiebreak.learning.learner import Learner
from curiebreak.learning.outcome import Fit, Recovery
from curiebreak.learning.training import ProcessorTime, TrainingTrace
from curiebreak.modes.analysis import Analysis
from curiebreak.results import Certificate


@dataclass(frozen=True, eq=False)
class TrainingOutcome:
    """All that training gave for one pair.

    Attributes
    ----------
    learner : Learner
    without_input : Fit
    recovery : Recovery
    parts : list of ProjectedPart
        Irreps of the recovered input, by projecting it.
    certificates : tuple of Certificate
        About the recovered set.
    others : tuple of Certificate
        About the other minimal sets.
    messages : tuple of str
    limits : tuple of str
        Of a training that did not converge, the options whose limits it met.
    complete : bool
        The recovery came to its end by itself; otherwise its input is a point on the way, no answer.
    """

    learner: Learner
    without_input: Fit
    recovery: Recovery
    parts: list[ProjectedPart]
    certificates: tuple[Certificate, ...] = ()
    others: tuple[Certificate, ...] = ()
    messages: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    complete: bool = True

    @property
    def labels(self) -> tuple[str, ...]:
        """Irreps of the recovered input."""
        return labels_of(self.parts)

    @property
    def interrupted(self) -> bool:
        """Stopped by the user."""
        return self.recovery.status == "interrupted"

    @property
    def shows_carriers(self) -> bool:
        """Whether all carriers were kept on purpose, so that they can be compared with what theory allows."""
        return self.learner.options.degenerate and not self.interrupted

    def stopped(self) -> TrainingOutcome:
        """The same, marked as stopped by the user."""
        return replace(self, recovery=replace(self.recovery, status="interrupted"))

    @property
    def converged(self) -> bool:
        """Training reached its goal and every certificate of the recovered set its floor."""
        return self.recovery.status == "converged" and all(c.verdict == "holds" for c in self.certificates)


@dataclass(frozen=True, eq=False)
class LearnedSide:
    """The learned side of one pair: train, certify, enlarge."""

    analysis: Analysis

    def learn(self, learner: Learner, progress: Progress, clock: Clock, alternatives: bool) -> TrainingOutcome:
        """Train and certify; enlarge the network when a loss stays above what symmetry allows and there is time.

        Parameters
        ----------
        learner : Learner
        progress : callable
            ``progress(phase, fraction, message)``.
        clock : Clock
        alternatives : bool
            Train the other minimal sets too.
        """
        allowance = ProcessorTime(learner.options.seconds)
        sizes = networks(learner, progress)
        learned = self._attempt(next(sizes), progress, clock)
        try:
            while not (allowance.spent or self._is_settled(learned)) or learned.recovery.outgrown:
                if (larger := next(sizes, None)) is None:
                    break
                learned = self._attempt(larger, progress, clock)
        except KeyboardInterrupt:
            learned = learned.stopped()
        if not learned.converged:
            met = {"seconds": allowance.spent, "max_steps": learned.learner.trainer.out_of_steps}
            learned = replace(learned, limits=tuple(name for name, is_met in met.items() if is_met))
        if alternatives and not learned.interrupted:
            learned = self._with_alternatives(learned, progress)
            clock.lap("certificates")
        return learned

    def _is_settled(self, learned: TrainingOutcome) -> bool:
        """Whether a larger network would not help."""
        if learned.converged or learned.interrupted:
            return True
        return bool(missing_carriers(self.analysis, learned.learner.carriers))

    def _attempt(self, learner: Learner, progress: Progress, clock: Clock) -> TrainingOutcome:
        without, recovery = _nothing(), _stopped(learner)
        parts: list[ProjectedPart] = []
        found: list[Certificate] = []
        complete = False
        try:
            without = learner.fit_without_input()
            recovery = learner.recover(progress, growing=learner.enlargements < ENLARGEMENTS)
            complete = recovery.status != "interrupted"
            clock.lap("training")
            parts = InputCell(self.analysis).project(recovery.inputs)
            if complete and not recovery.outgrown:
                self._certify(learner, without, recovery, parts, progress, found)
                clock.lap("certificates")
        except KeyboardInterrupt:
            recovery = replace(recovery, status="interrupted")
        return TrainingOutcome(learner, without, recovery, parts, tuple(found), complete=complete)

    def _certify(
        self,
        learner: Learner,
        without: Fit,
        recovery: Recovery,
        parts: list[ProjectedPart],
        progress: Progress,
        found: list[Certificate],
    ) -> None:
        """Append the certificates of the recovered set one by one."""
        tolerance = learner.options.tolerance
        everything = self.analysis.isotropy.stabiliser(())
        found.append(certificate(self.analysis, "curie", (), everything, without, tolerance))
        labels = labels_of(parts)
        if not labels:
            return
        mask = InputCell(self.analysis).stabiliser(parts)
        found.append(certificate(self.analysis, "sufficient", labels, mask, recovery, tolerance))
        for position, label in enumerate(labels):
            progress("certificates", position / len(labels), f"without {label}")
            rest = [p for p in parts if p.label != label]
            fit = learner.train(inputs=self._inputs_of(recovery, rest)) if rest else without
            names = tuple(n for n in labels if n != label)
            mask = InputCell(self.analysis).stabiliser(rest)
            found.append(certificate(self.analysis, "necessary", names, mask, fit, tolerance, without=label))

    def _inputs_of(self, recovery: Recovery, parts: list[ProjectedPart]) -> dict[Carrier, FloatArray]:
        """The recovered input restricted to some irreps."""
        wanted = {(p.carrier, p.label) for p in parts}
        return summed(
            (member.carrier, member.field)
            for member in recovery.members
            for part in InputCell(self.analysis).project({member.carrier: member.field})
            if (member.carrier, part.label) in wanted
        )

    def _with_alternatives(self, learned: TrainingOutcome, progress: Progress) -> TrainingOutcome:
        others = Alternatives(self.analysis, learned.learner)
        recovery = learned.recovery
        try:
            others.run(set(learned.labels), progress)
        except KeyboardInterrupt:
            recovery = replace(recovery, status="interrupted")
        return replace(learned, recovery=recovery, others=tuple(others.certificates), messages=tuple(others.messages))


def _nothing() -> Fit:
    """Stands for a training that did not come to its end."""
    return Fit(None, None, False, float("inf"), {}, (), 0, 0.0)


def _stopped(learner: Learner) -> Recovery:
    """Stands for a recovery that did not begin."""
    return Recovery("interrupted", None, None, (), {}, (), (), TrainingTrace(), learner.trainer.steps, 0.0)
