"""What `train` and `predict` can be asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from curiebreak.options import shared
from curiebreak.options.field import Option, Options, Where, argument, option, stated
from curiebreak.options.option_rules import Flag, InputPath, Number, OutputPath, Value, Words
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
        default="auto",
        help="Of the children of a folder: a prototype of `scan`, or a file.",
        rule=InputPath(instead=BUILT_PARENTS),
        metavar="PARENT",
    )
    fewest: int = option(
        default=8, help="Formulas that a class needs to be learned.", rule=Number(2, whole=True), metavar="N"
    )
    seeds: int = option(
        default=3, help="Networks of the ensemble.", rule=Number(1, whole=True), metavar="N", panel=shared.TRAINING
    )
    seed: int = shared.seed("Seed of the first network.")
    epochs: int | None = option(
        default=None,
        help="Steps of each network.",
        rule=Number(1, whole=True, optional=True),
        metavar="N",
        shown=False,
    )
    trees: bool | None = option(
        default=None,
        help="Grow trees beside the networks; by default where scikit-learn is installed.",
        rule=Flag(optional=True),
        spelled=("--trees/--no-trees",),
        shown=False,
    )
    name: str | None = shared.text(
        "Of the model; by default the output's, without its suffix.", "perovskite", where=Where.PYTHON
    )
    resume: bool = shared.flag("Go on with an interrupted training of the same model.", "--resume")
    save_pairs: Any = option(
        default=None,
        help="Write the prepared pairs (.cbp).",
        rule=OutputPath(),
        metavar="FILE",
        shown=False,
    )
    progress: Callable[[str, float, str], None] | None = shared.progress()


@stated
class TrainOptions(FamilyOptions):
    """`train`: one network for all pairs of a family."""

    suffix = ".cbm"

    report: Path | None = shared.report()
    output: Path | None = shared.output(MODEL, recipe=True, before="json")
    json: bool = shared.json()
    force: bool = shared.force()
    quiet: bool = shared.quiet()


@stated
class PredictionOptions(Options):
    """Which way a composition breaks the symmetry of its parent, and how far: :func:`curiebreak.predict`."""

    composition: Any = argument(of=COMPOSITION)
    model: Any = option(
        default=None,
        help="A model of `train`; without it the perovskite model that ships.",
        rule=InputPath(optional=True),
        metavar="FILE",
        shown=False,
    )
    top: int = option(
        default=3, help="How many classes get a structure.", rule=Number(1, whole=True), metavar="N"
    )
    sites: Any = option(
        default=(),
        help="Who sits where, if the formula leaves a choice: A=La. Repeatable.",
        rule=SEATS,
        spelled=("--site",),
        metavar="SITE=ELEMENT",
        shown=False,
    )


@stated
class PredictOptions(PredictionOptions):
    """`predict`: the distorted structures of a composition."""

    composition: Sequence[str] = argument(of=COMPOSITIONS)
    seeds: bool = shared.flag(
        "Write one child of every class and combination as a start for relaxations (needs -o).",
        "--seeds",
        where=Where.COMMAND | Where.RECIPE,
    )
    output: Path | None = shared.output(
        "A folder for the children as CIF, a table (.csv), the result (.json), or a report (.pdf,"
        " .png, .html).",
        recipe=True,
        metavar="PLACE",
    )
    json: bool = shared.json()
    force: bool = shared.force()
    quiet: bool = shared.quiet()
