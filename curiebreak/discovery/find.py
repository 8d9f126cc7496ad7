"""``find``: mapping, exact analysis, training, certificates, cross-check."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from os import PathLike
from typing import Any, Literal

from curiebreak.discovery.clock import Progress, silent
from curiebreak.discovery.run import MAX_STEPS, FindOptions, FindRun
from curiebreak.learning.learner import Learner
from curiebreak.learning.threads import threads_kept
from curiebreak.mapping import Distortion
from curiebreak.modes.analysis import Analysis
from curiebreak.options import require
from curiebreak.results import Finding


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
    parent_symprec: float | None = None,
    strain_tolerance: float = 1e-3,
    device: str = "cpu",
    raw_target: bool = False,
    alternatives: bool = False,
    degenerate: bool = False,
    compression: bool = True,
    fix_site: str | None = None,
    allow: Collection[str] = (),
    given: Sequence[str | PathLike[str]] = (),
    keep_cell: bool = False,
    signals: bool = False,
    signal_lmax: int = 5,
    signals_untold: bool = False,
    domains: str | PathLike[str] | None = None,
    threads: int = 1,
    seeds: int | None = None,
    seconds: float = 20.0,
    blind: bool = False,
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
    parent_symprec : float, optional
        Å, for the parent's symmetry; by default 0.01, or what the written decimals of the parent resolve.
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
    allow : collection of str
        ``"substitution"``, ``"reconstructive"``, ``"hand"``: as in :func:`curiebreak.mapping.map_child`.
    given : sequence of str
        Known fields that the network gets beside what it learns: files with fields on the parent
        (``FILE`` or ``FILE::NAME[:KIND]``), irreps or harmonics as for :func:`curiebreak.certify`.
    keep_cell : bool
        Train on the cell of the child's file, also where the child is periodic on a smaller one.
    signals : bool
        Also give spherical-harmonic signals, learned without breaking input.
    signal_lmax : int
        Largest l of the signals, 2 to 8.
    signals_untold : bool
        With `signals`: also train them with the recovered input, and give the answer without it.
    domains : path, optional
        Folder for the equivalent children, which the network gives for the turned order parameter.
    threads : int
        Torch threads.
    seeds : int, optional
        Trainings from different random weights, of which the majority counts; by default 3 where they are cheap.
    seconds : float
        Time that each of them may spend on choosing between sets.
    blind : bool
        Train once more with nothing but the parent, its operations and the distortion as it is.
    mapped : Distortion, optional
        The map of this child onto this parent where it is known; otherwise it is searched.
    prepare : callable, optional
        Called with the analysis and the learner before training, to restrict the learnable input.
    progress : callable, optional
        ``progress(phase, fraction, message)``.

    Returns
    -------
    Finding
        Stopped by Ctrl-C, what is known by then, with the status ``interrupted``.

    Raises
    ------
    InputError, NotCompatibleError
        As for :func:`curiebreak.decompose`; also for unknown sites, and fields that cannot be given.
    """
    require(
        sites=sites, lmax_input=lmax_input, blocks=blocks, seed=seed, max_steps=max_steps, tolerance=tolerance,
        symprec=symprec, parent_symprec=parent_symprec, strain_tolerance=strain_tolerance, device=device,
        fix_site=fix_site, signal_lmax=signal_lmax, threads=threads,
    )  # fmt: skip
    wanted = FindOptions(
        sites=sites,
        lmax_input=lmax_input,
        blocks=blocks,
        seed=seed,
        max_steps=max_steps or MAX_STEPS,
        tolerance=tolerance,
        symprec=symprec,
        parent_symprec=parent_symprec,
        strain_tolerance=strain_tolerance,
        raw_target=raw_target,
        alternatives=alternatives,
        degenerate=degenerate,
        compression=compression,
        fix_site=fix_site,
        allow=tuple(allow),
        given=tuple(str(one) for one in given),
        keep_cell=keep_cell,
        signals=signals,
        signal_lmax=signal_lmax,
        signals_untold=signals_untold,
        domains=None if domains is None else str(domains),
        threads=threads,
        seeds=seeds,
        seconds=seconds,
        blind=blind,
    )
    run = FindRun(wanted, device, progress or silent, mapped, prepare)
    with threads_kept():
        try:
            return run.finding(parent, child)
        except KeyboardInterrupt:
            return run.stopped(parent, child)
