"""Every section of a report says which chapter it stands in; provenance holds how it was made, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest
from pairs import paths
from sample_results import decomposition, finding

from curiebreak import decompose
from curiebreak.report.content import content, provenance
from curiebreak.report.result_text import sections
from curiebreak.report.sections import Headline
from curiebreak.results import Intermediates
from curiebreak.results.record import Record

PROVENANCE = {"Run", "Messages", "How it was made", "To cite"}


@cache
def result(name: str) -> Record:
    if name == "decomposition with domains":
        return decompose(*paths("batio3"), domains=True)
    if name == "intermediates":
        import curiebreak

        found: Intermediates = curiebreak.intermediates(*paths("batio3"))
        return found
    return {"finding": finding, "decomposition": decomposition}[name]()


NAMES = ("finding", "decomposition", "decomposition with domains", "intermediates")


@pytest.mark.parametrize("name", NAMES)
def test_sections_say_their_chapter(name: str) -> None:
    parts = [part for part in sections(result(name)) if not isinstance(part, Headline)]  # type: ignore[arg-type]
    assert [part.title for part in parts if part.chapter is None] == []
    places = [(part.chapter, part.rank) for part in parts]
    assert len(set(places)) == len(places), "two sections in one place"


@pytest.mark.parametrize("name", NAMES)
def test_provenance_is_how_it_was_made(name: str) -> None:
    found = content(result(name), whole=True)
    assert {part.title for part in found.rest if not isinstance(part, Headline)} <= PROVENANCE


def test_options_are_said_in_words() -> None:
    asked = {"compression": True, "sites": ("Mn", "O"), "keep_cell": False, "amplitudes": {"R4+": 1.0}, "seed": 0}
    (made,) = (part for part in provenance(replace(finding(), options=asked)) if part.title == "How it was made")
    assert dict(made.rows)["options"] == "compression yes, sites Mn O, amplitudes R4+=1.0, seed 0"


def test_what_is_known_of_the_symmetry_stands_under_modes() -> None:
    found = content(result("decomposition with domains"), whole=True)
    titles = [part.title for part in found.modes if not isinstance(part, Headline)]
    assert {"Lost operations", "Domains", "Equivalent children"} <= set(titles)
    assert titles.index("Symmetry") + 1 == titles.index("Lost operations")


def test_given_fields_stand_under_the_answer() -> None:
    whole = replace(finding(), remaining_group=finding().isotropy_subgroup, partial=("R4+",))
    titles = [part.title for part in content(whole, whole=True).answer if not isinstance(part, Headline)]
    assert titles[0] == "Pair" and "On the way" in titles


def test_paper_leaves_out_what_a_figure_shows() -> None:
    name = "The child's group against tolerance"
    shown = [[p.title for p in content(result(NAMES[2]), whole=whole).modes] for whole in (True, False)]  # type: ignore[union-attr]
    assert name in shown[0] and name not in shown[1]
