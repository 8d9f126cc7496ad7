"""The child in the formats of other programs, by the name of the format."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from curiebreak.errors import InputError
from curiebreak.files import write_file
from curiebreak.modes.analysis import Analysis
from curiebreak.modes.child_setting import ChildSetting, StandardSetting
from curiebreak.modes.distort_files import EXACT, parent_lines
from curiebreak.modes.exports import mode_matrices_json
from curiebreak.modes.fullprof import fullprof_text
from curiebreak.modes.iso_cif import iso_cif_text
from curiebreak.modes.topas import topas_text
from curiebreak.modes.vesta import vesta_text
from curiebreak.options import exported
from curiebreak.structures.write import poscar_text, write_cif, xyz_text


def write_child_files(analysis: Analysis, wanted: Collection[str]) -> list[Path]:
    """Write the child of an analysed pair in each of the formats that are asked for.

    Parameters
    ----------
    analysis : Analysis
    wanted : collection of str
        ``FORMAT:FILE``, as the option ``--write`` takes them.

    Returns
    -------
    list of Path
        The files.

    Raises
    ------
    InputError
        A child that a format cannot hold, or a place that cannot be written.
    """
    targets = exported(wanted)
    for form, path in targets:
        if form == "cif":
            write_cif(ChildSetting(analysis).structure, path, EXACT, parent_lines(analysis.parent))
        else:
            write_file(path, _CONTENTS[form](analysis))
    return [path for _, path in targets]


def _xyz(analysis: Analysis) -> str:
    """The child in its file's axes, or a molecule as it was read."""
    child = analysis.distortion.child
    return xyz_text(child if analysis.parent.is_molecule else ChildSetting(analysis).structure)


def _mcif(analysis: Analysis) -> str:
    raise InputError("The child has no moments for a magnetic CIF.", "Write it as cif or isocif.")


_CONTENTS: Mapping[str, Callable[[Analysis], str]] = {
    "poscar": lambda analysis: poscar_text(ChildSetting(analysis).structure),
    "xyz": _xyz,
    "mcif": _mcif,
    "isocif": iso_cif_text,
    "topas": topas_text,
    "fullprof": lambda analysis: fullprof_text(StandardSetting(analysis)),
    "vesta": lambda analysis: vesta_text(ChildSetting(analysis)),
    "modes-json": mode_matrices_json,
}
"""In the axes of the child's file, P 1 (POSCAR, XYZ, VESTA), or of the standard setting."""
