"""Children of soft modes: one structure for each class of subgroups that they leave, singly, in pairs and triples.

A mode on a line or a plane, or with an order parameter of many components, is frozen with one arm of its star alone:
what leaves such an order parameter as it is keeps k or turns it into -k, so that these directions are a finite list.
Beside it another irrep of the same arm, or one at a special point, may be frozen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from curiebreak.arrays import BoolArray, FloatArray
from curiebreak.mapping.pair_summary import spglib_group
from curiebreak.modes.builder import assembled, space_of
from curiebreak.modes.built import BuiltChild, BuiltMode
from curiebreak.phonons.force_constants import LatticeDynamics
from curiebreak.phonons.mode_shapes import mode_shapes, unweighted
from curiebreak.symmetry.bloch import BlochSpace, bloch_space
from curiebreak.symmetry.direction_text import format_direction
from curiebreak.symmetry.irrep_names import full_name
from curiebreak.symmetry.isotropy_search import GeneratingSet, IrrepImage, IsotropySearch, search_among
from curiebreak.symmetry.isotypic import Irrep, StandardOperations
from curiebreak.symmetry.quotient import FiniteQuotient
from curiebreak.symmetry.subgroup import Subgroup
from curiebreak.symmetry.sublattices import periodic_cell

_LETTERS = np.sqrt(np.array([2.0, 3.0, 5.0, 7.0, 11.0, 13.0, 17.0, 19.0, 23.0]))
"""Values of the letters of a direction: no accidental relation between them."""

LARGEST_ARM = 8
"""Components of one arm; more have too many directions to list."""

_LARGEST = 2000
"""Elements of the group of one arm; the least soft irreps at special points are left out until it has no more."""

_SEEN = 0.2
"""Of the root mean square displacement; spglib looks at the child with this tolerance in Å, at most 1e-3."""


@dataclass(frozen=True)
class SoftMode:
    """One of the modes of an irrep, and how far below the limit it is: s(limit) - s(frequency), s(f) = f |f|, THz²."""

    mode: int
    depth: float


@dataclass(frozen=True, eq=False)
class FrozenChild:
    """A child in which soft modes are frozen.

    Attributes
    ----------
    child : BuiltChild
    irreps, directions : tuple of str
        In one domain.
    agrees : bool
        Whether spglib finds the exact group.
    """

    child: BuiltChild
    irreps: tuple[str, ...]
    directions: tuple[str, ...]
    agrees: bool


def frozen_children(
    dynamics: LatticeDynamics,
    soft: Mapping[Irrep, SoftMode],
    max_dim: int,
    top: int,
    rms: float,
    told: Callable[[float], None] = lambda share: None,
) -> tuple[list[FrozenChild], int]:
    """Freeze soft modes.

    Parameters
    ----------
    dynamics : LatticeDynamics
    soft : mapping
        Softest irreps first.
    max_dim, top : int
        Largest sum of dimensions of a set; how many children.
    rms : float
        Å.
    told : callable
        Hears which share of the work is done, roughly.

    Returns
    -------
    children : list of FrozenChild
        One per class of subgroups of each kind of set, by the softest of its smallest sets: largest depth of its modes
        together, divided by the index, first, so that pairs of soft modes in high symmetry come before low symmetry of
        one; then small cells.
    found : int
        How many classes there are.
    """
    found = [*_of_couples(dynamics, soft, max_dim, told), *_of_arms(dynamics, soft, max_dim)]
    found.sort(key=lambda one: one.order)
    children = []
    for place, one in enumerate(found[:top]):
        told(0.5 + 0.5 * place / min(top, len(found)))
        children.append(_frozen(dynamics, one.make(), soft, rms))
    return children, len(found)


@dataclass(frozen=True, eq=False)
class _Direction:
    """Irreps with the patterns (f, dim) of their letters, and these as text."""

    irreps: tuple[Irrep, ...]
    patterns: tuple[FloatArray, ...]
    texts: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class _Found:
    """A subgroup that soft modes leave: its place in the list; the direction when needed."""

    order: tuple[float, int, int, int]
    make: Callable[[], _Direction]

    @classmethod
    def by(cls, subgroup: Subgroup, modes: Sequence[SoftMode], make: Callable[[], _Direction]) -> _Found:
        # gains of modes that do not mind each other add up, each of the order of |omega²|
        share = sum(one.depth for one in modes) / subgroup.index
        return cls((round(-share, 9), subgroup.size, subgroup.index, len(modes)), make)


def is_whole(irrep: Irrep, max_dim: int) -> bool:
    """Whether all directions of an irrep are listed, and not those of one arm alone."""
    return irrep.kind == "special" and irrep.dim <= max_dim


def _of_couples(
    dynamics: LatticeDynamics, soft: Mapping[Irrep, SoftMode], max_dim: int, told: Callable[[float], None]
) -> Iterator[_Found]:
    """Subgroups by one, two or three irreps at special points."""
    search = search_among(dynamics.parent, [one for one in soft if is_whole(one, max_dim)], max_dim)
    if search is None:
        return
    for mask, couples in search.subgroups(_any, lambda share: told(0.5 * share)):
        subgroup = Subgroup(search.quotient.space, search.quotient.shaped(mask))
        members = min(couples, key=lambda couple: (len(couple), couple))
        modes = [soft[search.images[i].irrep] for i in members]
        yield _Found.by(subgroup, modes, partial(_couple, search, mask))


def _any(masks: BoolArray) -> BoolArray:
    return np.ones(len(masks), dtype=bool)


def _couple(search: IsotropySearch, mask: BoolArray) -> _Direction:
    chosen = min(search.generating_sets(mask), key=_softest)
    found = search.canonical(mask, chosen.members)
    return _Direction(tuple(search.images[i].irrep for i in chosen.members), found.patterns, found.texts)


def _softest(one: GeneratingSet) -> tuple[int, bool, tuple[int, ...]]:
    """Few irreps first, then the softest, which stand first in the search."""
    return len(one.members), one.triad, one.members


def _of_arms(dynamics: LatticeDynamics, soft: Mapping[Irrep, SoftMode], max_dim: int) -> Iterator[_Found]:
    """Subgroups by irreps of which one arm is frozen, alone or with one more: of that arm, or at special points."""
    stars: dict[bytes, list[Irrep]] = {}
    for irrep in soft:
        if not is_whole(irrep, max_dim) and irrep.arm_size <= LARGEST_ARM:
            stars.setdefault(np.round(irrep.arms, 6).tobytes(), []).append(irrep)
    whole = [irrep for irrep in soft if is_whole(irrep, max_dim)]
    for members in stars.values():
        yield from _ArmSearch.among(dynamics, members, whole, max_dim).found(soft)


@dataclass(frozen=True, eq=False)
class _ArmSearch:
    """Irreps on one arm of a star, and whole ones beside them, in the group that keeps the arm or turns k into -k.

    What leaves order parameters of which one has a single arm belongs to that group, which is finite on the cell.
    """

    space: BlochSpace
    keeps: BoolArray
    arm: int
    on_arm: int
    search: IsotropySearch

    @classmethod
    def among(cls, dynamics: LatticeDynamics, members: list[Irrep], whole: list[Irrep], max_dim: int) -> _ArmSearch:
        parent = dynamics.parent
        standard = StandardOperations(parent)
        arms = standard.primitive_waves(members[0].arms)
        arm = int(dynamics.holds(arms).argmax())
        waves = [arms[[arm]], *(standard.primitive_waves(irrep.arms) for irrep in whole)]
        space = bloch_space(parent, periodic_cell(np.concatenate(waves)))
        # D(g) of what keeps k or turns it round is orthogonal within the arm; all else carries the arm elsewhere
        blocks = _arm_matrices(space, members[0], arm)[:, 0]
        keeps = np.abs(blocks @ blocks.swapaxes(-1, -2) - np.eye(blocks.shape[-1])).max(axis=(-1, -2)) < 1e-6
        if whole and keeps.sum() * space.size > _LARGEST:
            return cls.among(dynamics, members, whole[:-1], max_dim)
        quotient = FiniteQuotient(bloch_space(parent.restricted(keeps), space.cell))
        own = [_arm_matrices(quotient.space, irrep, arm) for irrep in members]
        images = [
            IrrepImage(irrep, block.reshape(-1, *block.shape[2:]), quotient)
            for irrep, block in zip(members, own, strict=True)
        ]
        images += [IrrepImage(irrep, quotient.matrices(irrep), quotient) for irrep in whole]
        return cls(space, keeps, arm, len(members), IsotropySearch(quotient, tuple(images), max_dim, most=2))

    def found(self, soft: Mapping[Irrep, SoftMode]) -> Iterator[_Found]:
        """Every class of subgroups that an irrep on the arm leaves, alone or with another."""
        for mask, couples in self.search.subgroups(_any):
            own = [couple for couple in couples if couple[0] < self.on_arm]
            if own:
                members = min(own, key=lambda couple: (len(couple), couple))
                left = np.zeros((len(self.keeps), self.space.size), dtype=bool)
                left[self.keeps] = self.search.quotient.shaped(mask)
                subgroup = Subgroup(self.space, left)
                modes = [soft[self.search.images[i].irrep] for i in members]
                yield _Found.by(subgroup, modes, partial(self._direction, mask, members))

    def _direction(self, mask: BoolArray, members: tuple[int, ...]) -> _Direction:
        found = self.search.canonical(mask, members)
        irreps = tuple(self.search.images[i].irrep for i in members)
        patterns = []
        for i, irrep, pattern in zip(members, irreps, found.patterns, strict=True):
            first = self.arm * irrep.arm_size if i < self.on_arm else 0
            patterns.append(np.zeros((len(pattern), irrep.dim)))
            patterns[-1][:, first : first + pattern.shape[1]] = pattern
        texts = [
            format_direction(pattern, [[irrep.arm_size] * len(irrep.arms)])
            for irrep, pattern in zip(irreps, patterns, strict=True)
        ]
        return _Direction(irreps, tuple(patterns), tuple(texts))


def _arm_matrices(space: BlochSpace, irrep: Irrep, arm: int) -> FloatArray:
    """The block (g, s, a, a) of one arm for every operation, followed by every lattice translation of the cell."""
    standard = StandardOperations(space.parent)
    own = slice(arm * irrep.arm_size, (arm + 1) * irrep.arm_size)
    shifts = standard.lattice_translations(space.translations)
    rows = [irrep.real_matrices(standard.rotations, standard.translations + shift)[:, own, own] for shift in shifts]
    return np.stack(rows, axis=1)


def _frozen(dynamics: LatticeDynamics, found: _Direction, soft: Mapping[Irrep, SoftMode], rms: float) -> FrozenChild:
    irreps = found.irreps
    etas = [_unit(pattern) for pattern in found.patterns]
    space = space_of(dynamics.parent, irreps, etas)
    fields = []
    for irrep, eta in zip(irreps, etas, strict=True):
        field = unweighted(dynamics, mode_shapes(dynamics, space, irrep).eigenvector(soft[irrep].mode, eta))
        # a mode at GM keeps the centre of mass; what moves all atoms alike is no distortion
        field[0] -= field[0].mean(axis=0)
        fields.append(field / np.linalg.norm(field))
    total = sum(fields, np.zeros_like(fields[0]))
    # sum |u|^2 over the cell = n rms^2; irreps have equal parts
    length = rms * np.sqrt(space.size * len(dynamics.parent.species)) / np.linalg.norm(total)
    modes = [
        BuiltMode(irrep, "displacement", length * eta[None], ("soft mode",), length * field)
        for irrep, eta, field in zip(irreps, etas, fields, strict=True)
    ]
    child = assembled(space, modes, length * total, np.zeros((3, 3)))
    seen = spglib_group(child.structure, min(1e-3, _SEEN * rms))[0]
    return FrozenChild(
        child=child,
        irreps=tuple(name_of(irrep) for irrep in irreps),
        directions=found.texts,
        agrees=seen is not None and seen.number == child.subgroup.number,
    )


def _unit(pattern: FloatArray) -> FloatArray:
    """A general order parameter (dim,) of unit length along the letters (f, dim) of a direction."""
    used = pattern[np.abs(pattern).max(axis=1) > 0]
    vector = _LETTERS[: len(used)] @ used
    return np.asarray(vector / np.linalg.norm(vector))


def name_of(irrep: Irrep) -> str:
    """The label; with the wave vector, which it does not say, on lines and planes."""
    return irrep.label if irrep.kind == "special" else full_name(irrep)


def soft_modes(candidates: Sequence[tuple[float, Irrep, int, bool]], below: float) -> dict[Irrep, SoftMode]:
    """The softest mode of each irrep that lies below a frequency.

    Parameters
    ----------
    candidates : sequence of (frequency, irrep, mode, acoustic)
    below : float
        THz.
    """
    found: dict[Irrep, SoftMode] = {}
    softest = sorted(candidates, key=lambda one: (round(one[0], 3), one[1].label, one[0]))
    for frequency, irrep, mode, acoustic in softest:
        if frequency < below and not acoustic:
            found.setdefault(irrep, SoftMode(mode, below * abs(below) - frequency * abs(frequency)))
    return found
