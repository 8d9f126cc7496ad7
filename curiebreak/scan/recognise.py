"""Is a crystal a distorted perovskite? Roles A, B, X found by topology, whatever the species.

A crystal of 5n atoms (ABX3) or 4n (BX3) is one when 3n of its atoms are the shared corners of octahedra
around n others that form the simple cubic net of :mod:`curiebreak.scan.net`, and the n atoms left, if
any, each take one hole of the net.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, combinations

import numpy as np
from numpy.typing import NDArray

from curiebreak.arrays import FloatArray, IntArray
from curiebreak.scan.net import Net, NoNetError, find_net, image_vectors
from curiebreak.structures import Structure
from curiebreak.structures.spacegroup import niggli_cell

LARGEST_OFFSET = 0.45
"""An atom A may lie this far from the centre of its hole, in edges of the net."""

LARGEST_ATOMS = 2000
"""Larger cells are not searched."""

EQUAL_ANGLES = 6.0
"""Degrees; two ways to choose B whose mean angles B-X-B differ by less are told apart by bond lengths."""

_MAX_CHOICES = 200


@dataclass(frozen=True, eq=False)
class Perovskite:
    """A recognised perovskite.

    Attributes
    ----------
    net : Net
    holes : ndarray (n,) of int
        Atoms A; empty for BX3.
    hole_places : ndarray (n, 3)
        Their holes on the net.
    offset : float
        Largest distance of an A from the centre of its hole, in edges of the net.
    volume : float
        Å^3 per octahedron.
    """

    net: Net
    holes: IntArray
    hole_places: FloatArray
    offset: float
    volume: float

    @property
    def is_bx3(self) -> bool:
        """True when nothing sits in the holes."""
        return len(self.holes) == 0


@dataclass(frozen=True)
class NotRecognised:
    """Why a structure is no perovskite, in one sentence."""

    reason: str
    own_parent: bool = False
    """Whether nothing of higher symmetry lies near: its atoms are then the parent of its moments."""


def recognise(structure: Structure, with_holes: bool | None = None) -> Perovskite | NotRecognised:
    """Find the roles of the atoms of a perovskite, or say why it is none.

    Parameters
    ----------
    structure : Structure
    with_holes : bool, optional
        Accept only ABX3 (True) or only BX3 (False).

    Returns
    -------
    Perovskite or NotRecognised
    """
    if structure.lattice is None:
        return NotRecognised("It is a molecule, not a crystal.")
    if len(structure) > LARGEST_ATOMS:
        return NotRecognised(f"It has {len(structure)} atoms, more than {LARGEST_ATOMS}.")
    frac, lattice = _reduced(structure)
    found: list[Perovskite] = []
    reasons: list[str] = []
    for n, holes in _sizes(len(structure), with_holes):
        for centres, corners in _choices(structure, lattice, frac, n, holes):
            try:
                net = find_net(lattice, frac, centres, corners)
                found.append(_filled(lattice, frac, net, holes))
            except NoNetError as error:
                reasons.append(str(error))
    if found:
        return _likeliest(lattice, frac, found)
    return NotRecognised(_why(structure, with_holes, reasons))


def _likeliest(lattice: FloatArray, frac: FloatArray, found: list[Perovskite]) -> Perovskite:
    """The widest mean angle B-X-B; of nearly equal ones the most regular octahedra.

    In the structure of LiNbO3 the octahedra around either cation form the net.
    """
    angles = [float(p.net.bond_angles.mean()) for p in found]
    near = [p for p, angle in zip(found, angles, strict=True) if angle >= max(angles) - EQUAL_ANGLES]

    def unevenness(one: Perovskite) -> float:
        lengths = nearest_six(lattice, frac, one.net.centres, one.net.corners)
        return round(float(lengths.std() / lengths.mean()), 6)

    return min(near, key=unevenness)


def _reduced(structure: Structure) -> tuple[FloatArray, FloatArray]:
    """Fractions (n, 3) in a reduced cell and that cell (rows, Å) in the frame of the structure."""
    own = np.asarray(structure.lattice, dtype=np.float64)
    reduced = niggli_cell(own)
    if reduced is None:
        return structure.coords, own
    change = reduced @ np.linalg.inv(own)
    whole = np.round(change)
    if np.abs(change - whole).max() > 1e-3:
        return structure.coords, own
    return structure.coords @ np.linalg.inv(whole), whole @ own


def _sizes(count: int, with_holes: bool | None) -> Iterator[tuple[int, bool]]:
    """Numbers of octahedra that `count` atoms may form, and whether holes are filled."""
    if count % 5 == 0 and with_holes is not False:
        yield count // 5, True
    if count % 4 == 0 and with_holes is not True:
        yield count // 4, False


def missing_corners(structure: Structure) -> str | None:
    """A word on what may be a perovskite with vacancies: n A, n B and up to a sixth of 3n X missing."""
    (corner, held), *rest = Counter(structure.species).most_common()
    n, odd = divmod(sum(count for _, count in rest), 2)
    missing = 3 * n - held
    if odd or not 0 < missing <= n / 2 or not list(_subsets(Counter(dict(rest)), n)):
        return None
    return (
        f"By its numbers it is ABX3 with {missing} of {3 * n} {corner} missing: if so, the order of vacancies breaks "
        "the symmetry, and this parent does not count it."
    )


def _choices(
    structure: Structure, lattice: FloatArray, frac: FloatArray, n: int, holes: bool
) -> Iterator[tuple[IntArray, IntArray]]:
    """Candidate centres and corners: corners whole species, centres species or the best bonded atoms."""
    species = np.array(structure.species)
    tried = 0
    for names in _subsets(Counter(structure.species), 3 * n):
        is_corner = np.isin(species, names)
        corners = np.flatnonzero(is_corner)
        others = np.flatnonzero(~is_corner)
        if not holes:
            yield others, corners
            continue
        for centres in _centre_sets(lattice, frac, species, others, corners, n):
            tried += 1
            if tried > _MAX_CHOICES:
                return
            yield centres, corners


def _subsets(counts: Counter[str], wanted: int) -> Iterator[tuple[str, ...]]:
    """Sets of species that hold exactly `wanted` atoms, small sets first."""
    names = sorted(counts)
    for size in range(1, len(names)):
        for chosen in combinations(names, size):
            if sum(counts[name] for name in chosen) == wanted:
                yield chosen


def _centre_sets(
    lattice: FloatArray, frac: FloatArray, species: NDArray[np.str_], others: IntArray, corners: IntArray, n: int
) -> Iterator[IntArray]:
    """Sets of n atoms of `others` that may be the centres.

    Whole species first; then, where a species sits on both A and B, whole species filled up with those
    of its atoms that have the nearest six corners.
    """
    counts = Counter(species[others].tolist())
    for chosen in _subsets(counts, n):
        yield others[np.isin(species[others], chosen)]
    ranked = others[_by_bonds(lattice, frac, others, corners)]
    for split in sorted(counts):
        rest = [name for name in sorted(counts) if name != split]
        for chosen in chain.from_iterable(combinations(rest, size) for size in range(len(rest) + 1)):
            missing = n - sum(counts[name] for name in chosen)
            if 0 < missing < counts[split]:
                full = others[np.isin(species[others], chosen)]
                part = ranked[species[ranked] == split][:missing]
                yield np.sort(np.concatenate([full, part]))


def _by_bonds(lattice: FloatArray, frac: FloatArray, atoms: IntArray, corners: IntArray) -> IntArray:
    """Order of `atoms` by the mean distance of their six nearest corners."""
    lengths = nearest_six(lattice, frac, atoms, corners).mean(axis=1)
    return np.asarray(np.argsort(np.round(lengths, 6), kind="stable"))


def _filled(lattice: FloatArray, frac: FloatArray, net: Net, holes: bool) -> Perovskite:
    """Put the atoms left over into the holes, one each."""
    volume = abs(float(np.linalg.det(lattice))) / len(net.centres)
    edge = volume ** (1 / 3)
    if not holes:
        check_bonds(lattice, frac, net.centres, net.corners, np.zeros(0, np.int64))
        return Perovskite(net, np.zeros(0, np.int64), np.zeros((0, 3)), 0.0, volume)
    used = np.concatenate([net.centres, net.corners])
    atoms = np.setdiff1d(np.arange(len(frac)), used)
    places: FloatArray = np.asarray(net.coordinates + 0.5, dtype=np.float64)
    vectors, cells = image_vectors(lattice, frac[atoms], net.fractions(places))
    lengths = np.linalg.norm(vectors, axis=-1)
    nearest = lengths.argmin(axis=1)
    rows = np.arange(len(atoms))
    if len(set((nearest % len(places)).tolist())) < len(places):
        raise NoNetError("not every hole between eight octahedra holds one atom")
    offset = float(lengths[rows, nearest].max()) / edge
    if offset > LARGEST_OFFSET:
        raise NoNetError(f"an atom lies {offset * edge:.2f} Å from the centre of its hole")
    check_bonds(lattice, frac, net.centres, net.corners, atoms)
    # the place whose image lies at the atom: c + cell M
    own = places[nearest % len(places)] + cells[rows, nearest] @ net.matrix
    return Perovskite(net, atoms, own, offset, volume)


def _why(structure: Structure, with_holes: bool | None, reasons: list[str]) -> str:
    if reasons:
        common = Counter(reasons).most_common(1)[0][0]
        return f"No net of corner-sharing octahedra: {common}."
    wanted = {True: "ABX3", False: "BX3", None: "ABX3 or BX3"}[with_holes]
    counts = ", ".join(f"{count} {name}" for name, count in Counter(structure.species).items())
    return f"The numbers of atoms ({counts}) do not divide into {wanted}."


LARGEST_BOND_RATIO = 2.0
"""Longest over shortest B-X in one octahedron; supertetragonal perovskites reach 1.7."""

GROUP_RATIO = 1.7
"""Mean distance of the fourth to sixth X around A over that of the first to third, in AX3 groups above."""

GROUP_LENGTH = 0.9
"""An AX3 group is shorter than this, in mean B-X lengths."""


def check_bonds(lattice: FloatArray, frac: FloatArray, centres: IntArray, corners: IntArray, holes: IntArray) -> None:
    """Refuse octahedra that are no octahedra and holes that hold the centre of an AX3 group.

    Parameters
    ----------
    lattice : ndarray (3, 3)
        Rows, Å.
    frac : ndarray (n_atoms, 3)
    centres, corners, holes : ndarray of int
        Atoms B, X and A.

    Raises
    ------
    NoNetError
        With the reason.
    """
    bonds = nearest_six(lattice, frac, centres, corners)
    ratio = float((bonds[:, 5] / bonds[:, 0]).max())
    if ratio > LARGEST_BOND_RATIO:
        raise NoNetError(f"a centre has B-X distances in the ratio {ratio:.2f}, too uneven for an octahedron")
    if not len(holes):
        return
    around = nearest_six(lattice, frac, holes, corners)
    three, next_three = around[:, :3].mean(axis=1), around[:, 3:].mean(axis=1)
    grouped = (next_three > GROUP_RATIO * three) & (three < GROUP_LENGTH * bonds.mean())
    if grouped.any():
        raise NoNetError(
            f"an atom in a hole forms a group with three corners at {three[grouped].min():.2f} Å "
            f"(B-X {bonds.mean():.2f} Å)"
        )


def nearest_six(lattice: FloatArray, frac: FloatArray, atoms: IntArray, corners: IntArray) -> FloatArray:
    """Distances (m, 6) in Å of the six nearest corners of each atom, rising."""
    vectors, _ = image_vectors(lattice, frac[atoms], frac[corners])
    return np.asarray(np.sort(np.linalg.norm(vectors, axis=-1), axis=1)[:, :6])
