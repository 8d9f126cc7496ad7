"""Running a recipe: from its fields to a result and, for intermediates, a structure."""

from __future__ import annotations

from dataclasses import replace

from curiebreak.discovery import find
from curiebreak.discovery.clock import Progress
from curiebreak.intermediates.api import Investigation, Settings, investigate
from curiebreak.intermediates.constrained import learn_under_rules
from curiebreak.intermediates.constraint import Constraint
from curiebreak.intermediates.rules import Rules, Tie, Zero, check_domain, restricted
from curiebreak.intermediates.training import Training
from curiebreak.learning.learner import Learner
from curiebreak.mapping.chosen_domain import map_in_domain
from curiebreak.modes.analysis import Analysis
from curiebreak.recipe.fields import InputRules, Recipe
from curiebreak.results import Finding
from curiebreak.structures import read_structure
from curiebreak.symmetry.parent import parent_crystal


def run_intermediate(recipe: Recipe, progress: Progress | None = None) -> Investigation:
    """Run a recipe for an intermediate: by rules for the input, by a constraint, or just the list.

    Raises
    ------
    InputError, UsageError, NotCompatibleError
        As :func:`curiebreak.intermediates`.
    """
    settings = Settings(
        strain=recipe.strain,
        all_subgroups=recipe.all_subgroups,
        how=Training(
            recipe.seed,
            recipe.max_steps,
            recipe.tolerance,
            recipe.strain_tolerance,
            recipe.device,
            recipe.threads,
        ),
        symprec=recipe.symprec,
        fix_site=recipe.fix_site,
        supercell_basis=None if recipe.domain is None else recipe.domain.supercell_basis,
    )
    if recipe.input is not None:
        asked = {"input": recipe.input.model_dump(mode="json")}
        return learn_under_rules(recipe.parent, recipe.child, rules_of(recipe.input), settings, asked, progress)
    constraint = None
    if recipe.constraint is not None:
        constraint = Constraint(**recipe.constraint.model_dump())
    return investigate(recipe.parent, recipe.child, constraint, settings, progress)


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


def run_find(recipe: Recipe, progress: Progress | None = None) -> Finding:
    """Run a recipe for ``find``, in the stated domain and with the rules for the input.

    Raises
    ------
    InputError, UsageError, NotCompatibleError
        As :func:`curiebreak.find`; also for rules that name what does not exist, or that allow nothing.
    """
    part = recipe.input or InputRules()
    rules = rules_of(part)
    mapped = None
    if recipe.domain is not None:
        high, low = parent_crystal(read_structure(recipe.parent)), read_structure(recipe.child)
        mapped = map_in_domain(high, low, recipe.domain.supercell_basis, recipe.symprec)

    def prepare(analysis: Analysis, learner: Learner) -> None:
        check_domain(analysis, rules, recipe.domain is not None)
        if rules.restricts or rules.allowed:
            learner.restrict(restricted(analysis, rules, learner.space))

    degrees = [one.l for one in part.allowed]
    found = find(
        recipe.parent,
        recipe.child,
        sites=part.sites,
        lmax_input=max(degrees) if degrees else part.lmax,
        blocks=recipe.blocks,
        seed=recipe.seed,
        max_steps=recipe.max_steps,
        tolerance=recipe.tolerance,
        symprec=recipe.symprec,
        strain_tolerance=recipe.strain_tolerance,
        device=recipe.device,
        raw_target=recipe.raw_target,
        alternatives=recipe.alternatives,
        degenerate=recipe.degenerate,
        fix_site=recipe.fix_site,
        threads=recipe.threads,
        mapped=mapped,
        prepare=prepare,
        progress=progress,
    )
    rules_given = {"input": part.model_dump(mode="json")} if recipe.input is not None else {}
    return replace(found, options=found.options | rules_given)
