"""``certify``: train with exactly the given inputs; sufficient, necessary, and what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from curiebreak.arrays import BoolArray
from curiebreak.clock import Clock, Progress, silent
from curiebreak.discovery.certificates import certificate, decided
from curiebreak.discovery.certified_fit import joint, networks
from curiebreak.discovery.exact_words import pair_blocks
from curiebreak.discovery.given import InputReader, StatedInput
from curiebreak.discovery.magnetic_pair import is_magnetic, refuse_unserved
from curiebreak.discovery.posing import learning_options, learning_problem, magnetic_problem, target_problem
from curiebreak.discovery.projection import InputCell, carrier_entry, labels_of
from curiebreak.discovery.target_fields import NOTHING_TO_EXPLAIN, ChildFields, on_parent
from curiebreak.discovery.target_losses import target_results
from curiebreak.errors import UsageError, refuse
from curiebreak.learning.learner import Learner
from curiebreak.learning.outcome import Fit, LearningOptions
from curiebreak.learning.problem import Problem
from curiebreak.learning.threads import threads_kept
from curiebreak.magnetic.grey_analysis import GreyAnalysis, grey_analysis
from curiebreak.magnetic.magnetic_modes import MagneticPair
from curiebreak.magnetic.target_analysis import TargetAnalysis
from curiebreak.modes.analysis import Analysis
from curiebreak.modes.pair import Pair
from curiebreak.options import taking
from curiebreak.options.certify_options import NONE, CertificationOptions
from curiebreak.results import Certificate, Certification, GivenInput, Status, TargetResult, Verdict, vector
from curiebreak.structures import read_structure
from curiebreak.symmetry.hitting_sets import different_rows, minimal_hitting_sets
from curiebreak.symmetry.images import unit_direction
from curiebreak.symmetry.isotropy import StabiliserTable
from curiebreak.symmetry.parent import parent_crystal
from curiebreak.symmetry.subgroup import symmetry_group
from curiebreak.versions import library_versions

_SHARED = ("parent", "child", "mapping", "minimal_sets", "isotropy_subgroup")


_UNTRAINED = Certificate(members=(), kind="curie", learned=None, floor=None, verdict="not_converged")


@dataclass(frozen=True, eq=False)
class _Trained:
    """Trained and exact numbers of one hypothesis; empty where training did not come so far."""

    curie: Certificate = _UNTRAINED
    sufficient: Certificate = _UNTRAINED
    necessary: tuple[Certificate, ...] = ()
    targets: tuple[TargetResult, ...] = ()

    @property
    def all(self) -> tuple[Certificate, ...]:
        return tuple(c for c in (self.curie, self.sufficient, *self.necessary) if c is not _UNTRAINED)

    @property
    def settled(self) -> bool:
        return all(c.verdict != "not_converged" for c in self.all)

    @property
    def enough(self) -> bool | None:
        """Whether all inputs together reach the child; None where training does not say."""
        return decided(self.sufficient.verdict)

    @property
    def verdicts(self) -> dict[str | None, Verdict]:
        """Verdict of each input: whether it is needed."""
        return {c.without: c.verdict for c in self.necessary}

    @property
    def losses(self) -> dict[str, Any]:
        """Losses without any input and with all of them, as the fields of a result."""
        return {
            "loss_without_input": self.curie.learned,
            "loss": self.sufficient.learned,
            "loss_strain": self.sufficient.learned_strain,
            "loss_magnetic": self.sufficient.learned_magnetic,
        }


@taking(CertificationOptions)
def certify(asked: CertificationOptions) -> Certification:
    """Test a hypothesis: whether these inputs turn the parent into the child, and whether each is needed.

    Returns
    -------
    Certification

    Raises
    ------
    InputError
        For inputs that cannot be read or do not fit the pair; files as in :func:`curiebreak.find`.
    NotCompatibleError
        When the pair does not map as group and subgroup.
    UsageError
        Without any input.

    Examples
    --------
    >>> import curiebreak
    >>> found = curiebreak.certify("structures/square.xyz", "structures/rectangle.xyz", ["B1g"])
    >>> found.sufficient, found.superfluous
    (True, ())
    """
    progress, clock = asked.progress or silent, Clock()
    inputs = (asked.inputs,) if isinstance(asked.inputs, str) else tuple(asked.inputs)
    if not inputs:
        raise UsageError("There is no input to certify.", "Give at least one, such as R4+ or 2e(2).")
    progress("mapping", 0.0, "reading")
    analysis = _analysed(asked, clock)
    given = InputReader(analysis).read(inputs)
    progress("mapping", 1.0, "done")
    clock.lap("symmetry")
    record = {"inputs": list(inputs)} | asked.record
    options = learning_options(
        asked, (g.carrier for g in given), max_steps=asked.max_steps, compression=asked.compression
    )
    if not analysis.isotropy.active:
        trained, status = _Trained(), Status.NOTHING_TO_BREAK
    else:
        with threads_kept():
            trained, interrupted = InputCertifier(analysis)._train(given, options, clock, progress)
        status = Status.INTERRUPTED if interrupted else Status.OK
    return InputCertifier(analysis)._document(given, trained, status, record, clock.laps, options)


def _analysed(asked: CertificationOptions, clock: Clock) -> Analysis:
    """The exact side of the pair."""
    if is_magnetic(asked.child):
        refuse_unserved(asked)
        return grey_analysis(MagneticPair(asked.parent, asked.child, asked, clock).analysis)
    if asked.child is None or str(asked.child) == NONE:
        refuse((not asked.target, *NOTHING_TO_EXPLAIN))
        parent = parent_crystal(read_structure(asked.parent), asked.parent_symprec)
        return on_parent(parent, asked.target, asked.target_tolerance)
    analysis = Pair.of(asked.parent, asked.child, asked, clock).analysis
    return ChildFields(analysis).analysis(asked.target, asked.target_tolerance)


@dataclass(frozen=True, eq=False)
class InputCertifier:
    """Training with exactly the given inputs of one pair, and what it shows."""

    analysis: Analysis

    def _mask(self, given: Sequence[StatedInput]) -> BoolArray:
        """Operations (g, s) that leave all these inputs alone."""
        return InputCell(self.analysis).stabiliser(
            InputReader(self.analysis).breaking_parts(joint(given)) if given else []
        )

    def _train(
        self,
        given: list[StatedInput],
        options: LearningOptions,
        clock: Clock,
        progress: Progress,
    ) -> tuple[_Trained, bool]:
        """Train with all inputs and without each; a larger network when a loss stays above its floor."""
        trained = _Trained()
        try:
            for learner in networks(Learner(self._problem(given), options), progress):
                trained = self._attempt(given, learner, clock, progress)
                if trained.settled:
                    break
        except KeyboardInterrupt:
            return trained, True
        progress("certificates", 1.0, "done")
        return trained, False

    def _problem(self, given: list[StatedInput]) -> Problem:
        """The pair with the operations of the child that the inputs leave alone."""
        analysis, mask = self.analysis, self._mask(given)
        if isinstance(analysis, GreyAnalysis):
            return magnetic_problem(analysis, mask & analysis.child_operations)
        if isinstance(analysis, TargetAnalysis):
            return target_problem(analysis, mask)
        group = analysis.group
        kept = mask[group.operations.operation, group.operations.translation]
        return learning_problem(replace(group, operations=group.operations.select(kept)))

    def _attempt(self, given: list[StatedInput], learner: Learner, clock: Clock, progress: Progress) -> _Trained:
        tolerance = learner.options.tolerance
        names = tuple(g.name for g in given)
        nothing = self.analysis.isotropy.stabiliser(())
        progress("weights", 0.0, "without input")
        without = learner.fit_without_input()
        clock.lap("training")
        progress("certificates", 0.0, "all inputs")
        fit = learner.train(inputs=joint(given))
        sufficient = certificate(self.analysis, "sufficient", names, self._mask(given), fit, tolerance)
        necessary = []
        for number, one in enumerate(given):
            progress("certificates", (number + 1) / (len(given) + 1), f"without {one.name}")
            rest = [g for g in given if g is not one]
            less: Fit = learner.train(inputs=joint(rest)) if rest else without
            members = tuple(g.name for g in rest)
            found = certificate(self.analysis, "necessary", members, self._mask(rest), less, tolerance, one.name)
            necessary.append(_compared(found, sufficient, tolerance))
        clock.lap("certificates")
        curie = certificate(self.analysis, "curie", (), nothing, without, tolerance)
        targets = target_results(without, fit, self.analysis, self._mask(given))
        return _Trained(curie, sufficient, tuple(necessary), targets)

    def missing_sets(self, kept: BoolArray) -> tuple[tuple[str, ...], ...]:
        """Smallest sets of irreps of the distortion that complete inputs which `kept` (g, s) leaves alone."""
        isotropy: StabiliserTable = self.analysis.isotropy
        outside = kept & ~isotropy.whole
        if not outside.any():
            return ()
        labels = isotropy.labels
        rows = different_rows([~isotropy.stabiliser([label])[outside] for label in labels])
        sets = [tuple(labels[i] for i in sorted(s)) for s in minimal_hitting_sets(rows)]
        return tuple(sorted(sets, key=lambda s: (len(s), -round(isotropy.share(s), 9), s)))

    def _document(
        self,
        given: list[StatedInput],
        trained: _Trained,
        status: Status,
        asked: dict[str, Any],
        seconds: dict[str, float],
        options: LearningOptions,
    ) -> Certification:
        blocks = pair_blocks(self.analysis)
        mask = self._mask(given)
        messages = [*blocks["messages"], *self._messages(given, mask)]
        if status is Status.OK and not trained.settled:
            status = Status.NOT_CONVERGED
        isotropy, verdicts = self.analysis.isotropy, trained.verdicts
        floor, floor_strain, floor_magnetic = floors = isotropy.floors(mask)
        return Certification(
            **{name: blocks[name] for name in _SHARED},
            status=status,
            messages=tuple(dict.fromkeys(messages)),
            versions=library_versions("torch", "e3nn"),
            seconds=seconds,
            options=asked,
            given=tuple(self._entry(one, verdicts.get(one.name)) for one in given),
            sufficient=trained.enough,
            missing=() if all((low or 0.0) <= 1e-6 for low in floors) else self.missing_sets(mask),
            superfluous=tuple(name for name, verdict in verdicts.items() if verdict == "fails" and name is not None),
            **trained.losses,
            floor_without_input=isotropy.floor(isotropy.stabiliser(())),
            floor=floor,
            floor_strain=floor_strain,
            floor_magnetic=floor_magnetic,
            input_symmetry=symmetry_group(self.analysis.subgroup(mask).described()),
            certificates=trained.all,
            targets=trained.targets,
            seed=options.seed,
            device=options.device,
        )

    def _messages(self, given: list[StatedInput], mask: BoolArray) -> list[str]:
        found = [
            f"{one.name} keeps every operation of the parent: it breaks nothing." for one in given if not one.parts
        ]
        if bool((self.analysis.child_operations & ~mask).any()):
            found.append("The inputs also break operations that the child keeps: they say more than is needed.")
        return found

    def _entry(self, one: StatedInput, verdict: Verdict | None) -> GivenInput:
        labels = labels_of(one.parts)
        held = {m.label for m in self.analysis.modes}
        text, components, kpoint = None, np.zeros(0), None
        if len(one.parts) == 1:
            irrep, kpoint = one.parts[0].irrep, one.parts[0].irrep.kpoint
            text, components = unit_direction(self.analysis.parent, irrep, one.parts[0].order_parameters)
        return GivenInput(
            name=one.name,
            text=one.text,
            irreps=labels,
            kpoint=kpoint,
            direction=text,
            components=vector(components),
            active=bool(labels) and set(labels) <= held,
            carrier=carrier_entry(one.carrier, one.shown),
            isotropy_subgroup=self.analysis.subgroup(InputCell(self.analysis).stabiliser(one.parts)).described(),
            necessary=decided(verdict),
        )


def _compared(found: Certificate, whole: Certificate, tolerance: float) -> Certificate:
    """An input is needed when floor and loss without it lie above those with all inputs."""
    if "not_converged" in (found.verdict, whole.verdict):
        return replace(found, verdict="not_converged")
    margin = max(tolerance, 1e-6)
    needed = any(
        low > all_low + 0.1 * margin and learned > all_learned + 0.5 * (low - all_low)
        for (learned, low), (all_learned, all_low) in zip(found.known, whole.known, strict=True)
    )
    return replace(found, verdict="holds" if needed else "fails")
