"""Neighbours by trees are those of all pairs."""

from __future__ import annotations

import numpy as np
import pytest

from curiebreak.structures import neighbours
from curiebreak.structures.neighbours import NearestAtom, close_pairs

SKEW = np.array([[9.0, 0, 0], [-4.5, 7.8, 0], [2.0, 3.0, 14.0]])


def brute(cell: np.ndarray, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    shifts = np.stack(np.meshgrid(*[np.arange(-2, 3)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    difference = one[:, None] - other[None]
    difference -= np.round(difference)
    return np.linalg.norm((difference[:, :, None] + shifts) @ cell, axis=-1).min(axis=-1)


@pytest.mark.parametrize("cell", [SKEW, None])
@pytest.mark.parametrize("few", [0, 1000])
def test_close_pairs(cell: np.ndarray | None, few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "_FEW", few)
    rng = np.random.default_rng(2)
    places = rng.uniform(-1, 2, (120, 3))
    places[60:80] = places[:20] + rng.integers(-1, 2, (20, 3)) * (cell is not None) + 0.002
    flat = places if cell is not None else places * 9
    expected = np.linalg.norm(flat[:, None] - flat[None], axis=-1) if cell is None else brute(cell, flat, flat)
    wanted = [(i, j) for i, j in np.argwhere(expected < 0.05) if i < j]
    assert wanted and list(close_pairs(cell, flat, 0.05)) == wanted


def test_nearest_atom_of_its_kind() -> None:
    rng = np.random.default_rng(3)
    frac, kinds = rng.uniform(-1, 2, (80, 3)), rng.integers(0, 3, 80)
    order = rng.permutation(80)
    places = frac[order] + rng.normal(size=(80, 3)) * 0.004 + rng.integers(-2, 3, (80, 3))
    distance = brute(SKEW, places, frac) + 1e6 * (kinds[order][:, None] != kinds[None])
    index, found = NearestAtom(SKEW, frac, kinds).of(places, kinds[order])
    assert (index == distance.argmin(axis=1)).all()
    assert found == pytest.approx(distance.min(axis=1), abs=1e-9)


def test_a_cell_without_volume_asks_for_no_images() -> None:
    assert len(list(close_pairs(1e-6 * np.eye(3), np.zeros((100, 3)), 0.1))) == 100 * 99 // 2
