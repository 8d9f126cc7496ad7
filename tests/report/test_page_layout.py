"""What an editor would refuse: orphan pages, sections outside their chapter, atoms left out, labels over labels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pairs import paths
from report_samples import RESULTS, drawn_pages, perovskite
from sample_results import decomposition
from text_boxes import faults

from curiebreak.parents.api import search_parents
from curiebreak.report import figures
from curiebreak.report.content import content
from curiebreak.report.crystal import DrawnCrystal
from curiebreak.report.draw_structure import add_structure
from curiebreak.report.page import MARGIN, Pages
from curiebreak.report.palette import POSITIVE
from curiebreak.report.report_panels import CANDIDATES, LADDER, STRAIN
from curiebreak.report.scene import Scene, View
from curiebreak.report.sections import Column, Table
from curiebreak.report.text_layout import width_of
from curiebreak.report.training_text import tables
from curiebreak.results import Finding, PathEvent, SelectionResult


@pytest.mark.parametrize("name", sorted(RESULTS.keys() - {"bare", "crowded tree"}))
def test_chapters_stand_in_order_and_no_page_is_an_orphan(name: str) -> None:
    result = RESULTS[name]()
    pages = drawn_pages(name)
    lines = [text.get_text() for page in pages for text in page.texts]
    words = content(result)
    present = [
        chapter
        for chapter, parts in (("Modes", words.modes), ("Training", words.training), ("Provenance", words.rest))
        if parts and chapter in lines
    ]
    assert present[-1] == "Provenance" and ("Training" in present) == isinstance(result, Finding)
    for chapter, parts in (("Training", words.training), ("Provenance", words.rest)):
        titles = [part.title for part in parts if hasattr(part, "title")]
        assert chapter not in present or all(lines.index(title) > lines.index(chapter) for title in titles)
    lowest = min((t.get_position()[1] for t in pages[-1].texts if t.get_position()[1] > 0.05), default=1.0)
    assert len(pages) == 1 or len(pages) == 4 or lowest < 0.75, "the last page holds next to nothing"


def test_a_table_is_not_wider_than_the_page_and_stays_on_one() -> None:
    names = [f"a long heading {i}" for i in range(9)]
    table = Table("t", tuple(Column(name, spare=i) for i, name in enumerate(names)), (("x",) * 9,) * 12)
    pages = Pages(dry=False)
    pages.top = pages.height - MARGIN - 0.7
    pages.sections([table])
    assert len(pages.figures) == 2 and not pages.figures[0].texts
    shown = {text.get_text() for text in pages.figures[1].texts}
    kept = [name for name in names if name in shown]
    assert names[0] in kept and names[8] not in kept
    assert sum(width_of(name, 7.5, True) for name in kept) < pages.width


def _crystal(species: tuple[str, ...], frac: tuple[tuple[float, ...], ...], **more: object) -> DrawnCrystal:
    cell = np.diag([4.0, 4.0, 4.0])
    places = np.array(frac)
    return DrawnCrystal((cell, cell), (places, places), species, np.eye(3), np.zeros_like(places), **more)  # type: ignore[arg-type]


PEROVSKITE = (("La", "Mn", "O", "O", "O"), ((0.5, 0.5, 0.5), (0, 0, 0), (0.5, 0, 0), (0, 0.5, 0), (0, 0, 0.5)))


def test_polyhedra_stand_around_what_carries_the_input() -> None:
    assert _crystal(*PEROVSKITE).centres == ("Mn",)
    carried = _crystal(*PEROVSKITE, carriers=frozenset({"La"}))
    assert carried.centres == ("La",) and len(carried.coordination[0]) == 12
    assert _crystal(*PEROVSKITE, carriers=frozenset({"O"})).centres == ("Mn",)
    finding = perovskite()
    found = DrawnCrystal.of(finding)
    assert found is not None and finding.structures is not None
    own = {finding.structures.undistorted.species[i] for one in finding.breaking_input for i in one.atoms}
    assert own and found.carriers == own


def test_an_element_has_one_radius() -> None:
    """Half of the oxygen atoms stand in octahedra, the other half alone."""
    species = (*PEROVSKITE[0], "O")
    crystal = _crystal(species, (*PEROVSKITE[1], (0.25, 0.25, 0.25)))
    assert {crystal.radius(i) for i, name in enumerate(species) if name == "O"} == {crystal.radii["O"]}
    assert crystal.radii["Mn"] != crystal.radii["La"]


def test_every_atom_of_the_legend_is_drawn_in_a_large_cell() -> None:
    count = 8
    steps = np.array(list(np.ndindex(count, count, count))) / count
    species = tuple("Na" if int(round(count * sum(step))) % 2 else "Cl" for step in steps)
    cell = 2.8 * count * np.eye(3)
    crystal = DrawnCrystal((cell, cell), (steps, steps), species, np.eye(3), np.zeros_like(steps))
    assert len(crystal.images) > 500 and set(crystal.colours) == {"Na", "Cl"}
    scene = Scene(View.along((1, 0.3, 0.2), (0, 0, 1)))
    add_structure(scene, crystal, child=False)
    faces = {piece.face[:3] for piece in scene.pieces}
    colours = {tuple(int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)) for colour in crystal.colours.values()}
    assert colours <= {tuple(face) for face in faces}


def test_a_flat_molecule_that_leaves_its_plane_is_seen_from_the_side() -> None:
    flat = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0]])
    out = flat + np.array([[0, 0, 0.3], [0, 0, 0], [0, 0, 0]])
    for child, above in ((flat, True), (out, False)):
        cell = np.eye(3)
        seen = DrawnCrystal((cell, cell), (flat, child), ("N", "H", "H"), cell, child - flat, molecule=True)
        assert (seen.tilted_view().axes[2] @ np.array([0, 0, 1]) > 0.99) == above


def test_the_ladder_marks_the_group_of_the_child() -> None:
    result = decomposition()
    child = result.child.space_group
    assert child is not None
    low = replace(result.tolerance_ladder[0], number=1, symbol="P1")
    drawn = figures.ladder(replace(result, tolerance_ladder=(low, *result.tolerance_ladder)))
    marks = [line for line in drawn.axes[0].lines if line.get_marker() == "o"]
    assert [line.get_color() == POSITIVE for line in marks[:2]] == [False, True]


def test_panels_with_nothing_to_show_are_left_out() -> None:
    result = decomposition()
    assert result.mapping is not None and STRAIN.shown(result)
    still = replace(result, mapping=replace(result.mapping, strain=((0.0,) * 3,) * 3))
    assert not STRAIN.shown(still) and not LADDER.shown(replace(result, tolerance_ladder=result.tolerance_ladder[:1]))


@pytest.mark.slow
def test_candidates_of_one_index_have_labels_apart() -> None:
    """P4/mbm twice at index 4, at 0.45 and 0.46 Å."""
    found = search_parents(paths("lamno3")[1])
    assert faults(CANDIDATES.figure(found)) == []


def test_a_sentence_says_why_a_block_was_kept() -> None:
    result = perovskite()
    missed = next(c for c in result.certificates if c.without)
    event = PathEvent(
        irrep=missed.without or "",
        carrier="O:1o",
        strength=0.7,
        runner_up=None,
        runner_up_strength=0.0,
        loss=0.1,
        fate="kept",
    )
    events = (event, replace(event, irrep="M2+", fate="pruned"), replace(event, irrep="X5+", fate="passed over"))
    selection = SelectionResult(objective="", events=events)
    table = next(part for part in tables(replace(result, selection=selection)) if isinstance(part, Table))
    one, two, three = (row[-1] for row in table.rows)
    assert one == f"kept: without it the loss is {missed.learned:.4f}"
    assert "left out" in two and "passed over" in three
