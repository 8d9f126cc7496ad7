"""The child in the formats of other programs, by the name of the format."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from curiebreak.errors import InputError
from curiebreak.modes.analysis import Analysis
from curiebreak.modes.child_setting import ChildSetting, StandardSetting
from curiebreak.modes.distort_files import EXACT, parent_lines
from curiebreak.modes.exports import mode_matrices_json
from curiebreak.modes.fullprof import fullprof_text
from curiebreak.modes.iso_cif import iso_cif_text
from curiebreak.modes.topas import topas_text
from curiebreak.modes.vesta import vesta_text
from curiebreak.options import exported
from curiebreak.structures.write import poscar_text, write_atomically, write_cif, xyz_text


@dataclass(frozen=True, eq=False)
class ChildFiles:
    """The child of an analysed pair as files."""

    analysis: Analysis

    def write(self, wanted: Collection[str]) -> list[Path]:
        """Write the child in each of the formats that are asked for.

        Parameters
        ----------
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
                lines = parent_lines(self.analysis.parent)
                write_cif(ChildSetting(self.analysis).structure, path, EXACT, lines)
            else:
                write_atomically(path, _CONTENTS[form](self))
        return [path for _, path in targets]

    def poscar(self) -> str:
        """The child in its file's axes, P 1."""
        return poscar_text(ChildSetting(self.analysis).structure)

    def xyz(self) -> str:
        """The child in its file's axes, or a molecule as it was read."""
        child = self.analysis.distortion.child
        return xyz_text(child if self.analysis.parent.is_molecule else ChildSetting(self.analysis).structure)

    def mcif(self) -> str:
        """Nothing: an analysis of positions has no moments."""
        raise InputError("The child has no moments for a magnetic CIF.", "Write it as cif or isocif.")

    def isocif(self) -> str:
        """CIF with ISODISTORT's loops of modes."""
        return iso_cif_text(self.analysis)

    def topas(self) -> str:
        """TOPAS input with mode amplitudes as parameters."""
        return topas_text(self.analysis)

    def fullprof(self) -> str:
        """Fragment of a FullProf file with polarisation vectors and amplitudes."""
        return fullprof_text(StandardSetting(self.analysis))

    def vesta(self) -> str:
        """VESTA file with the displacements of each irrep as arrows."""
        return vesta_text(ChildSetting(self.analysis))

    def modes_json(self) -> str:
        """Matrix of modes of each irrep."""
        return mode_matrices_json(self.analysis)


_CONTENTS: Mapping[str, Callable[[ChildFiles], str]] = {
    "poscar": ChildFiles.poscar,
    "xyz": ChildFiles.xyz,
    "mcif": ChildFiles.mcif,
    "isocif": ChildFiles.isocif,
    "topas": ChildFiles.topas,
    "fullprof": ChildFiles.fullprof,
    "vesta": ChildFiles.vesta,
    "modes-json": ChildFiles.modes_json,
}
