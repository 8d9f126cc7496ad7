"""Figures against pictures of them that were looked at: a change that nobody meant is seen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from matplotlib.testing.compare import compare_images
from report_images import BASELINE, IMAGES, drawn, save
from report_samples import occupied, perovskite, several_irreps
from sample_results import decomposition

from curiebreak.results import Document, Finding

TOLERANCE = 1.5
"""Root mean square over all pixels and colours (0 to 255); anti-aliasing differs by less than 0.5."""


def difference(tmp_path: Path, name: str, result: Document | None = None) -> float:
    """How far a figure is from its baseline."""
    path = tmp_path / f"{name}.png"
    save(drawn(name, result), path)
    found = compare_images(str(BASELINE / f"{name}.png"), str(path), tol=0.0, in_decorator=True)
    return 0.0 if found is None else float(found["rms"])


@pytest.mark.parametrize("name", IMAGES)
def test_figure_looks_as_it_did(tmp_path: Path, name: str) -> None:
    assert difference(tmp_path, name) <= TOLERANCE


def test_baselines_are_small() -> None:
    files = list(BASELINE.iterdir())
    assert {file.stem for file in files} == set(IMAGES)
    assert sum(file.stat().st_size for file in files) < 1_000_000


def _turned(result: Finding) -> Finding:
    """The arrows of the first irrep the other way round."""
    field = result.breaking_input[0]
    part = replace(field.parts[0], values=tuple(tuple(-x for x in row) for row in field.parts[0].values))
    return replace(result, breaking_input=(replace(field, parts=(part, *field.parts[1:])),))


def _swapped(result: Finding) -> Finding:
    fields = result.mode_fields
    assert fields is not None
    change = tuple(tuple(-x for x in row) for row in fields.occupation)
    return replace(result, mode_fields=replace(fields, occupation=change))


def _moved(result: Finding) -> Finding:
    return replace(result, displacements=tuple(tuple(-x for x in row) for row in result.displacements))


def _higher(result: Finding) -> Finding:
    assert result.trace is not None
    return replace(result, trace=replace(result.trace, loss=tuple(10 * (x or 0.0) for x in result.trace.loss)))


CHANGES: dict[str, Document] = {
    "order_parameter": _turned(several_irreps()),
    "occupied": _swapped(occupied()),
    "structures": _moved(perovskite()),
    "training": _higher(perovskite()),
    "amplitudes": replace(decomposition(), irreps=tuple(replace(e, role="secondary") for e in decomposition().irreps)),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_seen(tmp_path: Path, name: str) -> None:
    assert difference(tmp_path, name, CHANGES[name]) > 2 * TOLERANCE
