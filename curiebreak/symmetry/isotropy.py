"""Stabilisers of active irreps, minimal sets and Curie floors.

Every active irrep a has a table of overlaps ``<u_a, {R|t+tau} u_a>`` over the operations (g, tau) of
the parent modulo the child's translations T_s (right cosets, so T_s need not be normal). Where
the overlap equals the squared norm, the operation leaves u_a alone. Components of different
irreps are orthogonal and stay so, hence the stabiliser of a set is the intersection of its
members' and averages over it need nothing but these tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from curiebreak.arrays import BoolArray, FloatArray, IntArray, common, summed
from curiebreak.errors import InternalError
from curiebreak.symmetry.bloch import BlochSpace
from curiebreak.symmetry.hitting_sets import different_rows, heaviest_hitting_sets
from curiebreak.symmetry.isotypic import Irrep, StandardOperations
from curiebreak.symmetry.sublattices import match_vectors

KINDS = ("displacement", "occupation", "strain")

_SAME = (1e-6, 1e-7, 1e-8, 1e-9, 1e-10)
"""Relative to the squared norm; the tighter ones where a loose one cuts through a nearly symmetric component."""

FIXED = 0.999
"""Eigenvalues of an average over a group above this belong to what the group leaves alone; they are 0 or 1."""

EXACT = 1e-13
"""Relative to the squared norm: what an average in double precision leaves of an operation that it keeps (1e-16 to
1e-14 seen)."""


TIE = 0.01
"""Minimal sets whose shares differ by less than this part are reported as ambiguous."""


@dataclass(frozen=True, eq=False)
class Active:
    """One active irrep of one kind of field.

    Attributes
    ----------
    label : str
        Its name: irreps of one label at different wave vectors are told apart,
        :mod:`curiebreak.symmetry.irrep_names`. Fields of several kinds may share a name, they are one member.
    kind : str
        ``displacement``, ``occupation`` or ``strain``.
    squared : float
        Squared norm over the child's cell (Å², occupancy², or strain²).
    overlaps : ndarray (g, s)
    counts : bool
        Whether it may be a member of a set; scatter and strain at the resolution of the files may not.
    rounding : float
        What rounding of the files can take from an overlap at most; unknown where it is infinite.
    """

    label: str
    kind: str
    squared: float
    overlaps: FloatArray
    counts: bool = True
    rounding: float = np.inf

    @property
    def measure(self) -> str:
        """With what it can be added up: strain and moments each with their own, all other fields together."""
        return self.kind if self.kind in ("strain", "magnetic") else "structure"

    @property
    def fixes(self) -> BoolArray:
        """Which operations (g, s) leave it unchanged; as many as a subgroup can have.

        The component is averaged over the child's group, which therefore keeps it to double precision. What another
        operation changes counts where the files resolve it, however small a part of the component it is.
        """
        # <u, g u> = |u|^2 where g leaves u alone, by Cauchy and Schwarz
        lost = self.squared - self.overlaps
        first = min(_SAME[0] * self.squared, max(self.rounding, EXACT * self.squared))
        limits = [first, *(same * self.squared for same in _SAME if same * self.squared < first)]
        masks = [np.asarray(lost <= limit) for limit in limits]
        return next((m for m in masks if m.sum() and m.size % int(m.sum()) == 0), masks[0])


@dataclass(frozen=True)
class MinimalSet:
    """A set of irreps that generates the whole symmetry lowering and has none to spare."""

    labels: tuple[str, ...]
    share: float


class StabiliserTable:
    """Groups between H and the parent that the active irreps define.

    Parameters
    ----------
    space : BlochSpace
        Wave vectors and translations of the child's (primitive) cell.
    active : sequence of Active
        Every irrep with a non-zero component.
    use_strain : bool
        Whether the strain lowers the symmetry further than the rest.
    remaining : ndarray (g, s) of bool, optional
        Operations that are left before any irrep is given, a group; by default all of the parent's.
    """

    def __init__(
        self, space: BlochSpace, active: Sequence[Active], use_strain: bool, remaining: BoolArray | None = None
    ) -> None:
        self.space = space
        self.active = tuple(active)
        self.use_strain = use_strain
        self.shape = (len(space.parent.rotations_cartesian), space.size)
        if self.active:  # the grey group has twice as many
            self.shape = self.active[0].overlaps.shape
        self.remaining = np.ones(self.shape, dtype=bool) if remaining is None else remaining
        self._fixes = self._members()

    def _members(self) -> dict[str, BoolArray]:
        """Stabiliser of each name that may be a member.

        Where those that count do not reach the group of the whole, all do.
        """
        lowering = [a for a in self.active if a.kind != "strain" or self.use_strain]
        members = [a for a in self.active if a.counts]
        everything, reached = (common((a.fixes for a in those), self.shape) for those in (lowering, members))
        entries = members if np.array_equal(reached, everything) else lowering
        # fields of several kinds share a name: the group of that member keeps all of them
        return summed(((a.label, a.fixes) for a in entries), np.logical_and)

    def under(self, remaining: BoolArray | None) -> StabiliserTable:
        """The same analysis when known fields leave only the operations `remaining` (g, s) of the parent."""
        return StabiliserTable(self.space, self.active, self.use_strain, remaining)

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels that may be members of a set, in order of appearance."""
        return tuple(self._fixes)

    def stabiliser(self, labels: Iterable[str]) -> BoolArray:
        """Operations (g, s) among the remaining ones that leave all these irreps unchanged."""
        # the stabiliser of a set is the intersection of those of its members
        return self.remaining & common(map(self._fixes.__getitem__, labels), self.shape)

    @property
    def whole(self) -> BoolArray:
        """Stabiliser of everything."""
        return self.stabiliser(self._fixes)

    def fixes(self, label: str, kind: str) -> BoolArray:
        """Operations (g, s) that leave the field of one irrep and kind alone.

        Raises
        ------
        InternalError
            If it is no active irrep.
        """
        for active in self.active:
            if (active.label, active.kind) == (label, kind):
                return active.fixes
        raise InternalError(f"{label} is not an active irrep of this analysis")

    @cached_property
    def _standard(self) -> StandardOperations:
        return StandardOperations(self.space.parent)

    def matrices(self, irrep: Irrep, mask: BoolArray, odd: bool = False) -> FloatArray:
        """Real matrices (m, dim, dim) of the operations `mask` (g, s), lattice translations included.

        Of an irrep that time reversal turns round (`odd`) those of the second half of a grey group's operations have
        the other sign.
        """
        rows, tau = np.nonzero(mask)
        count = self.space.parent.n_operations
        g = rows % count
        translations = self._standard.translations[g]
        if not self.space.parent.is_molecule:
            # {1|tau}{R|t}: the lattice vector is added after the rotation
            translations = translations + self._standard.lattice_translations(self.space.translations[tau])
        found = irrep.real_matrices(self._standard.rotations[g], translations)
        return np.where((rows >= count) & odd, -1.0, 1.0)[:, None, None] * found

    def fixed_projector(self, irrep: Irrep, mask: BoolArray, odd: bool = False) -> FloatArray:
        """Projector (dim, dim) onto the order parameters that the operations `mask` (g, s) leave alone.

        The operations stand for right cosets of the child's translations, whose average keeps just
        the arms that are periodic on the child's cell.
        """
        # (13): the mean of D over the group
        average = self.matrices(irrep, mask, odd).mean(axis=0)
        arms = self._standard.primitive_waves(irrep.arms)
        periodic = match_vectors(arms, self.space.kpoints) >= 0
        return np.asarray(np.repeat(periodic, irrep.arm_size)[:, None] * average)

    def fixed_rows(self, irrep: Irrep, mask: BoolArray, odd: bool = False) -> FloatArray:
        """Orthonormal rows (f, dim) of the order parameters that the operations `mask` (g, s) leave alone."""
        projector = self.fixed_projector(irrep, mask, odd)
        values, vectors = np.linalg.eigh((projector + projector.T) / 2)
        return np.asarray(vectors[:, values > FIXED].T)

    def index(self, mask: BoolArray) -> int:
        """Index in the parent of the group with operations `mask`."""
        count = int(mask.sum())
        if mask.size % count:
            raise InternalError(f"{count} operations of {mask.size} cannot be a subgroup")
        return mask.size // count

    def total(self, strain: bool = False) -> float:
        """Squared norm of the non-strain distortion, or of the strain."""
        return sum(a.squared for a in self._counted("strain" if strain else "structure"))

    def _counted(self, measure: str) -> list[Active]:
        """What counts in one measure."""
        return [a for a in self.active if a.measure == measure]

    def share(self, labels: Iterable[str]) -> float:
        """Part of the squared non-strain distortion in these irreps (of the strain if there is no other)."""
        wanted = set(labels)
        total = self.total()
        strain = total == 0.0
        denominator = self.total(strain=True) if strain else total
        if denominator == 0.0:
            return 0.0
        counted = self._counted("strain" if strain else "structure")
        return sum(a.squared for a in counted if a.label in wanted) / denominator

    def floor(self, mask: BoolArray) -> float | None:
        """Curie floor of the non-strain distortion for an input with stabiliser `mask`.

        ``F = |y - P_K y|^2 / |y|^2`` with P_K the average over K; ``None`` when y is zero.
        """
        return self._floor(mask, self._counted("structure"))

    def floor_strain(self, mask: BoolArray) -> float | None:
        """The same for the strain; ``None`` when there is none."""
        return self._floor(mask, self._counted("strain"))

    def floor_magnetic(self, mask: BoolArray) -> float | None:
        """The same for moments; ``None`` when there are none. It is 1 where `mask` holds time reversal itself."""
        return self._floor(mask, self._counted("magnetic"))

    def floors(self, mask: BoolArray) -> tuple[float | None, float | None, float | None]:
        """All three: of the structure, of the strain and of the moments."""
        return self.floor(mask), self.floor_strain(mask), self.floor_magnetic(mask)

    def _floor(self, mask: BoolArray, counted: Sequence[Active]) -> float | None:
        total = sum(a.squared for a in counted)
        if total == 0.0:
            return None
        # (14): |P_K u|^2 = <u, P_K u> is the mean of the overlaps over K
        kept = sum(float(a.overlaps[mask].mean()) for a in counted)
        return max(0.0, 1.0 - kept / total)

    def operations(self, mask: BoolArray) -> tuple[IntArray, FloatArray]:
        """Rotations and translations (primitive parent axes) of the operations `mask`."""
        rows, tau = np.nonzero(mask)
        parent = self.space.parent
        g = rows % parent.n_operations
        return parent.rotations[g], parent.translations[g] + self.space.translations[tau]

    def competing(self, sets: list[MinimalSet]) -> list[MinimalSet]:
        """The sets whose share lies within 1 % of that of the first, itself included."""
        return [s for s in sets if s.share >= (1 - TIE) * sets[0].share]

    def minimal_sets(self) -> list[MinimalSet]:
        """Every minimal set of irreps whose common stabiliser is that of everything, best share first.

        Where there are more than can be listed, those of largest share.
        """
        return list(self._sets[0])

    @property
    def all_sets(self) -> bool:
        """Whether :meth:`minimal_sets` holds every one."""
        return self._sets[1]

    @property
    def breaking(self) -> list[str]:
        """Labels of those that break an operation that is left."""
        return [label for label in self._fixes if not self._fixes[label][self.remaining].all()]

    @cached_property
    def _sets(self) -> tuple[list[MinimalSet], bool]:
        labels = self.breaking
        outside = self.remaining & ~self.whole
        if not outside.any():
            return [], True
        # a set must break every operation outside H: each such operation is a row to be met
        rows = different_rows([~self._fixes[label][outside] for label in labels])
        found, complete = heaviest_hitting_sets(rows, [self.share([label]) for label in labels])
        sets = [MinimalSet(names := tuple(labels[i] for i in sorted(s)), self.share(names)) for s in found]
        return sorted(sets, key=lambda s: (-round(s.share, 9), len(s.labels), s.labels)), complete
