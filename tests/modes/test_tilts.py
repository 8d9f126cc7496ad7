"""Glazer symbols, angles and tilt irreps.

The fifteen simple systems and their space groups: C. J. Howard and H. T. Stokes, Acta Cryst. B54,
782 (1998). Ordered double perovskites: C. J. Howard, B. J. Kennedy and P. M. Woodward, Acta Cryst.
B59, 463 (2003). LaMnO3: angles from ISODISTORT's amplitudes, atan(2 d / a).
"""

from __future__ import annotations

import csv
from collections import Counter
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from pairs import analysis

from curiebreak.errors import CurieBreakError
from curiebreak.mapping import map_child
from curiebreak.modes import analyse
from curiebreak.modes.tilts import OctahedralTilts, octahedral_net
from curiebreak.results import Glazer
from curiebreak.structures import Structure, read_structure, structure_from_arrays
from curiebreak.symmetry.parent import parent_crystal

SYSTEMS = {
    "a0a0c+": 127,
    "a0b+b+": 139,
    "a+a+a+": 204,
    "a+b+c+": 71,
    "a0a0c-": 140,
    "a0b-b-": 74,
    "a-a-a-": 167,
    "a0b-c-": 12,
    "a-b-b-": 15,
    "a-b-c-": 2,
    "a0b+c-": 63,
    "a+a+c-": 137,
    "a+b-b-": 62,
    "a+b-c-": 11,
}
DEGREES = {"a": 4.0, "b": 6.0, "c": 8.0}
EDGE = 4.0


def cubic(edge: float = EDGE, origin: str = "B", empty: bool = False) -> Structure:
    """ABX3 (or BX3) with B or A at the origin."""
    frac = np.array([[0.5, 0.5, 0.5], [0, 0, 0], [0.5, 0, 0], [0, 0.5, 0], [0, 0, 0.5]])
    species = ["Sr", "Ti", "O", "O", "O"]
    if origin == "A":
        frac = (frac + 0.5) % 1.0
    keep = slice(1 if empty else 0, None)
    return structure_from_arrays(np.eye(3) * edge, species[keep], frac[keep])


def elpasolite() -> Structure:
    """A2BB'X6 in Fm-3m."""
    species, frac = [], []
    for corner in ((0, 0, 0), (0.5, 0.5, 0), (0.5, 0, 0.5), (0, 0.5, 0.5)):
        sites = [("Sc", (0, 0, 0)), ("Sb", (0.5, 0.5, 0.5)), ("Sr", (0.25,) * 3), ("Sr", (0.75,) * 3)]
        sites += [("O", v) for v in np.concatenate([0.25 * np.eye(3), -0.25 * np.eye(3)])]
        for name, place in sites:
            species.append(name)
            frac.append((np.array(corner) + np.array(place)) % 1.0)
    return structure_from_arrays(np.eye(3) * 2 * EDGE, species, np.array(frac))


def tilted(parent: Structure, signs: str, degrees: tuple[float, float, float]) -> Structure:
    """2 x 2 x 2 octahedra turned about the cubic axes (tan of the angles, linear modes only).

    A corner r from its centre moves by omega x r; omega alternates with the octahedra, along its
    own axis only when antiphase.
    """
    octahedra = round(float(np.linalg.norm(parent.lattice[0])) / EDGE)
    cells = list(product(range(2 // octahedra), repeat=3))
    lattice = parent.lattice * (2 // octahedra)
    centre = parent.cartesian[[i for i, s in enumerate(parent.species) if s in ("Ti", "Sc", "Sb")]]
    species, places = [], []
    for cell in cells:
        for name, place in zip(parent.species, parent.cartesian, strict=True):
            here = place + np.array(cell) @ parent.lattice
            species.append(name)
            places.append(here + (_step(here, centre[0], signs, degrees) if name == "O" else 0.0))
    return structure_from_arrays(lattice, species, np.array(places) @ np.linalg.inv(lattice))


def _step(here: np.ndarray, first: np.ndarray, signs: str, degrees: tuple[float, float, float]) -> np.ndarray:
    offset = (here - first) / EDGE
    bond = int(np.argmax(np.abs(offset - np.round(offset))))
    arm = np.eye(3)[bond] * EDGE / 2
    site = np.round(offset - 0.5 * np.eye(3)[bond]).astype(int)
    omega = np.zeros(3)
    for axis in range(3):
        others = sum(int(site[i]) for i in range(3) if i != axis)
        along = int(site[axis]) if signs[axis] == "-" else 0
        if signs[axis] != "0":
            omega[axis] = np.tan(np.radians(degrees[axis])) * (-1) ** (others + along)
    return np.cross(omega, arm)


def read(parent: Structure, child: Structure) -> tuple[Glazer, int, dict[str, str | None]]:
    found = analyse(map_child(parent_crystal(parent), child))
    result = OctahedralTilts(found).glazer()
    assert result is not None and found.group.name is not None
    return result, found.group.name.number, dict(result.irreps)


@pytest.mark.parametrize("system", SYSTEMS)
def test_howard_and_stokes_systems(system: str) -> None:
    letters, signs = system[::2], system[1::2]
    degrees = tuple(0.0 if s == "0" else DEGREES[x] for x, s in zip(letters, signs, strict=True))
    result, number, irreps = read(cubic(), tilted(cubic(), signs, degrees))
    assert (result.symbol, number) == (system, SYSTEMS[system])
    assert np.allclose(result.angles, degrees, atol=1e-4)
    assert set(irreps) == {label for sign, label in (("+", "M3+"), ("-", "R4+")) if sign in signs}


def test_untilted() -> None:
    result, number, irreps = read(cubic(), cubic())
    assert (result.symbol, number, irreps) == ("a0a0a0", 221, {})
    assert result.howard_stokes == "(000000)"


def test_labels_with_the_other_origin() -> None:
    """Howard and Stokes: M2+ for M3+ and R5- for R4+ when A is at the origin."""
    parent = cubic(origin="A")
    result, number, irreps = read(parent, tilted(parent, "+--", (4.0, 6.0, 6.0)))
    assert (result.symbol, number) == ("a+b-b-", 62)
    assert set(irreps) == {"M2+", "R5-"}


def test_net_without_a_cation() -> None:
    parent = cubic(empty=True)
    result, number, _ = read(parent, tilted(parent, "---", (5.0, 5.0, 5.0)))
    assert (result.symbol, number) == ("a-a-a-", 167)


@pytest.mark.parametrize(
    ("signs", "degrees", "symbol", "number", "labels"),
    [
        ("00-", (0.0, 0.0, 6.0), "a0a0c-", 87, {"GM4+"}),
        ("00+", (0.0, 0.0, 6.0), "a0a0c+", 128, {"X3+"}),
        ("0--", (0.0, 5.0, 5.0), "a0b-b-", 12, {"GM4+"}),
        ("---", (5.0, 5.0, 5.0), "a-a-a-", 148, {"GM4+"}),
        ("+--", (4.0, 6.0, 6.0), "a+b-b-", 14, {"GM4+", "X3+"}),
    ],
)
def test_ordered_double_perovskites(
    signs: str, degrees: tuple[float, float, float], symbol: str, number: int, labels: set[str]
) -> None:
    result, got, irreps = read(elpasolite(), tilted(elpasolite(), signs, degrees))
    assert (result.symbol, got, set(irreps)) == (symbol, number, labels)
    assert np.allclose(sorted(result.angles), sorted(degrees), atol=1e-4)


def test_lamno3() -> None:
    result = OctahedralTilts(analysis("lamno3")).glazer()
    assert result is not None
    assert (result.symbol, result.symbol_child_axes, result.howard_stokes) == ("a+b-b-", "a-b+a-", "(a000bb)")
    assert np.allclose(result.angles, (9.74, 9.05, 9.05), atol=0.01)


def test_no_net() -> None:
    assert octahedral_net(analysis("ymno3").parent) is None
    assert OctahedralTilts(analysis("zro2")).glazer() is None


def _sizes(symbol: str) -> Counter[tuple[str, int]]:
    """Signs with the number of axes of each letter; the order of the axes does not matter."""
    letters = Counter(symbol[2 * i : 2 * i + 2] for i in range(3) if symbol[2 * i + 1] != "0")
    return Counter((key[1], count) for key, count in letters.items())


@pytest.mark.shared
@pytest.mark.slow
def test_tilt_database(shared: Path) -> None:
    """Against the geometric reading of real structures, where all its angles are above its thresholds."""
    folder = shared / "data" / "tiltdb"
    parents = {}
    with (folder / "cubic_parents" / "index.csv").open() as stream:
        for row in csv.DictReader(stream):
            parents.setdefault(row["formula"], folder / "cubic_parents" / "cif" / f"{row['id']}.cif")
    with (folder / "index.csv").open() as stream:
        rows = [r for r in csv.DictReader(stream) if r["formula"] in parents and r["class"] == "ABX3"]
    rows = [r for r in rows if r["maps_to_cubic_perovskite"] == "yes" and r["geo_glazer"] != "complex"]
    checked, different, refused = 0, [], 0
    for row in rows[::2]:
        try:
            parent = parent_crystal(read_structure(parents[row["formula"]]))
            found = analyse(map_child(parent, read_structure(folder / "cif" / f"{row['id']}.cif")))
        except CurieBreakError:
            refused += 1
            continue
        result = OctahedralTilts(found).glazer()
        assert result is not None
        if 0.0 < min((a for a in result.angles if a > 0), default=1.0) < 0.5:
            continue  # below the threshold of the geometric reading
        checked += 1
        if _sizes(result.symbol) != _sizes(row["geo_glazer"]):
            different.append((row["id"], result.symbol, row["geo_glazer"]))
    assert checked >= 100 and refused <= 0.08 * len(rows[::2])
    assert len(different) <= 0.03 * checked, different
