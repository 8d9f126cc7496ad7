"""Arguments and options that several commands share; each call gives the field of one class.

The sentence of each function is the help that it gives. First come the usual kinds: a number, a flag, a text, a file.
"""

# ruff: noqa: D103

from __future__ import annotations

from dataclasses import MISSING
from pathlib import Path
from typing import Any

from curiebreak.options.field import Option, Options, Where, option, stated
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
)  # fmt: skip
from curiebreak.options.option_texts import NUMBERS

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


# -- kinds of options: the sentence of help, what the kind needs, and more of `Option` ---------------------------------
def number(
    help: str, default: float | None = None, least: float | None = None, most: float | None = None, *,
    above: bool = False, **more: Any,
) -> Any:  # fmt: skip
    return option(help=help, default=default, rule=Number(least, most, above=above), **more)


def whole(help: str, default: int | None = None, least: int | None = 1, most: int | None = None, **more: Any) -> Any:
    return option(help=help, default=default, rule=Number(least, most, whole=True), **more)


def numbers(help: str, **more: Any) -> Any:
    return option(help=help, default=None, rule=NUMBERS, **more)


def flag(help: str, default: bool = False, **more: Any) -> Any:
    """A flag that is off unless it is given; one that is on by default is turned off by ``--no-``."""
    return option(help=help, default=default, rule=Flag(), **more)


def text(help: str, example: str, **more: Any) -> Any:
    """One text, or none."""
    return option(help=help, default=None, rule=Text(example), **more)


def joined(help: str, example: str, **more: Any) -> Any:
    """Texts with commas between, or none."""
    return option(help=help, default=None, rule=Joined(example), **more)


def words(help: str, example: str, **more: Any) -> Any:
    """Any number of texts, one each time that the option is given."""
    return option(help=help, default=(), rule=Words(example), **more)


def read(help: str, metavar: str = "FILE", **more: Any) -> Any:
    """A file that is read, or none."""
    return option(help=help, default=None, rule=InputPath(), metavar=metavar, **more)


def file(help: str, panel: str | None = WRITTEN, **more: Any) -> Any:
    """Another file that a command writes."""
    return option(help=help, default=None, rule=OutputPath(), where=Where.RUN, metavar="FILE", panel=panel, **more)


def folder(help: str, **more: Any) -> Any:
    """A folder that is written, or none."""
    return option(help=help, default=None, rule=OutputPath(folder=True), metavar="DIR", **more)


def python_only(help: str) -> Any:
    return option(help=help, default=None, rule=Value(), where=Where.PYTHON)


# -- options of several commands ---------------------------------------------------------------------------------------
def parent_rank(before: str | None = None) -> Any:
    help = "With PARENT `auto`: take this candidate of `parent CHILD`."
    return whole(help, where=Where.RUN, metavar="K", panel=PAIR, before=before)


def symprec() -> Any:
    return option(
        help="Tolerance for the child's symmetry; default: above the files' resolution and the scatter of the "
        "coordinates, as the page What counts says.",
        default=None, rule=RULES["symprec"], metavar="ANGSTROM", panel=PAIR,
    )  # fmt: skip


def parent_symprec() -> Any:
    return option(
        help="Tolerance for the parent's symmetry; default: 0.01, or what the parent's written decimals resolve.",
        default=None, rule=RULES["parent_symprec"], metavar="ANGSTROM", panel=PAIR,
    )  # fmt: skip


def strain_tolerance() -> Any:
    help = "Strain below which it does not lower the child's symmetry."
    return option(help=help, default=1e-3, rule=RULES["strain_tolerance"], metavar="STRAIN", panel=PAIR)


def fix_site() -> Any:
    help = "Polar children: keep this parent site in place instead of removing the mean displacement."
    return option(help=help, default=None, rule=RULES["fix_site"], metavar="SITE", panel=PAIR)


def allow() -> Any:
    return option(
        help="Map what is refused otherwise: other elements on the parent's sites, displacements of half "
        "a bond, or the mirror image of the child. May be given again.",
        default=(), rule=Choices(ALLOWANCES), panel=PAIR,
    )  # fmt: skip


def supercell_basis() -> Any:
    return python_only("Picks one of the equivalent domains: (3, 3), the child's axes in parent axes.")


def target() -> Any:
    return option(
        help="A field to explain, beside CHILD's distortion or without CHILD: FILE, FILE::NAME or FILE::NAME:KIND with "
        "fields on the atoms of CHILD, else of PARENT or a supercell of it. May be repeated.",
        default=(), rule=Words("born.json::Z:tensor2", files=True), metavar="FIELD", panel=PAIR,
    )  # fmt: skip


def target_tolerance() -> Any:
    return number("Change of such a field, relative to its norm, that counts as none.", 1e-3, 1e-12, 0.5, panel=PAIR)


def seed(help: str = "Seed of the random numbers.") -> Any:
    return option(help=help, default=0, rule=RULES["seed"], panel=TRAINING)


def max_steps(default: int | None = 120) -> Any:
    return whole("Optimiser steps per training, at most.", default, panel=TRAINING)


def tolerance() -> Any:
    return option(help="Relative loss that counts as reached.", default=1e-6, rule=RULES["tolerance"], panel=TRAINING)


def device() -> Any:
    return option(help="Where to train.", default="cpu", rule=RULES["device"], panel=TRAINING)


def compression(of: str = "the asymmetric unit") -> Any:
    return flag(f"Train on all atoms instead of {of}.", True, panel=TRAINING)


def threads() -> Any:
    return whole("Threads of torch.", 1, where=Where.PYTHON | Where.RECIPE, panel=TRAINING)


def progress() -> Any:
    return python_only("Called with the phase, the fraction done in [0, 1] and a short message.")


def moment_sites(help: str, **more: Any) -> Any:
    return joined(help, "Ni", metavar="NAMES", **more)


# -- what only the command line or a recipe has ------------------------------------------------------------------------
def report() -> Any:
    return file("Also draw a report: .pdf, .png or .html.")


def json(help: str = "Print the result as JSON, and nothing else, on stdout.") -> Any:
    return flag(help, where=Where.COMMAND, panel=WRITTEN, last=True)


def output(help: str = "Write the result as JSON to this file.", *, recipe: bool = False, **more: Any) -> Any:
    """`recipe`: a step may name the file; where it does not, it names it by itself."""
    where = Where.COMMAND | (Where.RECIPE if recipe else Where(0))
    about: dict[str, Any] = {"metavar": "FILE", "default": None, "where": where}
    about["rule"] = OutputPath(document="as JSON" in help)
    about |= more
    if about["default"] is MISSING:
        about |= {"in_recipe": None, "shown": False, "last": False}  # the step names it by itself
    about.setdefault("last", Where.PYTHON not in about["where"])
    return option(help=help, spelled=("-o", "--output"), panel=WRITTEN, **about)


def force() -> Any:
    return flag("Overwrite the output file.", where=Where.COMMAND, panel=WRITTEN, last=True)


def quiet(help: str = "No progress, no messages; no text when -o is given.") -> Any:
    return flag(help, where=Where.COMMAND, spelled=("--quiet", "-q"), panel=WRITTEN, last=True)


def strict(help: str = "Exit with code 5 when not converged.") -> Any:
    return flag(help, where=Where.COMMAND, panel=TRAINING, last=True)


def for_spreadsheet() -> Any:
    return flag(
        "CSV for Excel, LibreOffice and the like: a ' before text that begins with =, +, - or @, which they "
        "would run as a formula.",
        where=Where.RUN, panel=WRITTEN,
    )  # fmt: skip


def write() -> Any:
    return option(
        help=f"Write the child in a format of other programs, as FORMAT:FILE; FORMAT is one of {', '.join(FORMATS)}. "
        "May be given again.",
        default=(), rule=Exports("isocif:child.cif", formats=FORMATS), where=Where.RUN, metavar="FORMAT:FILE",
        panel=WRITTEN,
    )  # fmt: skip


@stated
class AnswerOptions(Options):
    """Where the answer of a command goes, and how it is told."""

    json: bool = json()
    output: Path | None = output()
    force: bool = force()
    quiet: bool = quiet()
