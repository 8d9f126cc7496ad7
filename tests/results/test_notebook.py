"""Results in a notebook: what they show of themselves, data frames, structures of other libraries, the notebook."""

from __future__ import annotations

import importlib
import json
import pkgutil
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from notebook_cells import ROOT, executed, texts
from pairs import analysis, paths
from text_boxes import faults

import curiebreak
import curiebreak.results
from curiebreak.errors import InputError, UsageError
from curiebreak.parents.api import search_parents
from curiebreak.report.series_figure import series_figure
from curiebreak.results import Decomposition, StructureData
from curiebreak.results.record import Record
from curiebreak.scan import StoreTable
from curiebreak.scan.inputs import list_sources
from curiebreak.scan.row import failed_row
from curiebreak.scan.store import Store
from curiebreak.structures.spacegroup import symmetry_dataset
from curiebreak.structures.write import write_structure
from curiebreak.tracking import track
from curiebreak.tracking.following import Tracking

STRUCTURES = ROOT / "structures"
NOTEBOOK = ROOT / "docs" / "tutorials" / "notebook.ipynb"


@pytest.fixture(scope="module")
def modes() -> Decomposition:
    return curiebreak.decompose(*paths("lamno3"))


def _classes(kind: type) -> set[type]:
    return {kind, *(one for below in kind.__subclasses__() for one in _classes(below))}


def test_every_kind_of_result_shows_itself_in_short() -> None:
    for module in pkgutil.iter_modules(curiebreak.results.__path__):
        importlib.import_module(f"curiebreak.results.{module.name}")
    kinds = _classes(Record)
    assert len(kinds) > 15 and all(kind.__repr__ is Record.__repr__ for kind in kinds)
    assert repr(object.__new__(Decomposition)) == "<Decomposition>"


@pytest.mark.parametrize("command", ["decompose", "subgroups", "intermediates"])
def test_text_fits_on_a_screen(command: str) -> None:
    parent, child = paths("lamno3")
    made = {
        "decompose": lambda: curiebreak.decompose(parent, child),
        "subgroups": lambda: curiebreak.subgroups(parent, group="Pnma", size=4),
        "intermediates": lambda: curiebreak.intermediates(parent, child),
    }[command]()
    lines = repr(made).splitlines()
    assert 4 < len(lines) <= 24 and max(map(len, lines)) <= 100
    assert lines[0].startswith(type(made).__name__) and "<table" in made._repr_html_()


def test_page_has_table_and_figure(modes: Decomposition) -> None:
    page = modes._repr_html_()
    assert page.count("<table") >= 2 and page.count("<img ") == 1 and "<button" not in page
    assert "M3+ ⊕ R4+" in page and "http" not in page.replace("http://www.w3.org", "")


def test_frame_of_irreps(modes: Decomposition) -> None:
    pandas = pytest.importorskip("pandas")
    found = modes.to_frame()
    assert isinstance(found, pandas.DataFrame) and list(found.irrep) == [entry.name for entry in modes.irreps]
    assert found[found.role == "primary"].number.tolist() == [74, 127]
    assert found.Ap.iloc[0] == pytest.approx(modes.irreps[0].amplitude_parent)


def test_without_pandas_one_sentence(modes: Decomposition, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(UsageError, match="need pandas") as caught:
        modes.to_frame()
    assert "curiebreak[notebook]" in str(caught.value.hint)


def test_structures_of_other_libraries(modes: Decomposition) -> None:
    """The child that the modes add up to has the group of the child, in both libraries."""
    child = modes.structures["child"]
    made, atoms = child.to_pymatgen(), child.to_ase()
    assert made.get_space_group_info()[1] == 62 and made.composition.reduced_formula == "LaMnO3"
    assert np.abs(made.frac_coords - atoms.get_scaled_positions(wrap=False)).max() < 1e-9
    found = symmetry_dataset(np.array(atoms.cell), atoms.get_scaled_positions(), atoms.numbers, 1e-3)
    assert found is not None and found.number == 62
    assert modes.structures["undistorted"].to_pymatgen().get_space_group_info()[1] == 221
    volume = abs(np.linalg.det(np.asarray(analysis("lamno3").distortion.child.lattice)))
    assert made.volume == pytest.approx(volume, rel=1e-4)


def test_mixed_sites_and_molecules() -> None:
    mixed = StructureData(lattice=((4.0, 0, 0), (0, 4.0, 0), (0, 0, 4.0)), species=("La0.5Sr0.5",), frac=((0, 0, 0),))
    assert mixed.to_pymatgen().composition.get_el_amt_dict() == {"La": 0.5, "Sr": 0.5}
    with pytest.raises(InputError, match="mixed"):
        mixed.to_ase()
    found = curiebreak.decompose(*paths("square")).structures["child"]
    assert len(found.to_ase()) == len(found.to_pymatgen()) == 4


def test_the_notebook_of_the_documentation_runs() -> None:
    pytest.importorskip("pandas")
    document = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    cells = [cell for cell in document["cells"] if cell["cell_type"] == "code"]
    for cell, outputs in zip(cells, executed(document), strict=True):
        assert texts(outputs) == texts(cell["outputs"]), "".join(cell["source"])


def _tracked(folder: Path) -> Tracking:
    frames = []
    for number, amplitude in enumerate((0.2, 0.4, -0.3)):
        built = curiebreak.distort(STRUCTURES / "srtio3_cubic.cif", [f"R5-(a,0,0)={amplitude}"])
        frames.append(folder / f"{number}.cif")
        write_structure(built.structure, frames[-1])
    return track(STRUCTURES / "srtio3_cubic.cif", frames)


def test_a_series_shows_its_curves_and_gives_them_as_a_frame(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    series = _tracked(tmp_path)
    lines = repr(series).splitlines()
    assert lines[0].startswith("TrackResult") and len(lines) <= 24 and max(map(len, lines)) <= 100
    page = series._repr_html_()
    assert page.count("<img ") == 1 and "<table" in page and "R5-" in page
    drawn = series_figure(series)
    assert faults(drawn) == [] and len(drawn.axes) == 3
    frame = series.to_frame()
    assert isinstance(frame, pandas.DataFrame) and list(frame.name) == ["0", "1", "2"]
    moved = frame[[name for name in frame if name.startswith("R5-(")]].to_numpy()
    assert np.abs(moved).max(axis=1) == pytest.approx([0.2 / 2**0.5, 0.4 / 2**0.5, 0.3 / 2**0.5], abs=1e-3)


def test_every_kind_of_answer_has_a_table_and_a_figure() -> None:
    """Parents, a prediction, a magnetic structure; pairs, trees and series are above."""
    shown = {
        "ParentSearch": search_parents(STRUCTURES / "batio3_p4mm.cif"),
        "Prediction": curiebreak.predict("LaFeO3"),
        "Decomposition": curiebreak.decompose("auto", STRUCTURES / "magnetic" / "mnte.mcif"),
    }
    for name, result in shown.items():
        page, lines = result._repr_html_(), repr(result).splitlines()
        assert page.count("<img ") == 1 and "<table" in page and "<button" not in page, name
        assert lines[0].startswith(name) and len(lines) <= 24 and max(map(len, lines)) <= 100


def test_a_store_shows_its_summary_and_gives_its_rows(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    (source,) = list_sources(STRUCTURES / "lamno3_pnma.cif")
    with Store(tmp_path / "store.db") as store:
        store.describe({}, {})
        for position, symbol in enumerate(("a+b-b-", "a-a-a-", "a+b-b-")):
            row = failed_row(replace(source, key=str(position)), "ok", "", glazer=symbol, space_group_number=62)
            store.add(replace(row, amplitudes={"amp_R4+": 0.6, "amp_M3+": 0.5}), position)
    table = StoreTable(tmp_path / "store.db")
    frame = table.to_frame("glazer = 'a+b-b-'", columns=["formula", "glazer"])
    assert isinstance(frame, pandas.DataFrame) and list(frame.glazer) == ["a+b-b-"] * 2
    page = table._repr_html_()
    assert page.count("<img ") >= 1 and "<table" in page and "<button" not in page
    assert repr(table).startswith("StoreTable: store.db") and len(repr(table).splitlines()) <= 24
