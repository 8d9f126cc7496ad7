"""Fields that vary about a centre: multipoles found behind snapshots, none where there is none.

What is found is compared with the fields that moved the particles, written out as polynomials in
:mod:`multipole_particles`: within 2 % and 1 degree.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from charged_particles import write_snapshots
from command_line import CommandLine
from multipole_particles import Truth, field, magnet, potentials, random_truth, snapshots

from curiebreak.errors import InputError
from curiebreak.fields import representation, usual_components
from curiebreak.learning.hidden_field import FieldRecovery, recover
from curiebreak.learning.multipoles import ELECTRIC, MAGNETIC, gradient_fields, multipoles_of
from curiebreak.learning.snapshots import SnapshotEngine, SnapshotNetwork, Snapshots, radial_basis

SOUGHT = multipoles_of((ELECTRIC, MAGNETIC), 4)
CENTRE = np.array([0.7, -1.2, 2.0])
ROOT = Path(__file__).resolve().parents[2]


def recovered(seed: int, truths: tuple[Truth, ...], noise: float = 0.0, trap: float = 0.0) -> FieldRecovery:
    run = snapshots(seed, truths, CENTRE, noise=noise, trap=trap)
    return recover(*run, seed=seed, centre=CENTRE, multipoles=SOUGHT)


def expect(found: FieldRecovery, truths: tuple[Truth, ...]) -> None:
    """The same multipoles, each within 2 % and 1 degree, its time parity and confidence as they should be."""
    by_name = {one.name: one for one in found.fields}
    assert set(by_name) == {truth.name for truth in truths}
    for truth in truths:
        one = by_name[truth.name]
        assert one.amplitude is not None and one.amplitude_error is not None
        assert abs(one.amplitude / truth.strength - 1) < 0.02
        overlap = float(usual_components(truth.degree, one.components) @ truth.components)
        assert np.degrees(np.arccos(np.clip(overlap, -1, 1))) < 1.0
        assert one.time == (-1 if truth.magnetic else 1)
        assert one.confidence > 0.99


@pytest.mark.parametrize("degree", [1, 2, 3, 4])
def test_what_a_multipole_makes_is_a_gradient(degree: int) -> None:
    points = np.random.default_rng(degree).normal(size=(5, 3))
    made = gradient_fields(degree, points)
    unit = np.eye(2 * degree + 1)
    expected = [field(Truth(degree, False, row, 1.0), points) for row in usual_components(degree, unit)]
    np.testing.assert_allclose(np.moveaxis(made, 2, 0), expected, atol=1e-6)


@pytest.mark.parametrize("degree", [1, 2, 3, 4])
def test_harmonics_of_the_tests_are_harmonics(degree: int) -> None:
    """Harmonic, homogeneous and orthonormal: what defines them, whatever table they were copied from."""
    rng = np.random.default_rng(degree)
    points, h = rng.normal(size=(4, 3)), 1e-3
    around = sum(potentials(degree, points + s * h * e) for s in (1, -1) for e in np.eye(3))
    np.testing.assert_allclose(around, 6 * potentials(degree, points), atol=2e-6 * np.abs(around).max())
    np.testing.assert_allclose(potentials(degree, 2 * points), 2**degree * potentials(degree, points))
    sphere = rng.normal(size=(200_000, 3))
    values = potentials(degree, sphere / np.linalg.norm(sphere, axis=1, keepdims=True))
    np.testing.assert_allclose(values.T @ values / len(values), np.eye(2 * degree + 1), atol=0.03)


@pytest.mark.parametrize("improper", [False, True])
@pytest.mark.parametrize("fields", [(ELECTRIC, MAGNETIC), ((1, 1),)])
def test_network_keeps_space_and_time(improper: bool, fields: tuple[tuple[int, int], ...]) -> None:
    kinds = multipoles_of(fields, 3)
    network = SnapshotNetwork(2, 2, 4, tuple((m.degree, m.parity) for m in kinds), kinds)
    run = snapshots(1, (), CENTRE, count=3)
    rotation = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
    rotation *= np.sign(np.linalg.det(rotation)) * (-1 if improper else 1)
    about = [(x - CENTRE) @ rotation.T + [1.0, 2.0, 3.0] for x in run.positions]
    first = Snapshots(*run, centre=CENTRE)
    second = Snapshots(
        np.array(about), run.velocities @ rotation.T, run.accelerations, run.types, centre=np.array([1.0, 2.0, 3.0])
    )
    back = Snapshots(run.positions, -run.velocities, run.accelerations, run.types, centre=CENTRE)
    basis, weights = radial_basis(first, 4), network.initial_weights(0)
    parts = [np.random.default_rng(m.degree).normal(size=2 * m.degree + 1) for m in kinds]
    turned = [
        representation(m.degree, "e" if m.parity > 0 else "o", rotation[None])[0] @ part
        for m, part in zip(kinds, parts, strict=True)
    ]
    reversed_ = [m.time * part for m, part in zip(kinds, parts, strict=True)]

    def output(seen: Snapshots, inputs: list[np.ndarray]) -> np.ndarray:
        engine = SnapshotEngine(network, seen, basis, 1.0)
        return np.asarray(engine.output(weights, torch.as_tensor(np.concatenate(inputs))).numpy())

    told = output(first, parts)
    np.testing.assert_allclose(output(second, turned), told @ rotation.T, atol=1e-9)
    np.testing.assert_allclose(output(back, reversed_), told, atol=1e-12)
    felt = np.abs(output(first, reversed_) - told).max() > 1e-3
    assert felt == any(m.time < 0 for m in kinds)  # the sign of an odd field is felt


@pytest.mark.slow
def test_command_finds_the_quadrupole_error_of_a_dipole_magnet(command_line: CommandLine) -> None:
    ran = command_line(
        "hidden-field", ROOT / "structures/fields/charges_quadrupole.extxyz", "--centre", "0,0,0", "--multipoles-of",
        "1e-", "--lmax", "2", "--json",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    assert set(ran.json["found"]) == {"1e-", "2o-"} and ran.json["candidates"] == ["1e-", "2o-"]
    for one, truth in zip(sorted(ran.json["fields"], key=lambda f: f["carrier"]["l"]), magnet(), strict=True):
        assert one["amplitude"] == pytest.approx(truth.strength, rel=0.02)
        assert one["carrier"]["time_parity"] == -1 and one["confidence"] > 0.99
    assert ran.json["centre"] == [0, 0, 0]


def test_refusals(tmp_path: Path, command_line: CommandLine) -> None:
    path = write_snapshots(snapshots(0, (), CENTRE, count=8), tmp_path / "run.extxyz")
    assert "three numbers" in command_line.refuses(3, "hidden-field", path, "--centre", "0,0").err
    assert "--centre" in command_line.refuses(3, "hidden-field", path, "--multipoles-of", "1e-").err
    command_line.refuses(2, "hidden-field", path, "--centre", "0,0,0", "--multipoles-of", "2e")
    run = snapshots(0, (), CENTRE, count=8)
    with pytest.raises(InputError, match="periodic"):
        recover(*run, 9 * np.eye(3), centre=CENTRE, multipoles=SOUGHT)
    with pytest.raises(InputError, match="centre"):
        recover(*run, multipoles=SOUGHT)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("seed", "truths", "more"),
    [
        (0, (), {"trap": 0.4}),
        (1, (random_truth(1, 4, True),), {}),
        (2, (random_truth(2, 1, True), random_truth(2, 2, True)), {"noise": 0.02}),
        (3, (random_truth(3, 3, False),), {"trap": 0.4}),
    ],
)
def test_found_and_not_invented(seed: int, truths: tuple[Truth, ...], more: dict[str, float]) -> None:
    expect(recovered(seed, truths, **more), truths)
