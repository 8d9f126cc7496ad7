"""``distort``: a child from irreps, directions and amplitudes, or from a Glazer symbol and angles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from curiebreak.arrays import FloatArray
from curiebreak.errors import InputError
from curiebreak.fields import strain_tensor
from curiebreak.modes.builder import RequestedIrrep, build_child, space_for, strain_field
from curiebreak.modes.built import BuiltChild
from curiebreak.modes.lookup import find_irrep
from curiebreak.modes.terms import Term, order_parameter, parse_term
from curiebreak.modes.tilting import tilt_terms
from curiebreak.options import require, taking
from curiebreak.options.distort_options import BuildOptions
from curiebreak.structures import read_structure
from curiebreak.symmetry.bloch import BlochSpace
from curiebreak.symmetry.irrep_names import key_of
from curiebreak.symmetry.parent import ParentCrystal, parent_crystal
from curiebreak.symmetry.real_basis import real_basis

MOST_MEMBERS = 1000
"""Structures of one series."""


@taking(BuildOptions)
def distort(asked: BuildOptions) -> BuiltChild:
    """Build a child from irreps of the parent.

    A term is ``R4+(0,b,b)=0.9``: direction with letters or numbers, any domain, ``,`` or ``;``; one amplitude in Å, or
    one for each letter (``=a:0.3,b:0.9``). ``X5+[O](…)`` picks the site that moves and ``X5+[O:2](…)`` its second copy;
    by default the first site of the parent that has the irrep. ``DT5@0,1/4,0(…)`` gives the wave vector of a line,
    plane or general k. A strain is also taken as the tensor ``U - 1``, an array (3, 3). Glazer tilts are linear modes
    only.

    Returns
    -------
    BuiltChild

    Raises
    ------
    InputError
        For terms that do not fit the parent.

    Examples
    --------
    >>> import curiebreak
    >>> built = curiebreak.distort("structures/lamno3_cubic.cif", ["R4+(0,b,b)=0.9", "M3+(a;0;0)=0.6"])
    >>> curiebreak.decompose("structures/lamno3_cubic.cif", built.structure).child.space_group
    SpaceGroup(number=62, symbol='Pnma', magnetic=None)
    """
    crystal = as_parent(asked.parent, asked.parent_symprec)
    wanted = wanted_of(crystal, asked.terms, asked.amplitude, asked.glazer, asked.angles)
    return build_child(crystal, wanted, strain_of(crystal, asked.strain))


def distort_series(
    parent: Any,
    terms: Sequence[str],
    vary: str,
    values: Sequence[float],
    *,
    amplitude: str = "As",
    strain: str | Sequence[str] | FloatArray | None = None,
    parent_symprec: float | None = None,
) -> list[BuiltChild]:
    """Children in which one irrep grows while the others stay: a frozen mode, all in one cell.

    Parameters
    ----------
    parent, terms, amplitude, strain, parent_symprec
        As for :func:`distort`; the term of the irrep that is varied needs no amplitude.
    vary : str
        The irrep, such as ``R4+``, or a term with its direction, ``R4+(0,b,b)``.
    values : sequence of float
        Its amplitudes.

    Raises
    ------
    InputError
        If the irrep has no direction, or as for :func:`distort`.
    """
    require(amplitude=amplitude, parent_symprec=parent_symprec)
    crystal = as_parent(parent, parent_symprec)
    series, space = series_of(crystal, terms, vary, values, amplitude)
    tensor = strain_of(crystal, strain)
    return [build_child(crystal, wanted, tensor, space) for wanted in series]


def series_of(
    crystal: ParentCrystal, terms: Sequence[str], vary: str, values: Sequence[float], amplitude: str
) -> tuple[list[list[RequestedIrrep]], BlochSpace]:
    """Order parameters of each member of a series, the varied irrep last, and the wave vectors of their one cell.

    Raises
    ------
    InputError
        As for :func:`distort_series`.
    """
    if not 1 <= len(values) <= MOST_MEMBERS or not np.isfinite(values).all():
        raise InputError(f"A series has 1 to {MOST_MEMBERS} finite amplitudes, {len(values)} given.", "Write 0:1.5:11.")
    plan = _scaled(crystal, _with_varied_last(crystal, terms, vary), amplitude)
    space = space_for(crystal, plan)
    *others, last = plan
    return [[*others, last.scaled(value)] for value in values], space


def _key(crystal: ParentCrystal, term: Term) -> tuple[Any, bool]:
    """The irrep of a term, and whether it is one of moments."""
    return key_of(find_irrep(crystal, term.space_irrep, term.kpoint)), term.odd


def as_parent(parent: Any, symprec: float | None = None) -> ParentCrystal:
    """The parent crystal of a file, structure or object."""
    return parent if isinstance(parent, ParentCrystal) else parent_crystal(read_structure(parent), symprec)


def _with_varied_last(crystal: ParentCrystal, terms: Sequence[str], vary: str) -> list[Term]:
    """The terms that stay, then the varied one with an amplitude of 1."""
    parsed, varied = [parse_term(text) for text in terms], parse_term(vary)
    # the same irrep among the terms gives the direction in which it is varied
    own = _key(crystal, varied)
    same = [t for t in parsed if _key(crystal, t) == own]
    if len(same) > 1:
        raise InputError(f"{varied.label} is given {len(same)} times.", "Vary an irrep with one term.")
    pattern = varied if varied.direction is not None or not same else same[0]
    return [*(t for t in parsed if t not in same), replace(pattern, amplitude="1")]


def wanted_of(
    parent: ParentCrystal,
    terms: Sequence[str],
    amplitude: str = "As",
    glazer: str | None = None,
    angles: Sequence[float] | None = None,
) -> list[RequestedIrrep]:
    """Order parameters (As) of terms and tilts together.

    Raises
    ------
    InputError
        As for :func:`distort`.
    """
    if glazer is None and angles is not None:
        raise InputError("Angles need a Glazer symbol.", "Add --glazer a+b-b-.")
    tilts: list[RequestedIrrep] = []
    if glazer is not None:
        if angles is None:
            raise InputError("A Glazer symbol needs three angles.", "Add --angles 9.7,9.0,9.0 (degrees).")
        tilts = tilt_terms(parent, glazer, angles)
    return _scaled(parent, [parse_term(text) for text in terms], amplitude, tilts)


def _scaled(
    parent: ParentCrystal, terms: Sequence[Term], amplitude: str, tilts: Sequence[RequestedIrrep] = ()
) -> list[RequestedIrrep]:
    """Bring every number to amplitudes over the child's cell; tilts come as Ap."""
    if amplitude not in ("As", "Ap"):
        raise InputError(f"There is no amplitude {amplitude!r}.", "Use As (child's cell) or Ap (parent's cell).")
    irreps = [find_irrep(parent, term.space_irrep, term.kpoint) for term in terms]
    wanted = [
        RequestedIrrep(irrep, term.site, term.copy, order_parameter(term, irrep.dim), term.text, term.odd)
        for irrep, term in zip(irreps, terms, strict=True)
    ]
    # (17): As = Ap sqrt(s), with the size of the cell that all terms need
    root = float(np.sqrt(space_for(parent, [*wanted, *tilts]).size))
    scale = root if amplitude == "Ap" else 1.0
    return [*(one.scaled(scale) for one in wanted), *(one.scaled(root) for one in tilts)]


def strain_of(parent: ParentCrystal, strain: str | Sequence[str] | FloatArray | None) -> FloatArray:
    """Strain tensor (3, 3) from numbers, irrep terms or a tensor.

    Raises
    ------
    InputError
        For text that is neither, for molecules, and for strains that turn the cell inside out.
    """
    if strain is None or not len(strain):
        return np.zeros((3, 3))
    if parent.is_molecule:
        raise InputError("A molecule has no strain.", "Leave out --strain.")
    if isinstance(strain, np.ndarray):
        tensor = (strain + strain.T) / 2
    else:
        texts = [strain] if isinstance(strain, str) else strain
        tensor = np.sum([_strain_part(parent, text) for text in texts], axis=0)
    if np.linalg.eigvalsh(np.eye(3) + tensor).min() <= 0.1 or not np.isfinite(tensor).all():
        raise InputError("The strain is too large to leave a cell.", "Strain has no unit: 0.01 is one percent.")
    return np.asarray(tensor, dtype=float)


def _strain_part(parent: ParentCrystal, text: str) -> FloatArray:
    if any(sign in text for sign in "()="):
        return _strain_irrep(parent, parse_term(text))
    try:
        numbers = [float(part) for part in text.replace(";", ",").split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != 6:
        raise InputError(
            f"{text!r} is no strain.", "Give xx,yy,zz,yz,xz,xy as six numbers, or a term such as GM3+(a,0)=0.02."
        )
    xx, yy, zz, yz, xz, xy = numbers
    return np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])


def _strain_irrep(parent: ParentCrystal, term: Term) -> FloatArray:
    irrep = find_irrep(parent, term.label, term.kpoint)
    space, matrices = strain_field(parent)
    # a strain is a field at k = 0
    basis = None if np.abs(irrep.arms).max() > 1e-9 else real_basis(space, matrices, irrep)
    if basis is None or len(basis.orbits) < term.copy:
        count = 0 if basis is None else len(basis.orbits)
        raise InputError(
            f"The strain has {count} copies of {irrep.label}, not {term.copy}.",
            "Only irreps at GM that turn like products of two vectors are strains.",
        )
    eta = order_parameter(term, irrep.dim)
    return strain_tensor(np.einsum("a,aspd->d", eta, basis.functions[term.copy - 1]).real)
