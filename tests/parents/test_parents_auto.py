"""PARENT as `auto`: the same answers as with the stated parent, refusals, several parents compared."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from command_line import CommandLine
from pairs import PAIRS, STRUCTURES, paths
from scramble import random_rotation

import curiebreak
from curiebreak import decompose
from curiebreak.errors import NotCompatibleError, UsageError
from curiebreak.parents.auto import chosen, given_or_found
from curiebreak.results.basic import SpaceGroup
from curiebreak.results.blocks import StructureSummary
from curiebreak.results.learned import StructureData
from curiebreak.results.parents import ParentCandidate, ParentSearch
from curiebreak.structures import read_structure, structure_from_arrays, write_structure


def up_to_origin(irreps: list[dict[str, object]], primary: list[str]) -> list[set[str]]:
    """Sets of primary labels at every origin of the parent."""
    mine = [entry for entry in irreps if entry["irrep"] in primary and entry["role"] == "primary"]
    names = [{tuple(o["shift"]): o["irrep"] for o in entry["other_origins"]} for entry in mine]  # type: ignore[attr-defined]
    return [set(primary), *({name.get(shift, "") for name in names} for shift in (names[0] if names else {}))]


@pytest.mark.parametrize("name", PAIRS)
def test_modes_auto_gives_the_primaries_of_the_stated_parent(name: str, command_line: CommandLine) -> None:
    parent, child = paths(name)
    stated = decompose(parent, child)
    ran = command_line("modes", "auto", child, *(["--parent-rank", 1] if name == "square" else []), "--json")
    if name == "square":  # four hydrogen atoms in a rectangle: too few and too far apart for a parent
        assert ran.code == 4 and "No parent" in ran.err
        return
    assert ran.code == 0, ran.err
    assert set(stated.primary) in up_to_origin(ran.json["irreps"], ran.json["primary"])
    assert "The parent was found from the child" in ran.json["messages"][0]
    assert "The parent was found" in ran.err


def test_auto_tells_strain_and_terms_in_the_frame_of_the_parent_that_is_written(
    command_line: CommandLine, tmp_path: Path
) -> None:
    """Terms of `modes auto` must build the child on the CIF that `parent -o` writes, however the child is turned."""
    child = read_structure(STRUCTURES / "lamno3_pnma.cif")
    turned = tmp_path / "turned.vasp"
    lattice = np.asarray(child.lattice) @ random_rotation(np.random.default_rng(5))
    write_structure(structure_from_arrays(lattice, child.species, child.coords), turned)
    parent = tmp_path / "parent.cif"
    assert command_line("parent", turned, "-o", parent).code == 0
    found, written = decompose("auto", turned), decompose(parent, turned)
    assert found.mapping.strain == pytest.approx(np.array(written.mapping.strain), abs=1e-5)
    told = [re.sub(r"(?<=\[[A-Z][a-z]|.\[[A-Z])\d", "", term) for one in written.irreps for term in one.terms]
    assert [term for one in found.irreps for term in one.terms] == told


@pytest.mark.parametrize("words", [["map"], ["couplings"], ["intermediate"]])
def test_other_commands_take_auto(words: list[str], command_line: CommandLine) -> None:
    ran = command_line(*words, "auto", STRUCTURES / "srtio3_i4mcm.cif", "--json")
    assert ran.code == 0, ran.err
    assert ran.json["parent"]["space_group"]["number"] == 221


def test_python_takes_auto() -> None:
    child = STRUCTURES / "batio3_p4mm.cif"
    results = [
        curiebreak.decompose("auto", child),
        curiebreak.couplings("auto", child),
        curiebreak.intermediates("auto", child),
        curiebreak.find("auto", child),
        curiebreak.certify("auto", child, inputs=["GM4-(a,0,0)"]),
    ]
    groups = {(type(one).__name__, one.parent.space_group.number) for one in results}  # type: ignore[union-attr]
    assert {number for _, number in groups} == {221} and len(groups) == 5
    with pytest.raises(TypeError, match="decompose"):
        curiebreak.decompose("auto", child, nothing=1)  # type: ignore[call-arg]


def test_python_counts_moments() -> None:
    """Also on a parent that is given; what is not for moments is refused."""
    child = STRUCTURES / "magnetic" / "knif3.mcif"
    assert curiebreak.decompose("auto", child).primary == ("mR4+",)
    assert curiebreak.couplings("auto", child).primary == ("mR4+",)
    with pytest.raises(UsageError, match="`domains` is not for magnetic"):
        curiebreak.decompose("auto", child, domains=True)


def test_report_draws_the_modes_of_a_found_parent(command_line: CommandLine) -> None:
    ran = command_line("report", "auto", STRUCTURES / "batio3_p4mm.cif", "-o", "modes.html")
    assert ran.code == 0 and "The parent was found from the child: Pm-3m (221)" in ran.err
    assert "GM4-" in Path("modes.html").read_text()
    step = {"run": "report", "result": "auto", "child": str(STRUCTURES / "batio3_p4mm.cif"), "output": "again.png"}
    Path("mine.yaml").write_text(json.dumps({"steps": [step]}))  # JSON is YAML
    assert command_line("run", "mine.yaml", "-o", "made").code == 0
    assert (Path("made") / "again.png").stat().st_size > 10_000
    assert "Add CHILD" in command_line.refuses(2, "report", "auto", "-o", "none.pdf").err
    given = ("report", STRUCTURES / "batio3_cubic.cif", STRUCTURES / "batio3_p4mm.cif")
    assert "PARENT is given" in command_line.refuses(2, *given, "--parent-rank", 1, "-o", "none.pdf").err
    assert "Write `auto`" in command_line.refuses(2, "report", "modes.json", "--parent-rank", 1, "-o", "none.pdf").err


def test_track_finds_the_parent_of_its_reference(command_line: CommandLine) -> None:
    frames = [STRUCTURES / "srtio3_i4mcm.cif"] * 2
    ran = command_line("track", "auto", *frames, "--json")
    assert ran.code == 0, ran.err
    assert ran.json["parent"]["space_group"]["number"] == 221


def test_find_compares_parents(command_line: CommandLine) -> None:
    ran = command_line("find", "auto", STRUCTURES / "batio3_p4mm.cif", "--parents", 2, "--json")
    assert ran.code == 0, ran.err
    rows = ran.json["parents"]
    assert [row["number"] for row in rows] == [221, 123]
    assert rows[0]["primary"] == ["GM4-"] == ran.json["primary"]
    assert all(row["agrees"] and row["loss"] < 1e-6 for row in rows)
    # both parents lack the polar displacement alone: the order parameter is nearly the same
    assert rows[0]["order_parameter"] == pytest.approx(rows[1]["order_parameter"], rel=0.05)
    text = command_line("find", "auto", STRUCTURES / "batio3_p4mm.cif", "--parents", 2)
    assert "Parents compared" in text.out


def test_recipes_take_auto(command_line: CommandLine) -> None:
    child = STRUCTURES / "srtio3_i4mcm.cif"
    wanted = {"child": str(child), "expect": {"primary": ["R4+"]}}
    steps = [
        {"run": "parent", "child": str(child)},
        {"run": "modes", "name": "found", "parent": {"step": "parent"}, **wanted},
        {"run": "modes", "name": "auto", "parent": "auto", **wanted},
        {"run": "intermediate", "parent": "auto", "child": str(child)},
    ]
    Path("mine.yaml").write_text(json.dumps({"steps": steps}))  # JSON is YAML
    ran = command_line("run", "mine.yaml", "--quiet")
    assert ran.code == 0, ran.err


def candidate(score: float, name: str) -> ParentCandidate:
    return ParentCandidate(
        number=1, symbol=name, index=2, size=1, point_index=2, n_atoms=1, dmax=0.1, rms=0.1, strain_max=0.0, hop=0.0,
        score=score, structure=StructureData(lattice=((3.0, 0, 0), (0, 3.0, 0), (0, 0, 3.0)), species=("O",),
                                             frac=((0.0, 0.0, 0.0),)),
    )  # fmt: skip


def test_two_close_parents_are_refused_with_the_list() -> None:
    summary = StructureSummary(path=None, formula="X", n_atoms=2, space_group=SpaceGroup(1, "P1"))
    result = ParentSearch(
        parent=summary, child=summary, candidates=(candidate(1.0, "A"), candidate(0.95, "B")), lead=0.05, aristotype=0
    )
    with pytest.raises(NotCompatibleError, match=r"equally near: 1 A .* 2 B "):
        chosen(result, "X")
    assert "B" in chosen(result, "X", 2).messages[0]


def test_a_given_parent_is_left_as_it_is() -> None:
    parent = STRUCTURES / "srtio3_cubic.cif"
    assert given_or_found(parent, None) is parent
    with pytest.raises(UsageError, match="parent-rank"):
        given_or_found(parent, None, 2)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["modes", "auto", STRUCTURES / "srtio3_cubic.cif"], 4),
        (["modes", "auto", STRUCTURES / "batio3_p4mm.cif", "--parent-rank", 9], 2),
        (["modes", STRUCTURES / "batio3_cubic.cif", STRUCTURES / "batio3_p4mm.cif", "--parent-rank", 1], 2),
        (["find", STRUCTURES / "batio3_cubic.cif", STRUCTURES / "batio3_p4mm.cif", "--parents", 2], 2),
        (["modes", "auto", "absent.cif"], 3),
    ],
)
def test_refusals(words: list[object], code: int, command_line: CommandLine) -> None:
    ran = command_line(*words)
    assert ran.code == code and ran.out == "" and "Traceback" not in ran.err


def test_a_mixed_candidate_reads_back() -> None:
    data = StructureData(lattice=((4.0, 0, 0), (0, 4.0, 0), (0, 0, 4.0)), species=("Sb0.5Sc0.5",), frac=((0, 0, 0),))
    assert read_structure(data).occupancies[0] == {"Sb": 0.5, "Sc": 0.5}


def test_a_distorted_cif_states_its_parent(command_line: CommandLine) -> None:
    parent = STRUCTURES / "zro2_cubic.cif"
    assert command_line("distort", parent, "X2-(0;a;0)=0.4", "-o", "child.cif").code == 0
    ran = command_line("modes", "auto", "child.cif", "--json")
    assert ran.code == 0, ran.err
    assert ran.json["messages"][0] == "The parent is the one that child.cif states: Fm-3m (225)."
    assert ran.json["primary"] == ["X2-"]
    assert ran.json["irreps"][0]["amplitude_supercell"] == pytest.approx(0.4, abs=1e-5)
    listed = command_line("parent", "child.cif", "--json").json
    assert listed["status"] == "stated" and listed["candidates"][0]["headline"] == "stated"


def test_comments_of_isodistort_state_the_parent(tmp_path: Path) -> None:
    from curiebreak.structures.stated import stated_parent

    # the head of a file of ISODISTORT 6.12, with a free coordinate as it writes one
    (tmp_path / "child.cif").write_text(
        "# This file was generated by ISODISTORT, version 6.12.2\n# Space Group: 136 P4_2/mnm   D4h-14\n"
        "# Lattice parameters: a= 4.59400, b= 4.59400, c= 2.95900, alpha= 90.00000, beta= 90.00000, gamma= 90.00000\n"
        "# ti 2a (0,0,0)\n# o 4f (x,x,0), x= 0.30500\n# k point: X, k10 (0,1/2,0)\ndata_isodistort-output\n"
    )
    stated = stated_parent(tmp_path / "child.cif")
    assert stated is not None and stated.number == 136 and stated.cell is not None
    assert stated.sites == (({"Ti": 1.0}, (0.0, 0.0, 0.0)), ({"O": 1.0}, (0.305, 0.305, 0.0)))
    (tmp_path / "magnetic.mcif").write_text("data_x\n_parent_space_group.IT_number 221\n")
    magnetic = stated_parent(tmp_path / "magnetic.mcif")
    assert magnetic is not None and (magnetic.number, magnetic.sites) == (221, ())
    # ISOCIF writes the same lines, of the structure itself
    assert stated_parent(STRUCTURES / "lamno3_pnma.cif") is None


@pytest.mark.shared
def test_the_parent_of_a_file_of_isodistort(command_line: CommandLine, shared: Path) -> None:
    child = shared / "data" / "cases" / "12_srtio3_x1plus_p4mmm" / "child.cif"
    ran = command_line("modes", "auto", child, "--json")
    assert "states: Pm-3m (221)" in ran.json["messages"][0]
    assert ran.json["primary"] == ["X1+"]
