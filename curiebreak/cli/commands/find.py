"""``curiebreak find``: learn the order parameter of a pair and certify it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curiebreak.cli.answers import Receiver, check_targets
from curiebreak.errors import UsageError
from curiebreak.options.find_options import FindCommandOptions, FindOptions

if TYPE_CHECKING:
    from curiebreak.results import Finding


def command(asked: FindCommandOptions, to: Receiver) -> int:
    """Learn which symmetry breaking turns PARENT into CHILD, and prove the answer."""
    from curiebreak.cli.failures import INTERRUPTED, two_structures
    from curiebreak.cli.interrupts import interruptible
    from curiebreak.cli.parent_choice import learned
    from curiebreak.cli.result_output import emit_report
    from curiebreak.results import Status

    if asked.child is None and not asked.target:
        raise UsageError(*two_structures("curiebreak find", True, "A field alone is given with --target. "))
    check_targets(asked, to)
    _check_formats(asked)

    parents: list[Any] = []

    def load() -> Callable[[], Finding]:
        start = time.perf_counter()
        from curiebreak.discovery import find

        spent = time.perf_counter() - start
        settings = asked.keywords(FindOptions)

        def noted(parent: Any, child: Any, **how: Any) -> Finding:
            parents.append(parent)
            return find(parent, child, **how)

        def compute() -> Finding:
            found = learned(noted, settings, asked.parent, asked.child, asked.parent_rank, asked.parents, to.quiet)
            laps = {"import": spent, **found.seconds, "total": spent + found.seconds.get("total", 0.0)}
            return replace(found, seconds=laps)

        return compute

    def otherwise() -> Finding:
        from curiebreak.results.unmapped import unmapped_finding

        return unmapped_finding(asked.parent, asked.child, asked.seed, asked.device, {}, {})

    def show(finding: Finding) -> None:
        to.result(finding, only_asked=finding.mapping is None)
        if finding.mapping is not None:
            emit_report(finding, asked.report, to.quiet)
            if asked.write and finding.status is not Status.INTERRUPTED:
                for path in write_child(asked, parents[0]):
                    to.written(path)

    finding, stopped = interruptible(load, otherwise, show)
    return INTERRUPTED if stopped or finding.status is Status.INTERRUPTED else 0


def _check_formats(asked: FindCommandOptions) -> None:
    """Refuse formats that hold no moments where the child has some."""
    if not asked.write:
        return
    from curiebreak.structures.moments import has_moments

    if has_moments(asked.child):
        from curiebreak.magnetic.magnetic_files import check_formats

        check_formats(asked.write)


def write_child(asked: FindCommandOptions, parent: Any) -> list[Path]:
    """Write the child on the parent of the answer in the formats that are asked for."""
    from curiebreak.structures.moments import has_moments

    if has_moments(asked.child):
        from curiebreak.clock import Clock
        from curiebreak.magnetic.magnetic_files import write_magnetic_files
        from curiebreak.magnetic.magnetic_modes import MagneticPair

        magnetic = MagneticPair(parent, asked.child, asked, Clock()).analysis
        return write_magnetic_files(magnetic, asked.write)
    from curiebreak.modes.decompose import analyse_pair
    from curiebreak.modes.written import write_child_files

    names = ("symprec", "parent_symprec", "strain_tolerance", "fix_site", "allow")
    how = {name: getattr(asked, name) for name in names}
    analysis, _, _ = analyse_pair(parent, asked.child, **how)
    return write_child_files(analysis, asked.write)
