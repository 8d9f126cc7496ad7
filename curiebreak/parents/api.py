"""``parents``: from a child to the structures that it may come from."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from curiebreak.clock import Progress
from curiebreak.errors import CurieBreakError, InputError
from curiebreak.mapping.pair_summary import child_summary, parent_summary, structure_data
from curiebreak.modes.analysis import Analysis
from curiebreak.modes.entries import IrrepTable, in_few_words
from curiebreak.options import taking
from curiebreak.options.parent_options import ParentsOptions, SearchOptions
from curiebreak.parents.child import TOLERANCES
from curiebreak.parents.crystals import crystal_parents
from curiebreak.parents.filters import admits, check_search, filtered
from curiebreak.parents.found import Found, Ladder, ordered
from curiebreak.parents.laid import laid
from curiebreak.parents.molecule_parents import MoleculeSearch, molecule_parents
from curiebreak.parents.search import Search
from curiebreak.parents.stated_parent import stated_candidate
from curiebreak.results import Status, StructureSummary
from curiebreak.results.basic import group_name
from curiebreak.results.parents import ParentCandidate, ParentSearch
from curiebreak.structures import Structure, read_structure
from curiebreak.symmetry.parent import DEFAULT_SYMPREC, parent_crystal
from curiebreak.symmetry.point_names import point_group_name
from curiebreak.versions import library_versions

SHARE_OF_SEARCH = 0.6
"""Part of the clock that the search may take; the rest is for the irreps of what it found."""

SHARE_OF_ANSWER = 0.9
"""Part of the clock at which the last irreps must be there; the rest is for putting the answer together."""

EXPECTED = 0.01
"""Seconds of a processor per atom of the child that the irreps of a candidate may take: half as much again as cells of
hundreds of atoms without symmetry take."""


@taking(ParentsOptions)
def parents(asked: ParentsOptions) -> tuple[ParentCandidate, ...]:
    """Find the structures of higher symmetry of which a child is a distorted version.

    The child is averaged exactly over larger and larger groups, pseudo-translations before point operations;
    each candidate is laid on the child by :func:`curiebreak.decompose`.

    Returns
    -------
    tuple of ParentCandidate
        Best first; empty where no parent is claimed. ``structure`` of each is taken by every function that
        takes a parent.

    Raises
    ------
    InputError
        A child that cannot be read, or of one atom; a group or species that does not exist.
    UsageError
        Options out of range.

    Examples
    --------
    >>> import curiebreak
    >>> first = curiebreak.parents("structures/batio3_p4mm.cif")[0]
    >>> first.symbol, first.primary, first.index
    ('Pm-3m', ('GM4-',), 6)
    """
    return search_parents(asked.child, asked).candidates


def search_parents(child: Any, options: SearchOptions | None = None, progress: Progress | None = None) -> ParentSearch:
    """Search the parents of a child, and say all that is known of them; see :func:`parents`.

    Parameters
    ----------
    child : path, pymatgen Structure, ASE Atoms or Structure
    options : SearchOptions, optional
    progress : callable, optional
        Takes a phase, the fraction done and a message.
    """
    started, spent = time.perf_counter(), time.process_time()
    wanted = options or SearchOptions()
    structure = _read(child, wanted)
    read = time.perf_counter()
    share = SHARE_OF_SEARCH * wanted.seconds
    running: Search | MoleculeSearch
    if structure.is_molecule:
        found, running = molecule_parents(structure, wanted, share, progress)
    else:
        found, running = crystal_parents(structure, wanted, share, progress)
    searched = time.perf_counter()
    pace = max(1.0, (searched - started) / max(1e-3, time.process_time() - spent))
    admitted = [one for one in found if admits(wanted, one)]
    told = ordered(admitted)
    any_score = replace(wanted, everything=True)
    stated = stated_candidate(structure, [one for one in found if admits(any_score, one)])
    if stated is not None:
        told = [stated, *(one for one in told if one is not stated)]
    kept, candidates, messages = _described(structure, told, wanted, started + SHARE_OF_ANSWER * wanted.seconds, pace)
    if stated is not None and kept and kept[0] is stated:
        candidates[0] = replace(candidates[0], headline="stated")
    messages += _left_out(running)
    return _document(
        structure, wanted, kept, candidates, messages, running.stopped, len(admitted),
        {"read": read - started, "search": searched - read, "decomposition": time.perf_counter() - searched},
    )  # fmt: skip


def _left_out(running: Search | MoleculeSearch) -> Iterator[str]:
    """What the search did not look for."""
    if isinstance(running, MoleculeSearch) and running.bent:
        yield "linear parents are not looked for, and this molecule is nearly linear"
    if running.stopped:
        yield (
            f"search stopped by the clock after {running.expanded} groups: there may be other parents; give more "
            "--seconds"
        )


def _read(child: Any, wanted: SearchOptions) -> Structure:
    structure = read_structure(child)
    check_search(wanted, structure)
    if len(structure) < 2:
        raise InputError(
            f"{structure.path or 'The structure'} holds one atom: nothing can be displaced.",
            "Give a structure with two or more atoms.",
        )
    return structure


def _described(
    structure: Structure, admitted: Sequence[Found], options: SearchOptions, deadline: float, pace: float
) -> tuple[list[Found], list[ParentCandidate], list[str]]:
    """The first candidates with their irreps, as far as the clock allows; those that do not map are dropped.

    An analysis cannot be stopped, so none is begun that may last longer than the clock. `pace` is how much slower than
    its processor the clock of this (busy) machine goes.
    """
    kept: list[Found] = []
    candidates: list[ParentCandidate] = []
    messages: list[str] = []
    longest = pace * EXPECTED * len(structure)
    for one in admitted:
        if len(kept) == options.top:
            break
        built = one.build()
        before = time.perf_counter()
        analysis: Analysis | None = None
        notes: list[str] = []
        if before + longest < deadline:
            try:
                analysis = laid(built, structure)
            except CurieBreakError as error:
                if one.number is not None:
                    messages.append(f"{one.name} was dropped: {error.message}")
                    continue
                notes.append(f"no irreps: {error.message}")
            longest = max(longest, time.perf_counter() - before)
        else:
            notes.append("no irreps: the clock ran out")
        kept.append(one)
        candidates.append(_candidate(one, built, analysis, notes))
    return kept, candidates, messages


def _notes(one: Found) -> list[str]:
    """What the search itself says of a candidate."""
    notes = []
    if one.score <= 0.0:
        notes.append("not claimed: chance reaches as far (S <= 0)")
    if one.weak:
        notes.append("weak: so few atoms lie near something of higher symmetry by chance")
    if one.hydrogen_shared:
        notes.append("hydrogen is averaged with that of another atom, as if both shared it")
    elif one.hydrogen_halved:
        notes.append("hydrogen lies in the middle of two orientations: the average of both")
    return notes


def _laid_notes(one: Found, analysis: Analysis) -> list[str]:
    """What a candidate that is laid on the child shows."""
    notes = []
    if one.number is not None:
        own = analysis.child_group
        told = f"{group_name(own.described())}, of index {own.index}"
        if own.index > one.index:
            notes.append(f"what moves atoms by less than {TOLERANCES[0]} Å leaves the child {told}")
        if own.index < one.index:
            notes.append(f"without what scatter or written decimals make, which irreps leave out, the child is {told}")
    mapped = analysis.distortion
    if mapped.rms < one.rms - _BETTER:
        notes.append(f"another pairing is nearer: rms {mapped.rms:.3f} Å, dmax {mapped.dmax:.3f} Å")
    return notes


def _candidate(one: Found, built: Structure, analysis: Analysis | None, notes: list[str]) -> ParentCandidate:
    notes = [*notes, *_notes(one)]
    found = ParentCandidate(
        number=one.number,
        symbol=one.symbol,
        point_group=one.point_group,
        index=one.index,
        size=one.size,
        point_index=one.point_index,
        n_atoms=one.n_atoms,
        dmax=one.dmax,
        rms=one.rms,
        strain_max=one.strain,
        hop=one.hop,
        score=one.score,
        weak=one.weak,
        notes=tuple(notes),
        structure=structure_data(built),
    )
    if analysis is None:
        return found
    return replace(
        found,
        primary=analysis.primary,
        minimal_sets=tuple(one.labels for one in analysis.minimal_sets),
        irreps=tuple(map(in_few_words, IrrepTable(analysis).entries())),
        notes=(*notes, *_laid_notes(one, analysis)),
    )


_BETTER = 0.01
"""Å."""


def _document(
    structure: Structure,
    options: SearchOptions,
    kept: list[Found],
    candidates: list[ParentCandidate],
    messages: list[str],
    stopped: bool,
    count: int,
    seconds: dict[str, float],
) -> ParentSearch:
    ladder = Ladder(kept)
    aristotype, nearest = ladder.headlines or (None, None)
    named = tuple(replace(c, headline=c.headline or ladder.titles.get(i)) for i, c in enumerate(candidates))
    own = _summary(structure) if structure.is_molecule else child_summary(structure, TOLERANCES[0])
    if not kept and not stopped:
        messages = [_why_none(own.formula, options), *messages]
    return ParentSearch(
        status=_status(named),
        messages=(*structure.messages, *messages),
        versions=library_versions(),
        seconds={"total": sum(seconds.values()), **seconds},
        options=options.record,
        parent=_summary(kept[0].build()) if kept else None,
        child=own,
        candidates=named,
        aristotype=aristotype,
        nearest=nearest,
        between=ladder.between,
        edges=ladder.edges,
        lead=ladder.lead,
        stopped=stopped,
        found=count,
    )


def _status(named: tuple[ParentCandidate, ...]) -> Status:
    if not named:
        return Status.NO_PARENT
    return Status.STATED if named[0].headline == "stated" else Status.OK


def _summary(structure: Structure) -> StructureSummary:
    if not structure.is_molecule:
        return parent_summary(parent_crystal(structure, DEFAULT_SYMPREC))
    crystal = parent_crystal(structure)
    return StructureSummary(
        path=structure.path,
        formula=structure.formula,
        n_atoms=len(structure),
        space_group=None,
        point_group=point_group_name(crystal.rotations_cartesian),
        sha256=structure.sha256,
    )


def _why_none(formula: str, options: SearchOptions) -> str:
    if filtered(options):
        return f"No parent of {formula} passes the filters."
    return f"{formula} is its own aristotype as far as displacements below half a bond go, so no parent is claimed."
