"""What is said of an analysed magnetic structure: a :class:`~curiebreak.results.Decomposition`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from curiebreak.magnetic.grey_analysis import GreyAnalysis, grey_analysis
from curiebreak.magnetic.magnetic_analysis import MagneticAnalysis
from curiebreak.magnetic.magnetic_entries import MagneticIrrepTable, magnetic_subgroup
from curiebreak.magnetic.magnetic_names import name_magnetic_group
from curiebreak.mapping.pair_summary import parent_summary, placement
from curiebreak.modes.couplings import coupling_text, drivers
from curiebreak.modes.mode_fields import IrrepFieldTable
from curiebreak.results import (
    Decomposition,
    Domains,
    IrrepEntry,
    LostOperation,
    MagneticGroup,
    SpaceGroup,
    Status,
    StructureSummary,
)
from curiebreak.results.basic import group_name
from curiebreak.symmetry.subgroup import Subgroup
from curiebreak.versions import library_versions

MONOCLINIC, LAST_ORTHORHOMBIC = 3, 74
"""Space groups whose standard setting leaves a choice of axes: a and c with unique axis b, or axes of equal role."""


def magnetic_decomposition(analysis: MagneticAnalysis) -> Decomposition:
    """The result that describes an analysed magnetic structure."""
    distortion, space = analysis.placed.distortion, analysis.space
    group = magnetic_subgroup(analysis, analysis.whole)
    listed = listed_group(analysis)
    magnetic = group.magnetic if listed is None else listed
    number, symbol = group.number, group.symbol
    child = StructureSummary(
        path=distortion.child.path,
        formula=distortion.child.formula,
        n_atoms=len(analysis.field.site),
        space_group=None if number is None or symbol is None else SpaceGroup(number, symbol, magnetic),
        sha256=distortion.child.sha256,
    )
    total = float(np.sqrt(analysis.isotropy.total_of("displacement")))
    grey = grey_analysis(analysis)
    index, entries = grey.subgroup(analysis.whole).split, magnetic_entries(grey)
    return Decomposition(
        status=Status.AMBIGUOUS if analysis.tied("moments") else Status.OK,
        messages=tuple(dict.fromkeys(_messages(analysis, entries, group.magnetic, listed))),
        versions=library_versions(),
        seconds={},
        options={},
        parent=parent_summary(analysis.parent),
        child=child,
        mapping=replace(placement(distortion), size=space.size),
        primary=analysis.primary,
        minimal_sets=tuple(s.labels for s in analysis.minimal_sets),
        isotropy_subgroup=group,
        tolerance_ladder=(),
        lost_operations=_lost(analysis),
        index=index,
        irreps=entries,
        total_amplitude_supercell=total,
        total_amplitude_parent=total / float(np.sqrt(space.size)),
        domains=Domains(total=index.total, rotation=index.point, translation=index.translation),
        mode_fields=IrrepFieldTable(grey).fields(),
    )


def magnetic_entries(grey: GreyAnalysis) -> tuple[IrrepEntry, ...]:
    """Every active irrep: moments first, primaries before secondaries, then by amplitude."""
    writer, driven = MagneticIrrepTable(grey), drivers(grey)
    entries = []
    for mode in grey.modes:
        entry = writer.entry(mode, "primary" if grey.own.is_primary(mode) else "secondary")
        entries.append(replace(entry, coupling=coupling_text(driven, mode)))
    return tuple(sorted(entries, key=_order))


def _order(entry: IrrepEntry) -> tuple[int, int, float]:
    kinds = {"magnetic": 0, "displacement": 1, "occupation": 2}
    return kinds.get(entry.kind, 3), int(entry.role != "primary"), -(entry.amplitude_supercell or 0.0)


def listed_group(analysis: MagneticAnalysis) -> MagneticGroup | None:
    """Name of the operations that the file lists; ``None`` where it lists none but translations."""
    placed, operations = analysis.placed, analysis.operations
    if all(np.allclose(r, np.eye(3)) for r, _, _ in placed.crystal.operations):
        return None
    parent, cell = analysis.parent, placed.distortion.cell
    rotations = parent.rotations[operations.operation]
    vectors = operations.space.translations[operations.translation]
    translations = parent.translations[operations.operation] + vectors
    return name_magnetic_group(parent, cell, rotations, translations, operations.theta)


def _lost(analysis: MagneticAnalysis) -> tuple[LostOperation, ...]:
    """Point operations that are lost with and without time reversal, translations, and time reversal itself."""
    count, whole = analysis.parent.n_operations, analysis.whole
    family = Subgroup(analysis.space, whole[:count] | whole[count:])
    rows = [LostOperation(kind=kind, axis=axis, count=n) for kind, axis, n in family.lost if kind != "t"]
    translations = analysis.space.size // int(whole[0].sum()) - 1
    if translations:
        rows.append(LostOperation(kind="t", axis=None, count=translations))
    rows.append(LostOperation(kind="1'", axis=None, count=1))
    return tuple(rows)


def _messages(
    analysis: MagneticAnalysis,
    entries: Sequence[IrrepEntry],
    found: MagneticGroup | None,
    listed: MagneticGroup | None,
) -> list[str]:
    crystal, parent = analysis.placed.crystal, analysis.parent
    messages = [*parent.structure.messages, *crystal.messages, *analysis.placed.messages, *analysis.messages]
    if found is not None and listed is not None and found.bns_number != listed.bns_number:
        messages.append(
            f"The listed operations form {group_name(listed)}; atoms and moments have more, {group_name(found)}."
        )
    stated = crystal.bns
    if listed is not None and stated is not None and stated != listed.bns_number:
        messages.append(f"{crystal.name} states BNS {stated}; its operations form {listed.bns_number}.")
    return [*messages, *analysis.tied("moments"), *_origin_messages(entries, parent.number or 0)]


def _origin_messages(entries: Sequence[IrrepEntry], number: int) -> list[str]:
    """A word where the labels are those of one choice among equivalent ones."""
    messages = []
    moments = [entry for entry in entries if entry.kind == "magnetic"]
    if any(other.irrep != entry.irrep for entry in moments for other in entry.other_origins):
        messages.append(
            "The labels are those at the stated origin; at other equivalent origins they differ (other_origins)."
        )
    if MONOCLINIC <= number <= LAST_ORTHORHOMBIC:
        messages.append("Another choice of the axes of the same standard setting may give other labels, too.")
    return messages
