"""Arguments and options that several commands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Allowance(StrEnum):
    """What is refused unless it is asked for."""

    SUBSTITUTION = "substitution"
    RECONSTRUCTIVE = "reconstructive"
    HAND = "hand"


Parent = Annotated[
    Path,
    typer.Argument(metavar="PARENT", help="High-symmetry structure (CIF, POSCAR, XYZ).", show_default=False),
]
ParentOrAuto = Annotated[
    Path,
    typer.Argument(
        metavar="PARENT",
        help="High-symmetry structure (CIF, POSCAR, XYZ), or `auto`: the one that CHILD states or that is found.",
        show_default=False,
    ),
]
ParentRank = Annotated[
    int | None,
    typer.Option(
        metavar="K", min=1, help="With PARENT `auto`: take this candidate of `parent CHILD`.", show_default=False
    ),
]
Child = Annotated[
    Path,
    typer.Argument(
        metavar="CHILD",
        help="Low-symmetry structure, any setting, origin, cell and order.",
        show_default=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON, and nothing else, on stdout.")]
Output = Annotated[
    Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write the result as JSON to this file.")
]
Report = Annotated[
    Path | None,
    typer.Option(
        "--report", metavar="FILE", help="Also draw a report: .pdf, .png or .html.", show_default=False
    ),
]
Force = Annotated[bool, typer.Option("--force", help="Overwrite the output file.")]
ForSpreadsheet = Annotated[
    bool,
    typer.Option(
        "--for-spreadsheet",
        help="CSV for Excel, LibreOffice and the like: a ' before text that begins with =, +, - or @, which they "
        "would run as a formula.",
    ),
]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="No progress, no messages; no text when -o is given.")
]
Symprec = Annotated[
    float | None,
    typer.Option(
        metavar="ANGSTROM",
        min=0.0,
        help="Tolerance for the child's symmetry; default: above the files' resolution and the scatter of the "
        "coordinates, as the page What counts says.",
        show_default=False,
    ),
]
ParentSymprec = Annotated[
    float | None,
    typer.Option(
        metavar="ANGSTROM",
        min=0.0,
        help="Tolerance for the parent's symmetry; default: 0.01, or what the parent's written decimals resolve.",
        show_default=False,
    ),
]
StrainTolerance = Annotated[
    float,
    typer.Option(
        metavar="STRAIN", min=0.0, help="Strain below which it does not lower the child's symmetry."
    ),
]
Allow = Annotated[
    list[Allowance] | None,
    typer.Option(
        "--allow",
        help="Map what is refused otherwise: other elements on the parent's sites, displacements of half "
        "a bond, or the mirror image of the child. May be given again.",
        show_default=False,
    ),
]
FixSite = Annotated[
    str | None,
    typer.Option(
        metavar="SITE",
        help="Polar children: keep this parent site in place instead of removing the mean displacement.",
        show_default=False,
    ),
]


class Blocks(StrEnum):
    """How the learnable input is divided for the sparsity."""

    IRREP = "irrep"
    PLAIN = "plain"


class Device(StrEnum):
    """Where the network is trained."""

    CPU = "cpu"
    CUDA = "cuda"
