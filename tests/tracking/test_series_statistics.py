"""Distributions of order parameters over a series, and the law by which they vanish: planted values come back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.io import write
from command_line import CommandLine
from pairs import STRUCTURES

from curiebreak.modes.build import distort
from curiebreak.results.tracking import TrackResult

CUBIC = STRUCTURES / "batio3_cubic.cif"


def series(path: Path, amplitudes: np.ndarray, temperatures: np.ndarray) -> None:
    """Frames of the polar mode along one axis with these signed amplitudes."""
    child = distort(CUBIC, ["GM4-(a,0,0)=1.0"])
    still = distort(CUBIC, ["GM4-(a,0,0)=0.000001"])
    unit = child.displacements
    places = still.structure.coords @ np.asarray(still.structure.lattice)
    order = [int(np.argmin(np.abs(child.structure.coords - x).sum(axis=1))) for x in child.structure.coords]
    assert order == list(range(len(unit)))
    frames = []
    for amplitude, temperature in zip(amplitudes, temperatures, strict=True):
        atoms = Atoms(list(child.structure.species), cell=child.structure.lattice, pbc=True,
                      positions=places + amplitude * unit)  # fmt: skip
        atoms.info["temperature"] = float(temperature)
        frames.append(atoms)
    write(path, frames)


def tracked(command_line: CommandLine, *options: str) -> TrackResult:
    ran = command_line("track", CUBIC, "md.extxyz", *options, "-o", "md.csv", "--json", "--force")
    assert ran.code == 0, ran.err
    return TrackResult.from_json(ran.out)


def test_moments_and_noise(command_line: CommandLine) -> None:
    """A slow change and white noise: the noise is that of neighbours, two wells have a negative kurtosis."""
    rng = np.random.default_rng(0)
    count = 400
    slow, noise = 0.2 * np.sign(np.arange(count) - count / 2 + 0.5), 0.01 * rng.normal(size=count)
    series(Path("md.extxyz"), slow + noise, np.arange(count))
    found = {one.column: one for one in tracked(command_line, "--irreps", "GM4-").distributions}
    one = max(found.values(), key=lambda entry: entry.deviation)
    assert one.deviation == pytest.approx(0.2, rel=0.02)
    # one jump of 0.4 among 399 differences: sqrt(0.01^2 + 0.4^2 / 399 / 2)
    assert one.noise == pytest.approx(np.sqrt(0.01**2 + 0.4**2 / 399 / 2), rel=0.1)
    assert one.kurtosis == pytest.approx(-2.0, abs=0.1) and abs(one.skewness) < 0.1
    assert min(entry.deviation for entry in found.values()) < 1e-6


@pytest.mark.parametrize("beta", [0.5, 0.25])
def test_critical_law(command_line: CommandLine, beta: float) -> None:
    temperatures = np.arange(300.0, 420.0, 5.0)
    away = np.clip(393.0 - temperatures, 0.0, None)
    rng = np.random.default_rng(1)
    series(Path("md.extxyz"), 0.02 * away**beta + 2e-4 * rng.normal(size=len(away)), temperatures)
    (fit,) = tracked(command_line, "--column", "temperature", "--fit", "GM4-").fits
    assert fit.beta == pytest.approx(beta, abs=max(5 * fit.beta_error, 0.02))
    assert fit.tc == pytest.approx(393.0, abs=3.0) and fit.rms < 1e-3
    assert fit.column == "temperature" and fit.points >= 18
    text = command_line("track", CUBIC, "md.extxyz", "--column", "temperature", "--fit", "GM4-", "-o", "two.csv").out
    assert "beta" in text and "Tc (temperature)" in text


def test_what_cannot_be_fitted(command_line: CommandLine) -> None:
    series(Path("md.extxyz"), np.linspace(0.1, 0.2, 3), np.arange(3.0))
    assert "too few" in command_line.refuses(
        3, "track", CUBIC, "md.extxyz", "--column", "temperature", "--fit", "GM4-", "--json"
    ).err  # fmt: skip
    assert "does not follow R4+" in command_line.refuses(3, "track", CUBIC, "md.extxyz", "--fit", "R4+", "--json").err
