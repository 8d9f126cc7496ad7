"""Fields on crystals and molecules, and their Curie floors by brute force: numpy, spglib for one child, nothing else.

The group of a cubic parent is found by trying every signed permutation of the axes with every translation that carries
the first atom onto one of its kind, on a cell that all operations keep. Tensors turn by products of R, spherical
components by fitting textbook polynomials at turned points. A floor is ``1 - <y, P_K y> / <y, y>`` with the
average written out.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from itertools import permutations, product
from pathlib import Path
from typing import Any

import numpy as np
from multipole_particles import potentials
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
STRUCTURES = Path(__file__).resolve().parents[2] / "structures"
QUADRUPOLES = {"xy": 0, "yz": 1, "z2": 2, "xz": 3, "x2-y2": 4}


@dataclass(frozen=True, eq=False)
class Atoms:
    """A cell (rows, Å) with atoms in fractions; without a lattice fractions are Å."""

    lattice: FloatArray | None
    species: tuple[str, ...]
    frac: FloatArray

    def repeated(self, copies: tuple[int, int, int]) -> Atoms:
        """A supercell, lattice vector by lattice vector."""
        assert self.lattice is not None
        shifts = np.array(list(product(*(range(n) for n in copies))), dtype=float)
        frac = (self.frac[None] + shifts[:, None]).reshape(-1, 3) / copies
        return Atoms(np.diag(copies) @ self.lattice, self.species * len(shifts), frac)

    def places(self) -> FloatArray:
        """Cartesian positions."""
        return self.frac if self.lattice is None else self.frac @ self.lattice

    def as_json(self) -> dict[str, Any]:
        """As a file of fields holds them."""
        if self.lattice is None:
            return {"species": list(self.species), "positions": self.frac.tolist()}
        return {"lattice": self.lattice.tolist(), "species": list(self.species), "frac": self.frac.tolist()}


def perovskite(edge: float, a: str, b: str, x: str) -> Atoms:
    """B at the origin."""
    frac = [[0.5, 0.5, 0.5], [0, 0, 0], [0.5, 0, 0], [0, 0.5, 0], [0, 0, 0.5]]
    return Atoms(edge * np.eye(3), (a, b, x, x, x), np.array(frac))


def wrapped(difference: FloatArray) -> FloatArray:
    """Nearest image of differences of fractions."""
    return np.asarray(difference - np.round(difference))


class BruteForce:
    """All operations of a cubic crystal on a cell that they keep, or of a molecule about its centre."""

    def __init__(self, atoms: Atoms) -> None:
        self.atoms, self.rotations, self.images = atoms, [], []
        axes = [np.diag(s) @ np.eye(3)[list(p)] for p in permutations(range(3)) for s in product((1.0, -1.0), repeat=3)]
        first = [i for i, s in enumerate(atoms.species) if s == atoms.species[0]]
        for rotation in axes:
            turned = atoms.frac @ rotation.T
            for target in first if atoms.lattice is not None else [None]:
                shift = np.zeros(3) if target is None else atoms.frac[target] - turned[0]
                images = self.match(turned + shift)
                if images is not None:
                    self.rotations.append(rotation)
                    self.images.append(images)

    def match(self, frac: FloatArray) -> NDArray[np.int64] | None:
        """Atom of the cell at each place; None where one is not there."""
        apart = frac[:, None] - self.atoms.frac[None]
        distance = np.linalg.norm(apart if self.atoms.lattice is None else wrapped(apart), axis=2)
        distance += 9.0 * (np.array(self.atoms.species)[:, None] != np.array(self.atoms.species)[None])
        return distance.argmin(axis=1) if distance.min(axis=1).max() < 1e-3 else None

    def moved(self, field: Quantity, g: int, theta: int) -> FloatArray:
        """``theta^t D(R) y``, atoms carried along."""
        turned = field.values @ turning(field, self.rotations[g]).T * (theta if field.odd else 1)
        if field.everywhere:
            return turned
        result = np.empty_like(turned)
        result[self.images[g]] = turned
        return result

    def keeping(self, fields: list[Quantity]) -> list[tuple[int, int]]:
        """Operations of the grey group that leave all fields alone, within a thousandth."""
        found = []
        for g, theta in product(range(len(self.rotations)), (1, -1)):
            changes = [np.linalg.norm(self.moved(f, g, theta) - f.values) / np.linalg.norm(f.values) for f in fields]
            if max(changes, default=0.0) < 1e-3:
                found.append((g, theta))
        return found

    def floor(self, field: Quantity, inputs: list[Quantity]) -> float:
        """What the operations that keep the inputs do not leave of a field."""
        group = self.keeping(inputs)
        mean = sum(self.moved(field, g, theta) for g, theta in group) / len(group)
        return float(1 - (mean * field.values).sum() / (field.values**2).sum())


@dataclass(frozen=True, eq=False)
class Quantity:
    """Values (n, width) on the atoms of the cell, or (1, width) of the whole of it."""

    kind: str
    values: FloatArray
    everywhere: bool = False

    @property
    def odd(self) -> bool:
        """Whether time reversal turns it round."""
        return self.kind.endswith("odd") or self.kind.endswith("-")


def turning(field: Quantity, rotation: FloatArray) -> FloatArray:
    """Matrix of an operation on the components of one atom, time left aside."""
    sign = float(np.round(np.linalg.det(rotation)))
    if field.kind[0].isdigit():
        degree, odd = int(field.kind[0]), field.kind[1] == "o"
        return harmonic_matrix(degree, rotation * sign) * (sign if odd else 1.0)
    rank = round(float(np.log(field.values.shape[1]) / np.log(3)))
    matrix = np.ones((1, 1))
    for _ in range(rank):
        matrix = np.kron(matrix, rotation)
    return matrix * (sign if field.kind.startswith(("axial", "pseudo")) else 1.0)


def harmonic_matrix(degree: int, proper: FloatArray) -> FloatArray:
    """``Y(R x) = D(R) Y(x)`` by least squares on points, from textbook polynomials."""
    if degree == 0:
        return np.ones((1, 1))
    points = np.random.default_rng(3).normal(size=(40, 3))
    solution = np.linalg.lstsq(potentials(degree, points), potentials(degree, points @ proper.T), rcond=None)[0]
    return np.asarray(solution.T)


@dataclass(frozen=True, eq=False)
class Case:
    """One finding with fields as its target.

    Attributes
    ----------
    parent : str
        Structure in ``structures/``.
    file : Atoms
        Atoms of the field file.
    whole : Atoms
        A cell that all operations of the parent keep, of which the file's lattice holds the period.
    fields : dict
        Name to kind, and value by species and Cartesian place (or the value of the whole cell).
    primary : tuple of str
        Irreps by hand: Howard & Stokes (1998, 2005) for perovskites, tables of the point groups at k = 0.
    options : dict
        For ``find``.
    """

    parent: str
    file: Atoms
    whole: Atoms
    fields: dict[str, tuple[str, Any]]
    primary: tuple[str, ...]
    options: dict[str, Any]

    def quantity(self, name: str, atoms: Atoms) -> Quantity:
        """A field on the atoms of a cell."""
        kind, rule = self.fields[name]
        if not callable(rule):
            return Quantity(kind, np.asarray(rule, dtype=float).reshape(1, -1), everywhere=True)
        rows = [rule(s, x) for s, x in zip(atoms.species, atoms.places(), strict=True)]
        return Quantity(kind, np.array(rows, dtype=float).reshape(len(rows), -1))

    def write(self, path: Path) -> list[str]:
        """The file of fields, and what ``find`` is asked for."""
        entries = {}
        for name, (kind, _) in self.fields.items():
            one = self.quantity(name, self.file)
            per = "global" if one.everywhere else "atom"
            entries[name] = {"kind": kind, "per": per, "values": one.values.tolist()}
        path.write_text(json.dumps(self.file.as_json() | {"fields": entries}))
        return [f"{path}::{name}" for name in self.fields]


def phase(place: FloatArray, edge: float, k: tuple[float, float, float]) -> float:
    """cos(2 pi k r / a)."""
    return float(np.round(np.cos(2 * np.pi * np.dot(k, place) / edge), 9))


def on(element: str, edge: float, k: tuple[float, float, float], value: Any) -> Callable[[str, FloatArray], FloatArray]:
    """A field on one element, modulated with a wave vector."""
    value = np.asarray(value, dtype=float)
    return lambda species, place: value * (phase(place, edge, k) if species == element else 0.0)


def quadrupole(**parts: float) -> FloatArray:
    """Five components m = -2 ... 2 from names, ``x2-y2`` written x2_y2."""
    value = np.zeros(5)
    for name, size in parts.items():
        value[QUADRUPOLES[name.replace("_", "-")]] = size
    return value


def tensor(rank: int, entries: dict[str, float]) -> FloatArray:
    """A Cartesian tensor from entries such as ``xxz``."""
    value = np.zeros((3,) * rank)
    for name, size in entries.items():
        value[tuple("xyz".index(letter) for letter in name)] = size
    return value


def _cases() -> dict[str, Case]:
    mn, ba = perovskite(3.9408, "La", "Mn", "O"), perovskite(4.0077, "Ba", "Ti", "O")
    half, m_point = (0.5, 0.5, 0.5), (0.5, 0.5, 0.0)

    def summed(*rules: Callable[[str, FloatArray], FloatArray]) -> Callable[[str, FloatArray], FloatArray]:
        return lambda species, place: np.sum([rule(species, place) for rule in rules], axis=0)

    def on_mn(k: tuple[float, float, float], value: Any) -> Callable[[str, FloatArray], FloatArray]:
        return on("Mn", 3.9408, k, value)

    elastic = tensor(4, {})
    for axes, size in {"xx": 3.0, "yy": 3.0, "zz": 4.0}.items():
        for other, more in {"xx": 1.0, "yy": 1.0, "zz": 1.3}.items():
            i, j = "xyz".index(axes[0]), "xyz".index(other[0])
            elastic[i, i, j, j] = size if i == j else min(size, 3.0) * 0.4 + (0.3 if 2 in (i, j) else 0.0) * more
    elastic = (elastic + np.einsum("ijkl->klij", elastic)) / 2
    for i, j, size in ((0, 1, 1.2), (1, 2, 1.0), (0, 2, 1.0)):
        for a, b in ((i, j), (j, i)):
            for c, d in ((i, j), (j, i)):
                elastic[a, b, c, d] = size
    piezo = tensor(3, {"zzz": 2.0, "zxx": -0.7, "zyy": -0.7, "xxz": 1.1, "xzx": 1.1, "yyz": 1.1, "yzy": 1.1})
    two, eight = (2, 2, 1), (2, 2, 2)
    return {
        # the 3x^2-r^2 / 3y^2-r^2 pattern of LaMnO3 (Goodenough 1955; M2+ of Carpenter & Howard 2009)
        "orbitals of LaMnO3": Case(
            "lamno3_cubic.cif", mn.repeated(two), mn.repeated(eight),
            {"Q": ("2e", summed(on_mn(m_point, quadrupole(x2_y2=0.866)), on_mn((0, 0, 0), quadrupole(z2=-0.5))))},
            ("M2+",), {},
        ),
        # quadrupoles O_xy that alternate along all axes, as in CeB6 (Effantin et al. 1985)
        "antiferro-quadrupolar": Case(
            "lamno3_cubic.cif", mn.repeated(eight), mn.repeated(eight),
            {"O": ("2e", on_mn(half, quadrupole(xy=1.0)))}, ("R5+",), {},
        ),
        "two orders": Case(
            "lamno3_cubic.cif", mn.repeated(eight), mn.repeated(eight),
            {"Q": ("2e", summed(on_mn(m_point, quadrupole(xy=1.0)), on_mn(half, quadrupole(z2=0.8))))},
            ("M4+", "R3+"), {},
        ),
        # the piezoelectric tensor of 4mm, which a centrosymmetric parent forbids
        "piezoelectric": Case(
            "batio3_cubic.cif", ba, ba, {"e": ("tensor3:ijk=ikj", piezo)}, ("GM4-",), {"lmax_input": 1, "sites": "Ti"},
        ),
        # elastic tensor of a tetragonal crystal: most of it the cubic parent allows
        "elastic": Case(
            "batio3_cubic.cif", ba, ba, {"C": ("tensor4:ijkl=jikl=klij", elastic)}, ("GM3+",), {"sites": "Ti"},
        ),
        "spins": Case(
            "lamno3_cubic.cif", mn.repeated(eight), mn.repeated(eight),
            {"m": ("axial odd", on_mn(half, [0, 0, 1.0]))}, ("mR4+",), {},
        ),
        "magnetoelectric": Case(
            "lamno3_cubic.cif", mn, mn, {"alpha": ("axial tensor2 odd", np.diag([1.0, 1, -2]))}, ("mGM3-",),
            {"sites": "Mn"},
        ),
        # spins in an A-type pattern, and the quadrupoles of their orbitals
        "spins and orbitals": Case(
            "lamno3_cubic.cif", mn.repeated(eight), mn.repeated(eight),
            {"m": ("axial odd", on_mn((0, 0, 0.5), [1.0, 0, 0])), "Q": ("2e", on_mn(m_point, quadrupole(x2_y2=1.0)))},
            ("M2+", "mX5+"), {},
        ),
        "charges of a square": Case(
            "square.xyz", square(), square(),
            {"q": ("scalar", lambda species, place: [1.0 if place[0] * place[1] > 0 else -1.0])}, ("B2g",), {},
        ),
    }  # fmt: skip


def square() -> Atoms:
    """The molecule of ``structures/square.xyz``, about its centre."""
    lines = (STRUCTURES / "square.xyz").read_text().splitlines()[2:]
    rows = [line.split() for line in lines if line.strip()]
    places = np.array([[float(x) for x in row[1:4]] for row in rows])
    return Atoms(None, tuple(row[0] for row in rows), places - places.mean(axis=0))


CASES = _cases()
