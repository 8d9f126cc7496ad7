"""What a scan found, counted: tables and points for a summary."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from curiebreak.arrays import FloatArray
from curiebreak.errors import InputError
from curiebreak.files import parse_json
from curiebreak.results.basic import SpaceGroup, group_name
from curiebreak.scan.row import FAILURES
from curiebreak.scan.store import damage, damaged, read_meta, told
from curiebreak.scan.table import reading, records
from curiebreak.scan.tolerance import ToleranceMap, tolerance_map

TIGHT, LOOSE = 0.001, 0.1
"""Å; a structure whose group changes between these tolerances is sensitive to them."""

SPREAD = 5.0
"""Robust standard deviations from the median that make an outlier."""

_MOST = 40


@dataclass(frozen=True)
class DigestTable:
    """Rows under columns, with a title; `numbers` are the columns that hold numbers."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Digest:
    """Summary of a store.

    Attributes
    ----------
    name : str
        Of the store.
    facts : tuple of (name, text)
    tables : tuple of DigestTable
    in_phase, antiphase : ndarray (n,)
        Amplitudes of the tilt irreps (M3+, R4+; X3+, GM4+ of double perovskites), Å per parent cell.
    symbols : tuple of str, length n
        Glazer symbol of each point.
    tolerance : ToleranceMap
    parity : Parity, optional
        Amplitudes that a model predicted for the same compositions.
    """

    name: str
    facts: tuple[tuple[str, str], ...]
    tables: tuple[DigestTable, ...]
    in_phase: FloatArray
    antiphase: FloatArray
    symbols: tuple[str, ...]
    tolerance: ToleranceMap
    parity: Parity | None = None


@dataclass(frozen=True, eq=False)
class Parity:
    """Lengths of order parameters, found and predicted, Å per parent cell; symbols as in `Digest`; what it says."""

    found: FloatArray
    predicted: FloatArray
    symbols: tuple[str, ...]
    caption: str


def digest(store: Path) -> Digest:
    """Count what a store holds.

    Raises
    ------
    InputError
        If the file is no store of a scan.
    """
    rows = records(store)
    settings, versions, sensitive = _about(store)
    answered = [row for row in rows if row["space_group_number"] is not None]
    tilted = [row for row in answered if row["glazer"]]
    return Digest(
        name=store.name,
        facts=(
            ("structures", str(len(rows))),
            ("analysed", str(len(answered))),
            ("parent", str(settings.get("parent"))),
            ("learned", "yes" if settings.get("learn") else "no"),
            ("versions", ", ".join(f"{k} {v}" for k, v in versions.items())),
        ),
        tables=tuple(t for t in _tables(rows, answered, tilted, sensitive) if t.rows),
        in_phase=_amplitudes(tilted, "amp_M3+", "amp_X3+"),
        antiphase=_amplitudes(tilted, "amp_R4+", "amp_GM4+"),
        symbols=tuple(row["glazer"] for row in tilted),
        tolerance=tolerance_map(tilted),
    )


_NOT_OURS = (InputError, AttributeError, LookupError, TypeError, ValueError)
"""What reading the details of a structure runs into where no scan wrote them."""


def _about(store: Path) -> tuple[dict[str, Any], dict[str, Any], DigestTable]:
    """Settings and versions of a scan, and what is sensitive to the tolerance."""
    details = "SELECT id, details FROM structures WHERE details IS NOT NULL ORDER BY position"
    with reading(store) as connection, told(store):
        meta = read_meta(connection, store)
        with damage(store, "the details of a structure cannot be read", *_NOT_OURS):
            sensitive = _sensitive(connection.execute(details))
    settings, versions = (meta.get(key, {}) for key in ("settings", "versions"))
    if not isinstance(settings, dict) or not isinstance(versions, dict):
        raise damaged(store, "what it says about itself is no table")
    return settings, versions, sensitive


def _amplitudes(rows: Sequence[dict[str, Any]], simple: str, double: str) -> Any:
    """Amplitude of a tilt irrep in each row; the other label in double perovskites."""
    return np.array([row.get(double if row["prototype"] == "double" else simple) or 0.0 for row in rows])


def _tables(
    rows: list[dict[str, Any]], answered: list[dict[str, Any]], tilted: list[dict[str, Any]], sensitive: DigestTable
) -> list[DigestTable]:
    failed = [row for row in rows if row["status"] in FAILURES]
    refused = [row for row in rows if row["status"] == "not_a_perovskite"]
    broken = [{"primary": row["primary"] or "none"} for row in answered]
    groups = [
        {"group": group_name(SpaceGroup(row["space_group_number"], row["space_group_symbol"]))} for row in answered
    ]
    return [
        _counted("Status", "status", rows, "{status}"),
        _counted("Glazer class", "symbol", tilted, "{glazer}"),
        _counted("Space group", "group", groups, "{group}"),
        _counted("Primary order parameters", "primary", broken, "{primary}"),
        _counted("Failures by reason", "reason", failed, "{status}: {reason}"),
        _counted("Not perovskites, by reason", "reason", refused, "{reason}"),
        _outliers(answered),
        _alike(answered),
        sensitive,
    ]


def _counted(title: str, name: str, rows: Sequence[dict[str, Any]], text: str) -> DigestTable:
    """How many rows say the same, written as `text`."""
    counts = Counter(text.format_map(row) for row in rows)
    most = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_MOST]
    return DigestTable(title, (name, "structures"), tuple((v, str(n)) for v, n in most), (1,))


def _outliers(answered: list[dict[str, Any]]) -> DigestTable:
    """Structures with an amplitude or a strain far from those of the others that have it.

    What is far in one of its own primary irreps comes first: a secondary one that is far mostly follows from it.
    """
    found = []
    for name in next(iter(answered), {}):
        if name.startswith(("amp_", "strain_GM")):
            far = _deviations([np.nan if _is_given(row, name) else row[name] for row in answered])
            for place in np.flatnonzero(np.abs(far) > SPREAD).tolist():
                row = answered[place]
                primary = name.partition("_")[2] in str(row["primary"]).split()
                found.append((not primary, -abs(float(far[place])), str(row["id"]), name, row[name]))
    rows = [
        (key, name, "secondary" if secondary else "primary", f"{value:.4g}", f"{-far:.1f}")
        for secondary, far, key, name, value in sorted(found)
    ]
    columns = ("structure", "column", "role", "value", "deviations from the median")
    return DigestTable("Outliers", columns, tuple(rows[:_MOST]), (3, 4))


def _is_given(row: dict[str, Any], name: str) -> bool:
    """Whether a value says nothing: a parent that was built has the child's volume."""
    return name == "strain_GM1+" and bool(row.get("prototype"))


def _alike(answered: list[dict[str, Any]]) -> DigestTable:
    """Structures that are equal in formula, group and every amplitude: one structure, entered several times."""
    groups: dict[tuple[Any, ...], list[str]] = {}
    for row in answered:
        amplitudes = [None if v is None else f"{v:.3f}" for k, v in row.items() if k.startswith(_FIELDS)]
        key = (row["formula"], row["space_group_symbol"], row["prototype"], *amplitudes)
        groups.setdefault(key, []).append(str(row["id"]))
    rows = [(" ".join(same), str(key[0]), str(key[1])) for key, same in groups.items() if len(same) > 1]
    return DigestTable("Probably one structure", ("structures", "formula", "group"), tuple(sorted(rows)[:_MOST]))


_FIELDS = ("amp_", "occ_", "mag_", "strain_GM")
"""How the columns of irreps begin."""


def _deviations(values: Sequence[float | None]) -> FloatArray:
    """Robust deviations (n,) from the median; nan where there is no value, 0 where too few tell a spread."""
    numbers = np.array(values, dtype=np.float64)
    known = numbers[np.isfinite(numbers)]
    if len(known) < 10:
        return np.zeros(len(numbers))
    middle = np.median(known)
    spread = 1.4826 * np.median(np.abs(known - middle))
    return np.asarray((numbers - middle) / spread) if spread > 0 else np.zeros(len(numbers))


def _sensitive(details: Iterable[tuple[str, str]]) -> DigestTable:
    """Structures whose group changes between the tolerances `TIGHT` and `LOOSE`."""
    rows = []
    for name, text in details:
        exact = parse_json(text, "details")["exact"]
        ladder = exact["tolerance_ladder"]
        tolerances = [rung["tolerance"] for rung in ladder]
        start, end = max(0, bisect_right(tolerances, TIGHT) - 1), bisect_left(tolerances, LOOSE)
        symbols = list(dict.fromkeys(str(rung["symbol"]) for rung in ladder[start:end]))
        if len(symbols) > 1:
            rows.append((name, exact["child"]["formula"], " < ".join(symbols), f"{tolerances[end - 1]:.3f}"))
    columns = ("structure", "formula", "groups, rising tolerance", "last change (Å)")
    return DigestTable("Sensitive to the tolerance", columns, tuple(sorted(rows)), (3,))
