"""Force constants of a file, written for the cell, origin and axes of a parent that was read from another one."""

from __future__ import annotations

import dataclasses

import numpy as np

from curiebreak.errors import InputError, NotCompatibleError, refusing
from curiebreak.mapping.mapper import map_child
from curiebreak.phonons.force_constants import ForceConstants
from curiebreak.symmetry.parent import ParentCrystal

_SAME_SITES = 0.1
"""Å; how far the atoms of the force constants may lie from the sites of the parent, root mean square."""


def laid_on(parent: ParentCrystal, constants: ForceConstants) -> ForceConstants:
    """Write force constants in the frame of a parent.

    Parameters
    ----------
    parent : ParentCrystal
    constants : ForceConstants
        Of the same crystal in any cell, origin, orientation and at slightly other lattice constants.

    Returns
    -------
    ForceConstants
        On the parent's lattice; of its symmetry as far as theirs is.

    Raises
    ------
    InputError
        If their unit cell is that of another crystal.
    """
    message = f"The force constants of {constants.path} are not those of the parent"
    with refusing(NotCompatibleError, lambda why: f"{message}: {why}", "Give those of the undistorted parent."):
        found = map_child(parent, constants.structure)
    if found.rms > _SAME_SITES:
        raise InputError(
            f"The atoms of {constants.path} are {found.rms:.2f} Å from the sites of the parent.",
            "Give the force constants of the undistorted parent.",
        )
    # rows: axes of the supercell in the unit cell of the file, then in the parent's primitive axes
    repeat = np.round(constants.lattice @ np.linalg.inv(np.asarray(constants.structure.lattice)))
    to_primitive = found.supercell_basis @ parent.file_cell
    places = constants.frac @ repeat @ to_primitive + found.origin_shift @ parent.file_cell
    axes = repeat @ to_primitive
    # u_file = Q u_parent, so that Phi_parent = Q^T Phi_file Q
    turned = np.einsum("ai,rnab,bj->rnij", found.rotation, constants.values, found.rotation, optimize=True)
    return dataclasses.replace(
        constants,
        structure=parent.structure,
        lattice=axes @ np.asarray(parent.lattice),
        frac=places @ np.linalg.inv(axes),
        values=turned,
    )
