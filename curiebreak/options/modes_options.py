"""What `modes` can be asked for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any, Literal

from curiebreak.options import shared
from curiebreak.options.field import Options, Where, argument, option, stated
from curiebreak.options.option_rules import Choice, Number, Value
from curiebreak.options.option_texts import NUMBERS


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
    say: Callable[[str], None] | None = option(
        default=None,
        help="Called before a long analysis with its size and the seconds that it may take.",
        rule=Value(),
        where=Where.PYTHON,
    )


@stated
class DecomposeOptions(PairOptions):
    """Exact symmetry-mode decomposition of a distortion: :func:`curiebreak.decompose`."""

    domains: bool = shared.flag("List the equivalent children.", "--domains", panel=shared.WRITTEN)
    reflections: bool = shared.flag(
        "List the superlattice reflections that each irrep makes, with their intensities.",
        "--reflections",
        panel=shared.WRITTEN,
    )
    wavelength: float = option(
        default=1.54056,
        help="Wavelength of these reflections in Å (Cu Kα1), up to 90° of 2θ.",
        rule=Number(0.2, 20.0),
        metavar="ANGSTROM",
        panel=shared.WRITTEN,
    )


@stated
class ModesOptions(DecomposeOptions):
    """`modes`: exact symmetry-mode decomposition of a distortion."""

    parent: Any = argument(of=shared.PARENT_OR_AUTO)
    parent_rank: int | None = shared.parent_rank(before="strain_tolerance")
    moment_axis: Sequence[float] | None = option(
        default=None,
        help="Direction, in axes of the child's cell, of magnetic moments that are one number an atom: 0,0,1.",
        rule=NUMBERS,
        where=Where.COMMAND | Where.RECIPE,
        metavar="U,V,W",
        panel=shared.PAIR,
        shown=False,
        before="supercell_basis",
    )
    csv: Path | None = shared.file("Table of irreps and modes, comma-separated.")
    eigenvectors: Path | None = shared.file("Mode vectors, atom by atom, as JSON.")
    undistorted: Path | None = shared.file("The parent in the child's cell (.cif, .vasp, .xyz).")
    isocif: Path | None = shared.file("The same as `--write isocif:FILE`.")
    topas: Path | None = shared.file("The same as `--write topas:FILE`.")
    write: Sequence[str] = shared.write()
    format: Literal["markdown", "latex", "csv"] | None = option(
        default=None,
        help="Print the table of irreps alone, as a paper needs it.",
        rule=Choice(("markdown", "latex", "csv"), optional=True),
        where=Where.COMMAND,
        panel=shared.WRITTEN,
        shown=False,
    )
    report: Path | None = shared.report()
    json: bool = shared.json()
    output: Path | None = shared.output()
    force: bool = shared.force()
    quiet: bool = shared.quiet()
