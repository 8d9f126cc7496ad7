"""Steps with more than the command line offers: rules for the learnable input, a stated domain."""

from __future__ import annotations

from dataclasses import replace
from inspect import signature
from pathlib import Path
from typing import Any

from curiebreak.discovery import find
from curiebreak.discovery.clock import Progress
from curiebreak.errors import InputError
from curiebreak.intermediates.between import IntermediateOptions, Investigation, investigate
from curiebreak.intermediates.certified_fit import ConstrainedTraining
from curiebreak.intermediates.constrained import learn_under_rules
from curiebreak.intermediates.constraint import Constraint
from curiebreak.intermediates.rules import Rules, Tie, Zero, check_domain, restricted
from curiebreak.learning.learner import Learner
from curiebreak.mapping.chosen_domain import map_in_domain
from curiebreak.modes.analysis import Analysis
from curiebreak.parents.auto import given_or_found
from curiebreak.recipe.steps import Find, Intermediate
from curiebreak.recipe.values import InputRules, StepFile
from curiebreak.results import Finding
from curiebreak.structures import read_structure
from curiebreak.symmetry.parent import parent_crystal


def run_intermediate(step: Intermediate, progress: Progress | None = None) -> Investigation:
    """Run a step for an intermediate: by rules for the input, by a constraint, or just the list.

    Raises
    ------
    InputError, UsageError, NotCompatibleError
        As :func:`curiebreak.intermediates`.
    """
    settings = IntermediateOptions(
        strain=not step.no_strain,
        all_subgroups=step.all_subgroups,
        train_all=step.train,
        how=ConstrainedTraining(
            step.seed, step.max_steps, step.tolerance, step.strain_tolerance, step.device, step.threads
        ),
        symprec=step.symprec,
        parent_symprec=step.parent_symprec,
        fix_site=step.fix_site,
        supercell_basis=None if step.domain is None else step.domain.supercell_basis,
    )
    child = _file(step.child)
    parent = given_or_found(_file(step.parent), child, step.parent_rank, progress)
    if step.input is not None:
        asked = {"input": step.input.model_dump(mode="json")}
        return learn_under_rules(parent, child, rules_of(step.input), settings, asked, progress)
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


def run_find(step: Find, progress: Progress | None = None) -> Finding:
    """Run a step for ``find``, in the stated domain and with the rules for the input.

    Raises
    ------
    InputError, UsageError, NotCompatibleError
        As :func:`curiebreak.find`; also for rules that name what does not exist, or that allow nothing.
    """
    child = _file(step.child)
    parent = given_or_found(_file(step.parent), child, step.parent_rank, progress)
    part = step.input or InputRules(sites=step.sites, lmax=step.lmax_input)
    rules = rules_of(part)
    mapped = None
    if step.domain is not None:
        high, low = parent_crystal(read_structure(parent), step.parent_symprec), read_structure(child)
        mapped = map_in_domain(high, low, step.domain.supercell_basis, step.symprec)

    def prepare(analysis: Analysis, learner: Learner) -> None:
        check_domain(analysis, rules, step.domain is not None)
        if rules.restricts or rules.allowed:
            learner.restrict(restricted(analysis, rules, learner.space))

    degrees = [one.l for one in part.allowed]
    chosen = {"sites": part.sites, "lmax_input": max(degrees) if degrees else part.lmax}
    found = find(
        parent, child, **_options(step) | chosen, mapped=mapped, prepare=prepare, progress=progress
    )  # fmt: skip
    rules_given = {"input": part.model_dump(mode="json")} if step.input is not None else {}
    return replace(found, options=found.options | rules_given)


def _options(step: Find) -> dict[str, Any]:
    """Fields of the step that are options of :func:`curiebreak.find` under the same name."""
    names = set(signature(find).parameters) - {"parent", "child", "mapped", "prepare", "progress"}
    return {name: value for name, value in step if name in names} | {"compression": not step.no_compression}


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
