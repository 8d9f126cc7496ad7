"""The HTML report in headless Chromium: alone, silent, and its interactive view shows what the result says."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser import Shown, chromium, expected, images, shown
from command_line import CommandLine
from decomposed_pairs import decomposed, ordering
from pairs import paths

import curiebreak
from curiebreak.report.palette import irrep_colours
from curiebreak.report.writing import write_report
from curiebreak.results import Decomposition

__all__ = ["ordering"]

pytestmark = pytest.mark.slow

EXACT = 1e-6
"""Å, on the places as numbers; those on the graphics card are single precision."""

SINGLE = 1e-5
Opened = Callable[[str], tuple[Shown, Decomposition]]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def opened(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    """The report of a shipped pair, opened once per run; every test leaves it as the child with everything shown."""
    folder, known = tmp_path_factory.mktemp("reports"), {}
    with ExitStack() as stack:

        def open_report(name: str) -> tuple[Shown, Decomposition]:
            if name not in known:
                result = decomposed(name)
                write_report(result, folder / f"{name}.html")
                known[name] = stack.enter_context(shown(browser, folder / f"{name}.html")), result
            return known[name]

        yield open_report


def check_alone(seen: Shown) -> None:
    assert [url for url in seen.requests if not url.startswith("data:")] == [seen.page.url]
    assert seen.page.url.startswith("file://")
    assert seen.complaints == []


def drawn(seen: Shown) -> list[tuple[int, np.ndarray]]:
    return images(seen.page.locator("#view-data").inner_text())


def check_places(seen: Shown, result: Decomposition, scales: dict[tuple[str, str], float]) -> None:
    assert result.mode_fields is not None
    wanted = expected(result.mode_fields, drawn(seen), scales)
    assert np.abs(seen.positions() - wanted).max() < EXACT
    assert np.abs(np.array(seen.view("plotted()")) - wanted).max() < SINGLE


def irreps(seen: Shown) -> list[tuple[str, str]]:
    return [(one["irrep"], one["kind"]) for one in seen.view("data.irreps")]


def all_at(result: Decomposition, value: float) -> dict[tuple[str, str], float]:
    assert result.mode_fields is not None
    return {(one.irrep, one.kind): value for one in result.mode_fields.irreps}


@pytest.mark.parametrize("name", ["lamno3", "ymno3", "square"])
def test_page_is_alone_and_silent(opened: Opened, name: str) -> None:
    seen, result = opened(name)
    check_alone(seen)
    assert {atom for atom, _ in drawn(seen)} == set(range(len(result.mode_fields.sites)))  # type: ignore[union-attr]
    assert seen.ask("document.querySelectorAll('#view.nogl').length") == 0


@pytest.mark.parametrize("name", ["lamno3", "ymno3", "square"])
def test_buttons_give_parent_and_child(opened: Opened, name: str) -> None:
    seen, result = opened(name)
    check_places(seen, result, {})
    seen.page.get_by_role("button", name="Parent", exact=True).click()
    check_places(seen, result, all_at(result, 0.0))
    assert seen.ask("Array.from(document.querySelectorAll('#view output'), o => o.textContent)")[0] == "0.00"
    seen.page.get_by_role("button", name="Child", exact=True).click()
    check_places(seen, result, {})
    seen.page.locator("input[data-all]").fill("-0.5")
    check_places(seen, result, all_at(result, -0.5))
    seen.page.get_by_role("button", name="Child", exact=True).click()


@pytest.mark.parametrize("name", ["lamno3", "ymno3", "square"])
def test_each_slider_moves_the_atoms_by_its_field(opened: Opened, name: str) -> None:
    seen, result = opened(name)
    for number, key in enumerate(irreps(seen)):
        for value in (1.5, -1.5, 0.0, 0.37):
            before = seen.positions()
            seen.slide(number, value)
            check_places(seen, result, {key: value})
            assert np.abs(seen.positions() - before).max() > 1e-4, "the slider moves nothing"
        seen.slide(number, 1)
    labels = irreps(seen)
    scales = {key: 0.1 * number - 0.4 for number, key in enumerate(labels)}
    for number, key in enumerate(labels):
        seen.slide(number, round(scales[key], 2))
    check_places(seen, result, scales)
    seen.page.get_by_role("button", name="Child", exact=True).click()


def test_sliders_take_the_keyboard_and_stop_at_their_ends(opened: Opened) -> None:
    seen, result = opened("lamno3")
    key, slider = irreps(seen)[0], seen.page.locator("input[data-irrep='0']")
    slider.focus()
    seen.page.keyboard.press("Home")
    check_places(seen, result, {key: -1.5})
    seen.page.keyboard.press("End")
    check_places(seen, result, {key: 1.5})
    seen.page.keyboard.press("ArrowLeft")
    check_places(seen, result, {key: 1.49})
    slider.fill("1")


def test_bond_lengths_are_those_of_the_child_that_was_read(opened: Opened) -> None:
    """Three Mn-O distances in LaMnO3, by the child's file alone."""
    seen, result = opened("lamno3")
    places, species = seen.positions(), result.mode_fields.undistorted.species  # type: ignore[union-attr]
    lengths = {round(float(np.linalg.norm(places[i] - places[j])), 4) for i, j in seen.view("data.bonds")}
    child = curiebreak.structures.read_structure(paths("lamno3")[1])
    kinds, steps = np.array(child.species), np.array(list(itertools.product((-1, 0, 1), repeat=3)))
    mn, oxygen = child.coords[kinds == "Mn"][0], child.coords[kinds == "O"]
    apart = (oxygen[:, None] + steps[None] - mn).reshape(-1, 3) @ child.lattice
    nearest = np.sort(np.linalg.norm(apart, axis=1))[:6]
    assert sorted(lengths) == pytest.approx(sorted({round(float(x), 4) for x in nearest}), abs=3e-4)
    assert {species[drawn(seen)[i][0]] for pair in seen.view("data.bonds") for i in pair} == {"Mn", "O"}


def test_strain_stretches_the_cell(opened: Opened) -> None:
    """The drawn cell of YMnO3 at scale 0 of the strain has the parent's volume, at 1 the child's."""
    seen, result = opened("ymno3")
    number = irreps(seen).index(("GM1+", "strain"))
    fields = result.mode_fields
    assert fields is not None and fields.strain is not None
    atoms = {(atom, *shift): i for i, (atom, shift) in enumerate(drawn(seen))}
    one, two = next(
        (i, atoms[key]) for i, (atom, shift) in enumerate(drawn(seen)) for key in atoms
        if key[0] == atom and np.linalg.norm(shift - key[1:]) > 3
    )  # fmt: skip
    lengths = []
    for value in (0.0, 1.0):
        seen.slide(number, value)
        places = seen.positions()
        lengths.append(places[two] - places[one])
    assert lengths[0] @ (np.eye(3) + np.array(fields.strain)) == pytest.approx(lengths[1], abs=EXACT)
    assert np.abs(lengths[0] - lengths[1]).max() > 1e-3


@pytest.mark.parametrize("part", ["arrows", "polyhedra", "bonds", "cell", "atoms"])
def test_boxes_hide_and_show(opened: Opened, part: str) -> None:
    seen, _ = opened("lamno3")
    box, before = seen.page.locator(f"input[data-show={part}]"), seen.picture()
    box.uncheck()
    assert seen.view(f"shown('{part}')") is False and seen.picture() != before
    box.check()
    assert seen.view(f"shown('{part}')") is True and seen.picture() == before


def test_arrows_of_one_irrep_have_its_colour(opened: Opened) -> None:
    seen, result = opened("lamno3")
    before = seen.picture()
    seen.page.locator("select[data-arrows]").select_option(label="R4+")
    assert seen.picture() != before
    seen.page.locator("select[data-arrows]").select_option(label="all irreps")
    assert seen.picture() == before
    colours = {one["irrep"]: one["colour"] for one in seen.view("data.irreps")}
    assert colours == {label: irrep_colours(result)[label] for label in colours}


def test_the_picture_turns_but_the_atoms_stay(opened: Opened) -> None:
    seen, _ = opened("lamno3")
    before, places = seen.picture(), seen.positions()
    axis = "document.querySelector('g[data-axis=x] line').getAttribute('x2')"
    at, box = seen.ask(axis), seen.page.locator("#view canvas").bounding_box()
    seen.page.mouse.move(box["x"] + 200, box["y"] + 200)
    seen.page.mouse.down()
    seen.page.mouse.move(box["x"] + 320, box["y"] + 230, steps=4)
    seen.page.mouse.up()
    dragged = seen.picture()
    assert dragged != before and seen.ask(axis) != at
    seen.page.keyboard.press("ArrowLeft")
    assert seen.picture() != dragged
    assert np.array_equal(seen.positions(), places)
    seen.page.locator("button[data-look=start]").click()
    assert seen.picture() == before


def test_picture_can_be_saved(opened: Opened, tmp_path: Path) -> None:
    seen, _ = opened("lamno3")
    with seen.page.expect_download() as download:
        seen.page.get_by_role("button", name="Save PNG").click()
    download.value.save_as(tmp_path / "saved.png")
    assert (tmp_path / "saved.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


def test_tables_sort(opened: Opened) -> None:
    seen, _ = opened("lamno3")
    tables = seen.page.locator("table.sortable")
    assert tables.count() >= 2
    for table in (tables.nth(i) for i in range(tables.count())):
        for column, button in enumerate(table.locator("thead button").all()):
            cells = table.locator(f"tbody tr td:nth-child({column + 1})")
            before = cells.all_text_contents()
            button.click()
            up = cells.all_text_contents()
            button.click()
            down = cells.all_text_contents()
            assert sorted(before) == sorted(up) == sorted(down)
            assert up == sorted(up, key=_order(up))
            assert _present(down) == sorted(_present(down), key=_order(down), reverse=True)
            assert len(set(before)) < len(before) or _present(up) == _present(down)[::-1]
            assert table.locator("th[aria-sort=descending]").count() == 1


def _present(cells: list[str]) -> list[str]:
    return [cell for cell in cells if cell not in ("", "-")]


def _order(cells: list[str]) -> Callable[[str], tuple[bool, float]]:
    """Missing ones last; numbers by value; other columns are not judged."""
    numeric = all(re.fullmatch(r"[-+]?\d*\.?\d+(e[-+]?\d+)?( %| Å)?", cell) for cell in _present(cells))
    return lambda cell: (cell in ("", "-"), float(cell.split()[0]) if numeric and cell not in ("", "-") else 0.0)


def test_occupations_colour_the_atoms(browser: Any, ordering: tuple[Path, Path], tmp_path: Path) -> None:
    """All sites alike in the disordered parent; in the child each has the colour of its element."""
    write_report(curiebreak.decompose(*ordering), tmp_path / "order.html")
    with shown(browser, tmp_path / "order.html") as seen:
        tints = {one["name"]: one["colour"] for one in seen.view("data.elements")}
        child = seen.view("colours()")
        assert set(child) == set(tints.values()) and len(tints) == 2
        assert child.count(tints["Cu"]) == 8 and child.count(tints["Pt"]) == 6, "corners and faces of the cube"
        seen.page.get_by_role("button", name="Parent", exact=True).click()
        assert len(set(seen.view("colours()"))) == 1
        check_alone(seen)


def test_without_webgl_the_page_says_so(browser: Any, tmp_path: Path) -> None:
    write_report(decomposed("square"), tmp_path / "square.html")
    blocked = "HTMLCanvasElement.prototype.getContext = () => null;"
    with shown(browser, tmp_path / "square.html", script=blocked) as seen:
        assert seen.page.locator(".missing").is_visible() and not seen.page.locator(".panel").is_visible()
        check_alone(seen)


def test_report_of_find(browser: Any, command_line: CommandLine, tmp_path: Path) -> None:
    ran = command_line("find", *paths("square"), "--quiet", "--report", "a.html", "-o", "a.json")
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    assert command_line("report", "a.json", "-o", "b.html", "--quiet").code == 0
    for name in ("a.html", "b.html"):
        with shown(browser, tmp_path / name) as seen:
            assert ("B1g", "displacement") in irreps(seen)
            check_alone(seen)


@pytest.mark.shared
@pytest.mark.parametrize("case", ["01_wo3_p21n_2x2x2", "19_k2seo4_pna21_lockin", "15_pt3cu_l12_occ"])
def test_shared_cases(browser: Any, case: str, shared: Path, tmp_path: Path) -> None:
    folder = shared / "data" / "cases" / case
    result = curiebreak.decompose(folder / "parent.cif", folder / "child.cif")
    write_report(result, tmp_path / "case.html")
    with shown(browser, tmp_path / "case.html") as seen:
        check_places(seen, result, {})
        key = irreps(seen)[0]
        seen.slide(0, -1.2)
        check_places(seen, result, {key: -1.2})
        check_alone(seen)
