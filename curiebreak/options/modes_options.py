"""What `modes` can be asked for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any, Literal

from curiebreak.options import shared
from curiebreak.options.field import Options, Where, argument, option, stated
from curiebreak.options.option_rules import Choice


@stated
class PairOptions(Options):
    """How a pair is read, mapped and analysed."""

    parent: Any = argument(of=shared.PARENT)
    child: Any = argument(of=shared.CHILD)
    symprec: float | None = shared.symprec()
    parent_symprec: float | None = shared.parent_symprec()
    strain_tolerance: float = shared.strain_tolerance()
    fix_site: str | None = shared.fix_site()
    allow: Collection[str] = shared.allow()
    supercell_basis: Any = shared.supercell_basis()
    say: Callable[[str], None] | None = shared.python_only(
        "Called before a long analysis with its size and the seconds that it may take."
    )


@stated
class DecomposeOptions(PairOptions):
    """Exact symmetry-mode decomposition of a distortion: :func:`curiebreak.decompose`."""

    domains: bool = shared.flag("List the equivalent children.", panel=shared.WRITTEN)
    reflections: bool = shared.flag(
        "List the superlattice reflections that each irrep makes, with their intensities.", panel=shared.WRITTEN
    )
    wavelength: float = shared.number(
        "Wavelength of these reflections in Å (Cu Kα1), up to 90° of 2θ.",
        1.54056,
        0.2,
        20.0,
        metavar="ANGSTROM",
        panel=shared.WRITTEN,
    )


@stated
class ModesOptions(shared.AnswerOptions, DecomposeOptions):
    """`modes`: exact symmetry-mode decomposition of a distortion."""

    parent: Any = argument(of=shared.PARENT_OR_AUTO)
    parent_rank: int | None = shared.parent_rank(before="strain_tolerance")
    moment_axis: Sequence[float] | None = shared.numbers(
        "Direction, in axes of the child's cell, of magnetic moments that are one number an atom: 0,0,1.",
        where=Where.RUN,
        metavar="U,V,W",
        panel=shared.PAIR,
        before="supercell_basis",
    )
    csv: Path | None = shared.file("Table of irreps and modes, comma-separated.")
    eigenvectors: Path | None = shared.file("Mode vectors, atom by atom, as JSON.")
    undistorted: Path | None = shared.file("The parent in the child's cell (.cif, .vasp, .xyz).")
    isocif: Path | None = shared.file("The same as `--write isocif:FILE`.")
    topas: Path | None = shared.file("The same as `--write topas:FILE`.")
    write: Sequence[str] = shared.write()
    format: Literal["markdown", "latex", "csv"] | None = option(
        help="Print the table of irreps alone, as a paper needs it.",
        default=None,
        rule=Choice(("markdown", "latex", "csv")),
        where=Where.COMMAND,
        panel=shared.WRITTEN,
    )
    report: Path | None = shared.report()
