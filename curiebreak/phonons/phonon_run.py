"""``phonons``: from force constants to labelled modes, children of the soft ones, and overlaps."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from curiebreak.clock import silent
from curiebreak.errors import UsageError
from curiebreak.mapping.pair_summary import child_summary, parent_summary
from curiebreak.modes.child_folder import child_file, table_row, write_children, write_table
from curiebreak.modes.decompose import analyse_pair
from curiebreak.modes.lookup import wave_vector_of
from curiebreak.options import taking
from curiebreak.options.phonons_options import PhononOptions
from curiebreak.phonons.force_constants import ForceConstants, LatticeDynamics
from curiebreak.phonons.frozen import LARGEST_ARM, FrozenChild, SoftMode, frozen_children, is_whole, name_of, soft_modes
from curiebreak.phonons.mode_shapes import ModeShapes, mode_shapes
from curiebreak.phonons.phonopy_files import read_phonopy
from curiebreak.phonons.spectrum import StarModes, spectrum
from curiebreak.results import StructureSummary, matrix
from curiebreak.results.phonon_records import ModeOverlap, PhononChild, PhononMode, PhononResult, PhononStar
from curiebreak.symmetry.direction_text import format_direction
from curiebreak.symmetry.isotypic import Irrep, irreps_on
from curiebreak.symmetry.parent import parent_crystal
from curiebreak.versions import library_versions

_SILENT = 1e-9
"""Share below which an irrep is not in the distortion."""


def overlaps(dynamics: LatticeDynamics, child: str | os.PathLike[str] | Any, symprec: float | None) -> tuple[
    StructureSummary, tuple[ModeOverlap, ...]
]:  # fmt: skip
    """Project the distortion to a child on the phonon modes of the parent.

    Mass-weighted displacements ``sqrt(m) u`` of the whole distortion, as it is mapped and averaged over the child's
    group, are projected on the eigenvectors of every irrep that they hold; shares of all modes add up to 1.

    Returns
    -------
    child : StructureSummary
    overlaps : tuple of ModeOverlap
        For each irrep all its modes together, then each alone; largest irreps first.
    """
    analysis, _, _ = analyse_pair(dynamics.constants.structure, child, parent_symprec=symprec)
    space = analysis.space
    values = sum(
        (mode.values for mode in analysis.modes if mode.kind == "displacement"),
        np.zeros((space.size, len(dynamics.parent.species), 3), dtype=complex),
    )
    # the centre of mass stays: what moves the whole crystal is no distortion, nor any phonon
    masses = dynamics.masses[:, None]
    values[0] -= (masses * values[0]).sum(axis=0) / masses.sum()
    weighted = values * np.sqrt(masses)
    total = float((np.abs(weighted) ** 2).sum())
    rows: list[tuple[float, list[ModeOverlap]]] = []
    for irrep in irreps_on(space):
        shapes = mode_shapes(dynamics, space, irrep)
        if not len(shapes.eigenvalues) or irrep.kpoint is None:
            continue
        # Q_na = <e_na, sqrt(m) u> for mode n and component a
        components = np.einsum("naspd,spd->na", shapes.fields.conj(), weighted).real
        squares = (components**2).sum(axis=1)
        whole = float(squares.sum())
        if whole <= _SILENT * total:
            continue
        # all of its modes together, which have no frequency, before each alone
        shown = zip([None, *dynamics.frequencies(shapes.eigenvalues).tolist()], [whole, *squares.tolist()], strict=True)
        own = [
            ModeOverlap(
                irrep=irrep.label, kpoint=irrep.kpoint, frequency=f, amplitude=float(np.sqrt(s)), share=s / total
            )
            for f, s in shown
        ]
        rows.append((whole, own))
    rows.sort(key=lambda one: -one[0])
    return child_summary(analysis.distortion.child, 1e-3), tuple(one for _, group in rows for one in group)


DEFECT = 0.01
"""THz; a larger difference from the spectrum without symmetry is told."""


@taking(PhononOptions)
def phonons(asked: PhononOptions) -> PhononResult:
    """Name the irrep of every phonon mode, and freeze the soft ones.

    Returns
    -------
    PhononResult

    Raises
    ------
    UsageError
        If phonopy is not installed, or options contradict each other.
    InputError
        For files that cannot be read or do not belong together.

    Examples
    --------
    >>> import curiebreak
    >>> found = curiebreak.phonons("structures/phonons/srtio3.yaml.xz", k="R")
    >>> softest = found.stars[0].modes[0]
    >>> softest.irrep, round(softest.frequency, 2), softest.sites
    ('R5-', -1.09, {'O': 1.0})
    """
    start = time.perf_counter()
    constants = _constants(asked)
    parent = parent_crystal(constants.structure, asked.parent_symprec)
    dynamics = LatticeDynamics(parent, constants)
    tell = asked.progress or silent
    wanted = None if asked.k is None else wave_vector_of(parent, asked.k)
    stars = spectrum(dynamics, wanted, lambda share: tell("wave vectors", share, ""))
    below = asked.below if asked.below is not None else 0.0 if asked.unstable else None
    if asked.folder is not None and below is None:
        raise UsageError("No children are asked for.", "Add --unstable, or --below THZ.")
    soft: dict[Irrep, SoftMode] = {}
    frozen: list[FrozenChild] = []
    found = 0
    if below is not None:
        soft = soft_modes(_candidates(stars), below)
        asked_of = (soft, asked.max_dim, asked.top, asked.rms)
        frozen, found = frozen_children(dynamics, *asked_of, lambda share: tell("children", share, ""))
    files, table = _written(asked, frozen)
    child, carried = (None, ()) if asked.overlap is None else overlaps(dynamics, asked.overlap, asked.parent_symprec)
    return PhononResult(
        messages=(*parent.structure.messages, *_messages(stars, soft, below, asked), *_left_out(len(frozen), found)),
        parent=parent_summary(parent),
        file=constants.path,
        supercell=matrix(dynamics.supercell),
        stars=tuple(_star(star) for star in stars),
        below=below,
        soft=tuple(name_of(irrep) for irrep in soft),
        found=found,
        children=tuple(_child(one, file) for one, file in zip(frozen, files, strict=True)),
        table=table,
        child=child,
        overlaps=carried,
        options=asked.record,
        versions=library_versions(),
        seconds={"total": time.perf_counter() - start},
    )


def _constants(asked: PhononOptions) -> ForceConstants:
    if isinstance(asked.forces, ForceConstants):
        return asked.forces
    dim = None if asked.dim is None else [int(n) if float(n).is_integer() else 0 for n in asked.dim]
    return read_phonopy(asked.forces, asked.cell, dim)


def _candidates(stars: Sequence[StarModes]) -> list[tuple[float, Irrep, int, bool]]:
    return [
        (frequency, shapes.irrep, mode, star.is_acoustic(shapes, mode))
        for star in stars
        for frequency, shapes, mode in star.modes()
    ]


def _written(asked: PhononOptions, frozen: Sequence[FrozenChild]) -> tuple[list[str | None], str | None]:
    """Files of the children and of their table, where a folder is given."""
    if asked.folder is None:
        return [None] * len(frozen), None
    groups = [one.child.subgroup for one in frozen]
    names = [
        child_file(place, len(frozen), group, "vasp" if asked.poscar else "cif")
        for place, group in enumerate(groups, 1)
    ]
    folder = Path(asked.folder)
    files = write_children(folder, [one.child for one in frozen], names)
    rows = [
        table_row(file, group, len(one.child.site), one.irreps, one.directions, one.agrees)
        for file, group, one in zip(files, groups, frozen, strict=True)
    ]
    return list(files), write_table(folder, rows)


def _child(one: FrozenChild, file: str | None) -> PhononChild:
    return PhononChild(
        isotropy_subgroup=one.child.subgroup,
        irreps=one.irreps,
        directions=one.directions,
        n_atoms=len(one.child.site),
        size=one.child.size,
        agrees=one.agrees,
        file=file,
    )


def _star(star: StarModes) -> PhononStar:
    first = star.irreps[0]
    rows = sorted(star.modes(), key=lambda one: (round(one[0], 6), one[1].irrep.label))
    return PhononStar(
        letters=getattr(first, "kpoint_label", None),
        kpoint=first.kpoint or ("0", "0", "0"),
        kind=first.kind,
        arms=star.arms,
        interpolated=star.interpolated,
        defect=star.defect,
        modes=tuple(_mode(star, *one) for one in rows),
    )


def _mode(star: StarModes, frequency: float, shapes: ModeShapes, mode: int) -> PhononMode:
    irrep, names = shapes.irrep, star.dynamics.parent.site_names
    layout = [[irrep.arm_size] * len(irrep.arms)]
    return PhononMode(
        irrep=irrep.label if len(irrep.members) > 1 else str(getattr(irrep.members[0], "label", irrep.label)),
        order_parameter=irrep.label,
        frequency=frequency + 0.0,
        degeneracy=star.degeneracy(irrep),
        dim=irrep.dim,
        direction=format_direction(np.eye(irrep.dim), layout),
        acoustic=star.is_acoustic(shapes, mode),
        sites={name: float(x) for name, x in zip(names, shapes.shares[mode], strict=True) if x > 1e-6},
    )


def _messages(
    stars: Sequence[StarModes], soft: dict[Irrep, SoftMode], below: float | None, asked: PhononOptions
) -> list[str]:
    messages = []
    worst = max(stars, key=lambda star: star.defect)
    if worst.defect > DEFECT:
        messages.append(
            f"The force constants break the symmetry of the parent: at {','.join(worst.irreps[0].kpoint or ())} "
            f"frequencies by irrep differ from those of the dynamical matrix by {worst.defect:.3f} THz."
        )
    if any(star.interpolated for star in stars):
        messages.append("Wave vectors that the supercell does not hold are interpolated.")
    return messages if below is None else messages + _about_soft(soft, below, asked.max_dim)


def _left_out(made: int, found: int) -> list[str]:
    if made == found:
        return []
    return [f"{made} of {found} children are made, softest modes and high symmetry first; --top makes more."]


def _about_soft(soft: dict[Irrep, SoftMode], below: float, max_dim: int) -> list[str]:
    """What is said of soft modes of which not all children are made."""
    if not soft:
        return [f"No mode lies below {below:g} THz; --below takes stable ones."]
    large = [irrep for irrep in soft if not is_whole(irrep, max_dim)]
    none = [name_of(irrep) for irrep in large if irrep.arm_size > LARGEST_ARM]
    alone = [name_of(irrep) for irrep in large if irrep.arm_size <= LARGEST_ARM]
    messages = []
    if alone:
        messages.append(
            f"Frozen with one arm of the star: {'; '.join(alone)} (between special points, or more than --max-dim "
            f"{max_dim} components)."
        )
    if none:
        messages.append(f"No children are made of {'; '.join(none)}: too many components.")
    return messages
