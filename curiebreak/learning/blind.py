"""Training that is told nothing of the child's symmetry: every input on every atom, every component of the target.

Known are the parent's atoms and operations and the target as it is. Which operations the answer keeps is read from the
trained input at the end, one by one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from curiebreak.arrays import FloatArray
from curiebreak.clock import Progress
from curiebreak.learning.engine import stacked_inputs
from curiebreak.learning.learner import Learner
from curiebreak.learning.outcome import LearningOptions, Recovery
from curiebreak.learning.own_group import CLOSED, ROUNDING, OwnGroup, asymmetries, grey_operations, group_of, own_group
from curiebreak.learning.problem import Problem

#: Only the identity is exact: where the other asymmetries have a gap this wide, those below it may be scatter,
SCATTER_GAP = 10.0
#: unless what scatter would then have to explain is more than this, Å (root mean square of a coordinate).
LARGEST_SCATTER = 0.03
#: Losses below this many times the power of the scatter are reached: what is left is noise.
NOISE_MARGIN = 3.0


@dataclass(frozen=True, eq=False)
class BlindRecovery:
    """What was learned without being told.

    Parameters
    ----------
    recovery : Recovery
    emerged : OwnGroup
        Operations that the trained input keeps, cut at the widest gap.
    scatter : float
        Å, root mean square of what is taken for noise in a coordinate; 0 where none is.
    tolerance : float
        Relative loss that counted as reached.
    rows, inputs : int
        Components of the target and of the input that were trained.
    """

    recovery: Recovery
    emerged: OwnGroup
    scatter: float
    tolerance: float
    rows: int
    inputs: int


def recover_blind(problem: Problem, options: LearningOptions, progress: Progress) -> BlindRecovery:
    """Follow the Curie path without the child's group, without averaging, without a decomposition of the inputs.

    Parameters
    ----------
    problem : Problem
        Its child's group is the identity.
    options : LearningOptions
    progress : Progress
    """
    wanted = replace(options, compression=False, blocks="plain", own_group=False)
    learner = Learner(problem, wanted)
    power, scatter = scatter_of(learner)
    learner.trainer.tolerance = max(options.tolerance, NOISE_MARGIN * power)
    recovery = learner.recover(progress)
    site, cell = stacked_inputs(learner.architecture, recovery.inputs, problem.n_atoms)
    rotations, permutations, thetas = grey_operations(problem)
    values = asymmetries(learner.plain, site.numpy(), cell.numpy(), rotations, permutations, thetas)
    emerged = group_of(values, rotations, permutations, max(ROUNDING, float(np.sqrt(power))), thetas)
    return BlindRecovery(
        recovery, emerged, scatter, learner.trainer.tolerance, learner.objective.rows, learner.space.size
    )


def scatter_of(learner: Learner) -> tuple[float, float]:
    """Relative power, and root mean square in Å, of what the gradient of the untrained network shows to be scatter.

    Where the gradient keeps operations exactly there is none. Where it keeps the identity alone, a wide gap further up
    separates the scatter from what breaks symmetry.
    """
    problem = learner.problem
    found = own_group(learner.plain, learner.options.seed, problem)
    if len(found.rotations) > 1 or len(found.asymmetry) < 3 or not problem.has_displacement:
        return 0.0, 0.0
    # the identity is exact: the widest gap above it divides scatter from what is broken
    ratios = found.asymmetry[2:] / np.maximum(found.asymmetry[1:-1], ROUNDING)
    if not len(ratios) or ratios.max() < max(SCATTER_GAP, CLOSED):
        return 0.0, 0.0
    kept = own_group(learner.plain, learner.options.seed, problem, float(found.asymmetry[int(ratios.argmax()) + 1]))
    target = np.asarray(problem.target)
    removed = target - averaged(target, kept)
    scatter = float(np.sqrt(np.mean(removed**2)))
    if scatter > LARGEST_SCATTER:
        return 0.0, 0.0
    return float(np.sum(removed**2) / np.sum(target**2)), scatter


def averaged(field: FloatArray, group: OwnGroup) -> FloatArray:
    """Mean of a vector field (n, 3) over operations."""
    total = np.zeros_like(field)
    for rotation, permutation in zip(group.rotations, group.permutations, strict=True):
        # (14): the image of an atom receives the turned vector
        total[permutation] += field @ rotation.T
    return np.asarray(total / len(group.rotations))
