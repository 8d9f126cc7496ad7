"""What a scan's rows, classes and outliers say, and in what order."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from pairs import paths

from curiebreak import decompose
from curiebreak.modes.tilts import HOWARD_STOKES, Tilt, howard_stokes_order, spelled
from curiebreak.report.scan_page import _class_style
from curiebreak.results import CrossCheck, Finding, Status
from curiebreak.scan.analysing import renamed
from curiebreak.scan.digest import _alike, _outliers
from curiebreak.scan.inputs import Piece, Source
from curiebreak.scan.recognise import missing_corners
from curiebreak.scan.row import COLUMNS, Family, result_row
from curiebreak.scan.running import scan
from curiebreak.scan.table import as_json, query
from curiebreak.scan.view import same_composition, table_view
from curiebreak.structures import read_structure
from curiebreak.structures.checks import structure_from_arrays

SOURCE = Source("k", "id", "p.cif", Piece("p.cif"))


def test_order_of_atoms_is_marked(structures: Path) -> None:
    """L1_0 order of CuAu is by occupation alone; tilts have no mark."""
    exact = decompose(structures / "cuau_fcc.cif", structures / "cuau_l10.cif", allow=["substitution"])
    row = result_row(SOURCE, exact, None, None, 0.0)
    assert row.values["primary"] == " ".join(f"occ_{label}" for label in exact.primary)
    assert row.values["minimal_sets"].startswith("occ_") and row.values["primary"] in row.amplitudes
    assert f'"{row.values["primary"]}"' in as_json(["primary"], [(row.values["primary"],)])
    tilts = result_row(SOURCE, decompose(*paths("lamno3")), None, None, 0.0)
    assert set(tilts.values["primary"].split()) == {"M3+", "R4+"}


@pytest.mark.parametrize("status", [Status.OK, Status.AMBIGUOUS, Status.NOT_CONVERGED])
def test_a_disagreement_has_a_reason_and_is_not_ok(status: Status) -> None:
    exact = decompose(*paths("lamno3"))
    check = CrossCheck(spglib_child=None, exact_primary=exact.primary, agrees=False, reason="They differ.")
    shared = {name: getattr(exact, name) for name in ("parent", "child", "mapping", "versions")}
    finding = Finding(**shared, status=status, primary=exact.primary, crosscheck=check, seed=0, device="cpu")
    row = result_row(SOURCE, exact, finding, None, 0.0)
    assert row.values["learned_agrees"] == 0 and row.values["reason"] == "They differ."
    assert row.status == ("ambiguous" if status is Status.OK else status.value)
    agreed = replace(finding, crosscheck=replace(check, agrees=True, reason=None))
    assert result_row(SOURCE, exact, agreed, None, 0.0).status == status.value


@pytest.mark.parametrize("signs", ["++-", "+++", "--+", "0++", "0+-", "---", "00-"])
@pytest.mark.parametrize("angles", [(9.0, 7.0, 5.0), (9.0, 9.0, 5.0), (5.0, 9.0, 9.0)])
def test_a_class_has_one_symbol_whatever_the_axes(signs: str, angles: tuple[float, float, float]) -> None:
    found = tuple(Tilt(0.0 if s == "0" else a, s) for s, a in zip(signs, angles, strict=True))
    names = {spelled(howard_stokes_order(order)) for order in permutations(found)}
    assert len(names) == 1


def test_every_class_has_its_own_colour() -> None:
    assert len({_class_style(symbol) for symbol in HOWARD_STOKES}) == len(HOWARD_STOKES)
    assert _class_style("a+b+c-") not in [_class_style(symbol) for symbol in HOWARD_STOKES]


def test_outliers_of_primaries_come_first() -> None:
    rows = [{"id": f"s{n}", "primary": "R4+", "amp_R4+": 0.5 + 0.01 * n, "amp_X5+": 0.1 + 0.01 * n} for n in range(12)]
    rows[3]["amp_R4+"], rows[5]["amp_X5+"] = 1.5, 9.0
    table = _outliers(rows)
    assert [row[:3] for row in table.rows] == [("s3", "amp_R4+", "primary"), ("s5", "amp_X5+", "secondary")]
    assert float(table.rows[0][4]) < float(table.rows[1][4])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"Ca": 4, "Ti": 4, "O": 11}, "1 of 12 O"), ({"Ca": 2, "Fe": 2, "O": 5}, "1 of 6 O"),
        ({"La": 2, "Sr": 2, "Mn": 4, "O": 11}, "1 of 12 O"),
        ({"Ca": 4, "Ti": 4, "O": 12}, None), ({"Mg": 2, "Al": 4, "O": 8}, None), ({"Al": 4, "O": 6}, None),
        ({"Ca": 1, "Fe": 1, "O": 2}, None), ({"Cu": 1, "Au": 1}, None),
    ],
)  # fmt: skip
def test_vacancies_of_a_perovskite_are_told(content: dict[str, int], said: str | None) -> None:
    """A found parent has no place for the vacancies that make it: the row is told so."""
    species = [element for element, count in content.items() for _ in range(count)]
    frac = np.arange(3 * len(species)).reshape(-1, 3) / (3 * len(species))
    found = missing_corners(structure_from_arrays(10 * np.eye(3), species, frac))
    assert (found is None) if said is None else (found is not None and said in found)
    family = Family("found Cmmm", None, None, None, found)
    assert result_row(SOURCE, decompose(*paths("srtio3")), None, family, 0.0).values["reason"] == found


def test_what_a_built_parent_gives_is_no_outlier() -> None:
    """It has the child's volume, whatever the child; on a parent's file the volume is the child's own."""
    rows = [{"id": f"s{n}", "primary": "R4+", "prototype": "double", "strain_GM1+": 1e-6 * n} for n in range(12)]
    rows[3]["strain_GM1+"] = 0.1
    assert not _outliers(rows).rows
    assert [row[0] for row in _outliers([row | {"prototype": None} for row in rows]).rows] == ["s3"]


def test_equal_amplitudes_are_told() -> None:
    common = {"formula": "CaTiO3", "space_group_symbol": "Pnma", "prototype": "perovskite"}
    rows = [common | {"id": name, "amp_R4+": size} for name, size in (("a", 0.5), ("b", 0.51), ("c", 0.5000001))]
    other = rows[0] | {"id": "d", "formula": "SrTiO3"}
    assert [row[0] for row in _alike([*rows, other]).rows] == ["a c"]


def test_the_order_of_elements_in_a_formula_makes_no_difference() -> None:
    """The table writes pymatgen's order; a user writes the cation first."""
    same = (("TiPbO3", "PbTiO3"), ("(Ti0.48Zr0.52)PbO3", "PbZr0.52Ti0.48O3"))
    assert all(same_composition(one, other) == 0 for one, other in same)
    different = (("TiPbO3", "PbTiO2"), ("(OH)2Mg", "OH2Mg"), ("CO", "Co"))
    assert all(same_composition(a, b) == -same_composition(b, a) != 0 for a, b in different)
    connection = sqlite3.connect(":memory:")
    columns = ", ".join(f'"{name}" {kind}' for name, kind in COLUMNS)
    connection.execute(f"CREATE TABLE structures (key, position, seconds, {columns})")
    connection.execute("CREATE TABLE amplitudes (key, name, value)")
    connection.execute("INSERT INTO structures (key, formula) VALUES (1, 'TiPbO3')")
    connection.execute(f"CREATE TEMP VIEW scan AS {table_view(connection, any_order=True)}")
    assert connection.execute("SELECT formula FROM scan WHERE formula = 'PbTiO3'").fetchall() == [("TiPbO3",)]


def test_one_parent_file_for_a_family(structures: Path, tmp_path: Path) -> None:
    """The answers are those of the children's own parents; SrTiO3's file lends them its sites.

    Its origin is at Sr, where the tilts M3+ and R4+ are M2+ and R5- (Howard & Stokes 1998).
    """
    for name in ("lamno3_pnma", "batio3_p4mm", "srtio3_i4mcm", "ymno3_p63cm"):
        (tmp_path / f"{name}.cif").write_text((structures / f"{name}.cif").read_text())
    scan(tmp_path, tmp_path / "s.db", parent=structures / "srtio3_cubic.cif", learn=False)
    _, rows = query(tmp_path / "s.db", columns=["id", "status", "primary", "glazer", "reason"])
    found = {row[0]: row for row in rows}
    assert found["lamno3_pnma"][1:4] == ("ok", "M2+ R5-", "a+b-b-")
    assert found["batio3_p4mm"][1:3] == ("ok", "GM4-")
    assert found["srtio3_i4mcm"][1:3] == ("ok", " ".join(decompose(*paths("srtio3")).primary))
    assert found["ymno3_p63cm"][1] == "error" and found["ymno3_p63cm"][4]
    own = decompose(*paths("lamno3"))
    _, ((tilt,),) = query(tmp_path / "s.db", "id = 'lamno3_pnma'", columns=["amp_R5-"])
    wanted = next(e.amplitude_parent for e in own.irreps if e.name == "R4+")
    assert tilt == pytest.approx(wanted, rel=0.02)


def test_namings_follow_the_numbers_of_atoms() -> None:
    parent, child = (read_structure(path) for path in (paths("srtio3")[0], paths("lamno3")[1]))
    found = [(one.species[0], sorted(set(one.species))) for one in renamed(parent, child)]
    assert len(found) == 2 and all(names == ["La", "Mn", "O"] for _, names in found)
    assert not list(renamed(parent, read_structure(paths("srtio3")[1])))
    assert not list(renamed(parent, read_structure(paths("zro2")[1])))
