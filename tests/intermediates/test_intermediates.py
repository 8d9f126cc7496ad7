"""The list of intermediates: expected groups, a brute-force oracle, constraints and what they refuse."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from brute_force import FiniteGroup
from pairs import analysis

from curiebreak.errors import CurieBreakError, InputError, UsageError
from curiebreak.intermediates.closed import ClosedGroups, covering
from curiebreak.intermediates.constraint import Constraint, as_constraint, choose
from curiebreak.intermediates.survey import Survey
from curiebreak.mapping import map_child
from curiebreak.modes import Analysis, analyse
from curiebreak.structures import read_structure
from curiebreak.symmetry.parent import parent_crystal

SHIPPED = ("lamno3", "srtio3", "batio3", "ymno3", "ca3ti2o7", "zro2")
SIX_CASES = ("03", "09", "26", "33", "40", "45")


def case(shared: Path, number: str) -> Analysis:
    (folder,) = (shared / "data" / "cases").glob(f"{number}_*")
    parent = parent_crystal(read_structure(folder / "parent.cif"))
    return analyse(map_child(parent, read_structure(folder / "child.cif")))


def agree(found: Analysis) -> None:
    """Listed groups are those that the oracle lists, with and without strain, and so is the whole interval."""
    oracle = FiniteGroup(found)
    every = {oracle.coset_mask(m).tobytes() for m in oracle.between()}
    assert {m.tobytes() for m in Survey(found, all_subgroups=True).masks} == every
    for strain in (True, False):
        if not strain and found.isotropy.use_strain:
            continue  # H itself is then another group
        irreps = [a.irrep for a in ClosedGroups(found).active_irreps(strain)]
        wanted = {oracle.coset_mask(m).tobytes() for m in oracle.listed(irreps)}
        assert {m.tobytes() for m in Survey(found, strain).masks} == wanted


@pytest.mark.parametrize("pair", SHIPPED)
def test_list_agrees_with_brute_force(pair: str) -> None:
    agree(analysis(pair))


@pytest.mark.shared
@pytest.mark.parametrize("number", SIX_CASES)
def test_list_agrees_with_brute_force_on_cases(shared: Path, number: str) -> None:
    agree(case(shared, number))


def names(survey: Survey) -> list[tuple[str, set[str]]]:
    return [(str(e.symbol), {i.irrep for i in e.irreps if i.kinds != ("strain",)}) for e in survey.entries]


def test_pnma_has_the_known_intermediates() -> None:
    # Howard & Stokes, Acta Cryst. B54, 782 (1998), and the isotropy subgroups of the single irreps
    displacive = [
        ("Pm-3m", set()),
        ("P4/mbm", {"M2+"}),
        ("P4/mbm", {"M3+"}),
        ("Cmcm", {"X5+"}),
        ("Pbam", {"M2+", "M3+"}),
        ("Imma", {"R4+", "R5+"}),
        ("Pnma", {"M2+", "M3+", "X5+", "R4+", "R5+"}),
    ]
    found = names(Survey(analysis("lamno3"), strain=False))
    assert sorted(found, key=str) == sorted(displacive, key=str)
    strained = names(Survey(analysis("lamno3")))
    assert sorted(strained, key=str) == sorted([*displacive, ("P4/mmm", set()), ("Cmmm", set())], key=str)


def test_floors_and_shares_of_pnma() -> None:
    # computed floors of the pair: R4+ 0.467, M3+ 0.693, X5+ 0.881, M2+ 0.959 (independent numpy + spglib code)
    survey = Survey(analysis("lamno3"))
    floors = {(e.symbol, e.irreps[0].irrep if e.irreps else ""): e.floor for e in survey.entries}
    assert floors["Imma", "R4+"] == pytest.approx(0.467, abs=1e-3)
    assert floors["P4/mbm", "M3+"] == pytest.approx(0.693, abs=1e-3)
    assert floors["Cmcm", "X5+"] == pytest.approx(0.881, abs=1e-3)
    assert floors["P4/mbm", "M2+"] == pytest.approx(0.959, abs=1e-3)
    assert all(e.kept_share == pytest.approx(1 - e.floor) for e in survey.entries)
    for entry in survey.entries:
        if entry.irreps and all(one.kinds == ("strain",) for one in entry.irreps):
            assert entry.kept_share == pytest.approx(0.0, abs=1e-12)


def test_tree_is_a_graph_of_covering_relations() -> None:
    survey = Survey(analysis("lamno3"))
    masks = survey.masks
    assert survey.edges == tuple(covering(masks))
    for step in survey.steps:
        upper, lower = masks[step.upper], masks[step.lower]
        assert not (lower & ~upper).any() and upper.sum() == step.index * lower.sum()
        sizes = survey.entries[step.lower].size, survey.entries[step.upper].size
        assert (step.kind == "t") == (sizes[0] == sizes[1])
    symbols = {(survey.entries[i].symbol, survey.entries[j].symbol) for i, j in survey.edges}
    assert ("Pm-3m", "P4/mmm") in symbols and ("Imma", "Pnma") in symbols
    assert ("Pm-3m", "Pnma") not in symbols


def test_unfiltered_groups_are_marked() -> None:
    # all groups between Pm-3m and R3m are Pm-3m, R-3m, P-43m and R3m; R-3m and P-43m carry no displacement
    survey = Survey(analysis("batio3"), strain=False, all_subgroups=True)
    active = [e for e in survey.entries if e.active]
    assert {e.symbol for e in active} == {e.symbol for e in Survey(analysis("batio3"), strain=False).entries}
    assert len(survey.entries) > len(active)


@pytest.mark.shared
def test_layered_perovskite_has_its_three_intermediates(shared: Path) -> None:
    found = {frozenset(i): s for s, i in names(Survey(case(shared, "45")))}
    assert found[frozenset({"X2+"})] == "Cmce"
    assert found[frozenset({"X3-"})] == "Cmcm"
    assert found[frozenset({"GM5-"})] == "Fmm2"


@pytest.mark.parametrize(
    ("given", "symbol", "labels"),
    [
        ({"keep": ["R4+"]}, "Imma", ("R4+",)),
        ({"keep": "m3+"}, "P4/mbm", ("M3+",)),
        ({"direction": "R4+(0,b,b)"}, "Imma", ("R4+",)),
        ({"subgroup": "I m m a"}, "Imma", ()),
        ({"subgroup": 74}, "Imma", ()),
        ({"entry": 7}, "Imma", ()),
        ({"keep": ["R4+"], "drop": ["M3+"]}, "Imma", ("R4+",)),
        ({"subgroup": "P4/mbm", "keep": ["M2+"]}, "P4/mbm", ("M2+",)),
        ({"keep": ["M2+", "M3+"]}, "Pbam", ("M2+", "M3+")),
    ],
)
def test_constraints_single_out_one_entry(given: dict, symbol: str, labels: tuple[str, ...]) -> None:
    survey = Survey(analysis("lamno3"))
    choice = choose(survey, as_constraint(given))
    assert survey.entries[choice.entry].symbol == symbol
    assert choice.labels == labels


def test_dropping_leaves_the_lowest_group_without_the_irrep() -> None:
    survey = Survey(analysis("lamno3"))
    choice = choose(survey, Constraint(drop=("M3+",)))
    assert survey.entries[choice.entry].symbol == "Imma"
    assert "Cmcm" in choice.messages[0]


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"keep": ["M3+", "R4+"]}, InputError, "allows everything"),
        ({"entry": 8}, InputError, "allows everything"),
        ({"entry": 0}, InputError, "allows nothing"),
        ({"keep": ["GM1+"]}, InputError, "fully symmetric"),
        ({"drop": ["R4+", "R5+", "M2+", "M3+", "X5+", "GM3+", "GM5+"]}, InputError, "allows nothing"),
        ({"keep": ["Q7"]}, InputError, "no irrep 'Q7'"),
        ({"keep": ["GM4-"]}, InputError, "not active in the child"),
        ({"direction": ["R4+(a,0,0)"]}, InputError, "no direction that the child's own"),
        ({"direction": ["R4+(a,0)"]}, InputError, "2 components"),
        ({"direction": ["R4+"]}, InputError, "has no direction"),
        ({"subgroup": "Xmmm"}, InputError, "no space group 'Xmmm'"),
        ({"subgroup": "P6mm"}, InputError, "does not lie between"),
        ({"subgroup": "Pmma"}, InputError, "does not lie between"),
        ({"entry": 99}, InputError, "no entry 99"),
        ({"subgroup": "P4/mbm"}, UsageError, "2 groups of this type"),
        ({"keep": ["R4+"], "drop": ["R5+"]}, UsageError, "contradict"),
        ({"keep": ["R4+"], "subgroup": "Cmcm"}, UsageError, "contradict"),
        ({"keeps": ["R4+"]}, UsageError, "no part 'keeps'"),
        ({}, UsageError, "constrains nothing"),
    ],
)
def test_bad_constraints_are_refused(given: dict, error: type[CurieBreakError], message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        choose(Survey(analysis("lamno3")), as_constraint(given))
    assert caught.value.hint


@pytest.mark.shared
def test_group_that_does_not_contain_the_child_is_refused_with_the_reason(shared: Path) -> None:
    with pytest.raises(InputError, match="does not contain R3m"):
        choose(Survey(case(shared, "40")), Constraint(subgroup="P4mm"))


def test_masks_are_groups_that_hold_the_child() -> None:
    found = analysis("lamno3")
    oracle = FiniteGroup(found)
    space = found.space
    for mask in Survey(found).masks:
        lifted = mask[:, [int(i) for i in _reduced(oracle, space.hnf)]].ravel()
        assert np.array_equal(oracle.closure(lifted), lifted)
        assert not (found.child_operations & ~mask).any()


def _reduced(oracle: FiniteGroup, hnf: np.ndarray) -> np.ndarray:
    from curiebreak.symmetry.sublattices import reduce_vectors, residue_index

    return residue_index(reduce_vectors(oracle.vectors, hnf), hnf)
