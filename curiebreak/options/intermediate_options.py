"""What `intermediate` can be asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from curiebreak.options import shared
from curiebreak.options.field import Option, Options, Where, argument, option, stated
from curiebreak.options.option_rules import Flag, Joined, Number, OutputPath, Value, Words

CONSTRAINT = Option(
    "A `Constraint`, or a mapping with `keep`, `drop`, `direction` (lists of text), `subgroup` (symbol or number) and "
    "`entry` (number in the list, from 0), as in `{'keep': ['R4+']}`.",
    Value(),
    where=Where.PYTHON,
)
_COMMAND = Where.COMMAND | Where.RECIPE


@stated
class IntermediateOptions(Options):
    """What is asked of the groups between parent and child besides the constraint."""

    all_subgroups: bool = shared.flag("List every group between, also those no irrep makes.", "--all-subgroups")
    strain: bool = option(
        default=True, help="Do not count strain irreps.", rule=Flag(), spelled=("--no-strain",)
    )
    train_all: bool = shared.flag("Train a network for every entry.", "--train")
    training: bool = option(
        default=True,
        help="Train a network for the entry that is singled out.",
        rule=Flag(),
        where=Where.PYTHON,
    )
    seed: int = shared.seed()
    max_steps: int = shared.max_steps()
    tolerance: float = shared.tolerance()
    symprec: float | None = shared.symprec()
    parent_symprec: float | None = shared.parent_symprec()
    strain_tolerance: float = shared.strain_tolerance()
    fix_site: str | None = shared.fix_site()
    device: str = shared.device()
    threads: int = shared.threads()
    supercell_basis: Any = shared.supercell_basis()


@stated
class IntermediateArguments(Options):
    """A pair, and what the structure between may hold."""

    parent: Any = argument(of=shared.PARENT)
    child: Any = argument(of=shared.CHILD)
    constraint: Any = argument(of=CONSTRAINT, default=None)


@stated
class IntermediatesOptions(IntermediateOptions, IntermediateArguments):
    """The groups between parent and child, and one of them made: :func:`curiebreak.intermediates`."""

    progress: Callable[[str, float, str], None] | None = shared.progress()


def _irreps(help: str, example: str, metavar: str = "IRREP") -> Any:
    return option(
        default=(), help=help, rule=Words(example), where=_COMMAND, metavar=metavar, before="train_all", shown=False
    )


@stated
class IntermediateCommandOptions(IntermediatesOptions):
    """`intermediate`: the groups between parent and child, and one of them made."""

    parent: Any = argument(of=shared.PARENT_OR_AUTO)
    list_only: bool = shared.flag(
        "List the groups between; the default.", "--list", where=_COMMAND, before="all_subgroups"
    )
    keep: Sequence[str] = _irreps("Let the input hold this irrep alone; may be repeated.", "R4+")
    drop: Sequence[str] = _irreps("Make an intermediate without this irrep; may be repeated.", "R4+")
    direction: Sequence[str] = _irreps(
        "Like --keep, along this direction: 'R4+(0,b,b)'.", "R4+(0,b,b)", "IRREP(...)"
    )
    subgroup: str | None = shared.text(
        "Make the intermediate of this type: Imma or 74.", "Imma", where=_COMMAND, metavar="GROUP", before="train_all"
    )
    entry: int | None = option(
        default=None,
        help="Make the intermediate with this number in the list.",
        rule=Number(whole=True, optional=True),
        where=_COMMAND,
        metavar="N",
        before="train_all",
    )
    path: int | None = option(
        default=None,
        help="Write N structures on the way (an interpolation).",
        rule=Number(2, whole=True, optional=True),
        where=_COMMAND,
        metavar="N",
        before="train_all",
    )
    order: Sequence[str] | None = option(
        default=None,
        help="Switch the primaries on one after another: M3+,R4+.",
        rule=Joined("M3+", optional=True),
        where=_COMMAND,
        metavar="IRREPS",
        before="train_all",
    )
    path_exact: bool = shared.flag(
        "Secondaries by their lowest power, not by the network.", "--path-exact", where=_COMMAND, before="train_all"
    )
    everything: Path | None = option(
        default=None,
        help="Write every entry of the list, a table and the tree.",
        rule=OutputPath(folder=True),
        where=_COMMAND,
        spelled=("--all",),
        metavar="DIR",
        before="train_all",
    )
    plot: Path | None = shared.file(
        "Draw the tree of groups (.png, .pdf, .svg).", in_recipe="tree.png", before="train_all"
    )
    parent_rank: int | None = shared.parent_rank(before="strain_tolerance")
    write: Sequence[str] = shared.write()
    json: bool = shared.json()
    output: Path | None = shared.output(
        "Where the intermediate goes (.cif, .vasp, .xyz), or the result (.json); a folder for --path."
    )
    force: bool = shared.force()
    quiet: bool = shared.quiet()
    strict: bool = shared.strict()
