"""Recipes: the paper's constraints, and mistakes named by field."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from command_line import CommandLine
from pairs import STRUCTURES

from curiebreak.errors import CurieBreakError, InputError
from curiebreak.recipe import read_recipe, recipe_from, recipe_schema
from curiebreak.recipe.rules_run import run_find, run_intermediate
from curiebreak.recipe.steps import FindRules, IntermediateRules
from curiebreak.structures import read_structure

RECIPES = STRUCTURES.parent / "recipes"
IMMA = yaml.safe_load((RECIPES / "perovskite_imma.yaml").read_text())
"""The paper's constraints: Smidt, Geiger, Miller, Phys. Rev. Research 3, L012002 (2021)."""


def changed(**fields: Any) -> dict[str, Any]:
    """The paper's recipe with other fields (None removes one)."""
    data = IMMA | {"parent": str(RECIPES / IMMA["parent"]), "child": str(RECIPES / IMMA["child"])} | fields
    return {k: v for k, v in data.items() if v is not None}


def ruled(**rules: Any) -> dict[str, Any]:
    """The paper's recipe with other rules for the input."""
    found = {k: v for k, v in (IMMA["input"] | rules).items() if v is not None}
    return changed(input=found)


def intermediate(data: dict[str, Any]) -> IntermediateRules:
    """The only step of a recipe."""
    step = recipe_from(data).step
    assert isinstance(step, IntermediateRules)
    return step


@pytest.mark.parametrize("name", ["perovskite_imma", "perovskite_imma_explicit_k"])
def test_recipe_gives_imma(command_line: CommandLine, tmp_path: Path, name: str) -> None:
    ran = command_line("run", RECIPES / f"{name}.yaml", "--json")
    assert ran.code == 0
    folder = tmp_path / f"{name}-out"
    chosen = ran.json["chosen"]
    assert ran.json["intermediates"][chosen["entry"]]["number"] == 74
    assert chosen["spglib"]["number"] == 74 and chosen["symprec"] == 1e-3
    assert chosen["glazer"]["symbol"] == "a0b-b-"
    assert chosen["loss"] == pytest.approx(chosen["floor"], rel=0.02)
    assert chosen["floor"] == pytest.approx(0.467, abs=1e-3)
    assert [(i["irrep"], i["carrier"]["l"], i["carrier"]["parity"]) for i in chosen["inputs"]] == [("R4+", 1, "e")]
    assert json.loads((folder / "result.json").read_text())["chosen"] == chosen
    assert len(read_structure(folder / "Imma.cif")) == 20
    resolved = read_recipe(folder / "recipe.yaml").step
    given = read_recipe(RECIPES / f"{name}.yaml").step
    assert isinstance(resolved, IntermediateRules) and isinstance(given, IntermediateRules)
    assert resolved.seed == 0 and resolved.input == given.input and resolved.parent != given.parent
    assert isinstance(resolved.parent, Path)
    assert resolved.parent.resolve() == (RECIPES / IMMA["parent"]).resolve()


@pytest.mark.shared
def test_recipe_gives_imma_for_catio3(shared: Path) -> None:
    (folder,) = (shared / "data" / "cases").glob("28_*")
    data = changed(parent=str(folder / "parent.cif"), child=str(folder / "child.cif"))
    found = run_intermediate(intermediate(data))
    chosen = found.document.chosen
    assert chosen is not None and chosen.spglib is not None and chosen.spglib.number == 74
    assert chosen.glazer is not None and chosen.glazer.symbol == "a0b-b-"
    assert chosen.floor == pytest.approx(0.404, abs=1e-3)
    assert chosen.loss == pytest.approx(chosen.floor, rel=0.02)


def test_zeroing_c_where_the_in_phase_axis_is_b_leaves_nothing_between() -> None:
    # there R4+ (b,0,-b) would become (b,0,0), I4/mcm, which does not contain this domain of Pnma
    data = changed(domain={"supercell_basis": [[1, 0, -1], [0, 2, 0], [1, 0, 1]]})
    with pytest.raises(InputError, match="allow nothing") as caught:
        run_intermediate(intermediate(data))
    assert "another domain" in str(caught.value.hint)


def test_amplitudes_of_explicit_wave_vectors() -> None:
    explicit = read_recipe(RECIPES / "perovskite_pnma_explicit_k.yaml").step
    assert isinstance(explicit, FindRules)
    found = run_find(explicit)
    assert set(found.primary) == {"M3+", "R4+"}
    carriers = {e.carrier.site + str(e.carrier.l) + e.carrier.parity for e in found.order_parameters if e.carrier}
    assert carriers == {"Mn1e"}
    assert found.crosscheck is not None and found.crosscheck.agrees


def test_constraint_in_a_recipe() -> None:
    data = changed(input=None, domain=None, constraint={"keep": "R4+"})
    document = run_intermediate(intermediate(data)).document
    assert document.chosen is not None
    assert document.intermediates[document.chosen.entry].number == 74


@pytest.mark.parametrize(
    ("data", "message", "hint"),
    [
        (changed(run=None, rnu="find"), "unknown key `rnu` at the top level", "Did you mean `run`"),
        (changed(run=None), "`run` is missing", "find, parent, certify"),
        (changed(run="intermediates"), "`run` must be a command, got 'intermediates'", "Did you mean `intermediate`"),
        (changed(child=None), "`child` is missing", "path"),
        (changed(child=3), "`child`.*path", ""),
        (changed(seed="many"), "`seed`", "whole number"),
        (changed(domain={"supercell_basis": [[1, 0], [0, 1]]}), "`domain.supercell_basis`", "three rows"),
        (changed(domain={"basis": 1}), "unknown key `basis` in section `intermediate.domain`", "supercell_basis"),
        (changed(**{"inpu[t": 1}), r"unknown key `inpu\[t` in section `intermediate`", "Did you mean `input`"),
        (ruled(**{"[": 1}), r"unknown key `\[` in section `intermediate.input`", ""),
        (ruled(zeros=1), "unknown key `zeros` in section `intermediate.input`", "Did you mean `zero`"),
        (ruled(zero={"site": "B", "l": 1, "parity": "e", "axis": "x"}), "`input.zero.axis` must be 'a', 'b'", ""),
        (ruled(zero={"site": "B", "l": 1, "parity": "even", "axis": "a"}), "`input.zero.parity` must be 'e'", ""),
        (ruled(zero={"site": "B", "l": 9, "parity": "e", "axis": "a"}), "`input.zero.l`", "0 to 8"),
        (ruled(zero={"site": "B", "l": 1, "parity": "e"}), "`input.zero.axis` is missing", "a, b or c"),
        (ruled(tie={"site": "B", "pattern": "near"}), "`input.tie.pattern` must be 'non-adjacent' or 'all'", ""),
        (ruled(tie={"sites": "B", "pattern": "all"}), "unknown key `sites` in section `intermediate.input.tie", "site"),
        (ruled(allowed=["1x"]), "`input.allowed`", "1e"),
        (ruled(k=[["1/2", "half", 0]]), "`input.k`", "fractions"),
        (ruled(k=[[0.5, 0.5]]), "`input.k`", "fractions"),
        (changed(constraint={"keep": "R4+"}), "contradict", ""),
        (changed(degenerate=True), "unknown key `degenerate` in section `intermediate`", ""),
        (changed(run="find", constraint={"keep": "R4+"}), "unknown key `constraint` in section `find`", ""),
    ],
)  # fmt: skip
def test_wrong_fields_are_named(data: dict[str, Any], message: str, hint: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        recipe_from(data)
    assert caught.value.hint and hint in caught.value.hint


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (changed(domain=None), "`zero.axis: c` depends on the domain"),
        (changed(domain={"supercell_basis": [[1, 0, 0], [0, 1, 0], [0, 0, 2]]}), "No domain of this child"),
        (ruled(zero=None, tie=None), "allow everything"),
        (ruled(allowed=["1o"]), "allow nothing|does not hold"),
        (ruled(allowed=["0e"], zero=None, tie=None), "allow nothing"),
        (ruled(zero={"site": "Q", "l": 1, "parity": "e", "axis": "c"}), "`zero.site`.*no site 'Q'"),
        (ruled(tie={"site": "A", "pattern": "all"}), "`tie` names La"),
        (ruled(zero={"site": "B", "l": 2, "parity": "e", "axis": "c"}), "`zero` names Mn:2e"),
        (ruled(k=[["1/2", "1/2", "1/4"]], zero=None, tie=None), "`k`.*not periodic"),
        (ruled(sites="Q"), "no site 'Q'"),
    ],
)
def test_rules_that_do_not_fit_the_pair_are_refused(data: dict[str, Any], message: str) -> None:
    with pytest.raises(CurieBreakError, match=message) as caught:
        run_intermediate(intermediate(data))
    assert caught.value.hint


@pytest.mark.parametrize(
    ("text", "says"),
    [("run: [", "line"), ("- 1\n", "no keys"), ("", "no keys"), ("run: find\nparnt: a\n", "unknown key `parnt`")],
)
def test_unusable_recipe_files(command_line: CommandLine, text: str, says: str) -> None:
    Path("broken.yaml").write_text(text)
    assert says in command_line.refuses(3, "run", "broken.yaml").err
    assert "missing.yaml" in command_line.refuses(3, "run", "missing.yaml").err


def test_published_recipe_schema_is_current() -> None:
    published = RECIPES.parent / "docs" / "schema" / "recipe.schema.json"
    assert json.loads(published.read_text()) == recipe_schema()
