"""``hidden_field``: from a file of snapshots to the global field that they feel."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from curiebreak.arrays import FloatArray, IntArray
from curiebreak.errors import InputError
from curiebreak.fields import usual_components
from curiebreak.options import taking
from curiebreak.options.check_options import SnapshotOptions
from curiebreak.results import CarrierResult, Status, StructureSummary, vector, vector3
from curiebreak.results.field_recovery import HiddenFieldResult, RecoveredField
from curiebreak.structures import Structure
from curiebreak.structures.field_files import read_snapshots
from curiebreak.versions import library_versions

VELOCITIES = ("velocities", "velo", "vel")
ACCELERATIONS = ("accelerations", "acceleration", "acc")
FORCES = ("forces", "force")

UNEXPLAINED = 0.1
"""Relative loss above which nothing is settled: too few or too noisy snapshots, or forces of another kind."""


@taking(SnapshotOptions)
def hidden_field(asked: SnapshotOptions) -> HiddenFieldResult:
    """Find the uniform field that acts on a system, from snapshots that do not show it.

    Raises
    ------
    InputError
        If the file lacks velocities or accelerations, or has too few snapshots.
    """
    from curiebreak.learning.hidden_field import CANDIDATES, recover, study_name
    from curiebreak.learning.threads import threads_kept

    path, seed, tolerance, kinds = asked.snapshots, asked.seed, asked.tolerance, asked.kinds
    start = time.perf_counter()
    structures, arrays = read_snapshots(path, (*VELOCITIES, *ACCELERATIONS, *FORCES))
    velocities = _one_of(arrays, VELOCITIES, path)
    accelerations = _one_of(arrays, (*ACCELERATIONS, *FORCES), path)
    positions = np.array([s.cartesian for s in structures])
    types = _types(structures[0], path, kinds)
    read = time.perf_counter()
    with threads_kept():
        found = recover(
            positions,
            velocities,
            accelerations,
            types,
            _lattice(structures, path),
            seed=seed,
            tolerance=tolerance,
            progress=asked.progress,
        )
    end = time.perf_counter()
    first = structures[0]
    summary = StructureSummary(path=first.path, formula=first.formula, n_atoms=len(first), sha256=first.sha256)
    unexplained = found.loss > UNEXPLAINED
    return HiddenFieldResult(
        status=Status.NOT_CONVERGED if unexplained else Status.OK,
        messages=(f"{found.loss:.0%} of the squared accelerations stay unexplained.",) if unexplained else (),
        versions=library_versions("torch", "e3nn"),
        seconds={"total": end - start, "read": read - start, "training": end - read},
        options=asked.record,
        parent=summary,
        child=summary,
        found=tuple(f.name for f in found.fields),
        fields=tuple(
            RecoveredField(
                carrier=_carrier(f.degree, f.parity, f.components),
                direction=vector3(f.components) if f.degree == 1 else None,
                components=vector(f.components),
                response=f.response,
                loss_without=f.loss_without,
            )
            for f in found.fields
        ),
        loss_without_input=found.loss_without_input,
        loss=found.loss,
        limit=found.limit,
        candidates=tuple(study_name(kind) for kind in CANDIDATES),
        n_snapshots=len(structures),
        seed=seed,
    )


def _one_of(arrays: dict[str, FloatArray], names: tuple[str, ...], path: str | Path) -> FloatArray:
    for name in names:
        if name in arrays:
            return arrays[name]
    raise InputError(
        f"The frames of {path} have no array {names[0]!r}.",
        f"Every frame needs one of {', '.join(names)} with three numbers per atom.",
    )


def _types(structure: Structure, path: str | Path, kinds: str | None) -> IntArray:
    names = list(structure.species)
    if kinds is not None:
        from curiebreak.structures.field_files import read_fields

        values = read_fields(path, (kinds,)).fields[0].values
        if values.shape != (len(structure), 1):
            raise InputError(f"The array {kinds!r} does not hold one number per atom.", "Give integers.")
        names = [f"{name} {value[0]:g}" for name, value in zip(names, values, strict=True)]
    order = {name: index for index, name in enumerate(dict.fromkeys(names))}
    return np.array([order[name] for name in names], dtype=np.int64)


def _lattice(structures: list[Structure], path: str | Path) -> FloatArray | None:
    cells = [s.lattice for s in structures]
    first = cells[0]
    if first is None:
        return None
    if any(c is None or np.abs(c - first).max() > 1e-3 for c in cells):
        raise InputError(f"The cell changes between the frames of {path}.", "Give snapshots in one cell.")
    return first


def _carrier(degree: int, parity: int, components: FloatArray) -> CarrierResult:
    usual = usual_components(degree, components)
    usual = usual / np.abs(usual).max()
    values = {str(m): float(x) for m, x in zip(range(-degree, degree + 1), usual, strict=True)}
    kept = {m: x for m, x in values.items() if abs(x) > 1e-6}
    return CarrierResult(site="global", l=degree, parity="e" if parity > 0 else "o", components=kept)
