"""Training of the joint network: full batches over all classes, one optimiser step for all of them together.

The loss of one pair is the sum over its answers of ``sqrt(1 + (error / unit)^2) - 1`` (pseudo-Huber: outliers, of
which databases have some, pull linearly). Weights are invariant numbers, so Adam may treat them one by one; nothing
here learns a field.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from curiebreak.arrays import FloatArray, IntArray
from curiebreak.family.classes import FamilyClass
from curiebreak.family.evaluate import ClassOperators, traceless
from curiebreak.family.family_network import JointNetwork
from curiebreak.learning.harmonics import strain_basis
from curiebreak.learning.network import Architecture

LEARNING_RATE = 0.015
WEIGHT_DECAY = 0.5
FEATURE_NOISE = 0.08
"""Standard deviations added to the features in every epoch. These four were chosen by folds over formulas."""

DISPLACEMENT_UNIT = 0.05
"""Å, root mean square over the atoms."""
STRAIN_LOSS_UNIT = 0.012
EDGE_LOSS_UNIT = 0.01
EDGE_WEIGHT = 0.5
LARGEST_GRADIENT = 5.0


@dataclass(frozen=True, eq=False)
class ClassData:
    """Targets of one class, double precision.

    Attributes
    ----------
    features : (m, f)
        Standardised.
    eta : (m, k)
    secondaries : (m, 3 n)
    strain : (m, 5)
    log_edge : (m,)
        Less the shortest bond's and the offset.
    """

    features: FloatArray
    eta: FloatArray
    secondaries: FloatArray
    strain: FloatArray
    log_edge: FloatArray

    def rows(self, chosen: IntArray) -> ClassData:
        """Some of the members."""
        return ClassData(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))


def class_data(chosen: FamilyClass, features: FloatArray, log_edge: FloatArray) -> ClassData:
    """Targets of a class; `features` and `log_edge` are of all members of the family."""
    m = chosen.members
    return ClassData(
        features[m],
        chosen.amplitudes,
        chosen.secondaries.reshape(len(m), -1),
        traceless(chosen.strain, strain_basis()[1]),
        log_edge[m],
    )


def train_network(
    architecture: Architecture,
    operators: Sequence[ClassOperators],
    data: Sequence[ClassData],
    seed: int,
    epochs: int,
    progress: Callable[[int, float], None] = lambda epoch, loss: None,
) -> tuple[JointNetwork, list[float]]:
    """Train one network.

    Parameters
    ----------
    architecture : Architecture
    operators, data : one entry a class
    seed : int
    epochs : int
    progress : callable
        Called with the epoch and the loss.

    Returns
    -------
    JointNetwork, list of float
        The loss of every epoch, mean over the pairs.
    """
    model = JointNetwork(architecture, data[0].features.shape[1], seed)
    optimiser = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, LEARNING_RATE, total_steps=epochs)
    noise = torch.Generator().manual_seed(seed)
    batches = [_batch(d) for d in data if len(d.eta)]
    used = [o for o, d in zip(operators, data, strict=True) if len(d.eta)]
    total = sum(len(b["features"]) for b in batches)
    losses = []
    for epoch in range(epochs):
        optimiser.zero_grad()
        parts = []
        for c, b in zip(used, batches, strict=True):
            seen = b["features"] + FEATURE_NOISE * torch.randn(b["features"].shape, generator=noise)
            parts.append(_loss(model, c, b, seen))
        loss = torch.stack(parts).sum() / total
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(model.parameters(), LARGEST_GRADIENT)
        optimiser.step()
        schedule.step()
        losses.append(float(loss.detach()))
        progress(epoch, losses[-1])
    return model, losses


def _batch(data: ClassData) -> dict[str, torch.Tensor]:
    named = {name: torch.as_tensor(getattr(data, name)).float() for name in data.__dataclass_fields__}
    mean = named["eta"].mean(dim=0)
    return named | {"direction": mean.expand(len(named["eta"]), -1)}


def _loss(model: JointNetwork, c: ClassOperators, b: dict[str, torch.Tensor], seen: torch.Tensor) -> torch.Tensor:
    found = model(c, seen, b["eta"], b["direction"])
    n = len(c.out) // 3
    moved = (found.secondaries.reshape(len(seen), -1) - b["secondaries"]).square().sum(1) / n / DISPLACEMENT_UNIT**2
    amplitude = (found.amplitudes - b["eta"]).square().sum(1) / n / DISPLACEMENT_UNIT**2
    strain = (found.strain - b["strain"]).square().sum(1) / STRAIN_LOSS_UNIT**2
    edge = (found.log_edge - b["log_edge"]).square() / EDGE_LOSS_UNIT**2
    return _huber(moved) + _huber(amplitude) + _huber(strain) + EDGE_WEIGHT * _huber(edge)


def _huber(squared: torch.Tensor) -> torch.Tensor:
    return (torch.sqrt(1.0 + squared) - 1.0).sum()
