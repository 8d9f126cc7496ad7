"""Allowed or forbidden: linear molecules, finite groups, crystals, given fields, tensors.

Expected groups and irreps are those of the usual character tables (D_inf_h, D4h, Oh; Atkins, Child and
Phillips 1970) and of the named space groups; everything else is an invariant.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import CommandLine

from curiebreak.checking import check
from curiebreak.errors import InputError
from curiebreak.results.check import SymmetryCheck

PAIR = {"species": ["H", "H"], "positions": [[0, 0, -1], [0, 0, 1]]}
UNEQUAL = {"species": ["H", "He"], "positions": [[0, 0, -1], [0, 0, 1]]}
OCTAHEDRON = {
    "species": ["Ti"] + ["O"] * 6,
    "positions": [[0, 0, 0], [2, 0, 0], [-2, 0, 0], [0, 2, 0], [0, -2, 0], [0, 0, 2], [0, 0, -2]],
}
PEROVSKITE = {
    "lattice": [[4, 0, 0], [0, 4, 0], [0, 0, 4]],
    "species": ["Sr", "Ti", "O", "O", "O"],
    "frac": [[0, 0, 0], [0.5, 0.5, 0.5], [0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]],
}
DOUBLED = {
    "lattice": [[4, 0, 0], [0, 4, 0], [0, 0, 8]],
    "species": PEROVSKITE["species"] * 2,
    "frac": [[x, y, (z + k) / 2] for k in (0, 1) for x, y, z in PEROVSKITE["frac"]],
}


def entry(values: Any, kind: str = "vector", per: str = "atom", **more: Any) -> dict[str, Any]:
    return {"kind": kind, "per": per, "values": values, **more}


class Asker:
    """Writes input and output files and asks."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def file(self, name: str, structure: dict[str, Any], **fields: Any) -> Path:
        path = self.folder / f"{name}.json"
        path.write_text(json.dumps(structure | {"fields": fields}))
        return path

    def __call__(self, structure: dict[str, Any], output: dict[str, Any], **given: Any) -> SymmetryCheck:
        return check(self.file("input", structure, **given), self.file("output", {}, y=output))


@pytest.fixture
def ask(tmp_path: Path) -> Asker:
    return Asker(tmp_path)


def labels(result: SymmetryCheck) -> list[str]:
    return [e.irrep for e in result.order_parameters]


def kinds(result: SymmetryCheck) -> set[str]:
    return {one.kind for one in result.forbidding_operations}


def test_two_equal_masses_may_move_apart_equally(ask: Asker) -> None:
    result = ask(PAIR, entry([[0, 0, -0.1], [0, 0, 0.1]]))
    assert result.allowed and result.floor == 0
    assert result.order_parameters == () and result.forbidding_operations == ()
    assert result.input_symmetry is not None and result.input_symmetry.point_group == "Dinfh"


@pytest.mark.parametrize(("moves", "floor"), [((0.1, 0.1), 1.0), ((-0.1, 0.2), 0.1)])
def test_two_equal_masses_may_not_drift_or_differ(ask: Asker, moves: tuple[float, float], floor: float) -> None:
    """The part common to both is Sigma_u+, forbidden by the mirror between them and the inversion."""
    result = ask(PAIR, entry([[0, 0, moves[0]], [0, 0, moves[1]]]))
    assert not result.allowed
    assert result.floor == pytest.approx(floor)
    assert labels(result) == ["Sigma_u+"]
    assert {"i", "m", "C2", "Sinf"} == kinds(result)
    mirror = next(o for o in result.forbidding_operations if o.kind == "m")
    assert mirror.axis == (0, 0, 1) and mirror.count == 1
    carrier = result.order_parameters[0].carrier
    assert carrier is not None and (carrier.l, carrier.parity, carrier.components) == (1, "o", {"0": 1.0})
    assert result.output_symmetry is not None and result.output_symmetry.point_group == "Cinfv"


def test_unequal_masses_may_move_unequally(ask: Asker) -> None:
    result = ask(UNEQUAL, entry([[0, 0, -0.1], [0, 0, 0.2]]))
    assert result.allowed
    assert result.input_symmetry is not None and result.input_symmetry.point_group == "Cinfv"


def test_masses_may_be_given_as_a_field(ask: Asker) -> None:
    output = entry([[0, 0, -0.1], [0, 0, 0.2]])
    assert ask(PAIR, output, mass=entry([1.0, 2.0], "scalar")).allowed
    assert not ask(PAIR, output, mass=entry([2.0, 2.0], "scalar")).allowed


def test_given_vector_allows_drift_along_it_alone(ask: Asker) -> None:
    along = entry([0, 0, 2.5], per="global")
    assert ask(PAIR, entry([[0, 0, 0.1], [0, 0, 0.1]]), E=along).allowed
    aside = ask(PAIR, entry([[0.1, 0, 0.0], [0.1, 0, 0.0]]), E=along)
    assert not aside.allowed and labels(aside) == ["Pi"]
    across = ask(PAIR, entry([[0, 0, 0.1], [0, 0, 0.1]]), E=entry([1.0, 0, 0], per="global"))
    assert not across.allowed
    assert across.input_symmetry is not None and across.input_symmetry.point_group == "C2v"
    assert ask(PAIR, entry([[0.3, 0, 0.1], [0.3, 0, -0.1]]), E=entry([1.0, 0, 0], per="global")).allowed


@pytest.mark.parametrize("turn", range(3))
def test_answers_do_not_depend_on_the_frame(ask: Asker, turn: int) -> None:
    rotation = np.linalg.qr(np.random.default_rng(turn).normal(size=(3, 3)))[0]
    pair = PAIR | {"positions": (np.array(PAIR["positions"]) @ rotation.T).tolist()}
    moves = np.array([[0.1, 0.05, -0.1], [0.1, 0.05, 0.2]]) @ rotation.T
    result = ask(pair, entry(moves.tolist()))
    assert set(labels(result)) == {"Pi_u", "Sigma_u+"}
    assert result.output_symmetry is not None and result.output_symmetry.point_group == "Cs"


def test_axial_given_field_keeps_no_mirror_through_the_axis(ask: Asker) -> None:
    result = ask(PAIR, entry(1.0, "pseudoscalar", "global"), B=entry([0, 0, 1.0], "axial", "global"))
    assert result.input_symmetry is not None and result.input_symmetry.point_group == "Cinfh"
    assert labels(result) == ["Sigma_u"]


def test_crossed_given_fields_allow_what_neither_allows(ask: Asker) -> None:
    """A vector along E × B in a cubic crystal."""
    electric = entry([0, 0, 1], per="global")
    magnetic = entry([1, 0, 0], "axial", "global")
    drift = entry([0, 1, 0], per="global")
    assert not ask(PEROVSKITE, drift, E=electric).allowed
    assert not ask(PEROVSKITE, drift, B=magnetic).allowed
    both = ask(PEROVSKITE, drift, E=electric, B=magnetic)
    assert both.allowed and both.input_symmetry is not None and both.input_symmetry.number == 6


def test_single_atom_needs_an_axis(ask: Asker) -> None:
    atom = {"species": ["H"], "positions": [[0, 0, 0]]}
    assert ask(atom, entry([[0, 0, 1.0]]), E=entry([0, 0, 3.0], per="global")).allowed
    forbidden = ask(atom, entry([[0, 0, 1.0]]), B=entry([0, 0, 3.0], "axial", "global"))
    assert labels(forbidden) == ["Sigma_u"]
    with pytest.raises(InputError, match="single atom"):
        ask(atom, entry([[0, 0, 1.0]]))


def test_square_to_rectangle_and_back(structures: Path) -> None:
    result = check(structures / "square.xyz", structures / "rectangle.xyz")
    assert not result.allowed and labels(result) == ["B1g"]
    lost = {o.kind: sum(p.count or 0 for p in result.forbidding_operations if p.kind == o.kind)
            for o in result.forbidding_operations}  # fmt: skip
    assert lost == {"C4": 2, "C2": 2, "S4": 2, "m": 2}  # Smidt, Geiger, Miller (2021): 8 operations
    carrier = result.order_parameters[0].carrier
    assert carrier is not None and (carrier.l, carrier.parity, set(carrier.components)) == (2, "e", {"2"})
    assert check(structures / "rectangle.xyz", structures / "square.xyz").allowed


def test_octahedron_broken_along_z(ask: Asker) -> None:
    result = ask(OCTAHEDRON, entry([[0, 0, 0.1]] + [[0, 0, 0]] * 6))
    assert labels(result) == ["T1u"] and result.order_parameters[0].direction == "(a,0,0)"
    found = result.order_parameters[0].isotropy_subgroup
    assert found is not None and found.point_group == "C4v" and found.index == 6
    assert sum(o.count or 0 for o in result.forbidding_operations) == 40
    allowed = ask(OCTAHEDRON, entry([[0, 0, 0.1]] + [[0, 0, 0]] * 6), E=entry([0, 0, 1.0], per="global"))
    assert allowed.allowed


def test_tensors_of_rank_two_and_four(ask: Asker) -> None:
    stretched = entry([[1, 0, 0], [0, 1, 0], [0, 0, -2]], "tensor", "global", rank=2, symmetry="ij=ji")
    result = ask(OCTAHEDRON, stretched)
    assert labels(result) == ["Eg"] and result.fields[0].o3_irreps == ("0e", "2e")
    elastic = np.einsum("ij,kl->ijkl", np.eye(3), np.eye(3))
    elastic[2, 2, 2, 2] += 1.0
    whole = entry(elastic.tolist(), "tensor", "global", rank=4, symmetry="ijkl=jikl=klij")
    result = ask(OCTAHEDRON, whole)
    assert result.fields[0].o3_irreps == ("0e", "0e", "2e", "2e", "4e")
    assert labels(result) == ["Eg"] and not result.allowed
    elastic[0, 0, 0, 0] += 1.0
    elastic[1, 1, 1, 1] += 1.0
    whole["values"] = elastic.tolist()
    assert ask(OCTAHEDRON, whole).allowed  # C11, C12, C44 of a cubic solid


def test_pseudoscalar_needs_a_chiral_input(ask: Asker) -> None:
    molecule = {
        "species": ["C"] + ["H"] * 4,
        "positions": [[0, 0, 0], [1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]],
    }
    result = ask(molecule, entry(1.0, "pseudoscalar", "global"))
    assert labels(result) == ["A2"]
    chiral = molecule | {"species": ["C", "H", "F", "Cl", "Br"]}
    assert ask(chiral, entry(1.0, "pseudoscalar", "global")).allowed


def test_group_without_labels_still_gets_a_verdict(ask: Asker) -> None:
    angles = 2 * np.pi * np.arange(5) / 5
    ring = {"species": ["C"] * 5, "positions": np.stack([np.cos(angles), np.sin(angles), 0 * angles], 1).tolist()}
    result = ask(ring, entry([1.0, 0, 0], per="global"))
    assert not result.allowed and result.floor == pytest.approx(1.0)
    assert "C5" in kinds(result) and any("no label" in m for m in result.messages)


def test_field_on_a_crystal_along_a_given_field(ask: Asker) -> None:
    along = entry([0, 0, 1.0], per="global")
    polar = [[0, 0, 0], [0, 0, 0.1], [0, 0, 0], [0, 0, 0], [0, 0, 0]]
    plain = ask(PEROVSKITE, entry(polar))
    assert labels(plain) == ["GM4-"] and plain.order_parameters[0].direction == "(a,0,0)"
    result = ask(PEROVSKITE, entry(polar), E=along)
    assert result.allowed and result.input_symmetry is not None and result.input_symmetry.symbol == "P4mm"


def test_given_field_may_enlarge_the_cell(ask: Asker) -> None:
    """Antiparallel pseudovectors on Ti along c leave P4/mcc (124), which forbids the same as polar vectors."""
    values = np.zeros((10, 3))
    values[1, 2], values[6, 2] = 0.1, -0.1
    axial = entry(values.tolist(), "axial")
    result = ask(DOUBLED, axial)
    assert {o.kind for o in result.forbidding_operations} >= {"t", "C3", "C4"}
    assert len(labels(result)) == 1 and labels(result)[0].startswith("X")
    assert ask(DOUBLED, axial, A=axial).allowed
    polar = ask(DOUBLED, entry(values.tolist()), A=axial)
    assert polar.input_symmetry is not None and polar.input_symmetry.number == 124
    assert labels(polar) == ["GM1-"]
    assert polar.output_symmetry is not None and polar.output_symmetry.symbol == "P422"


def test_same_answer_in_a_larger_cell(ask: Asker) -> None:
    small = np.zeros((5, 3))
    small[1] = [0.1, 0.1, 0]
    one, two = ask(PEROVSKITE, entry(small.tolist())), ask(DOUBLED, entry(np.tile(small, (2, 1)).tolist()))
    assert labels(one) == labels(two) == ["GM4-"]
    assert one.floor == pytest.approx(two.floor)
    assert one.forbidding_operations == two.forbidding_operations


def test_numbers_do_not_depend_on_the_cell_of_the_file(ask: Asker) -> None:
    """Ti moves 0.03 Å of five atoms: with the centre of mass at rest 0.03 sqrt(1 - 1/5) over the primitive cell."""
    shift = np.zeros((5, 3))
    shift[1, 2] = 0.03
    shift -= shift.mean(axis=0)
    for structure, values in ((PEROVSKITE, shift), (DOUBLED, np.tile(shift, (2, 1)))):
        (one,) = ask(structure, entry(values.tolist())).order_parameters
        norm = pytest.approx(0.03 * np.sqrt(0.8), rel=1e-6)
        assert (np.linalg.norm(one.components), one.amplitude_supercell, one.amplitude_parent) == (norm, norm, norm)


def test_the_size_of_what_is_forbidden_is_told(ask: Asker) -> None:
    """Noise of 5 mÅ breaks everything: its size and the way out are said, and that way leads out."""
    noise = np.random.default_rng(0).normal(0.0, 0.005, (5, 3))
    parent = ask.file("parent", PEROVSKITE)
    child = PEROVSKITE | {"frac": (np.array(PEROVSKITE["frac"]) + noise / 4.0).tolist()}
    (told,) = [text for text in check(parent, ask.file("child", child)).messages if "forbidden part" in text]
    size = re.search(r"displacement is ([\d.]+) Å \(root mean square an atom\)", told)
    moved = noise - noise.mean(axis=0)
    assert size and float(size[1]) == pytest.approx(np.sqrt((moved**2).sum() / 5), rel=0.02)
    assert "--tolerance" in told


def test_the_headline_names_what_was_checked(ask: Asker, command_line: CommandLine, tmp_path: Path) -> None:
    from ase import Atoms

    atoms = Atoms(PEROVSKITE["species"], scaled_positions=PEROVSKITE["frac"], cell=PEROVSKITE["lattice"], pbc=True)
    atoms.arrays["forces"] = np.random.default_rng(1).normal(size=(5, 3))
    atoms.write(tmp_path / "forces.extxyz", format="extxyz")
    said = command_line("check", ask.file("input", PEROVSKITE), tmp_path / "forces.extxyz")
    words = " ".join(said.out.split())
    assert "keeps strain (zero)" in words and "forces not used" in words and "--field" in words
    said = command_line("check", ask.file("input", PEROVSKITE), tmp_path / "forces.extxyz", "--field", "forces")
    assert "forbidden by" in said.out


def test_structure_as_output_agrees_with_the_published_primaries(structures: Path) -> None:
    result = check(structures / "lamno3_cubic.cif", structures / "lamno3_pnma.cif")
    assert labels(result) == ["M3+", "R4+"] and result.floor == pytest.approx(1.0)
    assert result.output_symmetry is not None and result.output_symmetry.symbol == "Pnma"
    assert len(result.minimal_sets) == 8
    assert check(structures / "lamno3_cubic.cif", structures / "lamno3_cubic.cif").allowed


def test_json_of_the_contract(ask: Asker, command_line: CommandLine) -> None:
    source = ask.file("input", PAIR)
    target = ask.file("output", {}, y=entry([[0, 0, 0.1], [0, 0, 0.1]]))
    run = command_line("check", str(source), str(target), "--json")
    assert run.code == 0
    data = json.loads(run.out)
    assert {"allowed", "forbidding_operations", "floor", "order_parameters", "schema_version", "versions"} <= set(data)
    assert data["order_parameters"][0]["irrep"] == "Sigma_u+"
    assert SymmetryCheck.from_json(run.out).to_json() + "\n" == run.out
    assert "forbidden by Dinfh" in command_line("check", str(source), str(target)).out


def test_refusals(ask: Asker, command_line: CommandLine, tmp_path: Path) -> None:
    source = ask.file("input", PAIR)
    wrong = ask.file("output", {}, y=entry([[0, 0, 0.1]]))
    run = command_line("check", str(source), str(wrong), "--json")
    assert run.code == 3 and run.out == "" and "'y' holds 3 numbers" in run.err
    other = ask.file("other", UNEQUAL, y=entry([[0, 0, 0.1], [0, 0, 0.1]]))
    assert command_line("check", str(source), str(other)).code == 3
    assert command_line("check", str(source), str(wrong), "--given", "E").code == 3
    assert command_line("check", str(source), str(tmp_path / "none.json")).code == 3
    huge = ask.file("huge", {}, y=entry([[0, 0, 1e300], [0, 0, 0]]))
    assert "above 1e+140" in command_line("check", str(source), str(huge)).err
    nothing = ask.file("nothing", {}, y=entry([[0, 0, 1e-300], [0, 0, 0]]))
    assert command_line("check", str(source), str(nothing), "--json").json["allowed"]


def test_commands_of_the_page(command_line: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """What docs/fields.md shows of `check` runs and answers as it says."""
    root = Path(__file__).resolve().parents[2]
    monkeypatch.chdir(root)
    lines = [x for x in (root / "docs" / "fields.md").read_text().splitlines() if x.startswith("curiebreak check")]
    verdicts = [command_line(*line.split()[1:], "--json").json["allowed"] for line in lines]
    assert verdicts == [True, False, False, True, True, True, False, False, True, False, False]
