"""``distort_report``: what was built, as a result that can be printed and written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np

from curiebreak.clock import since
from curiebreak.mapping.distortion import Distortion
from curiebreak.mapping.pair_summary import child_summary, parent_summary, spglib_group
from curiebreak.modes.analysis import Analysis, analyse
from curiebreak.modes.built import BuiltChild, BuiltMode
from curiebreak.modes.tilts import OctahedralTilts, compound_messages, octahedral_net
from curiebreak.results import (
    Glazer,
    IrrepEntry,
    IsotropySubgroup,
    Kind,
    SpaceGroup,
    StructureSummary,
    matrix,
    vector,
)
from curiebreak.results.basic import group_name
from curiebreak.results.parent_records import DistortResult, SeriesMember
from curiebreak.symmetry.images import named_direction
from curiebreak.symmetry.noise import rigid_freedom
from curiebreak.symmetry.origins import other_origins
from curiebreak.symmetry.subgroup import Subgroup
from curiebreak.versions import library_versions

CHECK_TOLERANCE = 1e-4
"""Å at which spglib looks at the child; its coordinates are exact."""


def distort_report(
    child: BuiltChild,
    *,
    file: str | None = None,
    series: Sequence[tuple[float, str | None, BuiltChild]] = (),
    options: dict[str, object] | None = None,
    started: float | None = None,
) -> DistortResult:
    """Describe a built child: irreps, isotropy subgroup, spglib's view, tilts.

    Parameters
    ----------
    child : BuiltChild
        The child; of a series, its last member.
    file : str, optional
        Where it was written.
    series : sequence of (amplitude, file, child)
        Members of a series.
    options : mapping, optional
        What the user asked for.
    started : float, optional
        ``time.perf_counter()`` at the beginning.
    """
    parent, exact = child.parent, child.subgroup
    seen = child_summary(child.structure, CHECK_TOLERANCE)
    agrees = None if parent.is_molecule or not child.modes else _agree(exact, seen)
    messages = [*parent.structure.messages]
    if agrees is False and seen.space_group is not None:
        messages.append(
            f"The modes leave {group_name(exact)}, but spglib finds {group_name(seen)} "
            f"in the child: this arrangement of atoms has further symmetry "
            "that the parent lacks, or displacements too small to be seen."
        )
    if any(m.kind == "displacement" and rigid_freedom(parent, m.irrep) for m in child.modes):
        messages.append("The mean displacement of all atoms is removed; amplitudes count what is left.")
    tilted = _tilts(child)
    return DistortResult(
        messages=(*messages, *compound_messages(tilted)),
        parent=parent_summary(parent),
        child=seen,
        irreps=tuple(_entry(child, mode) for mode in child.modes),
        isotropy_subgroup=exact,
        agrees=agrees,
        supercell_basis=None if parent.is_molecule else matrix(parent.to_file.vectors(child.cell)),
        size=child.size,
        strain=None if parent.is_molecule else matrix(child.strain),
        dmax=float(np.linalg.norm(child.displacements, axis=1).max()),
        glazer=tilted,
        file=file,
        series=tuple(SeriesMember(amplitude=a, file=f, space_group=_group(c)) for a, f, c in series),
        options=dict(options or {}),
        versions=library_versions(),
        seconds=since(started),
    )


def _agree(exact: IsotropySubgroup, seen: StructureSummary) -> bool:
    return seen.space_group is not None and seen.space_group.number == exact.number


def _group(child: BuiltChild) -> SpaceGroup | None:
    if child.parent.is_molecule:
        return None
    return spglib_group(child.structure, CHECK_TOLERANCE)[0]


def _entry(child: BuiltChild, mode: BuiltMode) -> IrrepEntry:
    text, components = named_direction(child.parent, mode.irrep, mode.copies)
    strain = mode.kind == "strain"
    total = sum(m.squared for m in child.modes if m.kind != "strain")
    supercell = float(np.sqrt(mode.squared))
    return IrrepEntry(
        irrep=mode.irrep.label,
        name=mode.label,
        kpoint=mode.irrep.kpoint,
        kind=cast(Kind, mode.kind),
        role="primary",
        direction=text,
        components=vector(components),
        amplitude_supercell=supercell,
        amplitude_parent=supercell if strain else supercell / float(np.sqrt(child.size)),
        dmax=None if strain else _largest(child, mode),
        share=None if strain or total == 0.0 else mode.squared / total,
        isotropy_subgroup=Subgroup(child.space, child.isotropy.stabiliser([mode.label])).described(),
        other_origins=other_origins(child.parent.number, mode.irrep),
    )


def _largest(child: BuiltChild, mode: BuiltMode) -> float:
    atoms = child.from_waves(child.space, mode.values)
    return float(np.linalg.norm(atoms, axis=1).max())


def _tilts(child: BuiltChild) -> Glazer | None:
    """Glazer symbol by the same way as for a child that was read."""
    moved = any(m.kind == "displacement" for m in child.modes)
    if not moved or octahedral_net(child.parent) is None:
        return None
    return OctahedralTilts(exact_analysis(child)).glazer()


def exact_analysis(child: BuiltChild) -> Analysis:
    """Analysis of a built child without a search for its mapping, which is known."""
    distortion = Distortion.built(
        child.parent, child.structure, child.cell, child.site, child.cell_index, child.displacements, child.strain
    )
    return analyse(distortion)
