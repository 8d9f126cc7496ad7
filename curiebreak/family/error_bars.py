"""Error bars from formulas that a training had not seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from curiebreak.arrays import FloatArray
from curiebreak.family.classifier import best_temperature, log_loss, sharpened
from curiebreak.family.family_model import FamilyModel

if TYPE_CHECKING:
    from curiebreak.family.learn import Judged

COVERAGE = 0.9
WINSOR = 0.95
"""Errors beyond this quantile count as if they lay at it, in what says how large an error to expect."""
LEAST_ERROR = 0.5
"""Least expected error, of the median error."""
OWN_QUANTILE = 100
"""Members of a class in the folds from which its bars have a quantile of their own."""


def with_bars(model: FamilyModel, judged: Mapping[str, Any]) -> FamilyModel:
    """The model with conformal 90 % bars (V. Vovk et al., Algorithmic Learning in a Random World, 2005).

    A bar is ``q s`` with s the expected error, ``s = w . spread`` with w >= 0 by least squares on |error|, and q the
    90 % quantile of |error| / s, all over members whose formula was in another fold; classes with fewer than
    `OWN_QUANTILE` such members share one quantile.
    """
    edge = np.array(judged["edge_found"])
    errors = [np.abs(a - b) / e for a, b, e in zip(judged["eta"], judged["eta_true"], edge, strict=True)]
    angle = np.abs(np.array(judged["tilt"]) - np.array(judged["tilt_true"]))
    weights = error_weights(np.array(judged["spread"]), np.array([np.linalg.norm(e) for e in errors]))
    scale = np.array(judged["spread"]) @ weights
    lengths = [e / s for e, s in zip(errors, scale, strict=True)]
    place = np.array(judged["place"])
    together = np.concatenate(lengths)
    classes = []
    for number, c in enumerate(model.classes):
        own = np.flatnonzero(place == number)
        enough = len(own) >= OWN_QUANTILE
        bars = np.full(len(c.primary) + 1, np.nan)
        for j in range(len(c.primary)):
            bars[j] = _quantile(np.array([lengths[i][j] for i in own]) if enough else together)
        bars[-1] = _quantile((angle / scale)[own] if enough else angle / scale)
        classes.append(replace(c, bars=bars))
    return replace(model, classes=tuple(classes), error_weights=weights)


def error_weights(spread: FloatArray, error: FloatArray) -> FloatArray:
    """Weights (s,), none negative, with which spreads (m, s) explain errors (m,) best."""
    from scipy.optimize import nnls

    weights, _ = nnls(spread, np.minimum(error, np.quantile(error, WINSOR)))
    weights[0] = max(weights[0], LEAST_ERROR * float(np.median(error)))  # agreement by chance is no certainty
    return np.asarray(weights)


def _quantile(values: FloatArray) -> float:
    known = np.sort(values[np.isfinite(values)])
    if not len(known):
        return float("nan")
    return float(known[min(len(known) - 1, int(np.ceil((len(known) + 1) * COVERAGE)) - 1)])


def calibrated(model: FamilyModel, judged: Mapping[str, Any], representative: Any) -> FamilyModel:
    """The model with the classifier's temperature from the folds."""
    chosen = representative[np.array(judged["member"])]
    temperature = best_temperature(np.array(judged["probability"])[chosen], np.array(judged["label"])[chosen])
    return replace(model, classifier=replace(model.classifier, temperature=temperature))


def scores(judged: Judged, representative: Any, temperature: float) -> dict[str, float]:
    """What the folds say, in numbers."""
    chosen = representative[judged["member"]]
    probability, label = sharpened(judged["probability"][chosen], temperature), judged["label"][chosen]
    order = np.argsort(-probability, axis=1)
    error = np.array([np.abs(a - b).mean() for a, b in zip(judged.rows["eta"], judged.rows["eta_true"], strict=True)])
    angle = np.abs(judged["tilt"] - judged["tilt_true"])
    found = {
        "amplitude": float(error.mean()),
        "secondaries": float(judged["secondaries"].mean()),
        "strain": float(judged["strain"].mean()),
        "edge": float(judged["edge"].mean()),
        "child": float(judged["child"].mean()),
        "child_median": float(np.median(judged["child"])),
        "class_right": float((order[:, 0] == label).mean()),
        "class_in_two": float((order[:, :2] == label[:, None]).any(axis=1).mean()),
        "log_loss": log_loss(probability, label),
        "class_majority": float(np.bincount(label).max() / len(label)),
    }
    if np.isfinite(angle).any():
        found["tilt"] = float(np.nanmean(angle))
    return found
