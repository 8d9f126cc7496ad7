"""Learning problems built by hand with numpy and spglib, independent of the package's own mapping.

Sources of the numbers: LaMnO3, the parent a = 3.9408 Å and Pnma child of the ISODISTORT tutorial (supercell
basis and origin as printed there); SrTiO3 I4/mcm, x(O) = 0.2410 a = 5.507 c = 7.796 Å (Jauch & Palmer 1999);
BaTiO3 P4mm (Kwei et al., J. Phys. Chem. 97, 2368 (1993)); YMnO3 idealised K3 tilt.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
import spglib
from scipy.optimize import linear_sum_assignment

from curiebreak.learning.learner import Learner
from curiebreak.learning.problem import Problem

spglib.error.OLD_ERROR_HANDLING = False  # otherwise every call warns

NUMBERS = {name: i + 1 for i, name in enumerate("H B C N O F Al Ti Mn Sr Y Zr Ba La Ca".split())}


def _numbers(species: Sequence[str]) -> list[int]:
    return [NUMBERS.setdefault(name, len(NUMBERS) + 1) for name in species]


def _wrap(values: np.ndarray) -> np.ndarray:
    return values - np.round(values)


def _permutation(frac: np.ndarray, numbers: np.ndarray, moved: np.ndarray) -> np.ndarray:
    difference = _wrap(moved[:, None] - frac[None])
    distance = np.abs(difference).max(axis=2) + 10.0 * (numbers[:, None] != numbers[None])
    found = distance.argmin(axis=1)
    if distance[np.arange(len(frac)), found].max() > 1e-3:
        raise ValueError("an operation does not map the atoms onto themselves")
    return found


def primitive_parent(lattice: np.ndarray, frac: np.ndarray, species: Sequence[str], symprec: float = 1e-4):
    """Primitive cell in the same frame, orbits, operations (Cartesian) and permutations."""
    numbers = np.array(_numbers(species))
    data = spglib.get_symmetry_dataset((lattice, frac, numbers), symprec=symprec)
    pure = [t for r, t in zip(data.rotations, data.translations, strict=True) if (r == np.eye(3)).all()]
    cell = _reduced(np.concatenate([np.array(pure), np.eye(3)]) @ lattice, abs(np.linalg.det(lattice)) / len(pure))
    inside = (frac @ lattice) @ np.linalg.inv(cell)
    keep = _unique(inside, numbers)
    frac_p, numbers_p = inside[keep] % 1.0, numbers[keep]
    rotations, permutations = [], []
    seen = set()
    for r, t in zip(data.rotations, data.translations, strict=True):
        if r.tobytes() in seen:
            continue
        seen.add(r.tobytes())
        cartesian = lattice.T @ r @ np.linalg.inv(lattice.T)
        moved = ((frac_p @ cell) @ cartesian.T + t @ lattice) @ np.linalg.inv(cell)
        rotations.append(_orthogonal(cartesian))
        permutations.append(_permutation(frac_p, numbers_p, moved))
    orbits = np.unique(data.crystallographic_orbits[keep], return_inverse=True)[1]
    return cell, frac_p, numbers_p, orbits, np.array(rotations), np.array(permutations)


def _orthogonal(matrix: np.ndarray) -> np.ndarray:
    u, _, v = np.linalg.svd(matrix)
    if np.abs(u @ v - matrix).max() > 2e-2:
        raise ValueError("not a rotation of the undistorted cell")
    return u @ v


def _unique(frac: np.ndarray, numbers: np.ndarray) -> list[int]:
    keep: list[int] = []
    for i, x in enumerate(frac):
        if not any(numbers[i] == numbers[j] and np.abs(_wrap(x - frac[j])).max() < 1e-3 for j in keep):
            keep.append(i)
    return keep


def _reduced(vectors: np.ndarray, volume: float) -> np.ndarray:
    grid = np.array(list(product(range(-1, 2), repeat=3)))
    pool = np.concatenate([vectors, grid @ vectors[-3:]] + [v + grid @ vectors[-3:] for v in vectors])
    pool = pool[np.linalg.norm(pool, axis=1) > 1e-3]
    pool = pool[np.argsort(np.linalg.norm(pool, axis=1).round(6), kind="stable")]
    first = pool[0]
    second = next(v for v in pool if np.linalg.norm(np.cross(first, v)) > 1e-2)
    for third in pool:
        det = np.linalg.det([first, second, third])
        if abs(abs(det) - volume) < 1e-3 * volume:
            return np.array([first, second, third if det > 0 else -third])
    raise ValueError("no reduced cell")


def crystal_problem(
    parent: tuple[np.ndarray, np.ndarray, Sequence[str]],
    child: tuple[np.ndarray, np.ndarray, Sequence[str]],
    basis: Sequence[Sequence[float]],
    origin: Sequence[float],
    *,
    strain: bool = False,
    symprec: float = 1e-3,
) -> Problem:
    """Problem for a child whose axes are ``basis @ parent axes`` and ``x_parent = x_child basis + origin``."""
    lattice, frac, species = (np.array(parent[0], float), np.array(parent[1], float), parent[2])
    child_lattice, child_frac, child_species = np.array(child[0], float), np.array(child[1], float), child[2]
    cell_p, frac_p, numbers_p, orbits, rotations, permutations = primitive_parent(lattice, frac, species)
    big = np.array(basis, float) @ lattice
    # child's operations and its primitive cell, in the undistorted metric
    numbers_c = np.array(_numbers(child_species))
    data = spglib.get_symmetry_dataset((child_lattice, child_frac, numbers_c), symprec=symprec)
    pure = [t for r, t in zip(data.rotations, data.translations, strict=True) if (r == np.eye(3)).all()]
    cell = _reduced(np.concatenate([np.array(pure), np.eye(3)]) @ big, abs(np.linalg.det(big)) / len(pure))
    keep = _unique((child_frac @ big) @ np.linalg.inv(cell), numbers_c)
    actual = (child_frac[keep] @ np.array(basis, float) + np.array(origin, float)) @ lattice
    numbers = numbers_c[keep]
    positions, parent_atom, displacements = _pair(cell_p, frac_p, numbers_p, cell, actual, numbers)
    n = len(positions)
    inside = positions @ np.linalg.inv(cell)
    h_rotations, h_permutations, seen = [], [], set()
    shift = np.array(origin, float) @ lattice
    for r, t in zip(data.rotations, data.translations, strict=True):
        if r.tobytes() in seen:
            continue
        seen.add(r.tobytes())
        cartesian = _orthogonal(big.T @ r @ np.linalg.inv(big.T))
        moved = ((positions - shift) @ cartesian.T + t @ big + shift) @ np.linalg.inv(cell)
        h_rotations.append(cartesian)
        h_permutations.append(_permutation(inside, numbers, moved))
    h_rot, h_perm = np.array(h_rotations), np.array(h_permutations)
    target = average(displacements - displacements.mean(0), h_rot, h_perm)
    stretch = None
    if strain:
        deformation = np.linalg.inv(big) @ child_lattice
        stretch = right_stretch(deformation) - np.eye(3)
        stretch = np.einsum("hij,jk,hlk->il", h_rot, stretch, h_rot) / len(h_rot)
    names = tuple(str(o) for o in range(int(orbits.max()) + 1))
    for name in ("La", "Mn", "O", "Sr", "Ti", "Ba", "Y"):
        number = NUMBERS[name]
        where = sorted(set(orbits[numbers_p == number].tolist()))
        for k, o in enumerate(where):
            names = names[:o] + (name + (str(k + 1) if len(where) > 1 else ""),) + names[o + 1 :]
    assert len(positions) == n
    return Problem(
        cell,
        positions,
        orbits[parent_atom],
        names,
        parent_atom,
        rotations,
        permutations,
        h_rot,
        h_perm,
        target - target.mean(0),
        stretch,
        None,
    )


def right_stretch(deformation_rows: np.ndarray) -> np.ndarray:
    """U of ``F = R U`` where rows transform as ``child = parent F^T``-like (row convention)."""
    f = deformation_rows.T
    values, vectors = np.linalg.eigh(f.T @ f)
    return vectors @ np.diag(np.sqrt(values)) @ vectors.T


def average(field: np.ndarray, rotations: np.ndarray, permutations: np.ndarray) -> np.ndarray:
    """Mean of a vector field over operations."""
    total = np.zeros_like(field)
    for rotation, permutation in zip(rotations, permutations, strict=True):
        moved = np.zeros_like(field)
        moved[permutation] = field @ rotation.T
        total += moved
    return total / len(rotations)


def _pair(cell_p, frac_p, numbers_p, cell, actual, numbers):
    """Undistorted atoms of the cell and their displacements."""
    size = np.ceil(np.linalg.norm(cell @ np.linalg.inv(cell_p), axis=1).max() * 2).astype(int) + 1
    grid = np.array(list(product(range(-size, size + 1), repeat=3)))
    sites, atoms, found_numbers = [], [], []
    for a, x in enumerate(frac_p):
        points = ((x + grid) @ cell_p) @ np.linalg.inv(cell)
        inside = np.all((points > -1e-6) & (points < 1 - 1e-6), axis=1)
        for p in points[inside]:
            sites.append(p)
            atoms.append(a)
            found_numbers.append(numbers_p[a])
    sites_array = np.array(sites)
    target = actual @ np.linalg.inv(cell)
    drift = np.zeros(3)
    for _ in range(5):
        difference = _wrap(target[:, None] - drift - sites_array[None])
        cost = np.linalg.norm(difference @ cell, axis=2) + 100.0 * (numbers[:, None] != np.array(found_numbers)[None])
        rows, columns = linear_sum_assignment(cost)
        chosen = difference[rows, columns] @ cell
        drift = drift + chosen.mean(0) @ np.linalg.inv(cell)
    order = np.empty(len(rows), dtype=int)
    order[rows] = columns
    return sites_array[order] @ cell, np.array(atoms)[order], chosen - chosen.mean(0)


# ---------------------------------------------------------------------------------------------------------
PEROVSKITE_B = [[0.5, 0.5, 0.5], [0, 0, 0], [0.5, 0, 0], [0, 0.5, 0], [0, 0, 0.5]]
PEROVSKITE_A = [[0, 0, 0], [0.5, 0.5, 0.5], [0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5]]


def lamno3(strain: bool = False) -> Problem:
    """Cubic LaMnO3 -> Pnma (ISODISTORT tutorial, exercise 8; Mn at the cubic origin)."""
    a = 3.9408
    parent = (a * np.eye(3), PEROVSKITE_B, ["La", "Mn", "O", "O", "O"])
    sites = {
        "La": [(0.0513, 0.25, -0.0095)],
        "Mn": [(0.0, 0.0, 0.5)],
        "O": [(0.4849, 0.25, 0.0777), (0.3085, 0.0408, -0.2773)],
    }
    child = expand(np.diag([5.7461, 7.6637, 5.5333]), sites, PNMA)
    return crystal_problem(parent, child, [[1, 0, -1], [0, 2, 0], [1, 0, 1]], (0.5, 0, 0.5), strain=strain)


PNMA = ["x,y,z", "x+1/2,-y+1/2,-z+1/2", "-x,y+1/2,-z", "-x+1/2,-y,z+1/2", "-x,-y,-z",
        "-x+1/2,y+1/2,z+1/2", "x,-y+1/2,z", "x+1/2,y,-z+1/2"]  # fmt: skip


def expand(lattice: np.ndarray, sites: dict[str, list[tuple[float, float, float]]], operations: list[str]):
    """All atoms of the cell from an asymmetric unit and operations written as in a CIF."""
    frac: list[np.ndarray] = []
    species: list[str] = []
    for name, unit in sites.items():
        for x, y, z in unit:
            found: list[np.ndarray] = []
            for operation in operations:
                point = np.array([eval(c, {}, {"x": x, "y": y, "z": z}) for c in operation.split(",")]) % 1.0  # noqa: S307
                if not any(np.abs(_wrap(point - f)).max() < 1e-4 for f in found):
                    found.append(point)
            frac += found
            species += [name] * len(found)
    return lattice, np.array(frac), species


def srtio3() -> Problem:
    """Cubic SrTiO3 -> I4/mcm, A at the origin: Sr (0,1/2,1/4), Ti (0,0,0), O (0,0,1/4), (0.2410,0.7410,0)."""
    a = 3.905
    parent = (a * np.eye(3), PEROVSKITE_A, ["Sr", "Ti", "O", "O", "O"])
    x = 0.2410
    frac = [(0, 0.5, 0.25), (0.5, 0, 0.25), (0.5, 0, 0.75), (0, 0.5, 0.75)]
    species = ["Sr"] * 4
    frac += [(0, 0, 0), (0, 0, 0.5), (0.5, 0.5, 0.5), (0.5, 0.5, 0)]
    species += ["Ti"] * 4
    frac += [(0, 0, 0.25), (0, 0, 0.75), (0.5, 0.5, 0.75), (0.5, 0.5, 0.25)]
    species += ["O"] * 4
    for p in [(x, x + 0.5, 0), (-x, 0.5 - x, 0), (0.5 - x, x, 0), (0.5 + x, -x, 0)]:
        frac += [p, (p[0] + 0.5, p[1] + 0.5, 0.5)]
        species += ["O"] * 2
    child = (np.diag([5.507, 5.507, 7.796]), np.array(frac, float), species)
    return crystal_problem(parent, child, [[1, -1, 0], [1, 1, 0], [0, 0, 2]], (0.5, 0.5, 0.5))


def batio3(strain: bool = True) -> Problem:
    """Cubic BaTiO3 -> P4mm (z(Ti) = 0.5224, z(O1) = -0.0244, z(O2) = 0.4895)."""
    parent = (4.006 * np.eye(3), PEROVSKITE_A, ["Ba", "Ti", "O", "O", "O"])
    frac = [(0, 0, 0), (0.5, 0.5, 0.5224), (0.5, 0.5, -0.0244), (0.5, 0, 0.4895), (0, 0.5, 0.4895)]
    child = (np.diag([3.9925, 3.9925, 4.0365]), np.array(frac), ["Ba", "Ti", "O", "O", "O"])
    return crystal_problem(parent, child, np.eye(3).tolist(), (0, 0, 0), strain=strain)


def point_group_d4h() -> np.ndarray:
    """The 16 operations of D4h about z."""
    found = []
    for angle in range(4):
        c, s = [(1, 0), (0, 1), (-1, 0), (0, -1)][angle]
        for flip in (1, -1):
            for up in (1, -1):
                found.append(np.array([[c, -s * flip, 0], [s, c * flip, 0], [0, 0, up]], float))
    return np.array(found)


def _match(points: np.ndarray, operations: np.ndarray) -> np.ndarray:
    moved = np.einsum("gij,nj->gni", operations, points)
    return np.linalg.norm(moved[:, :, None] - points[None, None], axis=-1).argmin(axis=2)


def square_and_rectangle(forward: bool = True) -> Problem:
    """Square of edge 1 -> rectangle 1.2 x 0.8 (forward), or back (parent the rectangle)."""
    square = np.array([[0.5, 0.5, 0], [-0.5, 0.5, 0], [-0.5, -0.5, 0], [0.5, -0.5, 0]])
    rectangle = square * np.array([1.2, 0.8, 1.0])
    d4h = point_group_d4h()
    d2h = np.array([np.diag(s) for s in product((1.0, -1.0), repeat=3)])
    start, end, parent_group = (square, rectangle, d4h) if forward else (rectangle, square, d2h)
    types = np.zeros(4, dtype=np.int64)
    return Problem(
        None, start, types, ("C",), np.arange(4), parent_group, _match(start, parent_group),
        d2h, _match(start, d2h), end - start,
    )  # fmt: skip


def component_amplitudes(learner: Learner) -> dict[int, float]:
    """Amplitude of each component in the target displacements, Å: what the learner itself never looks at."""
    result: dict[int, float] = {}
    target = learner.problem.target
    for carrier, fields in learner.decomposition.target_fields.items():
        if target is None or carrier.kind != (1, -1) or carrier.site == "global":
            continue
        along = np.einsum("nmk,nm->k", fields, target)
        ids = learner.decomposition.target_component[carrier]
        for component in np.unique(ids):
            squared = float(np.sum(along[ids == component] ** 2))
            result[int(component)] = result.get(int(component), 0.0) + squared
    return {component: float(np.sqrt(value)) for component, value in result.items()}
