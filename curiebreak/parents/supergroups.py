"""Stage P: one more point operation with its translation, and the average over the group it makes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from curiebreak.arrays import FloatArray, IntArray, nearest_image
from curiebreak.parents.averaging import REACH, averaged, exact_translations, identified
from curiebreak.parents.nearest_pairs import Late, pair
from curiebreak.parents.node import Node
from curiebreak.parents.point_groups import PointSupergroup, minimal_supergroups, nearly_kept

CLOSURE = 0.3
"""Times the shortest lattice vector: a product of operations that misses by more needs another translation."""

KEPT = 8
"""Translations tried for one rotation, best first: as many as the rarest kind mostly has atoms. Three lose parents of
which the child is a distant version, at no gain of time."""

_REFINEMENTS = 4
_SAME = 0.1
"""Å; translations nearer than this are one."""


@dataclass(frozen=True, eq=False)
class Effort:
    """How wide the search is: translations for a rotation, and nodes kept after a node and a level."""

    translations: int = KEPT
    after_node: int = 5
    after_level: int = 20
    translation_nodes: int = 8


def supergroup_nodes(node: Node, effort: Effort, late: Late) -> Iterator[Node]:
    """Yield the node averaged over each group that adds the least to its own."""
    groups = minimal_supergroups(node.rotations, nearly_kept(node.lattice))
    for group, translation in _candidates(node, groups, effort.translations, late):
        translations = _closed(node, group, translation)
        if translations is None:
            continue
        found = averaged(node, group.rotations, translations, group.cosets(), late)
        if found is not None:
            found = identified(found)
        if found is not None:
            yield found


def _candidates(
    node: Node, groups: list[PointSupergroup], kept: int, late: Late
) -> Iterator[tuple[PointSupergroup, FloatArray]]:
    """Each group with the best translations (3,) of its new member."""
    if not groups:
        return
    kinds, counts = np.unique(node.kinds, return_counts=True)
    rare = np.flatnonzero(node.kinds == kinds[counts.argmin()])
    turns = np.array([g.rotations[g.new] for g in groups])
    first = turns @ node.frac[rare[0]]
    guesses = (node.frac[rare][None] - first[:, None]).reshape(-1, 3)
    which = np.repeat(np.arange(len(groups)), len(rare))
    limit = REACH * node.child.spacing
    moved = np.einsum("gij,mj->gmi", turns, node.frac)
    misfit = np.full(len(guesses), np.inf)
    alive = np.arange(len(guesses))
    for round_ in range(_REFINEMENTS):
        # the rarest kind alone shows most of the wrong translations
        atoms = rare if round_ == 0 else np.arange(len(node.frac))
        copies = moved[which[alive]][:, atoms] + guesses[alive][:, None]
        _, vectors, good = pair(copies, node.frac[atoms], node.kinds[atoms], node.lattice, limit, late)
        alive, vectors = alive[good], vectors[good]
        shift = -vectors.mean(axis=1)
        guesses[alive] += shift
        rest = (vectors + shift[:, None]) @ node.lattice
        misfit[alive] = np.sqrt(np.einsum("kij,kij->k", rest, rest) / len(atoms))
        if round_ and np.linalg.norm(shift @ node.lattice, axis=1).max(initial=0.0) < 1e-3:
            break
    for number, group in enumerate(groups):
        mine = alive[which[alive] == number]
        yield from ((group, guesses[i]) for i in _distinct(guesses, misfit, mine, node.lattice)[:kept])


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
    return exact_translations(
        group.rotations, translations, group.table, node.lattice, CLOSURE * shortest
    )
