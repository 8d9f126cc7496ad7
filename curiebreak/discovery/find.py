"""``find``: mapping, exact analysis, training, certificates, cross-check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any, Literal

from curiebreak.discovery.answer import finding
from curiebreak.discovery.clock import Clock, Progress, silent
from curiebreak.discovery.domains import write_domains
from curiebreak.discovery.identical import identical_finding, interrupted_finding
from curiebreak.discovery.learned import Learned, learn
from curiebreak.discovery.problem import allowed_carriers, learning_problem, parse_sites
from curiebreak.discovery.signals import degenerate_signals, signal_messages
from curiebreak.learning.learner import Learner
from curiebreak.learning.outcome import Options
from curiebreak.mapping import Distortion, map_child
from curiebreak.modes.analysis import Analysis, analyse
from curiebreak.results import Finding, PredictedDomain, Signals
from curiebreak.structures import read_structure
from curiebreak.symmetry.parent import parent_crystal

RAW_TOLERANCE = 1e-6
"""Å; with a raw target nothing is averaged away."""

_MAX_STEPS = 120


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
    signals: bool = False,
    signal_lmax: int = 5,
    domains: str | PathLike[str] | None = None,
    threads: int = 1,
    mapped: Distortion | None = None,
    prepare: Callable[[Analysis, Learner], None] | None = None,
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
    signals : bool
        Also give spherical-harmonic signals, learned without breaking input.
    signal_lmax : int
        Largest l of the signals, 2 to 8.
    domains : path, optional
        Folder for the equivalent children, which the network gives for the turned order parameter.
    threads : int
        Torch threads.
    mapped : Distortion, optional
        The map of this child onto this parent where it is known; otherwise it is searched.
    prepare : callable, optional
        Called with the analysis and the learner before training, to restrict the learnable input.
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
    folder = None if domains is None else Path(domains)
    clock.lap("read")
    distortion = map_child(high, low, symprec=symprec) if mapped is None else mapped
    clock.lap("mapping")
    analysis = analyse(
        distortion,
        symprec=RAW_TOLERANCE if raw_target else symprec,
        strain_tolerance=strain_tolerance,
        fix_site=fix_site,
    )
    report("mapping", 1.0, "done")
    clock.lap("symmetry")
    problem = learning_problem(analysis.group)
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
        "signals": signals,
        "signal_lmax": signal_lmax,
        "domains": None if folder is None else str(folder),
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
    try:
        learner = Learner(problem, options)
        if prepare is not None:
            prepare(analysis, learner)
        learned = learn(analysis, learner, report, clock, alternatives)
    except KeyboardInterrupt:
        return interrupted_finding(analysis, seed, device, settings, clock.laps)
    try:
        extras = _extras(analysis, learned, signal_lmax if signals else None, folder, report, clock)
        answer = _answer(analysis, learned, extras, settings, clock)
    except KeyboardInterrupt:
        answer = _answer(analysis, learned.stopped(), _Extras(), settings, clock)
    report("certificates", 1.0, "done")
    return answer


@dataclass(frozen=True)
class _Extras:
    """What is asked for beside the answer."""

    signals: Signals | None = None
    domains: tuple[PredictedDomain, ...] = ()
    messages: tuple[str, ...] = ()


def _answer(
    analysis: Analysis, learned: Learned, extras: _Extras, settings: dict[str, Any], clock: Clock
) -> Finding:
    """The result of one run with everything that was asked for."""
    answer = finding(
        analysis,
        learned.learner,
        learned.without_input,
        learned.recovery,
        learned.parts,
        learned.certificates,
        converged=learned.converged,
        degenerate=settings["degenerate"],
        options=settings,
        seconds=clock.laps,
    )
    return replace(
        answer,
        certificates=(*answer.certificates, *learned.others),
        messages=tuple(dict.fromkeys((*answer.messages, *learned.messages, *extras.messages))),
        signals=extras.signals,
        domains=extras.domains,
    )


def _extras(
    analysis: Analysis, learned: Learned, lmax: int | None, folder: Path | None, report: Progress, clock: Clock
) -> _Extras:
    """Signals and domains; none of them from an interrupted run, and no domains without an answer."""
    found = _Extras()
    if learned.interrupted:
        return found
    if lmax is not None and learned.learner.problem.has_displacement:
        report("signals", 0.0, "without input")
        shown = degenerate_signals(analysis, lmax, learned.learner.options.seed)
        found = replace(found, signals=shown, messages=tuple(signal_messages(shown)))
        clock.lap("signals")
        report("signals", 1.0, "done")
    if folder is not None:
        report("domains", 0.0, "writing")
        inputs = learned.recovery.inputs
        if learned.recovery.status == "converged":
            found = replace(found, domains=write_domains(analysis, learned.learner, inputs, folder))
        else:
            notes = (*found.messages, "No domains were written: the training did not reach the child.")
            found = replace(found, messages=notes)
        clock.lap("domains")
        report("domains", 1.0, "done")
    return found
