"""What was built of a magnetic structure, as a result and as files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from curiebreak.arrays import FloatArray
from curiebreak.clock import since
from curiebreak.errors import InputError
from curiebreak.files import write_file
from curiebreak.magnetic.built_crystal import crystal_of_fields, written_setting
from curiebreak.magnetic.grey_analysis import grey_analysis
from curiebreak.magnetic.magnetic_analysis import MagneticAnalysis
from curiebreak.magnetic.magnetic_build import BuiltMagnetic
from curiebreak.magnetic.magnetic_entries import MagneticIrrepTable, magnetic_subgroup
from curiebreak.magnetic.mcif_text import mcif_text
from curiebreak.magnetic.spglib_group import group_by_spglib
from curiebreak.mapping.pair_summary import parent_summary
from curiebreak.modes.distort_files import parent_lines
from curiebreak.results import IsotropySubgroup, SpaceGroup, StructureSummary, matrix
from curiebreak.results.basic import group_name
from curiebreak.results.parent_records import DistortResult, SeriesMember
from curiebreak.versions import library_versions

SUFFIXES = (".mcif", ".cif")
"""Of files that hold moments."""


def check_magnetic_format(path: Path) -> None:
    """Refuse a file name whose format holds no moments.

    Raises
    ------
    InputError
        Unless it ends in .mcif or .cif.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(f"A file such as {path.name} holds no moments.", "Use .mcif.")


def analysis_mcif(analysis: MagneticAnalysis, comments: Sequence[str] = ()) -> str:
    """Magnetic CIF of analysed fields in their primitive magnetic cell, with the parent that they have."""
    group = magnetic_subgroup(analysis, analysis.whole).magnetic
    waves = dict.fromkeys(one.irrep.kpoint for one in analysis.active if one.odd and one.irrep.kpoint)
    lines = [*comments, *parent_lines(analysis.parent)]
    setting = written_setting(analysis)
    return mcif_text(crystal_of_fields(analysis, setting), group, list(waves), lines, standard=setting.standard)


def write_magnetic(built: BuiltMagnetic, path: Path | str) -> None:
    """Write a built magnetic structure as a magnetic CIF."""
    write_file(path, built_mcif(built))


def built_mcif(built: BuiltMagnetic) -> str:
    """Magnetic CIF of a built structure; comments say what it was made of."""
    parent = built.parent
    lines = [f"built by curiebreak from {parent.structure.formula}, {group_name(parent)}"]
    for mode in built.modes:
        front = "m" if mode.kind == "magnetic" else ""
        for site, copy in zip(mode.sites, mode.copies, strict=True):
            numbers = ",".join(f"{x + 0.0:.6g}" for x in copy.round(9))
            lines.append(f"{front}{mode.label} on {site}, components ({numbers})")
    return analysis_mcif(built.analysis, lines)


def built_report(
    built: BuiltMagnetic,
    *,
    file: str | None = None,
    series: Sequence[tuple[float, str | None, BuiltMagnetic]] = (),
    options: dict[str, Any] | None = None,
    started: float | None = None,
) -> DistortResult:
    """Describe a built magnetic structure, of a series the last: irreps, group, and spglib's of atoms and moments."""
    analysis, parent = built.analysis, built.parent
    exact = built.subgroup
    seen = group_by_spglib(analysis)
    agrees = same_group(exact, seen)
    grey = grey_analysis(analysis)
    writer = MagneticIrrepTable(grey)
    field = analysis.field
    return DistortResult(
        messages=tuple(_messages(built, exact, seen, agrees)),
        parent=parent_summary(parent),
        child=StructureSummary(
            path=file, formula=parent.structure.formula, n_atoms=len(field.site), space_group=seen, sha256=None
        ),
        irreps=tuple(writer.entry(one, "primary") for one in grey.modes),
        isotropy_subgroup=exact,
        agrees=agrees,
        supercell_basis=matrix(_basis(analysis)),
        size=analysis.space.size,
        strain=matrix(field.strain),
        dmax=float(np.linalg.norm(field.displacements, axis=1).max()),
        file=file,
        series=tuple(
            SeriesMember(amplitude=a, file=f, space_group=group_by_spglib(one.analysis)) for a, f, one in series
        ),
        options=dict(options or {}),
        versions=library_versions(),
        seconds=since(started),
    )


def _basis(analysis: MagneticAnalysis) -> FloatArray:
    """Axes of the written cell, without strain, in those of the parent's file."""
    axes = written_setting(analysis).change.inverse.matrix.T
    return np.asarray(axes @ np.linalg.inv(analysis.parent.file_cell))


def same_group(exact: IsotropySubgroup, seen: SpaceGroup | None) -> bool:
    """Whether spglib sees the magnetic group that was meant."""
    named = None if seen is None else seen.magnetic
    return named is not None and exact.magnetic is not None and named.bns_number == exact.magnetic.bns_number


def _messages(built: BuiltMagnetic, exact: IsotropySubgroup, seen: SpaceGroup | None, agrees: bool) -> list[str]:
    messages = [*built.parent.structure.messages]
    if built.carriers:
        how = "; --sites, or mR4+[Ni](0,0,a), chooses others"
        if built.named:
            how = ", the first of the sites named that holds them; mR4+[Ni](0,0,a) chooses another"
        messages.append(f"Moments stand on {', '.join(built.carriers)}{how}.")
    if not agrees and seen is not None:
        messages.append(
            f"The modes leave {group_name(exact)}, but spglib finds {group_name(seen)} in atoms and moments: this "
            "arrangement has further symmetry that the parent lacks, or parts too small to be seen."
        )
    return messages
