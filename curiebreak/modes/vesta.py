"""VESTA file of the undistorted child with the displacements of every irrep as arrows.

Components of a vector are Å along the unit vectors of the axes, ``v = sum_i c_i a_i / |a_i|``; each irrep has a colour,
which the title names. The arrows end, scaled by ``VECTS``, beyond the surface of their atoms.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from curiebreak.arrays import FloatArray
from curiebreak.modes.active import ActiveIrrep
from curiebreak.modes.child_setting import ChildSetting
from curiebreak.structures.elements import atom_style
from curiebreak.structures.write import cell_parameters

_COLOURS = (
    ("red", (213, 94, 0)), ("blue", (0, 114, 178)), ("green", (0, 158, 115)), ("purple", (204, 121, 167)),
    ("yellow", (240, 228, 66)), ("sky blue", (86, 180, 233)), ("orange", (230, 159, 0)), ("black", (0, 0, 0)),
)  # fmt: skip
"""Colours that can be told apart by everyone (Okabe and Ito), with a word for each."""

_LONGEST = 2.0
"""Å on the screen of the longest arrow: half a bond, so that arrows of neighbours do not meet."""

_SHORTEST = 1e-4
"""Å; shorter arrows are rounding."""


def vesta_text(setting: ChildSetting) -> str:
    """Content of the ``.vesta`` file."""
    analysis = setting.analysis
    active = [mode for mode in analysis.modes if mode.kind == "displacement" and (mode.dmax or 0.0) > _SHORTEST]
    longest = max((mode.dmax or 0.0 for mode in active), default=1.0)
    lines = ["#VESTA_FORMAT_VERSION 3.5.4", "", "", "CRYSTAL", "", "TITLE", _title(setting, active), ""]
    lines += _symmetry()
    lines += [*_cell(setting), *_atoms(setting), *_arrows(setting, active)]
    lines += ["", "STYLE", "MODEL   0  1  0", f"VECTS {_LONGEST / longest:.6f}"]
    return "\n".join(lines) + "\n"


def _title(setting: ChildSetting, active: Sequence[ActiveIrrep]) -> str:
    words = [f"{mode.label} {_colour(number)[0]}" for number, mode in enumerate(active)]
    return f"{setting.analysis.parent.structure.formula}, undistorted; arrows: {', '.join(words) or 'none'}"


def _colour(number: int) -> tuple[str, tuple[int, int, int]]:
    return _COLOURS[number % len(_COLOURS)]


def _symmetry() -> list[str]:
    identity = " 0.000000  0.000000  0.000000  1  0  0   0  1  0   0  0  1"
    return [
        "GROUP", "1 1 P 1", "SYMOP", f"{identity}   1", " -1.0 -1.0 -1.0  0 0 0  0 0 0  0 0 0", "TRANM 0", identity,
    ]  # fmt: skip


def _cell(setting: ChildSetting) -> Iterator[str]:
    identity = np.eye(3, dtype=np.int64)[None]
    yield "CELLP"
    yield " ".join(f"{value:10.6f}" for value in cell_parameters(setting.undistorted_lattice, identity))
    yield " ".join(["  0.000000"] * 6)


def _everywhere(setting: ChildSetting, values: FloatArray) -> FloatArray:
    """Rows of the primitive cell's atoms for each atom of the file's cell."""
    return np.repeat(values, len(setting.centrings), axis=0)


def _atoms(setting: ChildSetting) -> Iterator[str]:
    positions = (setting.undistorted[:, None] + setting.centrings[None]).reshape(-1, 3)
    positions = positions - np.floor(positions + 1e-9)
    parent, field = setting.analysis.parent, setting.analysis.group.field
    sites = np.repeat(field.site, len(setting.centrings))
    elements = ["".join(c for c in parent.species[site].split("/")[0] if c.isalpha()) for site in sites]
    names = [f"{element}{number}" for number, element in enumerate(elements, 1)]
    yield "STRUC"
    for number, (element, name, (x, y, z)) in enumerate(zip(elements, names, positions, strict=True), 1):
        yield f"{number:3d} {element:>2} {name:>10}  1.0000 {x:10.6f} {y:10.6f} {z:10.6f}    1a       1"
        yield f"{'':28}{0:10.6f} {0:10.6f} {0:10.6f}  0.00"
    yield "  0 0 0 0 0 0 0"
    yield "BOUND"
    yield "       0        1         0        1         0        1"
    yield "  0   0   0   0  0"
    yield "SBOND"
    yield "  0 0 0 0"
    yield "SITET"
    for number, (element, name) in enumerate(zip(elements, names, strict=True), 1):
        radius, (red, green, blue) = atom_style(element)
        colour = f"{red:3d} {green:3d} {blue:3d}"
        yield f"{number:3d} {name:>10} {radius:7.4f} {colour} {colour} 204  0"
    yield "  0 0 0 0 0 0"


def _arrows(setting: ChildSetting, active: Sequence[ActiveIrrep]) -> Iterator[str]:
    analysis, field = setting.analysis, setting.analysis.group.field
    lengths = np.linalg.norm(setting.undistorted_lattice, axis=1)
    styles = []
    yield "VECTR"
    for number, mode in enumerate(active):
        moved = analysis.space.to_atoms(mode.values, field.site, field.cell_index)
        # u = sum_i f_i a_i = sum_i (f_i |a_i|) a_i / |a_i|
        components = _everywhere(setting, setting.displacement(moved) * lengths)
        for atom, vector in enumerate(components, 1):
            if np.linalg.norm(moved[(atom - 1) // len(setting.centrings)]) < _SHORTEST:
                continue
            styles.append(_colour(number)[1])
            x, y, z = np.round(vector, 5) + 0.0
            yield f"{len(styles):4d} {x:10.5f} {y:10.5f} {z:10.5f} 1"
            yield f"{atom:5d}   0    0    0    0"
            yield " 0 0 0 0 0"
    yield " 0 0 0 0 0"
    yield "VECTT"
    for number, (red, green, blue) in enumerate(styles, 1):
        # 2: the length begins at the surface of the atom
        yield f"{number:4d}  0.200 {red:3d} {green:3d} {blue:3d} 2"
    yield " 0 0 0 0 0"
