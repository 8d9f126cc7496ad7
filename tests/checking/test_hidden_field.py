"""The hidden-field problem: a magnetic field is one global 1e, an electric one 1o, without either nothing is found."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from charged_particles import random_direction, simulate, write_snapshots
from command_line import CommandLine

from curiebreak.errors import InputError
from curiebreak.fields import representation
from curiebreak.learning.hidden_field import CANDIDATES, FieldRecovery, recover
from curiebreak.learning.snapshots import SnapshotEngine, SnapshotNetwork, Snapshots, radial_basis

CASES = {"magnetic": ["1e"], "electric": ["1o"], "none": []}


def angle(found: np.ndarray, true: np.ndarray) -> float:
    """Degrees between two directions, sign included."""
    return float(np.degrees(np.arccos(np.clip(found @ true, -1, 1))))


def recovered(case: str, seed: int) -> tuple[FieldRecovery, np.ndarray]:
    direction = random_direction(seed)
    fields = {} if case == "none" else {case: direction}
    return recover(*simulate(seed, **fields), seed=seed), direction


def expect(case: str, found: FieldRecovery, direction: np.ndarray) -> None:
    assert [f.name for f in found.fields] == CASES[case]
    for field in found.fields:
        assert angle(field.components, direction) < 1.0
        assert field.loss_without > 10 * found.loss


@pytest.fixture
def engine() -> tuple[SnapshotNetwork, Snapshots]:
    run = simulate(3, snapshots=4, steps=0)
    return SnapshotNetwork(2, 2, 5, CANDIDATES), Snapshots(*run)


@pytest.mark.parametrize("improper", [False, True])
def test_network_turns_with_its_inputs(engine: tuple[SnapshotNetwork, Snapshots], improper: bool) -> None:
    network, snapshots = engine
    rotation = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
    rotation *= np.sign(np.linalg.det(rotation)) * (-1 if improper else 1)
    turned = Snapshots(
        snapshots.positions @ rotation.T + 0.7,
        snapshots.velocities @ rotation.T,
        snapshots.accelerations @ rotation.T,
        snapshots.types,
    )
    basis = radial_basis(snapshots, 5)
    weights = network.initial_weights(0)
    inputs = np.random.default_rng(2).normal(size=network.n_inputs)
    matrices = [representation(d, "e" if p > 0 else "o", rotation[None])[0] for d, p in CANDIDATES]
    ends = np.cumsum([len(m) for m in matrices])
    moved = np.concatenate([m @ inputs[e - len(m) : e] for m, e in zip(matrices, ends, strict=True)])
    first = SnapshotEngine(network, snapshots, basis, 1.0).output(weights, torch.as_tensor(inputs))
    second = SnapshotEngine(network, turned, basis, 1.0).output(weights, torch.as_tensor(moved))
    np.testing.assert_allclose(second.numpy(), first.numpy() @ rotation.T, atol=1e-10)


def test_slopes_are_derivatives(engine: tuple[SnapshotNetwork, Snapshots]) -> None:
    network, snapshots = engine
    one = SnapshotEngine(network, snapshots, radial_basis(snapshots, 5), 1.0)
    weights = network.initial_weights(0)
    inputs = torch.linspace(-1, 1, network.n_inputs, dtype=torch.float64)
    by_weight, by_input = one.jacobian(weights, one.evaluate(weights, inputs))
    step = torch.randn(len(inputs), generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    moved = one.evaluate(weights, inputs + 1e-6 * step).residual - one.evaluate(weights, inputs - 1e-6 * step).residual
    torch.testing.assert_close(moved / 2e-6, by_input.T @ step, atol=1e-6, rtol=1e-6)
    assert by_weight.shape == (len(weights), snapshots.positions.size)
    torch.testing.assert_close(one.input_jacobian(weights, one.evaluate(weights, inputs)), by_input)


def test_command_finds_a_magnetic_field(tmp_path: Path, command_line: CommandLine) -> None:
    direction = random_direction(0)
    path = write_snapshots(simulate(0, magnetic=direction, snapshots=12), tmp_path / "run.extxyz")
    ran = command_line("hidden-field", path, "--json")
    assert ran.code == 0, ran.err
    assert ran.json["status"] == "ok"
    data = ran.json
    assert data["found"] == ["1e"] and data["n_snapshots"] == 12
    assert angle(np.array(data["fields"][0]["direction"]), direction) < 1.0
    assert data["loss"] < 0.1 * data["loss_without_input"]
    field = data["fields"][0]
    assert field["carrier"]["time_parity"] == -1 and field["confidence"] > 0.99
    assert abs(field["amplitude"] - 1.0) < 0.02  # q B / m of the first kind


def test_refusals(tmp_path: Path, command_line: CommandLine) -> None:
    run = simulate(0, snapshots=2, steps=0)
    path = write_snapshots(run, tmp_path / "run.extxyz")
    assert "too few" in command_line.refuses(3, "hidden-field", path).err
    bare = path.read_text().replace("velocities:R:3:", "other:R:3:")
    path.write_text(bare)
    assert "velocities" in command_line.refuses(3, "hidden-field", path).err
    with pytest.raises(InputError, match="shape"):
        recover(run.positions, run.velocities[:, :3], run.accelerations, run.types)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("case", CASES)
def test_ten_seeds(case: str, seed: int) -> None:
    expect(case, *recovered(case, seed))


@pytest.mark.slow
def test_crossed_fields() -> None:
    magnetic, electric = random_direction(0), random_direction(1)
    found = {f.name: f.components for f in recover(*simulate(0, magnetic=magnetic, electric=electric)).fields}
    assert set(found) == {"1e", "1o"}
    assert angle(found["1e"], magnetic) < 1.0 and angle(found["1o"], electric) < 1.0
