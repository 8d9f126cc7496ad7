"""ISODISTORT's loops of the modes of moments: moments along the axes = lengths . M n A, and what ISODISTORT prints."""

from __future__ import annotations

import re
from pathlib import Path

import gemmi
import numpy as np
import pytest
from command_line import CommandLine
from magnetic_cifs import magnetic_cif, terbium_antimonide

FILES = ("csmni3", "knif3", "mns2", "mnte", "ybaco2o5")


def column(block: gemmi.cif.Block, tag: str) -> list[str]:
    return [gemmi.cif.as_string(value) for value in block.find_values(tag)]


def shifts_of(block: gemmi.cif.Block) -> np.ndarray:
    """Changes (f,) of the free coordinates that modes, norms and matrix of a file make: M n A."""
    values = np.array([float(x) for x in column(block, "_iso_displacivemode_value")])
    norms = np.array([float(x) for x in column(block, "_iso_displacivemodenorm_value")])
    matrix = np.zeros((len(column(block, "_iso_deltacoordinate_label")), len(values)))
    for row, col, value in zip(
        *(column(block, f"_iso_displacivemodematrix_{t}") for t in ("row", "col", "value")), strict=True
    ):
        matrix[int(row) - 1, int(col) - 1] = float(value)
    assert matrix.shape[0] == matrix.shape[1] and np.linalg.matrix_rank(matrix) == len(matrix)
    return np.asarray(matrix @ (norms * values))


def check_shifts(block: gemmi.cif.Block) -> None:
    """Modes, matrix and formulas give the coordinates that the same file lists."""
    found = shifts_of(block)
    labels = column(block, "_iso_deltacoordinate_label")
    assert np.allclose(found, [float(x) for x in column(block, "_iso_deltacoordinate_value")], atol=2e-7)
    free = dict(zip(labels, found, strict=True))
    sites = column(block, "_atom_site_label")
    listed = {
        f"{label}_{axis}": float(value)
        for axis in "xyz"
        for label, value in zip(sites, column(block, f"_atom_site_fract_{axis}"), strict=True)
    }
    formulas = zip(column(block, "_iso_coordinate_label"), column(block, "_iso_coordinate_formula"), strict=True)
    assert {name: eval(text, {"__builtins__": {}}, free) for name, text in formulas} == pytest.approx(  # noqa: S307
        listed, abs=3e-7
    )


@pytest.mark.parametrize("terms", [["mR4+(0,0,a)=2.0", "R4+(0,b,b)=0.6"], ["mX3+(a;a;0)=3.0", "GM4-(0,0,a)=0.1"]])
def test_displacive_modes_stand_beside_those_of_moments(
    terms: list[str], structures: Path, tmp_path: Path, command_line: CommandLine
) -> None:
    parent, child, path = structures / "lamno3_cubic.cif", tmp_path / "child.mcif", tmp_path / "modes.cif"
    assert command_line("distort", parent, *terms, "--sites", "Mn", "-o", child).code == 0
    assert command_line("modes", "auto", child, "--write", f"isocif:{path}").code == 0
    block = gemmi.cif.read(str(path)).sole_block()
    check_shifts(block)
    label, size = terms[1].split("(")[0], float(terms[1].split("=")[1])
    own = zip(column(block, "_iso_displacivemode_label"), column(block, "_iso_displacivemode_value"), strict=True)
    squares = {True: 0.0, False: 0.0}
    for name, value in own:
        squares[f"]{label}(" in name] += float(value) ** 2
    assert squares[True] == pytest.approx(size**2, rel=1e-3) and squares[False] < 1e-6


def moments_of(block: gemmi.cif.Block) -> np.ndarray:
    """Free components (m,) that modes, norms, matrix and axes of a file make."""
    values = np.array([float(x) for x in column(block, "_iso_magneticmode_value")])
    norms = np.array([float(x) for x in column(block, "_iso_magneticmodenorm_value")])
    labels = column(block, "_iso_deltamoment_label")
    matrix = np.zeros((len(labels), len(values)))
    for row, col, value in zip(
        *(column(block, f"_iso_magneticmodematrix_{t}") for t in ("row", "col", "value")), strict=True
    ):
        matrix[int(row) - 1, int(col) - 1] = float(value)
    assert matrix.shape[0] == matrix.shape[1] and np.linalg.matrix_rank(matrix) == len(matrix)
    lengths = [float(block.find_value(f"_cell_length_{axis}")) for axis in "abc"]
    return matrix @ (norms * values) * [lengths["xyz".index(label[-1])] for label in labels]


@pytest.mark.parametrize("name", FILES)
def test_matrix_norms_and_amplitudes_give_the_moments(
    name: str, structures: Path, tmp_path: Path, command_line: CommandLine
) -> None:
    source, path = structures / "magnetic" / f"{name}.mcif", tmp_path / "modes.cif"
    ran = command_line("modes", "auto", source, "--write", f"isocif:{path}", "--json")
    assert ran.code == 0
    block = gemmi.cif.read(str(path)).sole_block()
    found = moments_of(block)
    assert np.allclose(found, [float(x) for x in column(block, "_iso_deltamoment_value")], atol=1e-6)
    # the formulas of the components, and the moments that the same file lists
    free = dict(zip(column(block, "_iso_deltamoment_label"), found, strict=True))
    listed = {
        f"{label}_m{axis}": float(value)
        for axis in "xyz"
        for label, value in zip(
            column(block, "_atom_site_moment.label"),
            column(block, f"_atom_site_moment.crystalaxis_{axis}"),
            strict=True,
        )
    }
    for label, formula in zip(column(block, "_iso_moment_label"), column(block, "_iso_moment_formula"), strict=True):
        # GSAS-II takes what stands before the first sign as the undistorted value
        assert re.fullmatch(r"0( [+-] (\d+\.?\d*\*)?\w+_dm[xyz])*", formula)
        assert eval(formula, {"__builtins__": {}}, free) == pytest.approx(listed[label], abs=3e-6)  # noqa: S307
    check_shifts(block)
    # the amplitudes are those of the result, mode by mode
    entries = [entry for entry in ran.json["irreps"] if entry["kind"] == "magnetic"]
    stated = {m["label"]: abs(m["amplitude_supercell"]) for entry in entries for m in entry["modes"]}
    own = {
        label[label.index("]m") + 1 :]: abs(float(value))
        for label, value in zip(
            column(block, "_iso_magneticmode_label"), column(block, "_iso_magneticmode_value"), strict=True
        )
    }
    squares = sum(value**2 for value in own.values())
    assert squares == pytest.approx(sum(e["amplitude_supercell"] ** 2 for e in entries), rel=1e-6)
    assert squares == pytest.approx(sum(value**2 for value in stated.values()), rel=1e-6)


def test_the_mode_that_isodistort_prints(tmp_path: Path, command_line: CommandLine) -> None:
    """TbSb: `Fm-3m[1/2,1/2,1/2]mL2+(a;0;0;0)[Tb1:a:mag]T1g(a)`, amplitude 1, one free component.

    Its cell is strained by 0.0017, which a parent made from that cell alone cannot know.
    """
    source, path = tmp_path / "tbsb.mcif", tmp_path / "modes.cif"
    source.write_text(terbium_antimonide())
    assert command_line("modes", "auto", source, "--write", f"isocif:{path}").code == 0
    block = gemmi.cif.read(str(path)).sole_block()
    (label,) = column(block, "_iso_magneticmode_label")
    assert label.startswith("Fm-3m[1/2,1/2,1/2]mL2+(a;0;0;0)[Tb") and label.endswith(":a:mag]T1g(a)")
    assert abs(float(column(block, "_iso_magneticmode_value")[0])) == pytest.approx(1.0, abs=2e-3)
    assert len(column(block, "_iso_deltamoment_label")) == 1
    formulas = dict(zip(column(block, "_iso_moment_label"), column(block, "_iso_moment_formula"), strict=True))
    assert sorted(formulas.values()) == ["0", "0", f"0 + {column(block, '_iso_deltamoment_label')[0]}"]


def test_tied_components_of_a_kagome_lattice(tmp_path: Path, command_line: CommandLine) -> None:
    """P6/mmm, site 3f: a moment across its radius is (mx,2mx,0) in the International Tables' axes."""
    source, path = tmp_path / "kagome.mcif", tmp_path / "modes.cif"
    places = (((0.5, 0, 0), (1.0, 2.0, 0)), ((0, 0.5, 0), (-2.0, -1.0, 0)), ((0.5, 0.5, 0), (1.0, -1.0, 0)))
    source.write_text(magnetic_cif((5, 5, 4, 90, 90, 120), [("Fe", *place) for place in places], parent=191))
    assert command_line("modes", "auto", source, "--write", f"isocif:{path}").code == 0
    block = gemmi.cif.read(str(path)).sole_block()
    formulas = dict(zip(column(block, "_iso_moment_label"), column(block, "_iso_moment_formula"), strict=True))
    (free,) = column(block, "_iso_deltamoment_label")
    assert list(formulas.values()) in ([f"0 + {free}", f"0 + 2*{free}", "0"], [f"0 + {free}", f"0 + 0.5*{free}", "0"])
