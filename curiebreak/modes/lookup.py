"""Finding irreps and wave vectors by name: ``R4+``, ``GM2+GM3+``, ``DT5`` at ``0,1/4,0``, ``all``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction

import numpy as np

from curiebreak.arrays import FloatArray
from curiebreak.errors import InputError
from curiebreak.results.basic import group_name
from curiebreak.symmetry.irrep_names import full_name, split_name
from curiebreak.symmetry.isotypic import Irrep
from curiebreak.symmetry.molecular_irreps import point_irreps
from curiebreak.symmetry.parent import ParentCrystal
from curiebreak.symmetry.physical import physical_irreps_at
from curiebreak.symmetry.table_file import WaveVectorFamily, group_table
from curiebreak.symmetry.tables import special_kpoints

_GREEK = {"Γ": "GM", "Δ": "DT", "Λ": "LD", "Σ": "SM"}
_NAME = re.compile(r"[A-Z]+")
_LARGEST_DENOMINATOR = 1000


def parse_kpoint(text: str) -> FloatArray:
    """Wave vector (3,) from fractions or decimals, such as ``0,1/2,0``.

    Raises
    ------
    InputError
        If the text is not three numbers.
    """
    parts = re.split(r"[,;\s]+", text.strip().strip("()[]"))
    try:
        values = [float(Fraction(part).limit_denominator(_LARGEST_DENOMINATOR)) for part in parts]
    except (ValueError, ZeroDivisionError) as error:
        raise InputError(f"{text!r} is no wave vector.", "Write three fractions such as 0,1/2,0.") from error
    if len(values) != 3:
        raise InputError(
            f"The wave vector {text!r} has {len(values)} components, not 3.",
            "Write three fractions such as 0,1/2,0.",
        )
    return np.array(values)


def irreps_at_k(parent: ParentCrystal, kpoint: str | FloatArray | None) -> tuple[Irrep, ...]:
    """All real irreps of the parent at one wave vector.

    Parameters
    ----------
    parent : ParentCrystal
    kpoint : str, ndarray (3,) or None
        Letters of a special k point, three fractions in the reciprocal basis of the conventional
        cell, or ``None`` for a molecule.

    Raises
    ------
    InputError
        For letters that the group does not have, or lines without a value.
    """
    if parent.number is None:
        return point_irreps(parent)
    if isinstance(kpoint, str):
        kpoint = wave_vector_of(parent, kpoint)
    if kpoint is None:
        kpoint = np.zeros(3)
    return physical_irreps_at(parent.number, kpoint)


def wave_vector_of(parent: ParentCrystal, text: str) -> FloatArray:
    """Wave vector (3,) in the basis of the conventional cell, from letters of a special k point or fractions.

    Raises
    ------
    InputError
        For letters that the group does not have, or lines without a value.
    """
    name = _plain(text)
    if not _NAME.fullmatch(name):
        return parse_kpoint(text)
    number, symbol = int(parent.number or 1), parent.symbol
    special = special_kpoints(number)
    if name in special:
        return special[name]
    family = next((f for f in group_table(number).families if f.label == name), None)
    if family is None:
        raise InputError(
            f"{symbol} ({number}) has no k point {name}.", f"Its special k points are {', '.join(special)}."
        )
    raise InputError(
        f"The k point {name} of {symbol} ({number}) is a {family.kind} with free parameters.",
        f"Give the wave vector as fractions, {_example(family)}.",
    )


def _example(family: WaveVectorFamily) -> str:
    """A wave vector of a line, plane or general k, as text."""
    # fractions in general position, different so that no line or plane is met by chance
    values = np.array([1 / 4, 1 / 6, 1 / 5][: family.n_parameters])
    vector = family.arms(values)[0]
    text = ",".join(str(Fraction(float(x)).limit_denominator(60)) for x in vector)
    return f"{text} for instance"


def find_irrep(parent: ParentCrystal, label: str, kpoint: str | None = None) -> Irrep:
    """One real irrep of the parent by its label.

    Parameters
    ----------
    parent : ParentCrystal
    label : str
        Such as ``R4+``; of joined irreps (``GM2+GM3+``) one half is enough. Mulliken symbols for
        molecules.
    kpoint : str, optional
        Wave vector as fractions; needed on lines, planes and for general k.

    Raises
    ------
    InputError
        If there is no such irrep; the hint lists what there is.
    """
    name = _plain(label)
    if parent.number is None:
        irreps = irreps_at_k(parent, None)
        where = f"The point group of {parent.structure.path or 'the molecule'}"
    else:
        letters = _NAME.match(name)
        if letters is None:
            raise InputError(f"{label!r} is no irrep label.", "Write a label such as R4+ or GM4-.")
        irreps = irreps_at_k(parent, kpoint if kpoint is not None else letters[0])
        where = f"{group_name(parent)} at k = {','.join(irreps[0].kpoint or ())}"
    for irrep in irreps:
        if name.lower() == irrep.label.lower():
            return irrep
    for irrep in irreps:
        if name in _halves(irrep):
            return irrep
    raise InputError(f"{where} has no irrep {name}.", f"It has {', '.join(i.label for i in irreps)}.")


def meant(parent: ParentCrystal, irreps: Iterable[Irrep], text: str) -> Irrep | None:
    """The one of some irreps that a name means: ``R4+``, or ``LD1@0,0,2/5`` with any arm of the star.

    Parameters
    ----------
    parent : ParentCrystal
    irreps : iterable of Irrep
        Repetitions do no harm.
    text : str

    Returns
    -------
    Irrep or None
        ``None`` when none of them has this name.

    Raises
    ------
    InputError
        If the label stands at several wave vectors and the text does not say which; for a wave vector that cannot
        be read.
    """
    label, wave = split_name(text)
    name = _plain(label).lower()
    found: dict[tuple[str, ...], Irrep] = {}
    for irrep in irreps:
        if irrep.label.lower() == name:
            found.setdefault(tuple(irrep.kpoint or ()), irrep)
    if wave is not None:
        if parent.number is None:
            raise InputError(f"{text!r}: a molecule has no wave vectors.", f"Write {label}.")
        return found.get(tuple(irreps_at_k(parent, parse_kpoint(wave))[0].kpoint or ()))
    if len(found) > 1:
        names = [full_name(irrep) for irrep in found.values()]
        raise InputError(
            f"{label} stands at {len(names)} wave vectors here: {', '.join(names)}.", "Write the one that is meant."
        )
    return next(iter(found.values()), None)


def _halves(irrep: Irrep) -> set[str]:
    """Labels of the complex irreps that a joined label holds."""
    return set(re.findall(r"[A-Z]+\d+[+-]?", irrep.label)) if irrep.reality != 1 else set()


def _plain(text: str) -> str:
    """Label with Greek letters spelled out and without blanks."""
    name = "".join(_GREEK.get(sign, sign) for sign in text.strip())
    return name.replace(" ", "").replace("−", "-")
