"""Every format of the report for real pairs: no warning, no overlapping or cut text, the answer in the text."""

from __future__ import annotations

import io
import re
from html import escape
from pathlib import Path

import numpy as np
import pypdf
import pytest
from report_pairs import NAMES, SHARED, Kept, Store
from report_samples import perovskite
from shared_data import shared_folder
from small_cifs import cif
from text_boxes import faults

import curiebreak
from curiebreak.report import figures
from curiebreak.report.crystal import DrawnCrystal
from curiebreak.report.html import html_text
from curiebreak.report.pdf import pdf_pages
from curiebreak.report.png import summary_figure
from curiebreak.report.report_panels import PANELS
from curiebreak.report.writing import write_report
from curiebreak.results import Decomposition, Finding, IrrepEntry, SpaceGroup, Status

pytestmark = pytest.mark.slow

CASES = [pytest.param(name, marks=pytest.mark.shared) if name in SHARED else name for name in NAMES]


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(tmp_path_factory.mktemp("findings"), shared_folder())


@pytest.mark.parametrize("name", CASES)
def test_every_format(store: Store, tmp_path: Path, name: str) -> None:
    result = store.result(name)
    for suffix in ("pdf", "png", "html"):
        write_report(result, tmp_path / f"out.{suffix}")
    _check_pdf(result, tmp_path / "out.pdf")
    html = (tmp_path / "out.html").read_text()
    assert all(label in html for label in _labels(result))
    head = (tmp_path / "out.png").read_bytes()[:24]
    assert (int.from_bytes(head[16:20]), int.from_bytes(head[20:24])) == (2666, 1500)


def _check_pdf(result: Kept, path: Path) -> None:
    reader = pypdf.PdfReader(io.BytesIO(path.read_bytes()))
    assert 1 <= len(reader.pages) <= 4
    assert _loose_fonts(reader) == []
    text = "\n".join(page.extract_text() for page in reader.pages)
    groups = [s.space_group for s in (result.parent, result.child) if s.space_group is not None]
    wanted = [*_labels(result), *map(_group, groups), *(s for s in (result.parent.point_group,) if s)]
    wanted += [f"{e.amplitude_parent:.4f}" for e in _primary(result) if e.amplitude_parent is not None]
    if result.status is not Status.OK:
        wanted.append(result.status.value.replace("_", " "))
    assert [word for word in wanted if word not in text] == []


def _group(group: SpaceGroup) -> str:
    return f"{group.symbol} ({group.number})"


def _labels(result: Kept) -> tuple[str, ...]:
    return result.primary if isinstance(result, (Finding, Decomposition)) else ()


def _primary(result: Kept) -> list[IrrepEntry]:
    if isinstance(result, Finding):
        return list(result.order_parameters)
    return [e for e in result.irreps if e.role == "primary"] if isinstance(result, Decomposition) else []


def _loose_fonts(reader: pypdf.PdfReader) -> list[str]:
    """Names of fonts that are not embedded, or are shapes instead of a font."""
    found = []
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].values():
            plain = font.get_object()
            inner = plain["/DescendantFonts"][0].get_object() if "/DescendantFonts" in plain else plain
            descriptor = inner.get("/FontDescriptor")
            if plain["/Subtype"] == "/Type3" or descriptor is None or "/FontFile2" not in descriptor.get_object():
                found.append(str(plain["/BaseFont"] if "/BaseFont" in plain else plain))
    return found


@pytest.mark.parametrize("name", CASES)
def test_texts_neither_overlap_nor_leave(store: Store, name: str) -> None:
    result = store.result(name)
    drawn = {f"page {number}": page for number, page in enumerate(pdf_pages(result), 1)}
    drawn["summary"] = summary_figure(result)
    for figure in _own_figures(result):
        drawn[figure] = getattr(figures, figure)(result)
    assert {where: found for where, figure in drawn.items() if (found := faults(figure))} == {}


def _own_figures(result: Kept) -> list[str]:
    exact = ["amplitudes", "groups", "ladder", "strain", "structures", "tilts"]
    learned = ["harmonics", "order_parameter", "signals", "snapshots", "training"]
    if isinstance(result, Finding):
        return [*exact, *learned]
    return exact if isinstance(result, Decomposition) else ["tree"]


def test_twenty_irreps_are_there(store: Store) -> None:
    result = store.result("twenty irreps")
    assert isinstance(result, Decomposition)
    assert len({e.irrep for e in result.irreps if e.kind == "displacement"}) == 20


def test_interrupted_run_is_partial(store: Store) -> None:
    assert store.result("interrupted").status is Status.INTERRUPTED


def test_parts_of_an_input_add_up_to_it(store: Store) -> None:
    result = store.result("lamno3")
    assert isinstance(result, Finding)
    for field in result.breaking_input:
        assert {part.irrep for part in field.parts} == {"M3+", "R4+"}
        total = np.sum([part.values for part in field.parts], axis=0)
        assert np.abs(total - np.array(field.values)).max() < 1e-9 * np.abs(field.values).max()


def test_signals_stand_on_every_atom(store: Store) -> None:
    result = store.result("square")
    assert isinstance(result, Finding) and result.signals is not None
    (site,) = result.signals.sites
    assert len(site.positions) == len(site.signals) == 4
    norms = np.linalg.norm(site.signals, axis=1)
    assert np.allclose(norms, np.linalg.norm(site.learned)), "equivalent atoms have turned copies of one signal"


def test_ordered_perovskite_lists_occupation_and_draws_it(tmp_path: Path) -> None:
    cubic = (("Sr", "Sr", 0.5, 0.5, 0.5, 1), ("Sc", "Sc", 0, 0, 0, 0.5), ("Sb", "Sb", 0, 0, 0, 0.5))
    parent = cif((4, 4, 4, 90, 90, 90), "P m -3 m", *cubic, ("O", "O", 0.5, 0, 0, 1))
    ordered = (("Sr", "Sr", 0.25, 0.25, 0.25, 1), ("Sc", "Sc", 0, 0, 0, 1), ("Sb", "Sb", 0.5, 0, 0, 1))
    child = cif((8, 8, 8, 90, 90, 90), "F m -3 m", *ordered, ("O", "O", 0.26, 0, 0, 1))
    for name, text in (("parent", parent), ("child", child)):
        (tmp_path / f"{name}.cif").write_text(text)
    result = curiebreak.find(tmp_path / "parent.cif", tmp_path / "child.cif")
    entries = (*result.order_parameters, *result.irreps)
    assert {(e.irrep, e.kind) for e in entries} >= {("R1+", "displacement"), ("R1+", "occupation")}
    assert sum(e.share or 0.0 for e in {(e.irrep, e.kind): e for e in entries}.values()) == pytest.approx(1.0)
    crystal = DrawnCrystal.of(result)
    assert crystal is not None
    mixed = [atom for atom in range(len(crystal.species)) if crystal.occupation_changes(atom)]
    assert [dict(crystal.shares(atom, False)) for atom in mixed] == [{"Sb": 0.5, "Sc": 0.5}] * 2
    assert sorted(crystal.shares(atom, True) for atom in mixed) == [(("Sb", 1.0),), (("Sc", 1.0),)]


def test_all_formats_lay_out_one_list_of_panels() -> None:
    """A notebook has a function for each, a page of HTML its caption, and paper draws nothing beside the list."""
    assert {panel.name for panel in PANELS} == {*figures.__all__, "candidates", "levels", "learned", "prediction"}
    page = html_text(perovskite())
    wanted = [panel.caption for panel in PANELS if panel.shown(perovskite())]
    assert re.findall(r"<figcaption>(.*?)</figcaption>", page) == [escape(caption, quote=True) for caption in wanted]
    paper = (Path(figures.__file__).parent / "pdf_figures.py").read_text()
    assert re.findall(r"import (draw_\w+)", paper) == []
