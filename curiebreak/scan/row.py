"""The row that a scan keeps of every structure: columns of the table, amplitudes, whole result."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from curiebreak.results import Decomposition, Finding, Status
from curiebreak.results.basic import STRAINS, moments_ignored
from curiebreak.results.learned import NO_MINIMAL_SET
from curiebreak.scan.inputs import Source
from curiebreak.structures.checks import TOO_NEAR

SETS_BETWEEN = " | "
"""Separates minimal sets in one column; labels of a set are separated by a blank."""

FAILURES = ("error", "timeout", "crash")

DIGITS = 10
"""Significant ones, of the numbers in the table."""

COLUMNS: tuple[tuple[str, str], ...] = (
    ("id", "TEXT"),
    ("path", "TEXT"),
    ("sha256", "TEXT"),
    ("status", "TEXT"),
    ("reason", "TEXT"),
    ("prototype", "TEXT"),
    ("a_site", "TEXT"),
    ("b_site", "TEXT"),
    ("x_site", "TEXT"),
    ("formula", "TEXT"),
    ("n_atoms", "INTEGER"),
    ("space_group_number", "INTEGER"),
    ("space_group_symbol", "TEXT"),
    ("magnetic_group_number", "TEXT"),
    ("magnetic_group_symbol", "TEXT"),
    ("glazer", "TEXT"),
    ("tilt_x", "REAL"),
    ("tilt_y", "REAL"),
    ("tilt_z", "REAL"),
    ("primary", "TEXT"),
    ("minimal_sets", "TEXT"),
    ("learned_primary", "TEXT"),
    ("learned_agrees", "INTEGER"),
    ("loss", "REAL"),
    ("floor", "REAL"),
    *((f"strain_{name}", "REAL") for name in STRAINS),
)
"""Columns of every row with their SQL types; amplitudes and seconds follow in the table."""


@dataclass(frozen=True)
class Row:
    """One finished structure.

    Attributes
    ----------
    source : Source
    values : dict
        Column to value; missing ones are empty.
    amplitudes : dict
        Column (``amp_R4+``, ``occ_R1+``, ``strain_GM3+``, ``mag_mR4+``) to parent-normalised amplitude, Å for
        displacements, μB for moments, no unit for occupation and strain.
    details : str or None
        The whole result as JSON.
    seconds : float
    """

    source: Source
    values: dict[str, Any] = field(default_factory=dict)
    amplitudes: dict[str, float] = field(default_factory=dict)
    details: str | None = None
    seconds: float = 0.0

    @property
    def status(self) -> str:
        """Status of the row."""
        return str(self.values["status"])


@dataclass(frozen=True)
class Family:
    """What a structure was recognised as: prototype, and the species on A, B and X (two kinds of B with a blank).

    A parent that was found from the child alone is named ``found Fm-3m``, without species.
    """

    prototype: str
    a: str | None
    b: str | None
    x: str | None
    note: str | None = None
    """What a reader of the row should know of the parent."""


def failed_row(source: Source, status: str, reason: str, seconds: float = 0.0, **more: Any) -> Row:
    """A row that only says why there is no result."""
    values = {"id": source.id, "path": source.path, "sha256": source.sha256, "status": status}
    return Row(source, {**values, "reason": reason, **more}, seconds=seconds)


def result_row(
    source: Source, exact: Decomposition, finding: Finding | None, family: Family | None, seconds: float
) -> Row:
    """The row of an analysed structure.

    Parameters
    ----------
    source : Source
    exact : Decomposition
    finding : Finding or None
        The learned answer, if asked for.
    family : Family or None
        Prototype and roles, where the parent was built.
    seconds : float
        Time spent.
    """
    values = _exact_values(exact)
    status, reason = exact.status, None
    if finding is not None:
        values |= _learned_values(finding, _marks(exact))
        status, reason = _judged(finding, exact)
    sure = status in (Status.OK, Status.NOTHING_TO_BREAK)
    values |= {
        "id": source.id,
        "path": source.path,
        "sha256": source.sha256,
        "status": str(status.value),
        "reason": reason or (_left_aside(exact) if sure else status.advice),
    }
    if family is not None:
        values["reason"] = values["reason"] or family.note
        values |= {"prototype": family.prototype, "a_site": family.a, "b_site": family.b, "x_site": family.x}
    details = {"exact": _timeless(exact), "learned": None if finding is None else _timeless(finding)}
    text = json.dumps(details, separators=(",", ":"), allow_nan=False)
    rounded = {k: _rounded(v) if isinstance(v, float) else v for k, v in values.items()}
    return Row(source, rounded, _amplitudes(exact), text, seconds)


def _judged(finding: Finding, exact: Decomposition) -> tuple[Status, str | None]:
    """What a learned answer is called beside the exact one, and why where they differ."""
    status = finding.status if finding.status is not Status.OK else exact.status
    reason = TIME_SPENT if "seconds" in finding.limits else None
    check = finding.crosscheck
    if check is not None and check.agrees is False:
        status = Status.AMBIGUOUS if status in (Status.OK, Status.NOTHING_TO_BREAK) else status
        reason = check.reason
    if finding.primary and not _is_minimal(finding, exact):
        # one that generates the child says so itself; a set that is none and thinks itself right is wrong
        status = Status.AMBIGUOUS if finding.status is Status.AMBIGUOUS else Status.NOT_CONVERGED
        reason = next((m for m in finding.messages if NO_MINIMAL_SET in m), NOT_MINIMAL)
    return status, reason


TIME_SPENT = "A trained loss was above its floor when its time was spent: `find` takes more with --seconds."
NOT_MINIMAL = "The learned set is none of the exact minimal sets."


def _is_minimal(finding: Finding, exact: Decomposition) -> bool:
    """Whether the learned set is one of the minimal sets, in any order."""
    return set(finding.primary) in [set(labels) for labels in exact.minimal_sets]


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def _timeless(document: Decomposition | Finding) -> dict[str, Any]:
    """A result without its timings, which differ from run to run, and without the fields that only pictures need."""
    return {key: value for key, value in document.to_dict().items() if key not in ("seconds", "mode_fields")}


def _left_aside(exact: Decomposition) -> str | None:
    """What the row says nothing about although the file holds it: moments, atoms on top of each other."""
    return next((message for message in exact.messages if moments_ignored(message) or TOO_NEAR in message), None)


def _exact_values(exact: Decomposition) -> dict[str, Any]:
    group, glazer, marks = exact.child.space_group, exact.glazer, _marks(exact)
    magnetic = getattr(group, "magnetic", None)
    values: dict[str, Any] = {
        "formula": exact.child.formula,
        "n_atoms": exact.child.n_atoms,
        "space_group_number": getattr(group, "number", None),
        "space_group_symbol": getattr(group, "symbol", None),
        "magnetic_group_number": getattr(magnetic, "bns_number", None),
        "magnetic_group_symbol": getattr(magnetic, "bns_symbol", None),
        "primary": _labels(exact.primary, marks),
        "minimal_sets": SETS_BETWEEN.join(_labels(labels, marks) for labels in exact.minimal_sets),
    }
    if glazer is not None:
        values["glazer"] = glazer.symbol
        values |= dict(zip(("tilt_x", "tilt_y", "tilt_z"), glazer.angles, strict=True))
    strain = exact.mapping.strain if exact.mapping else None
    if strain is not None:
        values |= {f"strain_{name}": strain[i][j] for name, (i, j) in STRAINS.items()}
    return values


def _marks(exact: Decomposition) -> dict[str, str]:
    """How the table writes an irrep that order of atoms alone makes: like its column, ``occ_R1+``."""
    kinds: dict[str, set[str]] = {}
    for entry in exact.irreps:
        if entry.role == "primary":
            kinds.setdefault(entry.name, set()).add(str(entry.kind))
    return {name: PREFIXES["occupation"] + name for name, found in kinds.items() if found == {"occupation"}}


def _labels(labels: Iterable[str], marks: Mapping[str, str]) -> str:
    return " ".join(marks.get(label, label) for label in labels)


def _learned_values(finding: Finding, marks: Mapping[str, str]) -> dict[str, Any]:
    check = finding.crosscheck
    loss, floor = finding.loss, finding.floor
    if loss is None:
        loss, floor = finding.loss_magnetic, finding.floor_magnetic
    return {
        "learned_primary": _labels(finding.primary, marks),
        "learned_agrees": None if check is None or check.agrees is None else int(check.agrees),
        "loss": loss,
        "floor": floor,
    }


PREFIXES = {"displacement": "amp_", "occupation": "occ_", "strain": "strain_", "magnetic": "mag_"}
"""Column of an irrep: prefix by kind, then the label."""


def _amplitudes(exact: Decomposition) -> dict[str, float]:
    """Parent-normalised amplitude of each irrep by column name."""
    found: dict[str, float] = {}
    for entry in exact.irreps:
        if entry.kind in PREFIXES and entry.role != "noise" and entry.amplitude_parent is not None:
            name = PREFIXES[entry.kind] + entry.name
            found[name] = _rounded(float(entry.amplitude_parent))
    return found
