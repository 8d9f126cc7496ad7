"""Pairs of one family: read, mapped, analysed exactly, and written on the family's common cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

import numpy as np

from curiebreak.arrays import FloatArray, nearest_image
from curiebreak.errors import CurieBreakError, InputError
from curiebreak.family.cell import CommonCell, edge_of, unit_volume
from curiebreak.family.container import packed, unpacked
from curiebreak.modes.analysis import Analysis, analyse
from curiebreak.options.scan_options import ScanSettings
from curiebreak.scan.analysing import place
from curiebreak.scan.inputs import Source, list_sources
from curiebreak.scan.recognise import NotRecognised
from curiebreak.scan.store import read_meta
from curiebreak.scan.table import reading

Kept = TypeVar("Kept")

LARGEST_REPEAT = 4
"""The common cell holds at most 4^3 primitive cells."""

ENOUGH = 0.9
"""The smallest repeat that holds this part of the pairs is taken."""


@dataclass(frozen=True, eq=False)
class Member:
    """One pair on the common cell.

    Attributes
    ----------
    id, formula : str
    species : tuple of str
        Element on each site orbit of the parent.
    displacements : (n, 3)
        Å, averaged over the child's group, mean removed.
    parts : dict
        Irrep key to the displacements (n, 3) that belong to it, for each member of the primary set.
    strain : (3, 3)
        Without its trace: ``(1 + U) / det(1 + U)^(1/3) - 1``.
    edge : float
        Cube root of the child's volume per primitive parent cell, Å.
    primary : tuple of str
        Names of the primary set.
    group : tuple (number, index)
        Space group of the child and its index in the parent's.
    glazer : str or None
    """

    id: str
    formula: str
    species: tuple[str, ...]
    displacements: FloatArray
    parts: dict[str, FloatArray]
    strain: FloatArray
    edge: float
    primary: tuple[str, ...]
    group: tuple[int, int]
    glazer: str | None = None


@dataclass(frozen=True, eq=False)
class Members:
    """All pairs of a family.

    Attributes
    ----------
    cell : CommonCell
    members : tuple of Member
    left_out : dict
        Reason to number of pairs.
    source : str
        Where they came from, with its attribution.
    """

    cell: CommonCell
    members: tuple[Member, ...]
    left_out: dict[str, int] = field(default_factory=dict)
    source: str = ""


Analysed = tuple[str, Analysis]
"""A pair before the common cell is known, with its id."""


def _usable(found: Iterable[Kept | str], left_out: Counter[str]) -> list[Kept]:
    """What is no reason to leave a pair out; the reasons are counted."""
    kept: list[Kept] = []
    for one in found:
        if isinstance(one, str):
            left_out[one] += 1
        else:
            kept.append(one)
    return kept


def _analysed(source: Source, settings: ScanSettings) -> Analysed | str:
    """A pair read, mapped and analysed, or why it cannot be used."""
    try:
        found = place(source, settings)
    except CurieBreakError:
        return "not mapped"
    if isinstance(found, NotRecognised):
        return "not mapped"
    if found[0].parent.is_molecule:
        return "molecule"
    try:
        return source.id, analyse(found[0])
    except CurieBreakError:
        return "not analysed"


def common_cell(pairs: Sequence[Analysed]) -> CommonCell:
    """The most frequent parent prototype with the smallest repeat that holds most pairs."""
    prototypes: list[tuple[CommonCell, list[Analysis]]] = []
    for _, analysis in pairs:
        for cell, group in prototypes:
            if cell.fits(analysis.parent):
                group.append(analysis)
                break
        else:
            prototypes.append((CommonCell.of(analysis.parent, 1), [analysis]))
    _, group = max(prototypes, key=lambda item: len(item[1]))
    inverses = np.linalg.inv([analysis.group.field.cell for analysis in group])
    repeats = np.arange(1, LARGEST_REPEAT + 1)
    whole = np.abs(nearest_image(repeats[:, None, None, None] * inverses)).max(axis=(2, 3)) < 1e-9
    enough = whole.sum(axis=1) >= ENOUGH * len(group)
    enough[-1] = True  # the largest where none holds so many
    first = CommonCell.of(group[0].parent, int(repeats[enough.argmax()]))
    scaled, frac = zip(
        *((unit_volume(analysis.parent.lattice), analysis.parent.frac) for analysis in group), strict=True
    )
    return replace(first, lattice=unit_volume(np.mean(scaled, axis=0)), frac=np.mean(frac, axis=0))


def member(pair: Analysed, cell: CommonCell) -> Member | str:
    """One pair on the common cell, or why it does not fit."""
    name, analysis = pair
    parent, averaged = analysis.parent, analysis.group.field
    if not cell.fits(parent):
        return "another parent"
    species = orbit_species(parent.species, cell)
    if species is None:
        return "mixed or partly empty sites"
    where = (averaged.site, averaged.cell_index, averaged.cell)
    if not cell.holds(averaged.cell):
        return "a larger cell"
    field_ = cell.place(averaged.displacements, *where)
    gradient = np.eye(3) + averaged.strain
    volume = float(np.linalg.det(gradient))
    primary = tuple(sorted(set(analysis.primary)))
    parts = {
        mode.label: cell.place(analysis.space.to_atoms(mode.values, averaged.site, averaged.cell_index), *where)
        for mode in analysis.modes
        if mode.kind == "displacement" and mode.label in primary
    }
    named = analysis.group.name
    return Member(
        name,
        analysis.distortion.child.formula,
        species,
        field_ - field_.mean(axis=0),
        parts,
        gradient / volume ** (1 / 3) - np.eye(3),
        edge_of(parent.lattice) * volume ** (1 / 3),
        primary,
        (0 if named is None else int(named.number), analysis.child_group.index),
    )


def orbit_species(species: Sequence[str], cell: CommonCell) -> tuple[str, ...] | None:
    """Element of each orbit; None where a site is mixed or partly empty."""
    # every different pair of an orbit and what stands there, orbit by orbit
    held = sorted(set(zip(cell.site_orbits.tolist(), species, strict=True)))
    names = tuple(name for _, name in held)
    return names if len(names) == len(cell.site_names) and all(map(str.isalpha, names)) else None


def read_pairs(
    path: Path, progress: Callable[[int, int], None] = lambda done, total: None, parent: str = "auto"
) -> Members:
    """Pairs of a scan store, a table of pairs, a folder of children or a file written by `save_members`.

    They are mapped, analysed and put on one common cell.

    Raises
    ------
    InputError
        If the input cannot be read or holds no usable pair.
    """
    if path.suffix == ".cbp":
        return load_members(path)
    sources, settings = _sources(path, parent)

    def each() -> Iterator[Analysed | str]:
        for count, source in enumerate(sources):
            progress(count, len(sources))
            yield _analysed(source, settings)

    left_out: Counter[str] = Counter()
    if pairs := _usable(each(), left_out):
        cell = common_cell(pairs)
        if members := _usable((member(pair, cell) for pair in pairs), left_out):
            return Members(cell, tuple(members), dict(left_out), path.name)
    counts = ", ".join(f"{number} {reason}" for reason, number in left_out.items())
    raise InputError(
        f"No pair of {path.name} can be used for training: {counts or 'it holds none'}.",
        "Look at the structures with `curiebreak scan`.",
    )


def _sources(path: Path, parent: str) -> tuple[list[Source], ScanSettings]:
    """What to read, and how; a store says both itself."""
    if not _is_store(path):
        return list(list_sources(path)), ScanSettings(parent=parent, learn=False)
    with reading(path) as connection:
        settings = ScanSettings(**read_meta(connection, path)["settings"])
        rows = connection.execute(
            "SELECT key, path FROM structures WHERE status IN ('ok', 'ambiguous', 'nothing_to_break') ORDER BY position"
        ).fetchall()
    # the file that lists a structure: its own, or the one that its key begins with, before the structure's number
    listing = {key: name if key == name else key.rpartition("#")[0] for key, name in rows}
    found: list[Source] = []
    for name in dict.fromkeys(listing.values()):
        if not Path(name).exists():
            raise InputError(f"{name}, which {path} was made from, does not exist.", "Move it back, or scan again.")
        found += list_sources(Path(name))
    return [source for source in found if source.key in listing], settings


def _is_store(path: Path) -> bool:
    """Whether this is a database of SQLite."""
    if not path.is_file():
        return False
    with path.open("rb") as stream:
        return stream.read(16) == b"SQLite format 3\0"


def packed_members(members: Members) -> bytes:
    """All members as the content of a file that `read_pairs` reads, about 0.5 kB a pair."""
    ms = members.members
    names = sorted(set().union(*(m.parts for m in ms)))
    parts = [part for m in ms for _, part in sorted(m.parts.items())]
    fields, strains, edges = zip(*((m.displacements, m.strain, m.edge) for m in ms), strict=True)
    cell = members.cell
    header = {
        **cell.header,
        "irreps": names,
        "source": members.source,
        "left_out": members.left_out,
        "members": [[m.id, m.formula, m.species, m.primary, m.group, m.glazer] for m in ms],
    }
    arrays = cell.arrays() | {
        "displacements": np.round(fields, 6).astype(np.float32),
        "parts": np.round(np.array(parts).reshape(-1, cell.n_atoms, 3), 6).astype(np.float32),
        "held": np.array([np.isin(names, list(m.parts)) for m in ms]),
        "strain": np.round(strains, 8).astype(np.float32),
        "edge": np.array(edges).round(8),
    }
    return packed("pairs", header, arrays)


def load_members(path: Path) -> Members:
    """Read what `packed_members` made.

    Raises
    ------
    InputError
        If the file is damaged, of another version or of another kind.
    """
    header, arrays, _ = unpacked(path, "pairs")
    try:
        cell = CommonCell.from_file(header, arrays)
        parts = iter(arrays["parts"].astype(np.float64))
        fields, strains = (arrays[key].astype(np.float64) for key in ("displacements", "strain"))
        members = []
        for told, there, field_, strain, edge in zip(
            header["members"], arrays["held"], fields, strains, arrays["edge"], strict=True
        ):
            name, formula, species, primary, (number, index), glazer = told
            held = {n: next(parts) for n, yes in zip(header["irreps"], there, strict=True) if yes}
            group = (int(number), int(index))
            members.append(
                Member(name, formula, tuple(species), field_, held, strain, float(edge), tuple(primary), group, glazer)
            )
        return Members(cell, tuple(members), dict(header["left_out"]), str(header["source"]))
    except (KeyError, ValueError, TypeError, StopIteration, IndexError) as error:
        raise InputError(f"{path} is damaged.", "Make it again with `curiebreak train --save-pairs`.") from error
