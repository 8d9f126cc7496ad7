"""Moments in figures and reports: arrows of their own colour through the atoms, in the legend, scaled by sliders."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from browser import chromium, shown
from magnetic_examples import chromium_sesquioxide, tilted_perovskite
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_hex

from curiebreak.magnetic.magnetic_modes import decompose_magnetic
from curiebreak.report import figures
from curiebreak.report.crystal import DrawnCrystal
from curiebreak.report.html import html_text
from curiebreak.report.palette import MOMENT
from curiebreak.report.report_panels import STRAIN
from curiebreak.report.writing import write_report
from curiebreak.results import Decomposition


@pytest.fixture(scope="module")
def weak() -> Decomposition:
    return decompose_magnetic("auto", tilted_perovskite())


def arrows(axes: Axes, colour: str = MOMENT) -> list[np.ndarray]:
    """From tail to tip of each arrow of a colour, in the plane of the picture."""
    (drawn,) = (c for c in axes.collections if isinstance(c, PolyCollection))
    faces = drawn.get_facecolor()
    outlines = [p.vertices for p, face in zip(drawn.get_paths(), faces, strict=True) if to_hex(face) == colour]
    return [one[3] - (one[0] + one[6]) / 2 for one in outlines]  # corner 3 of an outline is the tip


def test_the_child_has_an_arrow_for_each_moment_and_the_parent_none(weak: Decomposition) -> None:
    figure = figures.structures(weak)
    parent, child, legend = [a for a in figure.axes if a.get_label() != "inset_axes"][:3]
    assert arrows(parent) == []
    crystal = DrawnCrystal.of(weak)
    assert crystal is not None
    turned = [image for image in crystal.images if np.linalg.norm(crystal.moments[image.atom]) > 0.1]
    assert len(arrows(child)) == len(turned) > 8
    named = legend.get_legend()
    assert named is not None
    assert [t.get_text() for t in named.get_texts()][-2:] == ["moment", "displacement"]
    assert "longest moment 2.01 μB" in [text.get_text() for text in child.texts]


def test_arrows_point_along_the_moments(weak: Decomposition) -> None:
    crystal = DrawnCrystal.of(weak)
    assert crystal is not None and weak.mode_fields is not None
    view = crystal.tilted_view()
    flat = [view.project(crystal.moments[i.atom])[:2] for i in crystal.images if crystal.moments[i.atom].any()]
    child = figures.structures(weak).axes[1]
    scale = np.linalg.norm(arrows(child)[0]) / max(np.linalg.norm(one) for one in flat)
    seen = sorted(tuple(np.round(one, 3)) for one in arrows(child))
    assert seen == sorted(tuple(np.round(scale * one, 3)) for one in flat)
    fields = weak.mode_fields
    turned = tuple(tuple(-x for x in row) for row in fields.moments)
    back = replace(weak, mode_fields=replace(fields, moments=turned))
    assert sorted(tuple(np.round(-one, 3)) for one in arrows(figures.structures(back).axes[1])) == seen


def test_contributions_of_the_irreps_add_up_to_the_moments(weak: Decomposition) -> None:
    fields = weak.mode_fields
    assert fields is not None
    parts = {one.name: np.array(one.moments) for one in fields.irreps if one.kind == "magnetic"}
    assert set(parts) == {"mR4+", "mGM4+"}
    np.testing.assert_allclose(sum(parts.values()), np.array(fields.moments), atol=1e-9)
    sizes = np.linalg.norm(parts["mGM4+"], axis=1)  # the ferromagnetic part is the same on every atom
    assert sorted(set(np.round(sizes, 6))) == [0.0, 0.2]


def test_the_interactive_page_scales_moments(weak: Decomposition) -> None:
    text = html_text(weak)
    (inside,) = re.findall(r'<script type="application/json" id="view-data">(.*?)</script>', text, re.DOTALL)
    data = json.loads(inside)
    assert data["moment_colour"] == MOMENT and data["moment_factor"] > 0.0
    assert [one["irrep"] for one in data["irreps"] if one["kind"] == "magnetic"] == ["mR4+", "mGM4+"]
    assert 'data-show="moments"' in text and "1 = 2.0000 μB" in text and "Fm&#x27;m&#x27;m (69.524)" in text


def test_without_displacements_only_moments_are_named() -> None:
    result = decompose_magnetic("auto", chromium_sesquioxide())
    figure = figures.structures(result)
    named = figure.axes[2].get_legend()
    assert named is not None and [t.get_text() for t in named.get_texts()] == ["Cr", "O", "moment"]
    assert 'data-show="arrows"' not in html_text(result)


@pytest.mark.slow
def test_the_browser_turns_moments_with_the_sliders(weak: Decomposition, tmp_path: Path) -> None:
    write_report(weak, tmp_path / "weak.html")
    with chromium() as running, shown(running, tmp_path / "weak.html") as seen:
        whole = np.array(seen.view("turned()"))
        assert np.linalg.norm(whole, axis=1).max() == pytest.approx(np.hypot(2.0, 0.2), abs=1e-6)
        number = next(n for n, one in enumerate(seen.view("data.irreps")) if one["irrep"] == "mGM4+")
        seen.slide(number, 0.0)
        assert np.linalg.norm(np.array(seen.view("turned()")), axis=1).max() == pytest.approx(2.0, abs=1e-6)
        seen.page.locator("button[data-set='0']").click()
        assert not np.array(seen.view("turned()")).any()
        assert seen.complaints == []


def test_atoms_far_from_the_first_cell_are_drawn_whole(structures: Path) -> None:
    """The magnetic cell of CsMnI3 is given by its shortest axes, and atoms stand up to three of them away."""
    result = decompose_magnetic("auto", structures / "magnetic" / "csmni3.mcif")
    assert result.mode_fields is not None and np.ptp(np.array(result.mode_fields.undistorted.frac), axis=0).max() > 2.0
    crystal = DrawnCrystal.of(result)
    assert crystal is not None
    manganese = {atom for atom, species in enumerate(crystal.species) if species == "Mn"}
    assert set(crystal.coordination) == manganese  # all stand in octahedra
    assert all(len(shell) == 6 for shell in crystal.coordination.values())
    assert {image.atom for image in crystal.images} == set(range(len(crystal.species)))


def test_a_strain_of_nothing_has_no_picture(weak: Decomposition) -> None:
    """The parent's cell is the child's, averaged: the cubic cell of the tilted perovskite is not strained."""
    assert weak.mapping is not None and weak.mapping.strain is not None and not np.any(weak.mapping.strain)
    assert not STRAIN.shown(weak)
