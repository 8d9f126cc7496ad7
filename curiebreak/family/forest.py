"""Extremely randomised trees (P. Geurts, D. Ernst and L. Wehenkel, Mach. Learn. 63, 3 (2006)) as plain arrays.

scikit-learn (the extra ``trees``) grows them; what it grew is kept as arrays and asked with numpy alone, so that a
model with trees needs no extra to predict.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from curiebreak.arrays import FloatArray, IntArray
from curiebreak.errors import UsageError

TREES = 100
FEATURES = 0.5
"""Part of the features tried at each split."""
NO_TREES = ("Trees need scikit-learn.", "Install it with `pip install 'curiebreak[trees]'`.")
"""The sentence and the hint where it is not installed."""


def available() -> bool:
    """Whether trees can be grown here."""
    from importlib.util import find_spec

    return find_spec("sklearn") is not None


@dataclass(frozen=True, eq=False)
class Forest:
    """Nodes of all trees one after another.

    Attributes
    ----------
    feature : (m,) int16
        Feature of the split, -1 at a leaf.
    threshold : (m,) float32
    left, right : (m,) int32
        Places of the children.
    leaf : (m,) int32
        Row of `values`, -1 at a split.
    values : (l, k) float32
    roots : (trees,) int32
    """

    feature: IntArray
    threshold: FloatArray
    left: IntArray
    right: IntArray
    leaf: IntArray
    values: FloatArray
    roots: IntArray

    NAMES = ("feature", "threshold", "left", "right", "leaf", "values", "roots")

    def each(self, x: FloatArray) -> FloatArray:
        """Answers (trees, b, k) to features (b, f)."""
        seen = np.asarray(x, dtype=np.float32)
        node = np.repeat(self.roots[:, None], len(seen), axis=1).astype(np.int64)
        rows = np.broadcast_to(np.arange(len(seen)), node.shape)
        while True:
            feature = self.feature[node]
            split = feature >= 0
            if not split.any():
                return np.asarray(self.values[self.leaf[node]], dtype=np.float64)
            goes_left = seen[rows, np.maximum(feature, 0)] <= self.threshold[node]
            node = np.where(split, np.where(goes_left, self.left[node], self.right[node]), node)

    def __call__(self, x: FloatArray) -> FloatArray:
        """Mean over the trees (b, k)."""
        return np.asarray(self.each(x).mean(axis=0))

    def arrays(self, prefix: str) -> dict[str, Any]:
        """For a file."""
        return {f"{prefix}.{name}": getattr(self, name) for name in self.NAMES}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Any], prefix: str) -> Forest:
        """From a file."""
        return cls(*(np.asarray(arrays[f"{prefix}.{name}"]) for name in cls.NAMES))


def grow(
    x: FloatArray,
    y: FloatArray | IntArray,
    seed: int,
    trees: int = TREES,
    leaf: int = 1,
    *,
    classes: bool = False,
    weights: FloatArray | None = None,
) -> Forest:
    """Grow trees.

    Parameters
    ----------
    x : (m, f)
    y : (m, k)
        Targets; for `classes` (m,) integers 0 .. k-1.
    seed : int
    trees : int
    leaf : int
        Fewest samples of a leaf.
    classes : bool
        Probabilities of classes instead of means.
    weights : (m,), optional

    Raises
    ------
    UsageError
        Without scikit-learn.
    """
    if not available():
        raise UsageError(*NO_TREES)
    from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor

    kind = ExtraTreesClassifier if classes else ExtraTreesRegressor
    grown = kind(trees, min_samples_leaf=leaf, max_features=FEATURES, random_state=seed)
    grown.fit(x, y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y, sample_weight=weights)
    parts: dict[str, list[Any]] = {name: [] for name in Forest.NAMES}
    start = rows = 0
    for one in grown.estimators_:
        tree = one.tree_
        is_leaf = tree.children_left < 0
        number = np.cumsum(is_leaf) - 1
        values = tree.value[is_leaf]
        values = values[:, 0] / values[:, 0].sum(axis=1, keepdims=True) if classes else values[:, :, 0]
        parts["feature"].append(np.where(is_leaf, -1, tree.feature).astype(np.int16))
        parts["threshold"].append(np.where(is_leaf, 0.0, tree.threshold).astype(np.float32))
        parts["left"].append(np.where(is_leaf, 0, tree.children_left + start).astype(np.int32))
        parts["right"].append(np.where(is_leaf, 0, tree.children_right + start).astype(np.int32))
        parts["leaf"].append(np.where(is_leaf, number + rows, -1).astype(np.int32))
        parts["values"].append(values.astype(np.float32))
        parts["roots"].append(np.array([start], dtype=np.int32))
        start += tree.node_count
        rows += len(values)
    return Forest(*(np.concatenate(parts[name]) for name in Forest.NAMES))
