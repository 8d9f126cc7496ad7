"""What `find` can be asked for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any, Literal

from curiebreak.options import shared
from curiebreak.options.field import Options, Where, argument, option, stated
from curiebreak.options.option_rules import RULES, InputPath, Words

CHILD_OR_NONE = replace(
    shared.CHILD, help=f"{shared.CHILD.help[:-1]}; with --target it may be left out.", rule=InputPath(optional=True)
)


@stated
class FindOptions(Options):
    """Which symmetry breaking turns the parent into the child: :func:`curiebreak.find`."""

    parent: Any = argument(of=shared.PARENT)
    child: Any = argument(of=CHILD_OR_NONE, default=None)
    sites: str = option(
        help="What may carry the input: parent sites, species or Wyckoff letters joined by commas, "
        "`B` (perovskite), `all`, `global`, or `auto`.",
        default="auto",
        rule=RULES["sites"],
        metavar="SITES",
        panel=shared.BREAKING,
    )
    lmax_input: int = option(
        help="Largest l of the learnable input.", default=2, rule=RULES["lmax_input"], panel=shared.BREAKING
    )
    blocks: Literal["irrep", "plain"] = option(
        help="Blocks of the input: by irrep of the parent, or as random networks answer to them.",
        default="irrep",
        rule=RULES["blocks"],
        panel=shared.BREAKING,
    )
    seed: int = shared.seed()
    seeds: int | None = shared.whole(
        "Trainings from different random weights, of which the majority counts; 3 where they are cheap.",
        None,
        1,
        99,
        panel=shared.TRAINING,
    )
    seconds: float = shared.number(
        "Processor time that each of them may spend on choosing between sets of irreps.",
        20.0,
        0.0,
        panel=shared.TRAINING,
    )
    max_steps: int | None = shared.max_steps(None)
    tolerance: float = shared.tolerance()
    symprec: float | None = shared.symprec()
    parent_symprec: float | None = shared.parent_symprec()
    strain_tolerance: float = shared.strain_tolerance()
    device: str = shared.device()
    raw_target: bool = shared.flag(
        "Train on the distortion as it is, not averaged over the child's group.", panel=shared.PAIR
    )
    alternatives: bool = shared.flag("Train the other minimal sets as well.", panel=shared.BREAKING)
    degenerate: bool = shared.flag("Keep every carrier of the recovered irreps instead of one.", panel=shared.BREAKING)
    compression: bool = shared.compression("the child's asymmetric unit")
    blind: bool = shared.flag(
        "Train once more told nothing of the child's symmetry: all atoms, all inputs, the raw distortion.",
        panel=shared.TRAINING,
    )
    fix_site: str | None = shared.fix_site()
    allow: Collection[str] = shared.allow()
    given: Sequence[str | PathLike[str]] = option(
        help="A known field that the network gets: a file with fields on the parent (FILE, FILE::NAME[:KIND]), "
        "an irrep or a harmonic as for `certify`. May be repeated.",
        default=(),
        rule=Words("R4+", files=True),
        metavar="KNOWN",
        panel=shared.BREAKING,
    )
    target: Sequence[str | PathLike[str]] = shared.target()
    target_tolerance: float = shared.target_tolerance()
    keep_cell: bool = shared.flag(
        "Train on the cell of CHILD's file, also where a smaller one would do.", panel=shared.PAIR
    )
    signals: bool = shared.flag(
        "Also show, as signals on the sphere, what the network answers without input.", panel=shared.WRITTEN
    )
    signal_lmax: int = option(
        help="Largest l of the signals.", default=5, rule=RULES["signal_lmax"], panel=shared.WRITTEN
    )
    signals_untold: bool = shared.flag(
        "With --signals: also train them with the recovered input, and show the answer without it.",
        panel=shared.WRITTEN,
    )
    domains: bool = shared.flag("List the equivalent children, as the network gives them.", panel=shared.WRITTEN)
    domain_files: str | PathLike[str] | None = shared.folder(
        "Write every equivalent child, as the network gives it, into this folder.", panel=shared.WRITTEN
    )
    threads: int = shared.threads()
    mapped: Any = shared.python_only(
        "The map of this child onto this parent, a `Distortion`, or its `Analysis`, where it is known."
    )
    prepare: Callable[[Any, Any], None] | None = shared.python_only(
        "Called with the analysis and the learner before training, to restrict the learnable input."
    )
    progress: Callable[[str, float, str], None] | None = shared.progress()


@stated
class FindCommandOptions(shared.AnswerOptions, FindOptions):
    """`find`: learn the order parameter of a pair and certify it."""

    parent: Any = argument(of=shared.PARENT_OR_AUTO)
    parent_rank: int | None = shared.parent_rank(before="strain_tolerance")
    parents: int = shared.whole(
        "With PARENT `auto`: learn the first N candidates, and compare what each needs.",
        1,
        where=Where.RUN,
        metavar="N",
        panel=shared.PAIR,
    )
    write: Sequence[str] = shared.write()
    report: Path | None = shared.report()
    strict: bool = shared.strict("Exit with code 5 when not converged, or when learned and exact disagree.")
