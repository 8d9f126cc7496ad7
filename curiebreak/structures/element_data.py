"""Element properties as pymatgen tabulates them, reduced to plain numbers."""

from __future__ import annotations

import math
import warnings
from contextlib import suppress
from typing import Any


def element_records() -> dict[str, dict[str, Any]]:
    """Electronegativity, place in the table, energies, radii, valence electrons and charges of H to Lr.

    Units: Å for radii and bond-valence parameters, eV for energies. Missing numbers are ``None``.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pymatgen.analysis.bond_valence import BV_PARAMS
        from pymatgen.core.periodic_table import Element

        return {e.symbol: _record(e, BV_PARAMS.get(e)) for e in Element if e.Z <= 103 and e.symbol not in ("D", "T")}


def _record(element: Any, bond_valence: Any) -> dict[str, Any]:
    radii = {
        charge: {
            number: (spins.get("") or spins.get("High Spin") or next(iter(spins.values())))["ionic_radius"]
            for number, spins in by_number.items()
        }
        for charge, by_number in (element.data.get("Shannon radii") or {}).items()
    }
    return {
        "Z": element.Z,
        "X": _number(element.X),
        "row": element.row,
        "group": element.group,
        "mendeleev": _number(element.mendeleev_no),
        "ie": _number(element.ionization_energy),
        "ea": _number(element.electron_affinity),
        "radius": _number(element.atomic_radius),
        **_valence(element),
        "common": list(element.common_oxidation_states),
        "icsd": list(element.icsd_oxidation_states),
        "states": list(element.oxidation_states),
        "shannon": radii,
        "bv": None if bond_valence is None else [bond_valence["r"], bond_valence["c"]],
    }


def _number(value: Any) -> float | None:
    with suppress(TypeError, ValueError):
        return None if math.isnan(float(value)) else round(float(value), 5)
    return None


def _valence(element: Any) -> dict[str, int]:
    """Electrons of the outermost s and p shells, of d one below and of f two below."""
    shells = [(int(n), letter, int(count)) for n, letter, count in element.full_electronic_structure]
    outer = max(n for n, _, _ in shells)
    wanted = {"s": outer, "p": outer, "d": outer - 1, "f": outer - 2}
    return {k: sum(c for n, letter, c in shells if letter == k and n == level) for k, level in wanted.items()}
