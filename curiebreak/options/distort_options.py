"""What `irreps` and `distort` can be asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from curiebreak.options import shared
from curiebreak.options.field import Option, Options, Where, argument, option, stated
from curiebreak.options.option_rules import RULES, Couple, Text, Words

TERMS = Option(
    "Irreps with direction and amplitude in Å: 'R4+(0,b,b)=0.9' 'X5+[O](a,a;0,0;0,0)=0.1'; of moments with `m` in "
    "front and in μB: 'mR4+(0,0,a)=2.0'.",
    Words("R4+(0,b,b)=0.9"),
    metavar="TERMS...",
)


@stated
class AvailableOptions(Options):
    """The irreps of a parent's displacements or moments: :func:`curiebreak.modes.available.available_irreps`."""

    parent: Any = argument(of=shared.PARENT)
    k: str = option(
        help="Letters of a special k point (R), fractions in the conventional reciprocal basis (0,1/2,0), or `all` "
        "special points.",
        default="all",
        rule=Text("R", listed=True),
        metavar="K",
        kw_only=False,
    )
    magnetic: bool = shared.flag(
        "Irreps of magnetic moments (`mR4+`), axial and odd under time reversal, not of displacements."
    )
    sites: Sequence[str] | None = shared.moment_sites(
        "Only irreps that these sites or elements hold, joined by commas: 'Ni'; default: all sites."
    )
    parent_symprec: float | None = shared.parent_symprec()


@stated
class IrrepsOptions(shared.AnswerOptions, AvailableOptions):
    """`irreps`: the irreps of the displacements, or of the magnetic moments, of a parent."""


@stated
class BuildOptions(Options):
    """A child from irreps, directions and amplitudes: :func:`curiebreak.distort`."""

    parent: Any = argument(of=shared.PARENT)
    terms: Sequence[str] = argument(of=TERMS, default=())
    amplitude: Literal["As", "Ap"] = option(
        help="Amplitudes over the child's primitive cell (As) or the parent's (Ap).",
        default="As",
        rule=RULES["amplitude"],
    )
    strain: Any = option(
        help="xx,yy,zz,yz,xz,xy in the parent's Cartesian frame, or a term such as 'GM3+(a,0)=0.02'; may be repeated.",
        default=(),
        rule=Words("GM3+(a,0)=0.02", optional=True, one=True, array=True),
        metavar="STRAIN",
    )
    glazer: str | None = shared.text("Octahedral tilts of a perovskite, such as a+b-b-.", "a+b-b-", metavar="SYMBOL")
    angles: Sequence[float] | None = shared.numbers(
        "Tilt angles in degrees, one for each pseudo-cubic axis.", metavar="X,Y,Z"
    )
    parent_symprec: float | None = shared.parent_symprec()


@stated
class MagneticBuildOptions(BuildOptions):
    """A child with moments: :func:`curiebreak.magnetic.magnetic_build.distort_magnetic`."""

    sites: Sequence[str] | None = shared.moment_sites(
        "Sites or elements that carry moments, joined by commas, where a term of moments names none; default: those "
        "with open d or f shells.",
        before="parent_symprec",
    )


@stated
class DistortOptions(shared.AnswerOptions, MagneticBuildOptions):
    """`distort`: a child from irreps, directions and amplitudes."""

    suffix = ".cif"

    grid: tuple[str, str] | None = option(
        help="Write a series in which this irrep's amplitude grows: 'R4+' 0:1.5:11.",
        default=None,
        rule=Couple("'R4+' 0:1.5:11"),
        where=Where.RUN,
        metavar="IRREP START:STOP:COUNT",
        before="parent_symprec",
    )
    list_directions: str | None = shared.text(
        "List the isotropy subgroups of an irrep and stop.",
        "R4+",
        where=Where.RUN,
        metavar="IRREP",
        before="parent_symprec",
    )
    couple: tuple[str, str] | None = option(
        help="List those of a pair and stop.",
        default=None,
        rule=Couple("M3+ R4+"),
        where=Where.RUN,
        metavar="IRREP IRREP",
        before="parent_symprec",
    )
    write: Sequence[str] = shared.write()
    folder: Path | None = shared.folder(
        "With --list-directions or --couple: write a child along each direction, and their table (children.csv).",
        where=Where.RUN,
        spelled=("--all",),
        panel=shared.WRITTEN,
        before="parent_symprec",
    )
    rms: float = shared.number(
        "Root of the mean squared displacement of the atoms of these children, in Å.",
        0.05,
        0.0,
        1.0,
        above=True,
        where=Where.RUN,
        metavar="ANGSTROM",
        before="parent_symprec",
    )
    output: Path | None = shared.output(
        "Write the child (.cif, .vasp, .xyz, POSCAR...); of a list of directions, the JSON.", recipe=True
    )
