"""``find``: mapping, exact analysis, training, certificates, cross-check."""

from __future__ import annotations

from dataclasses import replace

from curiebreak.clock import silent
from curiebreak.discovery.run import MAX_STEPS, FindRun
from curiebreak.learning.threads import threads_kept
from curiebreak.options import taking
from curiebreak.options.find_options import FindOptions
from curiebreak.results import Finding


@taking(FindOptions)
def find(asked: FindOptions) -> Finding:
    """Learn which symmetry breaking turns the parent into the child, and certify the answer.

    A child that is a magnetic CIF has moments as a target too; ``auto`` as its parent is the one that it states.

    Returns
    -------
    Finding
        Stopped by Ctrl-C, what is known by then, with the status ``interrupted``.

    Raises
    ------
    InputError, NotCompatibleError
        As for :func:`curiebreak.decompose`; also for unknown sites, and fields that cannot be given.

    Examples
    --------
    >>> import curiebreak
    >>> finding = curiebreak.find("structures/square.xyz", "structures/rectangle.xyz")
    >>> finding.primary, finding.crosscheck.agrees, finding.loss < 1e-6
    (('B1g',), True, True)
    >>> [(one.kind, one.verdict) for one in finding.certificates]
    [('curie', 'holds'), ('sufficient', 'holds'), ('necessary', 'holds')]
    """
    wanted = replace(asked, max_steps=asked.max_steps or MAX_STEPS)
    run = FindRun(wanted, asked.progress or silent, asked.mapped, asked.prepare)
    with threads_kept():
        try:
            return run.finding(asked.parent, asked.child)
        except KeyboardInterrupt:
            return run.stopped(asked.parent, asked.child)
