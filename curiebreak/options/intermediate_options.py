"""What `intermediate` can be asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from curiebreak.options import shared
from curiebreak.options.field import Option, Options, Where, argument, stated
from curiebreak.options.option_rules import Value

CONSTRAINT = Option(
    "A `Constraint`, or a mapping with `keep`, `drop`, `direction` (lists of text), `subgroup` (symbol or number) and "
    "`entry` (number in the list, from 0), as in `{'keep': ['R4+']}`.",
    Value(),
    where=Where.PYTHON,
)


@stated
class IntermediateOptions(Options):
    """What is asked of the groups between parent and child besides the constraint."""

    all_subgroups: bool = shared.flag("List every group between, also those no irrep makes.")
    strain: bool = shared.flag("Do not count strain irreps.", True)
    train_all: bool = shared.flag("Train a network for every entry.", spelled=("--train",))
    training: bool = shared.flag("Train a network for the entry that is singled out.", True, where=Where.PYTHON)
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


def stated_constraint(asked: Any) -> dict[str, Any]:
    """What options, or keys of a recipe, say of the constraint, by its parts."""
    parts = ("keep", "drop", "direction", "subgroup", "entry")
    return {name: value for name in parts if (value := getattr(asked, name)) not in (None, ())}


def _irreps(help: str, example: str, metavar: str = "IRREP") -> Any:
    return shared.words(help, example, where=Where.RUN, metavar=metavar, before="train_all")


@stated
class IntermediateCommandOptions(shared.AnswerOptions, IntermediatesOptions):
    """`intermediate`: the groups between parent and child, and one of them made."""

    parent: Any = argument(of=shared.PARENT_OR_AUTO)
    list_only: bool = shared.flag(
        "List the groups between; the default.", spelled=("--list",), where=Where.RUN, before="all_subgroups"
    )
    keep: Sequence[str] = _irreps("Let the input hold this irrep alone; may be repeated.", "R4+")
    drop: Sequence[str] = _irreps("Make an intermediate without this irrep; may be repeated.", "R4+")
    direction: Sequence[str] = _irreps("Like --keep, along this direction: 'R4+(0,b,b)'.", "R4+(0,b,b)", "IRREP(...)")
    subgroup: str | None = shared.text(
        "Make the intermediate of this type: Imma or 74.", "Imma", where=Where.RUN, metavar="GROUP", before="train_all"
    )
    entry: int | None = shared.whole(
        "Make the intermediate with this number in the list.",
        None,
        None,
        where=Where.RUN,
        metavar="N",
        before="train_all",
    )
    path: int | None = shared.whole(
        "Write N structures on the way (an interpolation).", None, 2, where=Where.RUN, metavar="N", before="train_all"
    )
    order: Sequence[str] | None = shared.joined(
        "Switch the primaries on one after another: M3+,R4+.",
        "M3+",
        where=Where.RUN,
        metavar="IRREPS",
        before="train_all",
    )
    path_exact: bool = shared.flag(
        "Secondaries by their lowest power, not by the network.", where=Where.RUN, before="train_all"
    )
    everything: Path | None = shared.folder(
        "Write every entry of the list, a table and the tree.", where=Where.RUN, spelled=("--all",), before="train_all"
    )
    plot: Path | None = shared.file(
        "Draw the tree of groups (.png, .pdf, .svg).", in_recipe="tree.png", before="train_all"
    )
    parent_rank: int | None = shared.parent_rank(before="strain_tolerance")
    write: Sequence[str] = shared.write()
    output: Path | None = shared.output(
        "Where the intermediate goes (.cif, .vasp, .xyz), or the result (.json); a folder for --path."
    )
    strict: bool = shared.strict()
