"""What the learned side takes and gives: options, fits, recoveries, predictions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from curiebreak.learning.breaking import Carrier
from curiebreak.learning.certify import Trial
from curiebreak.learning.problem import Array
from curiebreak.learning.training import Trace

Status = Literal["converged", "not_converged", "interrupted"]
Inputs = dict[Carrier, Array]


@dataclass(frozen=True)
class Options:
    """How to learn.

    Parameters
    ----------
    seed : int
    lmax_input : int
        Highest l of a breaking input (0 .. this, both parities).
    carriers : tuple of Carrier, optional
        Allowed carriers; all site orbits by default (and the whole cell for molecules).
    blocks : "irrep" or "plain"
        Lasso blocks: (carrier, component), or carriers alone.
    max_steps : int
        Most Jacobians of one fit.
    tolerance : float
        Relative loss that counts as reached.
    compression : bool
        Work in the invariant subspace of the child's group.
    degenerate : bool
        Keep every carrier of the surviving components: no price on l, no sparsity, no carriers dropped.
    channels, layers, lmax : int, optional
        Size of the network; chosen from the problem by default.
    threads : int
        Torch threads.
    device : str
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
    """

    loss: float | None
    loss_strain: float | None
    settled: bool
    reducible: float
    inputs: Inputs
    components: tuple[int, ...]
    steps: int
    seconds: float

    @property
    def total(self) -> float:
        """Sum of the losses."""
        return (self.loss or 0.0) + (self.loss_strain or 0.0)


@dataclass(frozen=True)
class Member:
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
    """

    component: int
    carrier: Carrier
    field: Array
    response: float
    response_strain: float


@dataclass(frozen=True)
class Recovery:
    """The recovered breaking input.

    Parameters
    ----------
    status : "converged", "not_converged" or "interrupted"
    loss, loss_strain : float or None
        Relative losses with the recovered input.
    members : tuple of Member
    inputs : dict
        The whole input by carrier.
    components : tuple of int
        Surviving components.
    trials : tuple of Trial
        What elimination tried.
    trace : Trace
    steps : int
    seconds : float
    """

    status: Status
    loss: float | None
    loss_strain: float | None
    members: tuple[Member, ...]
    inputs: Inputs
    components: tuple[int, ...]
    trials: tuple[Trial, ...]
    trace: Trace
    steps: int
    seconds: float


@dataclass(frozen=True)
class Prediction:
    """Output of the trained network.

    Parameters
    ----------
    displacements : (n, 3) or None
        Å, mean removed.
    strain : (3, 3) or None
    occupation : (n, q) or None
    """

    displacements: Array | None
    strain: Array | None
    occupation: Array | None


#: Part of the largest coordinate below which a given input is rounding; training would amplify it.
ROUNDING = 1e-9
