"""One run of ``find``, step by step; stopped at any step it still says what is known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from curiebreak.clock import Clock, Progress
from curiebreak.discovery.answer import FindAnswer
from curiebreak.discovery.blind_answer import blind, blind_messages
from curiebreak.discovery.crosscheck import spglib_reasons
from curiebreak.discovery.domain_children import TurnedChildren
from curiebreak.discovery.drawn_fields import moments_of, structures
from curiebreak.discovery.exact_words import pair_blocks
from curiebreak.discovery.known import FieldReader, Remainder
from curiebreak.discovery.magnetic_pair import is_magnetic, refuse_unserved
from curiebreak.discovery.posing import (
    allowed_carriers,
    learning_options,
    learning_problem,
    magnetic_problem,
    parse_sites,
    target_problem,
)
from curiebreak.discovery.signal_answer import ChildSignals, signal_messages
from curiebreak.discovery.target_fields import NOTHING_TO_EXPLAIN, ChildFields, on_parent, refuse_beside_targets
from curiebreak.discovery.training_outcome import LearnedSide, TrainingOutcome
from curiebreak.discovery.without_input import signals_without_input
from curiebreak.errors import refuse
from curiebreak.learning.learner import Learner
from curiebreak.learning.outcome import LearningOptions
from curiebreak.learning.problem import Problem
from curiebreak.learning.supercell import explicit_supercell
from curiebreak.magnetic.grey_analysis import GreyAnalysis, grey_analysis
from curiebreak.magnetic.magnetic_modes import MagneticPair
from curiebreak.magnetic.target_analysis import TargetAnalysis
from curiebreak.mapping.distortion import Distortion
from curiebreak.modes.analysis import Analysis
from curiebreak.modes.mode_fields import IrrepFieldTable
from curiebreak.modes.pair import Pair
from curiebreak.options.find_options import FindOptions
from curiebreak.results import Blind, CrossCheck, Finding, PredictedDomain, Signals, Status, matrix
from curiebreak.results.unmapped import unmapped_finding
from curiebreak.structures import read_structure
from curiebreak.symmetry.parent import ParentCrystal, parent_crystal
from curiebreak.symmetry.subgroup import symmetry_group
from curiebreak.versions import library_versions


def identical_finding(
    analysis: Analysis, seed: int, device: str, options: dict[str, Any], seconds: dict[str, float]
) -> Finding:
    """``nothing_to_break`` with every loss ``None``: there is no target to be relative to."""
    blocks = pair_blocks(analysis)
    reasons = spglib_reasons(analysis, blocks)
    reasons += ["nothing was learned, but the distortion has minimal sets"] if analysis.minimal_sets else []
    return Finding(
        **blocks,
        versions=library_versions(),
        seconds=seconds,
        options=options,
        input_symmetry=symmetry_group(blocks["isotropy_subgroup"]),
        compression_check=0.0,
        crosscheck=CrossCheck(
            spglib_child=blocks["child"].space_group,
            exact_primary=analysis.primary,
            agrees=not reasons,
            reason="; ".join(reasons) or None,
        ),
        seed=seed,
        device=device,
        structures=structures(analysis),
        displacements=matrix(analysis.group.field.displacements),
        moments=moments_of(analysis),
        mode_fields=IrrepFieldTable(analysis).fields(),
    )


def interrupted_finding(
    analysis: Analysis, seed: int, device: str, options: dict[str, Any], seconds: dict[str, float]
) -> Finding:
    """What is known exactly when a run is stopped before the network exists."""
    known = identical_finding(analysis, seed, device, options, seconds)
    return replace(
        known,
        status=Status.INTERRUPTED,
        primary=(),
        alternatives=known.minimal_sets,
        compression_check=None,
        crosscheck=None,
        input_symmetry=None,
    )


RAW_TOLERANCE = 1e-6
"""Å; with a raw target nothing is averaged away."""

MAX_STEPS = 120
"""Optimiser steps per fit, at most."""


@dataclass(frozen=True)
class _Extras:
    """What is asked for beside the answer."""

    signals: Signals | None = None
    domains: tuple[PredictedDomain, ...] = ()
    messages: tuple[str, ...] = ()
    blind: Blind | None = None


@dataclass
class FindRun:
    """State of a run.

    Attributes
    ----------
    wanted : FindOptions
    progress : callable
        ``progress(phase, fraction, message)``.
    mapped : Distortion, Analysis or None
        The map, or the analysis of it, where it is known.
    prepare : callable or None
        Called with the analysis and the learner before training.
    """

    wanted: FindOptions
    progress: Progress
    mapped: Distortion | Analysis | None = None
    prepare: Callable[[Analysis, Learner], None] | None = None
    clock: Clock = field(default_factory=Clock)
    analysis: Analysis | None = None
    known: Remainder | None = None
    learned: TrainingOutcome | None = None

    def finding(self, parent: Any, child: Any) -> Finding:
        """Everything from the two files to the answer."""
        crystal, analysis = self._analysed(parent, child)
        sites = parse_sites(crystal, self.wanted.sites)
        problem = self._problem(analysis)
        analysis = self.analysis or analysis
        if not problem.has_target:
            return self._with_given(
                identical_finding(analysis, self.wanted.seed, self.wanted.device, self.wanted.record, self.clock.laps)
            )
        learner = Learner(problem, _learner_options(self.wanted, problem, sites))
        if self.prepare is not None:
            self.prepare(analysis, learner)
        self.learned = LearnedSide(analysis).learn(learner, self.progress, self.clock, self.wanted.alternatives)
        answer = self._answer(self.learned, analysis, self._extras(self.learned, analysis))
        self.progress("certificates", 1.0, "done")
        return answer

    def stopped(self, parent: Any, child: Any) -> Finding:
        """What is known when the run is interrupted."""
        seed, laps = self.wanted.seed, self.clock.laps
        if self.analysis is None:
            return unmapped_finding(parent, child, seed, self.wanted.device, self.wanted.record, laps)
        if self.learned is None:
            known = interrupted_finding(self.analysis, seed, self.wanted.device, self.wanted.record, laps)
            return self._with_given(known)
        return self._answer(self.learned.stopped(), self.analysis, _Extras())

    def _analysed(self, parent: Any, child: Any) -> tuple[ParentCrystal, Analysis]:
        wanted = self.wanted
        self.progress("mapping", 0.0, "reading")
        if wanted.target:
            refuse_beside_targets(wanted)
        if is_magnetic(child) or isinstance(self.mapped, GreyAnalysis):
            return self._magnetic(parent, child)
        if child is None:
            return self._on_parent(parent_crystal(read_structure(parent), wanted.parent_symprec))
        pair = Pair.of(parent, child, wanted, self.clock, self.mapped)
        parse_sites(pair.parent, wanted.sites)
        self.analysis = pair.analysed(symprec=RAW_TOLERANCE) if wanted.raw_target else pair.analysis
        self.analysis = ChildFields(self.analysis).analysis(wanted.target, wanted.target_tolerance)
        self.progress("mapping", 1.0, "done")
        self.clock.lap("symmetry")
        return pair.parent, self.analysis

    def _on_parent(self, parent: ParentCrystal) -> tuple[ParentCrystal, Analysis]:
        """The same without a child: fields on the undistorted parent."""
        refuse((not self.wanted.target, *NOTHING_TO_EXPLAIN))
        parse_sites(parent, self.wanted.sites)
        self.clock.lap("read")
        self.analysis = on_parent(parent, self.wanted.target, self.wanted.target_tolerance)
        self.progress("mapping", 1.0, "done")
        self.clock.lap("symmetry")
        return parent, self.analysis

    def _magnetic(self, parent: Any, child: Any) -> tuple[ParentCrystal, Analysis]:
        """The same of a magnetic structure: moments are a target beside displacements, occupancies and strain."""
        known = self.mapped if isinstance(self.mapped, GreyAnalysis) else None
        refuse_unserved(replace(self.wanted, mapped=None) if known else self.wanted)
        self.analysis = known or grey_analysis(MagneticPair(parent, child, self.wanted, self.clock).analysis)
        parse_sites(self.analysis.parent, self.wanted.sites)
        self.progress("mapping", 1.0, "done")
        self.clock.lap("symmetry")
        return self.analysis.parent, self.analysis

    def _problem(self, analysis: Analysis) -> Problem:
        """What the learned side is given; with known fields the analysis becomes that of what they leave."""
        if isinstance(analysis, GreyAnalysis):
            return magnetic_problem(analysis)
        if isinstance(analysis, TargetAnalysis):
            self.clock.lap("symmetry")
            return target_problem(analysis)
        problem = learning_problem(analysis.group)
        if self.wanted.given:
            reader = FieldReader(analysis)
            known = reader.remainder(reader.read([str(one) for one in self.wanted.given]), learning_problem)
            problem = known.problem(problem, learning_problem(FieldReader(known.analysis).selected()))
            self.known, self.analysis = known, known.analysis
        if self.wanted.keep_cell:
            copies = _copies(analysis)
            if abs(round(float(np.linalg.det(copies)))) > 1:
                problem = explicit_supercell(problem, copies)
        self.clock.lap("symmetry")
        return problem

    def _answer(self, learned: TrainingOutcome, analysis: Analysis, extras: _Extras) -> Finding:
        """The result of one run with everything that was asked for."""
        given = () if self.known is None else self.known.labels
        answer = FindAnswer(analysis).finding(learned, options=self.wanted.record, seconds=self.clock.laps, given=given)
        messages = (*answer.messages, *learned.messages, *extras.messages)
        return self._with_given(
            replace(
                answer,
                certificates=(*answer.certificates, *learned.others),
                messages=tuple(dict.fromkeys(messages)),
                signals=extras.signals,
                domains=extras.domains,
                blind=extras.blind,
            )
        )

    def _with_given(self, answer: Finding) -> Finding:
        known = self.known
        if known is None:
            return answer
        return replace(
            answer,
            given=known.known,
            remaining_group=known.analysis.subgroup(known.analysis.isotropy.remaining).described(),
            messages=tuple(dict.fromkeys((*answer.messages, *known.messages))),
        )

    def _extras(self, learned: TrainingOutcome, analysis: Analysis) -> _Extras:
        """Signals and domains; none of them from an interrupted run, and no domains without an answer."""
        found, wanted = _Extras(), self.wanted
        asked = (
            (wanted.signals and learned.learner.problem.has_displacement, "signals", "without input", self._signals),
            (wanted.blind, "blind", "all atoms", self._blind),
            (wanted.domains or wanted.domain_files is not None, "domains", "turning", self._domains),
        )
        for wished, name, message, add in asked if not learned.interrupted else ():
            if wished:
                with self._phase(name, message):
                    found = add(learned, analysis, found)
        return found

    @contextmanager
    def _phase(self, name: str, message: str) -> Iterator[None]:
        """One phase of the work, with its progress and its lap."""
        self.progress(name, 0.0, message)
        yield
        self.clock.lap(name)
        self.progress(name, 1.0, "done")

    def _signals(self, learned: TrainingOutcome, analysis: Analysis, found: _Extras) -> _Extras:
        shown = ChildSignals(analysis).degenerate(self.wanted.signal_lmax, learned.learner.options.seed)
        if self.wanted.signals_untold and learned.recovery.inputs:
            inputs, seed = learned.recovery.inputs, self.wanted.seed
            untold = signals_without_input(analysis, learned.learner.problem, inputs, shown.lmax, seed)
            shown = replace(shown, untold=untold)
        return replace(found, signals=shown, messages=tuple(signal_messages(shown)))

    def _blind(self, learned: TrainingOutcome, analysis: Analysis, found: _Extras) -> _Extras:
        learner = learned.learner
        answer = blind(analysis, learner.problem, learner.options, self.progress)
        same_cell = learner.problem.n_atoms == len(analysis.distortion)
        operations = len(learner.problem.child_rotations) if same_cell else None
        notes = blind_messages(answer, learned.labels, operations)
        return replace(found, blind=answer, messages=(*found.messages, *notes))

    def _domains(self, learned: TrainingOutcome, analysis: Analysis, found: _Extras) -> _Extras:
        inputs = learned.recovery.inputs
        if learned.recovery.status != "converged":
            notes = (*found.messages, "No equivalent children are given: the training did not reach the child.")
            return replace(found, messages=notes)
        folder = None if self.wanted.domain_files is None else Path(str(self.wanted.domain_files))
        return replace(found, domains=TurnedChildren(analysis).given(learned.learner, inputs, folder))


def _learner_options(wanted: FindOptions, problem: Problem, sites: tuple[str, ...] | None) -> LearningOptions:
    """What the learned side is told."""
    return learning_options(
        wanted,
        allowed_carriers(problem, sites, wanted.lmax_input),
        lmax_input=wanted.lmax_input,
        blocks=wanted.blocks,
        max_steps=wanted.max_steps or MAX_STEPS,
        compression=wanted.compression,
        degenerate=wanted.degenerate,
        seeds=wanted.seeds,
        seconds=wanted.seconds,
        own_group=True,
    )


def _copies(analysis: Analysis) -> Any:
    """The cell of the child's file in axes of the cell that the analysis works on: (3, 3) of int."""
    distortion, parent = analysis.distortion, analysis.parent
    if parent.lattice is None:
        return np.eye(3, dtype=np.int64)
    own = distortion.supercell_basis @ parent.file_cell
    return np.round(own @ np.linalg.inv(analysis.group.field.cell)).astype(np.int64)
