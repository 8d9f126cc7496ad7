"""Structures with fields, from extended XYZ or JSON; any other structure file has no fields.

The JSON layout is described in ``docs/fields.md``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np

from curiebreak.arrays import FloatArray
from curiebreak.errors import InputError, refusing
from curiebreak.files import parse_json
from curiebreak.structures.checks import Provenance, checked_lattice, listed_atoms, structure_from_arrays
from curiebreak.structures.fields_model import MOTION, NO_NUMBERS, Field, FieldFile, Per, field_kind, make_field
from curiebreak.structures.formats import from_ase
from curiebreak.structures.model import Structure
from curiebreak.structures.packed import content_of, format_of
from curiebreak.structures.read import file_text, read_structure

FIELD_MARK = "::"
"""Between a file and the name of one of its fields."""

_SILENT = {"numbers", "positions", "tags"}
_USUAL = {
    "forces", "force", "velo", "velocities", "momenta", "magmom", "magmoms", "initial_magmoms", "charges",
    "initial_charges", "masses", "energy", "free_energy", "energies", "stress", "stresses", "virial",
    "dipole", "accelerations",
}  # fmt: skip
"""What calculators leave in a file: read only when asked for."""

_MAGNETIC = {"magmom", "magmoms", "initial_magmoms"}
_BY_WIDTH = {1: "scalar", 3: "vector", 9: "tensor"}
_RANKS = {1: 0, 3: 1, 9: 2, 27: 3, 81: 4}
_VOIGT = (0, 5, 4, 5, 1, 3, 4, 3, 2)
_FIELD_KEYS = {"kind", "rank", "symmetry", "per", "values", "unit", "comment", "time"}
_JSON_KEYS = {"lattice", "species", "positions", "frac", "labels", "fields", "comment", "source"}


def read_fields(path: str | Path, wanted: Sequence[str] = (), base: Structure | None = None) -> FieldFile:
    """Read a structure with its fields.

    Parameters
    ----------
    path : path
        Extended XYZ (``.xyz``, ``.extxyz``), JSON (``.json``), or any structure file.
    wanted : sequence of str
        Names of the fields to read, with a kind where the file does not tell: ``"B:axial"``. Without
        any, all fields but those that calculators leave behind (forces, velocities, moments, ...).
    base : Structure, optional
        What the fields belong to when a JSON file names no atoms.

    Raises
    ------
    InputError
        Damaged file, unknown or unusable field.
    """
    path = Path(path)
    chosen = dict(map(_specification, wanted))
    kind = format_of(path)
    if kind == "json":
        return _read_json(path, chosen, base)
    structure = read_structure(path)
    fields, messages, there = _extxyz_fields(path, structure, chosen) if kind == "xyz" else ((), (), [])
    _all_found(chosen, fields, there, path)
    return FieldFile(structure, fields, (*messages, *_moving(fields)), structure.path, structure.sha256)


def _moving(fields: Sequence[Field]) -> tuple[str, ...]:
    """A word on what is odd under time reversal by its name."""
    return tuple(
        f"{one.name} are taken as odd under time reversal; {one.name}:vector-even says otherwise."
        for one in fields
        if one.odd and one.name.lower() in MOTION
    )


def _specification(text: str) -> tuple[str, str | None]:
    name, colon, kind = text.partition(":")
    return name.strip(), kind.strip() if colon else None


def _all_found(chosen: Mapping[str, str | None], fields: Sequence[Field], there: Iterable[str], path: Path) -> None:
    missing = [name for name in chosen if name not in {f.name for f in fields}]
    if missing:
        known = ", ".join(there) or "no field"
        raise InputError(f"{path} has no field {missing[0]!r}.", f"It has {known}.")


def _extxyz_fields(
    path: Path, structure: Structure, chosen: Mapping[str, str | None]
) -> tuple[tuple[Field, ...], tuple[str, ...], list[str]]:
    """Fields, messages, and the names of all that the file holds."""
    text, _, _ = file_text(path)
    if "=" not in text.splitlines()[1]:
        return (), (), []
    quantities = _quantities(_frames(text, path, 0))
    there = [one.name for one in quantities]
    if chosen:
        return tuple(one.asked_for(chosen[one.name]) for one in quantities if one.name in chosen), (), there
    fields = tuple(one.field(None) for one in quantities if one.name not in _USUAL and one.is_field)
    ignored = ", ".join(sorted(_USUAL & set(there)))
    words = f"{path.name}: {ignored} not used; --given of an input, --field of an output asks for one by name."
    return fields, (words,) if ignored else (), there


def _frames(text: str, path: Path, index: Any) -> Any:
    from ase.io import read

    # ASE raises many kinds for a damaged file
    with refusing(Exception, f"{path} is not a readable extended XYZ file.", "Check the file."):
        return read(StringIO(text), format="extxyz", index=index)


@dataclass(frozen=True, eq=False)
class _Quantity:
    """What ASE found beside elements and positions.

    Attributes
    ----------
    name : str
    per : {"atom", "global"}
    values : any
    atoms : int
        Of the frame.
    """

    name: str
    per: Per
    values: Any
    atoms: int

    @cached_property
    def array(self) -> Any:
        """The values; a stress of six in Voigt order becomes nine."""
        array = np.asarray(self.values)
        voigt = self.name == "stress" and (self._rows, array.size) == (1, 6)
        return array.reshape(6)[list(_VOIGT)] if voigt else array

    @property
    def _rows(self) -> int:
        return 1 if self.per == "global" else self.atoms

    @property
    def width(self) -> int:
        """Numbers of one atom, or of the whole."""
        return int(self.array.size // self._rows)

    @property
    def usable(self) -> bool:
        """Whether its shape says what it is."""
        return self.array.dtype.kind in "iuf" and self.width in _BY_WIDTH

    @property
    def is_field(self) -> bool:
        """Whether it is taken unasked: single numbers and integers of a whole structure are labels and counters."""
        return self.usable and (self.per == "atom" or (self.array.size > 1 and self.array.dtype.kind == "f"))

    def asked_for(self, kind: str | None) -> Field:
        """The field that is asked for by its name, with a kind where its shape is not to say it."""
        if self.name in _MAGNETIC and kind is None:
            raise InputError(
                f"{self.name!r} are magnetic moments, pseudovectors that change sign under time reversal.",
                f"Write {self.name}:1e- to use them as such.",
            )
        if not self.usable and kind is None:
            raise InputError(
                f"The field {self.name!r} has {self.width} numbers and no obvious meaning.",
                "Describe it in a JSON file.",
            )
        return self.field(kind)

    def field(self, kind: str | None) -> Field:
        """The field, by its shape where no kind is given: 1 number scalar, 3 vector, 9 tensor."""
        harmonic = kind is not None and field_kind(kind, self.name).degree is not None
        rank = None if harmonic else _RANKS.get(self.width)
        chosen = kind or _BY_WIDTH[self.width]
        return make_field(self.name, self.array, kind=chosen, per=self.per, n_atoms=self.atoms, rank=rank)


def _quantities(atoms: Any) -> list[_Quantity]:
    """Everything that ASE found beside elements and positions."""
    count = len(atoms)
    found: dict[str, tuple[Per, Any]]
    found = {name: ("atom", values) for name, values in atoms.arrays.items() if name not in _SILENT}
    found |= {name: ("global", values) for name, values in atoms.info.items()}
    for name, values in getattr(atoms.calc, "results", {}).items():
        of_atoms = np.shape(values)[:1] == (count,) and name != "stress"
        found.setdefault(name, ("atom" if of_atoms else "global", values))
    return [_Quantity(name, per, values, count) for name, (per, values) in found.items()]


def _read_json(path: Path, chosen: Mapping[str, str | None], base: Structure | None) -> FieldFile:
    content = content_of(path)
    data = parse_json(content, f"file {path}")
    if not isinstance(data, dict):
        raise InputError(f"{path} holds no JSON object.", "See docs/fields.md for the layout.")
    unknown = sorted(set(data) - _JSON_KEYS)
    if unknown:
        raise InputError(f"{path} has the unknown key {unknown[0]!r}.", f"It may have {', '.join(sorted(_JSON_KEYS))}.")
    sha256 = hashlib.sha256(content).hexdigest()
    structure = _json_structure(data, Provenance(str(path), str(path), sha256), path)
    owner = structure or base
    if owner is None:
        raise InputError(f"{path} names no atoms.", "Add species and positions (or frac).")
    fields = _json_fields(data.get("fields", {}), chosen, len(owner), path)
    _all_found(chosen, fields, data.get("fields", {}), path)
    return FieldFile(structure, fields, _moving(fields), str(path), sha256)


def _json_structure(data: Mapping[str, Any], source: Provenance, path: Path) -> Structure | None:
    lattice, stated = data.get("lattice"), {"species", "positions", "frac"} & set(data)
    if not stated:
        return None
    fractions = "frac" in stated
    if stated not in ({"species", "positions"}, {"species", "frac"}) or (fractions and lattice is None):
        raise InputError(
            f"{path} must give species and either positions (Å, Cartesian) or, with a lattice, frac.",
            "See docs/fields.md for the layout.",
        )
    species, labels = listed_atoms(data["species"], data.get("labels"), str(path))
    with refusing(NO_NUMBERS, f"The numbers of the atoms in {path} are not complete.", "Check the lists."):
        coords: FloatArray = np.asarray(data["frac" if fractions else "positions"], dtype=np.float64).reshape(
            len(species), 3
        )
        cell = None if lattice is None else np.asarray(lattice, dtype=np.float64).reshape(3, 3)
    if cell is not None and not fractions:
        coords = np.asarray(np.linalg.solve(checked_lattice(cell, source).T, coords.T).T)
    return structure_from_arrays(cell, species, coords, labels, provenance=source)


def _json_fields(entries: Any, chosen: Mapping[str, str | None], n_atoms: int, path: Path) -> tuple[Field, ...]:
    if not isinstance(entries, dict):
        raise InputError(f"`fields` of {path} must be an object of named fields.", "See docs/fields.md.")
    found = []
    for name, entry in entries.items():
        if chosen and name not in chosen:
            continue
        if not isinstance(entry, dict) or "values" not in entry:
            raise InputError(f"The field {name!r} of {path} has no values.", "See docs/fields.md.")
        extra = sorted(set(entry) - _FIELD_KEYS)
        if extra:
            raise InputError(f"The field {name!r} of {path} has the unknown key {extra[0]!r}.", "Remove it.")
        found.append(
            make_field(
                name,
                entry["values"],
                kind=chosen.get(name) or str(entry.get("kind", "vector")),
                per=str(entry.get("per", "atom")),
                n_atoms=n_atoms,
                rank=entry.get("rank"),
                symmetry=entry.get("symmetry"),
                time=entry.get("time"),
            )
        )
    return tuple(found)


def read_snapshots(path: str | Path, names: Sequence[str]) -> tuple[list[Structure], dict[str, Any]]:
    """Every frame of an extended XYZ file with some of its arrays.

    Parameters
    ----------
    path : path
    names : sequence of str
        Arrays (m, n, 3) to return where all frames have them.

    Returns
    -------
    structures : list of Structure, length m
    arrays : dict of str to ndarray (m, n, 3)

    Raises
    ------
    InputError
        Unreadable file, or frames with different atoms.
    """
    path = Path(path)
    first = read_structure(path)
    frames = _frames(file_text(path)[0], path, ":")
    source = Provenance(str(path), first.path, first.sha256)
    structures = [from_ase(atoms, source) for atoms in frames]
    if any(s.species != structures[0].species for s in structures):
        raise InputError(f"The frames of {path} do not hold the same atoms.", "Give snapshots of one system.")
    found: dict[str, Any] = {}
    tables = [{one.name: one.values for one in _quantities(atoms)} for atoms in frames]
    for name in names:
        if all(np.shape(table.get(name, ())) == (len(first), 3) for table in tables):
            found[name] = np.array([table[name] for table in tables], dtype=np.float64)
    return structures, found
