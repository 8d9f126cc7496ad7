"""The learned side with time parity: what a network can make of moments, and what `find` and `certify` say of it.

Expected values: Curie's principle in the grey group (time reversal is broken by no displacement, tilt, strain or
occupancy, so that without an odd input all of the moments is missed), and the irreps that MAGNDATA states.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from command_line import CommandLine
from magnetic_cifs import rock_salt_g_type
from magnetic_examples import EXAMPLES, WEAK, polar_chain, tilted_perovskite

from curiebreak.discovery import certify, find
from curiebreak.discovery.posing import magnetic_problem
from curiebreak.errors import InputError, UsageError
from curiebreak.learning.breaking import Carrier
from curiebreak.learning.engine import stacked_inputs
from curiebreak.learning.learner import Learner
from curiebreak.learning.network import Architecture
from curiebreak.learning.orbits import feature_kinds, time_parity
from curiebreak.learning.outcome import LearningOptions
from curiebreak.magnetic.grey_analysis import GreyAnalysis, grey_analysis
from curiebreak.magnetic.magnetic_analysis import analyse_placed
from curiebreak.magnetic.stated_setting import place, stated_setting
from curiebreak.results import Certification, Finding
from curiebreak.structures.magnetic_cif import MagneticCrystal, magnetic_crystal


def analysis_of(crystal: MagneticCrystal) -> GreyAnalysis:
    return grey_analysis(analyse_placed(place(crystal, stated_setting(crystal))))


def learner_of(crystal: MagneticCrystal, *carriers: tuple[str, int, int, int]) -> Learner:
    """A small network with inputs on the first site of an element: element, l, parity, time parity."""
    analysis = analysis_of(crystal)
    parent = analysis.parent
    site = {e: parent.site_names[parent.site_orbits[parent.species.index(e)]] for e in parent.species}
    chosen = tuple(Carrier(site[element], *kind) for element, *kind in carriers)
    options = LearningOptions(carriers=chosen, own_group=True, layers=2, channels=2)
    return Learner(magnetic_problem(analysis), options)


# The network --------------------------------------------------------------------------------------------------------


def test_time_parities_multiply_and_only_even_scalars_open_gates() -> None:
    architecture = Architecture(1, 2, 1, 2, 1, 1, moments=True, odd=True)
    assert architecture.kinds == feature_kinds(1, odd=True) and len(architecture.kinds) == 8
    assert architecture.readout_kinds[-1] == (1, 1, -1)
    products = {tuple(time_parity(kind) for kind in path) for path in architecture.products}
    assert products == {(1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1)}
    assert all(time_parity(into) == time_parity(out) for out, into, _ in architecture.paths)
    slots = [architecture.slots(kind) for kind in architecture.kinds]
    assert sorted(x for s in slots for x in range(s.start, s.stop)) == list(range(architecture.width))


@pytest.mark.parametrize("compressed", [True, False])
def test_odd_outputs_change_sign_with_the_odd_input_and_even_ones_do_not(compressed: bool) -> None:
    learner = learner_of(tilted_perovskite(), ("Ni", 1, 1, 1), ("Ni", 1, 1, -1), ("F", 1, -1, 1))
    rng = np.random.default_rng(3)
    values = torch.as_tensor(rng.normal(size=learner.space.size))
    odd = np.array([c.time < 0 for c in learner.space.carriers])[learner.space.carrier]
    assert odd.any() and not odd.all()
    turned = torch.where(torch.as_tensor(odd), -values, values)
    weights = learner.architecture.initial_weights(1)
    if compressed:
        outputs = [learner.engine.evaluate(weights, v).residual.numpy() + learner.objective.target
                   for v in (values, turned)]  # fmt: skip
        rows = np.zeros(learner.objective.rows, dtype=bool)
        rows[learner.objective.n_field : learner.objective.n_atoms] = True
        moments, others = ([o[rows] for o in outputs], [o[~rows] for o in outputs])
    else:
        found = []
        for v in (values, turned):
            site, cell = stacked_inputs(learner.architecture, learner.space.arrays(v.numpy()), learner.problem.n_atoms)
            with torch.no_grad():
                found.append(learner.plain(weights, site, cell))
        moments, others = [f.moments.numpy() for f in found], [f.vectors.numpy() for f in found]
    assert np.abs(moments[0]).max() > 1e-3 and np.abs(others[0]).max() > 1e-3
    np.testing.assert_allclose(moments[1], -moments[0], atol=1e-13)
    np.testing.assert_allclose(others[1], others[0], atol=1e-13)


def test_even_inputs_make_no_moment_whatever_the_weights() -> None:
    """The floor is exactly 1 and is returned, not trained."""
    learner = learner_of(magnetic_crystal(rock_salt_g_type()), ("Ni", 1, 1, 1), ("Ni", 2, 1, 1), ("Ni", 1, 1, -1))
    carriers = learner.carriers
    bare = learner.fit_without_input()
    assert bare.loss_magnetic == 1.0 and bare.steps == 0 and bare.loss is None
    even = {c: np.random.default_rng(1).normal(size=(learner.problem.n_atoms, 2 * c.degree + 1)) for c in carriers[:2]}
    told = learner.train(inputs=even)
    assert any(np.abs(told.inputs[carrier]).max() > 0.0 for carrier in carriers[:2])
    assert told.loss_magnetic == 1.0 and told.steps == 0
    odd = {carriers[2]: np.asarray(learner.problem.target_moments)}
    assert learner.train(inputs=odd).loss_magnetic < 1e-9  # type: ignore[operator]


def test_the_network_finds_the_group_with_time_reversal_itself() -> None:
    """Of a G-type order I_c4/mcm: 16 rotations on two translations, half of the 64 operations reverse time."""
    analysis = analysis_of(magnetic_crystal(rock_salt_g_type()))
    learner = Learner(magnetic_problem(analysis), LearningOptions(own_group=True))
    own = learner.own
    assert own is not None and own.thetas is not None
    assert len(own.rotations) == int(analysis.child_operations.sum()) == 32
    assert int((own.thetas < 0).sum()) == 16
    assert learner.group_difference() is None
    assert own.largest_kept < 1e-12 and (own.smallest_broken or 0.0) > 1e-2


# find and certify ---------------------------------------------------------------------------------------------------


def holds(result: Finding | Certification) -> None:
    """Every trained loss at its floor."""
    for one in result.certificates:
        assert one.verdict == "holds", one
        for learned, floor in (
            (one.learned, one.floor), (one.learned_strain, one.floor_strain),
            (one.learned_magnetic, one.floor_magnetic),
        ):  # fmt: skip
            assert (learned is None) == (floor is None)
            assert learned is None or floor is None or abs(learned - floor) <= max(1e-3 * floor, 1e-6)


@pytest.mark.parametrize(
    ("name", "primary", "bns"),
    [
        ("knif3", ("mR4+",), "140.550"),
        ("mnte", ("mGM5+",), "63.457"),
        ("ybaco2o5", ("mM5-", "X3+"), "53.330"),
        ("mns2", ("mX2",), "29.105"),
        pytest.param("csmni3", ("mK3", "mK5"), "36.174", marks=pytest.mark.slow),
    ],
)
def test_learned_and_exact_name_one_set(name: str, primary: tuple[str, ...], bns: str, structures: Path) -> None:
    found = find("auto", structures / "magnetic" / f"{name}.mcif", seeds=1)
    check = found.crosscheck
    assert found.status == "ok" and check is not None and check.agrees, check
    assert found.primary == check.exact_primary == primary
    assert check.spglib_child is not None and check.spglib_child.magnetic is not None
    assert check.spglib_child.magnetic.bns_number == bns
    assert found.input_symmetry is not None and found.input_symmetry.magnetic is not None
    assert found.input_symmetry.magnetic.bns_number == bns
    holds(found)
    assert found.loss_magnetic is not None and found.loss_magnetic < 1e-6 and found.floor_magnetic == 0.0
    curie = next(c for c in found.certificates if c.kind == "curie")
    assert curie.learned_magnetic == curie.floor_magnetic == 1.0
    odd = [e for e in found.order_parameters if e.irrep.startswith("m")]
    assert odd and all(e.carrier is not None and e.carrier.time_parity == -1 for e in odd)
    # an odd input is in every set: none is tried without one, and what follows from it never leaves zero
    assert found.selection is not None and found.selection.events[0].irrep in primary
    assert found.selection.survived[0].startswith("m") and not found.selection.minimal_sets_competing


def test_weak_ferromagnetism_needs_both_causes() -> None:
    crystal = tilted_perovskite()
    share = WEAK**2 / (2.0**2 + WEAK**2)
    both = certify("auto", crystal, ["mR4+", "R4+"])
    assert both.sufficient and both.loss_magnetic is not None and both.loss_magnetic < 1e-6
    holds(both)
    order = certify("auto", crystal, ["mR4+"])
    assert order.sufficient is False and order.floor_magnetic == pytest.approx(share, rel=1e-6)
    assert order.loss_magnetic == pytest.approx(share, rel=1e-3) and ("R4+",) in order.missing
    tilt = certify("auto", crystal, ["R4+"])
    assert tilt.loss_magnetic == tilt.floor_magnetic == 1.0 and tilt.loss is not None and tilt.loss < 1e-6
    assert tilt.sufficient is False and ("mR4+",) in tilt.missing


def test_the_causes_of_weak_ferromagnetism_are_learned() -> None:
    found = find("auto", tilted_perovskite(), seeds=1)
    assert set(found.primary) == {"mR4+", "R4+"} and found.crosscheck is not None and found.crosscheck.agrees
    weak = next(e for e in found.irreps if e.name == "mGM4+")
    assert weak.role == "secondary" and weak.coupling is not None
    assert "mR4+" in weak.coupling and "R4+" in weak.coupling.replace("mR4+", "")


def test_moments_in_an_input_need_a_magnetic_child(structures: Path) -> None:
    with pytest.raises(InputError, match="irrep of moments"):
        certify(structures / "lamno3_cubic.cif", structures / "lamno3_pnma.cif", ["mR4+"])


def test_what_is_not_served_is_refused(structures: Path, command_line: CommandLine) -> None:
    path = structures / "magnetic" / "knif3.mcif"
    with pytest.raises(UsageError, match="--signals is not for magnetic structures"):
        find("auto", path, signals=True)
    ran = command_line("find", "auto", path, "--given", "R4+")
    assert ran.code == 2 and "--given is not for magnetic structures" in ran.err


def test_the_command_reads_the_stated_parent(structures: Path, command_line: CommandLine) -> None:
    path = structures / "magnetic" / "knif3.mcif"
    ran = command_line("find", "auto", path, "--seeds", "1")
    assert ran.code == 0 and "mR4+" in ran.out and "Ni1 1e-" in ran.out and "I_c4/mcm (140.550)" in ran.out
    # an irrep of moments leaves a magnetic group, and no group of atoms alone is called the child's
    directions = ran.out.split("Learned directions")[1].split("Learned against exact")[0]
    assert "I_c4/mcm" in directions and "against tolerance" not in ran.out


BUILT = [name for name, example in EXAMPLES.items() if example.kind != "improper ferroelectric"]


@pytest.mark.parametrize("name", BUILT)
def test_built_structures(name: str) -> None:
    """The irreps and groups that MAGNDATA states for each compound, learned."""
    example = EXAMPLES[name]
    found = find("auto", example.build(), seeds=1)
    check = found.crosscheck
    assert found.status == "ok" and check is not None and check.agrees, check
    assert set(found.primary) == set(check.exact_primary) == example.primary
    holds(found)
    curie = next(c for c in found.certificates if c.kind == "curie")
    assert curie.learned_magnetic == curie.floor_magnetic == 1.0
    if example.bns is not None:
        group = found.input_symmetry
        assert group is not None and group.magnetic is not None and group.magnetic.bns_number == example.bns


def test_a_polar_chain_needs_two_of_three_orders() -> None:
    """Either order of moments and the polarisation make the other: another set than the exact one is said to be one."""
    found = find("auto", polar_chain(), seeds=1)
    sets = [{"mZ3+", "mZ1-"}, {"mZ1-", "GM3-"}, {"mZ3+", "GM3-"}]
    assert set(found.primary) in sets and found.crosscheck is not None
    assert set(found.crosscheck.exact_primary) == sets[0]
    assert found.status == "ambiguous" or set(found.primary) == sets[0]
    assert {frozenset(one) for one in found.alternatives} == {frozenset(s) for s in sets if s != set(found.primary)}
    holds(found)


def test_displacements_alone_never_make_the_moments_of_the_chain() -> None:
    polar = certify("auto", polar_chain(), ["GM3-"])
    assert polar.sufficient is False and polar.loss_magnetic == polar.floor_magnetic == 1.0
    assert polar.loss is not None and polar.loss < 1e-6
    orders = certify("auto", polar_chain(), ["mZ3+", "mZ1-"])
    assert orders.sufficient and orders.loss is not None and orders.loss < 1e-6
    one = certify("auto", polar_chain(), ["mZ3+"])  # one order keeps an inversion: no polarisation
    assert one.floor == 1.0 and one.loss == pytest.approx(1.0, abs=1e-6)


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "primary"),
    [
        ("0.105_ErVO3", {"mGM1+", "mGM2+"}), ("0.208_TlFe1.6Se2", {"mGM3-GM4-"}), ("0.276_Mn3AlN", {"mGM4+"}),
        ("0.351_TbFeO3", {"mGM4+"}), ("0.694_Bi2CuO4", {"mGM1-"}), ("0.800_MnTe", {"mGM5+"}),
        ("0.835_Dy5Pd2In4", {"mGM2+"}), ("1.0.36_CsMnI3", {"mK3", "mK5"}), ("1.108_TbMn2O5", {"mG1"}),
        ("1.136_AgCrS2", {"mC1CA1"}), ("1.18_MnS2", {"mX2"}), ("1.250_KNiF3", {"mR4+"}), ("1.28_CrN", {"mSM3"}),
        ("1.57_CuMnO2", {"mL1+"}), ("1.657_LuNiO3", {"mY1+", "mY1-"}), ("1.703_YBaCo2O5", {"mM5-", "X3+"}),
        ("2.11_TbMg", {"mGM4+", "mX5+"}), ("3.21_TmGa3", {"mM3+"}),
    ],
)  # fmt: skip
def test_worked_examples(name: str, primary: set[str], shared: Path) -> None:
    """What MAGNDATA's authors state, learned; YBaCo2O5 with its charge order, LuNiO3 at the stated origin."""
    found = find("auto", shared / "data" / "magndata" / "examples" / f"{name}.mcif", seeds=1)
    assert set(found.primary) == primary and found.crosscheck is not None and found.crosscheck.agrees
    holds(found)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("1.642_TlFeS2", "strained by 38.2%"),  # the stated axes are those of another cell
        ("revised_1.163_TmPdIn", "names no parent"),
    ],
)
def test_worked_examples_that_are_refused(name: str, reason: str, shared: Path) -> None:
    with pytest.raises(InputError, match=reason):
        find("auto", shared / "data" / "magndata" / "examples" / f"{name}.mcif")


def test_a_file_without_a_parent_can_stand_for_it(command_line: CommandLine, tmp_path: Path) -> None:
    """Where only moments break symmetry nothing of higher symmetry than the atoms is there to be found."""
    path = tmp_path / "bare.mcif"
    kept = [line for line in rock_salt_g_type().splitlines() if not line.startswith("_parent")]
    path.write_text("\n".join(kept) + "\n")
    ran = command_line("find", "auto", path)
    assert ran.code in (3, 4) and "can stand for it" in ran.err and "moments are ignored" not in ran.err
    found = find(path, path, seeds=1)
    assert found.primary == ("mR4+",) and found.crosscheck is not None and found.crosscheck.agrees
