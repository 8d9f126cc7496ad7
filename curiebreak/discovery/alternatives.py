"""The other minimal sets, each trained: sufficient, and each of its members necessary."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from curiebreak.arrays import BoolArray, FloatArray, distinct, minimal_sets, summed
from curiebreak.clock import Progress
from curiebreak.discovery.certificates import Kind, certificate
from curiebreak.discovery.certified_fit import networks
from curiebreak.discovery.projection import InputCell
from curiebreak.discovery.selection import Names
from curiebreak.discovery.synthesis import generic_field
from curiebreak.learning.breaking import Carrier
from curiebreak.learning.learner import Learner
from curiebreak.learning.outcome import Fit
from curiebreak.modes.analysis import Analysis
from curiebreak.results import Certificate
from curiebreak.symmetry.hitting_sets import different_rows
from curiebreak.symmetry.isotropy import MinimalSet

LARGEST_NUMBER = 24
"""Most sets that are trained."""

Inputs = dict[Carrier, FloatArray]


@dataclass
class Alternatives:
    """Trains sets of irreps from inputs on every allowed carrier at once.

    The exact side names the sets; what is given to the network are the learner's own components, which
    are called by projecting them. Values are generic within what the child's group keeps.

    Parameters
    ----------
    analysis : Analysis
    learner : Learner
        After training without input; it is not changed but for its counters.

    Attributes
    ----------
    certificates : list of Certificate
        Filled set by set, so that an interrupted run keeps what is done.
    messages : list of str
    """

    analysis: Analysis
    learner: Learner
    certificates: list[Certificate] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    _fits: dict[tuple[frozenset[str], int], tuple[Fit, BoolArray]] = field(default_factory=dict)
    _larger: list[Learner] = field(default_factory=list)
    _sizes: Iterator[Learner] = field(default=iter(()))
    _labels: dict[int, frozenset[str]] = field(default_factory=dict)

    def run(self, known: set[str], progress: Progress) -> None:
        """Train every minimal set but `known`, and the largest sets that are not enough.

        Parameters
        ----------
        known : set of str
            Labels of the learned set.
        progress : callable
            ``progress(phase, fraction, message)``.
        """
        self._labels = component_labels(self.analysis, self.learner)
        self._sizes = islice(networks(self.learner), 1, None)
        sets = [s for s in self.analysis.minimal_sets if set(s.labels) != known]
        if len(sets) > LARGEST_NUMBER:
            self.messages.append(f"Of {len(sets)} alternatives the first {LARGEST_NUMBER} were trained.")
        for number, candidate in enumerate(sets[:LARGEST_NUMBER]):
            progress("certificates", number / len(sets), " + ".join(candidate.labels))
            self._one(candidate)
        for number, (members, without) in enumerate(insufficient_sets(self.analysis)[:LARGEST_NUMBER]):
            progress("certificates", number / LARGEST_NUMBER, " + ".join(members) + " alone")
            self._alone(members, without)

    @property
    def _held(self) -> set[str]:
        """Irreps of all components."""
        return set[str]().union(*self._labels.values())

    def _alone(self, members: tuple[str, ...], without: str) -> None:
        """Train with a largest set that is not enough."""
        done = {frozenset(c.members) for c in self.certificates}
        if set(members) <= self._held and frozenset(members) not in done:
            self.certificates.append(self._certificate("necessary", members, without))

    def _one(self, candidate: MinimalSet) -> None:
        labels = candidate.labels
        absent = [label for label in labels if label not in self._held]
        if absent:
            self.messages.append(
                f"The alternative {' + '.join(labels)} was not trained: {', '.join(absent)} has no carrier "
                "among the allowed sites and l."
            )
            return
        self.certificates.append(self._certificate("sufficient", labels, None))
        for label in labels if len(labels) > 1 else ():
            rest = tuple(name for name in labels if name != label)
            self.certificates.append(self._certificate("necessary", rest, label))

    def _certificate(self, kind: Kind, members: tuple[str, ...], without: str | None) -> Certificate:
        """Train with a set, in a larger network where the loss stays above its floor."""
        tolerance = self.learner.options.tolerance
        for network in self._networks():
            fit, mask = self._fit(members, network)
            found = certificate(self.analysis, kind, members, mask, fit, tolerance, without)
            if found.verdict != "not_converged":
                return found
        self.messages.append(f"Training with {' + '.join(members)} stayed above its floor.")
        return found

    def _fit(self, members: tuple[str, ...], network: Learner) -> tuple[Fit, BoolArray]:
        key = (frozenset(members), network.enlargements)
        if key not in self._fits:
            inputs = inputs_for(self.learner, self._labels, members)
            mask = InputCell(self.analysis).stabiliser(InputCell(self.analysis).project(inputs))
            self._fits[key] = network.train(inputs=inputs), mask
        return self._fits[key]

    def _networks(self) -> Iterator[Learner]:
        """The learner itself, then larger ones with weights trained without input, each made once."""
        yield self.learner
        yield from self._larger
        for larger in self._sizes:
            larger.fit_without_input()
            self._larger.append(larger)
            yield larger


def insufficient_sets(analysis: Analysis) -> list[tuple[tuple[str, ...], str]]:
    """The largest sets of irreps that do not reach the child, each with one that completes it.

    Each irrep that is added to such a set makes it sufficient; the one with the largest share is named.
    """
    isotropy = analysis.isotropy
    outside, labels = isotropy.remaining & ~isotropy.whole, isotropy.breaking
    if not labels:
        return []
    # irreps that break an operation complete those that keep it, of which there are most where these are fewest
    completing = minimal_sets(different_rows([~isotropy.stabiliser([label])[outside] for label in labels]))
    found = []
    for rest in completing:
        members = tuple(label for i, label in enumerate(labels) if i not in rest)
        if members:
            found.append((members, max((labels[i] for i in sorted(rest)), key=lambda label: isotropy.share([label]))))
    return sorted(found, key=lambda pair: (-round(isotropy.share(pair[0]), 9), pair[0]))


def component_labels(analysis: Analysis, learner: Learner) -> dict[int, frozenset[str]]:
    """Irreps of each of the learner's components, by projecting one of its fields."""
    names = Names(analysis, learner)
    return {component: frozenset(names.labels(component)) for component in distinct(learner.space.component).tolist()}


def inputs_for(learner: Learner, labels: dict[int, frozenset[str]], members: tuple[str, ...]) -> Inputs:
    """Generic inputs along every component that holds nothing but `members`, on all its carriers."""
    chosen = [component for component, names in labels.items() if names and names <= set(members)]
    return summed(
        (carrier, generic_field(component, carrier, basis))
        for component in chosen
        for carrier, basis in learner.fields(component).items()
    )
