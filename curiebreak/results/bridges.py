"""What other rooms make of a result: words, pages, tables of pandas, structures of pymatgen and ASE.

Results stand below these rooms and import none of them. They are named here, and loaded when they are asked for, so
that a result in a notebook knows its own page.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_MAKERS = {
    "summary": "curiebreak.report.notebook",
    "page": "curiebreak.report.notebook",
    "series_summary": "curiebreak.report.notebook",
    "series_page": "curiebreak.report.notebook",
    "store_summary": "curiebreak.report.notebook",
    "store_page": "curiebreak.report.notebook",
    "frame": "curiebreak.report.data_frames",
    "rows_frame": "curiebreak.report.data_frames",
    "curves_frame": "curiebreak.report.data_frames",
    "pymatgen_structure": "curiebreak.structures.converted",
    "ase_atoms": "curiebreak.structures.converted",
    "structures_of_modes": "curiebreak.structures.converted",
}


def made(what: str, of: Any) -> Any:
    """What a room makes of a result or a part of it.

    Parameters
    ----------
    what : str
        Name of the function.
    of : any
    """
    return getattr(import_module(_MAKERS[what]), what)(of)
