"""Rules for the learnable input: what must vanish, what is tied, which wave vectors and harmonics exist.

Axes and wave vectors are those of the parent's file, in the domain in which the child was mapped.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from curiebreak.arrays import BoolArray, FloatArray, IntArray
from curiebreak.discovery.posing import parse_sites
from curiebreak.discovery.projection import InputCell
from curiebreak.errors import InputError, UsageError
from curiebreak.fields import representation
from curiebreak.learning.breaking import GLOBAL, Carrier, InputSpace
from curiebreak.modes.analysis import Analysis
from curiebreak.symmetry.parent import ParentCrystal
from curiebreak.symmetry.sublattices import match_vectors

AXES = ("a", "b", "c")

_RANK = 1e-8
_NEIGHBOUR = 1.05


@dataclass(frozen=True)
class Zero:
    """A component that must vanish: that along an axis, for one l and parity on one site."""

    site: str
    l: int  # noqa: E741 - the name of the quantum number
    parity: str
    axis: str

    def carriers(self, parent: ParentCrystal) -> list[str]:
        """Names of the carriers that it means."""
        return [f"{site}:{self.l}{self.parity}" for site in _sites(parent, self.site, "zero.site")]


@dataclass(frozen=True)
class Tie:
    """Sites that hold the same value.

    ``non-adjacent``: all that are an even number of nearest-neighbour steps apart; ``all``: the whole orbit.
    """

    site: str
    pattern: str

    def sites(self, parent: ParentCrystal) -> tuple[str, ...]:
        """Names of the sites that it means."""
        return _sites(parent, self.site, "tie.site")


@dataclass(frozen=True)
class Rules:
    """What the learnable input may be.

    Attributes
    ----------
    sites : str
        As ``--sites`` of ``find``.
    allowed : tuple of (l, parity)
        Harmonics, parity ``e`` or ``o``; empty for all up to `lmax`.
    lmax : int
    zero : tuple of Zero
    tie : tuple of Tie
    kpoints : tuple of (3,)
        Wave vectors, fractions along the reciprocal axes of the parent's file; empty for all.
    """

    sites: str = "auto"
    allowed: tuple[tuple[int, str], ...] = ()
    lmax: int = 2
    zero: tuple[Zero, ...] = ()
    tie: tuple[Tie, ...] = ()
    kpoints: tuple[tuple[float, float, float], ...] = ()

    @property
    def restricts(self) -> bool:
        """Whether anything but the choice of carriers is ruled."""
        return bool(self.zero or self.tie or self.kpoints)


def carriers_of(parent: ParentCrystal, rules: Rules) -> tuple[Carrier, ...]:
    """All (site, l, parity) that the rules leave."""
    sites = parse_sites(parent, rules.sites)
    if sites is None:
        sites = (*parent.site_names, GLOBAL) if parent.is_molecule else parent.site_names
    kinds = rules.allowed or [(degree, parity) for degree in range(rules.lmax + 1) for parity in "eo"]
    return tuple(Carrier(site, degree, 1 if parity == "e" else -1) for degree, parity in kinds for site in sites)


@dataclass(frozen=True, eq=False)
class RuledInput:
    """Inputs of one pair under rules."""

    analysis: Analysis

    def restricted(self, rules: Rules, space: InputSpace) -> InputSpace:
        """The part of an input space that obeys the rules.

        Raises
        ------
        InputError
            For sites, wave vectors or axes that do not exist, or that no carrier has; if nothing is left.
        """
        self._check(rules, space)
        fields, components, carriers = [], [], []
        largest = int(space.component.max(initial=0))
        for index, carrier in enumerate(space.carriers):
            basis, own = space.fields[index], space.component[space.carrier == index]
            if rules.allowed and (carrier.degree, carrier.letter) not in rules.allowed:
                basis, own = basis[:, :, :0], own[:0]
            conditions = self._conditions(rules, carrier, basis)
            new, ids = _kernel(basis, own, conditions, largest)
            largest = max(largest, int(ids.max(initial=0)))
            fields.append(new)
            components.append(ids)
            carriers.append(np.full(len(ids), index, dtype=np.int64))
        found = replace(
            space, fields=tuple(fields), component=np.concatenate(components), carrier=np.concatenate(carriers)
        )
        if found.size == 0:
            raise InputError(
                "The rules allow nothing: no input that the child's group leaves alone obeys them.",
                "Relax zero, tie or k, allow more harmonics, or state another domain.",
            )
        return found

    @cached_property
    def cell(self) -> InputCell:
        """The cell on which inputs are projected."""
        return InputCell(self.analysis)

    def generic_stabiliser(self, space: InputSpace) -> BoolArray:
        """Operations (g, s) that leave every input of a space alone."""
        mask = np.ones(self.analysis.isotropy.shape, dtype=bool)
        for index in range(space.size):
            unit = np.zeros(space.size)
            unit[index] = 1.0
            carrier = space.carriers[int(space.carrier[index])]
            mask &= self.cell.stabiliser(self.cell.project({carrier: space.arrays(unit)[carrier]}))
        return mask

    def _check(self, rules: Rules, space: InputSpace) -> None:
        parent = self.analysis.parent
        present = {c.name for c in space.carriers}
        for zero in rules.zero:
            names = zero.carriers(parent)
            if not present & set(names):
                raise InputError(
                    f"`zero` names {', '.join(names)}, which the input does not hold.",
                    f"It holds {', '.join(sorted(present))}.",
                )
        for tie in rules.tie:
            sites = set(tie.sites(parent))
            if not sites & {c.site for c in space.carriers}:
                raise InputError(
                    f"`tie` names {', '.join(sorted(sites))}, which holds no input.",
                    f"Input is on {', '.join(sorted({c.site for c in space.carriers}))}.",
                )
        if parent.is_molecule and (rules.kpoints or any(z.axis for z in rules.zero)):
            raise InputError("A molecule has neither wave vectors nor cell axes.", "Leave out `k` and `zero`.")
        if rules.kpoints:
            self._allowed_kpoints(rules)

    def _conditions(self, rules: Rules, carrier: Carrier, basis: FloatArray) -> FloatArray:
        """What must vanish, one column per field of the basis: ndarray (m, k)."""
        width = basis.shape[2]
        rows: list[FloatArray] = [np.zeros((0, width))]
        if width == 0:
            return rows[0]
        for zero in rules.zero:
            if carrier.name in zero.carriers(self.analysis.parent):
                rows.append(np.einsum("m,nmk->nk", axis_component(self.analysis.parent, zero), basis))
        if carrier.site != GLOBAL:
            for tie in rules.tie:
                if carrier.site in tie.sites(self.analysis.parent):
                    rows.append(self._untied(carrier, tie, basis))
            if rules.kpoints:
                rows.append(self._outside(rules, carrier, basis))
        return np.concatenate(rows)

    def _untied(self, carrier: Carrier, tie: Tie, basis: FloatArray) -> FloatArray:
        """Deviation of every tied value from the mean of its class."""
        field = self.analysis.group.field
        atoms = np.flatnonzero(field.on_site(carrier.site))
        classes = np.zeros(len(atoms), dtype=np.int64) if tie.pattern == "all" else self.even_classes(carrier.site)
        rows = []
        for one in np.unique(classes):
            members = basis[atoms[classes == one]]
            rows.append((members - members.mean(axis=0)).reshape(-1, basis.shape[2]))
        return np.concatenate(rows)

    def even_classes(self, site: str) -> IntArray:
        """Class of each atom of a site in the child's cell: an even number of nearest-neighbour steps apart."""
        field = self.analysis.group.field
        positions = field.cartesian[field.on_site(site)]
        cell = np.asarray(field.lattice)
        grid = np.stack(np.meshgrid(*[[-1, 0, 1]] * 3, indexing="ij"), -1).reshape(-1, 3) @ cell
        distance = np.linalg.norm(positions[None, :, None] - positions[:, None, None] + grid, axis=-1)
        nearest = float(distance[distance > 1e-3].min())
        linked = ((distance > 1e-3) & (distance < _NEIGHBOUR * nearest)).any(axis=2)
        even = (linked.astype(np.int64) @ linked.astype(np.int64)) > 0
        reach = even | np.eye(len(positions), dtype=bool)
        for _ in range(len(positions)):
            reach = (reach.astype(np.int64) @ reach.astype(np.int64)) > 0
        return np.asarray(reach.argmax(axis=1), dtype=np.int64)

    def _allowed_kpoints(self, rules: Rules) -> BoolArray:
        """Which wave vectors (s,) of the child's cell may carry input, opposite ones included."""
        space, file_cell = self.analysis.space, self.analysis.parent.file_cell
        allowed = np.zeros(space.size, dtype=bool)
        for wanted in rules.kpoints:
            primitive = np.linalg.solve(file_cell, np.asarray(wanted, dtype=float))
            for sign in (1, -1):
                hit = int(match_vectors(sign * primitive[None], space.kpoints)[0])
                if hit < 0:
                    known = [space.kpoints[i] @ file_cell.T for i in range(space.size)]
                    text = " ".join("(" + ",".join(f"{x - np.floor(x + 1e-9):g}" for x in k) + ")" for k in known)
                    raise InputError(
                        f"`k`: ({', '.join(f'{x:g}' for x in wanted)}) is not periodic on the child's cell.",
                        f"In this domain the cell has {text}.",
                    )
                allowed[hit] = True
        return allowed

    def _outside(self, rules: Rules, carrier: Carrier, basis: FloatArray) -> FloatArray:
        """Components at other wave vectors: ndarray (m, k), real and imaginary parts."""
        forbidden = ~self._allowed_kpoints(rules)
        space = self.cell.orbit_space(carrier.site)
        chosen = self.analysis.group.field.on_site(carrier.site)
        local, cells = self.cell.orbit_atoms(carrier.site)
        columns = []
        for k in range(basis.shape[2]):
            components = space.from_atoms(basis[chosen][:, :, k], local, cells)[forbidden].ravel()
            columns.append(np.concatenate([components.real, components.imag]))
        return np.array(columns).T if columns else np.zeros((0, 0))

    def check_domain(self, rules: Rules, stated: bool) -> None:
        """Refuse axes whose meaning depends on the domain when none was stated.

        Raises
        ------
        UsageError
            Such an axis without a domain.
        """
        parent = self.analysis.parent
        if stated or parent.is_molecule:
            return
        child = parent.rotations_cartesian[self.analysis.child_operations.any(axis=1)]
        for zero in rules.zero:
            axis = axis_direction(parent, zero.axis)
            images = {_line(rotation @ axis) for rotation in parent.rotations_cartesian}
            kept = {_line(rotation @ axis) for rotation in child}
            if images != kept:
                raise UsageError(
                    f"`zero.axis: {zero.axis}` depends on the domain: the parent has equivalent axes "
                    "that the child tells apart.",
                    "State domain: {supercell_basis: [[…], […], […]]}, the child's cell in parent axes.",
                )


def _sites(parent: ParentCrystal, word: str, field: str) -> tuple[str, ...]:
    try:
        found = parse_sites(parent, word)
    except InputError as error:
        raise InputError(f"`{field}`: {error.message.replace(' for --sites', '')}", error.hint) from None
    if found is None:
        raise InputError(f"`{field}` must name a site.", f"The parent has {', '.join(parent.site_names)}.")
    return found


def _kernel(
    basis: FloatArray, component: IntArray, conditions: FloatArray, largest: int
) -> tuple[FloatArray, IntArray]:
    """Orthonormal fields that satisfy all conditions, component by component, then what mixes components."""
    width = basis.shape[2]
    if width == 0:
        return basis, component
    found: list[FloatArray] = []
    ids: list[int] = []
    for one in np.unique(component):
        members = np.flatnonzero(component == one)
        for row in _null_space(conditions[:, members]):
            vector = np.zeros(width)
            vector[members] = row
            found.append(vector)
            ids.append(int(one))
    known = np.array(found).reshape(-1, width)
    every = _null_space(conditions)
    rest = every - every @ known.T @ known
    for row in _row_space(rest):
        found.append(row)
        largest += 1
        ids.append(largest)
    return basis @ np.array(found).reshape(-1, width).T, np.array(ids, dtype=np.int64)


def _null_space(matrix: FloatArray) -> FloatArray:
    """Orthonormal rows (f, k) with ``matrix @ row = 0``."""
    if matrix.shape[1] == 0:
        return np.zeros((0, 0))
    values, vectors = np.linalg.eigh(matrix.T @ matrix)
    return np.asarray(vectors[:, values < _RANK].T)


def _row_space(matrix: FloatArray) -> FloatArray:
    if matrix.size == 0:
        return matrix
    _, values, vectors = np.linalg.svd(matrix, full_matrices=False)
    return np.asarray(vectors[values > 1e-6])


def axis_direction(parent: ParentCrystal, axis: str) -> FloatArray:
    """Unit vector of an axis of the parent's file, Cartesian."""
    row = np.asarray(parent.structure.lattice)[AXES.index(axis)]
    return np.asarray(row / np.linalg.norm(row))


def axis_component(parent: ParentCrystal, zero: Zero) -> FloatArray:
    """Unit vector (2l+1,) that turns about the axis leave alone; for l = 1 the axis itself."""
    x, y, z = axis_direction(parent, zero.axis)
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    count = 2 * zero.l + 1
    angles = (2 * np.pi * np.arange(count) / count)[:, None, None]
    turns = np.eye(3) + np.sin(angles) * cross + (1 - np.cos(angles)) * cross @ cross
    mean = representation(zero.l, "e", turns).mean(axis=0)
    values, vectors = np.linalg.eigh((mean + mean.T) / 2)
    return np.asarray(vectors[:, int(values.argmax())])


def _line(vector: FloatArray) -> tuple[float, ...]:
    """An axis without its sense."""
    rounded = np.round(vector, 4) + 0.0
    first = rounded[np.flatnonzero(rounded)[0]]
    return tuple((rounded * np.sign(first) + 0.0).tolist())
