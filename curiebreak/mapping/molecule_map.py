"""Finite clusters: rotation and pairing by Kabsch and assignment in turn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from curiebreak.arrays import BoolArray, FloatArray, IntArray
from curiebreak.errors import InternalError, NotCompatibleError
from curiebreak.mapping.assignment import assign
from curiebreak.mapping.composition import SiteKinds, occupation_change
from curiebreak.mapping.distortion import Distortion
from curiebreak.mapping.hands import WrongHandError
from curiebreak.structures.model import Structure
from curiebreak.symmetry.molecules import (
    OFF_CENTRE,
    directed_pairs,
    fitted_rotation,
    is_linear,
    molecular_symmetry,
)
from curiebreak.symmetry.parent import ParentCrystal

RECONSTRUCTIVE = 0.5
"""Times the distance of an atom from its nearest neighbour in the parent: one that goes further has left its bonds."""

_FORBIDDEN = 1e6
_ROUNDS = 30
_BASES = 6
"""Pairs of child atoms that starts are made from; one is enough unless the distortion bends it out of use."""

_MAX_STARTS = 600
_TIE = 1e-6
_HAND_RATIO = 0.5
_HAND_COST = 0.01
_INVARIANCE = 5.0
_DIRECTED = 0.1
"""Sine of the angle between two sites, seen from the centroid, from which they fix an orientation."""


@dataclass(frozen=True, eq=False)
class Superposition:
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
    parent: ParentCrystal,
    child: Structure,
    choices: list[SiteKinds],
    tolerances: Sequence[float],
    reconstructive: bool = False,
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
    tolerances : sequence of float
        Å, for the child's point group; the first at which it lies in the parent's is used.
    reconstructive : bool
        Accept a map that moves an atom by half a bond.

    Raises
    ------
    WrongHandError
        Only the mirror image of the child maps onto the parent.
    NotCompatibleError
        Different numbers of atoms, a reconstructive pair, no group-subgroup relation.
    """
    if len(parent.frac) != len(child):
        raise NotCompatibleError(
            f"The parent molecule has {len(parent.frac)} atoms, the child {len(child)}.",
            "Give molecules of equal content.",
        )
    centre = child.coords.mean(axis=0)
    positions = child.coords - centre
    fits: list[tuple[SiteKinds, Superposition]] = []
    usable: list[tuple[SiteKinds, Superposition]] = []
    for tolerance in tolerances:
        fits = _all_fits(parent, positions, choices, child, tolerance)
        usable = [pair for pair in fits if pair[1].relation != "none"]
        if usable:
            break
    _refuse_other_hand(parent, positions, choices, child, tolerances[0], usable[0][1].cost if usable else np.inf)
    if not usable:
        raise NotCompatibleError(
            "There is no group-subgroup relation: the child has a symmetry operation that the parent lacks, "
            f"and lacks one that the parent has{_closest(parent, fits[0][1])}.",
            "Give a common parent of both molecules, or another --symprec if the child's group is wrong.",
        )
    kinds, best = usable[0]
    if not reconstructive:
        _refuse_reconstructive(parent, best)
    return _finished(parent, child, centre, kinds, best, [fit for _, fit in fits])


def _all_fits(
    parent: ParentCrystal, positions: FloatArray, choices: list[SiteKinds], child: Structure, symprec: float
) -> list[tuple[SiteKinds, Superposition]]:
    """The fits of all choices, least displacement first; of equal ones those that keep the child's group."""
    fits = [(kinds, fit) for kinds in choices for fit in _fits(parent, positions, kinds, child, symprec)]
    return sorted(fits, key=lambda pair: (round(pair[1].cost / _TIE), pair[1].relation == "none"))


def _fits(
    parent: ParentCrystal, positions: FloatArray, kinds: SiteKinds, child: Structure, symprec: float
) -> list[Superposition]:
    """Distinct local optima, each in the orientation that turns the child least."""
    kind = kinds.of(child.species)
    allowed = kinds.allowed[kind]
    operations = _child_operations(positions, kind, symprec)
    seen: set[bytes] = set()
    found: dict[bytes, Superposition] = {}
    for start in _starts(parent.frac, positions, allowed, symprec):
        fit = _refined(parent.frac, positions, allowed, start, seen)
        if fit is not None:
            found.setdefault(_orbit_key(parent, fit.site), fit)
    best = []
    for fit in found.values():
        turned = _least_turned(parent, fit)
        relation = _relation(parent, turned, operations, symprec)
        best.append(Superposition(turned.rotation, turned.site, turned.vectors, relation))
    return best


def _orbit_key(parent: ParentCrystal, site: IntArray) -> bytes:
    """The same for pairings that a rotation of the parent carries onto each other."""
    proper = np.linalg.det(parent.rotations_cartesian) > 0
    images: list[bytes] = [permutation[site].astype(">i4").tobytes() for permutation in parent.permutations[proper]]
    return min(images)


def _starts(sites: FloatArray, positions: FloatArray, allowed: BoolArray, symprec: float) -> Iterator[FloatArray]:
    """Rotations to begin with: none, and those that lay two atoms of the child onto two sites.

    No atom near the centroid takes part: where it lies says nothing about a direction.
    """
    yield np.eye(3)
    lengths = np.linalg.norm(sites, axis=1)
    away = lengths > OFF_CENTRE * lengths.max()
    if is_linear(positions, symprec):
        axis = np.linalg.svd(positions)[2][:1]
        for site in sites[away]:
            yield fitted_rotation(axis, site[None]).T
        return
    trials: list[tuple[float, int, FloatArray]] = []
    for first, second in _bases(positions, allowed):
        source = triad(positions[first], positions[second])
        for i, j in product(np.flatnonzero(allowed[first] & away), np.flatnonzero(allowed[second] & away)):
            sine = np.linalg.norm(np.cross(sites[i], sites[j])) / (lengths[i] * lengths[j])
            if i != j and sine > _DIRECTED:
                # the triangle with the centroid has three edges, which a rotation keeps
                misfit = np.abs(_edges(sites[i], sites[j]) - _edges(positions[first], positions[second])).sum()
                # pairs of sites with like distances first: a small distortion is found at once
                trials.append((round(float(misfit), 6), len(trials), source.T @ triad(sites[i], sites[j])))
    for _, _, rotation in sorted(trials, key=lambda t: t[:2])[:_MAX_STARTS]:
        yield rotation


def _edges(first: FloatArray, second: FloatArray) -> FloatArray:
    """Edges (3,) of the triangle of two points and the centroid, Å."""
    return np.asarray(np.linalg.norm([first, second, first - second], axis=1))


def _bases(positions: FloatArray, allowed: BoolArray) -> list[tuple[int, int]]:
    """A few pairs of child atoms off the centroid that span a plane with it."""
    chosen: dict[tuple[int, ...], tuple[int, int]] = {}
    for pair in directed_pairs(positions, allowed.sum(axis=1)):
        chosen.setdefault(tuple(sorted(pair)), pair)
        if len(chosen) == _BASES:
            break
    return list(chosen.values())


def triad(first: FloatArray, second: FloatArray) -> FloatArray:
    """Right-handed orthonormal rows from two vectors."""
    x = first / np.linalg.norm(first)
    z = np.cross(first, second)
    z = z / np.linalg.norm(z)
    return np.array([x, np.cross(z, x), z])


def _refined(
    sites: FloatArray,
    positions: FloatArray,
    allowed: BoolArray,
    rotation: FloatArray,
    seen: set[bytes],
) -> Superposition | None:
    """Alternate assignment and Kabsch; ``positions @ rotation`` lies in the parent's frame.

    None where the way meets a pairing that another start has led to.
    """
    previous: IntArray | None = None
    site = np.arange(len(positions))
    for _ in range(_ROUNDS):
        difference = (positions @ rotation)[:, None] - sites[None]
        cost = np.einsum("ijk,ijk->ij", difference, difference)
        site = assign(np.where(allowed, cost, _FORBIDDEN))
        if previous is not None and np.array_equal(site, previous):
            break
        # a pairing that was met before leads to the same optimum
        if site.tobytes() in seen:
            return None
        seen.add(site.tobytes())
        previous = site
        rotation = fitted_rotation(positions, sites[site]).T
    return Superposition(rotation, site, positions @ rotation - sites[site])


def _least_turned(parent: ParentCrystal, fit: Superposition) -> Superposition:
    """Pick the equivalent fit with the smallest rotation; ties by the order of its entries."""
    best: tuple[tuple[float, ...], Superposition] | None = None
    for turn, permutation in zip(parent.rotations_cartesian, parent.permutations, strict=True):
        if np.linalg.det(turn) < 0:
            continue
        rotation = fit.rotation @ turn.T
        # the trace is 1 + 2 cos of the angle: largest is the least turn
        key = (-round(float(np.trace(rotation)), 6), *(-np.round(rotation.ravel(), 6) + 0.0))
        if best is None or key < best[0]:
            best = key, Superposition(rotation, permutation[fit.site], fit.vectors @ turn.T)
    return fit if best is None else best[1]


def _child_operations(positions: FloatArray, kind: IntArray, symprec: float) -> IntArray | None:
    """Permutations (h, n) of the child's own operations; None for a linear child, which has infinitely many."""
    if is_linear(positions, symprec):
        return None
    return molecular_symmetry(positions, [int(k) for k in kind], symprec).permutations


def _relation(parent: ParentCrystal, fit: Superposition, operations: IntArray | None, symprec: float) -> str:
    inverse = np.argsort(fit.site)
    if operations is not None:
        ours = {p.tobytes() for p in parent.permutations.astype(np.int64)}
        # the child's operations as permutations of the parent's sites
        induced = [fit.site[permutation[inverse]].astype(np.int64) for permutation in operations]
        if all(p.tobytes() in ours for p in induced):
            return "subgroup"
    field = fit.vectors[inverse]
    for turn, permutation in zip(parent.rotations_cartesian, parent.permutations, strict=True):
        moved = np.empty_like(field)
        # a displacement field that every operation keeps: the child breaks nothing
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
    cost: float,
) -> None:
    # only a parent without improper operations has a hand
    chiral = bool((np.linalg.det(parent.rotations_cartesian) > 0).all())
    if not chiral or cost < _HAND_COST:
        return
    limit = _HAND_RATIO * cost
    mirrored = [fit for _, fit in _all_fits(parent, -positions, choices, child, symprec)]
    if any(f.relation != "none" and f.cost < limit and _hop(parent, f) <= RECONSTRUCTIVE for f in mirrored):
        raise WrongHandError


def _hop(parent: ParentCrystal, fit: Superposition) -> float:
    """Largest displacement over the distance of its site from the nearest other one."""
    distance = np.linalg.norm(parent.frac[:, None] - parent.frac[None], axis=-1)
    np.fill_diagonal(distance, np.inf)
    return float((np.linalg.norm(fit.vectors, axis=1) / distance.min(axis=1)[fit.site]).max())


def _size(fit: Superposition) -> str:
    return f"rms {fit.cost**0.5:.2f} Å, largest {np.linalg.norm(fit.vectors, axis=1).max():.2f} Å"


def _closest(parent: ParentCrystal, fit: Superposition) -> str:
    kind = "is reconstructive" if _hop(parent, fit) > RECONSTRUCTIVE else "has displacements of"
    return f"; the closest map {kind} ({_size(fit)})"


def _refuse_reconstructive(parent: ParentCrystal, best: Superposition) -> None:
    if _hop(parent, best) > RECONSTRUCTIVE:
        raise NotCompatibleError(
            f"The pair is reconstructive: the best map needs displacements of half a bond ({_size(best)}).",
            "Give a parent of which the child is a distorted version, or accept the map with --allow reconstructive.",
        )


def _finished(
    parent: ParentCrystal,
    child: Structure,
    centre: FloatArray,
    kinds: SiteKinds,
    best: Superposition,
    every: list[Superposition],
) -> Distortion:
    order = np.argsort(best.site, kind="stable")
    site = best.site[order]
    displacements = best.vectors[order] - best.vectors.mean(axis=0)
    # the map undone: it must give the file's atoms
    rebuilt = (parent.frac[site] + displacements + best.vectors.mean(axis=0)) @ best.rotation.T + centre
    error = float(np.linalg.norm(rebuilt - child.coords[order], axis=1).max())
    if error > 1e-6:
        raise InternalError(f"the child rebuilt from its map is off by {error:.2e} Å")
    lengths = np.linalg.norm(displacements, axis=1)
    occupation, elements = occupation_change(parent, child, site, order)
    notes = list(kinds.messages)
    if best.relation == "supergroup":
        notes.append("the child keeps every symmetry operation of the parent")
    if _hop(parent, best) > RECONSTRUCTIVE:
        notes.append(
            "the pair is reconstructive (displacements of half a bond); the map was accepted as asked, "
            "and the pairing may be another"
        )
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


def _runner_up(best: Superposition, every: list[Superposition]) -> dict[str, Any] | None:
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
