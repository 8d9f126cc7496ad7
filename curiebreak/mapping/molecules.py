"""Finite clusters: rotation and pairing by Kabsch and assignment in turn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curiebreak.errors import InputError, InternalError, NotCompatibleError
from curiebreak.mapping.assignment import assign
from curiebreak.mapping.composition import SiteKinds, occupation_change
from curiebreak.mapping.distortion import Distortion
from curiebreak.structures import Structure
from curiebreak.symmetry.molecules import molecular_operations
from curiebreak.symmetry.parent import ParentCrystal

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

RECONSTRUCTIVE = 0.5
"""Times the shortest distance in the parent: a larger rms displacement rearranges the molecule."""

_FORBIDDEN = 1e6
_ROUNDS = 30
_MAX_STARTS = 600
_TIE = 1e-6
_HAND_RATIO = 0.5
_HAND_COST = 0.01
_INVARIANCE = 5.0


@dataclass(frozen=True, eq=False)
class Fit:
    """One rotation Q (parent to child frame) with the site of each child atom and the mean square."""

    rotation: FloatArray
    site: IntArray
    vectors: FloatArray
    relation: str = "none"

    @property
    def cost(self) -> float:
        """Mean square displacement, Å^2."""
        return float((self.vectors**2).sum() / len(self.vectors))


def map_molecule(
    parent: ParentCrystal, child: Structure, choices: list[SiteKinds], symprec: float
) -> Distortion:
    """Lay a molecule onto its parent by a proper rotation.

    Reflections are not used: a parent with a reflection of its own gives the same fit by a rotation,
    and a chiral one must keep its hand.

    Parameters
    ----------
    parent, child
        Molecules.
    choices : list of SiteKinds
        Ways to let the child's species stand on the parent's sites.
    symprec : float
        Å, for the child's point group.

    Raises
    ------
    NotCompatibleError
        Different numbers of atoms, the wrong hand, a reconstructive pair, no group-subgroup relation.
    """
    if len(parent.frac) != len(child):
        raise NotCompatibleError(
            f"The parent molecule has {len(parent.frac)} atoms, the child {len(child)}.",
            "Give molecules of equal content.",
        )
    centre = child.coords.mean(axis=0)
    positions = child.coords - centre
    fits = [(kinds, fit) for kinds in choices for fit in _fits(parent, positions, kinds, child, symprec)]
    fits.sort(key=lambda pair: pair[1].cost)
    usable = [pair for pair in fits if pair[1].relation != "none"]
    _refuse_other_hand(parent, positions, choices, child, symprec, usable[0][1] if usable else None)
    if not usable:
        raise NotCompatibleError(
            "There is no group-subgroup relation: the child has a symmetry operation that the parent lacks, "
            "and lacks one that the parent has.",
            "Give a common parent of both molecules.",
        )
    kinds, best = usable[0]
    _refuse_reconstructive(parent, best)
    return _finished(parent, child, centre, kinds, best, [fit for _, fit in fits])


def _fits(
    parent: ParentCrystal, positions: FloatArray, kinds: SiteKinds, child: Structure, symprec: float
) -> list[Fit]:
    """Distinct local optima, each in the orientation that turns the child least."""
    kind = kinds.of(child.species)
    allowed = kinds.allowed[kind]
    operations = _child_operations(positions, kind, symprec)
    found: dict[bytes, Fit] = {}
    for start in _starts(parent.frac, positions, allowed):
        fit = _refined(parent.frac, positions, allowed, start)
        found.setdefault(fit.site.tobytes(), fit)
    best: list[Fit] = []
    for fit in sorted(found.values(), key=lambda f: f.cost):
        if any(abs(fit.cost - other.cost) < _TIE for other in best):
            continue
        turned = _least_turned(parent, fit)
        relation = _relation(parent, turned, operations, symprec)
        best.append(Fit(turned.rotation, turned.site, turned.vectors, relation))
    return best


def _starts(sites: FloatArray, positions: FloatArray, allowed: NDArray[np.bool_]) -> Iterator[FloatArray]:
    """Rotations to begin with: none, and those that lay two atoms of the child onto two sites."""
    yield np.eye(3)
    lengths = np.linalg.norm(positions, axis=1)
    first = int(np.lexsort((-lengths.round(6), allowed.sum(axis=1)))[0])
    angles = np.linalg.norm(np.cross(positions, positions[first]), axis=1)
    second = int(angles.argmax())
    if angles[second] < 1e-6:
        return
    source = _triad(positions[first], positions[second])
    apart = np.linalg.norm(positions[first] - positions[second])
    pairs = []
    for i, j in product(np.flatnonzero(allowed[first]).tolist(), np.flatnonzero(allowed[second]).tolist()):
        if i != j and np.linalg.norm(np.cross(sites[i], sites[j])) > 1e-6:
            misfit = abs(np.linalg.norm(sites[i]) - lengths[first])
            misfit += abs(np.linalg.norm(sites[j]) - lengths[second])
            misfit += abs(np.linalg.norm(sites[i] - sites[j]) - apart)
            pairs.append((round(float(misfit), 6), i, j))
    for _, i, j in sorted(pairs)[:_MAX_STARTS]:
        yield source.T @ _triad(sites[i], sites[j])


def _triad(first: FloatArray, second: FloatArray) -> FloatArray:
    """Right-handed orthonormal rows from two vectors."""
    x = first / np.linalg.norm(first)
    z = np.cross(first, second)
    z = z / np.linalg.norm(z)
    return np.array([x, np.cross(z, x), z])


def _refined(
    sites: FloatArray, positions: FloatArray, allowed: NDArray[np.bool_], rotation: FloatArray
) -> Fit:
    """Alternate assignment and Kabsch; ``positions @ rotation`` lies in the parent's frame."""
    previous: IntArray | None = None
    site = np.arange(len(positions))
    for _ in range(_ROUNDS):
        difference = (positions @ rotation)[:, None] - sites[None]
        cost = np.einsum("ijk,ijk->ij", difference, difference)
        site = assign(np.where(allowed, cost, _FORBIDDEN))
        if previous is not None and np.array_equal(site, previous):
            break
        previous = site
        rotation = _kabsch(positions, sites[site])
    return Fit(rotation, site, positions @ rotation - sites[site])


def _kabsch(source: FloatArray, target: FloatArray) -> FloatArray:
    """Proper rotation Q with ``source @ Q`` closest to `target`."""
    left, _, right = np.linalg.svd(source.T @ target)
    sign = np.sign(np.linalg.det(left @ right))
    return np.asarray(left @ np.diag([1.0, 1.0, sign]) @ right)


def _least_turned(parent: ParentCrystal, fit: Fit) -> Fit:
    """Pick the equivalent fit with the smallest rotation; ties by the order of its entries."""
    best: tuple[tuple[float, ...], Fit] | None = None
    for turn, permutation in zip(parent.rotations_cartesian, parent.permutations, strict=True):
        if np.linalg.det(turn) < 0:
            continue
        rotation = fit.rotation @ turn.T
        key = (-round(float(np.trace(rotation)), 6), *(-np.round(rotation.ravel(), 6) + 0.0))
        if best is None or key < best[0]:
            best = key, Fit(rotation, permutation[fit.site], fit.vectors @ turn.T)
    return fit if best is None else best[1]


def _child_operations(positions: FloatArray, kind: IntArray, symprec: float) -> IntArray | None:
    """Permutations (h, n) of the child's own operations; None for a linear child."""
    try:
        return molecular_operations(positions, [int(k) for k in kind], symprec)[1]
    except InputError:
        return None


def _relation(parent: ParentCrystal, fit: Fit, operations: IntArray | None, symprec: float) -> str:
    if operations is None:
        return "subgroup"
    ours = {p.tobytes() for p in parent.permutations.astype(np.int64)}
    inverse = np.argsort(fit.site)
    induced = [fit.site[permutation[inverse]].astype(np.int64) for permutation in operations]
    if all(p.tobytes() in ours for p in induced):
        return "subgroup"
    field = fit.vectors[inverse]
    for turn, permutation in zip(parent.rotations_cartesian, parent.permutations, strict=True):
        moved = np.empty_like(field)
        moved[permutation] = field @ turn.T
        if np.abs(moved - field).max() > _INVARIANCE * symprec:
            return "none"
    return "supergroup"


def _refuse_other_hand(
    parent: ParentCrystal,
    positions: FloatArray,
    choices: list[SiteKinds],
    child: Structure,
    symprec: float,
    best: Fit | None,
) -> None:
    chiral = bool((np.linalg.det(parent.rotations_cartesian) > 0).all())
    if not chiral or (best is not None and best.cost < _HAND_COST):
        return
    limit = np.inf if best is None else _HAND_RATIO * best.cost
    mirrored = [f for kinds in choices for f in _fits(parent, -positions, kinds, child, symprec)]
    if any(f.relation != "none" and f.cost < limit for f in mirrored):
        raise NotCompatibleError(
            "Parent and child have opposite hands: only the mirror image of the child maps onto this parent.",
            "Invert one of the two molecules.",
        )


def _refuse_reconstructive(parent: ParentCrystal, best: Fit) -> None:
    distance = np.linalg.norm(parent.frac[:, None] - parent.frac[None], axis=-1)
    shortest = float(distance[distance > 1e-3].min())
    if best.cost**0.5 > RECONSTRUCTIVE * shortest:
        largest = float(np.linalg.norm(best.vectors, axis=1).max())
        raise NotCompatibleError(
            "The pair is reconstructive: the best map needs displacements of half a bond "
            f"(rms {best.cost**0.5:.2f} Å, largest {largest:.2f} Å).",
            "Give a parent of which the child is a distorted version.",
        )


def _finished(
    parent: ParentCrystal,
    child: Structure,
    centre: FloatArray,
    kinds: SiteKinds,
    best: Fit,
    every: list[Fit],
) -> Distortion:
    order = np.argsort(best.site, kind="stable")
    site = best.site[order]
    displacements = best.vectors[order] - best.vectors.mean(axis=0)
    rebuilt = (parent.frac[site] + displacements + best.vectors.mean(axis=0)) @ best.rotation.T + centre
    error = float(np.linalg.norm(rebuilt - child.coords[order], axis=1).max())
    if error > 1e-6:
        raise InternalError(f"the child rebuilt from its map is off by {error:.2e} Å")
    lengths = np.linalg.norm(displacements, axis=1)
    occupation, elements = occupation_change(parent, child, site, order)
    notes = list(kinds.messages)
    if best.relation == "supergroup":
        notes.append("the child keeps every symmetry operation of the parent")
    if every[0].cost < best.cost - _TIE:
        notes.append(
            f"a map of less distortion (rms {every[0].cost ** 0.5:.3f} Å) is no group-subgroup relation and "
            "was passed over"
        )
    return Distortion(
        parent=parent,
        child=child,
        cell=np.eye(3, dtype=np.int64),
        supercell_basis=best.rotation,
        origin_shift=parent.centre - centre @ best.rotation,
        site=site,
        cell_index=np.zeros((len(site), 3), dtype=np.int64),
        child_atoms=order,
        displacements=displacements,
        strain=np.zeros((3, 3)),
        rotation=best.rotation,
        occupation=occupation,
        occupation_elements=elements,
        rms=float(np.sqrt((lengths**2).mean())),
        dmax=float(lengths.max()),
        cost=best.cost,
        rebuild_error=error,
        runner_up=_runner_up(best, every),
        messages=tuple(notes),
    )


def _runner_up(best: Fit, every: list[Fit]) -> dict[str, Any] | None:
    others = [f for f in every if f.cost > best.cost + _TIE]
    if not others:
        return None
    other = others[0]
    return {
        "cost": other.cost,
        "rms": other.cost**0.5,
        "dmax": float(np.linalg.norm(other.vectors, axis=1).max()),
        "size": 1,
        "group_subgroup": other.relation != "none",
    }
