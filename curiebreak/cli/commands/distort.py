"""``curiebreak distort``: build a child from irreps, directions and amplitudes."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from curiebreak.cli import options


class Amplitude(StrEnum):
    """What the numbers of the terms count over."""

    AS = "As"
    AP = "Ap"


def command(
    parent: options.Parent,
    terms: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="TERMS...",
            help="Irreps with direction and amplitude in Å: 'R4+(0,b,b)=0.9' 'X5+[O](a,a;0,0;0,0)=0.1'.",
            show_default=False,
        ),
    ] = None,
    amplitude: Annotated[
        Amplitude, typer.Option(help="Amplitudes over the child's primitive cell (As) or the parent's (Ap).")
    ] = Amplitude.AS,
    strain: Annotated[
        list[str] | None,
        typer.Option(
            metavar="STRAIN",
            help="xx,yy,zz,yz,xz,xy in the parent's Cartesian frame, or a term such as 'GM3+(a,0)=0.02'; "
            "may be repeated.",
            show_default=False,
        ),
    ] = None,
    glazer: Annotated[
        str | None,
        typer.Option(
            metavar="SYMBOL", help="Octahedral tilts of a perovskite, such as a+b-b-.", show_default=False
        ),
    ] = None,
    angles: Annotated[
        str | None,
        typer.Option(
            metavar="X,Y,Z", help="Tilt angles in degrees, one for each pseudo-cubic axis.", show_default=False
        ),
    ] = None,
    grid: Annotated[
        tuple[str, str] | None,
        typer.Option(
            metavar="IRREP START:STOP:COUNT",
            help="Write a series in which this irrep's amplitude grows: 'R4+' 0:1.5:11.",
            show_default=False,
        ),
    ] = None,
    list_directions: Annotated[
        str | None,
        typer.Option(
            metavar="IRREP", help="List the isotropy subgroups of an irrep and stop.", show_default=False
        ),
    ] = None,
    couple: Annotated[
        tuple[str, str] | None,
        typer.Option(metavar="IRREP IRREP", help="List those of a pair and stop.", show_default=False),
    ] = None,
    parent_symprec: options.ParentSymprec = None,
    json: options.Json = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", metavar="FILE",
            help="Write the child (.cif, .vasp, .xyz, POSCAR...); of a list of directions, the JSON.",
        ),
    ] = None,
    force: options.Force = False,
    quiet: options.Quiet = False,
) -> int:  # fmt: skip
    """Build a child of PARENT from irreps, directions and amplitudes, in the smallest supercell."""
    from curiebreak.cli.building import Request, build, show_directions

    if list_directions is not None or couple is not None:
        labels = couple if list_directions is None else (list_directions,)
        found = (parent, labels or (), parent_symprec)
        show_directions(*found, json=json, output=output, force=force, quiet=quiet)
        return 0
    request = Request(
        parent, tuple(terms or ()), amplitude.value, tuple(strain or ()), glazer, angles, grid, parent_symprec
    )
    build(request, json=json, output=output, force=force, quiet=quiet)
    return 0
