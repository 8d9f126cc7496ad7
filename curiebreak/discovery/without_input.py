"""What a network that was trained with the recovered input answers when that input is left out."""

from __future__ import annotations

import numpy as np

from curiebreak.arrays import FloatArray, IntArray
from curiebreak.discovery.peaks import find_peaks
from curiebreak.discovery.signal_answer import ChildSignals, in_usual_order
from curiebreak.fields import representation
from curiebreak.learning.orbits import parity_letter
from curiebreak.learning.outcome import Inputs
from curiebreak.learning.problem import Problem
from curiebreak.learning.signals import project_vectors, signal_kinds
from curiebreak.learning.with_input import train_with_input
from curiebreak.modes.analysis import Analysis
from curiebreak.results import SignalsWithoutInput, SiteWithoutInput, vector


def signals_without_input(
    analysis: Analysis, problem: Problem, inputs: Inputs, lmax: int = 5, seed: int = 0
) -> SignalsWithoutInput:
    """Train signals with a breaking input, then ask without it.

    Parameters
    ----------
    analysis : Analysis
    problem : Problem
        The child's cell and group.
    inputs : dict
        Carrier -> field: the recovered input.
    lmax : int
        L of the signals.
    seed : int
    """
    displacements = problem.target if problem.target is not None else np.zeros((problem.n_atoms, 3))
    fit = train_with_input(problem, project_vectors(displacements, lmax), inputs, lmax, seed)
    parent = analysis.parent
    return SignalsWithoutInput(
        loss=fit.loss,
        asymmetry=asymmetry(analysis, problem.parent_atom, fit.without_input, lmax),
        asymmetry_told=asymmetry(analysis, problem.parent_atom, fit.with_input, lmax),
        sites=tuple(
            _site(parent.site_names[orbit], fit.without_input[int(np.argmax(problem.types == orbit))], lmax)
            for orbit in ChildSignals(analysis).moving
        ),
    )


def asymmetry(analysis: Analysis, parent_atom: IntArray, signals: FloatArray, lmax: int) -> float:
    """Largest change of signals (n, (L+1)^2) under an operation of the parent, relative to the largest signal.

    Lattice translations of the parent count as operations: copies of an atom must answer alike.
    """
    parent = analysis.parent
    largest = float(np.linalg.norm(signals, axis=1).max(initial=0.0))
    if largest == 0.0:
        return 0.0
    primitive = signals[np.unique(parent_atom, return_index=True)[1]]
    worst = float(np.linalg.norm(signals - primitive[parent_atom], axis=1).max())
    turned = np.zeros((parent.n_operations, *primitive.shape))
    for degree, parity in signal_kinds(lmax):
        part = slice(degree**2, (degree + 1) ** 2)
        matrices = representation(degree, parity_letter(parity), parent.rotations_cartesian)
        for index, (matrix, permutation) in enumerate(zip(matrices, parent.permutations, strict=True)):
            turned[index, permutation, part] = primitive[:, part] @ matrix.T
    change = np.linalg.norm(turned - primitive, axis=2).max()
    return max(worst, float(change)) / largest


def _site(name: str, signal: FloatArray, lmax: int) -> SiteWithoutInput:
    answer = in_usual_order(signal, lmax)
    _, heights = find_peaks(answer) if np.abs(answer).max() > 0 else (None, np.zeros(0))
    spread = float(1.0 - heights.min() / heights.max()) if len(heights) else None
    return SiteWithoutInput(site=name, answer=vector(answer), n_peaks=len(heights), spread=spread)
