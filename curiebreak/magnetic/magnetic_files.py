"""An analysed magnetic structure in the formats of other programs, by the name of the format."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from curiebreak.errors import UsageError
from curiebreak.files import write_file
from curiebreak.magnetic.built_report import analysis_mcif
from curiebreak.magnetic.iso_magnetic import iso_magnetic_text
from curiebreak.magnetic.magnetic_analysis import MagneticAnalysis
from curiebreak.options import exported

_CONTENTS: Mapping[str, Callable[[MagneticAnalysis], str]] = {"mcif": analysis_mcif, "isocif": iso_magnetic_text}
"""In the standard setting of the magnetic group, averaged over it, with the parent."""


def write_magnetic_files(analysis: MagneticAnalysis, wanted: Collection[str]) -> list[Path]:
    """Write the structure in each of the formats that are asked for, ``FORMAT:FILE``.

    Raises
    ------
    UsageError
        For a format that holds no moments.
    """
    check_formats(wanted)
    targets = exported(wanted)
    for form, path in targets:
        write_file(path, _CONTENTS[form](analysis))
    return [path for _, path in targets]


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
