"""What training did to select the set, with the irreps named by projecting what the learner calls components."""

from __future__ import annotations

from collections.abc import Iterable

from curiebreak.arrays import minimal_sets
from curiebreak.discovery.projection import InputCell, labels_of
from curiebreak.discovery.synthesis import generic_field
from curiebreak.learning.learner import Learner
from curiebreak.learning.outcome import Recovery
from curiebreak.learning.walk import Event
from curiebreak.modes.analysis import Analysis
from curiebreak.results import PathEvent, SelectionResult

OBJECTIVE = (
    "|f(z) - y|^2/|y|^2 + 2 lambda sum_b gain_b |z_b|, lambda falling from infinity; gain_b is what the network at "
    "hand makes of a unit of block b"
)


class Names:
    """Irreps of the learner's components, each named once.

    Parameters
    ----------
    analysis : Analysis
    learner : Learner
    """

    def __init__(self, analysis: Analysis, learner: Learner) -> None:
        self.analysis, self.learner = analysis, learner
        self._known: dict[int, tuple[str, ...]] = {}

    def labels(self, component: int) -> tuple[str, ...]:
        """Irreps of a component, by projecting one of its fields."""
        if component not in self._known:
            carrier, basis = next(iter(self.learner.fields(component).items()))
            parts = InputCell(self.analysis).project({carrier: generic_field(component, carrier, basis)})
            self._known[component] = labels_of(parts)
        return self._known[component]

    def __call__(self, component: int) -> str:
        """Label of a component; several joined by a plus where its fields hold several irreps."""
        return "+".join(self.labels(component))

    def all(self, components: Iterable[int]) -> tuple[str, ...]:
        """Labels of several components, in their order."""
        return tuple(dict.fromkeys(self(c) for c in components))


def selection(learner: Learner, recovery: Recovery, names: Names) -> SelectionResult:
    """How the set of a recovery was selected."""
    found = recovery.selection
    votes = tuple(tuple(sorted(names.all(vote))) for vote in found.votes)
    chosen = frozenset(names.all(found.members))
    accepted = (names.all(trial.kept) for trial in recovery.trials if trial.accepted)
    reached = dict.fromkeys(map(frozenset, (*votes, *accepted)))
    steps = {id(event): step for step, event in recovery.trace.marks}
    return SelectionResult(
        objective=OBJECTIVE,
        survived=names.all(found.members),
        probability=found.probability,
        minimal_sets_competing=tuple(tuple(sorted(s)) for s in minimal_sets(reached) if s and s != chosen),
        votes=votes,
        near_ties=tuple((names(a), names(b)) for a, b in found.near_ties),
        pruned=found.pruned,
        events=tuple(_event(learner, event, names, steps.get(id(event))) for event in found.events),
    )


def _event(learner: Learner, event: Event, names: Names, step: int | None) -> PathEvent:
    """One event of the path, at a step of the training if it is marked there."""
    space = learner.space
    return PathEvent(
        irrep=names(event.component),
        carrier=space.carriers[int(space.carrier[event.coordinates[0]])].name,
        strength=event.strength,
        runner_up=None if event.runner_up is None else names(event.runner_up),
        runner_up_strength=event.runner_up_strength,
        loss=event.loss,
        fate=event.fate,
        step=step,
    )


def set_text(labels: Iterable[str]) -> str:
    """``M3+ ⊕ R4+``."""
    return " ⊕ ".join(labels)


def selection_messages(found: SelectionResult) -> list[str]:
    """Sentences about sets that compete with the one chosen."""
    messages = []
    if len(set(found.votes)) > 1:
        counts = {vote: found.votes.count(vote) for vote in dict.fromkeys(found.votes)}
        told = ", ".join(f"{count} with {set_text(vote)}" for vote, count in counts.items())
        messages.append(f"{len(found.votes)} trainings from different random weights do not agree: {told}.")
    if found.pruned:
        messages.append(
            "What may be spent on choosing between sets (--seconds, 20 trainings, 3 sets passed over) was spent: "
            "the first set that reached the child is shown, without what it could do without."
        )
    for first, second in found.near_ties:
        messages.append(f"{second} was within 2 % of {first} when {first} left zero.")
    return messages
