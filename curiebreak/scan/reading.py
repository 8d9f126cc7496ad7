"""From a piece of an input to a structure."""

from __future__ import annotations

import hashlib
from typing import Any

from curiebreak.errors import InputError
from curiebreak.files import parse_json
from curiebreak.scan.inputs import Piece
from curiebreak.structures import Structure, read_structure
from curiebreak.structures.checks import Provenance, listed_atoms, structure_from_arrays
from curiebreak.structures.formats import read_xyz


def read_piece(piece: Piece) -> Structure:
    """Read the structure of a piece.

    Raises
    ------
    InputError
        Missing or damaged content.
    """
    piece.check_end()
    if piece.form == "file":
        return read_structure(piece.path)
    content = piece.content()
    name = f"{piece.path} at byte {piece.offset}"
    source = Provenance(name, piece.path, hashlib.sha256(content).hexdigest())
    if piece.form == "frame":
        try:
            return read_xyz(content.decode("utf-8"), source)
        except UnicodeDecodeError as error:
            raise InputError(f"{name} is not a text.", "Check the file.") from error
    return _from_record(_record(content, piece.member, name), source)


def _record(content: bytes, member: str | None, name: str) -> dict[str, Any]:
    record = parse_json(content, f"record {name}")
    if isinstance(record, dict) and member is not None:
        record = record.get(member)
    if not isinstance(record, dict):
        raise InputError(f"{name} is not a JSON object.", "Give {id, formula, lattice, species, frac}.")
    return record


def _from_record(record: dict[str, Any], source: Provenance) -> Structure:
    missing = [key for key in ("lattice", "species", "frac") if key not in record]
    if missing:
        raise InputError(f"{source.name} has no `{missing[0]}`.", "A record needs lattice (rows, Å), species and frac.")
    species, _ = listed_atoms(record.get("occupancies") or record["species"], None, source.name)
    frac = record["frac"]
    try:
        if len(species) != len(frac) or any(len(row) != 3 for row in frac):
            raise ValueError("species and frac differ in length")
        return structure_from_arrays(record["lattice"], species, frac, provenance=source)
    except (OverflowError, RecursionError, TypeError, ValueError) as error:
        raise InputError(f"{source.name} is not a structure ({error}).", "Check the record.") from error
