"""Stage P: one more point operation with its translation, and the average over the group it makes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from curiebreak.arrays import BoolArray, FloatArray, IntArray, nearest_image
from curiebreak.parents.averaging import REACH, averaged, exact_translations, identified, near_and_whole
from curiebreak.parents.nearest_pairs import Late, pair
from curiebreak.parents.node import Node
from curiebreak.parents.point_groups import PointSupergroup, minimal_supergroups, nearly_kept

CLOSURE = 0.3
"""Times the shortest lattice vector: a product of operations that misses by more needs another translation."""

KEPT = 8
"""Translations tried for one rotation, best first: as many as the rarest kind mostly has atoms. Three lose parents of
which the child is a distant version, at no gain of time."""

SAME_PLACE = 0.25
"""Times the spacing: origins of one group by different steps differ by a displacement, no more; a group further off is
another one of the same operations, such as that of the inversions between those of the first."""

_REFINEMENTS = 3
_SAME = 0.1
"""Å; translations nearer than this are one."""


@dataclass(frozen=True, eq=False)
class Effort:
    """How wide the search is: translations for a rotation, and nodes kept after a node and a level."""

    translations: int = KEPT
    after_node: int = 5
    after_level: int = 20
    translation_nodes: int = 8


class GroupsDone:
    """Groups over which one lattice of translations has been averaged, whatever steps led to them."""

    def __init__(self, node: Node) -> None:
        self._lattice = node.lattice
        self._nearby = SAME_PLACE * node.child.spacing
        self._known: dict[bytes, list[FloatArray]] = {}

    def holds(self, node: Node, rotations: IntArray, translations: FloatArray) -> bool:
        """Whether the same operations are known at the same place of the child."""
        order, known = self._place(node, rotations)
        for other in known:
            # t'_A - t_A = (1 - R_A) s for origins that differ by s; its mean over A serves as s
            rest = nearest_image(translations[order] - other)
            shift = rest.mean(axis=0)
            near = np.linalg.norm(shift @ self._lattice) < self._nearby
            rest = rest - shift + rotations[order] @ shift
            if near and np.linalg.norm(rest @ self._lattice, axis=1).max() < _SAME:
                return True
        return False

    def add(self, node: Node, rotations: IntArray, translations: FloatArray) -> None:
        """Note a group."""
        order, known = self._place(node, rotations)
        known.append(translations[order])

    def _place(self, node: Node, rotations: IntArray) -> tuple[IntArray, list[FloatArray]]:
        order = np.lexsort(rotations.reshape(-1, 9).T)
        return order, self._known.setdefault(rotations[order].tobytes() + bytes([node.hosts is None]), [])


def supergroup_nodes(node: Node, effort: Effort, late: Late, done: GroupsDone) -> Iterator[Node]:
    """Yield the node averaged over each group that adds the least to its own, but for those done before."""
    groups = minimal_supergroups(node.rotations, nearly_kept(node.lattice))
    for group, translation in _candidates(node, groups, effort.translations, late):
        translations = _closed(node, group, translation)
        if translations is None or done.holds(node, group.rotations, translations):
            continue
        average = partial(averaged, node, group.rotations, translations, group.cosets(), late)
        for found in near_and_whole(node, average):
            named = identified(found)
            if named is not None:
                done.add(node, group.rotations, translations)
                yield named


def _candidates(
    node: Node, groups: list[PointSupergroup], kept: int, late: Late
) -> Iterator[tuple[PointSupergroup, FloatArray]]:
    """Each group with the best translations (3,) of its new member."""
    if not groups:
        return
    moved = np.einsum("gij,mj->gmi", np.array([g.rotations[g.new] for g in groups]), node.frac)
    which, guesses = _guesses(node, moved, late)
    misfit = np.full(len(guesses), np.inf)
    everything = np.arange(len(node.frac))
    for _ in range(_REFINEMENTS):
        good, shift, misfit = _refined(node, moved[which], guesses, everything, late)
        which, guesses = which[good], guesses[good] + shift
        if np.linalg.norm(shift @ node.lattice, axis=1).max(initial=0.0) < 1e-3:
            break
    for number, group in enumerate(groups):
        mine = np.flatnonzero(which == number)
        yield from ((group, guesses[i]) for i in _distinct(guesses, misfit, mine, node.lattice)[:kept])


def _guesses(node: Node, moved: FloatArray, late: Late) -> tuple[IntArray, FloatArray]:
    """Translations (q, 3) that lay an atom onto one of its kind, and of which of the turned crystals each is.

    The rarest kinds serve, which alone show most of the wrong ones: all that are equally rare, so that the order in
    which a file lists its elements decides nothing. A single atom may be far off its place: then the next kinds serve
    as well, as many as it takes for `KEPT` translations.
    """
    kinds, counts = np.unique(node.kinds, return_counts=True)
    order = np.sort(counts)
    most = order[0] if order[0] > 1 else order[min(int(np.searchsorted(np.cumsum(order), KEPT)), len(order) - 1)]
    which, guesses = [], []
    for kind in kinds[counts <= most]:
        atoms = np.flatnonzero(node.kinds == kind)
        tried = (node.frac[atoms][None] - moved[:, atoms[:1]]).reshape(-1, 3)
        turned = np.repeat(np.arange(len(moved)), len(atoms))
        good, shift, _ = _refined(node, moved[turned][:, atoms], tried, atoms, late)
        which.append(turned[good])
        guesses.append(tried[good] + shift)
    return np.concatenate(which), np.concatenate(guesses)


def _refined(
    node: Node, moved: FloatArray, guesses: FloatArray, atoms: IntArray, late: Late
) -> tuple[BoolArray, FloatArray, FloatArray]:
    """Which translations (q,) bring these atoms near, how these (r, 3) are to be shifted, and the rms (r,) left, Å."""
    copies = moved + guesses[:, None]
    limit = REACH * node.child.spacing
    _, vectors, good = pair(copies, node.frac[atoms], node.kinds[atoms], node.lattice, limit, late)
    shift = -vectors[good].mean(axis=1)
    rest = (vectors[good] + shift[:, None]) @ node.lattice
    return good, shift, np.sqrt(np.einsum("kij,kij->k", rest, rest) / len(atoms))


def _distinct(guesses: FloatArray, misfit: FloatArray, mine: IntArray, lattice: FloatArray) -> list[int]:
    """Indices of different translations, best first."""
    chosen: list[int] = []
    for index in mine[np.argsort(misfit[mine], kind="stable")].tolist():
        difference = guesses[chosen] - guesses[index]
        if np.linalg.norm(nearest_image(difference) @ lattice, axis=1).min(initial=np.inf) > _SAME:
            chosen.append(index)
    return chosen


def _closed(node: Node, group: PointSupergroup, translation: FloatArray) -> FloatArray | None:
    """Exact translations (g, 3) of a group from those of the node and of the new member."""
    translations = np.zeros((len(group.rotations), 3))
    translations[group.own] = node.translations
    translations[group.new] = translation
    for first, second, product in group.words:
        translations[product] = translations[first] + group.rotations[first] @ translations[second]
    shortest = float(np.linalg.norm(node.lattice, axis=1).min())
    return exact_translations(group.rotations, translations, group.table, node.lattice, CLOSURE * shortest)
