"""The table of a paper: labels, directions, both amplitudes and how many modes, in three formats."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from command_line import CommandLine

from curiebreak import decompose
from curiebreak.report.paper_table import _group, _irrep, paper_table
from curiebreak.report.result_text import sections
from curiebreak.report.sections import Facts


@pytest.mark.parametrize(
    ("label", "wanted"),
    [
        ("GM4-", r"$\Gamma_{4}^{-}$"), ("M3+", "$M_{3}^{+}$"), ("LD1", r"$\Lambda_{1}$"), ("A2''", "$A_{2}''$"),
        ("B1g", "$B_{1g}$"), ("GM2+GM3+", r"$\Gamma_{2}^{+}\Gamma_{3}^{+}$"),
        ("GM3+ (strain)", r"$\Gamma_{3}^{+}$ (strain)"),
        ("LD1@0,0,2/5", r"$\Lambda_{1}(0,0,2/5)$"), ("E'", "$E'$"),
    ],
)  # fmt: skip
def test_labels_in_latex(label: str, wanted: str) -> None:
    assert _irrep(label) == wanted


@pytest.mark.parametrize(
    ("symbol", "wanted"),
    [("P6_3/mmc (194)", "$P6_{3}/mmc$ (194)"), ("R-3c (167)", r"$R\bar{3}c$ (167)"), ("C2v", "$C_{2v}$"), ("-", "-")],
)
def test_groups_in_latex(symbol: str, wanted: str) -> None:
    assert _group(symbol) == wanted


def test_modes_are_counted_and_totals_are_in_both_normalisations(structures: Path) -> None:
    """Pnma LaMnO3 has seven free coordinates: La x z, O1 x z, O2 x y z (4c, 4c, 8d), on four parent cells."""
    found = decompose(structures / "lamno3_cubic.cif", structures / "lamno3_pnma.cif")
    lines = list(csv.DictReader(io.StringIO(paper_table(found, "csv"))))
    count = {line["irrep"]: int(line["modes"]) for line in lines}
    assert count.pop("displacements, all irreps") == 7
    assert sum(n for name, n in count.items() if "strain" not in name) == 7
    assert found.total_amplitude_supercell == pytest.approx(2 * found.total_amplitude_parent, rel=1e-12)
    squares = sum(e.amplitude_supercell**2 for e in found.irreps if e.kind == "displacement")
    assert found.total_amplitude_supercell == pytest.approx(squares**0.5, rel=1e-9)


def test_totals_of_moments_stand_beside_those_of_displacements(structures: Path) -> None:
    """Ni of 2.22 muB on ten atoms: two in the primitive cell of the child, one in that of the parent."""
    found = decompose("auto", structures / "magnetic" / "knif3.mcif")
    last = paper_table(found, "csv").splitlines()[-1]
    assert last == '"moments (μB), all irreps",,,,1,3.1396,2.2200,,Ni1'
    assert r"moments ($\mu_\mathrm{B}$), all irreps & " in paper_table(found, "latex")
    (total,) = (one for one in sections(found) if isinstance(one, Facts) and one.title == "Total")
    assert total.rows == (("all moments", "As 3.1396 μB, Ap 2.2200 μB"),)


def test_command_line(command_line: CommandLine, structures: Path) -> None:
    pair = (structures / "srtio3_cubic.cif", structures / "srtio3_i4mcm.cif")
    markdown = command_line("modes", *pair, "--format", "markdown")
    assert markdown.code == 0 and markdown.out.startswith("| irrep | k |") and "| R5- |" in markdown.out
    lines, _, note = markdown.out.partition("\n\n")
    assert len({line.count("|") for line in lines.splitlines()}) == 1
    assert note == "Labels with Sr1 at the origin.\n"  # R4+ is R5- with Ti there
    latex = command_line("modes", *pair, "--format", "latex").out
    assert latex.startswith(r"\begin{tabular}{llllrrrl}") and "$R_{5}^{-}$" in latex and "$I4/mcm$ (140)" in latex
    assert "{Labels with Sr1 at the origin.}" in latex
    rows = [line for line in latex.splitlines() if "&" in line]
    assert {line.count("&") for line in rows} == {7}
    table = command_line("modes", *pair, "--format", "csv", "-o", "out.json", "--csv", "modes.csv")
    for text in (table.out, Path("modes.csv").read_text()):
        assert {line.rpartition(",")[2] for line in text.splitlines()[1:]} == {"Sr1"}
    assert "R5-" in table.out and Path("out.json").exists()
    command_line.refuses(2, "modes", *pair, "--format", "csv", "--json")
    command_line.refuses(2, "modes", *pair, "--format", "html")
