"""Phonons computed from first principles: labels beside another program's, known phases among the children.

Forces of SrTiO3, ScF3, BaTiO3 (P4mm) and Si: examples of CrystOD (Y. Mochizuki, H. Koiso), those of cubic BaTiO3
(mp-2998): phonondb of A. Togo. The labels of `labels.json` are those of CrystOD 0.4.5, which has irreps, projection and
interpolation of its own; at special points and in the middle of lines its examples print the same, but for Q of Si,
where they stand exchanged (two values of the parameter give the same star).
"""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from pairs import STRUCTURES

import curiebreak
from curiebreak.phonons.force_constants import LatticeDynamics
from curiebreak.phonons.phonopy_files import read_phonopy
from curiebreak.phonons.spectrum import spectrum
from curiebreak.symmetry.parent import parent_crystal

FORCES = STRUCTURES / "phonons"
LABELS = json.loads(Path(__file__).with_name("labels.json").read_text())
QUICK = {"si"}
SAME = 5e-3
"""THz; interpolations differ by less."""


@pytest.mark.parametrize("name", [pytest.param(n, marks=() if n in QUICK else pytest.mark.slow) for n in LABELS])
def test_labels_beside_another_program(name: str) -> None:
    constants = read_phonopy(FORCES / f"{name}.yaml.xz")
    parent = parent_crystal(constants.structure)
    dynamics = LatticeDynamics(parent, constants)
    cell, primitive = np.asarray(constants.structure.lattice), np.asarray(parent.lattice)
    kinds = set()
    for text, levels in LABELS[name].items():
        q = np.array([float(Fraction(x)) for x in text.split(",")])
        # fractions of the file's reciprocal axes, of the parent's, of the tables'
        (k,) = parent.to_standard.waves((q @ np.linalg.inv(cell).T @ primitive.T)[None])
        (star,) = spectrum(dynamics, k)
        kinds.add(star.irreps[0].kind)
        mine = [
            (float(frequency), irrep_at(shapes.irrep))
            for shapes in star.shapes
            for frequency in dynamics.frequencies(shapes.eigenvalues)
        ]
        theirs = [(frequency, label) for frequency, labels in levels for label in labels]
        assert sorted(label for _, label in mine) == sorted(label for _, label in theirs), text
        for frequency, label in theirs:
            assert any(abs(f - frequency) < SAME and label == own for f, own in mine), (text, label, frequency)
    assert kinds >= {"special", "line", "plane"}


def irrep_at(irrep: object) -> str:
    """The label at one wave vector, also of an irrep that is joined with its conjugate."""
    members = irrep.members  # type: ignore[attr-defined]
    return str(irrep.label if len(members) > 1 else members[0].label)  # type: ignore[attr-defined]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "options", "phases"),
    [
        # SrTiO3 below 105 K: I4/mcm (Unoki & Sakudo, J. Phys. Soc. Jpn. 23, 546 (1967)); Sr at the origin, so R5-
        ("srtio3", {"unstable": True}, {"I4/mcm": "R5-(a,0,0)"}),
        # BaTiO3 on cooling: P4mm, Amm2, R3m (Kwei et al., J. Phys. Chem. 97, 2368 (1993))
        (
            "batio3",
            {"unstable": True},
            {"P4mm": "GM4-(a,0,0)", "Amm2": "GM4-(a,a,0)", "R3m": "GM4-(a,a,a)"},
        ),
        # ScF3 is cubic with a flat soft branch, under pressure R-3c (Greve et al., JACS 132, 15496 (2010))
        ("scf3", {"below": 2.0}, {"R-3c": "R4+(a,a,a)"}),
    ],
)
def test_known_phases_are_among_the_first_ten(name: str, options: dict[str, float], phases: dict[str, str]) -> None:
    found = curiebreak.phonons(FORCES / f"{name}.yaml.xz", top=10, **options)
    seeds = {one.isotropy_subgroup.symbol: one.irreps[0] + one.directions[0] for one in reversed(found.children)}
    assert len(found.children) <= 10 and all(one.agrees for one in found.children)
    assert phases.items() <= seeds.items()


@pytest.mark.slow
def test_modes_on_lines_are_frozen_with_one_arm() -> None:
    """BaTiO3's soft sheets: DT5 and SM3 at thirds. spglib, which knows nothing of them, finds each group."""
    found = curiebreak.phonons(FORCES / "batio3.yaml.xz", unstable=True, top=100)
    assert {"DT5@0,1/3,0", "SM3@1/3,1/3,0"} <= set(found.soft)
    assert any("one arm" in text for text in found.messages)
    lines = [one for one in found.children if len(one.irreps) == 1 and "@" in one.irreps[0]]
    assert all(one.agrees and one.size == 3 and one.n_atoms == 15 for one in lines)
    # a sine of displacements is odd about its node, which inversion keeps; a cosine is polar at thirds
    highest = [one.isotropy_subgroup.symbol for one in lines if one.isotropy_subgroup.index == 36]
    assert {"P2/m", "C2/m"} < set(highest) and any(symbol in ("Pmm2", "Amm2", "Cmm2") for symbol in highest)


def test_the_soft_mode_carries_the_ferroelectric_distortion() -> None:
    """P4mm of BaTiO3 is the soft mode frozen: nearly all of the mass-weighted shifts are along it."""
    found = curiebreak.phonons(FORCES / "batio3.yaml.xz", k="GM", overlap=STRUCTURES / "batio3_p4mm.cif")
    modes = [one for one in found.overlaps if one.frequency is not None]
    assert sum(one.share for one in modes) == pytest.approx(1.0, abs=1e-6)
    soft = max(modes, key=lambda one: one.share)
    assert soft.irrep == "GM4-" and soft.frequency is not None and soft.frequency < 0 and soft.share > 0.9
