"""A magnetic CIF as a whole: all atoms of its cell with their moments, its operations, and the parent it states."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import compress
from pathlib import Path

import numpy as np

from curiebreak.arrays import BoolArray, FloatArray, IntArray, lengths_and_angles
from curiebreak.errors import InputError, refuse
from curiebreak.structures.checks import DUPLICATE_DISTANCE, Provenance
from curiebreak.structures.cif import cell_of, lattice_from_parameters, one_block, written_precision
from curiebreak.structures.cif_numbers import cif_number, group_number
from curiebreak.structures.cif_sites import Site, listed_sites
from curiebreak.structures.cif_symmetry import REFUSED, cell_text, check_operations, misfits, readable_operations
from curiebreak.structures.cif_text import Block
from curiebreak.structures.magnetic_group import UNMOVED, MagneticOperation, magnetic_operations, stated_bns
from curiebreak.structures.model import Precision
from curiebreak.structures.neighbours import close_pairs, squares_apart
from curiebreak.structures.operations import Operations
from curiebreak.structures.packed import content_of, format_of
from curiebreak.structures.read import file_text

MOVED = 0.02
"""μB by which folding a moment over the operations of its site may change it without a word: two units of the
second decimal, the last one that most files write."""

_COMPONENTS = tuple(f"_atom_site_moment_crystalaxis_{axis}" for axis in "xyz")

_PARENT = "_parent_space_group_"


@dataclass(frozen=True)
class StatedSetting:
    """What a magnetic CIF says of its parent.

    Attributes
    ----------
    number : int or None
        Space group.
    symbol : str
        As written.
    child : str
        ``child_transform_Pp_abc``: axes and origin of the file's cell in those of the parent's.
    standard : str
        ``transform_Pp_abc``: axes and origin of the standard setting in those of the parent's.
    """

    number: int | None = None
    symbol: str = ""
    child: str = ""
    standard: str = ""

    @property
    def complete(self) -> bool:
        """Whether group and both changes of axes are there."""
        return self.number is not None and bool(self.child) and bool(self.standard)


@dataclass(frozen=True, eq=False)
class MagneticCrystal:
    """All atoms of a magnetic cell.

    Attributes
    ----------
    cell : ndarray (3, 3)
        Rows, Å.
    elements, labels : tuple of str, length n
        One element an atom: elements that share a site are atoms on one position.
    occupancies : ndarray (n,)
    positions : ndarray (n, 3)
        Fractional.
    moments : ndarray (n, 3)
        μB, Cartesian in the frame of `cell`.
    listed : ndarray (n,) of bool
        Whether the source gives the atom a moment, zero or not.
    operations : tuple of (R, t, theta)
        As listed, centrings included; empty where none are.
    stated : StatedSetting
    bns : str or None
        The BNS number that the file states.
    path, sha256 : str or None
    messages : tuple of str
    precision : Precision or None
    moment_step : float
        μB; one unit in the last decimal of a moment.
    """

    cell: FloatArray
    elements: tuple[str, ...]
    labels: tuple[str, ...]
    occupancies: FloatArray
    positions: FloatArray
    moments: FloatArray
    listed: BoolArray
    operations: tuple[MagneticOperation, ...] = ()
    stated: StatedSetting = field(default_factory=StatedSetting)
    bns: str | None = None
    path: str | None = None
    sha256: str | None = None
    messages: tuple[str, ...] = ()
    precision: Precision | None = None
    moment_step: float = 0.01

    def __len__(self) -> int:
        return len(self.elements)

    @property
    def name(self) -> str:
        """Name for messages."""
        return Path(self.path).name if self.path else "the structure"


def lists_moments(path: object) -> bool:
    """Whether a path leads to a CIF in which some atom has a moment."""
    if not isinstance(path, (str, Path)) or format_of(Path(path)) != "cif":
        return False
    try:
        if b"_atom_site_moment" not in content_of(Path(path)).lower():
            return False
        text, _, source = file_text(Path(path))
        block = one_block(text.replace("\r\r\n", "\n"), source)
    except (OSError, InputError):  # whoever reads it next says what is wrong
        return False
    return any(cif_number(text) != 0.0 for tag in _COMPONENTS for text in block.stated(tag))  # NaN is no zero


def read_magnetic_cif(path: str | Path) -> MagneticCrystal:
    """Read a CIF with moments.

    Raises
    ------
    InputError
        What the reader of ordinary CIFs refuses; no moments; moments in other components than those along the
        crystal axes; a moment of a site that is not listed.
    """
    text, _, source = file_text(Path(path))
    return magnetic_crystal(text, source)


def magnetic_crystal(text: str, source: Provenance | None = None) -> MagneticCrystal:
    """The same from the text of a file."""
    if source is None:
        source = Provenance("the text", None, hashlib.sha256(text.encode()).hexdigest())
    block = one_block(text.replace("\r\r\n", "\n"), source)
    cell = cell_of(block, source)
    sites = listed_sites(block, source, empty=True)
    moments = _moments(block, sites, source)
    operations, cell = _operations(block, cell, source)
    lengths = np.linalg.norm(cell, axis=1)
    atoms = _Atoms(cell)
    rotations, translations, thetas = map(np.array, zip(*(operations or [UNMOVED]), strict=True))
    group = Operations(rotations, translations)
    for site in sites:
        own = moments.get(site.label, np.zeros(3))
        atoms.add(site, own / lengths, site.label in moments, group, thetas)
    atoms.merge()
    steps = [text for tag in _COMPONENTS for text in block.column(tag)]
    return MagneticCrystal(
        cell=cell,
        elements=tuple(atoms.elements),
        labels=tuple(atoms.labels),
        occupancies=np.array(atoms.occupancies),
        positions=np.array(atoms.positions),
        moments=np.array(atoms.moments) @ cell,
        listed=np.array(atoms.listed),
        operations=tuple(operations),
        stated=_stated(block),
        bns=stated_bns(block),
        path=source.path,
        sha256=source.sha256,
        messages=tuple(dict.fromkeys([*block.notes, *atoms.notes])),
        precision=written_precision(block, cell),
        moment_step=_step(steps),
    )


def _step(texts: Sequence[str]) -> float:
    decimals = [len(m[1]) for text in texts if (m := re.match(r"[+-]?\d*\.(\d+)", text))]
    return float(10.0 ** -max(decimals, default=2))


def _moments(block: Block, sites: Sequence[Site], source: Provenance) -> dict[str, FloatArray]:
    """Moment (3,) along the crystal axes, μB, by label."""
    labels = block.column("_atom_site_moment_label")
    columns = [block.column(tag) for tag in _COMPONENTS]
    if not labels or set(map(len, columns)) != {len(labels)}:
        raise InputError(
            f"{source.name} lists no moments along the crystal axes.",
            "Give _atom_site_moment.label and _atom_site_moment.crystalaxis_x, _y, _z.",
        )
    known = {site.label for site in sites}
    found: dict[str, FloatArray] = {}
    for label, *texts in zip(labels, *columns, strict=True):
        values = np.array([cif_number(text or "0") for text in texts])
        refuse(
            (
                not np.isfinite(values).all(),
                f"The moment of {label} in {source.name} is not a number: {', '.join(texts)}.",
                "Correct the moment.",
            ),
            (
                label not in known and values.any(),
                f"{source.name} gives a moment to {label}, which is no atom of it.",
                "Use the labels of the _atom_site loop.",
            ),
            refusal=InputError,
        )
        found[label] = values
    return found


def _operations(block: Block, cell: FloatArray, source: Provenance) -> tuple[list[MagneticOperation], FloatArray]:
    """The listed operations, and the cell, in which an angle that they forbid is replaced by the one they ask for."""
    with readable_operations(source):
        found = magnetic_operations(block)
    plain = Operations.of((r, t) for r, t, _ in found)
    rotations = plain.rotations
    if misfits(rotations, cell).max(initial=0.0) > REFUSED:
        metric = np.mean(rotations.swapaxes(1, 2) @ cell @ cell.T @ rotations, axis=0)
        kept = lengths_and_angles(metric)
        if np.abs(kept[:3] / np.linalg.norm(cell, axis=1) - 1.0).max() < REFUSED / 2:
            corrected = lattice_from_parameters(kept[:3].tolist(), [round(float(x), 6) for x in kept[3:]])
            block.notes.append(
                f"the operations do not keep the cell ({cell_text(cell)}); the one that they keep is used "
                f"({cell_text(corrected)})"
            )
            cell = corrected
    check_operations(plain, cell, block, source)
    return found, cell


def _stated(block: Block) -> StatedSetting:
    return StatedSetting(
        group_number(block.text(_PARENT + "IT_number")),
        block.text(_PARENT + "name_H-M_alt", _PARENT + "name_H-M"),
        block.text(_PARENT + "child_transform_Pp_abc", "_magnetic_space_group_transform_from_parent_Pp_abc"),
        block.text(_PARENT + "transform_Pp_abc", _PARENT + "transform_to_standard_Pp_abc"),
    )


class _Atoms:
    """The atoms of a cell, filled site by site; moments as fractions of the cell's axes."""

    def __init__(self, cell: FloatArray) -> None:
        self.cell = cell
        self.elements: list[str] = []
        self.labels: list[str] = []
        self.occupancies: list[float] = []
        self.positions: list[FloatArray] = []
        self.moments: list[FloatArray] = []
        self.listed: list[bool] = []
        self.notes: list[str] = []

    def add(self, site: Site, moment: FloatArray, listed: bool, plain: Operations, thetas: IntArray) -> None:
        """All images of one listed site: ``x' = R x + t``, ``m' = theta det(R) R m``.

        Position and moment are averaged over the operations that lead to the same place.
        """
        exact = plain.site_average(plain.site_average(site.position, self.cell), self.cell)
        images = plain.images(exact)
        signs = thetas * np.round(np.linalg.det(plain.rotations))
        turned = signs[:, None] * (plain.rotations @ moment)
        own = squares_apart(self.cell, images, exact) < DUPLICATE_DISTANCE**2
        free = np.ones(len(images), dtype=bool)
        for number in (int(own.argmax()), *range(len(images))):
            if not free[number]:
                continue
            steps = images - images[number]
            steps -= np.round(steps)
            same = free & (((steps @ self.cell) ** 2).sum(axis=1) < DUPLICATE_DISTANCE**2)
            free &= ~same
            place = images[number] + steps[same].mean(axis=0)
            average = turned[same].mean(axis=0)
            change = float(np.linalg.norm((turned[same] - average) @ self.cell, axis=1).max())
            if change > MOVED:
                self.notes.append(
                    f"the moment of {site.label} does not follow the listed operations by {change:.3g} μB; it is "
                    "averaged over them"
                )
            self.elements.append(site.element)
            self.labels.append(site.label)
            self.occupancies.append(site.occupancy)
            self.positions.append(place - np.floor(place + 1e-9))
            self.moments.append(average)
            self.listed.append(listed)

    def merge(self) -> None:
        """Join atoms of one element on one position: occupancies add up, the moment is their weighted mean."""
        gone: set[int] = set()
        for i, j in close_pairs(self.cell, np.array(self.positions), DUPLICATE_DISTANCE):
            if self.elements[i] == self.elements[j] and not {i, j} & gone:
                gone.add(j)
                self._join(i, j)
        keep = [i not in gone for i in range(len(self.positions))]
        for name in ("elements", "labels", "occupancies", "positions", "moments", "listed"):
            setattr(self, name, list(compress(getattr(self, name), keep)))

    def _join(self, i: int, j: int) -> None:
        total = self.occupancies[i] + self.occupancies[j]
        if total > 1.015:
            self.notes.append(f"{self.labels[j]} is a copy of {self.labels[i]} on the same place and was left out")
            return
        weight = self.occupancies[i] / total if total > 0.0 else 0.5
        self.moments[i] = weight * self.moments[i] + (1.0 - weight) * self.moments[j]
        self.occupancies[i] = total
        self.listed[i] = self.listed[i] or self.listed[j]
