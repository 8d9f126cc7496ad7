"""Everything between one parent and one child: groups, what each lets through, and entries of the list."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from curiebreak.arrays import BoolArray, FloatArray, common
from curiebreak.intermediates.average import Averager
from curiebreak.intermediates.closed import ClosedGroups, SubspaceIrrep, covering
from curiebreak.intermediates.interval import all_groups
from curiebreak.modes.active import ActiveIrrep
from curiebreak.modes.analysis import Analysis
from curiebreak.results import CoveringRelation, IntermediateIrrep, IntermediateResult
from curiebreak.symmetry.directions import canonical_direction
from curiebreak.symmetry.hitting_sets import different_rows, heaviest_hitting_sets
from curiebreak.symmetry.images import image_group
from curiebreak.symmetry.irrep_names import key_of
from curiebreak.symmetry.isotypic import Irrep

_ABSENT = 1e-9
_LETTERS = (1.0, 0.63, 0.41, 0.29, 0.17, 0.11)
"""Values of letters where the child has no component along what a group allows."""


@dataclass(frozen=True, eq=False)
class Through:
    """What a group lets through of one irrep.

    Attributes
    ----------
    active : SubspaceIrrep
    keeps : ndarray (g, s)
        Stabiliser of all that it lets through.
    rows : ndarray (f, dim)
        Orthonormal order parameters that the group leaves alone.
    """

    active: SubspaceIrrep
    keeps: BoolArray
    rows: FloatArray

    @property
    def label(self) -> str:
        """Label of the irrep."""
        return self.active.label


class Survey:
    """The list of intermediates of one pair.

    Parameters
    ----------
    analysis : Analysis
    strain : bool
        Whether strain irreps count.
    all_subgroups : bool
        List the whole interval, not only stabilisers of their own fixed vectors.
    """

    def __init__(self, analysis: Analysis, strain: bool = True, all_subgroups: bool = False) -> None:
        self.analysis = analysis
        self.strain = strain
        self.all_subgroups = all_subgroups
        self.active = [a for a in ClosedGroups(analysis).active_irreps(strain) if a.breaks]
        self.child = ClosedGroups(analysis).child_mask(strain)
        if all_subgroups:
            self.masks = all_groups(analysis, self.child)
        else:
            self.masks = ClosedGroups(analysis).listed(self.active)
        self._directions: dict[tuple[str, tuple[str, ...], bytes], str | None] = {}

    @cached_property
    def entries(self) -> tuple[IntermediateResult, ...]:
        """The list, parent first and child last."""
        return tuple(map(self._entry, self.masks))

    @cached_property
    def edges(self) -> tuple[tuple[int, int], ...]:
        """Covering relations."""
        return tuple(covering(self.masks))

    @property
    def steps(self) -> tuple[CoveringRelation, ...]:
        """Covering relations with kind and index."""
        found = []
        for upper, lower in self.edges:
            above, below = self.masks[upper], self.masks[lower]
            points = int(above.any(axis=1).sum()) // int(below.any(axis=1).sum())
            index = int(above.sum()) // int(below.sum())
            kind = "t" if points == index else ("k" if points == 1 else "tk")
            found.append(CoveringRelation(upper=upper, lower=lower, kind=kind, index=index))  # type: ignore[arg-type]
        return tuple(found)

    def keeps(self, active: SubspaceIrrep, mask: BoolArray) -> BoolArray:
        """Stabiliser of all order parameters of an irrep that a group leaves alone."""
        return common((group for group in active.groups if not (mask & ~group).any()), mask.shape)

    def through(self, mask: BoolArray) -> list[Through]:
        """What a group lets through, irrep by irrep."""
        found = []
        for active in self.active:
            keeps = self.keeps(active, mask)
            if not keeps.all():
                found.append(Through(active, keeps, ClosedGroups(self.analysis).fixed_rows(active.irrep, mask)))
        return found

    def is_closed(self, mask: BoolArray) -> bool:
        """Whether a group is the stabiliser of its own fixed vectors."""
        kept = common((self.keeps(active, mask) for active in self.active), mask.shape)
        return bool(np.array_equal(kept, mask))

    def position(self, mask: BoolArray) -> int | None:
        """Number of a group in the list."""
        return next((i for i, known in enumerate(self.masks) if np.array_equal(known, mask)), None)

    def direction(self, irrep: Irrep, rows: FloatArray) -> str | None:
        """Canonical direction of a subspace of order parameters; ``None`` where there are no letters."""
        if irrep.kind != "special":
            return None
        key = (*key_of(irrep), np.round(rows.T @ rows / 1.0371e-5).astype(np.int64).tobytes())
        if key not in self._directions:
            layout = [[irrep.arm_size] * len(irrep.arms)]
            images = image_group(self.analysis.parent, irrep)
            self._directions[key] = canonical_direction([images], [rows], layout).text
        return self._directions[key]

    def own_rows(self, one: Through) -> FloatArray:
        """Order parameters (m, dim) of the child along what a group lets through, generic ones if it has none."""
        # what moves atoms before the strain
        for mode in sorted(self._fields(one), key=lambda m: m.kind == "strain"):
            copies = mode.copies
            inside = np.asarray(copies @ one.rows.T @ one.rows)
            if (inside**2).sum() > _ABSENT * max(float((copies**2).sum()), 1e-300):
                return inside
        return np.asarray(np.resize(_LETTERS, len(one.rows)) @ one.rows)[None]

    def share(self, one: Through) -> float:
        """Squared length of the child's non-strain component along what a group lets through."""
        moving = [mode for mode in self._fields(one) if mode.kind != "strain"]
        return sum(float(((mode.copies @ one.rows.T) ** 2).sum()) for mode in moving)

    def _fields(self, one: Through) -> list[ActiveIrrep]:
        """The child's fields of an irrep, of the kinds that count."""
        return [m for m in self.analysis.modes if m.label == one.label and m.kind in one.active.kinds]

    def generating(self, mask: BoolArray) -> list[Through]:
        """The irreps that make a group, as few as possible and those that move the atoms most."""
        through = self.through(mask)
        if not through:
            return []
        rows = different_rows([~one.keeps[~mask] for one in through])
        shares = [self.share(one) for one in through]
        sets, _ = heaviest_hitting_sets({row for row in rows if row}, shares)
        best = min(sets, key=lambda s: (-round(sum(shares[i] for i in s), 9), len(s), sorted(s)))
        return [through[i] for i in sorted(best)]

    def made(self, mask: BoolArray) -> Analysis:
        """The distortion averaged over a group, analysed."""
        return Averager(self.analysis).analysed(mask)

    def _entry(self, mask: BoolArray) -> IntermediateResult:
        name = self.analysis.subgroup(mask).described()
        floor = self.analysis.isotropy.floor(mask)
        irreps = tuple(
            IntermediateIrrep(
                irrep=one.label,
                direction=self.direction(one.active.irrep, one.rows),
                kinds=one.active.kinds,
            )
            for one in self.through(mask)
        )
        strain_only = bool(irreps) and all(set(one.kinds) == {"strain"} for one in irreps)
        return IntermediateResult(
            number=name.number,
            symbol=name.symbol,
            point_group=name.point_group,
            basis=name.basis,
            origin=name.origin,
            size=name.size,
            index=name.index or 1,
            irreps=irreps,
            active=not self.all_subgroups or self.is_closed(mask),
            kept_share=0.0 if floor is None or strain_only else 1.0 - floor,
            floor=floor,
            floor_strain=self.analysis.isotropy.floor_strain(mask),
        )
