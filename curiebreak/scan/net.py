"""Corner-sharing octahedra: whether centres and corners form the BX3 net of perovskite.

The corners X are shared by their two nearest centres B. When every B has six corners that lead to six
different neighbours in six directions, the links carry integer coordinates on a simple cubic net:
``e = c_j - c_i + T M`` for a link from octahedron i to octahedron j in the cell T, with the unit step e
and the integer matrix M (rows: cell axes in steps of the net). The answer does not depend on tilts or
polar shifts as long as the two nearest B of each X stay the same.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from curiebreak.arrays import FloatArray, IntArray, nearest_image

SMALLEST_ANGLE = 105.0
"""Degrees; B-X-B angles of corner-sharing octahedra lie above, those of shared edges near 90."""

_SMALLEST_COSINE = 0.75
"""A link between octahedra lies along one of the three mean axes to this cosine."""


class NoNetError(Exception):
    """These centres and corners form no perovskite net; the text says why."""


@dataclass(frozen=True, eq=False)
class Net:
    """A BX3 net with its place for every atom.

    Attributes
    ----------
    centres : ndarray (n,) of int
        Atoms B.
    coordinates : ndarray (n, 3) of int
        Octahedra on the simple cubic net.
    matrix : ndarray (3, 3) of int
        Rows: cell axes in steps of the net; ``|det| = n``.
    corners : ndarray (3n,) of int
        Atoms X.
    corner_places : ndarray (3n, 3)
        X on the net, half-way between its two octahedra.
    shift : ndarray (3,)
        Mean offset: ideal fraction of a place c is ``c M^-1 + shift``.
    bond_angles : ndarray (3n,)
        B-X-B in degrees.
    """

    centres: IntArray
    coordinates: IntArray
    matrix: IntArray
    corners: IntArray
    corner_places: FloatArray
    shift: FloatArray
    bond_angles: FloatArray

    def fractions(self, places: FloatArray) -> FloatArray:
        """Ideal fractional coordinates (m, 3) of places (m, 3) on the net."""
        return np.asarray(places @ np.linalg.inv(self.matrix) + self.shift)


@dataclass(frozen=True, eq=False)
class _Links:
    """One row a corner: from octahedron `first` to `second` in the cell `cell`, vector in Å."""

    first: IntArray
    second: IntArray
    cell: IntArray
    vector: FloatArray
    angle: FloatArray


def find_net(lattice: FloatArray, frac: FloatArray, centres: IntArray, corners: IntArray) -> Net:
    """The perovskite net that these centres and corners form.

    Parameters
    ----------
    lattice : ndarray (3, 3)
        Reduced cell, rows in Å.
    frac : ndarray (n_atoms, 3)
    centres, corners : ndarray of int
        Atoms B and X.

    Raises
    ------
    NoNetError
        With the reason.
    """
    links = _links(lattice, frac, centres, corners)
    count = np.bincount(np.concatenate([links.first, links.second]), minlength=len(centres))
    if not (count == 6).all():
        raise NoNetError(f"a centre has {int(count[count != 6][0])} shared corners, not six")
    if links.angle.min() < SMALLEST_ANGLE:
        raise NoNetError(f"the octahedra do not share corners alone: an angle B-X-B of {links.angle.min():.0f} degrees")
    steps = _steps(links, len(centres))
    coordinates, matrix = _net_coordinates(links, steps, len(centres))
    inverse = np.linalg.inv(matrix)
    offset = frac[centres] - coordinates @ inverse
    shift = offset[0] + nearest_image(offset - offset[0]).mean(axis=0)
    return Net(
        centres=centres,
        coordinates=coordinates,
        matrix=matrix,
        corners=corners,
        corner_places=coordinates[links.first] + steps / 2,
        shift=shift,
        bond_angles=links.angle,
    )


def image_vectors(lattice: FloatArray, start: FloatArray, end: FloatArray) -> tuple[FloatArray, IntArray]:
    """Vectors from each start to the images of each end in the cells around.

    Parameters
    ----------
    lattice : ndarray (3, 3)
    start, end : ndarray (m, 3), (n, 3)
        Fractional.

    Returns
    -------
    vectors : ndarray (m, 27 n, 3)
        Å; end fastest.
    cells : ndarray (m, 27 n, 3) of int
        ``vector = (end + cell - start) lattice``.
    """
    grid = np.stack(np.meshgrid(*[np.arange(-1, 2)] * 3, indexing="ij"), -1).reshape(-1, 1, 3)
    difference = end[None] - start[:, None]
    whole = -np.round(difference).astype(np.int64)
    cells = (whole[:, None] + grid[None]).reshape(len(start), -1, 3)
    vectors = (difference[:, None] + whole[:, None] + grid[None]).reshape(len(start), -1, 3) @ lattice
    return vectors, cells


def _links(lattice: FloatArray, frac: FloatArray, centres: IntArray, corners: IntArray) -> _Links:
    vectors, cells = image_vectors(lattice, frac[corners], frac[centres])
    nearest = np.argsort((vectors**2).sum(axis=-1), axis=1, kind="stable")[:, :2]
    rows = np.arange(len(corners))
    one, two = vectors[rows, nearest[:, 0]], vectors[rows, nearest[:, 1]]
    cosine = (one * two).sum(axis=1) / np.linalg.norm(one, axis=1) / np.linalg.norm(two, axis=1)
    return _Links(
        first=nearest[:, 0] % len(centres),
        second=nearest[:, 1] % len(centres),
        cell=cells[rows, nearest[:, 1]] - cells[rows, nearest[:, 0]],
        vector=two - one,
        angle=np.degrees(np.arccos(np.clip(cosine, -1, 1))),
    )


def _steps(links: _Links, count: int) -> FloatArray:
    """Unit step on the net of each link (3n, 3), from the directions of the links."""
    unit = links.vector / np.linalg.norm(links.vector, axis=1, keepdims=True)
    own = unit[(links.first == 0) | (links.second == 0)]
    second = own[np.abs(own @ own[0]).argmin()]
    third = own[np.maximum(np.abs(own @ own[0]), np.abs(own @ second)).argmin()]
    axes = np.array([own[0], second, third])
    for _ in range(3):
        cosines = unit @ axes.T
        axis = np.abs(cosines).argmax(axis=1)
        signs = np.sign(cosines[np.arange(len(unit)), axis])
        if (np.bincount(axis, minlength=3) != count).any():
            raise NoNetError("the octahedra are not linked along three axes")
        axes = np.array([(unit * signs[:, None])[axis == k].mean(axis=0) for k in range(3)])
        axes /= np.linalg.norm(axes, axis=1, keepdims=True)
    if np.abs(cosines).max(axis=1).min() < _SMALLEST_COSINE:
        raise NoNetError("the octahedra are not linked along three axes")
    steps = np.zeros((len(unit), 3))
    steps[np.arange(len(unit)), axis] = signs
    _six_directions(links, 2 * axis + (signs > 0), 2 * axis + (signs < 0), count)
    return steps


def _six_directions(links: _Links, out: IntArray, back: IntArray, count: int) -> None:
    """Every octahedron must have one link along each of the six directions."""
    table = np.zeros((count, 6), dtype=np.int64)
    np.add.at(table, (links.first, out), 1)
    np.add.at(table, (links.second, back), 1)
    if (table != 1).any():
        raise NoNetError("an octahedron is not linked to six others along three axes")


def _net_coordinates(links: _Links, steps: FloatArray, count: int) -> tuple[IntArray, IntArray]:
    """Integer coordinates of the octahedra and the cell axes in steps of the net."""
    step = np.round(steps).astype(np.int64)
    around: list[list[tuple[int, IntArray, IntArray]]] = [[] for _ in range(count)]
    for i, j, cell, e in zip(links.first, links.second, links.cell, step, strict=True):
        around[i].append((int(j), cell, e))
        around[j].append((int(i), -cell, -e))
    place: dict[int, tuple[IntArray, IntArray]] = {0: (np.zeros(3, np.int64), np.zeros(3, np.int64))}
    waiting = deque([0])
    while waiting:
        i = waiting.popleft()
        for j, cell, e in around[i]:
            if j not in place:
                place[j] = (place[i][0] + e, place[i][1] + cell)
                waiting.append(j)
    if len(place) < count:
        raise NoNetError("the octahedra form more than one net")
    steps_to = np.array([place[i][0] for i in range(count)])
    cells_to = np.array([place[i][1] for i in range(count)])
    cells = cells_to[links.first] + links.cell - cells_to[links.second]
    wanted = steps_to[links.first] + step - steps_to[links.second]
    matrix, _, rank, _ = np.linalg.lstsq(cells.astype(float), wanted.astype(float), rcond=None)
    whole = np.round(matrix).astype(np.int64)
    if rank < 3 or (cells @ whole != wanted).any() or round(abs(np.linalg.det(whole))) != count:
        raise NoNetError("the octahedra do not form one simple cubic net")
    return np.asarray(steps_to - cells_to @ whole), np.asarray(whole)
