"""``decompose``: from two structures to a :class:`~curiebreak.results.Decomposition`."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from curiebreak.clock import Clock
from curiebreak.mapping.pair_summary import child_summary, parent_summary, placement
from curiebreak.modes.active import ActiveIrrep
from curiebreak.modes.analysis import Analysis
from curiebreak.modes.domains import equivalent_children
from curiebreak.modes.entries import IrrepTable
from curiebreak.modes.mode_fields import IrrepFieldTable
from curiebreak.modes.pair import Pair
from curiebreak.modes.polarisation import ChildPolarisation
from curiebreak.modes.superlattice import Superlattice
from curiebreak.modes.tilts import OctahedralTilts, compound_message
from curiebreak.options import taking
from curiebreak.options.modes_options import DecomposeOptions, PairOptions
from curiebreak.results import Decomposition, LadderRung, LostOperation, Status
from curiebreak.structures.size import forecast
from curiebreak.symmetry.child_group import ChildGroup
from curiebreak.symmetry.mulliken import schoenflies_symbol
from curiebreak.symmetry.origin_shifts import equivalent_origins
from curiebreak.versions import library_versions

SPGLIB_TOLERANCE = 0.01
"""Å; what spglib is given where the ladder has no rung near it: enough for cells printed with three decimals."""


@taking(DecomposeOptions)
def decompose(asked: DecomposeOptions) -> Decomposition:
    """Decompose the distortion from parent to child into irreps of the parent.

    Returns
    -------
    Decomposition

    Raises
    ------
    InputError
        For files, sites or numbers that cannot be used.
    NotCompatibleError
        When the pair does not map as group and subgroup.
    """
    analysis, seconds, _ = analyse_pair(asked.parent, asked.child, **asked.keywords(PairOptions))
    waves = asked.wavelength if asked.reflections else None
    return decomposition(analysis, seconds, asked.record, domains=asked.domains, wavelength=waves)


@taking(PairOptions)
def analyse_pair(asked: PairOptions) -> tuple[Analysis, dict[str, float], dict[str, Any]]:
    """Read, map and analyse a pair; see :func:`decompose` for the errors.

    Returns
    -------
    analysis : Analysis
    seconds : dict
        Seconds of ``read``, ``mapping`` and ``decomposition`` so far.
    options : dict
        What was asked for, for the record.
    """
    clock = Clock()
    pair = Pair.of(asked.parent, asked.child, asked, clock)
    expected = forecast(pair.parent.n_operations, len(pair.parent.species), len(pair.child))
    if asked.say is not None and expected is not None:
        asked.say(expected)
    analysis = pair.analysis
    clock.lap("decomposition")
    return analysis, clock.phases, asked.record


def decomposition(
    analysis: Analysis,
    seconds: dict[str, float],
    options: dict[str, Any],
    *,
    domains: bool = False,
    wavelength: float | None = None,
) -> Decomposition:
    """The result that describes an analysed pair; with superlattice reflections where a wavelength (Å) is given."""
    start = time.perf_counter()
    blocks = shared_blocks(analysis)
    irreps = IrrepTable(analysis).entries()
    squared = sum(m.squared for m in analysis.modes if m.kind == "displacement")
    found = equivalent_children(analysis, listed=domains)
    spent = {**seconds, "decomposition": seconds["decomposition"] + time.perf_counter() - start}
    return Decomposition(
        **blocks,
        seconds={"total": sum(spent.values()), **spent},
        versions=library_versions(),
        irreps=irreps,
        total_amplitude_supercell=float(np.sqrt(squared)),
        total_amplitude_parent=float(np.sqrt(squared / analysis.space.size)),
        domains=found,
        reflections=() if wavelength is None else Superlattice(analysis, wavelength).lists(),
        mode_fields=IrrepFieldTable(analysis).fields(),
        options=options,
    )


def shared_blocks(analysis: Analysis) -> dict[str, Any]:
    """The blocks that every result about one pair holds."""
    sets, whole = analysis.minimal_sets, analysis.without_given
    status = Status.OK
    messages = [*analysis.distortion.parent.structure.messages, *analysis.distortion.child.messages]
    notices = analysis.group.notices
    messages += [*analysis.distortion.messages, *(notice.text for notice in notices)]
    if not sets:
        status = Status.NOTHING_TO_BREAK
        messages.append(
            "The child has every operation of the parent; the reverse direction may have something to break."
            if whole is analysis
            else "The child has every operation that the given fields leave: they say enough."
        )
    elif len(analysis.ambiguous_sets) > 1:
        status = Status.AMBIGUOUS
        names = [" ⊕ ".join(_member(analysis.modes, x) for x in s.labels) for s in analysis.ambiguous_sets]
        messages.append(f"The minimal sets {' and '.join(names)} carry the same share of the distortion within 1 %.")
    if not analysis.isotropy.all_sets:
        messages.append(f"There are more minimal sets than the {len(sets)} of largest share that are listed.")
    messages += _origin_messages(whole)
    symprec = tolerance_used(analysis.group)
    tilted = OctahedralTilts(analysis).glazer()
    compound = compound_message(tilted)
    messages += [compound] if compound else []
    lost = tuple(LostOperation(kind=kind, axis=axis, count=n) for kind, axis, n in whole.child_group.lost)
    mapped = placement(analysis.distortion)
    return {
        "status": status,
        "messages": tuple(messages),
        "notices": notices,
        "parent": parent_summary(analysis.parent),
        "child": child_summary(analysis.distortion.child, symprec),
        "mapping": replace(mapped, size=analysis.space.size, residual_rms=analysis.group.residual_rms),
        "primary": analysis.primary,
        "minimal_sets": tuple(s.labels for s in sets),
        "isotropy_subgroup": whole.child_group.described(),
        "tolerance_ladder": ladder(analysis.group),
        "glazer": tilted,
        "lost_operations": lost,
        "index": whole.child_group.split,
        "polarisation": ChildPolarisation(whole).described(),
    }


def _member(modes: Sequence[ActiveIrrep], label: str) -> str:
    """Name of a member of a set, marked where nothing but the strain holds it."""
    strain = all(m.kind == "strain" for m in modes if m.label == label and m.counts)
    return f"{label} (strain)" if strain else label


def _origin_messages(analysis: Analysis) -> list[str]:
    messages = []
    parent = analysis.parent
    if not parent.is_molecule and not parent.setting_is_own:
        shift = ", ".join(f"{x:.4g}" for x in parent.to_standard.shift + 0.0)
        messages.append(
            "The parent's file is not in the standard setting; labels refer to the standard conventional "
            f"cell, x_std = T x_file + ({shift})."
        )
    if parent.number is not None and equivalent_origins(parent.number).polar_axes:
        messages.append(
            "The parent is polar: its origin may be moved along the polar axis; labels do not depend on it."
        )
    kept = parent.rotations_cartesian[analysis.child_operations.any(axis=1)].mean(axis=0)
    if np.abs(np.linalg.eigvalsh(kept + kept.T)).max() > 1e-6:  # the average of a polar group keeps a vector
        messages.append("The child is polar: the mean displacement of all atoms was removed (AMPLIMODES' convention).")
    return messages


def tolerance_used(group: ChildGroup) -> float:
    """Å at which spglib looks at the child: above the chosen rung, below the next one."""
    chosen = max(group.tolerance, group.field.resolution.position)
    above = [r.tolerance for r in group.ladder if r.tolerance > group.tolerance + 1e-9]
    # above the chosen rung with room, and below the middle to the next
    wanted = max(SPGLIB_TOLERANCE, 2.0 * chosen)
    return min(wanted, 0.5 * (group.tolerance + above[0])) if above else wanted


def ladder(group: ChildGroup) -> tuple[LadderRung, ...]:
    """The child's group against tolerance."""
    rungs = []
    for rung in group.ladder:
        name = rung.name
        rungs.append(
            LadderRung(
                tolerance=round(rung.tolerance, 9),
                number=name.number if name else None,
                symbol=name.symbol if name else None,
                point_group=schoenflies_symbol(rung.rotations) if group.field.parent.is_molecule else None,
            )
        )
    return tuple(rungs)
