"""Steps with more than the command line offers: rules for the learnable input, a stated domain."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from curiebreak.clock import Progress
from curiebreak.discovery import find
from curiebreak.errors import InputError
from curiebreak.intermediates.between import Investigation, investigate
from curiebreak.intermediates.constrained import learn_under_rules
from curiebreak.intermediates.constraint import Constraint
from curiebreak.intermediates.rules import RuledInput, Rules, Tie, Zero
from curiebreak.learning.learner import Learner
from curiebreak.mapping.chosen_domain import map_in_domain
from curiebreak.modes.analysis import Analysis
from curiebreak.options.find_options import FindCommandOptions, FindOptions
from curiebreak.options.intermediate_options import IntermediateCommandOptions, IntermediateOptions
from curiebreak.parents.auto import given_or_found
from curiebreak.recipe.from_options import asked_of
from curiebreak.recipe.steps import FindRules, IntermediateRules
from curiebreak.recipe.values import InputRules, StepFile
from curiebreak.results import Finding
from curiebreak.structures import read_structure
from curiebreak.symmetry.parent import parent_crystal


def run_intermediate(step: IntermediateRules, progress: Progress | None = None) -> Investigation:
    """Run a step for an intermediate: by rules for the input, by a constraint, or just the list.

    Raises
    ------
    InputError, UsageError, NotCompatibleError
        As :func:`curiebreak.intermediates`.
    """
    asked = asked_of(step, IntermediateCommandOptions)
    domain = None if step.domain is None else step.domain.supercell_basis
    settings = IntermediateOptions(**asked.keywords(IntermediateOptions) | {"supercell_basis": domain})
    child = _file(asked.child)
    parent = given_or_found(_file(asked.parent), child, asked.parent_rank, progress)
    if step.input is not None:
        rules = {"input": step.input.model_dump(mode="json")}
        return learn_under_rules(parent, child, rules_of(step.input), settings, rules, progress)
    constraint = None if step.wanted is None else Constraint(**step.wanted)
    return investigate(parent, child, constraint, settings, progress)


def rules_of(part: InputRules) -> Rules:
    """Rules for the learnable input as the learning takes them."""
    return Rules(
        sites=part.sites,
        allowed=tuple((one.l, one.parity) for one in part.allowed),
        lmax=part.lmax,
        zero=tuple(Zero(z.site, z.l, z.parity, z.axis) for z in part.zero),
        tie=tuple(Tie(t.site, t.pattern) for t in part.tie),
        kpoints=part.k,
    )


def run_find(step: FindRules, progress: Progress | None = None) -> Finding:
    """Run a step for ``find``, in the stated domain and with the rules for the input.

    Raises
    ------
    InputError, UsageError, NotCompatibleError
        As :func:`curiebreak.find`; also for rules that name what does not exist, or that allow nothing.
    """
    given = asked_of(step, FindCommandOptions)
    child = _file(given.child)
    parent = given_or_found(_file(given.parent), child, given.parent_rank, progress)
    part = step.input or InputRules(sites=given.sites, lmax=given.lmax_input)
    rules = rules_of(part)
    mapped = None
    if step.domain is not None:
        high, low = parent_crystal(read_structure(parent), given.parent_symprec), read_structure(child)
        mapped = map_in_domain(high, low, step.domain.supercell_basis, given.symprec)

    def prepare(analysis: Analysis, learner: Learner) -> None:
        RuledInput(analysis).check_domain(rules, step.domain is not None)
        if rules.restricts or rules.allowed:
            learner.restrict(RuledInput(analysis).restricted(rules, learner.space))

    degrees = [one.l for one in part.allowed]
    chosen = {"sites": part.sites, "lmax_input": max(degrees) if degrees else part.lmax}
    how = given.keywords(FindOptions) | chosen
    found = find(parent, child, **how | {"mapped": mapped, "prepare": prepare, "progress": progress})
    rules_given = {"input": part.model_dump(mode="json")} if step.input is not None else {}
    return replace(found, options=found.options | rules_given)


def _file(path: Path | StepFile | str) -> Path | str:
    """A path, or `auto`; files of earlier steps have become paths before a step runs.

    Raises
    ------
    InputError
        If it has not.
    """
    if isinstance(path, StepFile):
        raise InputError(f"What the step `{path.step}` wrote is known when it has run.", "Run the whole recipe.")
    return path
