"""An analysed magnetic structure in the formats of other programs, by the name of the format."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from curiebreak.errors import UsageError
from curiebreak.magnetic.built_report import analysis_mcif
from curiebreak.magnetic.iso_magnetic import iso_magnetic_text
from curiebreak.magnetic.magnetic_analysis import MagneticAnalysis
from curiebreak.options import exported
from curiebreak.structures.write import write_atomically


@dataclass(frozen=True, eq=False)
class MagneticFiles:
    """The files that hold moments."""

    analysis: MagneticAnalysis

    def write(self, wanted: Collection[str]) -> list[Path]:
        """Write the structure in each of the formats that are asked for, ``FORMAT:FILE``.

        Raises
        ------
        UsageError
            For a format that holds no moments.
        """
        check_formats(wanted)
        targets = exported(wanted)
        for form, path in targets:
            write_atomically(path, _CONTENTS[form](self))
        return [path for _, path in targets]

    def mcif(self) -> str:
        """Magnetic CIF in the standard setting of its group, averaged over it, with the parent."""
        return analysis_mcif(self.analysis)

    def isocif(self) -> str:
        """The same with ISODISTORT's loops of the modes of moments."""
        return iso_magnetic_text(self.analysis)


_CONTENTS: Mapping[str, Callable[[MagneticFiles], str]] = {
    "mcif": MagneticFiles.mcif,
    "isocif": MagneticFiles.isocif,
}


def check_formats(wanted: Collection[str]) -> None:
    """Refuse, before anything is computed, a format that holds no moments.

    Raises
    ------
    UsageError
    """
    for form, _ in exported(wanted):
        if form not in _CONTENTS:
            known = ", ".join(_CONTENTS)
            raise UsageError(f"Moments are not written as {form}.", f"Formats with moments: {known}.")
