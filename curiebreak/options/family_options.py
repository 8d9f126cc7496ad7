"""What `train` and `predict` can be asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from curiebreak.options import shared
from curiebreak.options.field import Option, Options, Where, argument, option, stated
from curiebreak.options.option_rules import Flag, InputPath, OutputPath, Value, Words
from curiebreak.options.option_texts import SEATS
from curiebreak.options.scan_options import BUILT_PARENTS

PAIRS = Option(
    "Store of a scan, table of pairs (parent,child), folder of children, or prepared pairs (.cbp).",
    InputPath(),
    metavar="PAIRS",
)
COMPOSITION = Option(
    "A formula (LaFeO3) or a parent: path, Structure, pymatgen Structure or ASE Atoms.", Value(optional=False)
)
COMPOSITIONS = Option(
    "Formulas (LaFeO3), parents (.cif, .vasp), or a table of formulas (.csv).",
    Words("LaFeO3", files=True),
    metavar="FORMULA|PARENT",
)
MODEL = "Where the model goes (.cbm)."


@stated
class FamilyOptions(Options):
    """One network for all pairs of a family: :func:`curiebreak.train`."""

    source: Any = argument(of=PAIRS)
    output: Any = shared.output(MODEL, where=Where.ALL, kw_only=False)
    parent: Any = option(
        help="Of the children of a folder: a prototype of `scan`, or a file.",
        default="auto",
        rule=InputPath(instead=BUILT_PARENTS),
        metavar="PARENT",
    )
    fewest: int = shared.whole("Formulas that a class needs to be learned.", 8, 2, metavar="N")
    seeds: int = shared.whole("Networks of the ensemble.", 3, metavar="N", panel=shared.TRAINING)
    seed: int = shared.seed("Seed of the first network.")
    epochs: int | None = shared.whole("Steps of each network.", metavar="N")
    trees: bool | None = option(
        help="Grow trees beside the networks; by default where scikit-learn is installed.",
        default=None,
        rule=Flag(),
        spelled=("--trees/--no-trees",),
    )
    name: str | None = shared.text(
        "Of the model; by default the output's, without its suffix.", "perovskite", where=Where.PYTHON
    )
    resume: bool = shared.flag("Go on with an interrupted training of the same model.")
    save_pairs: Any = option(help="Write the prepared pairs (.cbp).", default=None, rule=OutputPath(), metavar="FILE")
    progress: Callable[[str, float, str], None] | None = shared.progress()


@stated
class TrainOptions(shared.AnswerOptions, FamilyOptions):
    """`train`: one network for all pairs of a family."""

    suffix = ".cbm"

    report: Path | None = shared.report()
    output: Path | None = shared.output(MODEL, recipe=True, before="json")


@stated
class PredictionOptions(Options):
    """Which way a composition breaks the symmetry of its parent, and how far: :func:`curiebreak.predict`."""

    composition: Any = argument(of=COMPOSITION)
    model: Any = shared.read("A model of `train`; without it the perovskite model that ships.")
    top: int = shared.whole("How many classes get a structure.", 3, metavar="N")
    sites: Any = option(
        help="Who sits where, if the formula leaves a choice: A=La. Repeatable.",
        default=(),
        rule=SEATS,
        spelled=("--site",),
        metavar="SITE=ELEMENT",
    )


@stated
class PredictOptions(shared.AnswerOptions, PredictionOptions):
    """`predict`: the distorted structures of a composition."""

    composition: Sequence[str] = argument(of=COMPOSITIONS)
    seeds: bool = shared.flag(
        "Write one child of every class and combination as a start for relaxations (needs -o).", where=Where.RUN
    )
    output: Path | None = shared.output(
        "A folder for the children as CIF, a table (.csv), the result (.json), or a report (.pdf, .png, .html).",
        recipe=True,
        metavar="PLACE",
        before="json",
    )
