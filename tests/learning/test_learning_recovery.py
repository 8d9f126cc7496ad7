"""The whole learned side: floors, recovered inputs, what the path verifies, predictions."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from learning_problems import average, batio3, component_amplitudes, lamno3, square_and_rectangle, srtio3

from curiebreak.errors import UsageError
from curiebreak.learning.breaking import Carrier
from curiebreak.learning.election import Election
from curiebreak.learning.learner import Learner, LearningOptions, Recovery
from curiebreak.learning.path import CuriePath
from curiebreak.learning.training import Point, TrainingTrace
from curiebreak.learning.walk import Budget

#: Computed floors of case LaMnO3 (displacements averaged over Pnma), by independent group theory.
FLOOR_R4, FLOOR_M3, FLOOR_X5, FLOOR_M2 = 0.467, 0.693, 0.881, 0.959
R4, M3, X5, M2, R5 = 1.25554, 0.95635, 0.59606, 0.34776, 0.11026

ON_MN = tuple(Carrier("Mn", degree, parity) for degree in range(3) for parity in (1, -1))


def by_amplitude(learner: Learner) -> dict[float, int]:
    return {round(a, 5): c for c, a in component_amplitudes(learner).items()}


def members(learner: Learner, recovery: Recovery) -> list[float]:
    amplitudes = component_amplitudes(learner)
    return sorted((round(amplitudes.get(c, 0.0), 3) for c in recovery.components), reverse=True)


@pytest.fixture(scope="module")
def tilted() -> tuple[Learner, Recovery]:
    learner = Learner(lamno3())
    fit = learner.fit_without_input()
    assert fit.settled and fit.loss == pytest.approx(1.0, abs=1e-9)
    return learner, learner.recover()


def test_lamno3_needs_both_tilts_and_nothing_else(tilted: tuple[Learner, Recovery]) -> None:
    learner, recovery = tilted
    assert recovery.status == "converged"
    assert recovery.loss is not None and recovery.loss < 1e-6
    assert members(learner, recovery) == [1.256, 0.956]
    assert learner.compression_check() < 1e-8


def test_the_path_stops_at_the_floor_and_tries_each_member(tilted: tuple[Learner, Recovery]) -> None:
    """R4+ enters first and leaves the floor of R4+; M3+ completes it; without one the floor of the other is left."""
    learner, recovery = tilted
    amplitudes = component_amplitudes(learner)
    first, second = recovery.selection.events
    assert round(amplitudes[first.component], 5) == R4 and round(amplitudes[second.component], 5) == M3
    assert first.loss == pytest.approx(FLOOR_R4, abs=6e-4) and second.loss < 1e-6
    assert [(t.dropped, t.accepted) for t in recovery.trials] == [(one.component, False) for one in (second, first)]
    assert [t.loss for t in recovery.trials] == pytest.approx([FLOOR_R4, FLOOR_M3], abs=6e-4)


def test_the_last_to_enter_is_left_out_where_the_others_had_stopped_short(monkeypatch: pytest.MonkeyPatch) -> None:
    """R4+ and M3+ rest above their floor, as on a saddle; what enters then is redundant once they go on."""
    learner = Learner(lamno3(), LearningOptions(seeds=1))
    trained, stopped = CuriePath._trained, []

    def stopping(self, start, inputs, events, goal=None):  # type: ignore[no-untyped-def]
        if len(events) == 2 and goal is None and not stopped:
            stopped.append(events)
            goal = 0.05
        return trained(self, start, inputs, events, goal)

    monkeypatch.setattr(CuriePath, "_trained", stopping)
    recovery = learner.recover()
    assert [event.fate for event in recovery.selection.events] == ["kept", "kept", "passed over"]
    assert members(learner, recovery) == [1.256, 0.956] and not recovery.selection.pruned


def test_what_occurs_once_leaves_zero_at_its_share(tilted: tuple[Learner, Recovery]) -> None:
    """By Schur's lemma kappa of R4+ at the first event is As/|y|, and that of the runner-up M3+ too."""
    learner, recovery = tilted
    norm = float(np.linalg.norm(learner.problem.target))
    first = recovery.selection.events[0]
    assert first.strength == pytest.approx(R4 / norm, abs=1e-4)
    assert first.runner_up_strength == pytest.approx(M3 / norm, abs=1e-4)


def test_where_trained_weights_answer_nothing_those_without_input_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sites that the first member does not move may go dead in its training: no input would answer there any more."""
    learner = Learner(lamno3(), LearningOptions(seeds=1))
    bare = learner.fit_without_input().point
    asked, strengths = [], CuriePath.strengths

    def dead(self, point, weights=None):  # type: ignore[no-untyped-def]
        found, gradient = strengths(self, point, weights)
        own = weights is None or weights is point.weights
        asked.append(own)
        return ({c: 0.0 for c in found}, gradient) if own and self.walk.kept else (found, gradient)

    monkeypatch.setattr(CuriePath, "strengths", dead)
    recovery = learner.recover()
    assert bare is not None and False in asked
    assert members(learner, recovery) == [1.256, 0.956] and recovery.selection.events[1].strength > 0.1


def test_what_is_nearly_reached_is_trained_on_before_another_enters(monkeypatch: pytest.MonkeyPatch) -> None:
    learner = Learner(lamno3(), LearningOptions(seeds=1))
    trained, losses = CuriePath._trained, []

    def stopping(self, start, inputs, events, goal=None):  # type: ignore[no-untyped-def]
        point, outcome = trained(self, start, inputs, events, goal)
        if len(events) == 2 and goal is None:  # a little beside where training ended
            point = Point(point.weights, point.inputs * 1.01)
            outcome = replace(outcome, loss=learner.total(point))
        losses.append(outcome.loss)
        return point, outcome

    monkeypatch.setattr(CuriePath, "_trained", stopping)
    recovery = learner.recover()
    assert learner.trainer.tolerance < losses[1] < 1e-3
    assert len(recovery.selection.events) == 2 and recovery.selection.events[1].loss < 1e-6


def test_what_no_weights_can_reach_is_the_curie_floor(tilted: tuple[Learner, Recovery]) -> None:
    learner, recovery = tilted
    by = by_amplitude(learner)
    for amplitude, floor in ((R4, FLOOR_R4), (M3, FLOOR_M3)):
        kept = np.array([by[amplitude]])
        index = learner.space.select(kept)
        inputs = learner.zero()
        inputs[index] = learner.point.inputs[index]
        start = Point(learner.point.weights, learner.placement.strong(inputs))
        assert learner.trainer.floor_ahead(start, index) == pytest.approx(floor, abs=1e-3)
    assert learner.trainer.floor_ahead(Point(learner.point.weights, learner.point.inputs)) < 1e-9
    assert {t.accepted for t in recovery.trials} == {False}


def test_without_time_the_first_complete_set_stands(tilted: tuple[Learner, Recovery]) -> None:
    """Time bounds the choice, not the answer: where no event is passed over it is the same."""
    recovery = Learner(lamno3(), LearningOptions(seconds=0.0, seeds=1)).recover()
    assert recovery.status == "converged" and recovery.selection.members == tilted[1].selection.members


def test_snapshots_are_start_middle_and_end(tilted: tuple[Learner, Recovery]) -> None:
    _, recovery = tilted
    losses = [tilted[0].total(point) for _, point in recovery.trace.snapshots]
    assert [name for name, _ in recovery.trace.snapshots] == ["start", "middle", "end"]
    assert losses[0] > losses[1] > losses[2]


def test_what_follows_never_enters() -> None:
    """Trained with R4+ alone the residual asks for nothing that R4+ drives, whatever the seed."""
    for seed in range(3):
        learner = Learner(lamno3(), LearningOptions(seed=seed))
        walk = Election(learner, lambda *_: None)
        walk.run()
        run = walk.chosen
        path = CuriePath(
            run.trainer, learner.space, learner.placement, learner.objective.n_field, run.walk, TrainingTrace(),
            lambda *_: None, Budget(),
        )  # fmt: skip
        first = run.walk.events[0]
        start = Point(run.weights, learner.placement.strong(path._restricted(run.walk.point, [first])))
        point, _ = run.trainer.fit_surely(start, first.coordinates)
        strengths, _ = path.strengths(point)
        amplitudes = component_amplitudes(learner)
        driven = {round(amplitudes.get(c, 0.0), 5): value for c, value in strengths.items()}
        assert driven[M3] > 0.5 and driven[M2] > 0.1
        assert driven[R5] < 1e-3


def test_certificates_stand_on_the_curie_floors(tilted: tuple[Learner, Recovery]) -> None:
    learner, recovery = tilted
    ids = by_amplitude(learner)
    for amplitude, floor in ((R4, FLOOR_R4), (M3, FLOOR_M3)):
        fit = learner.train(components=(ids[amplitude],))
        assert fit.settled and fit.loss == pytest.approx(floor, abs=6e-4)
    for amplitude, floor in ((X5, FLOOR_X5), (M2, FLOOR_M2)):
        carrier, fields = next(iter(learner.fields(ids[amplitude]).items()))
        fit = learner.train(inputs={carrier: fields.sum(axis=2)})
        assert fit.settled and fit.loss == pytest.approx(floor, abs=6e-4)
    both = learner.train(components=recovery.components)
    assert both.loss is not None and both.loss < 1e-6


def test_another_minimal_set_trained_from_its_fields(tilted: tuple[Learner, Recovery]) -> None:
    """{R4+, X5+} generates Pnma as well (one of the eight minimal sets)."""
    learner, _ = tilted
    ids = by_amplitude(learner)
    inputs: dict[Carrier, np.ndarray] = {}
    for amplitude in (R4, X5):
        carrier, fields = next(iter(learner.fields(ids[amplitude]).items()))
        inputs[carrier] = inputs.get(carrier, 0.0) + fields.sum(axis=2)
    assert learner.train(inputs=inputs).total < 1e-6


def test_prediction_is_the_child_and_nothing_without_input(tilted: tuple[Learner, Recovery]) -> None:
    learner, recovery = tilted
    target = learner.problem.target
    assert target is not None
    predicted = learner.predict().displacements
    assert predicted is not None
    assert np.abs(predicted - target).max() < 1e-5
    zero = learner.predict({}).displacements
    assert zero is not None and np.abs(zero).max() < 1e-9


def test_all_domains_of_the_cell_from_one_sample(tilted: tuple[Learner, Recovery]) -> None:
    """The input turned by a parent operation gives the turned child, to 1e-9 (Curie's principle)."""
    from test_learning_optimizer import cell_operations

    from curiebreak.learning.harmonics import representation

    learner, recovery = tilted
    before = learner.predict(recovery.inputs).displacements
    assert before is not None
    for rotation, permutation in cell_operations(learner.problem)[:8]:
        turned = {}
        for carrier, field in recovery.inputs.items():
            matrix = representation(carrier.degree, carrier.parity, rotation[None])[0]
            turned[carrier] = np.zeros_like(field)
            turned[carrier][permutation] = field @ matrix.T
        after = learner.predict(turned).displacements
        expected = np.zeros_like(before)
        expected[permutation] = before @ rotation.T
        assert after is not None and np.abs(after - expected).max() < 1e-9


def test_inputs_on_b_sites_are_pseudovectors_of_equal_length() -> None:
    """Smidt, Geiger & Miller: 1e on every B site, equal lengths, the pattern of M3+ and R4+."""
    for seed in (0, 1):
        learner = Learner(lamno3(), LearningOptions(carriers=ON_MN, seed=seed))
        recovery = learner.recover()
        assert recovery.status == "converged"
        assert members(learner, recovery) == [1.256, 0.956]
        assert {m.carrier.name for m in recovery.members} == {"Mn:1e"}
        on_mn = learner.problem.types == learner.problem.type_names.index("Mn")
        for member in recovery.members:
            lengths = np.linalg.norm(member.field[on_mn], axis=1)
            assert np.ptp(lengths) < 1e-6 * lengths.max()


def test_strained_child_gives_the_same_set() -> None:
    learner = Learner(lamno3(True), LearningOptions(seed=1))
    fit = learner.fit_without_input()
    assert fit.loss_strain is not None and 0.99 < fit.loss_strain < 1.0
    recovery = learner.recover()
    assert recovery.status == "converged"
    assert members(learner, recovery) == [1.256, 0.956]
    assert recovery.loss_strain is not None and recovery.loss_strain < 1e-6
    strain = learner.predict().strain
    assert strain is not None and learner.problem.target_strain is not None
    assert np.abs(strain - learner.problem.target_strain).max() < 1e-5


def test_one_irrep_children() -> None:
    for problem in (srtio3(), batio3()):
        learner = Learner(problem)
        recovery = learner.recover()
        assert recovery.status == "converged"
        assert len(recovery.members) == 1
        assert members(learner, recovery) == [round(float(np.linalg.norm(problem.target)), 3)]


# -- the square ------------------------------------------------------------------------------------------
def in_plane_xz(problem):  # type: ignore[no-untyped-def]
    """Turn z onto y, e3nn's polar axis, so that its components are those of the usual convention."""
    import dataclasses

    turn = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
    return dataclasses.replace(
        problem,
        positions=problem.positions @ turn.T,
        parent_rotations=turn @ problem.parent_rotations @ turn.T,
        child_rotations=turn @ problem.child_rotations @ turn.T,
        target=problem.target @ turn.T,
    )


def global_carriers(lmax: int) -> tuple[Carrier, ...]:
    return tuple(Carrier("global", degree, parity) for degree in range(1, lmax + 1) for parity in (1, -1))


def large(recovery: Recovery) -> tuple[set[tuple[str, int]], float]:
    """Components (carrier, m) above 1e-6 of the largest, and the largest of the others."""
    values = {
        (carrier.name, m - carrier.degree): abs(float(x))
        for carrier, field in recovery.inputs.items()
        for m, x in enumerate(field)
    }
    top = max(values.values())
    found = {key for key, x in values.items() if x > 1e-6 * top}
    return found, max((x / top for key, x in values.items() if key not in found), default=0.0)


PAPER = {("global:2e", 2), ("global:3e", -2), ("global:4e", 2), ("global:5e", -2)}


@pytest.mark.parametrize("compression", [True, False])
def test_degenerate_square_keeps_the_four_of_the_paper(compression: bool) -> None:
    """2e(m=2), 3e(m=-2), 4e(m=2), 5e(m=-2) and nothing else (Smidt, Geiger & Miller 2021)."""
    options = LearningOptions(
        carriers=global_carriers(5), lmax_input=5, degenerate=True, compression=compression, layers=2
    )
    learner = Learner(in_plane_xz(square_and_rectangle()), options)
    recovery = learner.recover()
    found, rest = large(recovery)
    assert recovery.status == "converged"
    assert found == PAPER
    assert rest < 1e-8


@pytest.mark.parametrize("lmax", [2, 5])
def test_square_keeps_2e_alone_with_a_price_on_l(lmax: int) -> None:
    for seed in (0, 1):
        options = LearningOptions(carriers=global_carriers(lmax), lmax_input=lmax, seed=seed)
        recovery = Learner(in_plane_xz(square_and_rectangle()), options).recover()
        found, rest = large(recovery)
        assert found == {("global:2e", 2)}
        assert rest < 1e-8


def test_square_cannot_become_a_rectangle_but_the_reverse_is_learned() -> None:
    assert Learner(square_and_rectangle()).fit_without_input().loss == pytest.approx(1.0, abs=1e-9)
    back = Learner(square_and_rectangle(False))
    fit = back.fit_without_input()
    assert fit.loss is not None and fit.loss < 1e-6
    recovery = back.recover()
    assert recovery.status == "converged" and recovery.members == ()


# -- statuses and options --------------------------------------------------------------------------------
def test_carriers_that_cannot_are_not_converged() -> None:
    """Scalars on Mn form no R4+ or M3+: the loss stays where it was."""
    recovery = Learner(lamno3(), LearningOptions(carriers=(Carrier("Mn", 0, 1),))).recover()
    assert recovery.status == "not_converged"
    assert recovery.loss == pytest.approx(1.0, abs=1e-6)


def test_interrupting_leaves_a_partial_result() -> None:
    def stop(phase: str, fraction: float, message: str) -> None:
        if phase == "inputs":
            raise KeyboardInterrupt

    recovery = Learner(lamno3()).recover(stop)
    assert recovery.status == "interrupted"
    assert recovery.trace.steps
    assert recovery.loss is not None


def test_same_seed_same_result() -> None:
    results = []
    for _ in range(2):
        learner = Learner(srtio3(), LearningOptions(seed=3))
        results.append((learner.recover(), learner.predict().displacements))
    assert results[0][0].loss == results[1][0].loss
    assert np.array_equal(results[0][1], results[1][1])


def test_trace_records_every_step_and_event() -> None:
    recovery = Learner(srtio3()).recover()
    rounds = [step for step in recovery.trace.steps if step["phase"] == "inputs"]
    assert rounds and all(len(step["blocks"]) == len(rounds[0]["blocks"]) for step in rounds)
    assert [event.component for _, event in recovery.trace.marks] == list(recovery.components)
    assert {name for name, _ in recovery.trace.snapshots} >= {"start", "end"}


def test_train_needs_one_kind_of_input() -> None:
    learner = Learner(srtio3())
    with pytest.raises(UsageError):
        learner.train()
    with pytest.raises(UsageError, match="recover"):
        learner.train(components=(0,))


def test_enlarged_network_still_finds_the_set() -> None:
    learner = Learner(srtio3())
    before = learner.architecture.n_weights
    learner.enlarge()
    assert learner.architecture.n_weights > before
    assert learner.recover().status == "converged"


def test_where_a_larger_network_would_do_no_further_input_enters() -> None:
    """One layer leaves 4 % with both tilts, which symmetry does not ask for: two more irreps would take it up."""
    learner = Learner(lamno3(), LearningOptions(seeds=1, layers=1))
    learner.fit_without_input()
    stopped = learner.recover(growing=True)
    assert stopped.outgrown and stopped.status == "not_converged" and stopped.loss > 1e-2
    assert members(learner, stopped) == [1.256, 0.956]
    larger = learner.larger()
    larger.fit_without_input()
    recovery = larger.recover(growing=True)
    assert recovery.status == "converged" and not recovery.outgrown
    assert members(larger, recovery) == [1.256, 0.956]


def test_targets_of_the_test_problems_are_averages() -> None:
    for problem, make in product((lamno3(), srtio3(), batio3()), (average,)):
        again = make(problem.target, problem.child_rotations, problem.child_permutations)
        assert np.abs(again - problem.target).max() < 1e-12


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_ten_seeds_one_answer(seed: int) -> None:
    for problem, expected in ((lamno3(True), [1.256, 0.956]), (srtio3(), [0.141])):
        learner = Learner(problem, LearningOptions(seed=seed))
        recovery = learner.recover()
        assert recovery.status == "converged"
        assert members(learner, recovery) == expected
