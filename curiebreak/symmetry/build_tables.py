"""Build the compact irrep table from the ISO-IR data file.

Run as ``python -m curiebreak.symmetry.build_tables CIR_data.txt.gz irreps.jsonl``.

The source is ISO-IR, *Complex Irreducible Representations of the 230 Crystallographic
Space Groups* (2011 version, ISOTROPY Software Suite, iso.byu.edu), described in H. T.
Stokes, B. J. Campbell and R. Cordes, Acta Cryst. A69, 388 (2013). It lists, for each
irrep, a matrix for each operation, rounded to five digits.

What is kept
------------
Each matrix is written as ``D({R|v}) = T(k.v) P(R)``, with ``T`` the diagonal of
``exp(+2 pi i k_a.v)`` over the arms ``a`` of the star and ``P`` a constant matrix of
blocks, one block per arm. ``v`` is the translation part that ISO-IR used when it made the
matrices: the one of origin choice 1 where the operations are listed for origin choice 2
(both choices give the same abstract group, so this only moves phases between arms). The
file holds ``P`` for a minimal set of generators; everything else follows by multiplication
and is compared here with the source, operation by operation.

The output is text: a header line with the byte offset of each group, then one JSON line
per space group, so that a reader seeks to the one line it needs. The same input always
gives the same bytes.
"""

from __future__ import annotations

import gzip
import itertools
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from curiebreak.arrays import ComplexArray, FloatArray, IntArray
from curiebreak.errors import InputError, InternalError
from curiebreak.symmetry.table_file import (
    CODE_START,
    FORMAT,
    K_UNIT,
    T_UNIT,
    VERSION,
    GroupTable,
    exact_values,
    lattice_vectors,
)
from curiebreak.symmetry.tables import irreps_of_family

SNAP_TOLERANCE = 2e-5
_HEADER = re.compile(r'\s*(\d+)\s+(\d+) "(.*)" "(.*)"\s+(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s+(\d+)')


@dataclass(frozen=True, eq=False)
class SourceIrrep:
    """One record of the ISO-IR file.

    Attributes
    ----------
    number, symbol, label : int, str, str
        Space group number and symbol, Miller-Love label.
    reality : int
        1 real, 2 pseudo-real, 3 complex.
    kvectors : (n_arms, 4, 3) float
        Constant part and the coefficients of alpha, beta, gamma.
    operations : (g, 4, 4) int
        Augmented matrices times their denominator, which is the last element.
    translations : (g, 3) float or None
        Translation of the k-dependent phase; None at special k.
    matrices : (g, d, d) complex
        As printed.
    """

    number: int
    symbol: str
    label: str
    reality: int
    kvectors: FloatArray
    operations: IntArray
    translations: FloatArray | None
    matrices: ComplexArray

    @property
    def family(self) -> str:
        """Label of the k point, line, plane or general position."""
        return re.sub(r"\d+[+-]?$", "", self.label)


def read_source(path: Path) -> Iterator[SourceIrrep]:
    """Yield the records of the ISO-IR data file (plain text or gzip)."""
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt") as handle:
            lines = handle.read().split("\n")
    except OSError as error:
        message = f"cannot read the irrep data file {path}: {error}"
        raise InputError(message, "give the ISO-IR CIR_data.txt") from error
    cursor = 0
    while cursor < len(lines):
        if _HEADER.match(lines[cursor]):
            record, cursor = _read_record(lines, cursor)
            yield record
        else:
            cursor += 1


def _read_record(lines: list[str], cursor: int) -> tuple[SourceIrrep, int]:
    match = _HEADER.match(lines[cursor])
    if match is None:
        raise InternalError(f"line {cursor + 1} of the irrep data is not a header")
    dim, reality, n_arms, _, n_ops = map(int, match.groups()[4:])
    words, cursor = _take(lines, cursor + 1, 16 * n_arms)
    raw = np.array(words, int).reshape(n_arms, 4, 4)
    kvectors = raw[:, :, :3] / np.maximum(raw[:, :, 3:], 1)
    special = not kvectors[:, 1:].any()
    operations, extra, matrices = [], [], []
    for _ in range(n_ops):
        operations.append(lines[cursor].split())
        cursor += 1
        if not special:
            extra.append(lines[cursor].split())
            cursor += 1
        entries, cursor = _take_complex(lines, cursor, dim * dim)
        matrices.append(entries.reshape(dim, dim))
    shifts = np.array(extra, int)
    record = SourceIrrep(
        number=int(match[2]),
        symbol=match[3].strip(),
        label=match[4].strip(),
        reality=reality,
        kvectors=kvectors,
        operations=np.array(operations, int).reshape(n_ops, 4, 4),
        translations=None if special else shifts[:, :3] / shifts[:, 3:],
        matrices=np.array(matrices),
    )
    return record, cursor


def _take(lines: list[str], cursor: int, count: int) -> tuple[list[str], int]:
    words: list[str] = []
    while len(words) < count:
        words += lines[cursor].split()
        cursor += 1
    return words, cursor


def _take_complex(lines: list[str], cursor: int, count: int) -> tuple[ComplexArray, int]:
    found, start = 0, cursor
    while found < count:
        found += lines[cursor].count("(")
        cursor += 1
    text = " ".join(lines[start:cursor]).translate(str.maketrans("(),", "   "))
    values = np.array(text.split(), float).reshape(count, 2)
    return values[:, 0] + 1j * values[:, 1], cursor


def split_operations(operations: IntArray) -> tuple[IntArray, FloatArray]:
    """Integer rotations (g, 3, 3) and translations (g, 3) of augmented matrices."""
    scale = operations[:, 3, 3]
    return operations[:, :3, :3] // scale[:, None, None], operations[:, :3, 3] / scale[:, None]


def product_table(rotations: IntArray) -> IntArray:
    """Index (g, g) of the product of two rotations; the columns run over the right factor."""
    index = {r.tobytes(): i for i, r in enumerate(rotations)}
    products = np.einsum("aij,bjk->abik", rotations, rotations)
    return np.array([[index[p.tobytes()] for p in row] for row in products])


def minimal_generators(table: IntArray) -> list[int]:
    """First smallest set of elements that generates the group of a product table."""
    order = len(table)
    if order == 1:
        return []
    for size in range(1, order):
        for chosen in itertools.combinations(range(1, order), size):
            if _closure_size(table, chosen) == order:
                return list(chosen)
    raise InternalError("a product table has no generators")


def _closure_size(table: IntArray, chosen: tuple[int, ...]) -> int:
    member = np.zeros(len(table), bool)
    member[0] = True
    fresh = np.array([0])
    while len(fresh):
        reached = np.unique(table[np.array(chosen)][:, fresh])
        fresh = reached[~member[reached]]
        member[fresh] = True
    return int(member.sum())


def point_parts(irrep: SourceIrrep, shifts: FloatArray) -> ComplexArray:
    """Exact constant parts P, (g, d, d), of the matrices of one irrep."""
    matrices = irrep.matrices
    if irrep.translations is None:
        phases = np.exp(-2j * np.pi * shifts @ irrep.kvectors[:, 0].T)
        small = matrices.shape[1] // len(irrep.kvectors)
        matrices = np.repeat(phases, small, axis=1)[:, :, None] * matrices
    # ISO-IR prints five decimals: each entry is the nearest of the numbers that such matrices can hold
    exact = exact_values()
    values, inverse = np.unique(np.round(matrices, 5), return_inverse=True)
    nearest = np.abs(values[:, None] - exact[None, :]).argmin(axis=1)
    if np.abs(values - exact[nearest]).max() > SNAP_TOLERANCE:
        raise InternalError(f"{irrep.symbol} {irrep.label}: a matrix entry has no exact value")
    return np.asarray(exact[nearest][inverse.reshape(matrices.shape)])


def arm_records(irrep: SourceIrrep, rotations: IntArray) -> list[Any]:
    """How each arm follows from the first: an operation, and a reciprocal vector if needed.

    Arm ``a`` is ``k_1 R^-1 + g`` (rows); written as the index of R, or [index, g1, g2, g3].
    """
    images = np.einsum("pi,oij->opj", irrep.kvectors[0], np.linalg.inv(rotations))
    records: list[Any] = []
    for arm in irrep.kvectors:
        shift = arm[0] - images[:, 0]
        same = np.abs(arm[1:] - images[:, 1:]).max(axis=(1, 2)) < 1e-9
        integral = np.abs(shift - np.rint(shift)).max(axis=1) < 1e-9
        # of the operations that give this arm the one with the shortest reciprocal vector
        order = np.where(same & integral, np.abs(shift).sum(axis=1), np.inf)
        best = int(order.argmin())
        if not np.isfinite(order[best]):
            raise InternalError(f"{irrep.symbol} {irrep.label}: an arm is no image of the first")
        move = np.rint(shift[best]).astype(int).tolist()
        records.append([best, *move] if any(move) else best)
    return records


def source_arm(irrep: SourceIrrep, rotation: IntArray, centring: FloatArray) -> IntArray:
    """Arm b that ``rotation`` carries onto each arm a, (n_arms,)."""
    # (7): k R^-1, constant part modulo the reciprocal lattice, parameters exactly
    images = irrep.kvectors @ np.linalg.inv(rotation)
    difference = irrep.kvectors[:, None] - images[None]
    constant = difference[:, :, 0] @ centring.T
    same = np.abs(difference[:, :, 1:]).max(axis=(2, 3)) < 1e-9
    same &= np.abs(constant - np.rint(constant)).max(axis=2) < 1e-9
    if not (same.sum(axis=1) == 1).all():
        raise InternalError(f"{irrep.symbol} {irrep.label}: the star is not closed")
    return np.asarray(same.argmax(axis=1))


def group_record(irreps: list[SourceIrrep]) -> dict[str, Any]:
    """Return the JSON object of one space group."""
    first = irreps[0]
    rotations, translations = split_operations(first.operations)
    shifts = next(i.translations for i in irreps if i.translations is not None)
    generators = minimal_generators(product_table(rotations))
    families: dict[str, dict[str, Any]] = {}
    codes: list[IntArray] = []
    for irrep in irreps:
        parts = point_parts(irrep, shifts)
        family = families.setdefault(irrep.family, family_record(irrep, rotations))
        codes.append(_blocks(irrep, parts, generators, rotations))
        small = parts.shape[1] // len(irrep.kvectors)
        family["irreps"].append([irrep.label, irrep.reality, small, len(codes) - 1])
    alphabet = sorted({int(c) for block in codes for c in block.ravel()})
    for family in families.values():
        for entry in family["irreps"]:
            entry[3] = _text(codes[entry[3]], alphabet)
    record: dict[str, Any] = {
        "number": first.number,
        "symbol": first.symbol,
        "rotations": rotations.reshape(-1, 9).tolist(),
        "translations": _integers(translations, T_UNIT),
        "phases": _integers(shifts, T_UNIT),
        "generators": generators,
        "alphabet": alphabet,
        "families": list(families.values()),
    }
    if record["phases"] == record["translations"]:
        record["phases"] = None
    return record


def family_record(irrep: SourceIrrep, rotations: IntArray) -> dict[str, Any]:
    """Star of one k point, line or plane, without its irreps."""
    used = [i for i in (1, 2, 3) if irrep.kvectors[0, i].any()]
    return {
        "label": irrep.family,
        "constant": _integers(irrep.kvectors[0, 0], K_UNIT),
        "parameters": ["alpha beta gamma".split()[i - 1] for i in used],
        "coefficients": _integers(irrep.kvectors[0][used], 1),
        "arms": arm_records(irrep, rotations),
        "irreps": [],
    }


def _blocks(irrep: SourceIrrep, parts: ComplexArray, generators: list[int], rotations: IntArray) -> IntArray:
    """Find indices into `exact_values` of the non-zero blocks, (generators, arms, small, small)."""
    arms = len(irrep.kvectors)
    small = parts.shape[1] // arms
    exact = exact_values()
    out = np.zeros((len(generators), arms, small, small), int)
    for slot, g in enumerate(generators):
        sources = source_arm(irrep, rotations[g], lattice_vectors(irrep.symbol))
        tiles = parts[g].reshape(arms, small, arms, small)
        rest = tiles.copy()
        for a, b in enumerate(sources):
            out[slot, a] = np.abs(tiles[a, :, b, :, None] - exact).argmin(axis=-1)
            rest[a, :, b, :] = 0
        if rest.any():
            raise InternalError(f"{irrep.symbol} {irrep.label}: a matrix mixes arms")
    return out


def _text(codes: IntArray, alphabet: list[int]) -> str:
    position = {code: i for i, code in enumerate(alphabet)}
    places = [CODE_START + position[int(c)] for c in codes.ravel()]
    return "".join(chr(p if p < ord("\\") else p + 1) for p in places)


def _integers(values: FloatArray, unit: int) -> Any:
    scaled = np.rint(values * unit)
    if np.abs(scaled - values * unit).max(initial=0) > 1e-6:
        raise InternalError(f"a value is no multiple of 1/{unit}")
    return scaled.astype(int).tolist()


def build(source: Path, output: Path) -> int:
    """Write the compact table and return its size in bytes.

    Raises
    ------
    InternalError
        If the rebuilt matrices differ from the source anywhere.
    """
    lines: list[bytes] = []
    for number, group in itertools.groupby(read_source(source), key=lambda i: i.number):
        irreps = list(group)
        record = group_record(irreps)
        if record["number"] != len(lines) + 1:
            raise InternalError(f"space group {number} is out of order in {source}")
        verify(record, irreps)
        lines.append(json.dumps(record, separators=(",", ":")).encode() + b"\n")
    offsets = np.concatenate([[0], np.cumsum([len(line) for line in lines])]).tolist()
    header = {"format": FORMAT, "version": VERSION, "source": "ISO-IR 2011, iso.byu.edu", "offsets": offsets}
    data = json.dumps(header, separators=(",", ":")).encode() + b"\n" + b"".join(lines)
    output.write_bytes(data)
    return len(data)


def verify(record: dict[str, Any], irreps: list[SourceIrrep]) -> None:
    """Rebuild all matrices of a group from its record and compare them with the source."""
    table = GroupTable.from_record(record)
    rotations, translations = split_operations(irreps[0].operations)
    parameters = np.array([0.1234, 0.2871, 0.0517])
    families = [irreps_of_family(table, f, parameters[: f.n_parameters]) for f in table.families]
    built = {irrep.label: irrep for family in families for irrep in family}
    for irrep in irreps:
        result = built[irrep.label].matrices(rotations, translations)
        expected = irrep.matrices
        if irrep.translations is not None:
            phases = np.exp(2j * np.pi * irrep.translations @ built[irrep.label].arms.T)
            expected = np.repeat(phases, built[irrep.label].small_dim, axis=1)[:, :, None] * expected
        if np.abs(result - expected).max() > SNAP_TOLERANCE:
            raise InternalError(f"{irrep.symbol} {irrep.label}: rebuilt matrices differ from the source")


def main(arguments: list[str]) -> int:
    """Command line: source path, output path."""
    if len(arguments) != 2:
        sys.stderr.write("usage: python -m curiebreak.symmetry.build_tables CIR_DATA OUT\n")
        return 2
    size = build(Path(arguments[0]), Path(arguments[1]))
    sys.stderr.write(f"{arguments[1]}: {size} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
