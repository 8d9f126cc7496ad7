"""Tables and files of a decomposition: CSV of irreps and modes, mode vectors per atom."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import numpy as np

from curiebreak.modes.analysis import Analysis
from curiebreak.modes.mode_vectors import ModeVector, mode_vectors
from curiebreak.results import Decomposition, IrrepEntry
from curiebreak.results.basic import group_symbol

COLUMNS = (
    "kind",
    "irrep",
    "mode",
    "k",
    "direction",
    "role",
    "amplitude_supercell",
    "amplitude_uncertainty",
    "amplitude_parent",
    "dmax",
    "share",
    "isotropy_subgroup",
    "isotropy_number",
    "origin_site",
)


def modes_csv(result: Decomposition) -> str:
    """One row for each irrep (``mode`` empty) followed by one for each of its modes."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for entry in result.irreps:
        for row in _rows(entry, result):
            writer.writerow({key: "" if value is None else value for key, value in row.items()})
    return stream.getvalue()


def _rows(entry: IrrepEntry, result: Decomposition) -> Iterator[dict[str, Any]]:
    symbol, number = _group(entry)
    common = {"kind": entry.kind, "irrep": entry.irrep, "role": entry.role, "origin_site": result.parent.origin_site}
    yield common | {
        "k": " ".join(entry.kpoint or ()),
        "direction": entry.direction,
        "amplitude_supercell": entry.amplitude_supercell,
        "amplitude_uncertainty": entry.amplitude_uncertainty,
        "amplitude_parent": entry.amplitude_parent,
        "dmax": entry.dmax,
        "share": entry.share,
        "isotropy_subgroup": symbol,
        "isotropy_number": number,
    }
    strain, size = entry.kind == "strain", 1 if result.mapping is None else result.mapping.size
    for mode in entry.modes:
        amplitude = mode.amplitude_supercell
        yield common | {
            "mode": mode.label,
            "amplitude_supercell": amplitude,
            "amplitude_parent": amplitude if strain else amplitude / size**0.5,
        }


def _group(entry: IrrepEntry) -> tuple[str | None, str | int | None]:
    """Symbol and number of the group that an irrep alone leaves; BNS for moments, whose space group is a larger one."""
    group = entry.isotropy_subgroup
    if group is None:
        return None, None
    if group.magnetic is not None:
        return group.magnetic.bns_symbol, group.magnetic.bns_number
    return group_symbol(group), group.number


def eigenvectors_json(analysis: Analysis) -> str:
    """Every displacement mode that the child's group leaves free, as unit vectors on the atoms.

    Displacements are ``sum_j amplitude_j vectors_j``, Å, Cartesian in the parent's frame, over the atoms of
    the child's primitive cell.
    """
    field, parent = analysis.group.field, analysis.parent
    lattice = None if field.lattice is None else field.lattice.tolist()
    atoms = [
        {
            "site": parent.site_names[parent.site_orbits[site]],
            "species": parent.species[site],
            "undistorted": _numbers(position),
            "displacement": _numbers(moved),
        }
        for site, position, moved in zip(field.site, field.cartesian, field.displacements, strict=True)
    ]
    modes = [
        {
            "label": mode.label,
            "irrep": mode.irrep,
            "kpoint": mode.kpoint,
            "direction": mode.direction,
            "amplitude_supercell": round(mode.amplitude, 10) + 0.0,
            "vectors": [_numbers(v) for v in mode.vectors],
        }
        for mode in mode_vectors(analysis)
    ]
    document = {
        "units": "angstrom, cartesian, frame of the parent's file; vectors have unit norm",
        "lattice": lattice,
        "atoms": atoms,
        "modes": modes,
    }
    return json.dumps(document, indent=1) + "\n"


def _numbers(vector: Any) -> list[float]:
    return [float(x) + 0.0 for x in np.round(vector, 10)]


def mode_matrices_json(analysis: Analysis) -> str:
    """Every displacive irrep that the child's group leaves free, as a matrix on the atoms, for refinement scripts.

    ``x = undistorted + sum_irreps (matrix @ amplitudes).reshape(-1, 3)``: Cartesian, Å, the parent's frame; the columns
    of all matrices together are orthonormal, amplitudes are over the child's primitive cell.

    Returns
    -------
    str
        JSON, ``{irrep: {"atoms": [...], "modes": [...], "amplitudes": [...], "matrix": [...]}}``; rows of a matrix are
        x, y, z of the first atom, then of the second, and so on, columns its modes.
    """
    field, parent = analysis.group.field, analysis.parent
    atoms = [
        {"site": name, "species": parent.species[site], "undistorted": _numbers(place)}
        for name, site, place in zip(field.site_names, field.site, field.cartesian, strict=True)
    ]
    grouped: dict[str, list[ModeVector]] = {}
    for mode in mode_vectors(analysis):
        grouped.setdefault(mode.irrep, []).append(mode)
    document = {
        irrep: {
            "atoms": atoms,
            "modes": [mode.label for mode in modes],
            "amplitudes": [round(mode.amplitude, 10) + 0.0 for mode in modes],
            "matrix": [_numbers(row) for row in np.array([mode.vectors.ravel() for mode in modes]).T],
        }
        for irrep, modes in grouped.items()
    }
    return json.dumps(document, indent=1) + "\n"
