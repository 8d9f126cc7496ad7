"""``certify``: given inputs, their floors, what each adds and what is missing."""

from __future__ import annotations

import numpy as np
import pytest
from command_line import CommandLine
from pairs import analysis, paths

import curiebreak
from curiebreak.discovery.given import InputReader
from curiebreak.discovery.given_text import parse_given
from curiebreak.discovery.projection import InputCell
from curiebreak.errors import InputError, UsageError
from curiebreak.results import Certification, Status

FLOORS = {"R4+": 0.467, "M3+": 0.693, "X5+": 0.881, "M2+": 0.959}
"""Curie floors of LaMnO3 with one irrep given, by averaging over the operations that it leaves."""


@pytest.mark.parametrize("label", FLOORS)
def test_one_irrep_of_lamno3_stops_at_its_floor(label: str) -> None:
    found = curiebreak.certify(*paths("lamno3"), [label])
    assert found.status is Status.OK and found.sufficient is False
    assert found.floor == pytest.approx(FLOORS[label], abs=6e-4)
    assert found.loss == pytest.approx(found.floor, rel=1e-3)
    assert found.given[0].necessary is True and found.given[0].active
    assert found.missing and all(label not in labels for labels in found.missing)


def test_what_completes_a_tilt() -> None:
    found = curiebreak.certify(*paths("lamno3"), ["R4+"])
    assert found.missing == (("M3+",), ("X5+",), ("M2+",))
    assert found.input_symmetry is not None and found.input_symmetry.number == 74
    assert found.given[0].direction == "(a,a,0)"


def test_both_tilts_are_enough_and_each_is_needed() -> None:
    found = curiebreak.certify(*paths("lamno3"), ["R4+(0,b,b)", "M3+[Mn:1e]"])
    assert found.sufficient is True and found.missing == () and found.superfluous == ()
    assert [g.necessary for g in found.given] == [True, True]
    carrier = found.given[1].carrier
    assert (carrier.site, carrier.l, carrier.parity) == ("Mn", 1, "e")
    assert {c.kind for c in found.certificates} == {"curie", "sufficient", "necessary"}
    assert found.input_symmetry is not None and found.input_symmetry.symbol == "Pnma"
    assert Certification.from_json(found.to_json()) == found


def test_a_stated_direction_holds_in_any_domain() -> None:
    for text in ("R4+(a,a,0)", "R4+(0,b,-b)", "R4+[1,0,1]"):
        (given,) = InputReader(analysis("lamno3")).read([text])
        (part,) = given.parts
        components = np.sort(np.abs(part.order_parameters[0]))
        assert components[0] < 1e-9 * components[2] and components[1] == pytest.approx(components[2])


def test_the_stated_relative_direction_matters() -> None:
    """a+b-b- keeps the in-phase axis apart; an R4+ tilt about one axis alone does not make Pnma."""
    found = curiebreak.certify(*paths("lamno3"), ["R4+(a,0,0)", "M3+(a;0;0)"])
    assert found.sufficient is False and found.floor is not None and found.floor > 0.1


def test_more_than_enough() -> None:
    found = curiebreak.certify(*paths("lamno3"), ["R4+", "M3+", "X5+"])
    assert found.sufficient is True and set(found.superfluous) == {"R4+", "M3+", "X5+"}


def test_inputs_that_break_more_than_the_child() -> None:
    found = curiebreak.certify(*paths("batio3"), ["GM4-", "1o(1)"])
    assert found.sufficient is True and found.superfluous == ("1o(1)",)
    assert any("also break operations" in message for message in found.messages)


@pytest.mark.parametrize(
    ("text", "irreps", "enough"), [("2e(2)", ("B1g",), True), ("2e(-2)", ("B2g",), False), ("2e(0)", (), False)]
)
def test_harmonics_on_the_square(text: str, irreps: tuple[str, ...], enough: bool) -> None:
    """The rectangle is B1g, x2 - y2; xy gives the rhombus; z2 breaks nothing."""
    found = curiebreak.certify(*paths("square"), [text])
    assert (found.given[0].irreps, found.sufficient) == (irreps, enough)
    assert found.missing == (() if enough else (("B1g",),))
    assert found.loss == pytest.approx(found.floor, rel=1e-3, abs=1e-6)


@pytest.mark.parametrize("name", ["lamno3", "ymno3", "ca3ti2o7", "zro2", "square"])
def test_fields_hold_what_they_were_made_from(name: str) -> None:
    pair = analysis(name)
    for mode in pair.modes:
        (given,) = InputReader(pair).read([mode.label])
        assert {p.label for p in InputCell(pair).project({given.carrier: given.field})} == {mode.label}


@pytest.mark.parametrize(
    "text", ["X9+", "GM4-", "R4+(0,b)", "M3+[La:1e]", "M3+[Fe]", "M3+(a;a;a)", "R4+[global:1e]", "2e(3)", "(a,0)"]
)
def test_refused_inputs(text: str) -> None:
    with pytest.raises(InputError) as caught:
        InputReader(analysis("lamno3")).read([text])
    assert caught.value.hint


@pytest.mark.parametrize(
    "texts", [("M3+", "R4+", "M3+"), ("R4+", "R4+(a,a,0)"), ("2e(0)", "2e(m=0)"), ("M3+@Mn:1e", "M3+")]
)
def test_one_input_given_twice_is_refused(texts: tuple[str, ...]) -> None:
    """Beside its double no input would be needed."""
    with pytest.raises(InputError, match="gives already"):
        InputReader(analysis("lamno3")).read(texts)
    assert len(InputReader(analysis("lamno3")).read(["R4+(a,0,0)", "R4+(0,a,0)"])) == 2


def test_no_input_is_no_hypothesis() -> None:
    with pytest.raises(UsageError):
        curiebreak.certify(*paths("square"), [])


def test_reading_of_inputs() -> None:
    one = parse_given("R4+ (0, b, b) @ Mn:1e")
    assert (one.label, one.direction, one.site, one.degree, one.parity) == ("R4+", "(0,b,b)", "Mn", 1, 1)
    two = parse_given("5e(m=-2)")
    assert (two.site, two.degree, two.parity, two.orders) == ("global", 5, 1, (-2,))
    three = parse_given("GM2+GM3+@1o")
    assert (three.label, three.site, three.degree, three.parity) == ("GM2+GM3+", None, 1, -1)


def test_identical_structures_have_nothing_to_break(command_line: CommandLine) -> None:
    parent, _ = paths("batio3")
    ran = command_line("certify", parent, parent, "GM4-(a,0,0)", "--json")
    assert ran.code == 0 and ran.json["status"] == "nothing_to_break"


def test_command_line(command_line: CommandLine) -> None:
    ran = command_line("certify", *paths("square"), "2e(2)", "--json", "--strict")
    assert ran.code == 0 and ran.err == ""
    assert ran.json["command"] == "certify" and ran.json["sufficient"] is True
    text = command_line("certify", *paths("square"), "2e(-2)").out
    assert "not sufficient" in text and "add B1g" in text
    command_line.refuses(3, "certify", *paths("square"), "B9g")
    command_line.refuses(2, "certify", *paths("square"))
