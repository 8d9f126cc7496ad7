"""Which class a composition takes: perceptrons, a Gaussian process and a forest, if any; calibrated by temperature.

An ordinary classifier of invariant numbers. Symmetry says which classes there can be and nothing about their odds.
The training answer of a formula is the class of its most distorted pair (a stand-in for the ground state; energies
are not known here); the other pairs of the formula count with `POLYMORPH_WEIGHT`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from curiebreak.arrays import FloatArray, IntArray
from curiebreak.family.forest import Forest, grow
from curiebreak.family.gaussian_process import GaussianProcess, train_process

EPOCHS = 300
UNITS = 64
LEARNING_RATE = 0.01
WEIGHT_DECAY = 0.3
FEATURE_NOISE = 0.5
SMOOTHING = 0.05
POLYMORPH_WEIGHT = 0.4
TREES = 80
LEAF = 2
PROCESS_NOISE = 0.03
LEAST = 0.3
"""Of a class's share among the pairs; the least that the process may answer for it, before normalisation."""
TEMPERATURES = np.geomspace(0.5, 2.0, 41)


@dataclass(frozen=True, eq=False)
class Classifier:
    """Probabilities of classes.

    Attributes
    ----------
    layers : tuple of (w1, b1, w2, b2)
        One perceptron a seed.
    process : GaussianProcess
        Features to the indicator of each class.
    forest : Forest or None
    temperature : float
        Probabilities are raised to its inverse and normalised.
    """

    layers: tuple[tuple[FloatArray, FloatArray, FloatArray, FloatArray], ...]
    process: GaussianProcess
    forest: Forest | None
    temperature: float = 1.0

    def __call__(self, x: FloatArray) -> FloatArray:
        """Probabilities (b, classes) for standardised features (b, f)."""
        found = []
        for first, shift, second, offset in self.layers:
            logits = np.tanh(x @ first.T + shift) @ second.T + offset
            logits = np.exp(logits - logits.max(axis=1, keepdims=True))
            found.append(logits / logits.sum(axis=1, keepdims=True))
        parts = [np.mean(found, axis=0), self._by_process(x)]
        if self.forest is not None:
            parts.append(self.forest(x))
        return sharpened(np.mean(parts, axis=0), self.temperature)

    def _by_process(self, x: FloatArray) -> FloatArray:
        indicator = np.maximum(self.process(x), LEAST * self.process.trend[0, 0])
        return np.asarray(indicator / indicator.sum(axis=1, keepdims=True))

    def arrays(self, n_features: int) -> dict[str, Any]:
        """For a file."""
        names = ("w1", "b1", "w2", "b2")
        found: dict[str, Any] = {
            f"classifier.{name}": np.stack([layer[i] for layer in self.layers]).astype(np.float32)
            for i, name in enumerate(names)
        }
        found |= self.process.arrays("classifier.process", n_features)
        return found | ({} if self.forest is None else self.forest.arrays("classifier.forest"))

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Any], temperature: float) -> Classifier:
        """From a file."""
        parts = [np.asarray(arrays[f"classifier.{name}"], dtype=np.float64) for name in ("w1", "b1", "w2", "b2")]
        layers = tuple((w1, b1, w2, b2) for w1, b1, w2, b2 in zip(*parts, strict=True))
        forest = Forest.from_arrays(arrays, "classifier.forest") if "classifier.forest.roots" in arrays else None
        features = np.asarray(arrays["processes.features"], dtype=np.float64)
        process = GaussianProcess.from_arrays(arrays, "classifier.process", features)
        return cls(layers, process, forest, temperature)


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
    x: FloatArray, answers: IntArray, weights: FloatArray, n_classes: int, seeds: Sequence[int], trees: bool
) -> Classifier:
    """Train on standardised features (m, f), classes (m,) and weights (m,)."""
    import torch

    inputs, target = torch.as_tensor(x).float(), torch.as_tensor(answers)
    weight = torch.as_tensor(weights / weights.sum()).float()
    layers = []
    for seed in seeds:
        torch.manual_seed(seed)
        net = torch.nn.Sequential(
            torch.nn.Linear(x.shape[1], UNITS), torch.nn.Tanh(), torch.nn.Linear(UNITS, n_classes)
        )
        optimiser = torch.optim.AdamW(net.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, LEARNING_RATE, total_steps=EPOCHS)
        for _ in range(EPOCHS):
            optimiser.zero_grad()
            logits = net(inputs + FEATURE_NOISE * torch.randn(inputs.shape))
            each = torch.nn.functional.cross_entropy(logits, target, reduction="none", label_smoothing=SMOOTHING)
            torch.autograd.backward((weight * each).sum())
            optimiser.step()
            schedule.step()
        state = [value.detach().numpy().astype(np.float64) for value in net.state_dict().values()]
        layers.append((state[0], state[1], state[2], state[3]))
    forest = None
    if trees:
        forest = _padded(grow(x, answers, seeds[0], TREES, LEAF, classes=True, weights=weights), answers, n_classes)
    return Classifier(tuple(layers), _process(x, answers, weights, n_classes), forest)


def _process(x: FloatArray, answers: IntArray, weights: FloatArray, n_classes: int) -> GaussianProcess:
    indicator = np.eye(n_classes)[answers]
    points = x.astype(np.float32).astype(np.float64)
    share = (weights @ indicator) / weights.sum()
    return train_process(np.arange(len(x)), points, indicator, PROCESS_NOISE / weights, unit=1.0, mean=share)


def _padded(forest: Forest, answers: IntArray, n_classes: int) -> Forest:
    """Columns for the classes that this part of the training lacks."""
    values: FloatArray = np.zeros((len(forest.values), n_classes))
    values[:, np.unique(answers)] = forest.values
    return Forest(forest.feature, forest.threshold, forest.left, forest.right, forest.leaf, values, forest.roots)
