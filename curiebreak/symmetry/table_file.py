"""Reading the compact irrep table: operations, stars of k and matrices of one space group.

The file (``data/irreps.jsonl``, written by `curiebreak.symmetry.build_tables`) has a header
line with the byte offset of each group and then one JSON line per group; only the line of
the group asked for is read. Space group operations act as ``x' = R x + t`` on columns of
conventional coordinates; k vectors are rows in the conventional reciprocal basis.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np

from curiebreak.arrays import BoolArray, ComplexArray, FloatArray, IntArray
from curiebreak.errors import InputError, InternalError

Layer = tuple[IntArray, IntArray, IntArray]

TABLE_PATH = Path(__file__).parent / "data" / "irreps.jsonl"
FORMAT = "curiebreak-irreps"
VERSION = 1
K_UNIT = 6
"""Constant parts of the k vectors are stored in sixths."""
T_UNIT = 24
"""Translations are stored in units of 1/24."""
RADII_SQUARED = ((1, 1), (3, 4), (1, 2), (3, 8), (1, 4), (1, 8))
"""Squared moduli (numerator, denominator) that entries of a point part can have."""
CODE_START = 35
"""Codes are single characters from here on; the backslash is left out."""
KINDS = ("special", "line", "plane", "general")
TRANSLATION_TOLERANCE = 1e-3
"""Largest misfit (conventional fractions) of a translation given from outside."""

_POWERS = 3 ** np.arange(9)


def exact_values() -> ComplexArray:
    """All values an entry of a point part can have: 0, then modulus x 24th root of unity, (145,)."""
    radii = np.sqrt([p / q for p, q in RADII_SQUARED])
    roots = np.exp(2j * np.pi * np.arange(24) / 24)
    roots.real[np.abs(roots.real) < 1e-12] = 0
    roots.imag[np.abs(roots.imag) < 1e-12] = 0
    return np.concatenate([[0j], (radii[:, None] * roots).ravel()])


@cache
def lattice_vectors(centring: str) -> FloatArray:
    """Primitive lattice vectors (rows) in conventional axes.

    Parameters
    ----------
    centring : str
        Centring letter, or a symbol that starts with it. R means obverse hexagonal axes.
    """
    half, third = 0.5, 1 / 3
    bases = {
        "P": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
        "A": [[1, 0, 0], [0, half, -half], [0, half, half]],
        "C": [[half, half, 0], [-half, half, 0], [0, 0, 1]],
        "F": [[0, half, half], [half, 0, half], [half, half, 0]],
        "I": [[-half, half, half], [half, -half, half], [half, half, -half]],
        "R": [[2 * third, third, third], [-third, third, third], [-third, -2 * third, third]],
    }
    if centring[:1] not in bases:
        raise InternalError(f"{centring}: unknown centring letter")
    basis = np.array(bases[centring[0]], float)
    basis.setflags(write=False)
    return basis


def rotation_codes(rotations: IntArray) -> IntArray:
    """One integer for each matrix of -1, 0, 1 entries, (m,)."""
    return np.asarray((np.asarray(rotations).reshape(-1, 9) + 1) @ _POWERS)


@dataclass(frozen=True, eq=False)
class WaveVectorFamily:
    """A k point, line, plane or the general position: ``k_a(p) = constant_a + p @ coefficients_a``.

    Attributes
    ----------
    label : str
        Miller-Love letters, such as ``R`` or ``DT``.
    constant : (n_arms, 3) float
    coefficients : (n_arms, n_parameters, 3) float
    parameter_names : tuple of str
    entries : tuple of (label, reality, small_dim, codes)
    """

    label: str
    constant: FloatArray
    coefficients: FloatArray
    parameter_names: tuple[str, ...]
    entries: tuple[tuple[str, int, int, str], ...]

    @property
    def n_parameters(self) -> int:
        """Number of free parameters: 0 point, 1 line, 2 plane, 3 general."""
        return len(self.parameter_names)

    @property
    def kind(self) -> str:
        """``special``, ``line``, ``plane`` or ``general``."""
        return KINDS[self.n_parameters]

    def arms(self, parameters: FloatArray) -> FloatArray:
        """All k vectors (n_arms, 3) of the star for parameters (n_parameters,)."""
        values = np.asarray(parameters, float)
        return np.asarray(self.constant + np.einsum("p,apx->ax", values, self.coefficients))


@dataclass(frozen=True, eq=False)
class Star:
    """A star at given parameters, with what the matrices of all its irreps share.

    Attributes
    ----------
    arms : (n_arms, 3) float
        Conventional reciprocal basis.
    sources : (g, n_arms) int
        Arm that operation g carries onto arm a.
    word_shifts : tuple of (left, middle), each (w, n_arms) float
        ``k.v`` of the phases in the products that build up the group.
    """

    arms: FloatArray
    sources: IntArray
    word_shifts: tuple[tuple[FloatArray, FloatArray], ...]


@dataclass(frozen=True, eq=False)
class GroupTable:
    """Operations modulo lattice translations and all irreps of one space group.

    Attributes
    ----------
    number, symbol : int, str
    rotations : (g, 3, 3) int
    translations : (g, 3) float
    phase_translations : (g, 3) float
        Translation ``v`` in ``D({R|t}) = T(k.v) P(R)``; differs from ``translations`` only
        where ISO-IR made its matrices in origin choice 1.
    lattice : (3, 3) float
        Primitive lattice vectors, rows, conventional axes.
    families : tuple of WaveVectorFamily
        Points, lines, planes, general position, in this order.
    words : tuple of (operations, generator slots, operations before), each (w,) int
        ``operation = generator . before`` up to a lattice translation, in layers that can
        be followed from the identity (operation 0).
    """

    number: int
    symbol: str
    rotations: IntArray
    translations: FloatArray
    phase_translations: FloatArray
    lattice: FloatArray
    families: tuple[WaveVectorFamily, ...]
    generators: tuple[int, ...]
    words: tuple[Layer, ...]
    alphabet: ComplexArray

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> GroupTable:
        """Make the table from the JSON object of the file."""
        rotations = np.array(record["rotations"], int).reshape(-1, 3, 3)
        translations = np.array(record["translations"], float) / T_UNIT
        phases = record["phases"]
        families = [_family(f, rotations) for f in record["families"]]
        return cls(
            number=record["number"],
            symbol=record["symbol"],
            rotations=rotations,
            translations=translations,
            phase_translations=translations if phases is None else np.array(phases, float) / T_UNIT,
            lattice=lattice_vectors(record["symbol"]),
            families=tuple(sorted(families, key=lambda f: f.n_parameters)),
            generators=tuple(record["generators"]),
            words=_words(rotations, record["generators"]),
            alphabet=exact_values()[np.array(record["alphabet"], int)],
        )

    @cached_property
    def _sorted_codes(self) -> tuple[IntArray, IntArray]:
        codes = rotation_codes(self.rotations)
        order = np.argsort(codes)
        return codes[order], order

    def find(self, rotations: IntArray) -> IntArray:
        """Index (m,) of the operations with the given rotations (m, 3, 3).

        Raises
        ------
        InputError
            If a rotation is not in the point group.
        """
        codes, order = self._sorted_codes
        wanted = rotation_codes(rotations)
        place = np.minimum(np.searchsorted(codes, wanted), len(codes) - 1)
        if (codes[place] != wanted).any():
            raise InputError(
                f"an operation is not in space group {self.number} ({self.symbol}) in its standard setting",
                "give operations in the conventional setting of the International Tables",
            )
        return np.asarray(order[place])

    def phase_shifts(self, indices: IntArray, translations: FloatArray) -> FloatArray:
        """Exact ``v`` (m, 3) for operations given by index and translation.

        Raises
        ------
        InputError
            If a translation differs from the tabulated one by no lattice vector.
        """
        # t = t_table + a lattice vector, which alone may be added to the tabulated phases
        surplus = np.asarray(translations, float) - self.translations[indices]
        coordinates = surplus @ np.linalg.inv(self.lattice)
        whole = np.rint(coordinates)
        if np.abs((coordinates - whole) @ self.lattice).max(initial=0) > TRANSLATION_TOLERANCE:
            raise InputError(
                f"a translation does not fit space group {self.number} ({self.symbol}), standard setting",
                "check origin choice 2, hexagonal axes and unique axis b",
            )
        return np.asarray(whole @ self.lattice + self.phase_translations[indices])

    def reciprocal_equivalent(self, difference: FloatArray, tolerance: float = 1e-6) -> BoolArray:
        """Whether differences of k vectors (..., 3) lie in the primitive reciprocal lattice."""
        # k is a reciprocal lattice vector where k . t is whole for each primitive translation t
        coordinates = difference @ self.lattice.T
        return np.asarray(np.abs(coordinates - np.rint(coordinates)).max(axis=-1) < tolerance)

    def star(self, family: WaveVectorFamily, parameters: FloatArray) -> Star:
        """Star of a family at parameters (n_parameters,)."""
        arms = family.arms(parameters)
        # (7): arm b goes to k_b R^-1, which is exactly one arm of the star
        images = np.einsum("bi,gij->gbj", arms, np.linalg.inv(self.rotations))
        same = self.reciprocal_equivalent(arms[None, :, None] - images[:, None])
        if not (same.sum(axis=2) == 1).all():
            raise InternalError(f"the star {family.label} of space group {self.number} is not closed")
        v = self.phase_translations
        shifts = []
        for _, slots, before in self.words:
            generators = np.array(self.generators)[slots]
            rotated = np.einsum("wij,wj->wi", self.rotations[generators], v[before])
            shifts.append((-rotated @ arms.T, v[before] @ arms.T))
        return Star(arms, np.asarray(same.argmax(axis=2)), tuple(shifts))

    def point_parts(self, small_dim: int, codes: str, star: Star) -> ComplexArray:
        """Matrices ``P`` (g, d, d) of one irrep.

        Products follow from ``T(k.v_g) P_g T(k.v_b) P_b = T(k.v_g + k.R_g v_b) P_gb``.
        """
        n_arms = len(star.arms)
        dim = n_arms * small_dim
        sources = star.sources[list(self.generators)].reshape(-1, n_arms)
        # of each generator the file holds one small block an arm: the one that its source arm is carried by
        tiles = np.zeros((len(self.generators), n_arms, small_dim, n_arms, small_dim), complex)
        slot, arm = np.indices(sources.shape)
        tiles[slot, arm, :, sources] = self._decode(codes).reshape(*sources.shape, small_dim, small_dim)
        generators = tiles.reshape(-1, dim, dim)
        parts = np.zeros((len(self.rotations), dim, dim), complex)
        parts[0] = np.eye(dim)
        for (targets, slots, before), shifts in zip(self.words, star.word_shifts, strict=True):
            left, middle = (np.repeat(np.exp(2j * np.pi * s), small_dim, axis=1) for s in shifts)
            parts[targets] = left[:, :, None] * (generators[slots] * middle[:, None, :]) @ parts[before]
        return parts

    def _decode(self, codes: str) -> ComplexArray:
        places = np.frombuffer(codes.encode("ascii"), np.uint8).astype(int)
        return np.asarray(self.alphabet[places - (places > ord("\\")) - CODE_START])


def _family(record: dict[str, Any], rotations: IntArray) -> WaveVectorFamily:
    constant = np.array(record["constant"], float) / K_UNIT
    coefficients = np.array(record["coefficients"], float).reshape(-1, 3)
    inverse = np.rint(np.linalg.inv(rotations))
    moves = [m if isinstance(m, list) else [m, 0, 0, 0] for m in record["arms"]]
    chosen = inverse[[m[0] for m in moves]]
    return WaveVectorFamily(
        label=record["label"],
        constant=constant @ chosen + np.array([m[1:] for m in moves], float),
        coefficients=np.einsum("pi,aij->apj", coefficients, chosen),
        parameter_names=tuple(record["parameters"]),
        entries=tuple((e[0], e[1], e[2], e[3]) for e in record["irreps"]),
    )


def _words(rotations: IntArray, generators: list[int]) -> tuple[Layer, ...]:
    index = {int(c): i for i, c in enumerate(rotation_codes(rotations))}
    reached, frontier, layers = {0}, [0], []
    while generators and frontier:
        layer: list[tuple[int, int, int]] = []
        for before in frontier:
            for slot, code in enumerate(rotation_codes(rotations[generators] @ rotations[before])):
                target = index[int(code)]
                if target not in reached:
                    reached.add(target)
                    layer.append((target, slot, before))
        frontier = [target for target, _, _ in layer]
        if layer:
            targets, slots, before_all = np.array(layer, int).T
            layers.append((targets, slots, before_all))
    return tuple(layers)


@cache
def _offsets() -> tuple[int, ...]:
    with TABLE_PATH.open("rb") as handle:
        line = handle.readline()
    header = json.loads(line)
    if header["format"] != FORMAT or header["version"] != VERSION:
        raise InternalError(f"{TABLE_PATH.name} is not a table of this version")
    return tuple(len(line) + x for x in header["offsets"])


@cache
def group_table(number: int) -> GroupTable:
    """Table of one space group, read when first asked for.

    Raises
    ------
    InputError
        If the number is not 1 to 230.
    """
    if not 1 <= number <= 230:
        raise InputError(f"there is no space group number {number}", "numbers run from 1 to 230")
    start, stop = _offsets()[number - 1 : number + 1]
    with TABLE_PATH.open("rb") as handle:
        handle.seek(start)
        return GroupTable.from_record(json.loads(handle.read(stop - start)))


def snap_fraction(value: float, tolerance: float = 1e-9) -> float:
    """Return the nearest fraction with denominator up to 1000 where it is that close, else the value."""
    fraction = float(Fraction(value).limit_denominator(1000))
    return fraction if abs(fraction - value) < tolerance else value


def fraction_text(value: float) -> str:
    """``1/2`` for 0.5, ``-1/3`` for -0.3333..., decimals where the denominator exceeds 1000."""
    fraction = Fraction(value).limit_denominator(1000)
    return str(fraction) if abs(float(fraction) - value) < 1e-7 else f"{value:.6g}"
