"""The network: equivariance, and equality of the plain and the compressed evaluation."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from learning_problems import batio3, lamno3, square_and_rectangle, srtio3
from plain_engine import PlainEngine

from curiebreak.learning import sparse_products
from curiebreak.learning.breaking import all_carriers, child_orbits
from curiebreak.learning.engine import CompressedEngine
from curiebreak.learning.graph import build_graph, choose_cutoff
from curiebreak.learning.harmonics import (
    coupling,
    representation,
    spherical_harmonics,
    strain_components,
    strain_matrix,
    wigner,
)
from curiebreak.learning.isotypic_split import decompose
from curiebreak.learning.network import Architecture, PlainNetwork
from curiebreak.learning.objective import make_objective
from curiebreak.learning.problem import Problem

torch.set_num_threads(1)


def random_rotation(rng: np.random.Generator) -> np.ndarray:
    matrix, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    return matrix * np.sign(np.linalg.det(matrix))


def network_of(problem: Problem, channels: int = 3, lmax: int = 2) -> PlainNetwork:
    cutoff, edges = choose_cutoff(problem, 3)
    graph = build_graph(problem, cutoff, edges)
    return PlainNetwork(Architecture(lmax, channels, 3, 4, problem.n_types, graph.n_radial, 1), graph)


def random_input(network: PlainNetwork, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    width = network.architecture.width
    return rng.normal(size=(network.n_atoms, width)), rng.normal(size=width)


def run(network: PlainNetwork, site: np.ndarray, cell: np.ndarray):  # type: ignore[no-untyped-def]
    with torch.no_grad():
        out = network(network.architecture.initial_weights(3), torch.as_tensor(site), torch.as_tensor(cell))
    return out.vectors.numpy(), out.strain.numpy(), out.scalars.numpy(), out.features.numpy()


def block(network: PlainNetwork, rotation: np.ndarray) -> np.ndarray:
    width = network.architecture.width
    matrix = np.zeros((width, width))
    for kind in network.architecture.kinds:
        slots = network.architecture.slots(kind)
        matrix[slots, slots] = representation(kind[0], kind[1], rotation[None])[0]
    return matrix


@pytest.mark.parametrize("degree", range(6))
def test_wigner_matrices_are_orthogonal_and_turn_harmonics(degree: int) -> None:
    rng = np.random.default_rng(degree)
    rotations = np.array([random_rotation(rng) for _ in range(4)])
    matrices = wigner(degree, rotations)
    points = rng.normal(size=(10, 3))
    for rotation, matrix in zip(rotations, matrices, strict=True):
        assert np.allclose(matrix @ matrix.T, np.eye(2 * degree + 1), atol=1e-12)
        turned = spherical_harmonics(degree, points @ rotation.T)
        assert np.allclose(turned, spherical_harmonics(degree, points) @ matrix.T, atol=1e-11)


def test_couplings_are_invariant() -> None:
    rotation = random_rotation(np.random.default_rng(0))[None]
    for a, b, c in ((1, 1, 2), (2, 3, 2), (2, 2, 1), (4, 2, 2)):
        turned = np.einsum(
            "ijk,xi,yj,zk->xyz", coupling(a, b, c), wigner(a, rotation)[0], wigner(b, rotation)[0],
            wigner(c, rotation)[0],
        )  # fmt: skip
        assert np.allclose(turned, coupling(a, b, c), atol=1e-12)


def test_strain_components_turn_as_0e_and_2e() -> None:
    rng = np.random.default_rng(5)
    strain = rng.normal(size=(3, 3))
    strain = strain + strain.T
    rotation = random_rotation(rng)
    components = strain_components(strain)
    turned = strain_components(rotation @ strain @ rotation.T)
    assert np.isclose(turned[0], components[0])
    assert np.allclose(turned[1:], wigner(2, rotation[None])[0] @ components[1:], atol=1e-12)
    assert np.allclose(strain_matrix(components), strain, atol=1e-12)


@pytest.mark.parametrize("inverted", [False, True])
def test_rotation_and_inversion(inverted: bool) -> None:
    problem = lamno3()
    network = network_of(problem)
    site, cell = random_input(network)
    rotation = random_rotation(np.random.default_rng(1)) * (-1.0 if inverted else 1.0)
    turned = dataclasses.replace(
        problem, lattice=problem.lattice @ rotation.T, positions=problem.positions @ rotation.T
    )
    matrix = block(network, rotation)
    before = run(network, site, cell)
    after = run(network_of(turned), site @ matrix.T, matrix @ cell)
    assert np.abs(before[0]).max() > 1e-2
    assert np.allclose(after[0], before[0] @ rotation.T, atol=1e-9)
    strain = rotation @ strain_matrix(before[1]) @ rotation.T
    assert np.allclose(strain_matrix(after[1]), strain, atol=1e-9)
    assert np.allclose(after[2], before[2], atol=1e-9)
    assert np.allclose(after[3], before[3] @ matrix.T, atol=1e-9)


def test_translation_and_permutation() -> None:
    problem = lamno3()
    network = network_of(problem)
    site, cell = random_input(network)
    order = np.random.default_rng(2).permutation(problem.n_atoms)
    inverse = np.argsort(order)
    moved = dataclasses.replace(
        problem,
        positions=problem.positions[order] + np.array([0.3, -1.7, 12.4]),
        types=problem.types[order],
        parent_atom=problem.parent_atom[order],
        child_permutations=inverse[problem.child_permutations[:, order]],
        target=None if problem.target is None else problem.target[order],
    )
    before, after = run(network, site, cell), run(network_of(moved), site[order], cell)
    for index in (0, 2, 3):
        assert np.allclose(after[index], before[index][order], atol=1e-9)
    assert np.allclose(after[1], before[1], atol=1e-9)


def test_output_of_an_invariant_input_is_invariant() -> None:
    """Curie's principle on the plain path: Sym(input) is kept by every feature."""
    problem = srtio3()
    network = network_of(problem)
    site, _ = random_input(network)
    total = np.zeros_like(site)
    matrices = [block(network, r) for r in problem.child_rotations]
    for matrix, permutation in zip(matrices, problem.child_permutations, strict=True):
        total[permutation] += site @ matrix.T
    total /= len(matrices)
    features = run(network, total, np.zeros(network.architecture.width))[3]
    for matrix, permutation in zip(matrices, problem.child_permutations, strict=True):
        moved = np.zeros_like(features)
        moved[permutation] = features @ matrix.T
        assert np.allclose(moved, features, atol=1e-10)


@pytest.mark.parametrize("dense", [sparse_products.DENSE, 0])
@pytest.mark.parametrize("make", [square_and_rectangle, lambda: lamno3(True), srtio3, batio3])
def test_compressed_equals_plain(make, dense: int, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    """With full matrices, and with those of large cells, which are kept by their entries."""
    monkeypatch.setattr(sparse_products, "DENSE", dense)
    problem = make()
    cutoff, edges = choose_cutoff(problem, 3)
    graph = build_graph(problem, cutoff, edges)
    architecture = Architecture(2, 3, 3, 4, problem.n_types, graph.n_radial, problem.n_occupation)
    orbits = child_orbits(problem)
    space = decompose(problem, all_carriers(problem, 2, with_global=True)).inputs
    objective = make_objective(problem, orbits)
    plain = PlainEngine(architecture, graph, objective, space)
    compressed = CompressedEngine(architecture, graph, orbits, objective, space)
    weights = architecture.initial_weights(4)
    generator = torch.Generator().manual_seed(5)
    inputs = torch.randn(space.size, generator=generator, dtype=torch.float64)
    one, two = plain.evaluate(weights, inputs), compressed.evaluate(weights, inputs)
    assert abs(one.loss - two.loss) < 1e-9
    assert torch.allclose(one.residual, two.residual, atol=1e-9)
    for a, b in zip(plain.jacobian(weights, one), compressed.jacobian(weights, two), strict=True):
        assert float(a.abs().max()) > 1e-3
        assert torch.allclose(a, b, atol=1e-9)
    whole = plain.input_jacobian(weights, one)
    assert torch.allclose(whole, compressed.input_jacobian(weights, two), atol=1e-9)
    some = torch.tensor([space.size - 1, 0])
    assert torch.allclose(whole[some], compressed.jacobian(weights, two, some)[1], atol=1e-9)


def test_irreps_are_declared() -> None:
    architecture = Architecture(2, 3, 3, 4, 2, 5, 1)
    assert [kind[:2] for kind in architecture.kinds] == [(degree, parity) for degree in range(3) for parity in (1, -1)]
    assert str(architecture.irreps_out) == "1x1o+1x0e+1x2e+1x0e"
