"""Tables of results as data frames of pandas, the extra ``notebook``."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from curiebreak.errors import UsageError, refusing
from curiebreak.report.numbers import known, kpoint
from curiebreak.report.palette import entries
from curiebreak.results import Decomposition, Finding, IrrepEntry
from curiebreak.results.basic import group_symbol
from curiebreak.results.record import Record
from curiebreak.results.tracking import TrackResult

_ROWS = ("irreps", "subgroups", "directions", "intermediates", "candidates", "invariants", "modes", "pairing", "fields")
"""Fields that hold the rows of a result, in the order in which they are looked for."""


def frame(result: Record) -> Any:
    """The rows of a result, one column a field.

    Irreps of a finding or decomposition, the frames of a series (or its irreps, where it wrote no table), the groups,
    directions, candidates or polynomials of other results.

    Raises
    ------
    UsageError
        Without pandas, or for a result without rows.
    """
    pandas = _pandas()
    if isinstance(result, TrackResult) and result.table is not None and Path(result.table).is_file():
        return pandas.read_csv(result.table)
    if isinstance(result, (Finding, Decomposition)):
        return pandas.DataFrame([_irrep(entry) for entry in entries(result)])
    rows = next((found for name in _ROWS if (found := getattr(result, name, ()))), ())
    if not rows:
        raise UsageError(f"A result of `{result.command}` has no rows.", "Use to_dict().")
    return pandas.DataFrame([_plain(row) for row in rows])


def rows_frame(found: tuple[list[str], list[tuple[Any, ...]]]) -> Any:
    """Names and rows as a data frame."""
    names, rows = found
    return _pandas().DataFrame(rows, columns=names)


def curves_frame(curves: Any) -> Any:
    """The curves of a series (:class:`curiebreak.tracking.following.Curves`), a row a frame."""
    columns = {curves.x_name: curves.x} | {"frame": list(curves.frames), "name": curves.names}
    return _pandas().DataFrame(columns | {name: curves.of(name) for name in curves.columns.place})


def _pandas() -> Any:
    with refusing(
        ImportError, "Data frames need pandas.", "Install it: pip install 'curiebreak[notebook]'.", UsageError
    ):
        import pandas
    return pandas


def _irrep(entry: IrrepEntry) -> dict[str, Any]:
    group = entry.isotropy_subgroup
    return {
        "irrep": entry.name,
        "kind": entry.kind,
        "k": kpoint(entry),
        "direction": entry.direction,
        "role": entry.role,
        "As": entry.amplitude_supercell,
        "Ap": entry.amplitude_parent,
        "dmax": entry.dmax,
        "share": entry.share,
        "group": known(group_symbol, group),
        "number": getattr(group, "number", None),
        "modes": len(entry.modes),
    }


def _plain(row: Any) -> dict[str, Any]:
    """Fields of a row; of a field that is an object itself, its own fields behind its name."""
    found: dict[str, Any] = {}
    for field in fields(row):
        value = getattr(row, field.name)
        if is_dataclass(value):
            found |= {f"{field.name}.{name}": one for name, one in _plain(value).items()}
        else:
            found[field.name] = value
    return found
