"""``curiebreak certify``: test a hypothesis about what turns a parent into its child."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from curiebreak.cli.answers import Receiver, check_targets
from curiebreak.errors import UsageError
from curiebreak.options.certify_options import NONE, CertificationOptions, CertifyOptions

if TYPE_CHECKING:
    from curiebreak.results import Certification


def command(asked: CertifyOptions, to: Receiver) -> int:
    """Train with exactly the given INPUTs: are they enough for CHILD, is each needed, what is missing."""
    from curiebreak.cli.failures import INTERRUPTED
    from curiebreak.cli.interrupts import interruptible
    from curiebreak.cli.parent_choice import given_stated_or_found, parent_of_nothing
    from curiebreak.cli.progress import progress_bar
    from curiebreak.results import Status

    check_targets(asked, to)

    def load() -> Callable[[], Certification]:
        from curiebreak.discovery import certify

        def compute() -> Certification:
            if str(asked.child) == NONE and str(asked.parent) == "auto":
                raise UsageError(*parent_of_nothing())
            high = given_stated_or_found(asked.parent, asked.child, asked.parent_rank, to.quiet)
            with progress_bar(to.quiet) as progress:
                how = asked.keywords(CertificationOptions) | {"progress": progress}
                return certify(high, asked.child, asked.inputs, **how)

        return compute

    def otherwise() -> Certification:
        from curiebreak.results.unmapped import unmapped_certification

        return unmapped_certification(asked.parent, asked.child, asked.inputs, asked.seed, asked.device)

    def show(result: Certification) -> None:
        to.result(result, only_asked=result.mapping is None)

    result, stopped = interruptible(load, otherwise, show)
    return INTERRUPTED if stopped or result.status is Status.INTERRUPTED else 0
