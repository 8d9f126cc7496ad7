"""What `certify` can be asked for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from os import PathLike
from typing import Any

from curiebreak.options import shared
from curiebreak.options.field import Option, Options, argument, stated
from curiebreak.options.option_rules import InputPath, Words

NONE = "none"
"""What stands for CHILD where only fields are to be explained."""

CHILD_OR_NONE = replace(
    shared.CHILD,
    help=f"{shared.CHILD.help[:-1]}; with --target it may be `{NONE}`.",
    rule=InputPath(instead=(NONE,), optional=True),
)
INPUTS = Option(
    "Irreps such as 'R4+', 'R4+(0,b,b)', 'M3+[Mn:1e]', 'LD1@0,0,2/5' (@ is the wave vector), 'mR4+' of moments, "
    "or harmonics such as '2e(2)', '1o(0)[Ti]', '1e-(0)[Ni]' (odd under time reversal).",
    Words("R4+", one=True, least=1),
    metavar="INPUT...",
)


@stated
class CertificationOptions(Options):
    """A hypothesis about what turns a parent into its child: :func:`curiebreak.certify`."""

    parent: Any = argument(of=shared.PARENT)
    child: Any = argument(of=CHILD_OR_NONE)
    inputs: Sequence[str] = argument(of=INPUTS)
    seed: int = shared.seed()
    max_steps: int = shared.max_steps()
    tolerance: float = shared.tolerance()
    symprec: float | None = shared.symprec()
    parent_symprec: float | None = shared.parent_symprec()
    strain_tolerance: float = shared.strain_tolerance()
    device: str = shared.device()
    compression: bool = shared.compression()
    fix_site: str | None = shared.fix_site()
    allow: Collection[str] = shared.allow()
    target: Sequence[str | PathLike[str]] = shared.target()
    target_tolerance: float = shared.target_tolerance()
    threads: int = shared.threads()
    progress: Callable[[str, float, str], None] | None = shared.progress()


@stated
class CertifyOptions(shared.AnswerOptions, CertificationOptions):
    """`certify`: a hypothesis about what turns a parent into its child."""

    parent: Any = argument(of=shared.PARENT_OR_AUTO)
    parent_rank: int | None = shared.parent_rank(before="strain_tolerance")
    strict: bool = shared.strict()
