"""Known fields as inputs of ``find``: the group that remains, what is left to find, refusals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from command_line import CommandLine
from pairs import analysis, paths

import curiebreak
from curiebreak.discovery.known import FieldReader
from curiebreak.discovery.posing import learning_problem
from curiebreak.errors import InputError
from curiebreak.learning.learner import Learner, LearningOptions
from curiebreak.results import Certificate, Finding, Status
from curiebreak.structures import Structure, read_structure

ALONG_Z = {"kind": "vector", "per": "global", "values": [0, 0, 0.02]}


@pytest.fixture
def field_file(tmp_path: Path):
    """Writes a file of fields and gives its path."""

    def write(name: str = "given.json", atoms: dict[str, Any] | None = None, **fields: Any) -> str:
        path = tmp_path / name
        path.write_text(json.dumps({**(atoms or {}), "fields": fields}))
        return str(path)

    return write


def certificate(found: Finding, kind: str) -> Certificate:
    return next(c for c in found.certificates if c.kind == kind)


def on_floor(found: Finding) -> None:
    for one in found.certificates:
        assert one.verdict == "holds" and one.learned is not None and one.floor is not None
        assert one.learned == pytest.approx(one.floor, rel=1e-3, abs=1e-6)
    assert found.compression_check is not None and found.compression_check <= 1e-8


@pytest.mark.parametrize(
    ("given", "rest", "group", "floor"),
    [("R4+", "M3+", 74, 0.467), ("M3+", "R4+", 127, 0.693)],
)
def test_one_tilt_given_leaves_the_other(given: str, rest: str, group: int, floor: float) -> None:
    """Floors of LaMnO3 with one tilt: those of the hypothesis of that tilt alone (Imma, P4/mbm)."""
    found = curiebreak.find(*paths("lamno3"), seeds=1, given=[given])
    assert found.status is Status.OK and found.primary == (rest,)
    assert found.remaining_group is not None and found.remaining_group.number == group
    assert found.floor_without_input == pytest.approx(floor, abs=6e-4)
    assert found.loss_without_input == pytest.approx(floor, abs=6e-4)
    assert [(g.name, g.kind, g.irreps) for g in found.given] == [(given, "irrep", (given,))]
    assert found.crosscheck is not None and found.crosscheck.agrees, found.crosscheck
    assert found.isotropy_subgroup is not None and found.isotropy_subgroup.number == 62
    assert set(found.minimal_sets) == set(curiebreak.certify(*paths("lamno3"), [given]).missing)
    on_floor(found)


@pytest.mark.parametrize(("name", "given"), [("lamno3", ["M3+", "R4+"]), ("srtio3", ["R5-"]), ("batio3", ["1o(0)"])])
def test_enough_is_given(name: str, given: list[str]) -> None:
    found = curiebreak.find(*paths(name), seeds=1, given=given)
    assert found.status is Status.NOTHING_TO_BREAK and found.primary == () and found.minimal_sets == ()
    assert found.loss is not None and found.loss < 1e-6 and found.floor == pytest.approx(0.0, abs=1e-9)
    assert any("given fields" in message for message in found.messages)
    on_floor(found)


def test_an_electric_field_from_a_file(field_file) -> None:
    """Along the polar axis it says enough; across it, the polarisation is still to be found."""
    found = curiebreak.find(*paths("batio3"), seeds=1, given=[field_file(E=ALONG_Z)])
    assert found.status is Status.NOTHING_TO_BREAK
    assert [(g.name, g.kind, g.per, g.o3_irreps, g.irreps) for g in found.given] == [
        ("E", "vector", "global", ("1o",), ("GM4-",))
    ]
    assert found.remaining_group is not None and found.remaining_group.number == 99
    across = curiebreak.find(*paths("batio3"), seeds=1, given=[field_file(E=ALONG_Z | {"values": [3, 0, 0]})])
    assert across.status is Status.OK and across.primary == ("GM4-",)
    assert any("break 6 of the 8 operations that the child keeps" in m for m in across.messages)
    assert across.crosscheck is not None and across.crosscheck.agrees, across.crosscheck
    on_floor(across)


def test_an_order_on_the_atoms_of_a_supercell(field_file) -> None:
    """Axial vectors +z, -z in rock-salt order on Ti are R5- (Sr at the origin) about z: just the tilt."""
    steps = np.array([[i, j, k] for i in range(2) for j in range(2) for k in range(2)])
    cell = [("Sr", [0, 0, 0]), ("Ti", [0.5, 0.5, 0.5])]
    cell += [("O", x) for x in ([0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5])]
    a = float(np.asarray(read_structure(paths("srtio3")[0]).lattice)[0, 0])
    atoms = [(name, (np.array(x) + n) / 2, (-1) ** int(n.sum())) for n in steps for name, x in cell]
    structure = {
        "lattice": (2 * a * np.eye(3)).tolist(),
        "species": [name for name, _, _ in atoms],
        "frac": [x.tolist() for _, x, _ in atoms],
    }
    values = [[0, 0, sign if name == "Ti" else 0] for name, _, sign in atoms]
    path = field_file(atoms=structure, turns={"kind": "axial", "per": "atom", "values": values})
    found = curiebreak.find(*paths("srtio3"), seeds=1, given=[path])
    assert found.given[0].irreps == ("R5-",) and found.status is Status.NOTHING_TO_BREAK
    # as polar vectors the same pattern breaks the inversion at Ti, and says nothing of the tilt
    polar = field_file(atoms=structure, moves={"kind": "vector", "per": "atom", "values": values})
    other = curiebreak.find(*paths("srtio3"), seeds=1, given=[polar])
    assert other.given[0].irreps != ("R5-",) and other.primary == ("R5-",)
    on_floor(other)


def test_tensors_of_rank_two_and_four_may_be_given(field_file) -> None:
    """A uniaxial tensor along c leaves P4/mmm; of rank 4 with all index symmetries too."""
    uniaxial = np.diag([1.0, 1.0, 2.0])
    fourth = np.einsum("ij,kl->ijkl", uniaxial, uniaxial)
    fourth = fourth + np.einsum("ik,jl->ijkl", uniaxial, uniaxial) + np.einsum("il,jk->ijkl", uniaxial, uniaxial)
    tensors = {
        "T": {"kind": "tensor", "rank": 2, "symmetry": "ij=ji", "values": uniaxial.tolist()},
        "C": {"kind": "tensor", "rank": 4, "symmetry": "ijkl=jikl=klij", "values": fourth.tolist()},
    }
    for name, one in tensors.items():
        path = field_file(**{name: one | {"per": "global"}})
        found = curiebreak.find(*paths("srtio3"), seeds=1, given=[path])
        assert found.remaining_group is not None and found.remaining_group.number == 123
        assert found.given[0].irreps == ("GM3+",) and found.primary == ("R5-",)
        on_floor(found)


def test_what_keeps_everything_breaks_nothing(field_file) -> None:
    masses = {"Sr": 87.6, "Ti": 47.9, "O": 16.0}
    values = [masses[name] for name in read_structure(paths("srtio3")[0]).species]
    path = field_file(mass={"kind": "scalar", "per": "atom", "values": values})
    found = curiebreak.find(*paths("srtio3"), seeds=1, given=[path])
    assert found.given[0].irreps == () and found.remaining_group is not None
    assert found.remaining_group.number == 221 and found.primary == ("R5-",)
    assert any("breaks nothing" in message for message in found.messages)


def test_a_ferroelastic_child_without_displacements() -> None:
    """Cubic to orthorhombic by strain alone: with the axis given, the shear in its plane is what is left."""
    cubic = Structure(4.1 * np.eye(3), ("Cs", "Cl"), np.array([[0, 0, 0], [0.5, 0.5, 0.5]]))
    strain = np.array([[1, 0.03, 0], [0.03, 1, 0], [0, 0, 1.02]])
    child = Structure(4.1 * strain, ("Cs", "Cl"), cubic.coords)
    found = curiebreak.find(cubic, child, seeds=1)
    assert found.primary == ("GM5+",) and found.loss is None and found.loss_strain is not None
    rest = curiebreak.find(cubic, child, seeds=1, given=["2e(0)"])
    assert rest.primary == ("GM5+",) and rest.remaining_group is not None and rest.remaining_group.number == 123
    assert rest.status is Status.OK and rest.crosscheck is not None and rest.crosscheck.agrees
    assert certificate(rest, "curie").floor_strain < certificate(found, "curie").floor_strain
    on_floor(rest)


def test_several_given_fields_leave_what_keeps_them_all(field_file) -> None:
    """An electric field along z and a magnetic one along x leave the mirror across x (Pm)."""
    path = field_file(E=ALONG_Z, B={"kind": "axial", "per": "global", "values": [1, 0, 0]})
    both = curiebreak.find(*paths("batio3"), seeds=1, given=[path])
    assert [g.name for g in both.given] == ["E", "B"] and both.remaining_group is not None
    assert both.remaining_group.number == 6
    one = curiebreak.find(*paths("batio3"), seeds=1, given=[f"{path}::B"])
    assert [g.name for g in one.given] == ["B"] and one.remaining_group is not None
    assert one.remaining_group.number == 83


def test_the_plain_path_agrees(field_file) -> None:
    found = [curiebreak.find(*paths("batio3"), seeds=1, given=["1o(1)"], compression=c) for c in (True, False)]
    assert found[0].primary == found[1].primary == ("GM4-",)
    for one in found:
        on_floor(one)


def test_compressed_and_plain_losses_and_inputs_agree_with_given_fields() -> None:
    """Loss and its derivatives by weights, with fields of three kinds given; without compression all rows count."""
    pair = analysis("lamno3")
    known = FieldReader(pair).remainder(FieldReader(pair).read(["M3+[Mn:1e]", "1e(0)", "2e(0)[La]"]), learning_problem)
    whole = learning_problem(pair.group)
    problem = known.problem(whole, learning_problem(FieldReader(known.analysis).selected()))
    learners = [Learner(problem, LearningOptions(compression=c)) for c in (True, False)]
    weights = learners[0].trainer.fresh()
    rng = np.random.default_rng(3)
    inputs = learners[0].space.arrays(rng.normal(size=learners[0].space.size))
    residuals = []
    for learner in learners:
        values = torch.as_tensor(learner.space.coordinates(inputs))
        state = learner.engine.evaluate(weights, values)
        by_weight, _ = learner.engine.jacobian(weights, state)
        residuals.append((np.array(state.loss), (by_weight @ state.residual).numpy()))
    for a, b in zip(*residuals, strict=True):
        assert np.abs(a - b).max() < 1e-9 * max(1.0, np.abs(a).max())


def test_alternatives_and_domains_under_a_given_field(tmp_path: Path) -> None:
    found = curiebreak.find(*paths("lamno3"), seeds=1, given=["M3+"], alternatives=True, domains=True)
    trained = {c.members for c in found.certificates if c.kind == "sufficient"}
    assert trained == set(found.minimal_sets) == {("R4+",), ("R5+",), ("X5+",)}
    on_floor(found)
    assert found.index is not None and found.remaining_group is not None
    assert len(found.domains) == found.index.total // found.remaining_group.index
    assert max(d.error for d in found.domains if d.error is not None) < 1e-9
    assert all(d.file is None for d in found.domains)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nowhere.json", "does not exist"),
        ("Q7+", "no k point Q"),
        ("X5+", "not periodic on the child's cell"),
    ],
)
def test_what_cannot_be_given(text: str, message: str, command_line: CommandLine) -> None:
    ran = command_line("find", *paths("batio3"), "--given", text)
    assert ran.code == 3 and message in ran.err, ran.err


def test_a_field_with_a_larger_period_than_the_child_is_refused(field_file) -> None:
    parent = read_structure(paths("batio3")[0])
    doubled = {"lattice": (np.diag([1, 1, 2]) @ np.asarray(parent.lattice)).tolist()}
    frac = np.concatenate([parent.coords, parent.coords + [0, 0, 1]]) / [1, 1, 2]
    doubled |= {"species": [*parent.species, *parent.species], "frac": frac.tolist()}
    path = field_file(atoms=doubled, s={"kind": "scalar", "per": "atom", "values": [1] * 5 + [-1] * 5})
    with pytest.raises(InputError, match="not periodic on the child's cell"):
        curiebreak.find(*paths("batio3"), seeds=1, given=[path])
    frac[0] += [0.25, 0, 0]
    moved = field_file(atoms=doubled | {"frac": frac.tolist()}, s={"kind": "scalar", "per": "atom", "values": [1] * 10})
    with pytest.raises(InputError, match="not those of the parent"):
        curiebreak.find(*paths("batio3"), seeds=1, given=[moved])


def test_the_result_survives_json(command_line: CommandLine, field_file) -> None:
    ran = command_line("find", *paths("batio3"), "--given", field_file(E=ALONG_Z), "--json")
    found = Finding.from_json(ran.out)
    assert ran.code == 0 and found.given[0].isotropy_subgroup == found.remaining_group
    assert json.loads(ran.out)["remaining_group"]["symbol"] == "P4mm"


def test_commands_of_the_page(command_line: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """What docs/fields.md shows of `find --given` runs and answers as it says."""
    root = Path(__file__).resolve().parents[2]
    monkeypatch.chdir(root)
    text = (root / "docs" / "fields.md").read_text()
    lines = [x for x in text.splitlines() if x.startswith("curiebreak find") and "--given" in x]
    found = [command_line(*line.split()[1:], "--json").json for line in lines]
    assert [f["status"] for f in found] == ["nothing_to_break", "ok", "ok"]
    assert [f["primary"] for f in found] == [[], ["R5-"], ["R4+"]]
    assert found[2]["floor_without_input"] == pytest.approx(0.693, abs=5e-4)
