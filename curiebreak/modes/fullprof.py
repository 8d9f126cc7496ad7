"""Fragment of a FullProf ``.pcr`` file: the atoms of a phase and its symmetry modes, in the form of AMPLIMODES.

``x_j = x_j0 + sum_m Q_m e_jm``: x_j0 are the undistorted positions in the standard setting of the child's group, e_jm
the displacement of atom j for an amplitude of 1 Å over the primitive cell, in fractions of the child's cell (block
``V_MODES``), Q_m the amplitudes (block ``A_MODES``), which take the place of the coordinates in a refinement.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from curiebreak.errors import InputError
from curiebreak.modes.child_setting import StandardSetting
from curiebreak.modes.mode_vectors import FreeModes, ModeVector
from curiebreak.modes.topas import TopasSite, moving_sites
from curiebreak.structures.cif_symbols import reference_symbols
from curiebreak.structures.write import cell_parameters
from curiebreak.symmetry.irrep_names import split_name

_SILENT = 5e-7
"""Smaller components would be written as zero."""


def fullprof_text(setting: StandardSetting) -> str:
    """Content of the fragment.

    Raises
    ------
    InputError
        For a child without a free coordinate.
    """
    modes = FreeModes(setting.analysis).displacement
    if not modes:
        raise InputError("The child has no free coordinate, so FullProf has no mode to refine.", "Write it as cif.")
    sites = moving_sites(setting, modes)
    parts = (_head(setting), _atoms(setting, sites), _vectors(sites, modes), _amplitudes(modes))
    return "".join(f"{line}\n" for part in parts for line in part)


def _head(setting: StandardSetting) -> Iterator[str]:
    rotations, _ = setting.operations
    symbol, _ = reference_symbols(setting.group.number or 1)
    cell = cell_parameters(setting.lattice, rotations)
    yield "! Fragment of a .pcr file: symmetry modes of a phase, amplitudes in Angstrom over the primitive cell."
    yield "! Coordinates are those of the undistorted structure; the amplitudes below make the child of them."
    yield "!     a          b         c        alpha      beta       gamma"
    yield "! " + " ".join(f"{value:10.6f}" for value in cell)
    yield f"{symbol:<25}<--Space group symbol"


def _atoms(setting: StandardSetting, sites: Sequence[TopasSite]) -> Iterator[str]:
    order = len(setting.operations[0]) * len(setting.centrings)
    yield "!Atom   Typ       X        Y        Z     Biso       Occ     In Fin N_t Spc /Codes"
    for one in sites:
        x, y, z = one.site.position
        for number, (element, occupancy) in enumerate(one.occupants):
            name = one.name if number == 0 else f"{one.name}{element}"
            occ = occupancy * one.site.multiplicity / order
            yield f"{name:<7} {element.upper():<4} {x:10.6f} {y:10.6f} {z:10.6f}  0.30000 {occ:9.5f}   0   0   0    0"
            yield "                  0.00     0.00     0.00     0.00      0.00"


def _vectors(sites: Sequence[TopasSite], modes: Sequence[ModeVector]) -> Iterator[str]:
    rows = []
    for number, mode in enumerate(modes):
        for one in sites:
            vector = one.coefficients[:, number]
            if np.abs(vector).max() > _SILENT:
                x, y, z = np.round(vector, 6) + 0.0
                names = [one.name] + [f"{one.name}{element}" for element, _ in one.occupants[1:]]
                rows += [
                    f"{number + 1:6d}  {name:<7} {_irrep(mode):<8} {x:10.6f} {y:10.6f} {z:10.6f}     1.00"
                    for name in names
                ]
    yield "!  Polarisation Vectors of Symmetry Modes for each atom"
    yield f"V_MODES {len(rows):4d}"
    yield "!   Nm  Atm     Irrep            Vx         Vy         Vz    Coeff"
    yield from rows


def _amplitudes(modes: Sequence[ModeVector]) -> Iterator[str]:
    yield "!  Amplitudes of Symmetry Modes"
    yield f"A_MODES {len(modes):4d} {len({mode.irrep for mode in modes}):4d}"
    for number, mode in enumerate(modes, 1):
        yield f"Q{number}_{_irrep(mode):<8} {mode.amplitude + 0.0:12.6f}     0.00"


def _irrep(mode: ModeVector) -> str:
    return split_name(mode.irrep)[0]
