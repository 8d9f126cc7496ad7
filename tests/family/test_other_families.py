"""Families that are no perovskites: children built by ``distort``, a store of ``scan``, ``train`` and ``predict``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import CommandLine
from pymatgen.core import Lattice, Structure

import curiebreak
from curiebreak.structures.write import write_cif, write_structure

FAMILIES: dict[str, Any] = {
    "ruddlesden_popper": {  # K2NiF4 type; tilts about [100] and [110] of the layers' octahedra
        "parent": ("I4/mmm", Lattice.tetragonal(3.8, 13.2), [[0, 0, 0.36], [0, 0, 0], [0.5, 0, 0], [0, 0, 0.18]]),
        "sites": lambda a, b: (a, b, "O", "O"),
        "cations": (("La", "Cu"), ("Nd", "Ni"), ("Pr", "Co"), ("Sr", "Ti"), ("Ca", "Mn"), ("Ba", "Sn"), ("Sr", "Ru")),
        "classes": {"X3+(a;0)": 64, "X3+(a;a)": 138},
        "asked": "Sm2NiO4",
    },
    "double_perovskite": {
        "parent": ("Fm-3m", Lattice.cubic(8.2), [[0.25, 0.25, 0.25], [0, 0, 0], [0.5, 0.5, 0.5], [0.26, 0, 0]]),
        "sites": lambda a, b: (a, b, "W", "O"),
        "cations": (("Ba", "Mg"), ("Sr", "Mg"), ("Ca", "Ni"), ("Sr", "Co"), ("Ba", "Zn"), ("Sr", "Mn"), ("Ca", "Mg")),
        "classes": {"GM4+(a,0,0)": 87, "GM4+(a,a,a)": 148},
        "asked": "Sr2NiWO6",
    },
    "rutile": {
        "parent": ("P4_2/mnm", Lattice.tetragonal(4.6, 3.0), [[0, 0, 0], [0.305, 0.305, 0]]),
        "sites": lambda a, b: (a, b),
        "cations": (("Ti", "O"), ("Sn", "O"), ("Ru", "O"), ("Mg", "F"), ("Ni", "F"), ("Co", "F"), ("Fe", "F")),
        "classes": {"GM2+(a)": 58, "R1+(a,0;0,0)": 14},
        "asked": "ZnF2",
    },
}


def children(folder: Path, family: Mapping[str, Any]) -> Path:
    """A table of pairs: every composition in each class, amplitudes and cells that grow with its number."""
    symbol, lattice, places = family["parent"]
    lines = ["parent,child"]
    for number, cations in enumerate(family["cations"]):
        structure = Structure.from_spacegroup(
            symbol, Lattice(lattice.matrix * (1 + 0.005 * number)), list(family["sites"](*cations)), places
        )
        name = "".join(cations)
        parent = folder / f"{name}.cif"
        species = [site.specie.symbol for site in structure]
        write_cif((structure.lattice.matrix, species, np.array(structure.frac_coords)), parent)
        for place, term in enumerate(family["classes"]):
            child = folder / f"{name}_{place}.cif"
            amplitude = 0.5 + 0.05 * number + 0.1 * place
            write_structure(curiebreak.distort(parent, [f"{term}={amplitude}"]).structure, child)
            lines.append(f"{parent.name},{child.name}")
    table = folder / "pairs.csv"
    table.write_text("\n".join(lines) + "\n")
    return table


@pytest.mark.slow
@pytest.mark.parametrize("name", FAMILIES)
def test_another_family_by_the_same_commands(name: str, tmp_path: Path, command_line: CommandLine) -> None:
    """The classes are those that were built; a composition in between gets both, each child with its group."""
    family = FAMILIES[name]
    table, store, model = children(tmp_path, family), tmp_path / "scan.db", tmp_path / "family.cbm"
    assert command_line("scan", table, "-o", store, "--exact", "--jobs", "1", "--quiet").code == 0
    few = command_line("train", store, "-o", model, "--no-trees")
    assert few.code == 3 and not model.exists()
    assert "at least two classes of 8 formulas each; the largest here have 7, 7" in few.err
    short = ("--fewest", "7", "--epochs", "2", "--seeds", "1", "--no-trees", "--json")
    trained = command_line("train", store, "-o", model, *short)
    assert trained.code == 0, trained.err
    found = json.loads(trained.out)
    assert {c["space_group"]["number"] for c in found["classes"]} == set(family["classes"].values())
    assert (found["pairs"], found["formulas"], found["left_out"]) == (14, 7, {})
    asked = command_line("predict", family["asked"], "--model", model, "--top", "2", "--json")
    assert asked.code == 0, asked.err
    answer = json.loads(asked.out)
    both = [c for c in answer["classes"] if c.get("child")]
    assert {c["space_group"]["number"] for c in both} == set(family["classes"].values())
    assert all(c["child"]["spglib"]["number"] == c["space_group"]["number"] for c in both)
    assert all(0.05 < sum(v["mean"] for v in c["amplitudes"].values()) < 2.0 for c in both)
    wrong = command_line("predict", "LaFeO3", "--model", model)
    assert wrong.code == 3 and "no compound of this family" in wrong.err
