"""Labels of irreps at the other origins that give a space group the same operations.

The physical representation stays what it is, but the label that the table gives it may change with the origin.
"""

from __future__ import annotations

import numpy as np

from curiebreak.arrays import FloatArray
from curiebreak.errors import InputError, InternalError
from curiebreak.results import OriginLabel, vector3
from curiebreak.symmetry.origin_shifts import equivalent_origins
from curiebreak.symmetry.physical import PhysicalIrrep, minus_k_label
from curiebreak.symmetry.table_file import group_table
from curiebreak.symmetry.tables import SpaceGroupIrrep, irreps_of_kpoint


def relabel(irrep: SpaceGroupIrrep | PhysicalIrrep, shift: FloatArray) -> str:
    """Label of the same representation when the origin is moved by ``shift``.

    New coordinates are ``x' = x - shift``.

    Parameters
    ----------
    irrep : SpaceGroupIrrep or PhysicalIrrep
    shift : (3,) float
        One of the equivalent origins, conventional fractional coordinates.

    Raises
    ------
    InputError
        If the shift does not leave the operations unchanged.
    """
    if isinstance(irrep, PhysicalIrrep):
        return _relabel_physical(irrep, shift)
    table = group_table(irrep.number)
    # operations with R^-T k = k modulo the reciprocal lattice
    little = table.reciprocal_equivalent(irrep.arms[0] @ np.linalg.inv(table.rotations) - irrep.arms[0])
    rotations, translations = table.rotations[little], table.translations[little]
    # (23): the same operations seen from the other origin
    moved = translations + shift - rotations @ np.asarray(shift, float)
    try:
        wanted = irrep.small_characters(0, rotations, moved)
    except InputError as error:
        raise InputError(
            f"the shift {tuple(shift)} is not an equivalent origin of space group {irrep.number}",
            "`equivalent_origins` lists them",
        ) from error
    for other in irreps_of_kpoint(irrep.number, irrep.kpoint_label, np.array(irrep.parameters)):
        if np.abs(other.small_characters(0, rotations, translations) - wanted).max() < 1e-6:
            return other.label
    raise InternalError(f"{irrep.label} of space group {irrep.number} has no label at the shifted origin")


def _relabel_physical(irrep: PhysicalIrrep, shift: FloatArray) -> str:
    labels = [relabel(member, shift) for member in irrep.members]
    if irrep.reality == 1:
        return labels[0]
    if irrep.reality == 2:
        return 2 * labels[0]
    if len(labels) == 1:
        return labels[0] + minus_k_label(irrep.number, labels[0])
    order = [i.label for i in irreps_of_kpoint(irrep.number, irrep.kpoint_label, np.array(irrep.parameters))]
    return "".join(sorted(labels, key=order.index))


def other_origins(number: int | None, irrep: object, front: str = "") -> tuple[OriginLabel, ...]:
    """Labels of the same representation for the other equivalent origins of the parent's space group."""
    if number is None or not isinstance(irrep, PhysicalIrrep):
        return ()
    shifts = equivalent_origins(number).shifts
    return tuple(OriginLabel(shift=vector3(s), irrep=front + relabel(irrep, np.array(s))) for s in shifts)
