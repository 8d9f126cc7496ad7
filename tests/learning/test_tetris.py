"""The eight Tetris pieces of four cubes in space: learned in one orientation, recognised in all.

Seven logits are scalars (0e) and say which piece it is, up to a mirror; one is a pseudoscalar (0o) and says which
hand. The pieces are those of e3nn's tetris example (Thomas et al., arXiv:1802.08219): two of them are mirror
images of each other, the other six are their own.
"""

from __future__ import annotations

import functools

import numpy as np
import pytest
import torch
from curie import random_rotation

from curiebreak.learning.graph import Edges, Graph, build_graph, find_edges
from curiebreak.learning.network import Architecture, PlainNetwork
from curiebreak.learning.optimizer import Minimum, minimise
from curiebreak.learning.problem import Problem

torch.set_num_threads(1)

PIECES = {
    "right screw": [(0, 0, 0), (0, 0, 1), (1, 0, 0), (1, 1, 0)],
    "left screw": [(0, 0, 0), (0, 0, 1), (1, 0, 0), (1, -1, 0)],
    "square": [(0, 0, 0), (1, 0, 0), (0, 1, 0), (1, 1, 0)],
    "line": [(0, 0, 0), (0, 0, 1), (0, 0, 2), (0, 0, 3)],
    "corner": [(0, 0, 0), (0, 0, 1), (0, 1, 0), (1, 0, 0)],
    "L": [(0, 0, 0), (0, 0, 1), (0, 0, 2), (0, 1, 0)],
    "T": [(0, 0, 0), (0, 0, 1), (0, 0, 2), (0, 1, 1)],
    "zigzag": [(0, 0, 0), (1, 0, 0), (1, 1, 0), (2, 1, 0)],
}
NAMES = tuple(PIECES)
#: Piece up to a mirror (seven scalars), and hand (one pseudoscalar).
SHAPE = np.array([0, 0, 1, 2, 3, 4, 5, 6])
HAND = np.array([1.0, -1.0, 0, 0, 0, 0, 0, 0])
CUTOFF = 3.5
#: A pseudoscalar of four points is small: the volume that they span against the cube of their distances.
HAND_GAIN = 100.0
#: Eight channels: seven scalars that differ from piece to piece need at least six independent features.
ARCHITECTURE = Architecture(lmax=2, channels=8, layers=2, lmax_edge=4, n_types=1, n_radial=3)
EVEN, ODD = ARCHITECTURE.slots((0, 1)), ARCHITECTURE.slots((0, -1))


def points(name: str) -> np.ndarray:
    return np.array(PIECES[name], dtype=np.float64)


@functools.cache
def shells() -> np.ndarray:
    """Distances of all pieces, so that a weight means the same in each."""
    lengths = np.concatenate([find_edges(None, points(name), CUTOFF).lengths for name in NAMES])
    return np.array([(0, 0, length) for length in np.unique(np.round(lengths, 9))])


def graph_of(pieces: list[np.ndarray]) -> Graph:
    """One graph of several pieces (4, 3) that do not see each other."""
    found = [find_edges(None, positions, CUTOFF) for positions in pieces]
    offset = 4 * np.repeat(np.arange(len(pieces)), [len(edges.target) for edges in found])
    edges = Edges(
        np.concatenate([edges.target for edges in found]) + offset,
        np.concatenate([edges.source for edges in found]) + offset,
        np.concatenate([edges.vectors for edges in found]),
        np.concatenate([edges.images for edges in found]),
    )
    atoms, one = np.arange(4 * len(pieces)), np.eye(3)[None]
    types = np.zeros(len(atoms), dtype=np.int64)
    group = (one, atoms[None])
    problem = Problem(None, np.concatenate(pieces), types, ("cube",), atoms, *group, *group)
    return build_graph(problem, CUTOFF, edges, shells())


class Classifier:
    """The network on pieces, with linear heads on the sums of its scalars and pseudoscalars over the cubes."""

    def __init__(self, scalars_only: bool = False) -> None:
        self.n_even = 8 if scalars_only else 7
        channels = ARCHITECTURE.channels
        self.sizes = [ARCHITECTURE.n_weights, self.n_even * (channels + 1), 0 if scalars_only else channels]

    def start(self, seed: int) -> torch.Tensor:
        generator = torch.Generator().manual_seed(seed)
        heads = torch.randn(sum(self.sizes[1:]), generator=generator, dtype=torch.float64)
        return torch.cat([ARCHITECTURE.initial_weights(seed), 0.1 * heads])

    def __call__(self, network: PlainNetwork, parameters: torch.Tensor) -> torch.Tensor:
        """Logits (pieces, 8): scalars first, the pseudoscalar (if any) last."""
        weights, even, odd = torch.split(parameters, self.sizes)
        none = torch.zeros((network.n_atoms, ARCHITECTURE.width), dtype=torch.float64)
        features = network(weights, none, none[0]).features
        features = features.reshape(-1, 4, *features.shape[1:]).sum(1)
        table = even.reshape(self.n_even, -1)
        scalars = features[:, :, EVEN][:, :, 0] @ table[:, :-1].T + table[:, -1]
        if not len(odd):
            return scalars
        return torch.cat([scalars, HAND_GAIN * features[:, :, ODD][:, :, 0] @ odd[:, None]], dim=1)

    def train(self, targets: np.ndarray, seed: int = 0, steps: int = 60) -> tuple[torch.Tensor, Minimum]:
        """Least squares of the logits against targets (8, logits), each piece in one orientation."""
        network = PlainNetwork(ARCHITECTURE, graph_of([points(name) for name in NAMES]))
        goal = torch.as_tensor(targets)

        def evaluate(point: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, object]:
            leaf = point[0].detach().requires_grad_(True)
            residual = (self(network, leaf) - goal).reshape(-1)
            return residual.detach(), (residual, leaf)

        def jacobian(point: tuple[torch.Tensor, ...], cache: object) -> tuple[torch.Tensor, ...]:
            residual, leaf = cache  # type: ignore[misc]
            unit = torch.eye(len(residual), dtype=torch.float64)
            return (torch.autograd.grad(residual, leaf, unit, is_grads_batched=True)[0].T,)

        (found,), outcome = minimise(evaluate, jacobian, (self.start(seed),), goal=1e-4, max_steps=steps)
        return found, outcome

    def logits(self, parameters: torch.Tensor, *pieces: np.ndarray) -> np.ndarray:
        """Logits (pieces, 8)."""
        with torch.no_grad():
            return self(PlainNetwork(ARCHITECTURE, graph_of(list(pieces))), parameters).numpy()


def recognise(logits: np.ndarray) -> str:
    shape = int(logits[:7].argmax())
    return NAMES[shape + 1] if shape else ("right screw" if logits[7] > 0 else "left screw")


@functools.cache
def trained() -> tuple[Classifier, torch.Tensor]:
    classifier = Classifier()
    targets = np.concatenate([np.eye(7)[SHAPE], HAND[:, None]], axis=1)
    parameters, outcome = classifier.train(targets)
    assert outcome.loss < 1e-3
    return classifier, parameters


@pytest.mark.slow
def test_pieces_learned_in_one_orientation_are_recognised_in_a_hundred() -> None:
    classifier, parameters = trained()
    seen = classifier.logits(parameters, *[points(name) for name in NAMES])
    assert [recognise(logits) for logits in seen] == list(NAMES)
    rng = np.random.default_rng(1)
    for name, expected in zip(NAMES, seen, strict=True):
        turned = [points(name) @ random_rotation(rng).T + rng.normal(size=3) for _ in range(100)]
        found = classifier.logits(parameters, *turned)
        assert {recognise(logits) for logits in found} == {name}
        assert np.abs(found - expected).max() < 1e-7


@pytest.mark.slow
def test_a_mirror_turns_one_screw_into_the_other_and_keeps_the_six_others() -> None:
    classifier, parameters = trained()
    mirror = np.diag([1.0, -1.0, 1.0])
    partner = {"right screw": "left screw", "left screw": "right screw"}
    for name in NAMES:
        seen, other = classifier.logits(parameters, points(name), points(name) @ mirror)
        assert recognise(other) == partner.get(name, name)
        assert np.abs(other[:7] - seen[:7]).max() < 1e-8, "scalars are blind to a mirror"
        assert abs(other[7] + seen[7]) < 1e-8, "a pseudoscalar changes sign"
        if name not in partner:
            assert abs(seen[7]) < 1e-8, "a piece that is its own mirror image has no hand"


@pytest.mark.parametrize("seed", range(3))
def test_scalars_alone_cannot_tell_the_hands_apart_whatever_the_weights(seed: int) -> None:
    """The right screw is a mirrored and turned left screw: every 0e of any network is the same on both."""
    classifier = Classifier(scalars_only=True)
    right, left, *others = classifier.logits(classifier.start(seed), *[points(name) for name in NAMES])
    assert np.abs(right - left).max() < 1e-12 * np.abs(right).max()
    assert min(np.abs(right - other).max() for other in others) > 1e-4


@pytest.mark.slow
def test_training_scalars_on_the_hands_stops_at_the_curie_floor() -> None:
    """Eight scalars, one a piece: the two screws can do no better than half each, a loss of 4 (1/2)^2 = 1."""
    _, outcome = Classifier(scalars_only=True).train(np.eye(8))
    assert outcome.loss == pytest.approx(1.0, abs=1e-4)
    assert outcome.loss > 1.0 - 1e-9
