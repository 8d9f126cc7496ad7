"""The Curie path: inputs leave zero one after another, in the order in which the trained network asks for them.

The objective, with weights w, inputs z in blocks b, and a price on the displacement that an input makes by itself,

    Phi_lambda(w, z) = |f_w(z) - y|^2 / |y|^2 + 2 lambda sum_b gain_b(w) |z_b|

is followed from lambda = infinity, where z = 0, downwards, with the weights at their optimum. ``gain_b`` is what
the network at hand makes of a unit of block b, the root mean square of the singular values of its Jacobian at zero
input: a small input with large weights costs what a large input with small weights does. Block b leaves zero when

    kappa_b = |J_b(w, 0)^T r(w, z)| / gain_b > lambda

with r the residual of the trained network. Where a target is odd under time reversal the first to leave is odd, for
even inputs alone never explain it. Between two such events there is nothing but training. The path ends when
the loss is reached; a member that a later one has made dispensable sends it back to the event before that, and the last
to enter is left out where the others reach the loss after all. A small loss that a larger network would not leave, with
the inputs at hand, asks for that network and not for another input.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from curiebreak.clock import Progress
from curiebreak.learning.breaking import InputSpace
from curiebreak.learning.optimizer import Minimum
from curiebreak.learning.placement import Placement
from curiebreak.learning.training import PASSING, Point, Trainer, TrainingTrace
from curiebreak.learning.walk import Budget, Event, Trial, Walk, coordinates_of

#: Weight of residuals of the strain beside those of atoms in an event: a cell answers to what its atoms do, and a
#: strain that leads must have nothing else left (at 0.1 one of 111 runs took a strain that follows).
STRAIN_WEIGHT = 0.03
#: Singular values of a Jacobian below this part of the largest count as none.
LINEAR = 1e-9
#: An event weaker than this part of what is left of the residual is rounding: trained floors leave about 1e-5.
FAINT = 1e-3
#: A loss that falls by less than this part of the square of the event's strength did not need the member.
IDLE = 1e-2
#: Size of a random input where no component answers by itself.
KICK = 0.3
#: Below this a loss that its inputs can reach to first order is trained on before another input enters.
NEARLY = 1e-3
#: A set whose loss cannot come below this, by first order, is not trained to see that it is not enough.
HOPELESS = 1e-4
#: Below this a loss that stays is shown to a larger network: where it is more, the next input is far from the last.
SMALL = 1e-1
#: Verifications stop at this part of the tolerance; the last fit goes on to rounding.
TRIAL_GOAL = 1e-2


class CuriePath:
    """Follows the path for one seed.

    Parameters
    ----------
    trainer : Trainer
    space : InputSpace
    placement : Placement
        Which carrier of a component holds its input, and its gain in training.
    n_atoms : int
        Residual rows before those of the strain.
    walk : Walk
        The start: weights trained without input. It is updated step by step, so that whoever interrupts the path
        finds where it was.
    trace : TrainingTrace
    progress : Progress
    budget : Budget
    larger : callable, optional
        Gives the trainer of a larger network; none if there is none to change to.
    """

    def __init__(
        self,
        trainer: Trainer,
        space: InputSpace,
        placement: Placement,
        n_atoms: int,
        walk: Walk,
        trace: TrainingTrace,
        progress: Progress,
        budget: Budget,
        larger: Callable[[], Trainer] | None = None,
    ) -> None:
        self.trainer, self.space, self.placement, self.n_atoms = trainer, space, placement, n_atoms
        self.walk, self.trace, self.progress, self.budget = walk, trace, progress, budget
        self.larger = larger
        self._points: list[tuple[Point, float]] = []

    @property
    def tolerance(self) -> float:
        """Loss that counts as reached."""
        return self.trainer.tolerance

    @property
    def waypoint(self) -> Point | None:
        """Where the first of several inputs had entered and was trained; None where one was enough."""
        return self._points[1][0] if len(self._points) > 2 else None

    # -- events --------------------------------------------------------------------------------------------
    def strengths(self, point: Point, weights: torch.Tensor | None = None) -> tuple[dict[int, float], torch.Tensor]:
        """``kappa`` of every component at a trained point, and the gradient (z,) by the inputs at zero input.

        Other `weights` than those of the point may be asked what the inputs do; what is left is that of the point.
        """
        engine, weights = self.trainer.engine, point.weights if weights is None else weights
        residual = engine.evaluate(point.weights, point.inputs).residual
        weighting = torch.ones_like(residual)
        weighting[self.n_atoms :] = STRAIN_WEIGHT
        residual = residual * weighting
        at_zero = engine.evaluate(weights, torch.zeros_like(point.inputs))
        slope = engine.input_jacobian(weights, at_zero) * weighting
        gradient = slope @ residual
        smallest = LINEAR * float(slope.norm())
        found = {}
        for component in np.unique(self.space.component):
            members = torch.as_tensor(self.space.select(np.array([component]))).to(slope.device)
            gain = root_mean_square(slope[members], smallest)
            found[int(component)] = float(gradient[members].norm()) / gain if gain > 0 else 0.0
        return found, gradient

    def _ranked(self, strengths: dict[int, float], least: float, closed: set[int], there: tuple[int, ...]) -> list[int]:
        """Components of at least some strength that may leave zero, the strongest first."""
        strong = [c for c, strength in strengths.items() if strength >= least and c not in closed]
        # even inputs alone never lower the loss of what time reversal turns round: an odd one is in every set
        odd = set(self.space.component[self.space.odd].tolist())
        open_ = odd.intersection(strong) if odd.isdisjoint(there) else set()
        return sorted(open_ or strong, key=lambda c: (-round(strengths[c], 12), c))

    def _next(self, point: Point, loss: float, barred: set[int]) -> tuple[Event, torch.Tensor, Point] | None:
        """The next event, the direction (z,) in which its component leaves zero, and the point to start from.

        Where the trained weights answer to nothing (sites that stay where they are may have gone dead), those that
        were trained without input are asked.
        """
        there = tuple(e.component for e in self.walk.kept)
        least = FAINT * np.sqrt(max(loss, 1e-300))
        for weights in (point.weights, self._points[0][0].weights):
            strengths, gradient = self.strengths(point, weights)
            if ranked := self._ranked(strengths, least, barred.union(there), there):
                break
        else:
            return None
        first, second = ranked[0], ranked[1] if len(ranked) > 1 else None
        coordinates = self.placement.choose(first, gradient.numpy(force=True))
        direction = torch.zeros_like(gradient)
        index = torch.as_tensor(coordinates).to(gradient.device)
        direction[index] = -gradient[index] / gradient[index].norm()
        rest = strengths[second] if second is not None else 0.0
        event = Event(first, coordinates, strengths[first], second, rest, there)
        return event, direction, Point(weights, point.inputs)

    # -- training ------------------------------------------------------------------------------------------
    def _trained(
        self, start: Point, inputs: torch.Tensor, events: list[Event], goal: float | None = None
    ) -> tuple[Point, Minimum]:
        """Train weights and the inputs of some events together, from inputs of equal strength."""
        free = coordinates_of(events)
        strong = self.placement.strong(inputs)
        start = Point(start.weights, strong)
        point, outcome = self.trainer.fit_surely(start, free, goal, sure=goal is not None, still=PASSING)
        self.trace.extend("inputs" if goal is None else "verification", outcome, self._norms(point))
        return point, outcome

    def _norms(self, point: Point) -> list[float]:
        return self.placement.norms(point.inputs)

    def _enter(self, event: Event, direction: torch.Tensor, at: Point, loss: float) -> bool:
        """Train with a new member; False if the loss did not fall."""
        inputs = self.placement.strong(at.inputs) + self.placement.strong(direction)
        members = [*self.walk.kept, event]
        point, outcome = self._trained(at, inputs, members)
        if self.tolerance < outcome.loss < NEARLY and self._ahead(point, members) <= self.tolerance:
            # nothing but training is missing
            point, outcome = self.trainer.fit(point, coordinates_of(members))
            self.trace.extend("inputs", outcome, self._norms(point))
        event.loss = outcome.loss
        self.walk.events.append(event)
        if loss - outcome.loss < IDLE * min(event.strength**2, loss):
            event.fate = "passed over"
            return False
        self.walk.kept.append(event)
        self.walk.point = point
        self._points.append((point, outcome.loss))
        self.walk.outgrown = self._too_small(point, outcome.loss)
        self.trace.mark(event)
        reached = 1 - min(1.0, outcome.loss) ** 0.5
        self.progress("inputs", reached, f"{len(self.walk.kept)} irreps, loss {outcome.loss:.1e}")
        return True

    def follow_kicked(self, bare: Point) -> None:
        """From small random inputs on all carriers, for children that couple to no input linearly."""
        generator = torch.Generator().manual_seed(7919 + self.trainer.seed)
        there = [c for c in np.unique(self.space.component)]
        events = [
            Event(int(c), self.space.select(np.array([c])), 0.0, None, 0.0, tuple(int(x) for x in there[:i]))
            for i, c in enumerate(there)
        ]
        for attempt in range(1, 4):
            kick = torch.randn(self.space.size, generator=generator, dtype=torch.float64) * KICK
            start = Point(self.trainer.fresh(attempt), kick.to(bare.inputs.device))
            point, outcome = self.trainer.fit(start, coordinates_of(events))
            self.trace.extend("inputs", outcome, self._norms(point))
            if outcome.loss <= self.tolerance:
                self.walk.kept, self.walk.point, self.walk.events = events, point, list(events)
                self._prune()
                return

    # -- the walk ------------------------------------------------------------------------------------------
    def follow(self, bare_loss: float) -> Walk:
        """From the weights trained without input to a set from which nothing can be left out."""
        walk = self.walk
        self._points = [(walk.point, bare_loss)]
        barred: list[set[int]] = [set()]
        first: tuple[list[Event], Point] | None = None
        while not walk.outgrown:
            point, loss = self._points[-1]
            if loss <= self.tolerance:
                blamed = self._dispensable()
                if blamed is None:
                    walk.complete = True
                    return walk
                first = first or (list(walk.kept), point)
                walk.passed.append(walk.components)
                self.budget.passes -= 1
                position, without = blamed
                self._back(position, barred)
                if without is not None:
                    self._points[-1] = without
                    walk.point = without[0]
            else:
                found = self._next(point, loss, barred[-1])
                if found is not None:
                    if self._enter(*found, loss):
                        barred.append(set())
                    else:
                        barred[-1].add(found[0].component)
                        self.budget.fits -= 1
                elif first is None or not walk.kept:
                    break
                else:
                    self._back(len(walk.kept) - 1, barred)
            if self.budget.overdue or (first is not None and self.budget.spent):
                break
        if first is not None:
            walk.kept, walk.point = first
            self._prune()
        return walk

    def _back(self, depth: int, barred: list[set[int]]) -> None:
        """Undo all events from `depth` on; that one is not tried again there."""
        gone = self.walk.kept[depth]
        for event in self.walk.kept[depth:]:
            event.fate = "passed over"
        del self.walk.kept[depth:], barred[depth + 1 :], self._points[depth + 1 :]
        barred[depth].add(gone.component)
        self.walk.point = self._points[-1][0]

    def _dispensable(self) -> tuple[int, tuple[Point, float] | None] | None:
        """Position of the event to pass over because a member can be left out now; None if none can.

        The last is tried first: where it can be left out itself, the others had come to rest on a saddle before it
        entered, and the point and the loss that they reach now stand beside it.
        """
        kept = self.walk.kept
        for position in [len(kept) - 1, *range(len(kept) - 1)] if len(kept) > 1 else []:
            if self.budget.fits <= 0:
                return None
            rest = kept[:position] + kept[position + 1 :]
            reached, point, loss = self._reaches(kept[position], rest)
            if reached:
                return (position, (point, loss)) if position == len(kept) - 1 else (self._blamed(position), None)
        return None

    def _blamed(self, position: int) -> int:
        """The first event from which on the member at `position` adds nothing."""
        kept = self.walk.kept
        for last in range(position, len(kept) - 1):
            prefix = [e for e in kept[: last + 1] if e is not kept[position]]
            reached = self._points[last + 1][1]
            point = self._points[last + 1][0]
            loss = self._ahead(point, prefix) if prefix else self._points[0][1]
            if loss - reached < IDLE * reached:
                return last
        return len(kept) - 1

    def _restricted(self, point: Point, events: list[Event]) -> torch.Tensor:
        inputs = torch.zeros_like(point.inputs)
        index = torch.as_tensor(coordinates_of(events)).to(inputs.device)
        inputs[index] = point.inputs[index]
        return inputs

    def _ahead(self, point: Point, events: list[Event]) -> float:
        """The loss that no weights go below with the inputs of some events."""
        inputs = self.placement.strong(self._restricted(point, events))
        return self.trainer.floor_ahead(Point(point.weights, inputs), coordinates_of(events))

    def _too_small(self, point: Point, loss: float) -> bool:
        """Whether nothing but a larger network is missing: to first order its weights reach the loss with these inputs.

        What symmetry forbids no network reaches, of whatever size.
        """
        if self.larger is None or self.walk.passed or self.budget.allowance.spent:
            return False
        if not self.tolerance < loss < SMALL:
            return False
        trainer = self.larger()
        start = Point(trainer.fresh(), self.placement.strong(point.inputs))
        return trainer.floor_ahead(start, self.walk.free) <= self.tolerance

    def _reaches(self, without: Event, rest: list[Event]) -> tuple[bool, Point, float]:
        """Train with the other members: whether the loss is reached, where, and the loss.

        Where first order shows that no weights can reach it, they are not trained.
        """
        point = self.walk.point
        ahead, components = self._ahead(point, rest), tuple(e.component for e in rest)
        if ahead > max(HOPELESS, self.tolerance * 10):
            self.walk.trials.append(Trial(without.component, components, ahead, False))
            return False, point, ahead
        self.budget.fits -= 1
        done = f"without one of {len(rest) + 1} irreps"
        self.progress("verification", 0.0, done)
        trial, outcome = self._trained(point, self._restricted(point, rest), rest, self.tolerance * TRIAL_GOAL)
        reached = outcome.loss <= self.tolerance
        self.walk.trials.append(Trial(without.component, components, outcome.loss, reached))
        return reached, trial, outcome.loss

    def _prune(self) -> None:
        """Leave out what the first complete set can do without, from its last event backwards."""
        walk = self.walk
        walk.pruned = True
        for event in reversed(list(walk.kept)):
            rest = [e for e in walk.kept if e is not event]
            if not rest:
                break
            reached, point, _ = self._reaches(event, rest)
            if reached:
                walk.kept, walk.point = rest, point
                event.fate = "pruned"
        for event in walk.kept:
            event.fate = "kept"
        walk.complete = True


def root_mean_square(slope: torch.Tensor, smallest: float) -> float:
    """Root mean square of the singular values of a Jacobian (inputs, rows) above `smallest`; zero if there are none."""
    values = torch.linalg.svdvals(slope)
    kept = values[values > smallest]
    return float((kept**2).mean().sqrt()) if len(kept) else 0.0
