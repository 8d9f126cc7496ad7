"""Signals of a network that was trained with a breaking input and is then asked without it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from curiebreak.arrays import FloatArray
from curiebreak.learning.breaking import Carrier
from curiebreak.learning.engine import stacked_inputs
from curiebreak.learning.network import PlainNetwork
from curiebreak.learning.problem import Problem
from curiebreak.learning.signals import ATTEMPTS, REACHED, SignalFitter

STRENGTH = 4.0
"""Norm of the largest row of the input."""


@dataclass(frozen=True, eq=False)
class WithInputFit:
    """A network trained with a breaking input.

    Parameters
    ----------
    with_input : (n, (L+1)^2)
        Its signals with the input, e3nn component order, in units of the targets.
    without_input : (n, (L+1)^2)
        Those of the same weights without the input.
    loss : float
        Of `with_input`, relative to the squared targets.
    """

    with_input: FloatArray
    without_input: FloatArray
    loss: float


def train_with_input(
    problem: Problem, targets: FloatArray, inputs: dict[Carrier, FloatArray], lmax: int, seed: int = 0
) -> WithInputFit:
    """Train with an input that breaks the symmetry, then leave it out.

    Both answers are those of the plain evaluation, atom by atom, in which no group is built in.

    Parameters
    ----------
    problem : Problem
        The child's cell and group.
    targets : (n, (lmax+1)^2)
        Signals, which the child's group keeps.
    inputs : dict
        Carrier -> field (n, 2l+1) or (2l+1,) of degree `lmax` at most, which the child's group keeps.
    lmax : int
    seed : int
    """
    silent = SignalFitter(problem, lmax)
    fitting = {carrier: field for carrier, field in inputs.items() if carrier.degree <= silent.architecture.lmax}
    site, cell = stacked_inputs(silent.architecture, fitting, problem.n_atoms)
    rows = [float(torch.linalg.norm(site, dim=1).max()), float(torch.linalg.norm(cell))]
    # strong enough for products of inputs to matter
    gain = STRENGTH / max(*rows, 1e-300)
    site, cell = site * gain, cell * gain
    fitter = SignalFitter(problem, lmax, site.numpy(), cell.numpy())
    goal = fitter.coefficients(targets)
    best = fitter.trained(goal, seed)
    for attempt in range(1, ATTEMPTS):
        if best[1].loss < REACHED:
            break
        again = fitter.trained(goal, seed + 7919 * attempt)
        best = again if again[1].loss < best[1].loss else best
    scale = float(np.linalg.norm(goal))
    with_input = _plain(fitter, best[2], site, cell) * scale
    without_input = _plain(fitter, best[2], torch.zeros_like(site), torch.zeros_like(cell)) * scale
    loss = float(((with_input - targets) ** 2).sum()) / max(float((targets**2).sum()), 1e-300)
    return WithInputFit(with_input, without_input, loss)


def _plain(fitter: SignalFitter, weights: torch.Tensor, site: torch.Tensor, cell: torch.Tensor) -> FloatArray:
    """Signals (n, (L+1)^2) by the plain evaluation."""
    network = PlainNetwork(fitter.architecture, fitter.graph)
    with torch.no_grad():
        features = network(weights, site, cell).features
        table = network.weight(weights, "readout")[:, network.types]
        parts = [
            torch.einsum("nc,ncm->nm", table[slot], features[:, :, fitter.architecture.slots(kind)])
            for slot, kind in enumerate(fitter.architecture.readout_kinds)
        ]
    return np.asarray(torch.cat(parts, dim=1).numpy())
