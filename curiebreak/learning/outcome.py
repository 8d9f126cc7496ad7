"""What the learned side takes and gives: options, fits, recoveries, predictions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from curiebreak.arrays import FloatArray
from curiebreak.learning.breaking import Carrier
from curiebreak.learning.training import Point, TrainingTrace
from curiebreak.learning.walk import Event, Trial

Status = Literal["converged", "not_converged", "interrupted"]
Inputs = dict[Carrier, FloatArray]


@dataclass(frozen=True)
class LearningOptions:
    """How to learn.

    Parameters
    ----------
    seed : int
    lmax_input : int
        Highest l of a breaking input (0 .. this, both parities).
    carriers : tuple of Carrier, optional
        Allowed carriers; all site orbits by default (and the whole cell for molecules).
    blocks : "irrep" or "plain"
        Components of the input by the parent's group, or by what random networks make of it.
    max_steps : int
        Most Jacobians of one fit.
    tolerance : float
        Relative loss that counts as reached.
    compression : bool
        Work in the invariant subspace of the child's group; otherwise every input and every residual counts.
    degenerate : bool
        Keep every carrier of the surviving components: no price on l, no sparsity, no carriers dropped.
    channels, layers, lmax : int, optional
        Size of the network; chosen from the problem by default.
    threads : int
        Torch threads.
    device : str
    seeds : int, optional
        Runs with random weights of their own, of which the majority counts; by default 3 where they are cheap.
    seconds : float
        Processor time for choosing between sets; then the first complete set stands, without what it can do without,
        and neither fits nor larger networks are tried again.
    own_group : bool
        The child's group is found by the untrained network; that of the problem is not looked at.
    """

    seed: int = 0
    lmax_input: int = 2
    carriers: tuple[Carrier, ...] | None = None
    blocks: Literal["irrep", "plain"] = "irrep"
    max_steps: int = 120
    tolerance: float = 1e-6
    compression: bool = True
    degenerate: bool = False
    channels: int | None = None
    layers: int = 3
    lmax: int | None = None
    threads: int = 1
    device: str = "cpu"
    seeds: int | None = None
    seconds: float = 20.0
    own_group: bool = False


@dataclass(frozen=True)
class Fit:
    """A trained network with given inputs.

    Parameters
    ----------
    loss : float or None
        Relative loss of displacement and occupation; None without such a target.
    loss_strain : float or None
    settled : bool
        The loss is reached, or nothing the weights can act on is left (the loss is a floor).
    reducible : float
        What the weights could still act on.
    inputs : dict
        Carrier -> field used.
    components : tuple of int
        Components with a non-zero input.
    steps : int
        Jacobians taken.
    seconds : float
    loss_magnetic : float or None
        Of moments; exactly 1 without an input that time reversal turns round.
    loss_fields : tuple of float
        Of each other field of the target; `loss` is the mean over them and the distortion.
    point : Point or None
        The weights and the input that training left.
    """

    loss: float | None
    loss_strain: float | None
    settled: bool
    reducible: float
    inputs: Inputs
    components: tuple[int, ...]
    steps: int
    seconds: float
    loss_magnetic: float | None = None
    loss_fields: tuple[float, ...] = ()
    point: Point | None = None

    @property
    def total(self) -> float:
        """Sum of the losses."""
        return (self.loss or 0.0) + (self.loss_strain or 0.0) + (self.loss_magnetic or 0.0)


@dataclass(frozen=True)
class Survivor:
    """One component that survived, on one carrier.

    Parameters
    ----------
    component : int
    carrier : Carrier
    field : (n, 2l+1) or (2l+1,)
        The learned input, e3nn component order, network units.
    response : float
        Displacement that it makes alone, Å (root of the sum over the cell).
    response_strain : float
        The same for strain (Frobenius norm).
    response_moment : float
        The same for moments, μB.
    """

    component: int
    carrier: Carrier
    field: FloatArray
    response: float
    response_strain: float
    response_moment: float = 0.0


@dataclass(frozen=True)
class Selection:
    """How the set was selected.

    Parameters
    ----------
    votes : tuple of tuple of int
        Components that each run ended with, in the order of the runs.
    members : tuple of int
        Components of the set chosen, in the order in which they left zero.
    events : tuple of Event
        What happened in the run that is kept.
    passed : tuple of tuple of int
        Sets of that run that reached the loss and held a member to spare.
    near_ties : tuple of (int, int)
        Components that left zero, and their runners-up within 2 %, in any run.
    pruned : bool
        The time for choosing was spent.
    """

    votes: tuple[tuple[int, ...], ...] = ()
    members: tuple[int, ...] = ()
    events: tuple[Event, ...] = ()
    passed: tuple[tuple[int, ...], ...] = ()
    near_ties: tuple[tuple[int, int], ...] = ()
    pruned: bool = False

    @property
    def probability(self) -> float | None:
        """Part of the runs that ended with the set chosen."""
        chosen = tuple(sorted(self.members))
        return sum(vote == chosen for vote in self.votes) / len(self.votes) if self.votes else None

    @property
    def competing(self) -> bool:
        """Whether other sets came near: seeds that differ, near ties, sets passed over, or no time to choose."""
        return len(set(self.votes)) > 1 or bool(self.near_ties) or bool(self.passed) or self.pruned


@dataclass(frozen=True)
class Recovery:
    """The recovered breaking input.

    Parameters
    ----------
    status : "converged", "not_converged" or "interrupted"
    loss, loss_strain, loss_magnetic : float or None
    loss_fields : tuple of float
        Relative losses with the recovered input.
    members : tuple of Survivor
    inputs : dict
        The whole input by carrier.
    components : tuple of int
        Surviving components.
    trials : tuple of Trial
        What verification tried.
    trace : TrainingTrace
    steps : int
    seconds : float
    selection : Selection
    outgrown : bool
        A larger network would reach the loss with the members at hand; this one was not followed further.
    """

    status: Status
    loss: float | None
    loss_strain: float | None
    members: tuple[Survivor, ...]
    inputs: Inputs
    components: tuple[int, ...]
    trials: tuple[Trial, ...]
    trace: TrainingTrace
    steps: int
    seconds: float
    selection: Selection = Selection()
    loss_magnetic: float | None = None
    loss_fields: tuple[float, ...] = ()
    outgrown: bool = False


@dataclass(frozen=True)
class NetworkOutput:
    """Output of the trained network.

    Parameters
    ----------
    displacements : (n, 3) or None
        Å, mean removed.
    strain : (3, 3) or None
    occupation : (n, q) or None
    moments : (n, 3) or None
        μB.
    """

    displacements: FloatArray | None
    strain: FloatArray | None
    occupation: FloatArray | None
    moments: FloatArray | None = None
