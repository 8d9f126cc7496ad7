"""Pairs of one family: read, mapped, analysed exactly, and written on the family's common cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from curiebreak.arrays import FloatArray, nearest_image
from curiebreak.errors import CurieBreakError, InputError
from curiebreak.family.cell import CommonCell
from curiebreak.family.container import packed, unpacked
from curiebreak.mapping.distortion import Distortion
from curiebreak.modes.analysis import Analysis, analyse
from curiebreak.options.scan_options import ScanSettings
from curiebreak.scan.analysing import place
from curiebreak.scan.inputs import Source, list_sources
from curiebreak.scan.recognise import NotRecognised
from curiebreak.scan.store import read_meta
from curiebreak.scan.table import reading

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


@dataclass(frozen=True, eq=False)
class Raw:
    """An analysed pair before the common cell is known."""

    id: str
    analysis: Analysis

    @property
    def repeat(self) -> int:
        """Smallest m such that the child's lattice holds m times the parent's."""
        inverse = np.linalg.inv(self.analysis.group.field.cell)
        for m in range(1, 33):
            if np.abs(nearest_image(m * inverse)).max() < 1e-9:
                return m
        return 33


def gather(found: Iterable[tuple[str, Distortion | CurieBreakError]], source: str = "") -> Members:
    """Analyse mapped pairs and put them on one common cell.

    Parameters
    ----------
    found : iterable of (id, Distortion or error)
    source : str

    Raises
    ------
    InputError
        If no pair is left.
    """
    raws: list[Raw] = []
    reasons: Counter[str] = Counter()
    for name, distortion in found:
        if isinstance(distortion, CurieBreakError):
            reasons["not mapped"] += 1
            continue
        try:
            raws.append(Raw(name, analyse(distortion)))
        except CurieBreakError:
            reasons["not analysed"] += 1
    if raws:
        cell = common_cell(raws)
        made = [member(raw, cell) for raw in raws]
        reasons.update(one for one in made if isinstance(one, str))
        members = tuple(one for one in made if isinstance(one, Member))
        if members:
            return Members(cell, members, dict(reasons), source)
    counts = ", ".join(f"{number} {reason}" for reason, number in reasons.items())
    raise InputError(
        f"No pair of {source or 'this input'} can be used for training: {counts or 'it holds none'}.",
        "Look at the structures with `curiebreak scan`.",
    )


def common_cell(raws: Sequence[Raw]) -> CommonCell:
    """The most frequent parent prototype with the smallest repeat that holds most pairs."""
    prototypes: list[tuple[CommonCell, list[Raw]]] = []
    for raw in raws:
        for cell, group in prototypes:
            if cell.fits(raw.analysis.parent):
                group.append(raw)
                break
        else:
            prototypes.append((CommonCell.of(raw.analysis.parent, 1), [raw]))
    _, group = max(prototypes, key=lambda item: len(item[1]))
    repeats = [raw.repeat for raw in group]
    for m in range(1, LARGEST_REPEAT + 1):
        if sum(m % r == 0 for r in repeats) >= ENOUGH * len(repeats) or m == LARGEST_REPEAT:
            break
    mean = np.mean([_scaled(raw.analysis.parent.lattice) for raw in group], axis=0)
    first = CommonCell.of(group[0].analysis.parent, m)
    frac = np.mean([raw.analysis.parent.frac for raw in group], axis=0)
    return replace(first, lattice=mean / _edge(mean), frac=frac)


def _scaled(lattice: FloatArray | None) -> FloatArray:
    """Primitive axes at unit volume."""
    if lattice is None:
        raise InputError("A molecule is no member of a family.", "Give crystals.")
    return np.asarray(lattice / _edge(lattice))


def _edge(lattice: FloatArray) -> float:
    return float(abs(np.linalg.det(lattice)) ** (1 / 3))


def member(raw: Raw, cell: CommonCell) -> Member | str:
    """One pair on the common cell, or why it does not fit."""
    analysis = raw.analysis
    parent, averaged = analysis.parent, analysis.group.field
    if parent.lattice is None or not cell.fits(parent):
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
    chosen = set(analysis.primary)
    parts = {
        mode.label: cell.place(analysis.space.to_atoms(mode.values, averaged.site, averaged.cell_index), *where)
        for mode in analysis.modes
        if mode.kind == "displacement" and mode.label in chosen
    }
    operations = analysis.child_operations
    named = analysis.group.name
    return Member(
        raw.id,
        analysis.distortion.child.formula,
        species,
        field_ - field_.mean(axis=0),
        parts,
        gradient / volume ** (1 / 3) - np.eye(3),
        _edge(parent.lattice) * volume ** (1 / 3),
        tuple(sorted(chosen)),
        (0 if named is None else int(named.number), int(operations.size // max(int(operations.sum()), 1))),
    )


def orbit_species(species: Sequence[str], cell: CommonCell) -> tuple[str, ...] | None:
    """Element of each orbit; None where a site is mixed or partly empty."""
    found = []
    for orbit in range(len(cell.site_names)):
        names = {species[int(i)] for i in np.flatnonzero(cell.site_orbits == orbit)}
        if len(names) != 1 or not next(iter(names)).isalpha():
            return None
        found.append(names.pop())
    return tuple(found)


def read_pairs(
    path: Path, progress: Callable[[int, int], None] = lambda done, total: None, parent: str = "auto"
) -> Members:
    """Pairs of a scan store, a table of pairs, a folder of children or a file written by `save_members`.

    Raises
    ------
    InputError
        If the input cannot be read or holds no usable pair.
    """
    if path.suffix == ".cbp":
        return load_members(path)
    return gather(_mapped(path, parent, progress), path.name)


def _mapped(
    path: Path, parent: str, progress: Callable[[int, int], None]
) -> Iterator[tuple[str, Distortion | CurieBreakError]]:
    sources, settings = _sources(path, parent)
    for count, source in enumerate(sources):
        progress(count, len(sources))
        try:
            found = place(source, settings)
        except CurieBreakError as error:
            yield source.id, error
        else:
            yield source.id, InputError(found.reason) if isinstance(found, NotRecognised) else found[0]


def _sources(path: Path, parent: str) -> tuple[list[Source], ScanSettings]:
    """What to read, and how; a store says both itself."""
    if not path.is_file() or not _is_sqlite(path):
        return list(list_sources(path)), ScanSettings(parent=parent, learn=False)
    with reading(path) as connection:
        settings = ScanSettings(**read_meta(connection, path)["settings"])
        rows = connection.execute(
            "SELECT key, path FROM structures WHERE status IN ('ok', 'ambiguous', 'nothing_to_break') ORDER BY position"
        ).fetchall()
    wanted = {key for key, _ in rows}
    found = []
    # the file that lists a structure: its own, or the table of pairs that its key begins with
    listing = [name if key == name or key.startswith(f"{name}#") else key.rpartition("#")[0] for key, name in rows]
    for name in dict.fromkeys(listing):
        if not Path(name).exists():
            raise InputError(f"{name}, which {path} was made from, does not exist.", "Move it back, or scan again.")
        found += [source for source in list_sources(Path(name)) if source.key in wanted]
    return found, settings


def _is_sqlite(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(16) == b"SQLite format 3\0"


def packed_members(members: Members) -> bytes:
    """All members as the content of a file that `read_pairs` reads, about 0.5 kB a pair."""
    ms = members.members
    names = sorted({name for m in ms for name in m.parts})
    held = np.array([[name in m.parts for name in names] for m in ms])
    parts = [m.parts[name] for m in ms for name in names if name in m.parts]
    cell = members.cell
    header = {
        **cell.header,
        "irreps": names,
        "source": members.source,
        "left_out": members.left_out,
        "members": [[m.id, m.formula, m.species, m.primary, m.group, m.glazer] for m in ms],
    }
    arrays = cell.arrays() | {
        "displacements": np.round([m.displacements for m in ms], 6).astype(np.float32),
        "parts": np.round(np.array(parts).reshape(-1, cell.n_atoms, 3), 6).astype(np.float32),
        "held": held,
        "strain": np.round([m.strain for m in ms], 8).astype(np.float32),
        "edge": np.array([m.edge for m in ms]).round(8),
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
        members = []
        for i, (name, formula, species, primary, group, glazer) in enumerate(header["members"]):
            held = {n: next(parts) for n, there in zip(header["irreps"], arrays["held"][i], strict=True) if there}
            field_, strain = (arrays[key][i].astype(np.float64) for key in ("displacements", "strain"))
            index = (int(group[0]), int(group[1]))
            edge = float(arrays["edge"][i])
            members.append(
                Member(name, formula, tuple(species), field_, held, strain, edge, tuple(primary), index, glazer)
            )
        return Members(cell, tuple(members), dict(header["left_out"]), str(header["source"]))
    except (KeyError, ValueError, TypeError, StopIteration, IndexError) as error:
        raise InputError(f"{path} is damaged.", "Make it again with `curiebreak train --save-pairs`.") from error
