"""Order of atoms and of empty sites, doped and disordered children; an empty part of a site is a species."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from command_line import CommandLine
from scramble import scramble
from small_cifs import cif, cubic

from curiebreak import decompose, read_structure
from curiebreak.errors import InputError, NotCompatibleError
from curiebreak.mapping import map_child
from curiebreak.results import Decomposition, IrrepEntry
from curiebreak.structures import structure_from_arrays
from curiebreak.structures.model import VACANCY
from curiebreak.symmetry.parent import parent_crystal

# YBa2Cu3O7-x: chain oxygen on (0, 1/2, 0) and (1/2, 0, 0), half full in the tetragonal parent.
FRAME = (
    ("Y", "Y", 0.5, 0.5, 0.5, 1), ("Ba", "Ba", 0.5, 0.5, 0.19, 1), ("Cu1", "Cu", 0, 0, 0, 1),
    ("Cu2", "Cu", 0, 0, 0.36, 1), ("O4", "O", 0, 0, 0.155, 1),
)  # fmt: skip
TETRAGONAL = cif((3.86, 3.86, 11.8, 90, 90, 90), "P 4/m m m", *FRAME, ("O2", "O", 0, 0.5, 0.378, 1),
                 ("O1", "O", 0, 0.5, 0, 0.5))  # fmt: skip
PLANES = (("O2", "O", 0.5, 0, 0.378, 1), ("O3", "O", 0, 0.5, 0.378, 1))
CELL = (3.82, 3.89, 11.68, 90, 90, 90)
ORDERED = cif(CELL, "P m m m", *FRAME, *PLANES, ("O1", "O", 0, 0.5, 0, 1))
PARTLY = cif(CELL, "P m m m", *FRAME, *PLANES, ("O1", "O", 0, 0.5, 0, 0.91), ("O5", "O", 0.5, 0, 0, 0.09))

# Metal vacancies in every second layer of a NiAs structure, as in Cr2S3 and CdI2: P6_3/mmc to P-3m1.
HEXAGONAL = (3.45, 3.45, 5.55, 90, 90, 120)
SULPHUR = ("S", "S", 1 / 3, 2 / 3, 0.25, 1)
ARSENIDE = cif(HEXAGONAL, "P 63/m m c", ("Cr", "Cr", 0, 0, 0, 0.5), SULPHUR)
LAYERED = cif(HEXAGONAL, "P -3 m 1", ("Cr", "Cr", 0, 0, 0, 1), SULPHUR)

# Hydrogen half on each of two sites of a bond in KH2PO4 (I-42d), on one of them in Fdd2.
PHOSPHATE = cif(
    (7.469, 7.469, 6.975, 90, 90, 90), "I -4 2 d", ("K", "K", 0, 0, 0.5, 1), ("P", "P", 0, 0, 0, 1),
    ("O", "O", 0.1488, 0.081, 0.1257, 1), ("D", "D", 0.146, 0.225, 0.121, 0.5),
)  # fmt: skip


def files(folder: Path, parent: str, child: str) -> tuple[Path, Path]:
    paths = folder / "parent.cif", folder / "child.cif"
    for path, text in zip(paths, (parent, child), strict=True):
        path.write_text(text)
    return paths


def group(found: Decomposition) -> str | None:
    """Symbol of the child's space group."""
    return None if found.child.space_group is None else found.child.space_group.symbol


def order(found: Decomposition, irrep: str) -> IrrepEntry:
    """The entry of an occupation."""
    (entry,) = [e for e in found.irreps if e.irrep == irrep and e.kind == "occupation"]
    return entry


@pytest.mark.parametrize(("child", "amplitude"), [(ORDERED, 1.0), (PARTLY, 0.82)])
def test_chain_oxygen(tmp_path: Path, child: str, amplitude: float) -> None:
    """Occupancies 0.5 ± d on two sites, of oxygen and of the vacancy: As = sqrt(4 d^2)."""
    found = decompose(*files(tmp_path, TETRAGONAL, child))
    assert found.primary == ("GM2+",) and group(found) == "Pmmm"
    entry = order(found, "GM2+")
    assert entry.amplitude_supercell == pytest.approx(amplitude, abs=1e-9)
    assert entry.isotropy_subgroup is not None and entry.isotropy_subgroup.symbol == "Pmmm"
    assert found.parent.formula == found.child.formula == "Ba2YCu3O7"
    assert any("empty sites" in message for message in found.messages)


def test_vacancies_lie_on_their_sites_whatever_the_setting(tmp_path: Path) -> None:
    parent, child = files(tmp_path, TETRAGONAL, ORDERED)
    crystal = parent_crystal(read_structure(parent))
    found = map_child(crystal, scramble(read_structure(child), 5))
    empty = [i for i, atom in enumerate(found.child_atoms) if found.child.species[atom] == VACANCY]
    assert len(empty) == 1 and np.abs(found.displacements[empty]).max() < 1e-9
    assert found.occupation_elements == ("O", VACANCY)
    assert found.occupation is not None and np.abs(found.occupation.sum(axis=1)).max() < 1e-12
    assert len(found.child.without_vacancies()) == 13


def test_layers_of_vacancies(tmp_path: Path) -> None:
    """GM3+ takes P6_3/mmc to P-3m1 (ISODISTORT lists it as the ordering of the 2a site)."""
    found = decompose(*files(tmp_path, ARSENIDE, LAYERED))
    assert found.primary == ("GM3+",) and order(found, "GM3+").amplitude_supercell == pytest.approx(1.0)
    assert group(found) == "P-3m1"
    partly = LAYERED.replace("0 0 0 1\n", "0 0 0 0.8\n") + "Cr2 Cr 0 0 0.5 0.2\n"
    assert order(decompose(*files(tmp_path, ARSENIDE, partly)), "GM3+").amplitude_supercell == pytest.approx(0.6)


def test_hydrogen_on_one_side_of_its_bond(tmp_path: Path) -> None:
    """Every second hydrogen site of each bond empty: GM3 of I-42d, Fdd2; sixteen occupancies change by a half."""
    parent = tmp_path / "parent.cif"
    parent.write_text(PHOSPHATE)
    whole = read_structure(parent)
    polar = [o for o in _orbits_of_fdd2(whole.coords) if whole.species[o[0]] == "H0.5"][0]
    keep = [i for i in range(len(whole)) if whole.species[i] != "H0.5" or i in polar]
    species = ["H" if whole.species[i] == "H0.5" else whole.species[i] for i in keep]
    child = structure_from_arrays(whole.lattice, species, whole.coords[keep])
    found = decompose(whole, child)
    assert found.primary == ("GM3",) and group(found) == "Fdd2"
    assert order(found, "GM3").amplitude_supercell == pytest.approx(2.0)
    assert all((e.amplitude_supercell or 0.0) < 1e-6 for e in found.irreps if e.kind == "displacement")


def _orbits_of_fdd2(coords: np.ndarray) -> list[list[int]]:
    """Orbits under the operations of I-42d that keep the polar axis and the d glides (axes of I-42d)."""
    operations = [
        (np.diag([1, 1, 1]), (0, 0, 0)), (np.diag([-1, -1, 1]), (0, 0, 0)),
        (np.array([[0, 1, 0], [1, 0, 0], [0, 0, 1]]), (0.5, 0, 0.75)),
        (np.array([[0, -1, 0], [-1, 0, 0], [0, 0, 1]]), (0.5, 0, 0.75)),
    ]  # fmt: skip
    every = [(r, np.add(t, c)) for r, t in operations for c in ((0, 0, 0), (0.5, 0.5, 0.5))]
    left, orbits = set(range(len(coords))), []
    while left:
        first = min(left)
        images = [coords[first] @ r.T + t for r, t in every]
        steps = coords[None] - np.array(images)[:, None]
        orbit = sorted(set(np.abs(steps - np.round(steps)).max(axis=2).argmin(axis=1).tolist()))
        left -= {first, *orbit}
        orbits.append(orbit)
    return orbits


def test_composition_is_named_with_its_occupancies(tmp_path: Path) -> None:
    poor = cif(CELL, "P m m m", *FRAME, *PLANES)
    with pytest.raises(NotCompatibleError, match="the parent is Ba2YCu3O7, the child Ba2YCu3O6") as caught:
        decompose(*files(tmp_path, TETRAGONAL, poor))
    assert caught.value.exit_code == 4


def test_vacancies_in_files_and_intermediates(command_line: CommandLine, tmp_path: Path) -> None:
    files(Path(), TETRAGONAL, ORDERED)
    ran = command_line("modes", "parent.cif", "child.cif", "--isocif", "iso.cif", "--json")
    assert ran.code == 0 and "Vac" not in Path("iso.cif").read_text()
    assert len(read_structure("iso.cif")) == 13
    ran = command_line("intermediate", "parent.cif", "child.cif", "--all", "between")
    assert ran.code == 0
    written = [read_structure(path) for path in sorted(Path("between").glob("*.cif"))]
    assert {round(sum(sum(c.values()) for c in s.occupancies), 6) for s in written} == {13.0}


# Doping -----------------------------------------------------------------------------------------------------------

DOUBLE = cif(cubic(7.62), "F m -3 m", ("Ca", "Ca", 0.25, 0.25, 0.25, 1), ("Al", "Al", 0, 0, 0, 1),
             ("Nb", "Nb", 0.5, 0.5, 0.5, 1), ("O", "O", 0.25, 0, 0, 1))  # fmt: skip
DISORDERED = cif(
    (5.388, 5.388, 7.62, 90, 90, 90), "P 4/m n c", ("Ca", "Ca", 0, 0.5, 0.25, 1),
    ("Al1", "Al", 0, 0, 0, 0.94), ("Nb1", "Nb", 0, 0, 0, 0.06), ("Nb2", "Nb", 0, 0, 0.5, 0.94),
    ("Al2", "Al", 0, 0, 0.5, 0.06), ("O1", "O", 0, 0, 0.25, 1), ("O2", "O", 0.28, 0.22, 0, 1),
)  # fmt: skip


def test_disordered_children_are_mapped_by_position(tmp_path: Path) -> None:
    pair = files(tmp_path, DOUBLE, DISORDERED)
    with pytest.raises(InputError, match="partly occupied") as caught:
        decompose(*pair)
    assert "--allow substitution" in str(caught.value.hint)
    found = decompose(*pair, allow=["substitution"])
    assert found.primary == ("X3+",)  # a0a0c+ of double perovskites (Howard, Kennedy & Woodward 2003)
    assert group(found) == "P4/mnc"
    assert not [e for e in found.irreps if e.kind == "occupation"]
    assert any("Al0.94Nb0.06 on Al" in message for message in found.messages)


def test_order_on_a_substituted_site_counts(tmp_path: Path) -> None:
    """Two species of the child on one site of the parent break symmetry, whatever the parent's element is."""
    parent = cif(cubic(3.9), "P m -3 m", ("A", "Sr", 0, 0, 0, 1), ("Ti", "Ti", 0.5, 0.5, 0.5, 1),
                 ("O", "O", 0.5, 0.5, 0, 1))  # fmt: skip
    child = cif((3.9, 3.9, 7.8, 90, 90, 90), "P 4/m m m", ("A1", "Ba", 0, 0, 0, 1), ("A2", "Sr", 0, 0, 0.5, 1),
                ("Ti", "Ti", 0.5, 0.5, 0.25, 1), ("O1", "O", 0.5, 0.5, 0, 1), ("O2", "O", 0.5, 0.5, 0.5, 1),
                ("O3", "O", 0.5, 0, 0.25, 1))  # fmt: skip
    found = decompose(*files(tmp_path, parent, child), allow=["substitution"])
    entry = next(e for e in found.irreps if e.kind == "occupation" and e.kpoint == ("0", "1/2", "0") or "X" in e.irrep)
    assert entry.amplitude_supercell == pytest.approx(1.0)  # Ba and Sr, each ± 1/2 on two sites


def test_doping_of_every_site_changes_nothing(tmp_path: Path) -> None:
    parent = cif(cubic(3.9), "P m -3 m", ("La", "La", 0, 0, 0, 1), ("Mn", "Mn", 0.5, 0.5, 0.5, 1),
                 ("O", "O", 0.5, 0.5, 0, 1))  # fmt: skip
    child = cif((3.9, 3.9, 4.0, 90, 90, 90), "P 4 m m", ("La", "La", 0, 0, 0, 0.785), ("Ca", "Ca", 0, 0, 0, 0.215),
                ("Mn", "Mn", 0.5, 0.5, 0.52, 1), ("O1", "O", 0.5, 0.5, 0, 1), ("O2", "O", 0.5, 0, 0.5, 1))  # fmt: skip
    found = decompose(*files(tmp_path, parent, child), allow=["substitution"])
    assert found.primary == ("GM4-",) and not [e for e in found.irreps if e.kind == "occupation"]


def test_find_learns_the_order_of_vacancies(tmp_path: Path) -> None:
    from curiebreak import find

    found = find(*files(tmp_path, ARSENIDE, LAYERED))
    assert found.status == "ok" and found.primary == ("GM3+",)


# The shared faults ------------------------------------------------------------------------------------------------


@pytest.mark.shared
@pytest.mark.parametrize(
    ("parent", "child", "allow", "primary", "symbol"),
    [
        ("c02_vacancy_order/parent.cif", "c02_vacancy_order/child.cif", (), ("GM2+",), "Pmmm"),
        ("c02_vacancy_order/parent.cif", "c02_vacancy_order/child.cif", ("substitution",), ("GM2+",), "Pmmm"),
        ("c02_vacancy_order/kdp_parent.cif", "c02_vacancy_order/kdp_child.cif", (), ("GM3",), "Fdd2"),
        ("c12_doped_child/parent.cif", "c12_doped_child/child.cif", ("substitution",), ("GM4+", "X3+"), "P2_1/c"),
        ("c14_occupancy_over_one/parent.cif", "c14_occupancy_over_one/child.cif", (), ("R1+", "R4+"), "I4/m"),
    ],
)  # fmt: skip
def test_shared_faults_of_order(
    shared: Path, parent: str, child: str, allow: tuple[str, ...], primary: tuple[str, ...], symbol: str
) -> None:
    folder = shared / "data" / "faults"
    found = decompose(folder / parent, folder / child, allow=allow)
    assert found.primary == primary
    assert group(found) == symbol


@pytest.mark.shared
def test_shared_partial_order_of_chain_oxygen(shared: Path, tmp_path: Path) -> None:
    folder = shared / "data" / "faults" / "c02_vacancy_order"
    text = (folder / "child.cif").read_text().replace("O1 O 0 0.5 0 1\n", "O1 O 0 0.5 0 0.91\nO5 O 0.5 0 0 0.09\n")
    (tmp_path / "child.cif").write_text(text)
    found = decompose(folder / "parent.cif", tmp_path / "child.cif")
    entry = order(found, "GM2+")
    assert entry.amplitude_supercell == pytest.approx(0.82) and entry.share == pytest.approx(0.974, abs=5e-4)
