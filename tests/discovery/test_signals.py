"""Spherical-harmonic output: peaks of what the network answers when it is told nothing."""

from __future__ import annotations

import numpy as np
import pytest
from command_line import CommandLine
from pairs import analysis, paths

from curiebreak.discovery.peaks import clusters, find_peaks, signal_values
from curiebreak.discovery.signal_answer import ChildSignals
from curiebreak.errors import UsageError
from curiebreak.fields import usual_components
from curiebreak.learning.signals import project_vectors

PEAKS = {"square": {"H": 2}, "batio3": {"Ti1": 6, "Ba1": 6}, "srtio3": {"O1": 4}, "zro2": {"O1": 6}}
"""Square to rectangle: two rectangles. A cube broken along z: six directions. A tilt about a cubic axis moves
an oxygen along the four directions perpendicular to its bond."""


@pytest.mark.parametrize("name", PEAKS)
def test_peaks_are_the_equivalent_displacements(name: str) -> None:
    found = ChildSignals(analysis(name)).degenerate()
    assert found.loss == pytest.approx(found.floor, rel=1e-6)
    sites = {site.site: site for site in found.sites}
    for site, count in PEAKS[name].items():
        assert (sites[site].n_peaks, sites[site].n_images, sites[site].agrees) == (count, count, True)
        assert not any(peak.merged for peak in sites[site].peaks)
        heights = [peak.height for peak in sites[site].peaks]
        np.testing.assert_allclose(heights, sites[site].displacement, rtol=1e-6)


def test_a_signal_has_its_maximum_along_the_displacement() -> None:
    displacement = np.array([[0.1, -0.25, 0.3]])
    signal = project_vectors(displacement, 5)[0]
    usual = np.concatenate([usual_components(d, signal[d**2 : (d + 1) ** 2]) for d in range(6)])
    directions, heights = find_peaks(usual)
    length = np.linalg.norm(displacement)
    assert heights[0] == pytest.approx(length)
    np.testing.assert_allclose(directions[0], displacement[0] / length, atol=1e-6)
    assert signal_values(usual, displacement / length)[0] == pytest.approx(length)


def test_images_of_a_diagonal_displacement() -> None:
    """24 images of a vector on a mirror plane of a cubic site, 12 of one on a two-fold axis."""
    pair = analysis("lamno3")
    orbit = pair.parent.site_names.index("La")
    atom = int(np.argmax(pair.parent.site_orbits == orbit))
    images = ChildSignals(pair).site_images(atom)
    assert len(images) == 24
    np.testing.assert_allclose(np.linalg.norm(images, axis=1), 1.0)
    assert len(clusters(images, np.pi / 5)) == 12


def test_peaks_closer_than_the_resolution_count_once() -> None:
    angle = 0.3
    close = np.array([[0.0, 0.0, 1.0], [0.0, np.sin(angle), np.cos(angle)], [1.0, 0.0, 0.0]])
    assert clusters(close, np.pi / 5) == [[0, 1], [2]]


def test_unresolved_sites_are_said() -> None:
    found = ChildSignals(analysis("lamno3")).degenerate()
    assert not next(site for site in found.sites if site.site == "La").agrees


def test_only_sensible_degrees() -> None:
    with pytest.raises(UsageError):
        ChildSignals(analysis("square")).degenerate(1)


def test_command_line(command_line: CommandLine) -> None:
    ran = command_line("find", *paths("square"), "--signals", "--json", "-q")
    signals = ran.json["signals"]
    assert (signals["lmax"], signals["resolution"], signals["sites"][0]["n_peaks"]) == (5, 36.0, 2)
    assert len(signals["sites"][0]["learned"]) == 36
    assert command_line("find", *paths("square"), "--json", "-q").json["signals"] is None
    assert "equivalent directions" in command_line("find", *paths("square"), "--signals", "-q").out


def test_without_the_input_it_was_trained_with(command_line: CommandLine) -> None:
    """Whatever the weights: an answer that is told nothing has all operations of the parent."""
    ran = command_line("find", *paths("square"), "--signals", "--signals-untold", "--json", "-q")
    untold = ran.json["signals"]["untold"]
    assert untold["loss"] < 1e-6
    assert untold["asymmetry"] < 1e-9 < 0.1 < untold["asymmetry_told"]
    assert len(untold["sites"][0]["answer"]) == 36
