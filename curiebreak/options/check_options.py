"""What `check` and `hidden-field` can be asked for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from curiebreak.options import shared
from curiebreak.options.field import Option, Options, argument, option, stated
from curiebreak.options.option_rules import FIELD_RULES, Choices, InputPath

VECTOR_FIELDS = ("1o", "1e-", "1e")
"""Kinds of a vector field: parity, and a minus where time reversal turns it round. A polar odd one moves no charge."""

SOURCE = Option(
    "Structure with the fields that are given: extended XYZ, JSON, or any structure file.", InputPath(), metavar="INPUT"
)
TARGET = Option(
    "Fields on the same atoms (extended XYZ, JSON), or a structure that the input turns into.",
    InputPath(),
    metavar="OUTPUT",
)
SNAPSHOTS = Option(
    "Extended XYZ with many frames of one system, arrays `velocities` and `accelerations` (or `forces`).",
    InputPath(),
    metavar="SNAPSHOTS",
)


@stated
class CheckedOptions(Options):
    """Whether an output is allowed by symmetry for an input: :func:`curiebreak.check`."""

    source: Any = argument(of=SOURCE)
    target: Any = argument(of=TARGET)
    given: Sequence[str] = shared.words(
        "Field of INPUT to use, with its kind where needed (`B:axial`); may be repeated. Default: "
        "all but forces, velocities, moments and the like.",
        "B:axial",
        metavar="NAME[:KIND]",
    )
    fields: Sequence[str] = shared.words(
        "Field of OUTPUT to check; may be repeated.", "B:axial", spelled=("--field",), metavar="NAME[:KIND]"
    )
    symprec: float | None = option(
        help="Tolerance for the symmetry of INPUT.",
        default=None,
        rule=FIELD_RULES["symprec"],
        metavar="ANGSTROM",
        shown="0.01",
    )
    tolerance: float = option(
        help="Relative change of a field that counts as unchanged.", default=0.001, rule=FIELD_RULES["tolerance"]
    )


@stated
class CheckOptions(shared.AnswerOptions, CheckedOptions):
    """`check`: is an output allowed by symmetry for an input."""


@stated
class SnapshotOptions(Options):
    """The field behind many snapshots, uniform or about a centre: :func:`curiebreak.hidden_field`."""

    snapshots: Any = argument(of=SNAPSHOTS)
    seed: int = shared.seed()
    tolerance: float = option(
        help="Relative loss that counts as reached.", default=0.001, rule=FIELD_RULES["tolerance"]
    )
    kinds: str | None = shared.text("Array that tells apart atoms of one element.", "kinds", metavar="NAME")
    centre: str | None = shared.text(
        "Look for a field that varies in space: its multipoles about this point, in the unit of the positions.",
        "0,0,0",
        metavar="X,Y,Z",
    )
    multipoles_of: Collection[str] = option(
        help="With --centre: signs of the vector field, `1o` electric, `1e-` magnetic (the minus: odd under time "
        "reversal), or `1e`. May be repeated. Default: electric and magnetic.",
        default=(),
        rule=Choices(VECTOR_FIELDS),
    )
    lmax: int = shared.whole("With --centre: largest l of the multipoles.", 4, 1, 6)
    progress: Callable[[str, float, str], None] | None = shared.progress()


@stated
class HiddenFieldOptions(shared.AnswerOptions, SnapshotOptions):
    """`hidden-field`: the field behind many snapshots."""
