"""Octahedral tilts: Glazer symbol and angles from the linear tilt modes of a perovskite.

The rotation vector of the octahedron around B is ``omega = sum_X r x u / (4 |r|) / (a/2)`` over its six
corners. In-phase tilts about an axis are the part of omega with the wave vector whose components
across the axis are 1/2 (M point of ABX3), antiphase tilts the part that alternates from every
octahedron to the next (R point). By symmetry only the tilt irreps (M3+, R4+ with B at the origin;
X3+, GM4+ of ordered double perovskites) contribute. Angles are ``atan(2 d / a)``.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations

import numpy as np

from curiebreak.arrays import ComplexArray, FloatArray, IntArray, nearest_image
from curiebreak.modes.analysis import Analysis
from curiebreak.results import Glazer, vector3
from curiebreak.symmetry.bloch import BlochSpace
from curiebreak.symmetry.parent import ParentCrystal
from curiebreak.symmetry.sublattices import match_vectors

HOWARD_STOKES = (
    "a0a0a0",
    "a0a0c+",
    "a0b+b+",
    "a+a+a+",
    "a+b+c+",
    "a0a0c-",
    "a0b-b-",
    "a-a-a-",
    "a0b-c-",
    "a-b-b-",
    "a-b-c-",
    "a0b+c-",
    "a+a+c-",
    "a+b-b-",
    "a+b-c-",
)
"""The fifteen simple tilt systems of Howard & Stokes, Acta Cryst. B54, 782 (1998)."""

_NETS = {221: (1.0, 3), 225: (0.5, 6)}
"""Cubic groups of ABX3 and of ordered double perovskites: how far apart octahedra stand, as part of the cube's edge,
and how many corners the primitive cell holds."""

ZERO_TILT = 0.02
"""Degrees; smaller angles are printed as no tilt."""

COMPOUND = 0.1
"""A tilt of the other sense about the same axis, relative to the larger one, from which a system is no simple one."""


@dataclass(frozen=True, eq=False)
class OctahedralNet:
    """Corner-sharing octahedra of a cubic parent.

    Attributes
    ----------
    centre : int
        Primitive atom B.
    corners : tuple of (atom, lattice vector, r)
        The six X atoms around it; r (3,) in Å.
    axes : ndarray (3, 3)
        Rows: unit vectors of the pseudo-cubic axes, Cartesian.
    edge : float
        Distance of neighbouring octahedra centres, Å.
    """

    centre: int
    corners: tuple[tuple[int, IntArray, FloatArray], ...]
    axes: FloatArray
    edge: float


@dataclass(frozen=True)
class Tilt:
    """Tilt about one pseudo-cubic axis: angle in degrees, ``+``, ``-`` or ``0``, and that of the other sense."""

    angle: float
    sign: str
    other: float = 0.0


def octahedral_net(parent: ParentCrystal) -> OctahedralNet | None:
    """The BX3 net of a cubic perovskite or ordered double perovskite parent, if it has one."""
    if parent.lattice is None or parent.number not in _NETS:
        return None
    standard = parent.standard_lattice
    cube = float(np.linalg.norm(standard[0]))
    apart, wanted = _NETS[parent.number]
    edge = apart * cube
    axes = standard / cube
    counts = np.bincount(parent.site_orbits)
    for corner in np.flatnonzero(counts == wanted):
        for centre in np.flatnonzero(counts == 1):
            atom = int(np.argmax(parent.site_orbits == centre))
            found = _corners(parent, atom, int(corner), edge)
            if len(found) == 6 and _on_axes(found, axes):
                return OctahedralNet(atom, tuple(found), axes, edge)
    return None


def _corners(parent: ParentCrystal, centre: int, orbit: int, edge: float) -> list[tuple[int, IntArray, FloatArray]]:
    lattice = np.asarray(parent.lattice)
    grid = np.stack(np.meshgrid(*[np.arange(-2, 3)] * 3, indexing="ij"), -1).reshape(-1, 3)
    found = []
    for atom in np.flatnonzero(parent.site_orbits == orbit):
        vectors = (parent.frac[atom] + grid - parent.frac[centre]) @ lattice
        for shift, vector in zip(grid, vectors, strict=True):
            # half an edge within a fifth: corners need not be in the middle
            if abs(np.linalg.norm(vector) - edge / 2) < 0.2 * edge / 2:
                found.append((int(atom), shift.astype(np.int64), vector))
    return found


def _on_axes(corners: list[tuple[int, IntArray, FloatArray]], axes: FloatArray) -> bool:
    return all(np.abs(axes @ (r / np.linalg.norm(r))).max() > 0.99 for _, _, r in corners)


@dataclass(frozen=True, eq=False)
class OctahedralTilts:
    """Tilts of the octahedra of one pair."""

    analysis: Analysis

    def tilts(self, net: OctahedralNet) -> tuple[Tilt, Tilt, Tilt]:
        """Tilt about each pseudo-cubic axis of the parent, the larger of in-phase and antiphase."""
        found = []
        for axis in range(3):
            plus = self._rotation(net, wave_vector(self.analysis.parent, net, axis, in_phase=True), axis)
            minus = self._rotation(net, wave_vector(self.analysis.parent, net, axis, in_phase=False), axis)
            # (18); the larger of the two senses names the system
            angle = float(np.degrees(np.arctan(max(plus, minus))))
            sign = "0" if angle < ZERO_TILT else "+" if plus > minus else "-"
            other = float(np.degrees(np.arctan(min(plus, minus))))
            found.append(Tilt(angle if sign != "0" else 0.0, sign, other if other >= ZERO_TILT else 0.0))
        return found[0], found[1], found[2]

    def _rotation(self, net: OctahedralNet, wave: FloatArray, axis: int) -> float:
        """Amplitude (tangent of the angle) of the octahedral rotation about one axis at one k."""
        space = self.analysis.space
        index = int(match_vectors(wave[None], space.kpoints)[0])
        if index < 0:
            return 0.0
        values = sum(
            (m.values[index] for m in self.analysis.modes if m.kind == "displacement" and not m.noise),
            np.zeros((len(self.analysis.parent.species), 3), dtype=complex),
        )
        return float(abs(octahedral_rotation(space, values, net, index, axis)))

    def glazer(self) -> Glazer | None:
        """Glazer symbol, angles and tilt irreps; ``None`` when the parent has no BX6 net."""
        net = octahedral_net(self.analysis.parent)
        if net is None:
            return None
        along_parent = self.tilts(net)
        ordered = howard_stokes_order(along_parent)
        symbol = spelled(ordered)
        return Glazer(
            symbol=symbol,
            symbol_child_axes=spelled(self._in_child_axes(net, along_parent)),
            angles=vector3(t.angle for t in ordered),
            howard_stokes=howard_stokes_notation(symbol),
            irreps=self._tilt_irreps(net),
            other_angles=vector3(t.other for t in ordered),
        )

    def _in_child_axes(self, net: OctahedralNet, found: tuple[Tilt, ...]) -> tuple[Tilt, ...]:
        """Tilts in the order of the child's axes: those along a pseudo-cubic axis keep their place."""
        parent_file = np.asarray(self.analysis.parent.structure.lattice)
        child = self.analysis.distortion.supercell_basis @ parent_file
        # child axes within 11 degrees of a pseudo-cubic one keep their place
        cosines = np.abs((child / np.linalg.norm(child, axis=1, keepdims=True)) @ net.axes.T)
        places: list[int | None] = [None, None, None]
        for row in range(3):
            best = int(cosines[row].argmax())
            if cosines[row, best] > 0.98 and best not in places:
                places[row] = best
        rest = [axis for axis in range(3) if axis not in places]
        order = [place if place is not None else rest.pop(0) for place in places]
        return tuple(found[axis] for axis in order)

    def _tilt_irreps(self, net: OctahedralNet) -> dict[str, str]:
        """Direction of each irrep that turns the octahedra, by label."""
        result: dict[str, str] = {}
        names = tilt_labels(self.analysis.parent, net)
        for mode in self.analysis.modes:
            if mode.kind == "displacement" and mode.label in names and not mode.noise:
                text = mode.canonical.text
                if text is not None:
                    result[mode.label] = text
        return result


def wave_vector(parent: ParentCrystal, net: OctahedralNet, axis: int, in_phase: bool) -> FloatArray:
    """Primitive fractions of k: phases -1 along the pseudo-cubic axes, +1 along `axis` when in phase."""
    # phases along the three axes: -1 across the tilt axis always, along it by the sense
    half = np.full(3, 0.5)
    if in_phase:
        half[axis] = 0.0
    cartesian = (half @ net.axes) / net.edge
    return np.asarray(np.asarray(parent.lattice) @ cartesian)


def octahedral_rotation(space: BlochSpace, values: ComplexArray, net: OctahedralNet, kpoint: int, axis: int) -> complex:
    """Tangent of the rotation of the octahedra about one pseudo-cubic axis at one wave vector.

    Parameters
    ----------
    space : BlochSpace
    values : ndarray (n_p, 3) complex
        Displacements at that wave vector.
    net : OctahedralNet
    kpoint : int
        Index of the wave vector in ``space.kpoints``.
    axis : int
    """
    total = np.zeros(3, dtype=complex)
    for atom, shift, r in net.corners:
        # (6) backwards at the cell of the corner
        phase = np.exp(-2j * np.pi * (space.kpoints[kpoint] @ shift))
        total += np.cross(r / np.linalg.norm(r), values[atom] * phase)
    return complex(net.axes[axis] @ total / 4 / (net.edge / 2) / np.sqrt(space.size))


def spelled(found: tuple[Tilt, ...]) -> str:
    """Glazer symbol of three tilts in the given order, equal tilts with equal letters."""
    letters: list[str] = []
    for position, tilt in enumerate(found):
        letter = "abc"[position]
        for earlier in range(position):
            other = found[earlier]
            # letters are equal for angles that are equal to one in a thousand
            same = abs(other.angle - tilt.angle) <= 1e-3 * max(tilt.angle, 1e-3)
            if other.sign == tilt.sign and same:
                letter = letters[earlier]
                break
        letters.append(letter)
    return "".join(letter + tilt.sign for letter, tilt in zip(letters, found, strict=True))


def howard_stokes_order(found: tuple[Tilt, ...]) -> tuple[Tilt, ...]:
    """The tilts in the order of axes that names their class: that of Howard & Stokes where they list it.

    Any other class has one order as well: no tilt first, then in-phase, then antiphase ones, the larger before the
    smaller; so that a scan counts it once, whatever the axes of the files.
    """
    for order in permutations(found):
        if spelled(order) in HOWARD_STOKES:
            return order
    return tuple(sorted(found, key=lambda tilt: ("0+-".index(tilt.sign), -tilt.angle)))


def howard_stokes_notation(symbol: str) -> str:
    """Order parameter in Howard & Stokes' notation: ``a+b-b-`` is ``(a000bb)``."""
    slots = ["0"] * 6
    for position in range(3):
        letter, sign = symbol[2 * position], symbol[2 * position + 1]
        if sign != "0":
            slots["+-".index(sign) * 3 + position] = letter
    return "(" + "".join(slots) + ")"


def compound_messages(found: Glazer | None) -> list[str]:
    """A word where in-phase and antiphase tilts share an axis, so that no Glazer symbol describes the child."""
    if found is None:
        return []
    pairs = [
        f"{angle:.2f}° ({found.symbol[2 * axis + 1]}) and {other:.2f}°"
        for axis, (angle, other) in enumerate(zip(found.angles, found.other_angles, strict=True))
        if other > COMPOUND * angle
    ]
    if not pairs:
        return []
    return [
        f"In-phase and antiphase tilts share an axis ({', '.join(pairs)}): this is no simple tilt system, and "
        f"{found.symbol} names the larger tilts only."
    ]


def tilt_labels(parent: ParentCrystal, net: OctahedralNet) -> frozenset[str]:
    """Tilt irreps for the centre of the octahedra at the origin of the setting, or not."""
    if parent.number == 225:
        return frozenset({"X3+", "GM4+"})
    at_origin = np.abs(nearest_image(parent.standard_places[net.centre])).max() < 1e-3
    return frozenset({"M3+", "R4+"}) if at_origin else frozenset({"M2+", "R5-"})
