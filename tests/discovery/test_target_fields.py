"""Fields as what ``find`` explains: eight crystals and a molecule with floors from brute force, and fields on a child.

Floors are computed by :mod:`target_cases` from the learned input as it stands in the result, with operations that it
finds itself; primaries are those of the literature that is cited there, or of the tables of the point group.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import spglib
from command_line import CommandLine
from target_cases import CASES, STRUCTURES, Atoms, BruteForce, Case, Quantity, perovskite, wrapped

import curiebreak
from curiebreak.results import Certification, Finding, Status
from curiebreak.structures import read_structure

FAST = ("spins", "charges of a square")


def learned_inputs(found: Finding, members: tuple[str, ...], atoms: Atoms) -> list[Quantity]:
    """The parts of the learned input that belong to some irreps, on the atoms of a cell."""
    drawn = found.structures
    assert drawn is not None
    cell = drawn.undistorted
    lattice = None if cell.lattice is None else np.array(cell.lattice)
    own = np.array(cell.frac) if lattice is None else np.array(cell.frac) @ lattice
    apart = atoms.places()[:, None] - own[None]
    if lattice is not None:
        apart = wrapped(apart @ np.linalg.inv(lattice)) @ lattice
    nearest = np.linalg.norm(apart, axis=2).argmin(axis=1)
    inputs = []
    for field in found.breaking_input:
        parts = [np.array(part.values) for part in field.parts if part.irrep in members]
        if not parts:
            continue
        kind = f"{field.l}{field.parity}" + ("-" if field.time_parity < 0 else "")
        if field.site == "global":
            inputs.append(Quantity(kind, sum(parts), everywhere=True))
            continue
        values = np.zeros((len(own), 2 * field.l + 1))
        values[list(field.atoms)] = sum(parts)
        inputs.append(Quantity(kind, values[nearest]))
    return inputs


def check_against_brute_force(found: Finding, case: Case) -> None:
    """Every floor and every trained loss, field by field and certificate by certificate."""
    group = BruteForce(case.whole)
    fields = [case.quantity(name, case.whole) for name in case.fields]
    bare = [group.floor(field, []) for field in fields]
    for one, floor in zip(found.targets, bare, strict=True):
        assert one.floor_without_input == pytest.approx(floor, abs=1e-6)
        assert one.loss_without_input == pytest.approx(floor, abs=1e-3 * floor + 1e-6)
        assert one.floor == pytest.approx(0.0, abs=1e-9) and one.loss < 1e-6
        if one.time_parity < 0:
            assert floor == one.loss_without_input == 1.0  # exactly
    assert {c.kind for c in found.certificates} == {"curie", "sufficient", "necessary"}
    for certificate in found.certificates:
        inputs = learned_inputs(found, certificate.members, case.whole)
        floor = float(np.mean([group.floor(field, inputs) for field in fields]))
        assert certificate.verdict == "holds"
        assert certificate.floor == pytest.approx(floor, abs=1e-6)
        assert certificate.learned == pytest.approx(floor, abs=1e-3 * floor + 1e-6)


@pytest.mark.parametrize("name", [n if n in FAST else pytest.param(n, marks=pytest.mark.slow) for n in CASES])
def test_floors_are_those_of_brute_force(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    found = curiebreak.find(STRUCTURES / case.parent, target=case.write(tmp_path / "fields.json"), **case.options)
    assert found.status is Status.OK, found.messages
    assert set(found.primary) == set(case.primary)
    assert found.crosscheck is not None and found.crosscheck.agrees, found.crosscheck
    assert set(found.crosscheck.exact_primary) == set(case.primary)
    assert all(e.carrier is not None and e.kind == "field" for e in found.order_parameters)
    for entry in found.order_parameters:
        assert entry.carrier is not None
        assert (entry.carrier.time_parity < 0) == entry.name.startswith("m")
    check_against_brute_force(found, case)


def test_brute_force_knows_the_groups() -> None:
    cubic = BruteForce(perovskite(4.0, "A", "B", "X"))
    assert len(cubic.rotations) == 48
    moment = Quantity("axial odd", np.array([[0, 0, 0], [0, 0, 1.0], *[[0, 0, 0]] * 3]))
    kept = cubic.keeping([moment])
    assert len(kept) == 16 and sum(theta < 0 for _, theta in kept) == 8  # 4/mm'm'
    assert cubic.floor(moment, []) == 1.0 and cubic.floor(moment, [moment]) == pytest.approx(0.0, abs=1e-12)


# With a child ---------------------------------------------------------------------------------------------------------


def symmetric_field(child: Path, seed: int, symmetrise: bool) -> np.ndarray:
    """A random tensor on every atom of a child's file that spglib's operations of that file keep."""
    structure = read_structure(child)
    lattice = np.asarray(structure.lattice)
    numbers = [sorted(set(structure.species)).index(s) + 1 for s in structure.species]
    data = spglib.get_symmetry((lattice, structure.coords, numbers), symprec=1e-2)
    random = np.random.default_rng(seed).normal(size=(len(numbers), 3, 3))
    random = random + random.transpose(0, 2, 1) if symmetrise else random
    total = np.zeros_like(random)
    for rotation, shift in zip(data["rotations"], data["translations"], strict=True):
        turned = lattice.T @ rotation @ np.linalg.inv(lattice.T)
        places = structure.coords @ rotation.T + shift
        images = np.linalg.norm(wrapped(places[:, None] - structure.coords[None]), axis=2).argmin(axis=1)
        total[images] += np.einsum("ij,njk,lk->nil", turned, random, turned)
    return total / len(data["rotations"])


def write_tensors(path: Path, values: np.ndarray, **more: Any) -> str:
    entry = {"kind": "tensor2", "values": values.tolist()} | more
    path.write_text(json.dumps({"fields": {"T": entry}}))
    return f"{path}::T"


def test_born_charges_of_a_child(tmp_path: Path) -> None:
    child = STRUCTURES / "batio3_p4mm.cif"
    values = symmetric_field(child, 0, symmetrise=False) + 2 * np.eye(3)
    found = curiebreak.find(STRUCTURES / "batio3_cubic.cif", child, target=[write_tensors(tmp_path / "z.json", values)])
    assert found.status is Status.OK and found.primary == ("GM4-",), (found.messages, found.crosscheck)
    assert {e.kind for e in found.irreps} >= {"field", "strain"}
    # its own floor, by brute force on the parent's places in the child's order
    structure = read_structure(child)
    parent = perovskite(4.0, "Ba", "Ti", "O")
    ideal = Atoms(parent.lattice, structure.species, np.round(2 * structure.coords) / 2)
    shifted = Atoms(ideal.lattice, ideal.species, ideal.frac - ideal.frac[list(ideal.species).index("Ti")])
    floor = BruteForce(shifted).floor(Quantity("tensor2", values.reshape(5, 9)), [])
    assert found.targets[0].floor_without_input == pytest.approx(floor, abs=1e-6)
    assert found.targets[0].loss_without_input == pytest.approx(floor, abs=2e-3)
    assert found.targets[0].loss is not None and found.targets[0].loss < 1e-6


@pytest.mark.slow
def test_electric_field_gradients_of_a_tilted_child(tmp_path: Path) -> None:
    child = STRUCTURES / "srtio3_i4mcm.cif"
    values = symmetric_field(child, 1, symmetrise=True)
    values -= np.einsum("nii,jk->njk", values, np.eye(3)) / 3
    asked = write_tensors(tmp_path / "efg.json", values, symmetry="ij=ji")
    found = curiebreak.find(STRUCTURES / "srtio3_cubic.cif", child, target=[asked])
    assert found.status is Status.OK and found.primary == ("R5-",), (found.messages, found.crosscheck)
    assert found.targets[0].o3_irreps == ("0e", "2e")
    assert all(c.verdict == "holds" for c in found.certificates)


# Files and refusals ---------------------------------------------------------------------------------------------------


def test_command_and_refusals(tmp_path: Path, command_line: CommandLine) -> None:
    case, parent = CASES["spins"], STRUCTURES / "lamno3_cubic.cif"
    asked = case.write(tmp_path / "spins.json")
    ran = command_line("find", parent, "--target", asked[0], "--json")
    assert ran.code == 0, ran.err
    assert ran.json["primary"] == ["mR4+"] and ran.json["targets"][0]["o3_irreps"] == ["1e-"]
    assert ran.json["isotropy_subgroup"]["magnetic"]["type"] == "IV"
    assert "mR4+" in command_line("find", parent, "--target", asked[0]).out
    assert "--target" in command_line.refuses(2, "find", parent).err
    child = STRUCTURES / "lamno3_pnma.cif"
    assert "atoms of the child" in command_line.refuses(3, "find", parent, child, "--target", asked[0]).err
    assert "--blind" in command_line.refuses(2, "find", parent, "--target", asked[0], "--blind").err
    assert "auto" in command_line.refuses(2, "find", "auto", "--target", asked[0]).err
    other = STRUCTURES / "batio3_cubic.cif"
    assert "supercell" in command_line.refuses(3, "find", other, "--target", asked[0]).err


@pytest.mark.slow
def test_scatter_of_a_field_is_told(tmp_path: Path) -> None:
    """Values with half a percent of noise: few operations are kept, which is said with the option that helps."""
    case = CASES["magnetoelectric"]
    values = np.asarray(case.fields["alpha"][1]) + 0.01 * np.random.default_rng(0).normal(size=(3, 3))
    noisy = replace(case, fields={"alpha": ("axial tensor2 odd", values)})
    asked, parent = noisy.write(tmp_path / "f.json"), STRUCTURES / case.parent
    found = curiebreak.find(parent, target=asked, sites="Mn", seconds=0.5)
    said = next(text for text in found.messages if "--target-tolerance" in text)
    tolerance = float(said.split("--target-tolerance ")[1].split()[0])
    again = curiebreak.find(parent, target=asked, sites="Mn", target_tolerance=tolerance)
    assert again.status is Status.OK and again.primary == case.primary
    assert not any("--target-tolerance" in text for text in again.messages)


def test_fields_that_say_nothing(tmp_path: Path) -> None:
    cubic = perovskite(3.9408, "La", "Mn", "O")
    path = tmp_path / "f.json"
    path.write_text(json.dumps(cubic.as_json() | {"fields": {"q": {"kind": "scalar", "values": [1, 2, 3, 3, 3]}}}))
    found = curiebreak.find(STRUCTURES / "lamno3_cubic.cif", target=[str(path)])
    assert found.status is Status.NOTHING_TO_BREAK and found.targets[0].floor_without_input == pytest.approx(0.0)
    path.write_text(json.dumps(cubic.as_json() | {"fields": {"q": {"kind": "scalar", "values": [0] * 5}}}))
    with pytest.raises(curiebreak.errors.InputError, match="zero"):
        curiebreak.find(STRUCTURES / "lamno3_cubic.cif", target=[str(path)])


# certify --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [n if n == FAST[1] else pytest.param(n, marks=pytest.mark.slow) for n in CASES])
def test_certify_agrees_with_the_literature_and_brute_force(name: str, tmp_path: Path) -> None:
    """All primaries of the literature together are enough, each is needed, and nothing leaves what brute force says."""
    case = CASES[name]
    asked = case.write(tmp_path / "fields.json")
    found = curiebreak.certify(STRUCTURES / case.parent, None, case.primary, target=asked)
    assert found.status is Status.OK and found.sufficient is True and found.missing == ()
    assert [one.necessary for one in found.given] == [True] * len(case.primary)
    assert all(c.verdict == "holds" for c in found.certificates)
    group = BruteForce(case.whole)
    for one, field in zip(found.targets, case.fields, strict=True):
        floor = group.floor(case.quantity(field, case.whole), [])
        assert one.floor_without_input == pytest.approx(floor, abs=1e-6)
        assert one.loss_without_input == pytest.approx(floor, abs=1e-3 * floor + 1e-6)
        assert one.floor == pytest.approx(0.0, abs=1e-9) and one.loss is not None and one.loss < 1e-6
    assert Certification.from_json(found.to_json()) == found


def harmonic(degree: int, order: int) -> np.ndarray:
    values = np.zeros((1, 2 * degree + 1))
    values[0, order + degree] = 1.0
    return values


@pytest.mark.parametrize(
    ("name", "text", "kind", "value"),
    [
        ("piezoelectric", "2e(0)", "2e", harmonic(2, 0)),  # a strain keeps the inversion: nothing of it
        ("piezoelectric", "1o(0)", "1o", harmonic(1, 0)),
        ("piezoelectric", "1o(1)", "1o", harmonic(1, 1)),  # a polarisation along x: only a part
        ("elastic", "1o(1)", "1o", harmonic(1, 1)),
        ("magnetoelectric", "1e-(0)", "1e-", harmonic(1, 0)),  # ferromagnetism keeps the inversion
        ("magnetoelectric", "2e(0)", "2e", harmonic(2, 0)),  # nothing even makes what is odd
    ],
)
def test_harmonics_of_the_cell_stop_where_brute_force_says(
    name: str, text: str, kind: str, value: np.ndarray, tmp_path: Path
) -> None:
    case = CASES[name]
    site = {"elastic": "Ti", "piezoelectric": "Ti"}.get(name, "Mn")
    asked = case.write(tmp_path / "fields.json")
    odd = kind.endswith("-")
    if odd or name != "magnetoelectric":
        text = f"{text}[{site}]"
    found = curiebreak.certify(STRUCTURES / case.parent, None, [text], target=asked)
    (field,) = (case.quantity(one, case.whole) for one in case.fields)
    floor = BruteForce(case.whole).floor(field, [Quantity(kind, value, everywhere=True)])
    assert found.floor == pytest.approx(floor, abs=1e-6)
    assert found.loss == pytest.approx(floor, abs=1e-3 * floor + 1e-6)
    assert found.sufficient is (floor < 1e-6)
    if name == "magnetoelectric" and not odd:
        assert found.loss == found.floor == 1.0  # exactly
    carrier = found.given[0].carrier
    assert (carrier.time_parity < 0) == odd and found.given[0].irreps[0].startswith("m") == odd


def test_certify_a_field_beside_the_distortion_of_a_child(tmp_path: Path) -> None:
    child = STRUCTURES / "batio3_p4mm.cif"
    values = symmetric_field(child, 0, symmetrise=False) + 2 * np.eye(3)
    asked = [write_tensors(tmp_path / "z.json", values)]
    found = curiebreak.certify(STRUCTURES / "batio3_cubic.cif", child, ["GM4-"], target=asked)
    assert found.sufficient is True and len(found.targets) == 1 and found.targets[0].loss < 1e-6  # type: ignore[operator]
    assert found.loss_strain is not None and found.loss_strain < 1e-6


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("none", "GM4-"), 2, "neither a child nor a field"),
        (("none", "mGM4+", "--target", "piezo"), 3, "odd under time reversal"),
        (("none", "1e-(0)[Ti]", "--target", "piezo"), 3, "odd under time reversal"),
        (("none", "GM4-[Ti:1o-]", "--target", "piezo"), 3, "Write mGM4-"),
    ],
)
def test_certify_refuses_plainly(arguments: tuple[str, ...], code: int, words: str, command_line: CommandLine) -> None:
    piezo = f"{STRUCTURES / 'fields' / 'batio3_piezoelectric.json'}::e"
    given = [piezo if one == "piezo" else one for one in arguments]
    ran = command_line("certify", str(STRUCTURES / "batio3_cubic.cif"), *given)
    assert ran.code == code and words in ran.err and "Traceback" not in ran.err


def test_certify_on_the_command_line(command_line: CommandLine) -> None:
    piezo = f"{STRUCTURES / 'fields' / 'batio3_piezoelectric.json'}::e"
    ran = command_line("certify", str(STRUCTURES / "batio3_cubic.cif"), "none", "1o(0)[Ti]", "--target", piezo)
    assert ran.code == 0 and "sufficient, and needed" in ran.out and "Fields to explain" in ran.out
