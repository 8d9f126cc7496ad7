"""Field representations against their definitions and e3nn's."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from curiebreak.fields import (
    real_spherical_harmonics,
    representation,
    strain_representation,
    strain_tensor,
    strain_vector,
    turn_tensor,
    usual_components,
)


def orthogonal(seed: int, count: int = 4) -> np.ndarray:
    """Random orthogonal matrices, every second one improper."""
    matrices = Rotation.random(count, random_state=seed).as_matrix()
    matrices[::2] *= -1
    return matrices


@pytest.mark.parametrize("degree", range(6))
@pytest.mark.parametrize("parity", ["e", "o"])
def test_representation_is_a_homomorphism(degree: int, parity: str) -> None:
    rotations = orthogonal(degree)
    matrices = representation(degree, parity, rotations)
    products = representation(degree, parity, rotations[:1] @ rotations)
    np.testing.assert_allclose(matrices[:1] @ matrices, products, atol=1e-12)
    np.testing.assert_allclose(
        matrices @ np.swapaxes(matrices, 1, 2), np.eye(2 * degree + 1)[None] + 0 * matrices, atol=1e-12
    )


@pytest.mark.parametrize("degree", range(1, 6))
def test_representation_is_that_of_e3nn(degree: int) -> None:
    torch = pytest.importorskip("torch")
    o3 = pytest.importorskip("e3nn.o3")
    rotation = Rotation.random(random_state=7).as_matrix()
    points = np.random.default_rng(degree).normal(size=(9, 3))
    before = o3.spherical_harmonics(degree, torch.tensor(points), True).numpy()
    after = o3.spherical_harmonics(degree, torch.tensor(points @ rotation.T), True).numpy()
    np.testing.assert_allclose(before @ representation(degree, "e", rotation[None])[0].T, after, atol=1e-9)


def test_parity_is_the_sign_under_inversion() -> None:
    inversion = -np.eye(3)[None]
    assert representation(1, "o", inversion)[0, 0, 0] == -1
    assert representation(1, "e", inversion)[0, 0, 0] == 1
    assert representation(0, "o", inversion)[0, 0, 0] == -1


def test_harmonics_are_orthonormal() -> None:
    nodes, weights = np.polynomial.legendre.leggauss(20)
    phi = 2 * np.pi * np.arange(40) / 40
    rho = np.sqrt(1 - nodes**2)
    grid = np.stack(
        [np.outer(rho, np.cos(phi)), np.outer(rho, np.sin(phi)), np.outer(nodes, np.ones(40))], axis=-1
    ).reshape(-1, 3)
    measure = np.outer(weights, np.full(40, 2 * np.pi / 40)).ravel()
    values = np.concatenate([real_spherical_harmonics(degree, grid) for degree in range(5)], axis=1)
    np.testing.assert_allclose(values.T @ (measure[:, None] * values), np.eye(25), atol=1e-12)


def test_x_squared_minus_y_squared_is_m_2() -> None:
    """The usual convention: polar axis z, x^2 - y^2 is l = 2, m = 2."""
    points = np.array([[1.0, 0, 0], [0, 1.0, 0], [0, 0, 1.0]])
    values = real_spherical_harmonics(2, points)
    assert values[0, 4] == pytest.approx(-values[1, 4]) and values[0, 4] > 0
    assert values[2, 4] == pytest.approx(0)


def test_usual_components_keep_the_function() -> None:
    """A function is the same in both conventions: sum c_m Y_m, with the polar axis along y or z."""
    rng = np.random.default_rng(1)
    points = rng.normal(size=(7, 3))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    for degree in range(1, 6):
        own = rng.normal(size=2 * degree + 1)
        before = real_spherical_harmonics(degree, points[:, [2, 0, 1]]) @ own
        after = real_spherical_harmonics(degree, points) @ usual_components(degree, own)
        np.testing.assert_allclose(after, before, atol=1e-10)


def test_strain_turns_as_a_tensor() -> None:
    rotations = orthogonal(3)
    strain = np.array([[0.1, 0.02, -0.03], [0.02, -0.05, 0.01], [-0.03, 0.01, 0.07]])
    turned = strain_tensor(strain_representation(rotations) @ strain_vector(strain))
    np.testing.assert_allclose(turned, turn_tensor(rotations, strain), atol=1e-14)
    assert np.linalg.norm(strain_vector(strain)) == pytest.approx(np.linalg.norm(strain))
