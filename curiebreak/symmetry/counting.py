"""What counts as signal: one decision for displacements, occupations and strain, each in its unit.

The rungs of the ladder are groups ``H_0 < H_1 < ... < H_n`` with the largest change ``d_i`` that an operation
of ``H_i`` makes. Rung i removes from the displacements the part ``(P_{i-1} - P_i) u`` with ``f_i`` degrees of
freedom, ``f_i = rank P_{i-1} - rank P_i``, and variance ``v_i = |(P_{i-1} - P_i) u|^2 / f_i`` per degree.

1. *Resolution.* Up to ``rho`` (what rounding can do, from the files' decimals) nothing is resolved: the ladder
   begins at s, the last rung with ``d_s <= rho`` (or ``<= q`` in a file that keeps operations within rho).
2. *Signal.* A rung is signal when it changes an occupancy by more than its resolution, or when ``v_i`` exceeds
   the scatter below it, ``S = sum_{s<j<i} f_j v_j / sum f_j`` or at least ``sigma_0^2``, in an F test at level
   ``alpha``. The child's group lies below the first such rung, b, or below the first that makes S larger than
   ``sigma_max^2`` with more than chance, ``v_i > S (1 + 5 sqrt(2 / f_i + 2 / sum f_j))``; that is said where
   all looks scattered up to the first that is signal.
3. *Scatter.* If no operation but translations holds at the resolution and the part below b reaches every irrep
   that it can (:mod:`curiebreak.symmetry.noise`), that part is scatter: the group is ``H_{b-1}``.
4. *Widest gap.* Else the file keeps a symmetry exactly, and the group is the ``H_i``, ``s <= i < b``, with the
   widest gap ``log min(d_{i+1}, e) / max(d_i, rho)``. A file that keeps no operation says nothing of its own
   resolution: its gaps begin at ``sigma_0`` and end at ``D``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from curiebreak.arrays import FloatArray
from curiebreak.fields import turn_tensor
from curiebreak.symmetry.cell_operations import CellField, CellOperations, occupation_changes
from curiebreak.symmetry.noise import LEAST_SCATTER, looks_scattered
from curiebreak.symmetry.rungs import Removed, removed

LEVEL = 1e-5
"""Chance at which scatter is taken for signal at one rung; a ladder has about ten."""

LARGEST_SCATTER = 0.04
"""Å per component; more is never taken for scatter without being asked."""

LARGEST_ALONE = 0.005
"""Å per component; only scatter below this is taken for it when no distortion would be left."""

DISTORTION = 0.1
"""Å; changes above this are distortions beyond doubt, and make a gap no wider."""

CONVERGED = 5e-5
"""Å; no calculation moves atoms to within this of where they belong, however many decimals it writes."""

EXACT = 0.01
"""Å; a shift above this in a file that keeps other symmetry exactly is none that calculations leave behind."""

UNEVEN = 3.0
"""How much larger scatter may be in one rung than in those below it, as long as it is no distortion beyond doubt:
relaxations converge stiff modes better than soft ones."""


STEP = 1e-3
"""By which (Å, and of the largest change) broken occupancies begin above the last rung that keeps them all."""


@dataclass(frozen=True)
class ChosenRung:
    """The rung that is the child's, and why.

    Attributes
    ----------
    rung : int
    written : int
        The rung at the resolution of the files.
    first : int
        Where the ladder begins: there, or at what calculations converge to.
    scattered : bool
        What lies between the two is scatter of all coordinates.
    sigma : float
        Å per component, scatter of what lies between, or below the doubtful rung; 0 where nothing does.
    doubtful : int or None
        A higher rung below which all looks like scatter too, but for its size.
    """

    rung: int
    written: int
    first: int
    scattered: bool = False
    sigma: float = 0.0
    doubtful: int | None = None


def occupations_first(field: CellField, operations: CellOperations, worst: FloatArray) -> FloatArray:
    """The changes (m,) with operations that change an occupancy above all that change none.

    Positions scatter and occupancies do not: an operation that changes an occupancy by 0.05 is broken for certain,
    one that moves atoms by 0.09 Å may be kept. In one order of both numbers the group that keeps all occupancies
    would be no rung.
    """
    kept = occupation_changes(field, operations) <= field.resolution.occupation
    return np.where(kept, worst, np.maximum(worst, worst[kept].max() * (1.0 + STEP) + STEP))


def choose_rung(field: CellField, operations: CellOperations, worst: FloatArray, tolerances: list[float]) -> ChosenRung:
    """The child's rung by the rule above.

    Parameters
    ----------
    field : CellField
    operations : CellOperations
    worst : ndarray (m,)
        Largest change under each operation (Å, occupancies).
    tolerances : list of float
        Where the rungs begin, ascending.
    """
    resolution = field.resolution
    # occupancies are known, so that a rung that changes one is above the child whatever its shifts
    changed = occupation_changes(field, operations) > resolution.occupation
    within = [not bool(changed[worst <= value].any()) for value in tolerances]
    written = first = _last_within(tolerances, within, resolution.position)
    # a file that keeps no operation but translations may be scattered as a whole
    bare = bool((operations.operation[worst <= tolerances[first]] == operations.operation[0]).all())
    if not bare:
        first = _last_within(tolerances, within, max(resolution.position, CONVERGED))
    if first + 1 == len(tolerances):
        return ChosenRung(first, written, first)
    parts, large = _scatter_above(field, operations, worst, tolerances, within, first, bare)
    if bare and not parts and (sigma := _scatter(field, large)):
        return ChosenRung(first, written, first, sigma=sigma, doubtful=first + len(large))
    bound = first + 1 + len(parts)
    whole = len(field.parent.rotations_cartesian) * operations.space.size
    nothing = bound == len(tolerances) and len(operations.operation) == whole
    if bare and (sigma := _scatter(field, parts)) and (not nothing or sigma <= LARGEST_ALONE):
        # the lowest rungs may come out small by chance: with the large ones above them it may be one scatter still
        if large and (larger := _scatter(field, [*parts, *large])):
            return ChosenRung(bound - 1, written, first, True, larger, doubtful=bound - 1 + len(large))
        return ChosenRung(bound - 1, written, first, True, sigma)
    # no scatter of all coordinates: the group lies below the widest gap of the ladder
    limits = (max(resolution.position, LEAST_SCATTER), DISTORTION) if bare else (resolution.position, EXACT)
    return ChosenRung(_widest(tolerances, first, bound, *limits), written, first)


def _scatter_above(
    field: CellField,
    operations: CellOperations,
    worst: FloatArray,
    tolerances: list[float],
    within: list[bool],
    first: int,
    bare: bool,
) -> tuple[list[Removed], list[Removed]]:
    """What rungs above `first` remove beside those below while that is scatter; from the first large one on apart."""
    parts: list[Removed] = []
    large: list[Removed] = []
    last = removed(field, operations.select(worst <= tolerances[first]))
    for rung in range(first + 1, len(tolerances)):
        last = removed(field, operations.select(worst <= tolerances[rung]), last)
        if not within[rung] or _is_signal([*parts, *large], last, tolerances[rung], bare):
            break
        (large if large or _is_large(parts, last) else parts).append(last)
    return parts, large


def _scatter(field: CellField, parts: list[Removed]) -> float:
    """Å per component where what these parts removed is scatter of all coordinates, else 0."""
    # one scatter for all that was removed: its variance per degree of freedom
    sigma = float(np.sqrt(_pooled(parts)))
    atoms = (field.site, field.cell_index, field.displacements)
    return sigma if sigma and looks_scattered(field.parent, field.cell, *atoms, sigma) else 0.0


def _last_within(tolerances: list[float], same: list[bool], limit: float) -> int:
    """The last rung that begins within `limit` and changes no occupancy; the lowest at least."""
    return sum(value <= limit and kept for value, kept in zip(tolerances[1:], same[1:], strict=True))


def _is_signal(below: list[Removed], part: Removed, change: float, bare: bool) -> bool:
    """Whether a rung that begins at `change` Å removes more than the scatter that the rungs below it removed.

    Where nothing is below, a file that keeps no operation (`bare`) says nothing of its scatter; one that keeps
    some scatters by no more than the least.
    """
    if part.freedom == 0:
        return False
    if bare and not below:
        return False

    # F test against the scatter that was seen below; chi-squared where there is none to speak of
    pooled, freedom = _pooled(below), float(sum(p.freedom for p in below))
    pooled *= UNEVEN**2 if change < DISTORTION else 1.0
    if pooled <= LEAST_SCATTER**2:
        pooled, freedom = LEAST_SCATTER**2, np.inf
    return _beyond_chance(part.squared / part.freedom / pooled, part.freedom, freedom)


def _beyond_chance(ratio: float, freedom: int, below: float) -> bool:
    """Whether chance gives a ratio of variances as large as this less often than `LEVEL`.

    Parameters
    ----------
    ratio : float
        Variance of `freedom` degrees by that of `below` degrees (infinitely many: a variance that is known).
    """
    if ratio <= 1.0:
        return False  # chance gives more in three of ten at least, with one degree above and any number below
    # Chernoff's bound on the tail, which settles all but close cases: F^a ((a + c) / (aF + c))^(a + c) with a and c
    # half the degrees, and (F e^(1 - F))^a for c without end
    a, c = 0.5 * freedom, 0.5 * below
    lost = a * (ratio - 1.0) if np.isinf(c) else (a + c) * np.log1p(a * (ratio - 1.0) / (a + c))
    if a * np.log(ratio) - lost < np.log(LEVEL):
        return True
    from scipy.special import chdtrc, fdtrc  # a fifth of a second, which clear cases need not pay

    chance = chdtrc(freedom, freedom * ratio) if np.isinf(below) else fdtrc(freedom, below, ratio)
    return bool(chance < LEVEL)


def _pooled(parts: list[Removed]) -> float:
    """Variance per degree of freedom, Å^2."""
    return sum(p.squared for p in parts) / max(sum(p.freedom for p in parts), 1)


def _is_large(below: list[Removed], part: Removed) -> bool:
    """Whether the scatter would have to be larger than is believed.

    One that has been accepted is the same one rung higher, where it may come out larger by chance: the variance of
    f degrees has the relative standard deviation sqrt(2 / f), and the lowest rung is the one that removes least.
    """
    if _pooled([*below, part]) <= LARGEST_SCATTER**2 or part.freedom == 0:
        return False
    freedom = sum(p.freedom for p in below)
    if freedom == 0:
        return True
    chance = 5.0 * float(np.sqrt(2.0 / part.freedom + 2.0 / freedom))
    return part.squared / part.freedom > _pooled(below) * (1.0 + chance)


def _widest(tolerances: list[float], first: int, bound: int, least: float, most: float) -> int:
    """Rung from `first` to `bound` - 1 above which the ladder has its widest gap between `least` and `most`."""
    # gaps on the logarithm: a factor says how far apart two changes are
    ends = np.clip([*tolerances, most][first + 1 : bound + 1], least, most)
    starts = np.clip(tolerances[first:bound], least, most)
    return first + int(np.argmax(np.log(ends / starts)))


def targets(field: CellField, symprec: float | None = None, strain_tolerance: float = np.inf) -> CellField:
    """The averaged field without what lies at the resolution of the files: that is no target and has no floor.

    Parameters
    ----------
    field : CellField
        Averaged over the child's group.
    symprec, strain_tolerance : float, optional
        Tolerances that were asked for; what lies above them counts even below the resolution.
    """
    resolution = field.resolution
    least = resolution.shift if symprec is None else min(resolution.shift, symprec)
    stretch = min(0.5 * resolution.strain + resolution.parent_strain, strain_tolerance)
    # (13) on the strain: what the mean over the parent's rotations loses lowers the symmetry
    turned = turn_tensor(field.parent.rotations_cartesian, field.strain)
    lost = np.abs(field.strain - turned.mean(axis=0)).max()
    no_strain = np.abs(field.strain).max() <= stretch and lost <= resolution.strain
    still = np.linalg.norm(field.displacements, axis=1).max(initial=0.0) <= least
    full = np.abs(field.occupation).max(initial=0.0) <= resolution.occupation
    return replace(
        field,
        displacements=np.zeros_like(field.displacements) if still else field.displacements,
        occupation=np.zeros_like(field.occupation) if full else field.occupation,
        strain=np.zeros((3, 3)) if no_strain else field.strain,
    )
