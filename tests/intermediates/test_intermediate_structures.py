"""Intermediates as structures: trained losses, written CIFs, paths, the tree, and the command line."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import ase.io
import numpy as np
import pytest
import spglib
from command_line import CommandLine
from pairs import analysis, paths

import curiebreak
from curiebreak.intermediates.average import Averager, StructureMaker
from curiebreak.intermediates.between import IntermediateOptions, investigate
from curiebreak.intermediates.staged_path import FRAMES, scale_rows, write_path
from curiebreak.intermediates.structure_files import TABLE, write_all
from curiebreak.intermediates.survey import Survey
from curiebreak.modes import Analysis
from curiebreak.results import Intermediates
from curiebreak.results.schema import json_schema
from curiebreak.structures import read_structure
from curiebreak.symmetry.sublattices import reduce_vectors, residue_index

WRITTEN = ("lamno3", "srtio3", "batio3", "ymno3", "ca3ti2o7", "zro2")


def dataset(path: Path, symprec: float = 1e-3) -> spglib.SpglibDataset:
    structure = read_structure(path)
    kinds = [sorted(set(structure.species)).index(s) + 1 for s in structure.species]
    return spglib.get_symmetry_dataset((structure.lattice, structure.coords, kinds), symprec=symprec)


def in_parent(found: Analysis, path: Path, basis: np.ndarray, origin: np.ndarray) -> np.ndarray:
    """Operations that spglib finds in a written file, as a mask (g, s) over the parent's operations."""
    parent, space = found.parent, found.space
    matrix, shift = parent.to_standard.matrix, parent.to_standard.shift
    data = dataset(path)
    to_standard = np.asarray(basis).T
    change = np.linalg.inv(matrix) @ to_standard
    base = np.linalg.solve(matrix, np.asarray(origin) - shift)
    mask = np.zeros_like(found.child_operations)
    cell = np.round(np.asarray(basis) @ np.linalg.inv(matrix).T, 6)
    grid = np.stack(np.meshgrid(*[range(-4, 5)] * 3, indexing="ij"), -1).reshape(-1, 3) @ cell
    for rotation, translation in zip(data.rotations, data.translations, strict=True):
        turned = change @ rotation @ np.linalg.inv(change)
        (g,) = np.flatnonzero(np.abs(parent.rotations - turned).max(axis=(1, 2)) < 1e-6)
        moved = change @ translation + base - turned @ base
        tau = moved - parent.translations[g] + grid
        assert np.abs(tau - np.round(tau)).max() < 1e-3
        whole = np.round(tau).astype(np.int64)
        mask[g, residue_index(reduce_vectors(whole, space.hnf), space.hnf)] = True
    return mask


@pytest.mark.parametrize("pair", WRITTEN)
def test_every_written_intermediate_has_its_group_in_the_parents_frame(pair: str, tmp_path: Path) -> None:
    found = investigate(*paths(pair), None, IntermediateOptions(training=False))
    result = write_all(found, tmp_path)
    rows = list(csv.DictReader((tmp_path / TABLE).read_text().splitlines()))
    assert [int(row["number"]) for row in rows] == [e.number for e in result.intermediates]
    for number, (entry, mask) in enumerate(zip(result.intermediates, found.survey.masks, strict=True)):
        path = tmp_path / str(entry.file)
        assert dataset(path).number == entry.number, number
        written = in_parent(found.survey.analysis, path, np.asarray(entry.basis), np.asarray(entry.origin))
        assert np.array_equal(written, mask), number
        assert not (found.survey.analysis.child_operations & ~written).any()


def test_average_has_the_floor_that_the_list_states() -> None:
    found = analysis("lamno3")
    survey = Survey(found)
    whole = float((found.group.field.displacements**2).sum()) / found.space.size
    for entry, mask in zip(survey.entries, survey.masks, strict=True):
        made = Averager(found).distortion(mask)
        part = float((made.displacements**2).sum()) / round(np.linalg.det(made.cell))
        assert part / whole == pytest.approx(entry.kept_share, abs=1e-9)


def test_child_entry_is_the_child_itself() -> None:
    survey = Survey(analysis("srtio3"))
    made = StructureMaker(survey.made(survey.masks[-1])).structure()
    volume = abs(np.linalg.det(made.structure.lattice)) / len(made.structure)
    child = read_structure(paths("srtio3")[1])
    assert volume == pytest.approx(abs(np.linalg.det(child.lattice)) / len(child), rel=1e-6)


def test_trained_loss_is_the_floor_of_the_group() -> None:
    result = curiebreak.intermediates(*paths("lamno3"), {"keep": ["R4+"]})
    chosen = result.chosen
    assert chosen is not None and chosen.reached
    assert result.intermediates[chosen.entry].number == 74
    assert chosen.loss == pytest.approx(chosen.floor, rel=0.02)
    assert chosen.floor == pytest.approx(0.467, abs=1e-3)
    assert chosen.spglib is not None and chosen.spglib.number == 74 and chosen.symprec == 1e-3
    assert chosen.glazer is not None and chosen.glazer.symbol == "a0b-b-"
    assert [one.irrep for one in chosen.inputs] == ["R4+"]
    assert Intermediates.from_json(result.to_json()) == result
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.validate(json.loads(result.to_json()), json_schema(Intermediates))


def test_every_entry_reaches_its_floor() -> None:
    result = curiebreak.intermediates(*paths("lamno3"), train_all=True)
    for entry in result.intermediates:
        assert entry.loss == pytest.approx(entry.floor, rel=5e-3, abs=1e-6)
        assert entry.loss_strain == pytest.approx(entry.floor_strain, rel=5e-3, abs=1e-6)


def test_molecules_have_intermediates_too(command_line: CommandLine, tmp_path: Path) -> None:
    ran = command_line("intermediate", *paths("square"), "--json", "--all", tmp_path / "all")
    assert ran.code == 0
    entries = ran.json["intermediates"]
    assert [e["point_group"] for e in entries] == ["D4h", "D2h"]
    assert [e["irreps"] for e in entries][1][0]["irrep"] == "B1g"
    assert (tmp_path / "all" / "01_D2h.xyz").exists()


def test_exponents_are_the_exact_orders(tmp_path: Path) -> None:
    # Pnma: X5+ ~ M R, strain ~ squares, M2+ ~ M R^2, R5+ ~ R^3 and M^2 R (invariant theory)
    found = investigate(*paths("lamno3"))
    path = write_path(found, tmp_path, 4).path
    assert path is not None and path.method == "network"
    wanted = {
        ("X5+", "displacement"): 2,
        ("M2+", "displacement"): 3,
        ("R5+", "displacement"): 3,
        ("GM3+", "strain"): 2,
        ("GM5+", "strain"): 2,
    }
    growth = {(e.irrep, e.kind): e for e in path.exponents}
    for key, order in wanted.items():
        assert growth[key].exact == order
        assert growth[key].fitted == pytest.approx(order, abs=0.1)
    assert path.end_error < 1e-3
    frames = (tmp_path / FRAMES).read_text()
    assert frames.count("interpolation") == 4
    assert [dataset(tmp_path / name).number for name in path.files if name.endswith(".cif")] == [221, 62, 62, 62]


def test_exact_path_in_stages(tmp_path: Path) -> None:
    found = investigate(*paths("lamno3"), None, IntermediateOptions(training=False))
    path = write_path(found, tmp_path, 5, ("M3+", "R4+"), exact=True).path
    assert path is not None and path.order == ("M3+", "R4+") and path.end_error < 1e-9
    assert [dataset(tmp_path / name).number for name in path.files if name.endswith(".cif")] == [221, 127, 127, 62, 62]


def test_images_of_a_path_share_their_order_of_atoms(tmp_path: Path) -> None:
    """Each atom of a CIF or POSCAR is that of the frame, and moves from image to image by the distortion alone."""
    found = investigate(*paths("lamno3"), None, IntermediateOptions(training=False))
    path = write_path(found, tmp_path, 4, ("M3+", "R4+"), exact=True).path
    assert path is not None
    frames = np.array([one.get_scaled_positions(wrap=False) for one in ase.io.read(tmp_path / FRAMES, ":")])
    for suffix in (".cif", ".vasp"):
        images = [read_structure(tmp_path / name) for name in path.files if name.endswith(suffix)]
        assert len(images) == 4 and len({one.species for one in images}) == 1
        fractions = np.array([one.coords for one in images])
        assert np.abs(np.diff(fractions, axis=0)).max() < 0.1
        if suffix == ".cif":
            assert np.abs(fractions - frames).max() < 1e-6


def test_path_to_an_intermediate_ends_there(tmp_path: Path) -> None:
    found = investigate(*paths("lamno3"), {"keep": ["R4+"]})
    path = write_path(found, tmp_path, 3).path
    assert path is not None and path.primaries == ("R4+",) and path.end_error < 1e-3
    assert [dataset(tmp_path / name).number for name in path.files if name.endswith(".cif")] == [221, 74, 74]


def test_scales_of_stages() -> None:
    labels = ("M3+", "R4+")
    assert scale_rows(labels, labels, 3, together=True) == [{"M3+": x, "R4+": x} for x in (0.0, 0.5, 1.0)]
    assert scale_rows(labels, ("R4+", "M3+"), 3, together=False)[1] == {"R4+": 1.0, "M3+": 0.0}


def test_command_lists(command_line: CommandLine) -> None:
    ran = command_line("intermediate", *paths("lamno3"), "--list", "--json")
    assert ran.code == 0 and ran.err == ""
    first, last = ran.json["intermediates"][0], ran.json["intermediates"][-1]
    assert (first["symbol"], last["symbol"], last["kept_share"]) == ("Pm-3m", "Pnma", 1.0)
    names = {"number", "symbol", "basis", "origin", "size", "index", "irreps", "kept_share", "loss", "floor"}
    assert names <= set(first)
    assert {"irrep", "direction"} <= set(last["irreps"][0])
    assert [0, 1] in ran.json["edges"]
    assert "Imma (74)" in command_line("intermediate", *paths("lamno3"), "--no-strain").out


def test_command_writes_cif_and_tree(command_line: CommandLine, tmp_path: Path) -> None:
    ran = command_line(
        "intermediate", *paths("lamno3"), "--subgroup", "Imma", "-o", "imma.cif", "--plot", "tree.png", "--json"
    )
    assert ran.code == 0
    assert dataset(tmp_path / "imma.cif").number == 74
    assert "I 2/m 2/m 2/a" in (tmp_path / "imma.cif").read_text()
    assert (tmp_path / "tree.png").read_bytes().startswith(b"\x89PNG")
    assert ran.json["chosen"]["file"] == "imma.cif"
    assert ran.json["chosen"]["loss"] == pytest.approx(ran.json["chosen"]["floor"], rel=0.02)
    again = command_line.refuses(2, "intermediate", *paths("lamno3"), "--subgroup", "Imma", "-o", "imma.cif")
    assert "--force" in again.err


@pytest.mark.parametrize(
    ("code", "words", "says"),
    [
        (3, ["--keep", "Q1"], "no irrep"),
        (3, ["--keep", "GM4-"], "not active"),
        (3, ["--keep", "M3+", "--keep", "R4+"], "everything"),
        (3, ["--entry", "0"], "nothing"),
        (3, ["--subgroup", "P6mm"], "does not lie between"),
        (2, ["--keep", "R4+", "--drop", "R5+"], "contradict"),
        (2, ["--subgroup", "P4/mbm"], "--entry"),
        (2, ["--list", "--keep", "R4+"], "--list"),
        (2, ["-o", "x.cif"], "no single intermediate"),
        (2, ["--order", "M3+"], "--path"),
        (2, ["--plot", "tree.xlsx"], "no known format"),
        (2, ["--path", "3", "--order", "M3+"], "every primary once"),
        (3, ["--path", "3", "--order", "M3+,X5+"], "no primary"),
        (2, ["--path", "1"], ""),
    ],
)
def test_command_refuses(command_line: CommandLine, code: int, words: list[str], says: str) -> None:
    ran = command_line.refuses(code, "intermediate", *paths("lamno3"), *words)
    assert says in ran.err


def test_moments_are_said_to_be_left_aside(structures: Path, command_line: CommandLine) -> None:
    """Groups between count atoms alone: where only moments break the parent no list says that nothing does."""
    polar = command_line("intermediate", "auto", structures / "magnetic" / "mns2.mcif", "--json")
    assert polar.code == 0 and any("those of its atoms alone" in message for message in polar.json["messages"])
    alone = command_line("intermediate", "auto", structures / "magnetic" / "knif3.mcif")
    assert alone.code == 3 and "Only the moments of the child break the parent" in alone.err and not alone.out
