"""Minimal sets that meet every one of some rows: all of them, or the heaviest first."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from functools import reduce
from itertools import count
from operator import or_

import numpy as np

from curiebreak.arrays import BoolArray

MAX_SETS = 400
"""Sets that are listed at most."""

LARGEST_SEARCH = 20_000
"""Nodes of a search for the heaviest sets, about a second; beyond it sets are completed greedily."""


def different_rows(columns: Sequence[BoolArray]) -> set[frozenset[int]]:
    """The different rows of a table given by its columns (r,), each as the places of its true columns."""
    return {frozenset(map(int, np.flatnonzero(row))) for row in np.unique(np.array(columns).T, axis=0)}


def minimal_hitting_sets(rows: Iterable[frozenset[int]]) -> list[frozenset[int]]:
    """Minimal sets that meet every row (Berge's algorithm), the smallest `MAX_SETS` where there are more."""
    current: set[frozenset[int]] = {frozenset()}
    for row in _needed(rows):
        # Berge: sets that meet the row stay, the others take each of its elements in turn
        hit = {s for s in current if s & row}
        extended = {s | {i} for s in current - hit for i in row}
        candidates = sorted(hit | extended, key=lambda s: (len(s), sorted(s)))
        minimal: list[frozenset[int]] = []
        for candidate in candidates:
            # candidates rise in size, so that what holds a kept set is not minimal
            if not any(m <= candidate for m in minimal):
                minimal.append(candidate)
        current = set(minimal[:MAX_SETS])
    return sorted(current, key=lambda s: (len(s), sorted(s)))


def heaviest_hitting_sets(
    rows: Iterable[frozenset[int]], weights: Sequence[float], limit: int = MAX_SETS
) -> tuple[list[frozenset[int]], bool]:
    """Minimal sets that meet every row, the heaviest first: branch and bound, the largest bound first.

    A node decides for each element, heaviest first, whether it is in the set. Its bound is the weight of what is
    in it and of what could still join: an element joins a minimal set only if it meets a row that nothing else in
    the set meets, and leaves such a row to each of the others. A complete set that comes to the front is at
    least as heavy as all that are left.

    Parameters
    ----------
    rows : iterable of frozenset of int
        Indices into `weights`; no row is empty.
    weights : sequence of float
        Not negative.
    limit : int
        Sets that are wanted at most.

    Returns
    -------
    sets : list of frozenset of int
    complete : bool
        Whether these are all there are; if not, the first are still the heaviest unless the search itself was cut,
        which takes more than `LARGEST_SEARCH` nodes.
    """
    return _Search(_needed(rows), weights).run(limit)


def _needed(rows: Iterable[frozenset[int]]) -> list[frozenset[int]]:
    """Rows that hold no other row: the others are met with them."""
    ordered = sorted(set(rows), key=lambda r: (len(r), sorted(r)))
    kept: list[frozenset[int]] = []
    for row in ordered:
        if not any(known <= row for known in kept):
            kept.append(row)
    return kept


class _Search:
    """Bit masks: of an element the rows that it meets, of a node the rows still to be met."""

    def __init__(self, rows: Sequence[frozenset[int]], weights: Sequence[float]) -> None:
        self.everything = (1 << len(rows)) - 1
        met: dict[int, int] = {}
        for number, row in enumerate(rows):
            for element in row:
                # bit i of an element: it meets row i
                met[element] = met.get(element, 0) | 1 << number
        self.order = sorted(met, key=lambda e: (-weights[e], e))
        self.met = [met[e] for e in self.order]
        self.weight = [float(weights[e]) for e in self.order]
        self._heap: list[tuple[float, int, int, tuple[int, ...], tuple[int, ...], int, tuple[int, ...], int]] = []
        self._number = count()

    def run(self, limit: int) -> tuple[list[frozenset[int]], bool]:
        """The sets, heaviest first, and whether there are no more."""
        if not self.everything:
            return [frozenset()], True
        found: list[tuple[int, ...]] = []
        self._push((), (), self.everything, range(len(self.order)))
        nodes = 0
        while self._heap and len(found) < limit and nodes < LARGEST_SEARCH:
            nodes += 1
            _, _, _, chosen, own, left, able, _ = heapq.heappop(self._heap)
            if not left:
                found.append(chosen)
                continue
            first, rest = able[0], able[1:]
            # each member keeps the rows that it alone meets; with none left it is to spare
            kept = tuple(rows & ~self.met[first] for rows in own) + (left & self.met[first],)
            self._push((*chosen, first), kept, left & ~self.met[first], rest)
            self._push(chosen, own, left, rest)
        complete = not self._heap
        if self._heap and len(found) < limit:
            found += self._greedy(limit - len(found), found)
        return [frozenset(self.order[i] for i in chosen) for chosen in found], complete

    def _push(self, chosen: tuple[int, ...], own: tuple[int, ...], left: int, able: Iterable[int]) -> None:
        """Add a node unless it cannot become a minimal set."""
        able = tuple(e for e in able if self.met[e] & left and all(rows & ~self.met[e] for rows in own))
        if left & ~reduce(or_, (self.met[e] for e in able), 0):
            return
        # each further member needs a row of its own; `able` is in order of weight
        more = sum(self.weight[e] for e in able[: left.bit_count()])
        bound = round(sum(self.weight[e] for e in chosen) + more, 12)
        heapq.heappush(self._heap, (-bound, left.bit_count(), next(self._number), chosen, own, left, able, len(chosen)))

    def _greedy(self, wanted: int, known: Sequence[tuple[int, ...]]) -> list[tuple[int, ...]]:
        """Complete the best nodes with what is heaviest, then leave out what is not needed, lightest first."""
        seen = {frozenset(chosen) for chosen in known}
        found = []
        for _, _, _, chosen, _, left, able, _ in heapq.nsmallest(4 * wanted, self._heap):
            members = list(chosen)
            for element in able:
                if self.met[element] & left:
                    members.append(element)
                    left &= ~self.met[element]
            # lightest first, so that what stays is heavy
            for element in sorted(members, key=lambda e: (self.weight[e], -e)):
                others = 0
                for other in members:
                    others |= self.met[other] if other != element else 0
                if others == self.everything:
                    members.remove(element)
            if frozenset(members) not in seen:
                seen.add(frozenset(members))
                found.append(tuple(members))
        found.sort(key=lambda s: -sum(self.weight[e] for e in s))
        return found[:wanted]
