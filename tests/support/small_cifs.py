"""Small crystals as CIF text for tests of the command line."""

from __future__ import annotations

Site = tuple[str, str, float | str, float | str, float | str, float]


def cif(cell: tuple[float, ...], group: str, *sites: Site) -> str:
    """CIF text from cell parameters, a Hermann-Mauguin symbol and (label, element, x, y, z, occupancy)."""
    names = ("length_a", "length_b", "length_c", "angle_alpha", "angle_beta", "angle_gamma")
    lines = ["data_test", *(f"_cell_{name} {value}" for name, value in zip(names, cell, strict=True))]
    lines += [f"_symmetry_space_group_name_H-M '{group}'", "loop_", "_atom_site_label"]
    lines += ["_atom_site_type_symbol", *(f"_atom_site_fract_{x}" for x in "xyz"), "_atom_site_occupancy"]
    return "\n".join([*lines, *(" ".join(map(str, site)) for site in sites)]) + "\n"


def cubic(a: float) -> tuple[float, ...]:
    return (a, a, a, 90, 90, 90)


PEROVSKITE = cif(
    cubic(3.905),
    "P m -3 m",
    ("Sr", "Sr", 0.5, 0.5, 0.5, 1),
    ("Ti", "Ti", 0, 0, 0, 1),
    ("O", "O", 0.5, 0, 0, 1),
)
POLAR = cif(
    (3.9, 3.9, 4.0, 90, 90, 90), "P 4 m m", ("Sr", "Sr", 0.5, 0.5, 0.5, 1), ("Ti", "Ti", 0, 0, 0.02, 1),
    ("O1", "O", 0, 0, 0.48, 1), ("O2", "O", 0.5, 0, -0.01, 1),
)  # fmt: skip
"""SrTiO3 displaced along z: a child of `PEROVSKITE` by GM4-."""

BARIUM = POLAR.replace("Sr Sr", "Ba Ba")
NO_SITES = cif(cubic(3.905), "P m -3 m")
NOT_A_NUMBER = POLAR.replace(" 0.48 ", " nan ")
INFINITE_CELL = POLAR.replace("_cell_length_c 4.0", "_cell_length_c inf")
FLAT_CELL = POLAR.replace("_cell_angle_gamma 90", "_cell_angle_gamma 0")
DUPLICATE = POLAR + "O3 O 0.0 0.0 0.481 1\n"
PARTLY_EMPTY = POLAR.replace("0.48 1\n", "0.48 0.9\n")
MISSING_ATOM = "\n".join(line for line in POLAR.splitlines() if not line.startswith("O1")) + "\n"
ROCK_SALT = cif(cubic(5.64), "F m -3 m", ("Na", "Na", 0, 0, 0, 1), ("Cl", "Cl", 0.5, 0.5, 0.5, 1))
CAESIUM_TYPE = cif(cubic(3.42), "P m -3 m", ("Na", "Na", 0, 0, 0, 1), ("Cl", "Cl", 0.5, 0.5, 0.5, 1))
DIAMOND = cif(cubic(3.567), "F d -3 m", ("C", "C", 0.125, 0.125, 0.125, 1))
THREE_CARBONS = cif(
    (2.5, 2.5, 2.7, 90, 90, 90),
    "P 1",
    ("C", "C", 0, 0, 0, 1),
    ("C", "C", 0.1, 0.5, 0.3, 1),
    ("C", "C", 0.6, 0.4, 0.7, 1),
)
OXYGENS_ELSEWHERE = cif(
    cubic(3.905), "P 1", ("Sr", "Sr", 0.5, 0.5, 0.5, 1), ("Ti", "Ti", 0, 0, 0, 1),
    ("O1", "O", 0.5, 0.5, 0.03, 1), ("O2", "O", 0.25, 0.26, 0.52, 1), ("O3", "O", 0.77, 0.24, 0.51, 1),
)  # fmt: skip

# SiO2: beta quartz (Wright & Lehmann 1981, O at x = 0.2072, ideal mean position) and alpha quartz
# (Levien, Prewitt & Weidner 1980), the latter in both hands.
BETA_QUARTZ = cif(
    (4.9977, 4.9977, 5.4601, 90, 90, 120),
    "P 62 2 2",
    ("Si", "Si", 0.5, 0, 0, 1),
    ("O", "O", 0.2072, 0.4144, 0.5, 1),
)
ALPHA_QUARTZ = cif(
    (4.916, 4.916, 5.4054, 90, 90, 120), "P 32 2 1",
    ("Si", "Si", 0.4697, 0, 0.6666667, 1), ("O", "O", 0.4135, 0.2669, 0.7857667, 1),
)  # fmt: skip
OTHER_HAND = cif(
    (4.916, 4.916, 5.4054, 90, 90, 120), "P 31 2 1",
    ("Si", "Si", 0.5303, 0, 0.3333333, 1), ("O", "O", 0.5865, 0.7331, 0.2142333, 1),
)  # fmt: skip

# A tetragonal and a rhombohedral deformation of the same cubic cell: neither group holds the other.
TETRAGONAL = cif((4.0, 4.0, 4.2, 90, 90, 90), "P 4/m m m", ("Cs", "Cs", 0, 0, 0, 1), ("Cl", "Cl", 0.5, 0.5, 0.5, 1))
RHOMBOHEDRAL = cif((4.0, 4.0, 4.0, 88, 88, 88), "P 1", ("Cs", "Cs", 0, 0, 0, 1), ("Cl", "Cl", 0.5, 0.5, 0.5, 1))
ROCK_SALT = cif(cubic(5.64), "F m -3 m", ("Na", "Na", 0, 0, 0, 1), ("Cl", "Cl", 0.5, 0.5, 0.5, 1))
ZINC_BLENDE = cif(cubic(5.64), "F -4 3 m", ("Na", "Na", 0, 0, 0, 1), ("Cl", "Cl", 0.25, 0.25, 0.25, 1))
CAESIUM_CHLORIDE = cif(cubic(4.12), "P m -3 m", ("Cs", "Cs", 0, 0, 0, 1), ("Cl", "Cl", 0.5, 0.5, 0.5, 1))
ZIGZAG = cif(
    (4.12, 4.12, 8.24, 90, 90, 90), "P 1", ("Cs1", "Cs", 0, 0, 0, 1), ("Cs2", "Cs", 0, 0, 0.5, 1),
    ("Cl1", "Cl", 0.95, 0.5, 0.25, 1), ("Cl2", "Cl", 0.05, 0.5, 0.75, 1),
)  # fmt: skip
