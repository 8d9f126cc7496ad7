"""Real basis functions: the fields that a unit order parameter stands for.

``g f_b = sum_a f_a R_ab(g)`` with the real matrices R of the irrep, so a field with order parameter eta
is ``sum_a eta_a f_a`` and has the length of eta.
"""

from __future__ import annotations

import numpy as np

from curiebreak.arrays import ComplexArray, FloatArray, distinct
from curiebreak.symmetry.bloch import BlochSpace
from curiebreak.symmetry.isotypic import Irrep
from curiebreak.symmetry.order_parameter import (
    BasisFunctions,
    basis_functions,
    conjugate_field,
    independent_halves,
    make_real,
)


def real_basis(
    space: BlochSpace, matrices: FloatArray, irrep: Irrep, parts: FloatArray | None = None
) -> BasisFunctions:
    """Real basis functions of every copy of an irrep.

    Parameters
    ----------
    space : BlochSpace
    matrices : ndarray (g, d, d)
        How the components on one site turn.
    irrep : Irrep
    parts : ndarray (p, n_p, d, d), optional
        As for :func:`basis_functions`.

    Returns
    -------
    BasisFunctions
        ``functions[n, a]`` is a real field for component a of the real order parameter;
        orthonormal, and zero where the arm of the component is not periodic on the cell.
    """
    basis = basis_functions(space, matrices, irrep.members[0], parts)
    if len(basis.orbits) == 0:
        shape = (0, irrep.dim, *basis.functions.shape[2:])
        return BasisFunctions(np.zeros(shape, dtype=complex), basis.orbits)
    found, owners = [], []
    for owner in distinct(basis.orbits):
        copies = basis.functions[basis.orbits == owner]
        # types 2 and 3 have no real basis of their own dimension: fields and their conjugates are added
        if irrep.kpoint is not None and irrep.reality != 1:
            copies = _doubled(space, irrep, copies)
        else:
            turned = np.einsum("ai,nispd->naspd", irrep.unitary.conj(), copies)
            copies = make_real(space, turned)
        found.append(copies)
        owners += [int(owner)] * len(copies)
    return BasisFunctions(np.concatenate(found), np.array(owners, dtype=np.int64))


def _doubled(space: BlochSpace, irrep: Irrep, functions: ComplexArray) -> ComplexArray:
    """Real forms of the copies of a complex or pseudo-real irrep (of the latter, half of them)."""
    if irrep.reality == 2:
        functions = np.einsum("hn,nispd->hispd", independent_halves(space, functions), functions)
    return real_forms(space, irrep, functions)


def real_forms(space: BlochSpace, irrep: Irrep, functions: ComplexArray) -> ComplexArray:
    """Real fields (n, dim, s, n_p, d) of copies (n, dim / 2, s, n_p, d) of a complex or pseudo-real irrep.

    Of a pseudo-real irrep no copy may be the conjugate of another one.
    """
    half = functions.shape[1]
    # eta = U [c, conj c], so c = (U^H eta)[:d], and the field is sum c phi + its conjugate
    amplitudes = irrep.unitary.conj()[:, :half]
    fields = np.einsum("ai,nispd->naspd", amplitudes, functions)
    return np.asarray(fields + conjugate_field(space, fields))
