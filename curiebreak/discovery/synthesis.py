"""From order parameters to fields: an irrep with its direction, written on the atoms of a carrier."""

from __future__ import annotations

import numpy as np

from curiebreak.arrays import ComplexArray, FloatArray
from curiebreak.discovery.projection import InputCell
from curiebreak.learning.breaking import GLOBAL, Carrier
from curiebreak.modes.analysis import Analysis
from curiebreak.symmetry.bloch import BlochSpace
from curiebreak.symmetry.isotypic import Irrep
from curiebreak.symmetry.order_parameter import basis_functions, make_real

_GENERIC = (1.0, 0.37, 0.61, 0.23)
"""Weights by which several directions are put on one copy, so that none is special."""


def field_on(analysis: Analysis, irrep: Irrep, carrier: Carrier, rows: FloatArray) -> FloatArray | None:
    """Field of one irrep on a carrier with given order parameters.

    Parameters
    ----------
    analysis : Analysis
        Supplies the group and the child's cell.
    irrep : Irrep
    carrier : Carrier
    rows : ndarray (r, dim)
        Order parameters; copies of the irrep on the carrier take them in turn. Components of arms that are
        not periodic on the child's cell are left out.

    Returns
    -------
    ndarray (n, 2l+1), or (2l+1,) for a global carrier, or None
        Root mean square 1 over the atoms that carry it, e3nn component order; ``None`` when the
        carrier does not hold the irrep.
    """
    amplitudes = _amplitude_map(analysis, irrep, carrier)
    if amplitudes is None:
        return None
    wanted = _spread(rows, len(amplitudes))
    values = np.einsum("nax,na->x", amplitudes, wanted).reshape(-1, 2 * carrier.degree + 1)
    norm = float(np.sqrt((values**2).sum() / len(values)))
    if norm < 1e-9 * float(np.abs(rows).max(initial=0.0)):
        return None
    values = values / norm
    if carrier.site == GLOBAL:
        return np.asarray(values[0])
    field = analysis.group.field
    result = np.zeros((len(field.site), values.shape[1]))
    result[field.on_site(carrier.site)] = values
    return result


def _spread(rows: FloatArray, copies: int) -> FloatArray:
    """Order parameters (copies, dim) that together are as general as the rows (r, dim)."""
    rows = np.atleast_2d(rows)
    if copies >= len(rows):
        return np.asarray(rows[np.arange(copies) % len(rows)])
    weights = np.resize(_GENERIC, len(rows))
    return np.repeat((weights @ rows)[None], copies, axis=0)


def principal_rows(copies: FloatArray) -> FloatArray:
    """Independent order parameters (r, dim) that span those of all copies (m, dim), strongest first."""
    _, values, vectors = np.linalg.svd(np.atleast_2d(copies), full_matrices=False)
    kept = values > 1e-3 * max(float(values[0]), 1e-300)
    return np.asarray(values[kept, None] * vectors[kept])


def _amplitude_map(analysis: Analysis, irrep: Irrep, carrier: Carrier) -> FloatArray | None:
    """Linear map (copies, dim, atoms * (2l+1)) from real fields on the carrier to order parameters."""
    matrices = InputCell(analysis).matrices(carrier)
    space = InputCell(analysis).orbit_space(carrier.site)
    basis = basis_functions(space, matrices, irrep.members[0])
    if len(basis.orbits) == 0:
        return None
    units = _unit_fields(analysis, carrier, space)
    if irrep.reality != 1:
        found = np.einsum("nispd,xspd->xni", basis.functions.conj(), units)
        return np.moveaxis(irrep.from_complex(found), 0, -1)
    functions = np.einsum("ai,nispd->naspd", irrep.unitary.conj(), basis.functions)
    real = make_real(space, functions)
    return np.asarray(np.einsum("naspd,xspd->nax", real.conj(), units).real)


def _unit_fields(analysis: Analysis, carrier: Carrier, space: BlochSpace) -> ComplexArray:
    """Every unit component on every carrying atom of the child's cell: ndarray (x, s, n_p, d)."""
    width = 2 * carrier.degree + 1
    if carrier.site == GLOBAL:
        return np.eye(width, dtype=complex).reshape(width, 1, 1, width)
    local, cells = InputCell(analysis).orbit_atoms(carrier.site)
    count = len(local)
    units = np.eye(count * width).reshape(-1, count, width)
    return np.array([space.from_atoms(unit, local, cells) for unit in units])


def generic_field(component: int, carrier: Carrier, basis: FloatArray) -> FloatArray:
    """A field (n, 2l+1) or (2l+1,) in the span of fields (n, 2l+1, k), the same at every call."""
    values = basis @ np.random.default_rng([component, basis.shape[2]]).uniform(0.5, 1.5, basis.shape[2])
    return np.asarray(values[0] if carrier.site == GLOBAL else values)
