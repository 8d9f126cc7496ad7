"""What the interactive view draws: atoms, bonds, polyhedra and cell of a result, and the fields of its irreps.

Nothing is computed here but which atoms are shown; the page adds up the fields of ``mode_fields``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from curiebreak.arrays import FloatArray
from curiebreak.report.crystal import DrawnCrystal, Image
from curiebreak.report.palette import INK, MOMENT, entries, irrep_colours
from curiebreak.report.scene import View
from curiebreak.report.solids import hull_faces
from curiebreak.results import Decomposition, Finding, IrrepEntry, IrrepField, ModeFields

_BOND_RADIUS, _MOLECULE_BOND, _METAL_BOND = 0.06, 0.09, 0.035
_NEAR = 1.15
"""Without polyhedra, pairs of atoms closer than this times the shortest distance are bonds."""


@dataclass(frozen=True, eq=False)
class ViewData:
    """A result as the page needs it.

    Attributes
    ----------
    page : dict
        Plain data for the scripts: lengths in Å, Cartesian in the parent's frame.
    irreps : tuple
        One entry per slider: what is scaled, and its entry in the result if it has one.
    colours : dict
        Colour of each irrep by label.
    elements : dict
        Colour of each element.
    """

    page: dict[str, Any]
    irreps: tuple[tuple[IrrepField, IrrepEntry | None], ...]
    colours: dict[str, str]
    elements: dict[str, str]


def view_data(result: Finding | Decomposition) -> ViewData | None:
    """Everything that the interactive view shows; ``None`` where the result holds no mode fields.

    Parameters
    ----------
    result : Finding or Decomposition
    """
    fields, crystal = result.mode_fields, DrawnCrystal.of(result)
    if fields is None or crystal is None:
        return None
    images = list(crystal.drawn.values())
    numbers = dict(zip(crystal.drawn, range(len(images)), strict=True))
    irreps = tuple((field, _entry(result, field)) for field in _sorted(result, fields))
    colours = irrep_colours(result)
    places = crystal.places(images, False)
    middle = (places.min(axis=0) + places.max(axis=0)) / 2
    faces, ridges = _polyhedra(crystal, numbers)
    page = {
        "atoms": [_atom(crystal, fields, i) for i in range(len(fields.sites))],
        "images": [[image.atom, _numbers(image.translation @ crystal.lattices[0])] for image in images],
        "bonds": _bonds(crystal, places, numbers),
        "bond_radius": _bond_radius(crystal),
        "faces": faces,
        "ridges": ridges,
        "cell": [[_numbers(one), _numbers(two)] for one, two in crystal.edges(False)],
        "irreps": [_field(field, colours) for field, _ in irreps],
        "elements": [{"name": name, "colour": crystal.colours.get(name, INK)} for name in fields.elements],
        "middle": _numbers(middle),
        "radius": float(np.linalg.norm(places - middle, axis=1).max()) + 0.6,
        "looks": _looks(crystal),
        **_arrows(crystal),
        **_moments(crystal),
    }
    return ViewData(page, irreps, colours, crystal.colours)


def _polyhedra(
    crystal: DrawnCrystal, numbers: dict[tuple[float, ...], int]
) -> tuple[list[dict[str, Any]], list[tuple[int, int]]]:
    """Triangles of the polyhedra, and their edges, as numbers of images."""
    faces: list[dict[str, Any]] = []
    ridges: dict[tuple[int, int], None] = {}
    for centre, around in crystal.polyhedra:
        corners = [numbers[one.key] for one in around]
        colour = crystal.colour(centre.atom, False)
        for flat in hull_faces(crystal.places(around, False)):
            ring = [corners[i] for i in flat]
            pairs = zip(ring[1:-1], ring[2:], strict=True)
            faces += [{"corners": [ring[0], one, two], "colour": colour} for one, two in pairs]
            for one, two in zip(ring, [*ring[1:], ring[0]], strict=True):
                ridges[min(one, two), max(one, two)] = None
    return faces, list(ridges)


def _bonds(crystal: DrawnCrystal, places: FloatArray, numbers: dict[tuple[float, ...], int]) -> Any:
    """Pairs of images, at `places` (n, 3): centres with their corners, else the shortest distances."""
    if crystal.molecule:
        return crystal.bonds
    found = [(numbers[centre.key], numbers[one.key]) for centre, around in crystal.polyhedra for one in around]
    if found or len(places) < 2:
        return found
    distances = np.linalg.norm(places[:, None] - places[None], axis=-1)
    np.fill_diagonal(distances, np.inf)
    return np.argwhere(np.triu(distances < _NEAR * distances.min())).tolist()


def _bond_radius(crystal: DrawnCrystal) -> float:
    if crystal.molecule:
        return _MOLECULE_BOND
    return _BOND_RADIUS if crystal.coordination else _METAL_BOND


def _atom(crystal: DrawnCrystal, fields: ModeFields, atom: int) -> dict[str, Any]:
    row = list(fields.occupancies[atom]) if fields.elements else []
    return {
        "start": _numbers(crystal.place(Image(atom, np.zeros(3)), False)),
        "site": fields.sites[atom],
        "colour": crystal.colour(atom, False),
        "radius": crystal.radius(atom),
        "occupancies": row if any(row) else None,
    }


def _arrows(crystal: DrawnCrystal) -> dict[str, float]:
    """By how much arrows are longer than the truth, and the length (drawn) below which there is none, Å."""
    longest = float(np.linalg.norm(crystal.displacements, axis=1).max(initial=0.0))
    wanted = 0.9 if crystal.molecule else 1.15 * crystal.glyph_scale()
    factor = float(f"{wanted / longest:.2g}") if 1e-6 < longest < wanted else 1.0
    return {"arrow_factor": factor, "arrow_least": 0.03 * wanted}


def _moments(crystal: DrawnCrystal) -> dict[str, Any]:
    """Colour of moments, Å that one μB is drawn long, and the size below which there is none, μB."""
    longest = float(np.linalg.norm(crystal.moments, axis=1).max(initial=0.0))
    factor = 1.9 * crystal.glyph_scale() / longest if longest > 0 else 0.0
    return {"moment_colour": MOMENT, "moment_factor": factor, "moment_least": 0.02 * longest}


def _looks(crystal: DrawnCrystal) -> dict[str, list[list[float]]]:
    """Directions towards the eye, each with the one that points up."""
    start = crystal.tilted_view()
    ups = {"x": (0, 0, 1), "y": (0, 0, 1), "z": (0, 1, 0)}
    views = {name: View.along(np.eye(3)["xyz".index(name)], up) for name, up in ups.items()}
    return {name: [_numbers(v.axes[2]), _numbers(v.axes[1])] for name, v in {"start": start, **views}.items()}


def _field(field: IrrepField, colours: dict[str, str]) -> dict[str, Any]:
    values = {
        "displacement": field.displacements,
        "magnetic": field.moments,
        "occupation": field.occupation,
        "strain": field.strain or (),
    }
    return {
        "irrep": field.name,
        "kind": field.kind,
        "colour": colours.get(field.name, INK),
        "values": [list(row) for row in values.get(field.kind, ())],
    }


def _entry(result: Finding | Decomposition, field: IrrepField) -> IrrepEntry | None:
    key = (field.name, field.kind, field.kpoint)
    return next((e for e in entries(result) if (e.name, e.kind, e.kpoint) == key), None)


def _sorted(result: Finding | Decomposition, fields: ModeFields) -> list[IrrepField]:
    """Primaries, other displacements and moments by amplitude, strain; noise last."""
    kinds, roles = {"strain": 1}, {"primary": 0, "secondary": 1, "noise": 3}

    def place(field: IrrepField) -> tuple[int, float]:
        entry = _entry(result, field)
        role, amplitude = ("secondary", 0.0) if entry is None else (entry.role, entry.size)
        return (roles[role] + kinds.get(field.kind, 0) * (role == "secondary"), -amplitude)

    return sorted(fields.irreps, key=place)


def _numbers(values: FloatArray) -> list[float]:
    return [round(float(x), 12) + 0.0 for x in values]
