"""Optimal one-to-one assignment (Jonker-Volgenant), so that a map does not wait for scipy to load."""

from __future__ import annotations

import numpy as np

from curiebreak.arrays import FloatArray, IntArray


def assign(cost: FloatArray) -> IntArray:
    """Column of each row that minimises the total cost.

    Shortest augmenting paths with potentials; equal to
    ``scipy.optimize.linear_sum_assignment`` on square matrices.

    Parameters
    ----------
    cost : ndarray (n, n)
        Finite.

    Returns
    -------
    ndarray (n,) of int
    """
    size = len(cost)
    # prices with cost - row - column >= 0 everywhere, zero on the matched pairs: then the match is optimal
    column_price = cost.min(axis=0)
    reduced = cost - column_price
    row_price = reduced.min(axis=1)
    row_of = np.full(size, -1, dtype=np.int64)
    column_of = np.full(size, -1, dtype=np.int64)
    # what can be matched at zero reduced cost without conflict
    for row, column in enumerate(reduced.argmin(axis=1).tolist()):
        if row_of[column] < 0:
            row_of[column], column_of[row] = row, column
    for row in np.flatnonzero(column_of < 0).tolist():
        _augment(cost, row, row_price, column_price, row_of, column_of)
    return column_of


def _augment(
    cost: FloatArray,
    start: int,
    row_price: FloatArray,
    column_price: FloatArray,
    row_of: IntArray,
    column_of: IntArray,
) -> None:
    """Match one more row along the shortest path of reduced costs."""
    size = len(cost)
    distance = np.full(size, np.inf)
    previous = np.full(size, -1, dtype=np.int64)
    done = np.zeros(size, dtype=bool)
    row, reached = start, 0.0
    while True:
        # Dijkstra over columns, with reduced costs as lengths
        step = reached + cost[row] - row_price[row] - column_price
        better = ~done & (step < distance)
        distance[better] = step[better]
        previous[better] = row
        column = int(np.where(done, np.inf, distance).argmin())
        reached = float(distance[column])
        done[column] = True
        if row_of[column] < 0:
            break
        row = int(row_of[column])
    # prices of what was reached move so that the path has reduced cost zero
    gain = reached - distance[done]
    matched = row_of[done]
    column_price[done] -= gain
    row_price[matched[matched >= 0]] += gain[matched >= 0]
    row_price[start] += reached
    while True:
        # back along the path, each row takes the column by which it was reached
        row = int(previous[column])
        row_of[column] = row
        column_of[row], column = column, int(column_of[row])
        if row == start:
            return
