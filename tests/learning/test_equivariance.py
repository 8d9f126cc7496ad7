"""What an equivariant network can and cannot do, statement by statement.

Curie's principle: the symmetry of the causes is found in the effects, Sym(x) is part of Sym(f(x)). It holds for
any weights, so the networks here are not trained: their weights are random. Equations (6) and (8) are those
of Smidt, Geiger & Miller, Phys. Rev. Research 3, L012002 (2021).
"""

from __future__ import annotations

import functools

import numpy as np
import pytest
import torch
from curie import Matter, evaluate, lone_atom, matrices_of, molecule, oh, perovskite, random_rotation

from curiebreak.learning.graph import build_graph, choose_cutoff
from curiebreak.learning.network import Architecture


# -- the chain O(3) > Oh > Pm-3m > ... ---------------------------------------------------------------------
def test_a_lone_atom_has_the_symmetry_of_o3_and_so_gives_a_scalar_and_nothing_else() -> None:
    network = lone_atom()
    features = evaluate(network).features
    for kind in network.architecture.kinds:
        size = float(features[:, :, network.architecture.slots(kind)].abs().max())
        assert size > 1e-2 if kind == (0, 1) else size == 0.0


def test_the_centre_of_an_octahedron_knows_l_4_but_no_l_1_2_3() -> None:
    """Under Oh the first shape beyond the sphere is the cubic harmonic Y40 + sqrt(5/7) Y44."""
    corners = np.concatenate([np.eye(3), -np.eye(3)])
    octahedron = molecule(np.concatenate([np.zeros((1, 3)), 2 * corners]), np.array([0] + [1] * 6), oh())
    network = octahedron.network(lmax=4, channels=2, layers=2)
    centre = evaluate(network).features.numpy()[0]
    for kind in network.architecture.kinds:
        part = centre[:, network.architecture.slots(kind)]
        if kind == (0, 1):
            assert np.abs(part).max() > 1e-2
        elif kind == (4, 1):
            assert np.abs(part[:, 4]).min() > 1e-3
            assert np.allclose(part[:, 8], np.sqrt(5 / 7) * part[:, 4], atol=1e-12)  # m = 4 against m = 0
            assert np.abs(np.delete(part, [4, 8], axis=1)).max() < 1e-12
        else:
            assert np.abs(part).max() < 1e-12


@functools.cache
def crystal():  # type: ignore[no-untyped-def]
    """Cubic perovskite in a 2x2x2 cell, its network, and the 384 operations on features."""
    matter = perovskite()
    network = matter.network(channels=2)
    return matter, network, matrices_of(network.architecture, matter.rotations)


def test_without_input_the_perovskite_keeps_all_of_pm3m() -> None:
    matter, network, matrices = crystal()
    output = evaluate(network)
    assert len(matrices) == 384
    assert matter.symmetry(output.features.numpy(), matrices).all()
    assert float(output.vectors.abs().max()) < 1e-12, "no atom of the cubic perovskite can move"
    assert float(output.strain[1:].abs().max()) < 1e-12 < float(output.strain[0].abs()), "its strain is isotropic"


def pattern(name: str) -> np.ndarray:
    """Vectors on the B sites of the 2x2x2 cell, ``sum_k axis_k exp(2 pi i k.x)``, as (l=1, parity) features."""
    matter, network, _ = crystal()
    waves = {
        "GM4-": [(-1, (0, 0, 0), (0, 0, 1))],
        "GM4- (a,a,0)": [(-1, (0, 0, 0), (1, 1, 0))],
        "GM4- (a,a,a)": [(-1, (0, 0, 0), (1, 1, 1))],
        "M3+": [(1, (0.5, 0.5, 0), (0, 0, 1))],
        "R4+": [(1, (0.5, 0.5, 0.5), (0, 0, 1))],
        "R4+ (a,a,0)": [(1, (0.5, 0.5, 0.5), (1, 1, 0))],
        "M3+ and R4+": [(1, (0, 0.5, 0.5), (1, 0, 0)), (1, (0.5, 0.5, 0.5), (0, 1, 1))],
    }[name]
    points = matter.positions / 4.0
    field = np.zeros((len(points), network.architecture.width))
    for parity, k, axis in waves:
        wave = np.cos(2 * np.pi * points @ np.array(k)) * (matter.types == 1)
        field[:, network.architecture.slots((1, parity))] += wave[:, None] * np.array(axis)
    return field


@pytest.mark.parametrize(
    ("name", "subgroup", "index"),
    [
        ("GM4-", "P4mm", 6), ("GM4- (a,a,0)", "Amm2", 12), ("GM4- (a,a,a)", "R3m", 8),
        ("M3+", "P4/mbm", 6), ("R4+", "I4/mcm", 6), ("R4+ (a,a,0)", "Imma", 12), ("M3+ and R4+", "Pnma", 24),
    ],
)  # fmt: skip
def test_the_output_has_every_operation_of_the_input(name: str, subgroup: str, index: int) -> None:
    """Down the chain Pm-3m > subgroup (indices: Howard & Stokes, Acta Cryst. B54, 782 (1998)).

    Sym(x) is part of Sym(f(x)); with generic weights the two are equal: nothing more is lost, nothing gained.
    """
    matter, network, matrices = crystal()
    field = pattern(name)
    kept = matter.symmetry(field, matrices)
    assert kept.sum() == 384 / index
    output = evaluate(network, field)
    after = matter.symmetry(output.features.numpy(), matrices)
    assert not (kept & ~after).any(), f"the output lost operations of {subgroup}"
    assert np.array_equal(after, kept)
    vectors = matter.symmetry(output.vectors.numpy(), matter.rotations)
    assert not (kept & ~vectors).any()


def test_two_causes_have_the_symmetry_that_both_keep() -> None:
    """Sym(M3+ and R4+) on perpendicular axes is Sym(M3+) and Sym(R4+): Pnma, index 24."""
    matter, network, matrices = crystal()
    both = pattern("M3+ and R4+")
    axial = network.architecture.slots((1, 1))
    in_phase, antiphase = np.zeros_like(both), np.zeros_like(both)
    in_phase[:, axial] = both[:, axial] * [1, 0, 0]
    antiphase[:, axial] = both[:, axial] * [0, 1, 1]
    masks = [matter.symmetry(field, matrices) for field in (in_phase, antiphase, both)]
    assert [mask.sum() for mask in masks] == [64, 32, 16]
    assert np.array_equal(masks[0] & masks[1], masks[2])


# -- C-infinity-v ------------------------------------------------------------------------------------------
AXIS = np.array([1.0, 2.0, 2.0]) / 3.0


def about_axis(angles: np.ndarray) -> np.ndarray:
    """Rotations about `AXIS`, and mirrors that contain it."""
    cross = np.array([[0, -AXIS[2], AXIS[1]], [AXIS[2], 0, -AXIS[0]], [-AXIS[1], AXIS[0], 0]])
    turns = [np.eye(3) + np.sin(t) * cross + (1 - np.cos(t)) * cross @ cross for t in angles]
    normal = np.cross(AXIS, [0.0, 0.0, 1.0])
    mirror = np.eye(3) - 2 * np.outer(normal, normal) / (normal @ normal)
    return np.array(turns + [turn @ mirror for turn in turns])


def test_a_molecule_with_two_different_ends_has_a_dipole_along_its_axis_and_no_axial_vector() -> None:
    """C-infinity-v: turns by any angle and mirrors keep the output, so only m = 0 of 0e, 1o, 2e, ... survive."""
    operations = about_axis(np.random.default_rng(0).uniform(0, 2 * np.pi, 12))
    carbon_monoxide = molecule(np.outer([0.0, 1.13], AXIS), np.array([0, 1]), operations)
    network = carbon_monoxide.network(lmax=3)
    features = evaluate(network).features.numpy()
    matrices = matrices_of(network.architecture, operations)
    assert carbon_monoxide.symmetry(features, matrices).all()
    for degree, parity in network.architecture.kinds:
        part = features[:, :, network.architecture.slots((degree, parity))]
        norms = np.linalg.norm(part.reshape(-1, 2 * degree + 1), axis=1)
        natural = parity == (-1) ** degree
        assert norms.max() > 1e-3 if natural else norms.max() < 1e-12
    dipole = evaluate(network).vectors.numpy()
    assert np.abs(np.cross(dipole, AXIS)).max() < 1e-12 < 1e-3 < np.abs(dipole @ AXIS).min()


def test_a_vector_given_to_a_lone_atom_leaves_c_infinity_v_of_o3() -> None:
    network = lone_atom()
    field = np.zeros((1, network.architecture.width))
    field[:, network.architecture.slots((1, -1))] = AXIS
    rng = np.random.default_rng(1)
    rotations = np.concatenate([about_axis(rng.uniform(0, 6, 6)), [random_rotation(rng) for _ in range(6)]])
    atom = Matter(None, np.zeros((1, 3)), np.zeros(1, int), rotations, np.zeros((len(rotations), 1), int))
    features = evaluate(network, field).features.numpy()
    kept = atom.symmetry(features, matrices_of(network.architecture, rotations))
    assert kept[:12].all() and not kept[12:].any()


# -- equations (6) and (8) ---------------------------------------------------------------------------------
def two_fields() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Random features x and y with the symmetry of a tilt and of a polar displacement, and their symmetries."""
    matter, network, matrices = crystal()
    rng = np.random.default_rng(2)
    fields = []
    for name in ("R4+ (a,a,0)", "GM4-"):
        kept = matter.symmetry(pattern(name), matrices)
        random = rng.normal(size=(len(matter.positions), network.architecture.width))
        fields.append(matter.average(random, matrices, kept))
    x, y = fields
    return x, y, matter.symmetry(x, matrices), matter.symmetry(y, matrices)


def test_equation_6_what_x_and_y_have_in_common_keeps_every_mixture() -> None:
    """Sym(x) and Sym(y) together leave alpha x + beta y as it is."""
    matter, _, matrices = crystal()
    x, y, of_x, of_y = two_fields()
    common = of_x & of_y
    assert (of_x.sum(), of_y.sum(), common.sum()) == (32, 64, 16)  # Imma, P4mm, and Ima2 in both
    for alpha, beta in np.random.default_rng(3).normal(size=(20, 2)):
        mixture = alpha * x + beta * y
        change = np.abs(matter.moved(mixture, matrices) - mixture).max(axis=(1, 2))
        assert change[common].max() < 1e-10
        assert change[~common].min() > 1e-3


def test_equation_8_the_gradient_has_what_input_and_target_have_in_common() -> None:
    """dL/dx at input x for target y is kept by Sym(x) and Sym(y): training cannot leave that symmetry."""
    matter, network, matrices = crystal()
    x, y, of_x, of_y = two_fields()
    common = of_x & of_y
    target = torch.as_tensor(y[:, network.architecture.slots((1, -1))])
    leaf = torch.as_tensor(x).requires_grad_(True)
    output = network(network.architecture.initial_weights(3), leaf, torch.zeros(network.architecture.width))
    loss = ((output.vectors - target) ** 2).sum()
    (gradient,) = torch.autograd.grad(loss, leaf)
    slope = gradient.numpy() / float(gradient.abs().max())
    change = np.abs(matter.moved(slope, matrices) - slope).max(axis=(1, 2))
    assert change[common].max() < 1e-10
    assert change[~common].min() > 1e-6


def test_equation_8_at_zero_input_the_first_step_already_has_the_symmetry_of_the_target() -> None:
    """From no input (all of Pm-3m) the gradient has Sym(y): a forbidden component stays zero for ever."""
    matter, network, matrices = crystal()
    _, y, _, of_y = two_fields()
    target = torch.as_tensor(y[:, network.architecture.slots((1, -1))])
    leaf = torch.zeros_like(torch.as_tensor(y)).requires_grad_(True)
    output = network(network.architecture.initial_weights(3), leaf, torch.zeros(network.architecture.width))
    (gradient,) = torch.autograd.grad(((output.vectors - target) ** 2).sum(), leaf)
    slope = gradient.numpy() / float(gradient.abs().max())
    assert np.abs(matter.moved(slope, matrices)[of_y] - slope).max() < 1e-10
    axial = slope[matter.types == 1][:, network.architecture.slots((1, 1))]
    assert np.abs(axial).max() < 1e-10, "no axial vector on B: P4mm has mirrors through it"


# -- cells and orientations --------------------------------------------------------------------------------
def fluorite(cell: np.ndarray) -> tuple[Matter, np.ndarray]:
    """CaF2 in a given cell (rows in units of half the cube edge), and the primitive atom of each atom."""
    primitive = np.array([[0.0, 1, 1], [1, 0, 1], [1, 1, 0]])
    sites = np.array([[0.0, 0, 0], [0.5, 0.5, 0.5], [1.5, 1.5, 1.5]])
    grid = np.stack(np.meshgrid(*[np.arange(-6, 7)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    positions, atom = [], []
    for index, site in enumerate(sites):
        points = grid @ primitive + site
        fraction = points @ np.linalg.inv(cell)
        inside = points[np.all((fraction > -1e-9) & (fraction < 1 - 1e-9), axis=1)]
        positions.append(inside)
        atom += [index] * len(inside)
    n = len(atom)
    types = np.minimum(np.array(atom), 1)
    matter = Matter(cell * 2.73, np.concatenate(positions) * 2.73, types, np.eye(3)[None], np.arange(n)[None])
    return matter, np.array(atom)


PRIMITIVE = np.array([[0.0, 1, 1], [1, 0, 1], [1, 1, 0]])
CELLS = {
    "primitive": PRIMITIVE,
    "conventional": 2 * np.eye(3),
    "another primitive": np.array([[1, 1, 0], [0, 1, -1], [0, 0, 1]]) @ PRIMITIVE,
    "supercell": np.array([[2, 0, 0], [0, 1, 1], [0, -1, 2]]) @ PRIMITIVE,
}


def test_primitive_conventional_and_supercell_give_the_same_output() -> None:
    small, _ = fluorite(PRIMITIVE)
    cutoff, edges = choose_cutoff(small.problem, 3)
    shells = build_graph(small.problem, cutoff, edges).shells
    values = np.random.default_rng(4).normal(size=(3, Architecture(2, 3, 3, 4, 2, 1).width))
    found = {}
    for name, cell in CELLS.items():
        matter, atom = fluorite(cell)
        network = matter.network(graph=build_graph(matter.problem, cutoff, shells=shells))
        output = evaluate(network, values[atom])
        vectors = np.array([output.vectors.numpy()[atom == k] for k in range(3)], dtype=object)
        for k in range(3):
            assert np.abs(vectors[k] - vectors[k][0]).max() < 1e-10, "translates get the same output"
        found[name] = np.array([vectors[k][0] for k in range(3)], float), output.strain.numpy(), len(atom)
    assert [found[name][2] for name in CELLS] == [3, 12, 3, 18]
    for name in CELLS:
        assert np.abs(found[name][0] - found["primitive"][0]).max() < 1e-10
        assert np.abs(found[name][1] - found["primitive"][1]).max() < 1e-10
    assert np.abs(found["primitive"][0]).min() > 1e-4


@pytest.mark.parametrize("improper", [False, True])
def test_rotated_input_gives_rotated_output(improper: bool) -> None:
    """Turn crystal and input by the same operation of O(3): every output turns with them."""
    matter, network, _ = crystal()
    rng = np.random.default_rng(5)
    field = rng.normal(size=(len(matter.positions), network.architecture.width))
    rotation = random_rotation(rng) * (-1.0 if improper else 1.0)
    lattice, positions = matter.lattice @ rotation.T, matter.positions @ rotation.T
    turned = Matter(lattice, positions, matter.types, matter.rotations, matter.permutations)
    matrix = matrices_of(network.architecture, rotation[None])[0]
    before, after = evaluate(network, field), evaluate(turned.network(channels=2), field @ matrix.T)
    scale = float(before.features.abs().max())
    assert np.abs(after.vectors.numpy() - before.vectors.numpy() @ rotation.T).max() < 1e-10 * scale
    assert np.abs(after.features.numpy() - before.features.numpy() @ matrix.T).max() < 1e-10 * scale
