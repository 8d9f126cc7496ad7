"""Learning an input under rules: which intermediate the restricted input makes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from curiebreak.arrays import BoolArray
from curiebreak.clock import Clock, Progress, silent
from curiebreak.discovery.certified_fit import CertifiedFit, certified_fit, networks
from curiebreak.discovery.given import InputReader
from curiebreak.discovery.posing import learning_options, learning_problem
from curiebreak.discovery.projection import InputCell, ProjectedPart, carrier_entry, labels_of
from curiebreak.errors import InputError
from curiebreak.intermediates.average import StructureMaker
from curiebreak.intermediates.between import (
    IntermediateModel,
    Investigation,
    analysed,
    listed,
    stated,
)
from curiebreak.intermediates.driven_inputs import input_entry
from curiebreak.intermediates.rules import RuledInput, Rules, carriers_of
from curiebreak.intermediates.states import States
from curiebreak.intermediates.survey import Survey
from curiebreak.learning.learner import Learner
from curiebreak.learning.problem import Problem
from curiebreak.modes.analysis import Analysis
from curiebreak.options.intermediate_options import IntermediateOptions
from curiebreak.results import Status


@dataclass(frozen=True, eq=False)
class ConstrainedOutcome:
    """What learning under rules gave.

    Attributes
    ----------
    parts : list of ProjectedPart
        Irreps of the learned input, by projecting it.
    mask : ndarray (g, s)
        Stabiliser of the learned input.
    trained : CertifiedFit
        The network retrained on the whole distortion with this input.
    converged : bool
    """

    parts: list[ProjectedPart]
    mask: BoolArray
    trained: CertifiedFit
    converged: bool


def learn_under_rules(
    parent: Any,
    child: Any,
    rules: Rules,
    settings: IntermediateOptions | None = None,
    asked: dict[str, Any] | None = None,
    progress: Progress | None = None,
) -> Investigation:
    """Learn the input that the rules leave, and make the intermediate that it allows.

    Parameters
    ----------
    parent, child : path, pymatgen Structure, ASE Atoms or Structure
    rules : Rules
    settings : IntermediateOptions, optional
        The domain among them.
    asked : dict, optional
        The rules as they were written, for the record.
    progress : callable, optional

    Returns
    -------
    Investigation

    Raises
    ------
    InputError
        For rules that name what does not exist, that allow everything, or nothing.
    UsageError
        For an axis that depends on the domain when none is stated.
    NotCompatibleError
        When the pair does not map, or no equivalent domain has the stated basis.
    """
    progress, clock, wanted = progress or silent, Clock(), settings or IntermediateOptions()
    analysis = analysed(parent, child, wanted, clock, progress)
    RuledInput(analysis).check_domain(rules, wanted.supercell_basis is not None)
    survey = Survey(analysis, wanted.strain, wanted.all_subgroups)
    clock.lap("symmetry")
    learned = _learn(survey, rules, wanted, progress)
    entry = _entry(survey, learned.mask)
    made = survey.made(survey.masks[entry])
    model = IntermediateModel(entry, made, StructureMaker(made).structure(), [], learned.trained)
    clock.lap("training")
    document = listed(survey, clock.laps, wanted, {entry: learned.trained})
    inputs = (
        input_entry(analysis.parent, p.label, p.irrep, p.order_parameters, carrier_entry(p.carrier, p.first_components))
        for p in learned.parts
    )
    chosen = stated(document, model, inputs)
    chosen = replace(chosen, reached=chosen.reached and learned.converged)
    status = document.status if chosen.reached else Status.NOT_CONVERGED
    document = replace(document, status=status, constraint=asked or {}, chosen=chosen)
    return Investigation(document, survey, model)


def _entry(survey: Survey, mask: BoolArray) -> int:
    """The smallest listed group that keeps all that the input leaves alone."""
    holding = [i for i, known in enumerate(survey.masks) if not (mask & ~known).any()]
    return min(holding, key=lambda i: int(survey.masks[i].sum()))


def _learn(survey: Survey, rules: Rules, how: IntermediateOptions, progress: Progress) -> ConstrainedOutcome:
    analysis = survey.analysis
    problem = learning_problem(analysis.group)
    options = learning_options(how, carriers_of(analysis.parent, rules), max_steps=how.max_steps)
    free = Learner(problem, options).space
    space = RuledInput(analysis).restricted(rules, free)
    limit = RuledInput(analysis).generic_stabiliser(space)
    _check_limit(survey, limit)
    first = Learner(_reachable(analysis, problem, limit), options)
    first.restrict(space)
    for learner in networks(first):
        recovery = learner.recover(progress)
        if recovery.status == "interrupted":
            raise KeyboardInterrupt
        if recovery.status == "converged":
            break
    parts = InputReader(analysis).breaking_parts(recovery.inputs)
    mask = InputCell(analysis).stabiliser(parts)
    whole = Learner(problem, options)
    whole.restrict(space)
    trained = certified_fit(analysis, networks(whole), labels_of(parts), recovery.inputs, mask)
    return ConstrainedOutcome(parts, mask, trained, recovery.status == "converged")


def _check_limit(survey: Survey, limit: BoolArray) -> None:
    if limit.all():
        raise InputError("The rules allow nothing: the input they leave breaks no symmetry.", "Relax zero, tie or k.")
    if not (limit & ~survey.child).any():
        raise InputError(
            "The rules allow everything: the input they leave makes the whole child.",
            "Add zero, tie or k; `find` learns the whole child.",
        )


def _reachable(analysis: Analysis, problem: Problem, limit: BoolArray) -> Problem:
    """The same problem with the part of the target that an input of this symmetry can reach."""
    state = States(analysis).averaged(States(analysis).child(), limit)
    target = problem.target
    strain = problem.target_strain
    if target is not None:
        target = state.displacements if np.linalg.norm(state.displacements) > 1e-7 else None
    if strain is not None:
        strain = state.strain if np.linalg.norm(state.strain) > 1e-7 else None
    return replace(problem, target=target, target_strain=strain)
