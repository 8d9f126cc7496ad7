"""The interactive chapter of the HTML report as text: data, controls, the library once."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from decomposed_pairs import decomposed, ordering
from pairs import analysis
from report_samples import A
from sample_results import finding

import curiebreak
from curiebreak.report.html import html_text
from curiebreak.report.interactive import view_data
from curiebreak.report.interactive_html import interactive_chapter
from curiebreak.report.palette import irrep_colours
from curiebreak.results import IrrepField

__all__ = ["ordering"]

ASSETS = files("curiebreak.report") / "assets"


def page_data(text: str) -> dict[str, object]:
    (inside,) = re.findall(r'<script type="application/json" id="view-data">(.*?)</script>', text, re.DOTALL)
    data: dict[str, object] = json.loads(inside)
    return data


@pytest.mark.parametrize("name", ["lamno3", "square"])
def test_page_holds_the_library_once_and_a_slider_for_each_irrep(name: str) -> None:
    result = decomposed(name)
    text = html_text(result)
    assert result.mode_fields is not None
    assert text.count("/* three.js ") == 1
    assert len(re.findall(r"<input [^>]*data-irrep=", text)) == len(result.mode_fields.irreps)
    assert len(page_data(text)["irreps"]) == len(result.mode_fields.irreps)  # type: ignore[arg-type]


def test_sliders_come_primary_first_then_by_amplitude_and_noise_last() -> None:
    result = decomposed("lamno3")
    noisy = replace(result, irreps=tuple(replace(e, role="noise") if e.irrep == "X5+" else e for e in result.irreps))
    found = view_data(noisy)
    assert found is not None
    names = [field.irrep for field, _ in found.irreps]
    assert names[:4] == ["R4+", "M3+", "M2+", "R5+"] and names[-1] == "X5+"
    assert {name: found.colours[name] for name in names} == {name: irrep_colours(noisy)[name] for name in names}


def test_every_octahedron_is_whole_and_every_bond_short() -> None:
    found = view_data(decomposed("lamno3"))
    assert found is not None
    page = found.page
    starts = [np.array(page["atoms"][atom]["start"]) + np.array(shift) for atom, shift in page["images"]]
    lengths = [float(np.linalg.norm(starts[i] - starts[j])) for i, j in page["bonds"]]
    assert lengths == pytest.approx([A / 2] * len(lengths), abs=1e-4), "half the edge of cubic LaMnO3"
    centres = {i for i, _ in page["bonds"]}
    assert len(page["bonds"]) == 6 * len(centres) and len(page["faces"]) == 8 * len(centres)
    assert len(page["cell"]) == 12


def test_result_without_fields_has_a_sentence_in_place_of_the_view() -> None:
    text = html_text(finding())
    assert "compute it anew" in text and "three.js" not in text and 'id="view"' not in text


def test_twins_are_told_apart_by_their_wave_vectors_and_data_cannot_end_the_script() -> None:
    result = decomposed("square")
    fields = result.mode_fields
    assert fields is not None
    kpoint, moved = ("0", "0", "1/3"), fields.displacements
    twin = IrrepField(irrep="LD1", name="LD1@0,0,1/3", kind="displacement", kpoint=kpoint, displacements=moved)
    other = replace(twin, name="LD1@1/3,0,0", kpoint=("1/3", "0", "0"))
    evil = replace(twin, irrep="</script><b>", name="</script><b>")
    text = interactive_chapter(replace(result, mode_fields=replace(fields, irreps=(twin, other, evil))))
    assert "LD1@0,0,1/3" in text and "LD1@1/3,0,0" in text
    assert page_data(text)["irreps"][2]["irrep"] == "</script><b>"  # type: ignore[index]
    assert "</script><b>" not in text


def test_occupations_are_drawn_by_element(ordering: tuple[Path, Path]) -> None:
    found = view_data(curiebreak.decompose(*ordering))
    assert found is not None
    assert [one["name"] for one in found.page["elements"]] == ["Cu", "Pt"]
    assert len({one["colour"] for one in found.page["elements"]}) == 2
    assert [atom["occupancies"] for atom in found.page["atoms"]] == [[0.25, 0.75]] * 4
    assert not found.page["faces"] and len(found.page["bonds"]) == 8 * 3 + 12, "corner to face, face to face"


def test_library_is_the_version_that_its_attribution_names() -> None:
    named = re.search(r"three\.js ([\d.]+)", (ASSETS / "ATTRIBUTION.md").read_text(encoding="utf-8"))
    assert named and f"three.js {named[1]}," in (ASSETS / "three.min.js").read_text(encoding="utf-8")[:200]
    assert f'"{named[1].split(".")[1]}"' in (ASSETS / "three.min.js").read_text(encoding="utf-8")
    assert "MIT License" in (ASSETS / "three.LICENSE").read_text(encoding="utf-8")


def test_view_has_the_atoms_of_the_cell() -> None:
    found = view_data(decomposed("ymno3"))
    assert found is not None
    assert len(found.page["atoms"]) == len(analysis("ymno3").group.field.site)
    assert {atom for atom, _ in found.page["images"]} == set(range(len(found.page["atoms"])))
