"""``hidden_field``: from a file of snapshots to the field that they feel, uniform or about a centre."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from curiebreak.arrays import FloatArray, IntArray
from curiebreak.checking.verdict import global_carrier
from curiebreak.errors import InputError
from curiebreak.fields import usual_components
from curiebreak.learning.orbits import kind_name, parity_letter
from curiebreak.options import taking
from curiebreak.options.check_options import SnapshotOptions
from curiebreak.results import Status, vector, vector3
from curiebreak.results.field_recovery import HiddenFieldResult, RecoveredField, SnapshotSummary
from curiebreak.structures import Structure
from curiebreak.structures.field_files import read_snapshots
from curiebreak.versions import library_versions

if TYPE_CHECKING:
    from curiebreak.learning.hidden_field import GlobalField

VELOCITIES = ("velocities", "velo", "vel")
ACCELERATIONS = ("accelerations", "acceleration", "acc")
FORCES = ("forces", "force")

UNEXPLAINED = 0.1
"""Relative loss above which nothing is settled: too few or too noisy snapshots, or forces of another kind."""


@taking(SnapshotOptions)
def hidden_field(asked: SnapshotOptions) -> HiddenFieldResult:
    """Find the field that acts on a system, from snapshots that do not show it.

    Raises
    ------
    InputError
        If the file lacks velocities or accelerations, or has too few snapshots.

    Examples
    --------
    >>> import curiebreak
    >>> curiebreak.hidden_field("structures/fields/charges_magnetic.extxyz").found
    ('1e',)
    """
    from curiebreak.learning.hidden_field import CANDIDATES, recover
    from curiebreak.learning.multipoles import multipoles_of
    from curiebreak.learning.threads import threads_kept

    centre = _centre(asked)
    fields = tuple(map(_signs, asked.multipoles_of or ("1o", "1e-")))
    sought = () if centre is None else multipoles_of(fields, asked.lmax)

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
            centre=centre,
            multipoles=sought,
            progress=asked.progress,
        )
    end = time.perf_counter()
    first = structures[0]
    summary = SnapshotSummary(path=first.path, formula=first.formula, n_atoms=len(first), sha256=first.sha256)
    status, messages = Status.OK, []
    if found.loss > UNEXPLAINED:
        status = Status.NOT_CONVERGED
        messages = [f"{found.loss:.0%} of the squared accelerations stay unexplained."]
    return HiddenFieldResult(
        status=status,
        messages=tuple(messages),
        versions=library_versions("torch", "e3nn"),
        seconds={"total": end - start, "read": read - start, "training": end - read},
        options=asked.record,
        snapshots=summary,
        found=tuple(f.name if centre is None else _name(f) for f in found.fields),
        fields=tuple(map(_recovered, found.fields)),
        loss_without_input=found.loss_without_input,
        loss=found.loss,
        limit=found.limit,
        candidates=tuple(map(kind_name, CANDIDATES)) if centre is None else tuple(map(_name, sought)),
        centre=None if centre is None else vector3(centre),
        n_snapshots=len(structures),
        seed=seed,
    )


def _centre(asked: SnapshotOptions) -> FloatArray | None:
    if asked.centre is None:
        if asked.multipoles_of:
            raise InputError("Multipoles need a point that they are taken about.", "Give one with --centre X,Y,Z.")
        return None
    try:
        found = np.array([float(x) for x in asked.centre.split(",")])
    except ValueError:
        found = np.zeros(0)
    if found.shape != (3,) or not np.isfinite(found).all():
        raise InputError(f"--centre {asked.centre!r} are not three numbers.", "Write them with commas: 0,0,1.5.")
    return found


def _signs(kind: str) -> tuple[int, int]:
    """Signs of a vector field such as ``1e-`` under inversion and time reversal."""
    return (1 if kind[1] == "e" else -1), (-1 if kind.endswith("-") else 1)


def _name(kind: Any) -> str:
    return kind_name((kind.degree, kind.parity, kind.time))


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


def _recovered(one: GlobalField) -> RecoveredField:
    return RecoveredField(
        carrier=global_carrier(
            one.degree, parity_letter(one.parity), usual_components(one.degree, one.components), one.time
        ),
        direction=vector3(one.components) if one.degree == 1 else None,
        components=vector(one.components),
        response=one.response,
        loss_without=one.loss_without,
        amplitude=one.amplitude,
        amplitude_uncertainty=one.amplitude_error,
        confidence=one.confidence,
    )
