"""Where the input of a component lives, and how strong it is: convention, since every copy says the same.

A component of the parent's group may be held by many carriers (site, l, parity). Whatever one of them says another
can say too, so that the choice must not depend on the seed: it knows nothing of the weights.
"""

from __future__ import annotations

import numpy as np
import torch

from curiebreak.arrays import FloatArray, IntArray
from curiebreak.learning.breaking import GLOBAL, Carrier, InputSpace, carrying_atoms
from curiebreak.learning.network import MOMENT_KIND
from curiebreak.learning.orbits import Kind
from curiebreak.learning.problem import Problem, counted

#: Amplitude of all inputs (root mean square over the atoms of the strongest site) in training: large, so that
#: products of components are as easy to learn as the components.
STRONG_AMPLITUDE = 4.0
#: A component below this part of the whole input is rounding and must not be magnified.
ROUNDING = 1e-9
#: A carrier whose gradient is below this part of the component's strongest one is asleep and is not chosen.
ASLEEP = 1e-3


class Placement:
    """Carriers and amplitudes of the inputs of one problem.

    Parameters
    ----------
    problem : Problem
    space : InputSpace
    together : bool
        A component enters on all its carriers at once.
    """

    def __init__(self, problem: Problem, space: InputSpace, together: bool = False) -> None:
        self.space, self.together = space, together
        self.molecule = problem.lattice is None
        self.moving = {time: site_motion(problem, time) for time in (1, -1)}
        self.sites = list(dict.fromkeys(c.site for c in space.carriers))
        self.n_carrying = carrying_atoms(problem, space.carriers)
        self.own_kinds: set[Kind] = {(1, -1)} if problem.has_displacement else {(0, 1)}
        self.own_kinds |= {MOMENT_KIND, *(f.kind for f in problem.target_fields)}
        self.blocks = space.blocks()

    def choose(self, component: int, gradient: FloatArray) -> IntArray:
        """Coordinates on which a component enters: of its first carrier that the network answers to."""
        groups = self.ranked(component)
        if self.together:
            return np.sort(np.concatenate(groups))
        # a carrier may hold a component that the network, at these weights, does not answer to
        sizes = np.array([np.linalg.norm(gradient[group]) for group in groups])
        return groups[int(np.argmax(sizes > ASLEEP * sizes.max()))]

    def ranked(self, component: int) -> list[IntArray]:
        """Coordinates of each carrier of a component, the one to use first.

        In this order: the lowest l of each site before its higher ones, l = 0 and 1 alike; the whole of a
        molecule; sites by how much their atoms move; low l; the moving field itself; few coordinates; the
        parent's order of sites.
        """
        members = self.space.select(np.array([component]))
        groups = [members[self.space.carrier[members] == c] for c in np.unique(self.space.carrier[members])]
        carriers = [self.space.carriers[int(self.space.carrier[group[0]])] for group in groups]
        lowest = {c.site: min(max(d.degree, 1) for d in carriers if d.site == c.site) for c in carriers}

        def key(k: int) -> tuple[float, ...]:
            carrier: Carrier = carriers[k]
            degree = max(carrier.degree, 1)
            return (
                degree - lowest[carrier.site],
                carrier.site != GLOBAL or not self.molecule,
                -round(self.moving[carrier.time].get(carrier.site, 0.0), 4),
                degree,
                carrier.kind not in self.own_kinds,
                len(groups[k]),
                self.sites.index(carrier.site),
                carrier.degree,
                -carrier.parity,
            )

        return [groups[k] for k in sorted(range(len(groups)), key=key)]

    def strong(self, inputs: torch.Tensor) -> torch.Tensor:
        """Inputs (z,) with components of equal strength and a large amplitude together.

        Only the gain of a component changes, never its direction, hence no symmetry.
        """
        space, values = self.space, inputs.numpy(force=True).copy()
        site = np.array([self.sites.index(c.site) for c in space.carriers], dtype=np.int64)

        def strength(members: FloatArray) -> float:
            # mean square per atom of each site; the strongest site counts
            part = np.where(members, values, 0.0) ** 2 / self.n_carrying[space.carrier]
            return float(np.sqrt(np.bincount(site[space.carrier], weights=part).max(initial=0.0)))

        whole = strength(np.ones(len(values), dtype=bool))
        for component in np.unique(space.component[values != 0.0]):
            members = space.component == component
            size = strength(members)
            values[members] /= size if size > ROUNDING * whole else max(whole, 1e-300)
        total = strength(np.ones(len(values), dtype=bool))
        if total > 0:
            values *= STRONG_AMPLITUDE / total
        return torch.as_tensor(values, device=inputs.device)

    def norms(self, inputs: torch.Tensor) -> list[float]:
        """Norm of the input on each (carrier, component)."""
        values = inputs.numpy(force=True)
        return [float(np.linalg.norm(values[block])) for block in self.blocks]


def site_motion(problem: Problem, time: int = 1) -> dict[str, float]:
    """How much the atoms of each site change, relative to the site that changes most (root of the sum of squares).

    Of time parity 1 are displacement and occupation, of time parity -1 the moments; other fields of either.
    """
    total = np.zeros(len(problem.type_names))
    own = (problem.target, problem.target_occupation) if time > 0 else (problem.target_moments,)
    changes = [values for values in map(counted, own) if values is not None]
    changes += [f.values for f in problem.target_fields if f.time == time and not f.everywhere]
    for values in changes:
        squares = np.sum(values**2, axis=1)
        # squared displacement of each site as a part of the whole
        per_site = np.bincount(problem.types, weights=squares, minlength=len(total))
        total += per_site / max(float(squares.sum()), 1e-300)
    moved = np.sqrt(total)
    return dict(zip(problem.type_names, (moved / max(float(moved.max(initial=0.0)), 1e-300)).tolist(), strict=True))
