"""Superlattice reflections of single irreps: published rules for tilted perovskites, intensities by a second way."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations, product
from pathlib import Path

import numpy as np
import pytest
from command_line import CommandLine
from pairs import STRUCTURES

from curiebreak.modes.build import distort
from curiebreak.modes.decompose import decompose
from curiebreak.results import Decomposition
from curiebreak.results.reflection_list import IrrepReflections
from curiebreak.structures.element_data import neutron_length, xray_factor

CUBIC = STRUCTURES / "lamno3_cubic.cif"


def listed(*terms: str) -> dict[str, IrrepReflections]:
    child = distort(CUBIC, list(terms)).structure
    return {one.irrep: one for one in decompose(CUBIC, child, reflections=True).reflections}


# Glazer, Acta Cryst. A31, 756 (1975): a tilt a+ makes reflections even-odd-odd with k != l, a- odd-odd-odd with k != l,
# and so for the other axes, in indices of the doubled cell.
@pytest.mark.parametrize(
    ("term", "irrep", "arms", "absent"),
    [
        ("M3+(a;0;0)=0.3", "M3+", ("1/2,1/2,0",), ("|h| = |k|",)),
        ("R4+(a,0,0)=0.3", "R4+", ("1/2,1/2,1/2",), ()),
    ],
)
def test_tilts(term: str, irrep: str, arms: tuple[str, ...], absent: tuple[str, ...]) -> None:
    found = listed(term)[irrep]
    assert found.arms == arms
    if irrep == "M3+":
        assert found.absent == absent
    else:
        (pair,) = [name for name in found.absent if name in ("|h| = |k|", "|h| = |l|", "|k| = |l|")]
        assert pair
    halves = {tuple("1/2" in x or "/2" in x for x in line.hkl) for line in found.reflections}
    assert halves == ({(True, True, False)} if irrep == "M3+" else {(True, True, True)})


def test_intensities_by_hand() -> None:
    """The neutron |F|^2 of an antiphase tilt, summed over the sites of the child's file."""
    child = distort(CUBIC, ["R4+(a,0,0)=0.3"])
    found = {one.irrep: one for one in decompose(CUBIC, child.structure, reflections=True).reflections}["R4+"]
    lattice, frac = np.asarray(child.structure.lattice), child.structure.coords
    lengths = np.array([{"La": 8.24, "Mn": -3.73, "O": 5.803}[name] for name in child.structure.species])
    cube = 3.9408
    for line in found.reflections[:3]:
        hkl = np.array([float(Fraction(x)) for x in line.hkl])
        total = 0.0
        for q in _equivalents(hkl) / cube:
            factor = (lengths * np.exp(2j * np.pi * (frac @ lattice @ q))).sum() / child.size
            total += abs(factor) ** 2
        assert line.d == pytest.approx(cube / np.linalg.norm(hkl), rel=1e-5)
        assert line.two_theta == pytest.approx(np.degrees(2 * np.arcsin(1.54056 / 2 / line.d)), abs=1e-3)
        # reflections of the same length but other indices (333, 511) are one line
        assert line.neutron >= total * (1 - 1e-6)
        if len({tuple(sorted(np.abs(hkl)))}) == 1 and np.abs(hkl).max() < 2.4:
            assert line.neutron == pytest.approx(total, rel=1e-4)


def _equivalents(hkl: np.ndarray) -> np.ndarray:
    found = {p for signs in product((1, -1), repeat=3) for p in permutations(tuple(hkl * np.array(signs)))}
    return np.array(sorted(found))


def test_tables_of_scattering() -> None:
    """f(0) is the number of electrons; International Tables C 6.1.1.1: carbon 1.685 at 0.5 / Å; lengths: Sears."""
    assert [round(float(xray_factor(e, np.zeros(1))[0])) for e in ("O", "Ti", "La")] == [8, 22, 57]
    assert float(xray_factor("C", np.array([0.5]))[0]) == pytest.approx(1.685, abs=0.05)
    lengths = [neutron_length(element) for element in ("Mn", "O", "Ti")]
    assert lengths == pytest.approx([-3.73, 5.80, -3.44], abs=0.02)


def test_command(command_line: CommandLine) -> None:
    pair = (CUBIC, STRUCTURES / "lamno3_pnma.cif")
    ran = command_line("modes", *pair, "--reflections", "--wavelength", "2.0", "-o", "m.json")
    assert ran.code == 0 and "absent to first order: |h| = |l|" in ran.out and "neutron" in ran.out
    result = Decomposition.from_json(Path("m.json").read_text())
    assert {one.irrep for one in result.reflections} == {"M2+", "M3+", "R4+", "R5+", "X5+"}
    assert all(one.reflections and one.reflections[0].two_theta <= 90 for one in result.reflections)
    plain = command_line("modes", *pair, "--json").json
    assert plain["reflections"] == []


def test_order_of_the_sites() -> None:
    """CuAu, L1_0: X3... the order of the face-centred sites makes reflections at X with no displacement at all."""
    result = decompose(STRUCTURES / "cuau_fcc.cif", STRUCTURES / "cuau_l10.cif", reflections=True)
    (one,) = [r for r in result.reflections if r.kind == "occupation"]
    assert one.irrep == "X1+" and one.absent == ()
    strongest = one.reflections[0]
    # |f_Au - f_Cu|^2 / 4 at (100) positions, two of them for one domain
    s = 1 / (2 * strongest.d)
    contrast = float((xray_factor("Au", np.array([s])) - xray_factor("Cu", np.array([s])))[0]) / 2
    assert strongest.xray == pytest.approx(strongest.multiplicity * contrast**2, rel=1e-6)
