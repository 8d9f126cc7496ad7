"""Magnetic CIFs for tests: text from atoms, moments and what the file states of its parent."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Atom = tuple[str, tuple[float, float, float], tuple[float, float, float] | None]
"""Element, fractions, moment along the crystal axes in μB (None where it is not listed)."""


def magnetic_cif(
    cell: Sequence[float],
    atoms: Sequence[Atom],
    *,
    parent: int | None = None,
    child: str = "a,b,c;0,0,0",
    standard: str = "a,b,c;0,0,0",
    operations: Sequence[str] = ("x,y,z,+1",),
    centrings: Sequence[str] = (),
    old: bool = False,
) -> str:
    """Text of a magnetic CIF; with `old` in the tags of the first dialect."""
    names = ("length_a", "length_b", "length_c", "angle_alpha", "angle_beta", "angle_gamma")
    lines = ["data_test", *(f"_cell_{name} {value}" for name, value in zip(names, cell, strict=True))]
    if parent is not None:
        lines += [f"_parent_space_group.IT_number {parent}"]
        if old:
            lines += [f"_parent_space_group.transform_to_standard_Pp_abc '{standard}'"]
            lines += [f"_magnetic_space_group.transform_from_parent_Pp_abc '{child}'"]
        else:
            lines += [f"_parent_space_group.transform_Pp_abc '{standard}'"]
            lines += [f"_parent_space_group.child_transform_Pp_abc '{child}'"]
    tag = "_space_group_symop.magn_{}_xyz" if old else "_space_group_symop_magn_{}.xyz"
    lines += ["loop_", tag.format("operation"), *operations]
    if centrings:
        lines += ["loop_", tag.format("centering"), *centrings]
    lines += ["loop_", "_atom_site_label", "_atom_site_type_symbol", *(f"_atom_site_fract_{x}" for x in "xyz")]
    for number, (element, position, _) in enumerate(atoms):
        lines.append(f"{element}{number} {element} " + " ".join(f"{x:.8f}" for x in position))
    front = "_atom_site_moment_" if old else "_atom_site_moment."
    lines += ["loop_", f"{front}label", *(f"{front}crystalaxis_{x}" for x in "xyz")]
    for number, (element, _, moment) in enumerate(atoms):
        if moment is not None:
            lines.append(f"{element}{number} " + " ".join(f"{x:.6f}" for x in moment))
    return "\n".join(lines) + "\n"


def rock_salt_g_type(size: float = 3.0) -> str:
    """A simple cubic magnet, moments up and down on neighbours, in a cell of eight parent cells, without symmetry."""
    atoms: list[Atom] = []
    for i, j, k in np.ndindex(2, 2, 2):
        atoms.append(("Ni", (i / 2, j / 2, k / 2), (0.0, 0.0, size * (-1) ** (i + j + k))))
    return magnetic_cif((8, 8, 8, 90, 90, 90), atoms, parent=221, child="2a,2b,2c;0,0,0")


def terbium_antimonide() -> str:
    """TbSb: mL2+ as ISODISTORT 6.12.1 writes it (amplitude 1, strained cell, moments along the hexagonal c)."""
    basis = np.array([[-0.5, 0, 0.5], [0, 0.5, -0.5], [-2, -2, -2]])
    inverse = np.linalg.inv(basis)
    atoms: list[Atom] = []
    seen: set[tuple[int, ...]] = set()
    steps = range(-6, 7)
    for i in steps:
        for j in steps:
            for k in steps:
                if (i + j + k) % 2:
                    continue
                point = np.array([i, j, k]) / 2
                x = point @ inverse
                key = tuple(np.round((x - np.floor(x + 1e-9)) * 1000).astype(int))
                if key in seen:
                    continue
                seen.add(key)
                sign = round(float(np.cos(2 * np.pi * 0.5 * point.sum())))
                atoms.append(("Tb", tuple(x - np.floor(x + 1e-9)), (0, 0, -0.70833 * sign)))
                y = (point + 0.5) @ inverse
                atoms.append(("Sb", tuple(y - np.floor(y + 1e-9)), None))
    child = "-1/2a+1/2c,1/2b-1/2c,-2a-2b-2c;0,0,0"
    return magnetic_cif((4.37458, 4.37458, 21.431, 90, 90, 120), atoms, parent=225, child=child)
