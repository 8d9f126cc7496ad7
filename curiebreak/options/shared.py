"""Arguments and options that several commands share; each call gives the field of one class.

The sentence of each function is the help that it gives.
"""

# ruff: noqa: D103

from __future__ import annotations

from dataclasses import MISSING
from typing import Any

from curiebreak.options.field import Option, Where, option
from curiebreak.options.option_rules import (
    RULES,
    Choices,
    Exports,
    Flag,
    InputPath,
    Joined,
    Number,
    OutputPath,
    Text,
    Value,
    Words,
)

BREAKING = "What may break the symmetry"
PAIR = "Parent, child and tolerances"
TRAINING = "Training"
WRITTEN = "What is written"
MAGNETIC = "Magnetic subgroups"
PANELS = (BREAKING, PAIR, TRAINING, MAGNETIC, WRITTEN)
"""Titles of the groups of a long help page, in their order; options without one stand before them."""

HIGH = "High-symmetry structure (CIF, POSCAR, XYZ)"
FORMATS = ("cif", "poscar", "xyz", "mcif", "isocif", "topas", "fullprof", "vesta", "modes-json")
"""What a child can be written as."""

ALLOWANCES = ("substitution", "reconstructive", "hand")

PARENT = Option(f"{HIGH}.", InputPath(), metavar="PARENT")
PARENT_OR_AUTO = Option(
    f"{HIGH}, or `auto`: the one that CHILD states or that is found.", InputPath(instead=("auto",)), metavar="PARENT"
)
CHILD = Option("Low-symmetry structure, any setting, origin, cell and order.", InputPath(), metavar="CHILD")


def parent_rank(before: str | None = None) -> Any:
    return option(
        default=None,
        help="With PARENT `auto`: take this candidate of `parent CHILD`.",
        rule=Number(1, whole=True, optional=True),
        where=Where.COMMAND | Where.RECIPE,
        metavar="K",
        panel=PAIR,
        before=before,
    )


def symprec() -> Any:
    return option(
        default=None,
        help="Tolerance for the child's symmetry; default: above the files' resolution and the scatter of the "
        "coordinates, as the page What counts says.",
        rule=RULES["symprec"],
        metavar="ANGSTROM",
        panel=PAIR,
        shown=False,
    )


def parent_symprec() -> Any:
    return option(
        default=None,
        help="Tolerance for the parent's symmetry; default: 0.01, or what the parent's written decimals resolve.",
        rule=RULES["parent_symprec"],
        metavar="ANGSTROM",
        panel=PAIR,
        shown=False,
    )


def strain_tolerance() -> Any:
    return option(
        default=1e-3,
        help="Strain below which it does not lower the child's symmetry.",
        rule=RULES["strain_tolerance"],
        metavar="STRAIN",
        panel=PAIR,
    )


def fix_site() -> Any:
    return option(
        default=None,
        help="Polar children: keep this parent site in place instead of removing the mean displacement.",
        rule=RULES["fix_site"],
        metavar="SITE",
        panel=PAIR,
        shown=False,
    )


def allow() -> Any:
    return option(
        default=(),
        help="Map what is refused otherwise: other elements on the parent's sites, displacements of half "
        "a bond, or the mirror image of the child. May be given again.",
        rule=Choices(ALLOWANCES),
        panel=PAIR,
        shown=False,
    )


def supercell_basis() -> Any:
    return option(
        default=None,
        help="Picks one of the equivalent domains: (3, 3), the child's axes in parent axes.",
        rule=Value(),
        where=Where.PYTHON,
    )


def target() -> Any:
    return option(
        default=(),
        help="A field to explain, beside CHILD's distortion or without CHILD: FILE, FILE::NAME or FILE::NAME:KIND with "
        "fields on the atoms of CHILD, else of PARENT or a supercell of it. May be repeated.",
        rule=Words("born.json::Z:tensor2", files=True),
        metavar="FIELD",
        panel=PAIR,
        shown=False,
    )


def target_tolerance() -> Any:
    return option(
        default=1e-3,
        help="Change of such a field, relative to its norm, that counts as none.",
        rule=Number(1e-12, 0.5),
        panel=PAIR,
    )


def seed(help: str = "Seed of the random numbers.") -> Any:
    return option(default=0, help=help, rule=RULES["seed"], panel=TRAINING)


def max_steps(default: int | None = 120) -> Any:
    return option(
        default=default,
        help="Optimiser steps per training, at most.",
        rule=Number(1, whole=True, optional=default is None),
        panel=TRAINING,
        shown=default is not None,
    )


def tolerance() -> Any:
    return option(
        default=1e-6, help="Relative loss that counts as reached.", rule=RULES["tolerance"], panel=TRAINING
    )


def device() -> Any:
    return option(default="cpu", help="Where to train.", rule=RULES["device"], panel=TRAINING)


def compression(of: str = "the asymmetric unit") -> Any:
    return option(
        default=True,
        help=f"Train on all atoms instead of {of}.",
        rule=Flag(),
        spelled=("--no-compression",),
        panel=TRAINING,
    )


def threads() -> Any:
    return option(
        default=1, help="Threads of torch.", rule=RULES["threads"], where=Where.PYTHON | Where.RECIPE, panel=TRAINING
    )


def progress() -> Any:
    return option(
        default=None,
        help="Called with the phase, the fraction done in [0, 1] and a short message.",
        rule=Value(),
        where=Where.PYTHON,
    )


# -- what only the command line or a recipe has ------------------------------------------------------------------------
def report(before: str | None = None) -> Any:
    return option(
        default=None,
        help="Also draw a report: .pdf, .png or .html.",
        rule=OutputPath(),
        where=Where.COMMAND | Where.RECIPE,
        metavar="FILE",
        spelled=("--report",),
        panel=WRITTEN,
        shown=False,
        before=before,
    )


def json(help: str = "Print the result as JSON, and nothing else, on stdout.") -> Any:
    return option(
        default=False, help=help, rule=Flag(), where=Where.COMMAND, spelled=("--json",), panel=WRITTEN
    )


def output(help: str = "Write the result as JSON to this file.", *, recipe: bool = False, **more: Any) -> Any:
    """`recipe`: a step may name the file; where it does not, it names it by itself."""
    where = Where.COMMAND | (Where.RECIPE if recipe else Where(0))
    about: dict[str, Any] = {"metavar": "FILE", "shown": False, "default": None, "where": where}
    about["rule"] = OutputPath(document="as JSON" in help)
    about |= more
    if about["default"] is MISSING:
        about["in_recipe"] = None  # the step names it by itself
    return option(help=help, spelled=("-o", "--output"), panel=WRITTEN, **about)


def force() -> Any:
    return option(
        default=False,
        help="Overwrite the output file.",
        rule=Flag(),
        where=Where.COMMAND,
        spelled=("--force",),
        panel=WRITTEN,
    )


def quiet(help: str = "No progress, no messages; no text when -o is given.") -> Any:
    return option(
        default=False, help=help, rule=Flag(), where=Where.COMMAND, spelled=("--quiet", "-q"), panel=WRITTEN
    )


def strict(help: str = "Exit with code 5 when not converged.") -> Any:
    return option(
        default=False, help=help, rule=Flag(), where=Where.COMMAND, spelled=("--strict",), panel=TRAINING
    )


def for_spreadsheet() -> Any:
    return option(
        default=False,
        help="CSV for Excel, LibreOffice and the like: a ' before text that begins with =, +, - or @, which they "
        "would run as a formula.",
        rule=Flag(),
        where=Where.COMMAND | Where.RECIPE,
        spelled=("--for-spreadsheet",),
        panel=WRITTEN,
    )


def file(help: str, **more: Any) -> Any:
    """Another file that a command writes."""
    about: dict[str, Any] = {"metavar": "FILE", "panel": WRITTEN, "where": Where.COMMAND | Where.RECIPE} | more
    return option(default=None, help=help, rule=OutputPath(), **about)


def write() -> Any:
    return option(
        default=(),
        help=f"Write the child in a format of other programs, as FORMAT:FILE; FORMAT is one of {', '.join(FORMATS)}. "
        "May be given again.",
        rule=Exports("isocif:child.cif", formats=FORMATS),
        where=Where.COMMAND | Where.RECIPE,
        metavar="FORMAT:FILE",
        spelled=("--write",),
        panel=WRITTEN,
        shown=False,
    )


def moment_sites(help: str, **more: Any) -> Any:
    """Sites or elements that carry moments."""
    about: dict[str, Any] = {"metavar": "NAMES", "shown": False} | more
    return option(default=None, help=help, rule=Joined("Ni", optional=True), **about)


def flag(help: str, spelled: str, **more: Any) -> Any:
    """A flag that is off unless it is given."""
    return option(default=False, help=help, rule=Flag(), spelled=(spelled,), **more)


def text(help: str, example: str, **more: Any) -> Any:
    """One text, or none."""
    return option(default=None, help=help, rule=Text(example, optional=True), **({"shown": False} | more))


