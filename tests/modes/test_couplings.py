"""Invariant polynomials and the lowest couplings of secondaries."""

from __future__ import annotations

import json
from functools import cache
from math import sqrt
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from command_line import CommandLine
from pairs import analysis, paths

from curiebreak import couplings
from curiebreak.errors import InputError
from curiebreak.modes.couplings import drivers
from curiebreak.modes.expansion import Expansion, expansion, invariants
from curiebreak.results import CouplingResult, InvariantPolynomial
from curiebreak.symmetry.images import image_group
from curiebreak.symmetry.invariants import arm_form, driving_degrees, joint_translations
from curiebreak.symmetry.polynomials import number_text, polynomial_text, substitute

SCHEMA = Path(__file__).resolve().parents[2] / "docs" / "schema" / "couplings.schema.json"


@cache
def listed(name: str, order: int = 4) -> tuple[Expansion, list[InvariantPolynomial]]:
    expanded = expansion(analysis(name))
    found = list(invariants(expanded, order))
    assert all(isinstance(one, InvariantPolynomial) for one in found)
    return expanded, found  # type: ignore[return-value]


def value(one: InvariantPolynomial, point: dict[str, Any]) -> Any:
    return sum(t.coefficient * np.prod([point[x] ** n for x, n in t.powers.items()], axis=0) for t in one.terms)


def text_value(text: str, point: dict[str, float]) -> float:
    return float(eval(text.replace("^", "**"), {"sqrt": sqrt}, point))


def test_lamno3_secondaries() -> None:
    """Orders in Pnma; X5+ ~ M3+*R4+ is the trilinear term of Benedek & Fennie, JPCC 117, 13339 (2013)."""
    found = {driver.text for driver in drivers(analysis("lamno3")).values()}
    assert found == {
        "X5+ ~ M3+*R4+",
        "M2+ ~ M3+*R4+^2",
        "R5+ ~ M3+^2*R4+, R4+^3",
        "GM1+ strain ~ M3+^2, R4+^2",
        "GM3+ strain ~ M3+^2, R4+^2",
        "GM5+ strain ~ R4+^2",
    }


def test_ymno3_polarisation_is_cubic() -> None:
    """The polar GM2- follows the third power of K3 (Fennie & Rabe, PRB 72, 100103 (2005))."""
    found = drivers(analysis("ymno3"))
    assert found["GM2-", "displacement"].text == "GM2- ~ K3^3"
    assert found["GM2-", "displacement"].order == 3


def test_other_primaries() -> None:
    """With M3+ and X5+ as primaries the tilt R4+ is the secondary, through the same trilinear term."""
    found = drivers(analysis("lamno3"), ("M3+", "X5+"))
    assert found["R4+", "displacement"].text == "R4+ ~ M3+*X5+"
    assert ("M3+", "displacement") not in found


@pytest.mark.parametrize("name", ["lamno3", "ymno3", "batio3", "zro2", "ca3ti2o7", "square"])
def test_polynomials_are_invariant(name: str) -> None:
    """Under all matrices, on random vectors."""
    expanded, found = listed(name)
    rng = np.random.default_rng(7)
    vectors = [rng.normal(size=m.shape[1]) for m in expanded.images]
    moved = np.concatenate([m @ v for m, v in zip(expanded.images, vectors, strict=True)], axis=1)
    names = [x for group in expanded.variables for x in group]
    point = dict(zip(names, moved.T, strict=True))
    for one in found:
        values = value(one, point)
        assert np.ptp(values) < 1e-9 * max(1.0, np.abs(values).max()), one.polynomial


@pytest.mark.parametrize("name", ["lamno3", "ymno3", "batio3", "square"])
def test_number_of_invariants(name: str) -> None:
    """Molien: coefficient of t^n in the mean of 1/det(1 - t D), by the eigenvalues of D."""
    expanded, found = listed(name)
    series = np.zeros((5, len(expanded.images[0])), dtype=complex)
    series[0] = 1
    for matrices in expanded.images:
        for eigenvalue in np.linalg.eigvals(matrices).T:
            for n in range(1, 5):
                series[n] += eigenvalue * series[n - 1]
    wanted = np.round(series.mean(axis=1).real).astype(int)
    assert [sum(one.degree == n for one in found) for n in range(2, 5)] == list(wanted[2:])


@pytest.mark.parametrize("name", ["lamno3", "ymno3", "batio3"])
def test_lowest_couplings_are_those_of_the_list(name: str) -> None:
    """Averages over cosets and written polynomials are two ways to the same lowest products."""
    expanded, found = listed(name)
    primary = {m.name for m in expanded.members if m.primary}
    for (label, kind), driver in drivers(analysis(name)).items():
        linear = [
            one
            for one in found
            if one.factors.get(driver.name) == 1 and set(one.factors) <= primary | {driver.name} and one.in_child != "0"
        ]
        if driver.name not in {m.name for m in expanded.members}:
            assert label.startswith("GM1"), (label, kind)
            continue
        lowest = min(one.degree for one in linear)
        products = [{k: n for k, n in one.factors.items() if k in primary} for one in linear if one.degree == lowest]
        assert lowest == driver.order + 1
        assert all(p in products for p in driver.products) and all(p in driver.products for p in products)


def test_value_in_the_child() -> None:
    expanded, found = listed("lamno3")
    rng = np.random.default_rng(3)
    free = dict(zip(expanded.free, rng.normal(size=len(expanded.free)), strict=True))
    joint = np.concatenate(expanded.patterns, axis=1)
    names = [x for group in expanded.variables for x in group]
    point = dict(zip(names, np.array(list(free.values())) @ joint, strict=True))
    for one in found:
        assert text_value(one.in_child, free) == pytest.approx(value(one, point), abs=1e-9)
        assert text_value(one.polynomial, point) == pytest.approx(value(one, point), abs=1e-9)


def test_trilinear_term() -> None:
    expanded, found = listed("lamno3", 3)
    (term,) = [one for one in found if one.factors == {"M3+": 1, "R4+": 1, "X5+": 1}]
    assert len(term.terms) == 6 and {abs(t.coefficient) for t in term.terms} == {1.0}
    assert term.in_child != "0"
    directions = {m.name: expanded.direction(i) for i, m in enumerate(expanded.members)}
    assert (directions["M3+"], directions["R4+"]) == ("(a;0;0)", "(0,e,e)")


def test_matrices_are_those_of_the_irreps() -> None:
    pair = analysis("ymno3")
    for mode in pair.modes:
        form = arm_form(pair.parent, mode.irrep)
        found = form.real_matrices(joint_translations(form.kpoints))
        wanted = image_group(pair.parent, mode.irrep)
        distance = np.abs(found[:, None] - wanted[None]).max(axis=(2, 3))
        assert distance.min(axis=1).max() < 1e-9 and distance.min(axis=0).max() < 1e-9


@pytest.mark.parametrize(
    ("kpoints", "count"),
    [
        ([[0, 0, 0]], 1),
        ([[1 / 2, 1 / 2, 1 / 2]], 2),
        ([[1 / 2, 1 / 2, 0], [1 / 2, 0, 1 / 2], [0, 1 / 2, 1 / 2]], 4),
        ([[1 / 3, 1 / 3, 0], [0, 0, 1 / 2]], 6),
        ([[1 / 7, 0, 0], [0, 1 / 7, 0], [0, 0, 1 / 7]], 343),
    ],
)
def test_joint_translations(kpoints: list[list[float]], count: int) -> None:
    translations = joint_translations(np.array(kpoints, dtype=float))
    phases = np.round(np.exp(2j * np.pi * translations @ np.array(kpoints).T), 6) + 0.0
    assert len(translations) == len(np.unique(phases, axis=0)) == count


def test_driving_degrees_of_a_reflection() -> None:
    """Under x -> -x an even quantity needs the square, an odd one the first power."""
    odd, even = np.array([1.0, -1.0]), np.array([1.0, 1.0])
    assert driving_degrees([odd], even, 6) == [(2,)]
    assert driving_degrees([odd], odd, 6) == [(1,)]
    assert driving_degrees([even], odd, 6) == []
    assert driving_degrees([], even, 6) == []


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1, "1"),
        (0.75, "3/4"),
        (sqrt(3) / 2, "sqrt(3)/2"),
        (2 / sqrt(3), "2*sqrt(3)/3"),
        (sqrt(8), "2*sqrt(2)"),
    ],
)
def test_numbers_as_text(number: float, text: str) -> None:
    assert number_text(number) == text


def test_substitution() -> None:
    """(x + y)^2 on x = a, y = -a vanishes; x*y becomes -a^2."""
    square = np.array([[2, 0], [1, 1], [0, 2]])
    exponents, coefficients = substitute(square, np.array([1.0, 2.0, 1.0]), np.array([[1.0, -1.0]]))
    assert polynomial_text(exponents, coefficients, ["a"]) == "0"
    exponents, coefficients = substitute(square, np.array([0.0, 1.0, 0.0]), np.array([[1.0, -1.0]]))
    assert polynomial_text(exponents, coefficients, ["a"]) == "-a^2"


def test_refusals() -> None:
    with pytest.raises(InputError, match="X9"):
        couplings(*paths("lamno3"), irreps=["X9"])
    with pytest.raises(InputError, match="from 2 to 8, got 20"):
        couplings(*paths("lamno3"), order=20)


def test_command(command_line: CommandLine) -> None:
    parent, child = paths("lamno3")
    ran = command_line("couplings", parent, child, "--order", 3, "--json", "--quiet")
    assert (ran.code, ran.err) == (0, "")
    jsonschema.validate(ran.json, json.loads(SCHEMA.read_text()))
    report = CouplingResult.from_json(ran.out)
    assert report.to_json() + "\n" == ran.out
    assert (report.status.value, set(report.primary), report.group_order) == ("ok", {"M3+", "R4+"}, 384)
    entries = {entry.name: entry for entry in report.irreps}
    assert (entries["X5+"].coupling, entries["X5+"].order) == ("X5+ ~ M3+*R4+", 2)
    assert entries["GM1+ strain"].variables == () and entries["GM1+ strain"].coupling
    assert max(one.degree for one in report.invariants) == 3


def test_command_with_chosen_irreps(command_line: CommandLine) -> None:
    parent, child = paths("lamno3")
    ran = command_line("couplings", parent, child, "--irreps", "M3+, R4+, GM3+ strain", "-o", "out.json")
    assert ran.code == 0 and "a^2 + b^2 + c^2" in ran.out and "X5+^2" not in ran.out
    names = {name for one in json.loads(Path("out.json").read_text())["invariants"] for name in one["factors"]}
    assert names == {"M3+", "R4+", "GM3+ strain"}
    command_line.refuses(2, "couplings", parent, child, "-o", "out.json")
    command_line.refuses(3, "couplings", parent, child, "--irreps", "M9+")


def test_nothing_to_couple(command_line: CommandLine, structures: Path) -> None:
    square = structures / "square.xyz"
    ran = command_line("couplings", square, square, "--json")
    assert (ran.json["status"], ran.json["invariants"]) == ("nothing_to_break", [])


def test_modes_states_the_couplings(command_line: CommandLine) -> None:
    entries = command_line("modes", *paths("lamno3"), "--json").json["irreps"]
    found = {(e["irrep"], e["kind"]): e["coupling"] for e in entries}
    assert found["X5+", "displacement"] == "X5+ ~ M3+*R4+"
    assert found["GM5+", "strain"] == "GM5+ strain ~ R4+^2"
    assert found["M3+", "displacement"] is None


@pytest.mark.shared
@pytest.mark.parametrize(
    ("case", "wanted"),
    [
        # polar mode, tilt and rotation of Aurivillius phases: Perez-Mato et al., PRB 70, 214111 (2004)
        ("45_pbbi2nb2o9_cmc21", {"X2+ ~ GM5-*X3-"}),
        # lock-in term of K2SeO4: Iizumi et al., PRB 15, 4392 (1977)
        ("19_k2seo4_pna21_lockin", {"GM4- ~ SM2^3"}),
        ("49_nanbo3_pbcm", {"DT5 ~ T4*R4+"}),
    ],
)
def test_shared_cases(shared: Path, case: str, wanted: set[str]) -> None:
    folder = shared / "data" / "cases" / case
    (parent,), (child,) = folder.glob("parent.*"), folder.glob("child.*")
    report = couplings(parent, child, order=3)
    assert wanted <= {entry.coupling for entry in report.irreps}
    assert not report.left_out
    for text in wanted:
        left, _, right = text.partition(" ~ ")
        factors = {left: 1} | {f.split("^")[0]: int(f.partition("^")[2] or 1) for f in right.split("*")}
        if sum(factors.values()) <= 3:
            assert any(one.factors == factors and one.in_child != "0" for one in report.invariants)
