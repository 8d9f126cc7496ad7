"""Gaussian processes beside the joint network, error bars from left-out formulas, and the tilt over all classes."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from curiebreak.family.cell import CommonCell
from curiebreak.family.classifier import log_loss, train_classifier
from curiebreak.family.error_bars import error_weights, with_bars
from curiebreak.family.gaussian_process import GaussianProcess, Kernel, Kernels, Parts, train_process
from curiebreak.family.predicting import find_model
from curiebreak.family.processes import train_processes
from curiebreak.structures import read_structure
from curiebreak.symmetry.parent import parent_crystal

rng = np.random.default_rng(5)
POINTS = rng.normal(size=(60, 6)) * 6.0
ANSWERS = np.stack([np.sin(POINTS[:, 0] / 8.0), POINTS[:, 1] / 5.0], axis=1)


def plain(features: int) -> Kernel:
    """One part with all features."""
    return Kernel(((1.0, 16.0, np.arange(features)),), features)


def trained(noise: float = 1e-8, **named: object) -> GaussianProcess:
    return train_process(plain(6), np.arange(60), POINTS, ANSWERS, noise, **named)  # type: ignore[arg-type]


def test_without_noise_a_process_goes_through_its_points() -> None:
    """Rasmussen and Williams, section 2.2: mean equal to the data, deviation 0 there and that of the prior far away."""
    process = trained()
    assert np.abs(process(POINTS) - ANSWERS).max() < 1e-5
    assert process.deviation(POINTS).max() < 1e-2
    far = POINTS[:2] + 1e4
    assert process.deviation(far) == pytest.approx([1.0, 1.0], abs=1e-6)
    assert np.abs(process(far) - ANSWERS.mean(axis=0)).max() < 1e-6


def test_a_small_class_learns_from_the_others() -> None:
    """Two classes with the same dependence: three members of the second are enough when classes are correlated."""
    x = rng.normal(size=(80, 4)) * 6.0
    y = (np.sin(x[:, 0] / 6.0) + x[:, 1] / 12.0)[:, None]
    kinds = np.repeat([0, 1], [60, 20])
    known = np.r_[0:63]
    errors = {}
    for shared in (0.95, 0.0):
        process = train_process(
            plain(4), known, x[known], y[known], 1e-3, kinds=kinds[known], n_kinds=2, shared=shared, unit=1.0
        )
        errors[shared] = float(np.abs(process(x[63:], 1) - y[63:]).mean())
    assert errors[0.95] < 0.5 * errors[0.0]


def test_a_trend_is_followed_beyond_the_points() -> None:
    inputs = np.stack([np.ones(60), POINTS[:, 1]], axis=1)
    process = trained(1e-3, inputs=inputs)
    far = POINTS[:3] + 1e4
    found = process(far, 0, np.array([[1.0, 10.0]] * 3))
    assert found[:, 1] == pytest.approx([2.0] * 3, abs=1e-2)


def test_processes_survive_their_file() -> None:
    process = dataclasses.replace(trained(0.01), kernel=plain(4))
    points = POINTS.astype(np.float32).astype(np.float64)
    same = dataclasses.replace(process, points=points)
    again = GaussianProcess.from_arrays(same.arrays("p", 4), "p", points[:, :4], plain(4))
    assert np.abs(again(points[:5]) - same(points[:5])).max() < 1e-12


def test_bars_cover_nine_tenths_of_new_members() -> None:
    """Exchangeable members: bars from one half cover 90 % of the other, and are wider where the spread is."""
    model = find_model(None)
    draw = np.random.default_rng(0)
    place = next(i for i, c in enumerate(model.classes) if c.primary == ("M3+", "R4+"))
    spread = np.concatenate([np.ones((800, 1)), draw.uniform(0, 0.1, (800, 4))], axis=1)
    true_scale = 0.01 + spread[:, 1]
    error = draw.normal(size=800) * true_scale
    judged = {
        "edge_found": np.full(800, 4.0),
        "eta": [np.array([4 * e, 0.0]) for e in error],
        "eta_true": [np.zeros(2)] * 800,
        "tilt": 80 * error,
        "tilt_true": np.zeros(800),
        "spread": spread,
        "place": np.full(800, place),
    }
    barred = with_bars(model, {n: v[:400] for n, v in judged.items()})
    half = spread[400:] @ barred.error_weights * barred.classes[place].bars[-1]
    covered = (np.abs(80 * error[400:]) <= half).mean()
    assert 0.86 < covered < 0.94
    assert np.corrcoef(half, true_scale[400:])[0, 1] > 0.9


def test_weights_of_spreads_are_never_negative() -> None:
    draw = np.random.default_rng(1)
    spread = np.concatenate([np.ones((50, 1)), draw.uniform(size=(50, 2))], axis=1)
    weights = error_weights(spread, np.maximum(0.5 - 0.4 * spread[:, 1], 0))
    assert (weights >= 0).all() and weights[0] > 0


def test_powers_of_lengths_are_learned_and_none_falls_below_its_class() -> None:
    """A square linear in one feature (Landau) is met between the points; beyond them the least length stands."""
    from types import SimpleNamespace

    x = np.linspace(-2.0, 2.0, 41)[:, None]
    length = np.sqrt(0.02 + 0.005 * (x[:, 0] + 2.0))
    taught = SimpleNamespace(eta=length[:, None], secondaries=np.zeros((41, 3)), strain=np.zeros((41, 5)))
    ones, span = np.ones(41), np.zeros((3, 0))
    made = train_processes(Kernels(plain(1), plain(1), plain(1)), x, 0 * ones, ones, [np.arange(41)], [taught], [span])
    asked = np.array([[0.03], [-2.0], [-9.0]])
    found, deviation = made.amplitudes(0, asked) or (np.zeros(0), np.zeros(0))
    assert found[0, 0] == pytest.approx(np.sqrt(0.02 + 0.005 * 2.03), abs=2e-3)
    assert found[:, 0].min() >= length.min()
    assert deviation[0] < deviation[2]


def test_the_tilt_over_all_classes_lies_within_them() -> None:
    """Between the least and the largest of the classes; BaZrO3 within a bar (3.3 deg) of the 2.4 deg of its entry."""
    model = find_model(None)
    described = [
        model.described(tuple(dict(B=b, A=a, X=x)[n] for n in model.cell.site_names))
        for b, a, x in (("Fe", "La", "O"), ("Ti", "Ca", "O"), ("Zr", "Ba", "O"))
    ]
    overall = model.overall_tilts(described)
    assert overall is not None
    la, ca, ba = overall
    assert 14 < la < 24 and 14 < ca < 22 and abs(ba - 2.4) < 3.3


def test_no_tilt_without_octahedra(structures: Path) -> None:
    """The cubes of fluorite tilt by no angle: not by one that is no number either."""
    model = find_model(None)
    fluorite = parent_crystal(read_structure(structures / "zro2_cubic.cif"))
    cubes = dataclasses.replace(model, cell=CommonCell.of(fluorite, model.cell.repeats))
    species = tuple({"B": "Fe", "A": "La", "X": "O"}[name] for name in model.cell.site_names)
    assert cubes.overall_tilts([model.described(species)]) is None


def test_a_kernel_is_a_sum_over_everything_each_cation_and_the_sizes() -> None:
    """Weights add up to one; a feature of B changes what B and everything see, an order parameter all parts."""
    names = ("B.X", "B.size", "A.X", "A-X.misfit", "A-X.misfit_valence", "X.X")
    kernel = Kernel.of(names, ("B", "A", "X"), (False, False, True), (6, 12, 2))
    assert sum(weight for weight, *_ in kernel.parts) == pytest.approx(1.0)
    held = sorted(tuple(columns) for *_, columns in kernel.parts)
    assert held == [(0, 1), (0, 1, 2, 3, 4, 5), (1, 3, 4), (2, 3, 4)]
    here, far = np.zeros((1, 6)), np.zeros((1, 6))
    far[0, 0] = 1e3
    assert kernel(here, here)[0, 0] == pytest.approx(1.0)
    assert kernel(here, far)[0, 0] == pytest.approx(0.4, abs=1e-6)  # A and the sizes see no difference
    apart = [np.array([[*np.zeros(6), order]]) for order in (0.0, 1e3)]
    assert dataclasses.replace(kernel, order=1)(apart[0], apart[1])[0, 0] < 1e-6


def test_a_kernel_shares_by_neighbours_and_is_linear_in_sizes_and_in_products() -> None:
    """Twelve neighbours weigh four times six when squared; far from everything only the linear terms are left."""
    names = ("B.X", "B.size", "A.X", "A-X.misfit")
    chosen = Parts(neighbours=2, slope=0.1, products=0.5)
    kernel = dataclasses.replace(Kernel.of(names, ("B", "A", "X"), (False, False, True), (6, 12, 2), chosen), order=1)
    weight = {tuple(columns): w for w, _, columns in kernel.parts}
    assert weight[2, 3] == pytest.approx(4 * weight[0, 1])
    draw = np.random.default_rng(2)
    x = draw.normal(size=(5, 7))  # four features, an order parameter, two products
    assert np.diag(kernel(x, x)) == pytest.approx(kernel.variance(x))
    far = x + np.array([1e5, 0, 1e5, 0, 1e5, 0, 0])
    far[:, [1, 3]] *= 1e5
    linear = 0.1 * (x[:, [1, 3]] @ far[:, [1, 3]].T) / 2
    assert np.abs(kernel(x, far) - linear).max() < 1e-6 * np.abs(linear).max()
    near = x + np.array([0, 0, 0, 0, 1e5, 0, 0])  # the same compositions in another state: the products tell of it
    products = 0.5 * (x[:, 5:] ** 2).sum(axis=1) + 0.1 * (x[:, [1, 3]] ** 2).sum(axis=1) / 2
    assert np.diag(kernel(x, near)) == pytest.approx(products, abs=1e-6)


def test_the_mean_of_a_small_class_is_drawn_to_its_kin() -> None:
    """Five members of mean 2, sixty of mean 1, the mean of both counted as five: 1.75; without kin no change."""
    kinds = np.repeat([0, 1, 2], [60, 5, 5])
    y = np.array([1.0, 2.0, 9.0])[kinds][:, None] + 1e-3 * np.random.default_rng(3).normal(size=(70, 1))
    x = np.random.default_rng(4).normal(size=(70, 4))
    kin = np.array([[1.0, 0.9, 0.0], [0.9, 1.0, 0.0], [0.0, 0.0, 1.0]])
    made = train_process(plain(4), np.arange(70), x, y, 0.01, kinds=kinds, n_kinds=3, shared=kin, pooled=5.0)
    assert made.trend[1, 0, 0] == pytest.approx(1.75, abs=5e-3) and made.trend[2, 0, 0] == pytest.approx(9.0, abs=5e-3)


def test_relatives_tell_of_a_class_without_being_of_it() -> None:
    """A relative moves the answer at its place less than a member would; trend and scatter are those of the members."""
    x = np.array([[0.0], [40.0], [400.0]])
    y = np.array([[0.0], [0.0], [1.0]])
    found = []
    for relative in (False, True):
        loose = np.array([False, False, relative])
        process = train_process(plain(1), np.arange(3), x, y, 1e-6, relative=loose, unit=1.0, mean=np.zeros(1))
        found.append(float(process(x[2:])[0, 0]))
    assert found[0] == pytest.approx(1.0, abs=1e-3)
    assert found[1] == pytest.approx(0.9, abs=1e-3)


def test_a_classifier_learns_what_there_is_and_no_more() -> None:
    """Far from all points the shares of the classes; near them the right one; dealt out anew nothing at all."""
    draw = np.random.default_rng(3)
    x = draw.normal(size=(290, 3)) * 4.0
    label = (x[:, 0] > 1.0).astype(int)
    kernel, weight = Kernel(((1.0, 8.0, np.arange(3)),), 3), np.ones(90)
    learned = train_classifier(kernel, x[:90], label[:90], weight, 3)
    p = learned(x)
    assert np.abs(p.sum(axis=1) - 1.0).max() < 1e-12
    assert (p[90:].argmax(axis=1) == label[90:]).mean() > 0.85
    far = learned(np.full((1, 3), 1e5))[0]
    assert far[:2] == pytest.approx(np.bincount(label[:90], minlength=2) / 90, abs=0.02) and 0 < far[2] < 0.02
    dealt = train_classifier(kernel, x[:90], draw.permutation(label[:90]), weight, 3)
    chance = log_loss(np.tile(far, (200, 1)), label[90:])
    assert log_loss(p[90:], label[90:]) < 0.5 * chance < chance < log_loss(dealt(x[90:]), label[90:])


def test_tilts_are_kin_of_tilts_and_polar_shifts_of_polar_shifts() -> None:
    """Two kinds of tilt are kin through Pnma, which holds both; a polar shift beside a larger tilt is not."""
    from types import SimpleNamespace

    from curiebreak.family.relatives import kindred

    def one(primary: tuple[str, ...], *amplitudes: float) -> SimpleNamespace:
        return SimpleNamespace(primary=primary, amplitudes=np.array([amplitudes]), basis_irrep=np.arange(len(primary)))

    classes = [one(("M3+", "R4+"), 0.6, 0.8), one(("GM4-", "R4+"), 0.4, 0.8), one(("GM4-",), 0.3), one(("R4+",), 0.5)]
    classes += [one(("M3+",), 0.4), SimpleNamespace(primary=(), amplitudes=np.zeros((1, 0)), basis_irrep=[])]
    found = kindred(classes)  # type: ignore[arg-type]
    tilted = np.array([True, True, False, True, True, False])
    assert (found == (tilted[:, None] & tilted) | np.eye(6, dtype=bool)).all()


def test_a_polar_class_does_not_teach_tilts() -> None:
    """Lengths of two classes that are no kin: what the one says of a composition does not move the other."""
    x = rng.normal(size=(80, 4)) * 6.0
    kinds, known = np.repeat([0, 1], 40), np.arange(80)
    y = np.where(kinds == 0, np.sin(x[:, 0] / 6.0), rng.normal(size=80))[:, None]
    both = train_process(plain(4), known, x, y, 1e-3, kinds=kinds, n_kinds=2, shared=np.zeros((2, 2)), unit=1.0)
    alone = train_process(plain(4), known[:40], x[:40], y[:40], 1e-3, unit=1.0)
    assert np.abs(both(x, 0) - alone(x)).max() < 1e-9
