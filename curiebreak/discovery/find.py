"""``find``: mapping, exact analysis, training, certificates, cross-check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from curiebreak.discovery.answer import finding
from curiebreak.discovery.certificates import certificate
from curiebreak.discovery.clock import Clock, Progress, silent
from curiebreak.discovery.identical import identical_finding
from curiebreak.discovery.problem import allowed_carriers, learning_problem, parse_sites
from curiebreak.discovery.projection import InputPart, project_input, stabiliser
from curiebreak.learning.learner import Fit, Learner, Options, Recovery
from curiebreak.mapping import map_child
from curiebreak.modes.analysis import Analysis, analyse
from curiebreak.results import Certificate, Finding
from curiebreak.structures import read_structure
from curiebreak.symmetry.isotropy import MinimalSet
from curiebreak.symmetry.parent import parent_crystal

RAW_TOLERANCE = 1e-6
"""Å; with a raw target nothing is averaged away."""

_MAX_STEPS = 120
_MAX_ENLARGEMENTS = 2
_MAX_ALTERNATIVES = 12


@dataclass(frozen=True, eq=False)
class Learned:
    """All that training gave for one pair.

    Attributes
    ----------
    learner : Learner
    without_input : Fit
    recovery : Recovery
    parts : list of InputPart
        Irreps of the recovered input, by projecting it.
    certificates : tuple of Certificate
    """

    learner: Learner
    without_input: Fit
    recovery: Recovery
    parts: list[InputPart]
    certificates: tuple[Certificate, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """Irreps of the recovered input."""
        return tuple(dict.fromkeys(p.label for p in self.parts))

    @property
    def converged(self) -> bool:
        """Training reached its goal and every certificate its floor."""
        return self.recovery.status == "converged" and all(
            c.verdict == "holds"
            for c in self.certificates
            if c.kind != "sufficient" or c.members == self.labels
        )


def find(
    parent: Any,
    child: Any,
    *,
    sites: str = "auto",
    lmax_input: int = 2,
    blocks: Literal["irrep", "plain"] = "irrep",
    seed: int = 0,
    max_steps: int | None = None,
    tolerance: float = 1e-6,
    symprec: float | None = None,
    strain_tolerance: float = 1e-3,
    device: str = "cpu",
    raw_target: bool = False,
    alternatives: bool = False,
    degenerate: bool = False,
    compression: bool = True,
    fix_site: str | None = None,
    threads: int = 1,
    progress: Progress | None = None,
) -> Finding:
    """Learn which symmetry breaking turns the parent into the child, and certify the answer.

    Parameters
    ----------
    parent, child : path, pymatgen Structure, ASE Atoms or Structure
    sites : str
        What may carry the input: ``auto``, ``all``, ``global``, site names, elements, Wyckoff letters, or
        A, B, X of a perovskite, joined by commas.
    lmax_input : int
        Largest l of the input.
    blocks : {"irrep", "plain"}
        Sparsity blocks: by component of the parent group, or by site, l and parity alone.
    seed : int
    max_steps : int, optional
        Optimiser steps per fit, at most (default 120).
    tolerance : float
        Relative loss that counts as reached.
    symprec : float, optional
        Å; overrides the choice of the child's group from the tolerance ladder.
    strain_tolerance : float
    device : str
    raw_target : bool
        Train on the distortion as it is, not averaged over the child's group.
    alternatives : bool
        Train the other minimal sets as well.
    degenerate : bool
        Keep every carrier of the recovered irreps.
    compression : bool
        Work in the invariant subspace of the child's group.
    fix_site : str, optional
        Pin the mean displacement of this parent site instead of that of all atoms.
    threads : int
        Torch threads.
    progress : callable, optional
        ``progress(phase, fraction, message)``.

    Returns
    -------
    Finding

    Raises
    ------
    InputError, NotCompatibleError
        As for :func:`curiebreak.decompose`; also for unknown sites.
    """
    report, clock = progress or silent, Clock()
    report("mapping", 0.0, "reading")
    high = parent_crystal(read_structure(parent))
    low = read_structure(child)
    chosen = parse_sites(high, sites)
    clock.lap("read")
    distortion = map_child(high, low, symprec=symprec)
    clock.lap("mapping")
    analysis = analyse(
        distortion,
        symprec=RAW_TOLERANCE if raw_target else symprec,
        strain_tolerance=strain_tolerance,
        fix_site=fix_site,
    )
    report("mapping", 1.0, "done")
    clock.lap("symmetry")
    problem = learning_problem(analysis.group, strain_tolerance)
    settings = {
        "sites": sites,
        "lmax_input": lmax_input,
        "blocks": blocks,
        "seed": seed,
        "max_steps": max_steps or _MAX_STEPS,
        "tolerance": tolerance,
        "symprec": symprec,
        "strain_tolerance": strain_tolerance,
        "raw_target": raw_target,
        "alternatives": alternatives,
        "degenerate": degenerate,
        "compression": compression,
        "fix_site": fix_site,
        "threads": threads,
    }
    if not (problem.has_displacement or problem.has_strain or problem.has_occupation):
        return identical_finding(analysis, seed, device, settings, clock.laps)
    options = Options(
        seed=seed,
        lmax_input=lmax_input,
        carriers=allowed_carriers(problem, chosen, lmax_input),
        blocks=blocks,
        max_steps=max_steps or _MAX_STEPS,
        tolerance=tolerance,
        compression=compression,
        degenerate=degenerate,
        threads=threads,
        device=device,
    )
    learned = learn(analysis, Learner(problem, options), report, clock, alternatives)
    answer = finding(
        analysis,
        learned.learner,
        learned.without_input,
        learned.recovery,
        learned.parts,
        learned.certificates,
        converged=learned.converged,
        degenerate=degenerate,
        options=settings,
        seconds=clock.laps,
    )
    report("certificates", 1.0, "done")
    return answer


def learn(
    analysis: Analysis, learner: Learner, report: Progress, clock: Clock, alternatives: bool
) -> Learned:
    """Train, certify, and enlarge the network when a loss stays above what symmetry allows."""
    for attempt in range(_MAX_ENLARGEMENTS + 1):
        without = learner.fit_without_input()
        recovery = learner.recover(report)
        clock.lap("training")
        parts = project_input(analysis, recovery.inputs)
        certificates: tuple[Certificate, ...] = ()
        if recovery.status != "interrupted":
            certificates = _certificates(analysis, learner, without, recovery, parts, report)
            if alternatives:
                certificates += _alternatives(analysis, learner, parts, report)
            clock.lap("certificates")
        learned = Learned(learner, without, recovery, parts, certificates)
        hopeless = not _sufficient_carriers(analysis, learner)
        if learned.converged or recovery.status == "interrupted" or hopeless or attempt == _MAX_ENLARGEMENTS:
            return learned
        report("weights", 0.0, "the network is too weak; enlarging it")
        learner.enlarge()
    raise AssertionError


def _sufficient_carriers(analysis: Analysis, learner: Learner) -> bool:
    from curiebreak.discovery.answer import missing_carriers

    return not missing_carriers(analysis, learner.carriers)


def _certificates(
    analysis: Analysis,
    learner: Learner,
    without: Fit,
    recovery: Recovery,
    parts: list[InputPart],
    report: Progress,
) -> tuple[Certificate, ...]:
    tolerance = learner.options.tolerance
    everything = analysis.isotropy.stabiliser(())
    found = [certificate(analysis, "curie", (), everything, without, tolerance)]
    labels = tuple(dict.fromkeys(p.label for p in parts))
    if not labels:
        return tuple(found)
    found.append(
        certificate(analysis, "sufficient", labels, stabiliser(analysis, parts), recovery, tolerance)
    )
    for position, label in enumerate(labels):
        report("certificates", position / len(labels), f"without {label}")
        rest = [p for p in parts if p.label != label]
        inputs = _inputs_of(analysis, recovery, learner, rest)
        fit = learner.train(inputs=inputs)
        names = tuple(n for n in labels if n != label)
        mask = stabiliser(analysis, rest)
        found.append(certificate(analysis, "necessary", names, mask, fit, tolerance, without=label))
    return tuple(found)


def _inputs_of(
    analysis: Analysis, recovery: Recovery, learner: Learner, parts: list[InputPart]
) -> dict[Any, Any]:
    """The recovered input restricted to some irreps."""
    wanted = {(p.carrier, p.label) for p in parts}
    inputs: dict[Any, Any] = {}
    for member in recovery.members:
        for part in project_input(analysis, {member.carrier: member.field}):
            if (member.carrier, part.label) in wanted:
                inputs[member.carrier] = inputs.get(member.carrier, 0.0) + member.field
    return inputs


def _alternatives(
    analysis: Analysis, learner: Learner, parts: list[InputPart], report: Progress
) -> tuple[Certificate, ...]:
    """The other minimal sets, each trained from inputs along its own components."""
    known = set(p.label for p in parts)
    sets = [s for s in analysis.minimal_sets if set(s.labels) != known][:_MAX_ALTERNATIVES]
    found = []
    for number, candidate in enumerate(sets):
        report("certificates", number / len(sets), " + ".join(candidate.labels))
        made = _input_for(analysis, learner, candidate)
        if made is None:
            continue
        fit = learner.train(inputs=made)
        mask = stabiliser(analysis, project_input(analysis, made))
        found.append(
            certificate(analysis, "sufficient", candidate.labels, mask, fit, learner.options.tolerance)
        )
    return tuple(found)


def _input_for(analysis: Analysis, learner: Learner, candidate: MinimalSet) -> dict[Any, Any] | None:
    """Unit inputs along every component that the learner knows by the labels of a set."""
    inputs: dict[Any, Any] = {}
    covered: set[str] = set()
    for component in sorted({int(c) for c in learner.space.component}):
        fields = learner.fields(component)
        carrier, basis = next(iter(fields.items()))
        values = basis.sum(axis=2)
        values = values[0] if carrier.site == "global" else values
        labels = {p.label for p in project_input(analysis, {carrier: values})}
        if labels <= set(candidate.labels) and not labels <= covered:
            covered |= labels
            inputs[carrier] = inputs.get(carrier, 0.0) + values
    return inputs if covered == set(candidate.labels) else None
