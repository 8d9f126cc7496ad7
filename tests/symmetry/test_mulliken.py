"""Point groups, frames and Mulliken labels."""

from __future__ import annotations

import numpy as np
import pytest

from curiebreak.errors import InputError
from curiebreak.symmetry.mulliken import classify_operation, point_group, schoenflies_symbol
from curiebreak.symmetry.tables import operations

SYMMORPHIC = {  # space group P + point group: its rotations are the point group (International Tables A)
    "C1": [1],
    "Ci": [2],
    "C2": [3],
    "Cs": [6],
    "C2h": [10],
    "D2": [16],
    "C2v": [25],
    "D2h": [47],
    "C4": [75],
    "S4": [81],
    "C4h": [83],
    "D4": [89],
    "C4v": [99],
    "D2d": [111, 115],
    "D4h": [123],
    "C3": [143],
    "S6": [147],
    "D3": [149, 150],
    "C3v": [156, 157],
    "D3d": [162, 164],
    "C6": [168],
    "C3h": [174],
    "C6h": [175],
    "D6": [177],
    "C6v": [183],
    "D3h": [187, 189],
    "D6h": [191],
    "T": [195],
    "Th": [200],
    "O": [207],
    "Td": [215],
    "Oh": [221],
}


def cartesian(number: int) -> np.ndarray:
    """Rotations of a space group in Cartesian axes, z along c, x along a."""
    rotations, _ = operations(number)
    axes = np.eye(3)
    if 143 <= number <= 194:
        axes = np.array([[1, 0, 0], [-0.5, np.sqrt(3) / 2, 0], [0, 0, 1]])
    return np.einsum("ij,gjk,kl->gil", axes.T, rotations, np.linalg.inv(axes.T))


def random_turn(seed: int) -> np.ndarray:
    turn, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    return turn * np.sign(np.linalg.det(turn))


def about(axis, angle: float) -> np.ndarray:
    x, y, z = np.array(axis, float) / np.linalg.norm(axis)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


def character(group, label: str, operation: np.ndarray) -> float:
    """Character of an operation given in the frame of the group."""
    given = group.frame.T @ operation @ group.frame
    index = int(np.abs(group.rotations - given).max(axis=(1, 2)).argmin())
    assert np.abs(group.rotations[index] - given).max() < 1e-9
    return float(next(i for i in group.irreps if i.label == label).characters[index])


@pytest.mark.parametrize("symbol", SYMMORPHIC)
def test_symbols_and_orthogonality_in_any_orientation(symbol):
    for number in SYMMORPHIC[symbol]:
        for turn in (np.eye(3), random_turn(number)):
            rotations = turn @ cartesian(number) @ turn.T
            group = point_group(rotations)
            assert group.schoenflies == symbol
            assert np.allclose(group.frame @ group.frame.T, np.eye(3))
            assert np.linalg.det(group.frame) > 0
            table = np.array([i.characters for i in group.irreps])
            norms = [2.0 if i.joined else 1.0 for i in group.irreps]
            assert np.allclose(table @ table.T / len(rotations), np.diag(norms))
            assert sum(i.dim**2 / n for i, n in zip(group.irreps, norms, strict=True)) == len(rotations)


def test_matrices_are_representations():
    rng = np.random.default_rng(0)
    for number in (123, 164, 191, 215, 221):
        group = point_group(random_turn(1) @ cartesian(number) @ random_turn(1).T)
        for _ in range(20):
            a, b = rng.integers(len(group.rotations), size=2)
            product = group.rotations[a] @ group.rotations[b]
            c = int(np.abs(group.rotations - product).max(axis=(1, 2)).argmin())
            for irrep in group.irreps:
                assert np.allclose(irrep.matrices[a] @ irrep.matrices[b], irrep.matrices[c])


Z, X, D = [0, 0, 1], [1, 0, 0], [1, 1, 0]
PI = np.pi
CLASSES = {
    "D4h": [np.eye(3), about(Z, PI / 2), about(Z, PI), about(X, PI), about(D, PI), -np.eye(3)],
    "D6h": [np.eye(3), about(Z, PI / 3), about(Z, 2 * PI / 3), about(Z, PI), about(X, PI), -np.eye(3)],
    "D3h": [
        np.eye(3),
        about(Z, 2 * PI / 3),
        about(X, PI),
        -about(Z, PI),
        -about(Z, PI / 3),
        -about([0, 1, 0], PI),
    ],
    "Td": [np.eye(3), about([1, 1, 1], 2 * PI / 3), about(Z, PI), -about(Z, PI / 2), -about(D, PI)],
    "Oh": [np.eye(3), about([1, 1, 1], 2 * PI / 3), about(D, PI), about(Z, PI / 2), about(Z, PI), -np.eye(3)],
    "C4v": [np.eye(3), about(Z, PI / 2), about(Z, PI), -about(X, PI), -about(D, PI)],
    "D2d": [np.eye(3), -about(Z, PI / 2), about(Z, PI), about(X, PI), -about(D, PI)],
    "D2h": [np.eye(3), about(Z, PI), about([0, 1, 0], PI), about(X, PI), -np.eye(3)],
}
TEXTBOOK = {  # P. W. Atkins, M. S. Child, C. S. G. Phillips, Tables for Group Theory (Oxford, 1970)
    "D4h": {  # E, 2C4, C2, 2C2', 2C2'', i
        "A1g": (1, 1, 1, 1, 1, 1),
        "A2g": (1, 1, 1, -1, -1, 1),
        "B1g": (1, -1, 1, 1, -1, 1),
        "B2g": (1, -1, 1, -1, 1, 1),
        "Eg": (2, 0, -2, 0, 0, 2),
        "A1u": (1, 1, 1, 1, 1, -1),
        "A2u": (1, 1, 1, -1, -1, -1),
        "B1u": (1, -1, 1, 1, -1, -1),
        "B2u": (1, -1, 1, -1, 1, -1),
        "Eu": (2, 0, -2, 0, 0, -2),
    },
    "D6h": {  # E, 2C6, 2C3, C2, 3C2', i
        "A1g": (1, 1, 1, 1, 1, 1),
        "A2g": (1, 1, 1, 1, -1, 1),
        "B1g": (1, -1, 1, -1, 1, 1),
        "B2g": (1, -1, 1, -1, -1, 1),
        "E1g": (2, 1, -1, -2, 0, 2),
        "E2g": (2, -1, -1, 2, 0, 2),
        "B1u": (1, -1, 1, -1, 1, -1),
        "B2u": (1, -1, 1, -1, -1, -1),
        "E2u": (2, -1, -1, 2, 0, -2),
    },
    "D3h": {  # E, 2C3, 3C2, sigma_h, 2S3, 3 sigma_v
        "A1'": (1, 1, 1, 1, 1, 1),
        "A2'": (1, 1, -1, 1, 1, -1),
        "E'": (2, -1, 0, 2, -1, 0),
        "A1''": (1, 1, 1, -1, -1, -1),
        "A2''": (1, 1, -1, -1, -1, 1),
        "E''": (2, -1, 0, -2, 1, 0),
    },
    "Td": {  # E, 8C3, 3C2, 6S4, 6 sigma_d
        "A1": (1, 1, 1, 1, 1),
        "A2": (1, 1, 1, -1, -1),
        "E": (2, -1, 2, 0, 0),
        "T1": (3, 0, -1, 1, -1),
        "T2": (3, 0, -1, -1, 1),
    },
    "Oh": {  # E, 8C3, 6C2, 6C4, 3C2, i
        "A1g": (1, 1, 1, 1, 1, 1),
        "A2g": (1, 1, -1, -1, 1, 1),
        "Eg": (2, -1, 0, 0, 2, 2),
        "T1g": (3, 0, -1, 1, -1, 3),
        "T2g": (3, 0, 1, -1, -1, 3),
        "A2u": (1, 1, -1, -1, 1, -1),
        "T1u": (3, 0, -1, 1, -1, -3),
        "T2u": (3, 0, 1, -1, -1, -3),
    },
    "C4v": {  # E, 2C4, C2, 2 sigma_v, 2 sigma_d
        "A1": (1, 1, 1, 1, 1),
        "A2": (1, 1, 1, -1, -1),
        "B1": (1, -1, 1, 1, -1),
        "B2": (1, -1, 1, -1, 1),
        "E": (2, 0, -2, 0, 0),
    },
    "D2d": {  # E, 2S4, C2, 2C2', 2 sigma_d
        "A1": (1, 1, 1, 1, 1),
        "A2": (1, 1, 1, -1, -1),
        "B1": (1, -1, 1, 1, -1),
        "B2": (1, -1, 1, -1, 1),
        "E": (2, 0, -2, 0, 0),
    },
    "D2h": {  # E, C2(z), C2(y), C2(x), i
        "B1g": (1, 1, -1, -1, 1),
        "B2g": (1, -1, 1, -1, 1),
        "B3g": (1, -1, -1, 1, 1),
        "Au": (1, 1, 1, 1, -1),
        "B1u": (1, 1, -1, -1, -1),
        "B3u": (1, -1, -1, 1, -1),
    },
}


@pytest.mark.parametrize("symbol", TEXTBOOK)
def test_characters_are_those_of_the_textbook(symbol):
    for seed in (0, 1):
        turn = random_turn(seed) if seed else np.eye(3)
        group = point_group(turn @ cartesian(SYMMORPHIC[symbol][0]) @ turn.T)
        for label, expected in TEXTBOOK[symbol].items():
            found = [character(group, label, g) for g in CLASSES[symbol]]
            assert np.allclose(found, expected), label


SQUARE = np.array([[1.0, 1, 0], [1, -1, 0], [-1, -1, 0], [-1, 1, 0]])


def amplitude(group, displacements: np.ndarray, positions: np.ndarray) -> dict[str, float]:
    """Length of a displacement field in every irrep, by projection."""
    found = {}
    for irrep in group.irreps:
        part = np.zeros_like(displacements)
        for r, chi in zip(group.rotations, irrep.characters, strict=True):
            moved = positions @ r.T
            target = np.linalg.norm(moved[:, None] - positions[None], axis=2).argmin(axis=1)
            image = np.zeros_like(displacements)
            image[target] = displacements @ r.T
            part += chi * image
        found[irrep.label] = float(np.linalg.norm(part))
    return {label: v for label, v in found.items() if v > 1e-9}


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("edges", [True, False])
def test_square_to_rectangle_and_rhombus(seed, edges):
    """B1g to a rectangle, B2g to a rhombus (Smidt, Geiger & Miller 2021), however the square is turned."""
    turn = np.eye(3) if seed == 0 else random_turn(seed)
    atoms = SQUARE @ turn.T
    rotations = turn @ cartesian(123) @ turn.T
    group = point_group(rotations, atoms)
    stretch = np.diag([0.1, -0.1, 0]) if edges else 0.1 * np.array([[0, 1, 0], [1, 0, 0], [0, 0, 0]])
    field = SQUARE @ stretch @ turn.T
    assert list(amplitude(group, field, atoms)) == ["B1g" if edges else "B2g"]
    if seed:
        assert "bond mid-points" in group.note


def test_square_on_its_corners_keeps_the_axes_of_the_file():
    """x, y along the file's axes where these are two-fold: a rectangle is then B2g."""
    turn = about(Z, PI / 4)
    group = point_group(cartesian(123), SQUARE @ turn.T)
    assert np.allclose(group.frame, np.eye(3))
    field = SQUARE @ np.diag([0.1, -0.1, 0]) @ turn.T
    assert list(amplitude(group, field, SQUARE @ turn.T)) == ["B2g"]


def test_natural_bases():
    group = point_group(cartesian(221))
    doublet = next(i for i in group.irreps if i.label == "Eg")
    assert doublet.functions == ("2z2-x2-y2", "r3(x2-y2)")
    vector = next(i for i in group.irreps if i.label == "T1u")
    assert vector.functions == ("x", "y", "z")
    assert np.allclose(vector.matrices, group.rotations)
    axial = next(i for i in group.irreps if i.label == "T1g")
    parity = np.linalg.det(group.rotations)
    assert np.allclose(axial.matrices, parity[:, None, None] * group.rotations)


def test_planar_d2h_molecule_has_z_normal_to_its_plane():
    rectangle = SQUARE * [1.5, 1.0, 1.0]
    turn = random_turn(3)
    group = point_group(turn @ cartesian(47) @ turn.T, rectangle @ turn.T)
    assert abs(group.frame[2] @ turn[:, 2]) > 0.999
    assert "normal to the plane" in group.note


def test_triangle_bends_out_of_plane_with_a2():
    """NH3 inversion, D3h to C3v: A2'' (shared table T6)."""
    angles = 2 * PI * np.arange(3) / 3
    atoms = np.array([*np.column_stack([np.cos(angles), np.sin(angles), 0 * angles]), [0, 0, 0]])
    group = point_group(cartesian(189), atoms)
    assert group.schoenflies == "D3h"
    field = np.array([[0, 0, 1.0]] * 3 + [[0, 0, -3.0]])
    assert list(amplitude(group, field, atoms)) == ["A2''"]


@pytest.mark.parametrize(
    ("matrix", "kind", "axis"),
    [
        (np.eye(3), "E", None),
        (-np.eye(3), "i", None),
        (np.diag([1, 1, -1]), "m", Z),
        (about(Z, PI / 2), "C4", Z),
        (-about(Z, PI / 2), "S4", Z),
        (about([1, 1, 1], 2 * PI / 3), "C3", np.ones(3) / np.sqrt(3)),
        (-about(Z, PI / 3), "S3", Z),
        (-about(Z, 2 * PI / 3), "S6", Z),
        (about([0, 0, 1], 2 * PI / 5), "C5", Z),
        (-about([0, 0, 1], 2 * PI / 5), "S10", Z),
        (about([-1, 0, 0], PI), "C2", X),
    ],
)
def test_operation_names(matrix, kind, axis):
    found_kind, found_axis = classify_operation(matrix)
    assert found_kind == kind
    assert (found_axis is None) if axis is None else np.allclose(found_axis, axis)


def test_lost_operations_of_the_square():
    """2 C4, 2 C2, 2 S4 and 2 mirrors are lost to the rectangle (Smidt, Geiger & Miller 2021)."""
    kept = {r.tobytes() for r in np.rint(cartesian(47)).astype(int)}
    lost = [r for r in np.rint(cartesian(123)).astype(int) if r.tobytes() not in kept]
    names = sorted(classify_operation(r).kind for r in lost)
    assert names == ["C2", "C2", "C4", "C4", "S4", "S4", "m", "m"]


def test_groups_without_labels_are_refused():
    fivefold = np.array([about(Z, 2 * PI * n / 5) for n in range(5)])
    with pytest.raises(InputError, match="no crystallographic one"):
        schoenflies_symbol(fivefold)
    with pytest.raises(InputError, match="linear molecule"):
        point_group(cartesian(123), np.array([[0, 0, -1.0], [0, 0, 1.0], [0, 0, 0]]))
    with pytest.raises(InputError, match="orthogonal"):
        classify_operation(np.diag([1.0, 2.0, 1.0]))
