"""Joint learning on a family: domains, classes, one network for all of them, the model's file, predictions."""

from __future__ import annotations

import csv
import dataclasses
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from command_line import CommandLine
from pymatgen.core import Structure

import curiebreak
from curiebreak.errors import InputError
from curiebreak.family.cell import CommonCell
from curiebreak.family.classes import FamilyClass, align, sort_classes
from curiebreak.family.container import packed
from curiebreak.family.element_numbers import bond_length, charges, radius, usual_charges
from curiebreak.family.evaluate import answers
from curiebreak.family.family_network import JointNetwork, class_operators, family_graph, weight_arrays
from curiebreak.family.features import describe
from curiebreak.family.formula import of_formula
from curiebreak.family.learn import Judged, Prepared, ask, fit_model, fold_of_formula, prepare
from curiebreak.family.members import Members, load_members, packed_members
from curiebreak.family.predicted_child import combined_children
from curiebreak.family.predicting import find_model, predict, predict_many, read_formulas, train
from curiebreak.family.tilt_angles import tilts
from curiebreak.options import OptionError
from curiebreak.results.basic import matrix
from curiebreak.results.learned import StructureData

PAIRS = Path(__file__).resolve().parents[2] / "recipes" / "data" / "perovskite_pairs.cbp"
PNMA = "M3+ R4+ (62)"


@pytest.fixture(scope="module")
def family() -> Members:
    return load_members(PAIRS)


@pytest.fixture(scope="module")
def few(family: Members) -> Members:
    """Twelve pairs of each of three classes."""
    groups: dict[tuple[object, ...], list[int]] = {}
    for place, member in enumerate(family.members):
        groups.setdefault((member.primary, member.group), []).append(place)
    wanted = [(("M3+", "R4+"), (62, 24)), (("GM4-", "R4+"), (161, 16)), (("R4+",), (167, 8))]
    chosen = [i for key in wanted for i in groups[key][:12]]
    return dataclasses.replace(family, members=tuple(family.members[i] for i in chosen))


@pytest.fixture(scope="module")
def prepared(few: Members) -> Prepared:
    return prepare(few)


def _class(prepared: Prepared, name: str) -> FamilyClass:
    return next(c for c in prepared.classes if c.name == name)


def test_group_of_the_common_cell(few: Members) -> None:
    """Pm-3m modulo 2 x 2 x 2 has 48 x 8 operations; each is a permutation that keeps site orbits and distances."""
    cell = few.cell
    rotations, permutations = cell.group
    assert len(rotations) == 384
    assert all(sorted(p) == list(range(cell.n_atoms)) for p in permutations[::37])
    types = cell.site_orbits[cell.site]
    assert all((types[p] == types).all() for p in permutations[::37])
    size = cell.repeats * cell.lattice
    for g in range(0, 384, 53):
        moved = cell.positions @ rotations[g].T - cell.positions[permutations[g]]
        apart = (moved - moved[0]) @ np.linalg.inv(size)
        assert np.abs(apart - np.round(apart)).max() < 1e-9


def test_one_domain_whatever_the_domain(few: Members) -> None:
    """A member carried by any operation of the parent ends in the same canonical fields."""
    cell, member, reference = few.cell, few.members[3], few.members[0]
    wanted = align(cell, member, reference)
    for g in (5, 100, 333):
        moved = dataclasses.replace(
            member,
            displacements=cell.images(member.displacements)[g],
            parts={name: cell.images(field)[g] for name, field in member.parts.items()},
            strain=cell.group[0][g] @ member.strain @ cell.group[0][g].T,
        )
        found = align(cell, moved, reference)
        assert np.abs(found[0] - wanted[0]).max() < 1e-4
        assert np.abs(found[1] - wanted[1]).max() < 1e-5


def test_classes_hold_their_groups(prepared: Prepared) -> None:
    """|H| = |G| / index, and primaries and secondaries add up to the displacements."""
    for c in prepared.classes:
        assert len(c.operations) * c.index == 384
        primary = (c.amplitudes @ c.basis.T).reshape(c.displacements.shape)
        assert np.abs(primary + c.secondaries - c.displacements).max() < 1e-12
    assert _class(prepared, PNMA).basis.shape[1] == 2


def _answers(cell: CommonCell, chosen: FamilyClass, seed: int = 3) -> tuple[np.ndarray, ...]:
    graph, architecture = family_graph(cell, 4.0)
    operators, _ = class_operators(cell, chosen, graph, architecture)
    weights = {n: a.astype(np.float64) for n, a in weight_arrays(JointNetwork(architecture, 6, seed)).items()}
    features = np.random.default_rng(0).normal(size=(3, 6))
    eta = np.array([[1.3, 2.0], [0.4, 2.2], [0.9, 0.5]])
    return tuple(answers(np, weights, operators, features, eta, eta))


def test_the_group_that_compresses_changes_no_number(prepared: Prepared) -> None:
    """Order 16 and order 8 (proper operations only) of the same class: equal answers to rounding."""
    cell, chosen = prepared.family.cell, _class(prepared, PNMA)
    proper = np.linalg.det(cell.group[0][chosen.operations]) > 0
    smaller = dataclasses.replace(chosen, operations=chosen.operations[proper])
    assert (len(chosen.operations), len(smaller.operations)) == (16, 8)
    full, half = _answers(cell, chosen), _answers(cell, smaller)
    assert np.abs(full[0]).max() > 1e-3
    for one, other in zip(full, half, strict=True):
        assert np.abs(one - other).max() < 1e-9


def test_domains_turn_with_the_input(prepared: Prepared) -> None:
    """A rotated order parameter gives rotated secondaries and strain and the same amplitudes."""
    cell, chosen = prepared.family.cell, _class(prepared, PNMA)
    rotations, permutations = cell.group
    g = 211
    inverse = np.argsort(permutations[g])
    conjugate = []
    for h in chosen.operations:
        target = permutations[g][permutations[h][inverse]]
        turned = rotations[g] @ rotations[h] @ rotations[g].T
        same = (permutations == target).all(axis=1) & (np.abs(rotations - turned).max(axis=(1, 2)) < 1e-9)
        conjugate.append(int(np.flatnonzero(same)[0]))
    basis = np.stack([cell.images(column.reshape(-1, 3))[g].reshape(-1) for column in chosen.basis.T], axis=1)
    moved = dataclasses.replace(chosen, operations=np.array(conjugate), basis=basis)
    here, there = _answers(cell, chosen), _answers(cell, moved)
    for one, other in zip(here[0], there[0], strict=True):
        assert np.abs(cell.images(one)[g] - other).max() < 1e-9
    assert np.abs(here[2] - there[2]).max() < 1e-9


def test_training_lowers_the_loss_and_numpy_answers_like_torch(prepared: Prepared) -> None:
    model, losses = fit_model(prepared, np.arange(36), seeds=(0,), trees=False, epochs=25)
    assert losses[0][-1] < 0.7 * losses[0][0]
    graph, architecture = family_graph(prepared.family.cell, 4.0)
    assert architecture.n_weights == model.networks[0]["embed"].size + sum(
        model.networks[0][n].size for n in ("0.before", "0.edge", "0.after", "1.before", "1.edge", "1.after", "readout")
    )
    chosen = model.classes[0]
    place = model.class_names.index(chosen.name)
    x = model.scaling(prepared.values[:2])
    found = model._asked(model.networks[0], place, x, None)
    operators = model._operators[place]
    as_torch = dataclasses.replace(
        operators,
        convolve=lambda table: torch.as_tensor(operators.convolve(table.numpy())),
        **{
            n: torch.as_tensor(np.array(getattr(operators, n)))
            for n in ("gain", "product", "into", "out", "strain", "basis")
        },
        **{
            n: torch.as_tensor(np.array(getattr(operators, n)).astype(np.int64))
            for n in ("group", "types", "edge_weights")
        },
    )
    weights = {n: torch.as_tensor(np.asarray(a, dtype=np.float64)) for n, a in model.networks[0].items()}
    direction = torch.as_tensor(np.tile(chosen.direction, (2, 1)))
    again = answers(torch, weights, as_torch, torch.as_tensor(x), direction, direction)
    wanted = (again.amplitudes, again.secondaries, again.strain)
    for one, other in zip(found, wanted, strict=True):
        assert np.abs(one - other.numpy()).max() < 1e-5


def test_pairs_survive_their_file(few: Members, tmp_path: Path) -> None:
    path = tmp_path / "few.cbp"
    path.write_bytes(packed_members(few))
    assert path.read_bytes() == packed_members(few)
    again = load_members(path)
    for one, other in zip(few.members, again.members, strict=True):
        assert (one.id, one.species, one.primary, one.group) == (other.id, other.species, other.primary, other.group)
        assert np.abs(one.displacements - other.displacements).max() < 1e-6


def test_molecules_are_no_members(structures: Path, tmp_path: Path, command_line: CommandLine) -> None:
    table = tmp_path / "pairs.csv"
    table.write_text(f"parent,child\n{structures / 'square.xyz'},{structures / 'rectangle.xyz'}\n")
    assert "1 molecule" in command_line.refuses(3, "train", table, "-o", "molecules.cbm").err


@pytest.mark.parametrize("damage", ["cut", "text", "version", "kind", "pickle"])
def test_damaged_models_are_refused(damage: str, tmp_path: Path, command_line: CommandLine) -> None:
    path = tmp_path / "model.cbm"
    content = packed("model", {"name": "x"}, {"a": np.zeros(3)})
    if damage == "cut":
        content = content[:-30]
    elif damage == "text":
        content = b"no model"
    elif damage == "version":
        content = packed("model", {"name": "x", "format": 99}, {})
    elif damage == "kind":
        content = packed("pairs", {"name": "x"}, {})
    path.write_bytes(content)
    if damage == "pickle":
        with zipfile.ZipFile(path, "w") as file, file.open("a.npy", "w") as stream:
            np.lib.format.write_array(stream, np.array([{"a": 1}], dtype=object))
    with pytest.raises(InputError) as caught:
        find_model(path)
    assert str(path) in caught.value.message
    result = command_line("predict", "LaFeO3", "--model", str(path))
    assert (result.code, result.out) == (3, "")
    assert "Traceback" not in result.err


def test_too_few_classes_are_refused_with_the_count(few: Members, tmp_path: Path, command_line: CommandLine) -> None:
    one_class = dataclasses.replace(few, members=few.members[:12])
    with pytest.raises(InputError, match=r"at least two classes of 8 formulas each; the largest here have 12"):
        sort_classes(one_class)
    path = tmp_path / "one.cbp"
    path.write_bytes(packed_members(one_class))
    result = command_line("train", str(path), "-o", str(tmp_path / "m.cbm"))
    assert result.code == 3
    assert not (tmp_path / "m.cbm").exists()


def test_shipped_model_predicts_groups_that_hold() -> None:
    """LaFeO3 is Pnma (S. Geller, E. A. Wood, Acta Cryst. 9, 563 (1956)); all children have their groups at 0.005 Å."""
    found = predict("LaFeO3", top=99)
    assert found.classes[0].primary == ("M3+", "R4+")
    assert found.child is not None
    assert found.child.space_group.number == 62
    assert found.in_domain
    assert found.species == {"B": "Fe", "A": "La", "X": "O"}
    children = [c.child for c in found.classes if c.child is not None]
    assert len(children) >= 8
    assert [c.spglib.number for c in children if c.spglib] == [c.space_group.number for c in children]
    assert sum(c.probability for c in found.classes) == pytest.approx(1.0, abs=1e-6)
    assert found.tilts is not None
    assert found.tilts.total.low < found.tilts.total.mean < found.tilts.total.high


def test_predicted_children_are_what_they_say(tmp_path: Path, command_line: CommandLine) -> None:
    """The exact side finds the predicted irreps and amplitudes in the CIF that was written."""
    result = command_line("predict", "LaFeO3", "--top", "1", "-o", str(tmp_path / "children"))
    assert result.code == 0
    (child,) = (tmp_path / "children").glob("*.cif")
    parent = tmp_path / "parent.cif"
    found = predict("LaFeO3")
    edge = (5 * (found.volume_per_atom or 0.0)) ** (1 / 3)
    from curiebreak.structures.write import write_cif

    frac = np.array([[0, 0, 0], [0.5, 0.5, 0.5], [0.5, 0, 0], [0, 0.5, 0], [0, 0, 0.5]])
    write_cif((edge * np.eye(3), ["Fe", "La", "O", "O", "O"], frac), parent)
    exact = curiebreak.decompose(parent, child)
    assert set(exact.primary) == {"M3+", "R4+"}
    for entry in exact.irreps:
        if entry.irrep in found.amplitudes and entry.kind == "displacement":
            assert entry.amplitude_parent == pytest.approx(found.amplitudes[entry.irrep].mean, abs=2e-3)


def test_outside_the_training_set_is_said() -> None:
    found = predict("XeFeO3")
    assert not found.in_domain
    assert any("Xe" in reason for reason in found.outside)


def test_a_child_without_its_hydrogens_is_said() -> None:
    """N+ beside halogens stands for ammonium: what is written as MnNF3 is NH4MnF3."""
    found = predict("MnNF3")
    assert not found.in_domain and any("ammonium" in reason for reason in found.outside)
    assert predict("CaTiO3").in_domain


def test_a_site_holds_one_element(command_line: CommandLine) -> None:
    ran = command_line.refuses(2, "predict", "CaTiO3", "--site", "A=Ca", "--site", "A=Ti")
    assert "'--site'" in ran.err and "one for each" in ran.err


def test_blanks_around_a_formula_are_none_of_it(command_line: CommandLine) -> None:
    assert command_line("predict", " CaTiO3 ", "--json").json["formula"] == "CaTiO3"


@pytest.mark.parametrize(
    ("formula", "said"),
    [("Fe2O3", "ABX3"), ("LaFeO4", "ABX3"), ("LaFeO", "ABX3"), ("NaCl", "ABX3"), ("XxFeO3", "no element")]
    + [("la fe o3", "no formula"), ("", "no formula"), ("La0.5Sr0.5MnO3", "whole numbers")],
)
def test_formulas_that_are_none_of_the_family(formula: str, said: str, command_line: CommandLine) -> None:
    assert said in command_line.refuses(3, "predict", formula).err


def test_another_parent_is_refused() -> None:
    """Rock salt is no parent of a perovskite model."""
    from pymatgen.core import Lattice, Structure

    salt = Structure.from_spacegroup("Fm-3m", Lattice.cubic(5.64), ["Na", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]])
    with pytest.raises(InputError, match="no parent of the model"):
        predict(salt)


def test_sites_by_charge_and_size() -> None:
    model = find_model(None)
    names = model.cell.site_names
    for formula, a, b in (("LaFeO3", "La", "Fe"), ("FeLaO3", "La", "Fe"), ("KMgF3", "K", "Mg"), ("O3TiSr", "Sr", "Ti")):
        found = dict(zip(names, of_formula(formula, model), strict=True))
        assert (found["A"], found["B"]) == (a, b)
    swapped = dict(zip(names, of_formula("LaFeO3", model, {"A": "Fe"}), strict=True))
    assert swapped["B"] == "La"


def test_tables_in_and_out(tmp_path: Path, command_line: CommandLine) -> None:
    table = tmp_path / "formulas.csv"
    table.write_text("formula,note\nLaFeO3,a\nCaTiO3,b\nSrTiO3,c\n")
    out = tmp_path / "out.csv"
    assert command_line("predict", str(table), "-o", str(out)).code == 0
    lines = out.read_text().splitlines()
    assert len(lines) == 4
    assert lines[0].startswith("formula,primary,space_group,probability")
    together = predict_many(["LaFeO3", "CaTiO3"])
    alone = predict("CaTiO3")
    assert together[1].amplitudes["M3+"].mean == pytest.approx(alone.amplitudes["M3+"].mean, abs=1e-9)
    assert json.loads(alone.to_json())["command"] == "predict"


def test_rows_of_another_family_stay_in_the_table(tmp_path: Path, command_line: CommandLine) -> None:
    """A spinel and a formula with fractions have a reason instead of numbers; a table of nothing else is refused."""
    table, out = tmp_path / "formulas.csv", tmp_path / "out.csv"
    table.write_text("formula\nMgAl2O4\nKMnF3\nLa0.5Sr0.5MnO3\nYCrO3\n")
    run = command_line("predict", table, "-o", out)
    assert run.code == 0 and "2 of 4 rows" in run.err and str(table) in run.err
    spinel, fluoride, mixed, chromite = csv.DictReader(out.read_text().splitlines())
    assert spinel["formula"] == "MgAl2O4" and spinel["primary"] == "" and "ABX3" in spinel["reason"]
    assert spinel["status"] == mixed["status"] == "not_of_the_family" and mixed["reason"]
    assert float(fluoride["p_other"]) > float(fluoride["probability"]) and "too rare" in fluoride["reason"]
    assert (chromite["status"], chromite["reason"], chromite["space_group"]) == ("ok", "", "62")
    about = [float(chromite[f"tilt_{axis}"]) for axis in "xyz"]
    assert np.linalg.norm(about) == pytest.approx(float(chromite["tilt"]), abs=2e-3)
    # Pnma is a+b-b- (Howard, Stokes 1998): the two equal tilts are those in antiphase
    assert sorted(chromite["senses"]) == ["+", "-", "-"]
    antiphase = [angle for angle, sense in zip(about, chromite["senses"], strict=True) if sense == "-"]
    assert antiphase[0] == pytest.approx(antiphase[1], abs=1e-3)
    table.write_text("formula\nMgAl2O4\nLa0.5Sr0.5MnO3\n")
    assert str(table) in command_line.refuses(3, "predict", table).err


def test_starts_hold_no_atoms_in_one_another() -> None:
    """Between two classes no atoms are nearer than in the children of the classes themselves."""
    model = find_model(None)
    species = of_formula("YCrO3", model)
    least = min(_nearest(one.child.structure) for one in predict("YCrO3", top=99).classes if one.child is not None)
    for _, _, (lattice, names, frac) in combined_children(model, species):
        assert _nearest(StructureData(lattice=matrix(lattice), species=names, frac=matrix(frac))) > 0.95 * least


def _nearest(one: StructureData) -> float:
    """Shortest distance of any two atoms, Å."""
    crystal = Structure(one.lattice, list(one.species), one.frac)
    return float(crystal.get_neighbor_list(3.5)[3].min())


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "holds no formula"), ("formula\n", "holds no formula"), ("name,formula\nx,\n", "Row 2")]
    + [("formula\n\nLaFeO3\n ,x\n", "Row 4"), ("name,formula\nx\n", "Row 2")],
)
def test_tables_without_a_formula(text: str, said: str, tmp_path: Path, command_line: CommandLine) -> None:
    """No row with something in it is passed over; a blank line is."""
    table = tmp_path / "formulas.csv"
    table.write_text(text)
    assert said in command_line.refuses(3, "predict", table).err


def test_a_table_may_have_names_first_and_a_byte_order_mark(tmp_path: Path) -> None:
    table = tmp_path / "formulas.csv"
    table.write_bytes(b"\xef\xbb\xbfname,Formula\n,LaFeO3\n\nx, CaTiO3\n")
    assert read_formulas(table) == ["LaFeO3", "CaTiO3"]


def test_a_page_of_a_prediction(tmp_path: Path, command_line: CommandLine) -> None:
    """One A4 page whose texts neither overlap nor are cut; many compositions and other suffixes are refused."""
    from text_boxes import faults

    from curiebreak.report.pdf import pdf_pages

    pages = pdf_pages(predict("LaFeO3"))
    assert [found for page in pages if (found := faults(page))] == []
    words = " ".join(text.get_text() for page in pages for text in page.texts)
    assert "LaFeO3, predicted" in words and "Pnma (62)" in words and "a+b-b-" in words
    path = tmp_path / "p.pdf"
    assert command_line("predict", "LaFeO3", "-o", path, "--quiet").code == 0
    assert path.read_bytes().startswith(b"%PDF")
    assert command_line("predict", "LaFeO3", "CaTiO3", "-o", tmp_path / "q.pdf").code == 2
    assert command_line("predict", "LaFeO3", "-o", tmp_path / "q.docx").code == 2
    assert not (tmp_path / "q.pdf").exists()


def test_tabulated_chemistry() -> None:
    """Shannon (1976): La3+ XII 1.36, Mn3+ VI high spin 0.645 Å; R(La-O) 2.172 Å of Brese and O'Keeffe (1991)."""
    assert charges(("Mn", "La", "O"), (1, 1, 3)) == ((3, 3, -2), False)
    assert charges(("Ti", "Sr", "O"), (1, 1, 3)) == ((4, 2, -2), False)
    assert radius("La", 3, 12) == (1.36, False)
    assert radius("Mn", 3, 6) == (0.645, False)
    assert bond_length("La", "O", 1.0, 0.0) == pytest.approx(2.172, abs=0.05)


def test_no_charge_breaks_a_closed_shell_where_another_may_be_mixed() -> None:
    """BaBiO3 holds Bi3+ and Bi5+ (D. E. Cox, A. W. Sleight, Solid State Commun. 19, 969 (1976)), CsTlCl3 Tl+ and Tl3+:
    their mean is taken, with the mean radius, rather than Ba3+ or Cs2+; and it is said to be a guess."""
    assert charges(("Bi", "Ba", "O"), (1, 1, 3)) == ((4, 2, -2), True)
    assert charges(("Tl", "Cs", "Cl"), (1, 1, 3)) == ((2, 1, -1), True)
    assert charges(("Nd", "Ba", "O"), (1, 1, 3)) == ((4, 2, -2), True)
    assert radius("Bi", 4, 6) == (pytest.approx((radius("Bi", 3, 6)[0] + radius("Bi", 5, 6)[0]) / 2), True)


def test_equally_usual_charges_count_alike() -> None:
    """EuVO3 may be Eu3+V3+ or Eu2+V4+: its features are the means over both, without a word of guessing."""
    cell, anion = find_model(None).cell, find_model(None).anion
    order = [("V", "Eu", "O")["BAX".index(n)] for n in cell.site_names]
    assignments, guessed = usual_charges(order, cell.counts)
    b, a = cell.site_names.index("B"), cell.site_names.index("A")
    assert not guessed and {(c[a], c[b]) for c in assignments} == {(3, 3), (2, 4)}
    found = describe(cell, order, anion)
    value = dict(zip(found.names, found.values, strict=True))
    assert (value["A.charge"], value["B.charge"], value["guessed"]) == (2.5, 3.5, 0.0)
    assert value["B.size"] == pytest.approx((0.64 + 0.58) / 2)  # Shannon: V3+ and V4+ VI


def test_nitrogen_beside_halogens_is_ammonium_and_hydrogen_may_be_hydride() -> None:
    """NH4+ without its hydrogens lies between K+ and Rb+; nitrides keep N3-; H- lies between F- and Cl-."""
    for b, x in (("Mn", "F"), ("Mn", "Cl"), ("Ca", "Cl")):
        assert charges((b, "N", x), (1, 1, 3)) == ((2, 1, -1), False)
    assert charges(("Ta", "Th", "N"), (1, 1, 3)) == ((5, 4, -3), False)
    assert radius("K", 1, 6)[0] < radius("N", 1, 6)[0] < radius("Rb", 1, 6)[0]
    assert radius("F", -1, 6)[0] < radius("H", -1, 6)[0] < radius("Cl", -1, 6)[0]


def test_angles_of_a_pure_tilt(few: Members) -> None:
    """Corners moved by d at right angles to the axis turn the octahedra by atan(2 d / a)."""
    cell = few.cell
    field = np.zeros((cell.n_atoms, 3))
    centre = int(np.flatnonzero(np.array(cell.site_names) == "B")[0])
    assert centre == 0
    for atom in range(cell.n_atoms):
        if cell.site_orbits[cell.site][atom] != cell.site_names.index("X"):
            continue
        x, y, z = cell.frac[cell.site[atom]]
        i, j, _ = cell.cells[atom % cell.n_cells]
        sign = (-1.0) ** (i + j)
        if x > 0.4:
            field[atom, 1] = 0.2 * sign
        elif y > 0.4:
            field[atom, 0] = -0.2 * sign
    found = tilts(cell, field, 4.0)
    assert found is not None
    assert found[2] == pytest.approx(np.degrees(np.arctan(0.1)), abs=1e-9)
    assert np.abs(found[:2]).max() < 1e-9


def test_classes_have_the_tilt_systems_of_howard_and_stokes() -> None:
    """Acta Cryst. B54, 782 (1998), table 1: group and order parameter of each system."""
    known = {
        (("M3+", "R4+"), 62): "a+b-b-", (("R4+",), 167): "a-a-a-", (("R4+",), 140): "a0a0c-", (("R4+",), 74): "a0b-b-",
        (("M3+",), 127): "a0a0c+", (("GM4-", "R4+"), 161): "a-a-a-", (("GM4-",), 99): "a0a0a0",
    }  # fmt: skip
    found = {(c.primary, c.group): c.glazer for c in find_model(None).classes}
    assert {key: found.get(key) for key in known} == known
    best = predict("LaFeO3").classes[0]
    assert best.glazer == "a+b-b-"


def test_options_are_checked(tmp_path: Path, command_line: CommandLine) -> None:
    with pytest.raises(OptionError):
        train(PAIRS, seeds=0)
    with pytest.raises(OptionError):
        predict("LaFeO3", top=0)
    with pytest.raises(InputError):
        predict("LaFeO3", model=tmp_path / "none.cbm")
    assert command_line("train", str(PAIRS), "-o", str(tmp_path / "m.txt")).code == 2
    assert command_line("predict", "LaFeO3", "--seeds").code == 2


@pytest.mark.slow
def test_placebo_shuffled_compositions_know_nothing(family: Members) -> None:
    """With compositions dealt out anew within each class the errors fall back to the class mean's."""
    wanted = {("M3+", "R4+"), ("R4+",), ("GM4-", "R4+")}
    members = [m for m in family.members if m.primary in wanted and m.group[0] in (62, 167, 161)]
    rng = np.random.default_rng(0)
    dealt = list(members)
    for key in {(m.primary, m.group) for m in members}:
        own = [i for i, m in enumerate(members) if (m.primary, m.group) == key]
        species = [members[i].species for i in own]
        for i, s in zip(own, rng.permutation(len(own)), strict=True):
            dealt[i] = dataclasses.replace(members[i], species=species[int(s)])
    errors = {}
    for name, used in (("real", members), ("placebo", dealt)):
        ready = prepare(dataclasses.replace(family, members=tuple(used)))
        fold = fold_of_formula(int(ready.formula.max()) + 1, 4)[ready.formula]
        judged = Judged()
        model, _ = fit_model(ready, np.flatnonzero(fold != 0), seeds=(0,), trees=False, epochs=120)
        ask(ready, model, np.flatnonzero(fold == 0), judged)
        errors[name] = float(np.abs(judged["tilt"] - judged["tilt_true"]).mean())
        mean = {i: np.mean(judged["tilt_true"][judged["place"] == i]) for i in np.unique(judged["place"])}
        errors[f"{name} mean"] = float(
            np.mean([abs(t - mean[p]) for t, p in zip(judged["tilt_true"], judged["place"], strict=True)])
        )
    assert errors["real"] < 0.6 * errors["real mean"]
    assert errors["placebo"] > 0.9 * errors["placebo mean"]


@pytest.mark.slow
def test_shipped_model_is_rebuilt_to_the_same_answers(tmp_path: Path) -> None:
    """One command makes the shipped model again; the bytes are the same on the same libraries and processor."""
    pytest.importorskip("sklearn")
    train(PAIRS, tmp_path / "perovskite.cbm", trees=True)
    here, there = predict("CaTiO3"), predict("CaTiO3", model=tmp_path / "perovskite.cbm")
    assert here.classes[0].probability == pytest.approx(there.classes[0].probability, abs=1e-3)
    for name, value in here.amplitudes.items():
        assert there.amplitudes[name].mean == pytest.approx(value.mean, abs=2e-3)
