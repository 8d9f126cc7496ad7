"""Force constants from phonopy's files; the one module that imports phonopy."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from curiebreak.errors import InputError, UsageError, reason, refusing
from curiebreak.phonons.force_constants import ForceConstants
from curiebreak.structures import structure_from_arrays
from curiebreak.structures.packed import content_of
from curiebreak.structures.size import LARGEST_FILE

INSTALL = "pip install 'curiebreak[phonons]'"

_COMPANIONS = ("phonopy_disp.yaml", "phonopy.yaml", "phonopy_params.yaml")
"""What lies beside FORCE_SETS and says the cell and the supercell."""

_FORCES = ("FORCE_CONSTANTS", "force_constants.hdf5", "FORCE_SETS")
"""What lies beside a YAML file without forces and holds them, in phonopy's own order."""

LARGEST = 1e6
"""Of force constants (a stiff bond has 1e2 eV/Å^2, 1e3 in mRy/bohr^2) and masses (u): more is a slip of the pen."""


def read_phonopy(
    path: str | os.PathLike[str], cell: str | os.PathLike[str] | None = None, dim: Sequence[int] | None = None
) -> ForceConstants:
    """Read force constants.

    Parameters
    ----------
    path : path
        ``phonopy_params.yaml`` or another YAML file of phonopy with forces or force constants (also compressed with
        xz), ``FORCE_SETS``, ``FORCE_CONSTANTS`` or ``force_constants.hdf5``, or a folder with one of them. A YAML file
        that holds no forces takes them from the file beside it.
    cell : path, optional
        Unit cell (POSCAR) of FORCE_SETS and FORCE_CONSTANTS; by default a YAML file of phonopy beside them says it.
    dim : sequence of 3 or 9 int, optional
        The supercell, with `cell`.

    Raises
    ------
    UsageError
        If phonopy is not installed, or `cell` and `dim` do not come together.
    InputError
        For files that phonopy cannot read, or that hold no forces.
    """
    with refusing(ImportError, "Reading phonons needs phonopy, which is not installed.", f"{INSTALL}.", UsageError):
        import phonopy  # noqa: F401
    source = _file(Path(path))
    loaded = _loaded(source, _arguments(source, None if cell is None else Path(cell), dim))
    if loaded.force_constants is None and _is_yaml(source):
        beside = _there(source.parent, _FORCES)
        if beside is not None:
            loaded, source = _loaded(beside, {"phonopy_yaml": source, _forces_word(beside): beside}), beside
    if loaded.force_constants is None:
        raise InputError(
            f"{source} holds neither forces nor force constants.",
            f"Give phonopy_params.yaml, or put one of {', '.join(_FORCES)} beside it.",
        )
    return _taken(loaded, source)


def _file(path: Path) -> Path:
    """The file itself, or what a folder holds."""
    if path.is_file():
        return path
    found = _there(path, ("phonopy_params.yaml", *_FORCES))
    if found is None:
        what = f"The folder {path} holds no force constants" if path.is_dir() else f"There is no file {path}"
        raise InputError(f"{what}.", "Give phonopy_params.yaml, FORCE_SETS or FORCE_CONSTANTS.")
    return found


def _there(folder: Path, names: Sequence[str]) -> Path | None:
    """The first of these files that a folder holds."""
    return next((found for name in names if (found := folder / name).is_file()), None)


def _loaded(source: Path, given: dict[str, Any]) -> Any:
    """What phonopy makes of files, of those alone: it would take FORCE_SETS from the working directory.

    Where the regression of symfc, phonopy's default, fails, phonopy's own finite differences are taken.
    """
    import phonopy

    limit = sys.getrecursionlimit()
    named: dict[str, Any] = {key: value.resolve() if isinstance(value, Path) else value for key, value in given.items()}
    with tempfile.TemporaryDirectory() as empty, contextlib.chdir(empty):
        for calculator in (None, "traditional"):
            try:
                return phonopy.load(**named, is_nac=False, log_level=0, fc_calculator=calculator)
            except Exception as error:  # phonopy raises whatever its parsers do
                failure = error
            finally:
                sys.setrecursionlimit(limit)  # symfc raises it so far that deep nesting ends the process
    raise InputError(
        f"phonopy cannot read {source}: {reason(failure)}.",
        "Check it with `phonopy-load`; force sets need their unit cell and supercell: --cell and --dim, or "
        "phonopy_disp.yaml beside them.",
    ) from failure


def _arguments(source: Path, cell: Path | None, dim: Sequence[int] | None) -> dict[str, Any]:
    """What `phonopy.load` takes for a file."""
    if (cell is None) != (dim is None):
        raise UsageError("--cell and --dim belong together.", "Give the unit cell and the supercell, such as 2,2,2.")
    if _is_yaml(source):
        if cell is not None:
            raise UsageError(f"{source} says its own cell.", "Leave out --cell and --dim.")
        _check_size(source)
        return {"phonopy_yaml": source}
    forces = _forces_word(source)
    if cell is not None and dim is not None:
        if not cell.is_file():
            raise InputError(f"There is no file {cell}.", "Give the unit cell as POSCAR.")
        return {"unitcell_filename": cell, "supercell_matrix": _matrix(dim), forces: source}
    beside = _there(source.parent, _COMPANIONS)
    if beside is None:
        raise UsageError(
            f"Nothing beside {source} says its cell and supercell.",
            "Add --cell POSCAR --dim 2,2,2, or phonopy_disp.yaml.",
        )
    _check_size(beside)
    return {"phonopy_yaml": beside, forces: source}


def _check_size(source: Path) -> None:
    """Refuse a supercell that no force constants can be of: phonopy would build it, whatever memory that takes."""
    stated = re.search(rb"^supercell_matrix:\s*((?:-\s*\[[^\]]*\]\s*){3})", content_of(source), re.MULTILINE)
    numbers = [] if stated is None else [float(x) for x in re.findall(rb"[-+.\deE]+(?=\s*[,\]])", stated[1])]
    if len(numbers) == 9 and abs(np.linalg.det(np.reshape(numbers, (3, 3)))) > LARGEST_FILE:
        raise InputError(f"The supercell_matrix of {source} holds more than {LARGEST_FILE:,} cells.", "Correct it.")


def _forces_word(source: Path) -> str:
    return "force_constants_filename" if "constants" in source.name.lower() else "force_sets_filename"


def _is_yaml(source: Path) -> bool:
    return any(suffix in (".yaml", ".yml") for suffix in source.suffixes)


def _matrix(dim: Sequence[int]) -> list[list[int]]:
    """Rows of the supercell in the unit cell.

    Raises
    ------
    UsageError
        If it is none.
    """
    values = np.array(dim, dtype=np.int64)
    if values.size in (3, 9):
        matrix = np.diag(values) if values.size == 3 else values.reshape(3, 3)
        if 0 < abs(round(float(np.linalg.det(matrix)))) <= LARGEST_FILE:
            return [[int(x) for x in row] for row in matrix]
    raise UsageError(
        f"--dim takes three or nine whole numbers that span a supercell, of {LARGEST_FILE:,} cells at most.",
        "Write 2,2,2.",
    )


def _taken(loaded: Any, source: Path) -> ForceConstants:
    from phonopy.physical_units import get_calculator_physical_units

    unit, supercell = loaded.unitcell, loaded.supercell
    angstrom = float(get_calculator_physical_units(loaded.calculator or "vasp").distance_to_A)
    constants = np.asarray(loaded.force_constants, dtype=np.float64)
    rows = np.asarray(loaded.primitive.p2s_map, dtype=np.int64)
    if len(constants) == len(supercell):
        constants = constants[rows]
    masses = np.asarray(supercell.masses, dtype=np.float64)
    if not (np.abs(constants) < LARGEST).all() or not ((masses > 0) & (masses < LARGEST)).all():  # nan is neither
        raise InputError(f"{source} holds a force or a mass that is no number.", "Correct it.")
    structure = structure_from_arrays(
        angstrom * np.asarray(unit.cell, dtype=np.float64),
        [{str(symbol).rstrip("0123456789"): 1.0} for symbol in unit.symbols],
        np.asarray(unit.scaled_positions, dtype=np.float64),
    )
    return ForceConstants(
        structure=structure,
        path=str(source),
        lattice=angstrom * np.asarray(supercell.cell, dtype=np.float64),
        frac=np.asarray(supercell.scaled_positions, dtype=np.float64),
        masses=masses,
        rows=rows,
        values=constants,
        factor=float(loaded.unit_conversion_factor),
    )
