"""Superlattice reflections of each irrep: where they stand, which are absent, how strong they are.

An irrep at wave vectors k moves scattering to ``Q = G + k``. To first order in its displacements u the structure factor
is ``F(Q) = 2 pi i sum_j f_j (Q.u_j) exp(2 pi i Q.r_j)``, of an occupation ``sum_j delta f_j exp(2 pi i Q.r_j)``; the
intensities are those of the displaced atoms themselves, all other irreps left aside.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np

from curiebreak.arrays import BoolArray, ComplexArray, FloatArray, IntArray
from curiebreak.mapping.composition import compositions
from curiebreak.modes.active import ActiveIrrep
from curiebreak.modes.analysis import Analysis
from curiebreak.results.reflection_list import IrrepReflections, Reflection
from curiebreak.structures.element_data import neutron_length, xray_factor
from curiebreak.structures.model import VACANCY
from curiebreak.symmetry.isotypic import StandardOperations
from curiebreak.symmetry.sublattices import match_vectors, wrap

LARGEST_ANGLE = 90.0
"""Degrees of 2 theta up to which reflections are listed."""

_SILENT = 1e-8
"""|F|^2 below this, relative to the strongest, is none."""

_SAME = 1e-6

_ZONES: tuple[tuple[str, Callable[[FloatArray], BoolArray]], ...] = (
    ("h = 0", lambda q: np.abs(q[:, 0]) < _SAME),
    ("k = 0", lambda q: np.abs(q[:, 1]) < _SAME),
    ("l = 0", lambda q: np.abs(q[:, 2]) < _SAME),
    ("|h| = |k|", lambda q: np.abs(np.abs(q[:, 0]) - np.abs(q[:, 1])) < _SAME),
    ("|h| = |l|", lambda q: np.abs(np.abs(q[:, 0]) - np.abs(q[:, 2])) < _SAME),
    ("|k| = |l|", lambda q: np.abs(np.abs(q[:, 1]) - np.abs(q[:, 2])) < _SAME),
    ("h = k = 0", lambda q: np.abs(q[:, :2]).max(axis=1) < _SAME),
    ("h = l = 0", lambda q: np.abs(q[:, ::2]).max(axis=1) < _SAME),
    ("k = l = 0", lambda q: np.abs(q[:, 1:]).max(axis=1) < _SAME),
    ("|h| = |k| = |l|", lambda q: np.ptp(np.abs(q), axis=1) < _SAME),
)  # fmt: skip
"""Conditions on the indices that are tried; lines that lie in an absent plane are not said again."""

_LINES = {
    "h = k = 0": ("h = 0", "k = 0", "|h| = |k|"),
    "h = l = 0": ("h = 0", "l = 0", "|h| = |l|"),
    "k = l = 0": ("k = 0", "l = 0", "|k| = |l|"),
    "|h| = |k| = |l|": ("|h| = |k|", "|h| = |l|", "|k| = |l|"),
}


@dataclass(frozen=True, eq=False)
class Superlattice:
    """The reciprocal vectors of a child within reach of a wavelength.

    Attributes
    ----------
    analysis : Analysis
    wavelength : float
        Å.
    """

    analysis: Analysis
    wavelength: float

    def lists(self) -> tuple[IrrepReflections, ...]:
        """One entry per irrep of displacements or occupations that is not at k = 0."""
        if self.analysis.parent.is_molecule:
            return ()
        kinds = ("displacement", "occupation")
        modes = [mode for mode in self.analysis.modes if mode.kind in kinds and not mode.noise]
        return tuple(self._list(mode) for mode in modes if np.abs(mode.irrep.arms).max() > _SAME)

    @cached_property
    def vectors(self) -> FloatArray:
        """Reciprocal vectors (m, 3) of the undistorted child, Cartesian, 1/Å, shorter than the wavelength allows."""
        lattice = np.asarray(self.analysis.group.field.lattice)
        reciprocal = np.linalg.inv(lattice).T
        longest = 2 * np.sin(np.radians(LARGEST_ANGLE / 2)) / self.wavelength
        # |h_i| = |Q . a_i| <= |Q| |a_i|
        reach = np.floor(longest * np.linalg.norm(lattice, axis=1)).astype(int)
        grid = np.stack(np.meshgrid(*[np.arange(-n, n + 1) for n in reach], indexing="ij"), -1).reshape(-1, 3)
        found = grid @ reciprocal
        lengths = np.linalg.norm(found, axis=1)
        return np.asarray(found[(lengths <= longest) & (lengths > _SAME)])

    def _list(self, mode: ActiveIrrep) -> IrrepReflections:
        parent, standard = self.analysis.parent, StandardOperations(self.analysis.parent)
        primitive = self.vectors @ np.asarray(parent.lattice).T
        arms = standard.primitive_waves(mode.irrep.arms)
        place = match_vectors(primitive, np.concatenate([arms, -arms]))
        inside = np.flatnonzero(place >= 0)
        vectors, hkl = self.vectors[inside], standard.change.waves(primitive[inside])
        linear, xray, neutron = self._factors(mode, vectors)
        seen = np.abs(linear) ** 2 > _SILENT * float((np.abs(linear) ** 2).max(initial=1e-300))
        held = sorted({int(p) % len(arms) for p in place[inside][seen]})
        return IrrepReflections(
            irrep=mode.label,
            kind=mode.kind,
            arms=tuple(_fractions(wrap(mode.irrep.arms[i])) for i in held),
            absent=_absences(hkl, place[inside], held, len(arms), seen),
            reflections=self._lines(vectors, hkl, xray, neutron),
        )

    def _factors(self, mode: ActiveIrrep, vectors: FloatArray) -> tuple[ComplexArray, FloatArray, FloatArray]:
        """First-order factor (m,) of sites that scatter each in its own way, and |F|^2 (m,) for X-rays and neutrons."""
        field, parent = self.analysis.group.field, self.analysis.parent
        size = self.analysis.space.size
        places = np.asarray(field.fractional) @ np.asarray(field.lattice)
        waves = np.exp(2j * np.pi * (vectors @ places.T))
        values = np.asarray(field.from_waves(self.analysis.space, mode.values))
        lengths = np.linalg.norm(vectors, axis=1)
        known = compositions(parent.structure)
        tables = [known[parent.species[site]] for site in field.site]
        # generic weights: what vanishes for them is absent whatever scatters how much
        weights = 1 + np.sqrt(2.0 + parent.site_orbits[field.site])
        if mode.kind == "displacement":
            linear = ((vectors @ values.T) * waves) @ weights
            moved = np.exp(2j * np.pi * (vectors @ (places + values).T))
            xray = (_form(tables, lengths / 2) * moved).sum(axis=1)
            neutron = moved @ np.array([_length(table) for table in tables])
        else:
            elements = self.analysis.distortion.occupation_elements
            letters = np.sqrt(2.0 + np.arange(len(elements)))
            linear = (waves * (values @ letters)).sum(axis=1)
            changes = [{e: float(x) for e, x in zip(elements, row, strict=True)} for row in values]
            xray = (_form(changes, lengths / 2) * waves).sum(axis=1)
            neutron = waves @ np.array([_length(change) for change in changes])
        return linear, np.abs(xray / size) ** 2, np.abs(neutron / size) ** 2

    def _lines(
        self, vectors: FloatArray, hkl: FloatArray, xray: FloatArray, neutron: FloatArray
    ) -> tuple[Reflection, ...]:
        """The reflections of equal length as one line each, strongest first."""
        lengths = np.round(np.linalg.norm(vectors, axis=1), 6)
        floor = (
            _SILENT * max(float(xray.max(initial=0.0)), 1e-300),
            _SILENT * max(float(neutron.max(initial=0.0)), 1e-300),
        )
        lines = []
        for length in np.unique(lengths):
            own = np.flatnonzero((lengths == length) & ((xray > floor[0]) | (neutron > floor[1])))
            if not len(own):
                continue
            lines.append(
                Reflection(
                    hkl=_named(hkl[own], xray[own]),
                    d=float(1 / length),
                    two_theta=float(np.degrees(2 * np.arcsin(min(1.0, self.wavelength * length / 2)))),
                    multiplicity=len(own),
                    xray=float(xray[own].sum()),
                    neutron=float(neutron[own].sum()),
                )
            )
        return tuple(sorted(lines, key=lambda one: (-round(one.xray, 9), one.two_theta)))


def _form(tables: Sequence[Mapping[str, float]], s: FloatArray) -> FloatArray:
    """X-ray amplitude (m, n) of each atom's composition at each s (m,)."""
    factors: dict[str, FloatArray] = {}
    out = np.zeros((len(s), len(tables)))
    for atom, table in enumerate(tables):
        for element, amount in table.items():
            if element == VACANCY:
                continue
            if element not in factors:
                factors[element] = xray_factor(element, s)
            out[:, atom] += amount * factors[element]
    return out


def _length(table: Mapping[str, float]) -> float:
    """Neutron scattering length of a composition, fm."""
    found = (amount * neutron_length(element) for element, amount in table.items() if element != VACANCY)
    return float(sum(found))


def _absences(hkl: FloatArray, place: IntArray, held: list[int], arms: int, seen: BoolArray) -> tuple[str, ...]:
    """Conditions that all reflections of the arms that are held break, though some vectors meet them."""
    own = np.isin(place % arms, held)
    absent: list[str] = []
    for name, meets in _ZONES:
        inside = own & meets(hkl)
        said = any(plane in absent for plane in _LINES.get(name, ()))
        if inside.any() and not seen[inside].any() and not said:
            absent.append(name)
    return tuple(absent)


def _named(hkl: FloatArray, strength: FloatArray) -> tuple[str, str, str]:
    """Indices of the strongest reflection, those with fewest minus signs and largest first index of its equals."""
    strongest = np.flatnonzero(strength >= strength.max() * (1 - 1e-6))
    best = min(strongest, key=lambda i: (int((hkl[i] < -_SAME).sum()), *(-np.round(hkl[i], 6)).tolist()))
    first, second, third = (str(Fraction(float(x)).limit_denominator(48)) for x in hkl[best])
    return first, second, third


def _fractions(vector: FloatArray) -> str:
    return ",".join(str(Fraction(float(x)).limit_denominator(48)) for x in vector)
