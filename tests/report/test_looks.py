"""Formulas in one order, mixed sites in brackets, long directions on lines of their own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from curiebreak.report import training_text
from curiebreak.report.directions_text import directions, short_direction
from curiebreak.results import IrrepEntry, LearnedDirection
from curiebreak.structures import structure_from_arrays
from curiebreak.structures.elements import ELEMENTS, FORMULA_ORDER

NUMBERS = tuple(0.1 * i for i in range(24))


@pytest.mark.parametrize(
    ("species", "formula"),
    [
        (["O", "O", "O", "Mn", "La"], "LaMnO3"),
        (["O", "Ca", "O"], "CaO2"),
        (["F"] * 5 + ["P"], "PF5"),
        (["H", "H", "O"], "H2O"),
        (["H", "C", "H", "H", "H"], "CH4"),
        (["N", "H", "H", "H"], "NH3"),
        ([{"Al": 0.94, "Nb": 0.06}, "O", "O"], "(Al0.94Nb0.06)O2"),
        (["O", {"Sr": 0.3, "La": 0.7}, "Mn", "O", "O"], "(La0.7Sr0.3)MnO3"),
        ([{"O": 0.9}, {"O": 0.9}, "Ce"], "CeO1.8"),
    ],
)
def test_formulas_go_from_electropositive_to_electronegative(species: list[object], formula: str) -> None:
    """In whatever order the file has them: IUPAC's sequence of elements."""
    places = [[i / len(species), 0.0, 0.0] for i in range(len(species))]
    one = structure_from_arrays([[30.0, 0, 0], [0, 5.0, 0], [0, 0, 5.0]], species, places)  # type: ignore[arg-type]
    other = structure_from_arrays([[30.0, 0, 0], [0, 5.0, 0], [0, 0, 5.0]], species[::-1], places)  # type: ignore[arg-type]
    assert one.formula == other.formula == formula


def test_every_element_has_a_place() -> None:
    assert set(FORMULA_ORDER) == ELEMENTS


def test_long_directions_stand_on_lines_of_their_own() -> None:
    short = IrrepEntry(irrep="R4+", kpoint=("1/2", "1/2", "1/2"), direction="(a,a,0)", components=(0.5, 0.5, 0.0))
    long = replace(short, irrep="DT1", name="DT1", direction=None, components=NUMBERS)
    assert short_direction(short) == "(a,a,0)\n(0.500, 0.500, 0)" and short_direction(long) == "below"
    ((name, text),) = directions([short, long]).rows
    assert name == "DT1" and len(text.split("\n")) == 2 and max(map(len, text.split("\n"))) <= 90
    arms = replace(long, direction="(" + ";".join(["a,b"] * 12) + ")")
    ((_, text),) = directions([arms]).rows
    assert all(line.endswith((";", ")")) for line in text.split("\n"))


def test_the_crystals_direction_stands_beside_learned_ones_where_any_differs() -> None:
    """Two free numbers whose ratio training chose stand beside the crystal's; what symmetry fixes is the same."""
    one = IrrepEntry(
        irrep="R4+",
        name="R4+",
        kpoint=None,
        direction="(a,a)",
        components=(0.9, 0.9),
        learned=LearnedDirection(direction="(a,a)", components=(-0.7071068, -0.7071068), free=1),
    )
    chosen = LearnedDirection(direction="(a,b)", components=(0.8, 0.6), free=2)
    two = replace(one, irrep="X5+", name="X5+", direction="(a,b)", components=(0.3, 0.4), learned=chosen)
    table = training_text._directions((one, two))
    assert [row[2:4] for row in table.rows] == [
        ("the same", "symmetry"),
        ("(a,b)\n(0.600, 0.800)", "training, 2 free numbers"),
    ]
    alone = training_text._directions((one,))
    assert [row[2] for row in alone.rows] == [""]
