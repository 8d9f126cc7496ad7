"""Which class a composition takes: logistic regression in the span of a kernel, calibrated by temperature.

With the kernel k of `curiebreak.family.gaussian_process` and the classes' shares p_c of the training,

    P(c | x) = softmax_c(log p_c + sum_i k(x, x_i) a_ic),   a minimal in  sum_i w_i (-log P(c_i | x_i)) + decay/2 a' k a

(C. E. Rasmussen and C. K. I. Williams, Gaussian Processes for Machine Learning (2006), section 3.5: the most probable
function of a Gaussian process of variance 1 / decay). An ordinary classifier of invariant numbers: symmetry says which
classes there can be and nothing about their odds. The training answer of a formula is the class of its most distorted
pair (a stand-in for the ground state; energies are not known here); the other pairs of the formula count with
`POLYMORPH_WEIGHT`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from curiebreak.arrays import FloatArray, IntArray
from curiebreak.family.gaussian_process import GaussianProcess, Kernel, train_process

DECAY = 0.1
SHORTER = 0.8
"""Of the kernel's lengths, beside those of the amplitudes."""
UNSEEN = 0.5
"""Pairs that every class is given beforehand, so that none has a share of zero."""
POLYMORPH_WEIGHT = 0.4
JITTER = 1e-6
TEMPERATURES = np.geomspace(0.5, 2.0, 41)


@dataclass(frozen=True, eq=False)
class Classifier:
    """Probabilities of classes.

    Attributes
    ----------
    process : GaussianProcess
        Features to the logarithm of each class's odds.
    temperature : float
        Probabilities are raised to its inverse and normalised.
    """

    process: GaussianProcess
    temperature: float = 1.0

    def __call__(self, x: FloatArray) -> FloatArray:
        """Probabilities (b, classes) for standardised features (b, f)."""
        return sharpened(softmax(self.process(x)), self.temperature)

    def arrays(self, n_features: int) -> dict[str, Any]:
        """For a file."""
        return self.process.arrays("classifier.process", n_features)

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Any], temperature: float, kernel: Kernel) -> Classifier:
        """From a file."""
        features = np.asarray(arrays["processes.features"], dtype=np.float64)
        shorter = kernel.scaled(SHORTER)
        return cls(GaussianProcess.from_arrays(arrays, "classifier.process", features, shorter), temperature)


def softmax(logits: FloatArray) -> FloatArray:
    """Probabilities (b, classes)."""
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def sharpened(probabilities: FloatArray, temperature: float) -> FloatArray:
    """``p^(1/T)``, normalised."""
    raised = np.maximum(probabilities, 1e-6) ** (1.0 / temperature)
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def log_loss(probabilities: FloatArray, answers: IntArray) -> float:
    """Mean of minus the logarithm of the answer's probability."""
    return float(-np.log(np.maximum(probabilities[np.arange(len(answers)), answers], 1e-6)).mean())


def best_temperature(probabilities: FloatArray, answers: IntArray) -> float:
    """Temperature of least log loss, on answers that the training had not seen."""
    return float(min(TEMPERATURES, key=lambda t: log_loss(sharpened(probabilities, float(t)), answers)))


def train_classifier(
    kernel: Kernel, x: FloatArray, answers: IntArray, weights: FloatArray, n_classes: int
) -> Classifier:
    """Train on standardised features (m, f), classes (m,) and weights (m,)."""
    from scipy.optimize import minimize

    points = x.astype(np.float32).astype(np.float64)  # as a file holds them
    indicator = np.eye(n_classes)[answers]
    share = (weights @ indicator + UNSEEN) / (weights.sum() + UNSEEN * n_classes)
    shorter = kernel.scaled(SHORTER)
    root = np.linalg.cholesky(shorter(points, points) + JITTER * np.eye(len(points)))

    def loss(flat: FloatArray) -> tuple[float, FloatArray]:
        """In coordinates v = root' a, in which the penalty is decay/2 v'v."""
        v = flat.reshape(len(points), n_classes)
        p = softmax(np.log(share) + root @ v)
        value = weights @ -np.log(np.maximum((p * indicator).sum(axis=1), 1e-300)) + 0.5 * DECAY * (v * v).sum()
        return float(value), (root.T @ (weights[:, None] * (p - indicator)) + DECAY * v).ravel()

    best = minimize(loss, np.zeros(indicator.size), jac=True, method="L-BFGS-B", options={"maxiter": 300})
    amounts = np.linalg.solve(root.T, best.x.reshape(indicator.shape))
    blank = train_process(shorter, np.arange(len(points)), points, indicator, 1.0, unit=1.0, mean=np.log(share))
    return Classifier(replace(blank, weights=amounts))
