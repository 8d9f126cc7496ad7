"""Temperature and pressure that a CIF states."""

from __future__ import annotations

import re
from pathlib import Path

import gemmi

_TAGS = {
    "temperature": (
        "_diffrn_ambient_temperature",
        "_cell_measurement_temperature",
        "_diffrn.ambient_temperature",
        "_cell_measurement.temp",
    ),
    "pressure": ("_diffrn_ambient_pressure", "_cell_measurement_pressure", "_diffrn.ambient_pressure"),
}
_SUFFIXES = (".cif", ".mcif")


def conditions(path: Path) -> dict[str, float]:
    """Temperature (K) and pressure (kPa) as the CIF states them; empty where it does not.

    Parameters
    ----------
    path : Path
        Any file; only ``.cif`` and ``.mcif`` are looked at.
    """
    if path.suffix.lower() not in _SUFFIXES:
        return {}
    try:
        document = gemmi.cif.read_string(path.read_text(encoding="utf-8", errors="replace"), check_level=0)
    except (OSError, ValueError, RuntimeError):
        return {}
    found: dict[str, float] = {}
    for block in document:
        for name, tags in _TAGS.items():
            for tag in tags:
                text = block.find_value(tag)
                match = re.match(r"-?\d+(?:\.\d+)?", text.strip("'\"")) if text else None
                if match and name not in found:
                    found[name] = float(match.group())
    return found
