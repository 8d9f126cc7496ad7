"""A scan beside what a model predicts: outliers by amplitude and by class; starts for relaxations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import CommandLine

import curiebreak
from curiebreak.errors import InputError
from curiebreak.family.against_scan import compare, with_predictions
from curiebreak.family.predicting import find_model, predict
from curiebreak.scan.digest import digest

TRIALS = Path(__file__).resolve().parents[2] / "recipes" / "data" / "perovskites.jsonl"


def row(formula: str, a: str, b: str, x: str, factor: float = 1.0, **more: Any) -> dict[str, Any]:
    """A row of a scan that found the most probable class with `factor` times the predicted amplitudes."""
    best = next(c for c in predict(formula).classes if c.child is not None and c.primary)
    amplitudes = {f"amp_{name}": factor * value.mean for name, value in best.amplitudes.items()}
    assert best.space_group is not None
    found = {
        "id": formula, "formula": formula, "prototype": "perovskite", "a_site": a, "b_site": b, "x_site": x,
        "primary": " ".join(best.primary), "space_group_number": best.space_group.number, "glazer": "a+b-b-",
    }  # fmt: skip
    return found | amplitudes | more


def test_what_is_as_predicted_is_no_outlier() -> None:
    rows = [row("LaFeO3", "La", "Fe", "O"), row("CaTiO3", "Ca", "Ti", "O")]
    found = compare(rows, find_model(None))
    assert (found.asked, found.inside, found.outliers) == (2, 1.0, ())
    assert found.predicted == pytest.approx(found.found, abs=1e-6)


def test_an_amplitude_beyond_its_bar_is_named_first() -> None:
    rows = [row("LaFeO3", "La", "Fe", "O"), row("CaTiO3", "Ca", "Ti", "O", factor=3.0)]
    found = compare(rows, find_model(None))
    assert found.inside == 0.5
    assert found.outliers[0][:2] == ("CaTiO3", "CaTiO3")
    assert "±" in found.outliers[0][3] and float(found.outliers[0][4]) > 1


def test_an_improbable_class_is_named() -> None:
    """SrTiO3 is a0a0c- at low temperature (H. Unoki, T. Sakudo, J. Phys. Soc. Jpn. 23, 546 (1967)), not in phase."""
    one = row("SrTiO3", "Sr", "Ti", "O") | {
        "primary": "M3+",
        "space_group_number": 127,
        "amp_M3+": 0.1,
        "amp_R4+": None,
    }
    found = compare([one], find_model(None))
    assert any("M3+ (127), probability 0.0" in text[2] for text in found.outliers)


def test_other_families_are_left_alone() -> None:
    """Rows without an answer, of another prototype or of elements that nobody knows are not asked."""
    rows = [
        row("LaFeO3", "La", "Fe", "O", space_group_number=None),
        row("LaFeO3", "La", "Fe", "O", prototype="double"),
        {"id": "x", "formula": "Al2O3", "prototype": "found R-3c", "a_site": None, "space_group_number": 167},
    ]
    assert compare(rows, find_model(None)).asked == 0


@pytest.mark.slow
def test_a_report_of_a_scan_compares(tmp_path: Path, command_line: CommandLine) -> None:
    store = tmp_path / "s.db"
    assert command_line("scan", TRIALS, "--parent", "perovskite", "--exact", "-o", store, "--quiet").code == 0
    assert command_line("scan-report", store, "-o", tmp_path / "s.html").code == 0
    text = (tmp_path / "s.html").read_text()
    assert "Predicted and found" in text and "90 % bars" in text
    with pytest.raises(InputError, match="does not exist"):
        with_predictions(digest(store), store, tmp_path / "none.cbm")


def test_starts_cannot_be_reached_from_the_parent(tmp_path: Path, command_line: CommandLine) -> None:
    """A relaxer that is equivariant keeps the group of the cubic parent: the floor of every child is 1."""
    assert command_line("predict", "LaFeO3", "--seeds", "-o", tmp_path, "--quiet").code == 0
    parent = tmp_path / "LaFeO3_0_parent_221.cif"
    starts = sorted(set(tmp_path.glob("*.cif")) - {parent})
    groups = [int(path.stem.rsplit("_", 1)[1]) for path in starts]
    assert len(starts) >= 6 and 62 in groups and 221 not in groups
    child = next(path for path in starts if path.stem.endswith("R4+_62"))
    found = curiebreak.check(parent, child)
    floors = {entry.name: entry.floor for entry in found.fields if entry.role == "output"}
    assert floors["displacement"] == pytest.approx(1.0, abs=1e-6)
    assert np.isfinite(list(floors.values())).all()
    both = [path for path in starts if "GM4--M3+-R4+" in path.stem]
    assert len(both) == 1
    assert set(curiebreak.decompose(parent, both[0]).primary) == {"GM4-", "M3+", "R4+"}
    sets = [path.stem.split("_", 2)[2] for path in starts]
    assert len(set(sets)) == len(sets)
