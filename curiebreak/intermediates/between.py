"""``intermediates``: the list of groups between parent and child, and one of them made and trained."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from curiebreak.clock import Clock, Progress, silent
from curiebreak.discovery.certified_fit import CertifiedFit
from curiebreak.errors import InputError
from curiebreak.intermediates.average import MadeStructure, StructureMaker
from curiebreak.intermediates.constraint import ChosenEntry, Constraint, as_constraint, choose
from curiebreak.intermediates.driven_inputs import (
    Driven,
    driven_inputs,
    train,
)
from curiebreak.intermediates.survey import Survey
from curiebreak.learning.threads import threads_kept
from curiebreak.mapping.chosen_domain import map_in_domain
from curiebreak.mapping.pair_summary import structure_data
from curiebreak.modes.analysis import Analysis
from curiebreak.modes.pair import Pair
from curiebreak.modes.pair_blocks import shared_blocks
from curiebreak.modes.tilts import OctahedralTilts
from curiebreak.options import taking
from curiebreak.options.intermediate_options import IntermediateOptions, IntermediatesOptions
from curiebreak.parents.auto import given_or_found
from curiebreak.results import ChosenIntermediate, ConstrainedInput, Intermediates, Status, matrix
from curiebreak.structures.moments import has_moments
from curiebreak.versions import library_versions

MOMENTS_LEFT_ASIDE = (
    "The child has moments: groups and irreps here are those of its atoms alone. `curiebreak modes` names the magnetic "
    "group and the irreps of moments."
)

_SHARED = ("parent", "child", "mapping", "messages")


@dataclass(frozen=True, eq=False)
class IntermediateModel:
    """An intermediate with everything that training gave.

    Attributes
    ----------
    entry : int
    made : Analysis
        Of the distortion averaged over the group.
    structure : MadeStructure
    driven : list of Driven
    trained : CertifiedFit or None
    """

    entry: int
    made: Analysis
    structure: MadeStructure
    driven: list[Driven]
    trained: CertifiedFit | None


@dataclass(frozen=True, eq=False)
class Investigation:
    """A document with the arrays behind it.

    Attributes
    ----------
    document : Intermediates
    survey : Survey
    made : IntermediateModel or None
        Of the entry that a constraint singles out.
    """

    document: Intermediates
    survey: Survey
    made: IntermediateModel | None


@taking(IntermediatesOptions)
def intermediates(asked: IntermediatesOptions) -> Intermediates:
    """List the groups that a distortion can pass through, and make the one that a constraint singles out.

    Returns
    -------
    Intermediates

    Raises
    ------
    InputError
        For constraints that name what does not exist, or that allow everything or nothing.
    UsageError
        For constraints that contradict each other or leave several groups open.
    NotCompatibleError
        When the pair does not map as group and subgroup.

    Examples
    --------
    >>> import curiebreak
    >>> found = curiebreak.intermediates("structures/lamno3_cubic.cif", "structures/lamno3_pnma.cif")
    >>> [one.symbol for one in found.intermediates]
    ['Pm-3m', 'P4/mmm', 'Cmmm', 'P4/mbm', 'P4/mbm', 'Cmcm', 'Pbam', 'Imma', 'Pnma']
    """
    parent = given_or_found(asked.parent, asked.child)
    return investigate(parent, asked.child, asked.constraint, asked, asked.progress).document


def as_rows(matrix_like: Any) -> tuple[tuple[float, ...], ...] | None:
    """A matrix as nested tuples."""
    return None if matrix_like is None else matrix(np.asarray(matrix_like, dtype=float))


def investigate(
    parent: Any,
    child: Any,
    constraint: Constraint | Mapping[str, Any] | None = None,
    settings: IntermediateOptions | None = None,
    progress: Progress | None = None,
) -> Investigation:
    """The work behind :func:`intermediates`; raises alike."""
    with threads_kept():
        asked = settings or IntermediateOptions()
        return _investigated(parent, child, as_constraint(constraint), asked, progress or silent)


def _investigated(
    parent: Any, child: Any, wanted: Constraint | None, asked: IntermediateOptions, progress: Progress
) -> Investigation:
    clock = Clock()
    analysis = analysed(parent, child, asked, clock, progress)
    survey = Survey(analysis, asked.strain, asked.all_subgroups)
    moments = has_moments(child)
    if moments and len(survey.masks) == 1:
        raise InputError(
            "Only the moments of the child break the parent, and groups between the two count atoms alone.",
            "`curiebreak modes` names the magnetic group, `distort --list-directions mR4+` those of one irrep.",
        )
    choice = None if wanted is None else choose(survey, wanted)
    clock.lap("symmetry")
    entries = range(len(survey.masks)) if asked.train_all else ()
    losses = {i: train_entry(survey, i, asked, progress) for i in entries}
    made = None if choice is None else make(survey, choice, asked, progress)
    if made is not None and made.trained is not None:
        losses[made.entry] = made.trained
    clock.lap("training")
    document = listed(survey, clock.laps, asked, losses)
    if choice is not None and made is not None:
        document = with_choice(document, choice, made)
    if moments:
        document = replace(document, messages=(*document.messages, MOMENTS_LEFT_ASIDE))
    return Investigation(document, survey, made)


def analysed(
    parent: Any,
    child: Any,
    asked: IntermediateOptions,
    clock: Clock,
    progress: Progress,
) -> Analysis:
    """Read, map and analyse a pair."""
    progress("mapping", 0.0, "reading")
    pair = Pair.of(parent, child, asked, clock)
    found = map_in_domain(pair.parent, pair.child, as_rows(asked.supercell_basis), asked.symprec)
    clock.lap("mapping")
    pair = replace(pair, mapped=found)
    analysis = pair.analysis
    progress("mapping", 1.0, "done")
    return analysis


def train_entry(survey: Survey, entry: int, how: IntermediateOptions, progress: Progress) -> CertifiedFit:
    """Train with the fewest irreps that make one entry of the list."""
    mask = survey.masks[entry]
    return train(survey.analysis, driven_inputs(survey, mask), mask, how, progress)


def make(survey: Survey, choice: ChosenEntry, how: IntermediateOptions, progress: Progress) -> IntermediateModel:
    """Make the structure of one entry, and train with its input where that is asked."""
    mask = survey.masks[choice.entry]
    made = survey.made(mask)
    driven = driven_inputs(survey, mask, choice.labels)
    trained = train(survey.analysis, driven, mask, how, progress) if how.training else None
    return IntermediateModel(choice.entry, made, StructureMaker(made).structure(), driven, trained)


def listed(
    survey: Survey, seconds: dict[str, float], asked: IntermediateOptions, losses: Mapping[int, CertifiedFit]
) -> Intermediates:
    """The document without a choice."""
    blocks = shared_blocks(survey.analysis)
    options = {name: value for name, value in asked.record.items() if name != "device"}
    entries = list(survey.entries)
    for number, one in losses.items():
        fit = one.fit
        entries[number] = replace(entries[number], loss=fit.loss, loss_strain=fit.loss_strain)
    status = Status.OK
    if len(entries) == 1:
        status = Status.NOTHING_TO_BREAK
    elif not all(one.reached for one in losses.values()):
        status = Status.NOT_CONVERGED
    return Intermediates(
        **{name: blocks[name] for name in _SHARED},
        status=status,
        versions=library_versions(*(("torch", "e3nn") if losses else ())),
        seconds=seconds,
        options=options | {"supercell_basis": as_rows(asked.supercell_basis)},
        isotropy_subgroup=survey.analysis.subgroup(survey.child).described(),
        strain=survey.strain,
        all_subgroups=survey.all_subgroups,
        intermediates=tuple(entries),
        edges=survey.edges,
        steps=survey.steps,
        seed=asked.seed,
        device=asked.device,
    )


def with_choice(document: Intermediates, choice: ChosenEntry, made: IntermediateModel) -> Intermediates:
    """The document with the intermediate that the constraint singles out."""
    return replace(
        document,
        messages=(*document.messages, *choice.messages),
        constraint=choice.constraint.plain,
        chosen=stated(document, made, (one.entry(made.made.parent) for one in made.driven)),
    )


def stated(document: Intermediates, made: IntermediateModel, inputs: Iterable[ConstrainedInput]) -> ChosenIntermediate:
    """An intermediate that was made, and trained where it was, with these inputs as a result states it."""
    entry, trained = document.intermediates[made.entry], made.trained
    found = ChosenIntermediate(
        entry=made.entry,
        inputs=tuple(inputs),
        floor=entry.floor,
        floor_strain=entry.floor_strain,
        glazer=OctahedralTilts(made.made).glazer(),
        structure=structure_data(made.structure.structure),
        spglib=made.structure.spglib,
        symprec=made.structure.symprec,
    )
    if trained is None:
        return found
    return replace(found, loss=trained.fit.loss, loss_strain=trained.fit.loss_strain, reached=trained.reached)
