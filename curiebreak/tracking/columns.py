"""The columns of a series and the numbers of one frame."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import numpy as np

from curiebreak.arrays import FloatArray
from curiebreak.results.basic import STRAINS
from curiebreak.structures.frames import Frame
from curiebreak.tracking.matching import PlacedFrame
from curiebreak.tracking.projector import Projector, strain_numbers

HEAD = ("frame", "name", "status", "reason", "note")
"""Columns that every row has, also without numbers."""

SIZES = ("volume", "rms", "dmax")
STRAIN = tuple(f"strain_{name}" for name in STRAINS)
TILTS = ("tilt_x+", "tilt_y+", "tilt_z+", "tilt_x-", "tilt_y-", "tilt_z-")
OTHER = "amp_other"


@dataclass(frozen=True, eq=False)
class Columns:
    """Names and values of a row.

    The rows of all functionals are stacked once, so that a frame costs one product of a matrix and a
    vector.

    Attributes
    ----------
    projector : Projector
    size : int
        Primitive parent cells in the cell of the frames.
    info : tuple of str
        Columns that the frames bring along.
    leading : dict of str to int
        Copy whose signs an order parameter of several copies takes.
    """

    projector: Projector
    size: int
    info: tuple[str, ...]
    leading: dict[str, int]

    @cached_property
    def numbers(self) -> tuple[str, ...]:
        """Names of the numbers, in order."""
        followed, strains = self.projector.irreps, self.projector.strains
        names = [*SIZES, *STRAIN, *(TILTS if self.projector.tilts is not None else ())]
        names += [f"amp_{t.label}" for t in followed] + [OTHER]
        names += chain.from_iterable(t.component_names() for t in followed)
        names += [f"strain_{name}" for name in chain.from_iterable(t.own_names() for t in strains)]
        names += chain.from_iterable(t.names() for t in followed if len(t.copies) > 1)
        phonons = self.projector.phonons
        return tuple(names if phonons is None else names + phonons.names())

    @cached_property
    def all(self) -> tuple[str, ...]:
        """Every column of the table."""
        return (*HEAD, *self.info, *self.numbers)

    @cached_property
    def place(self) -> dict[str, int]:
        """Position of each number."""
        return {name: i for i, name in enumerate(self.numbers)}

    @cached_property
    def _displacement_rows(self) -> FloatArray:
        rows = [t.rows.reshape(-1, t.rows.shape[-1]) for t in self.projector.irreps]
        return np.concatenate(rows)

    @cached_property
    def _strain_rows(self) -> FloatArray:
        return np.concatenate([t.rows.reshape(-1, 6) for t in self.projector.strains])

    def values(self, placed: PlacedFrame) -> FloatArray:
        """Numbers of one frame, in the order of :attr:`numbers`."""
        flat = placed.displacements.ravel()
        modes = self._displacement_rows @ flat
        squares = (placed.displacements**2).sum(axis=1)
        found: list[float] = [placed.volume, float(np.sqrt(squares.mean())), float(np.sqrt(squares.max()))]
        found += [float(placed.strain[i, j]) for i, j in STRAINS.values()]
        if self.projector.tilts is not None:
            found += np.degrees(np.arctan(self.projector.tilts @ flat)).tolist()
        norms, components, copies = self._split(modes)
        rest = max(float(squares.sum()) / self.size - sum(n * n for n in norms), 0.0)
        found += [*norms, float(np.sqrt(rest)), *components]
        found += (self._strain_rows @ strain_numbers(placed.strain)).tolist()
        phonons = self.projector.phonons
        normal = [] if phonons is None else phonons.values(placed.displacements, self.size)
        return np.array(found + copies + normal)

    def _split(self, modes: FloatArray) -> tuple[list[float], list[float], list[float]]:
        """Norms of the irreps, components of the order parameters, modes of irreps with several copies."""
        norms, components, copies, start = [], [], [], 0
        for followed in self.projector.irreps:
            shape = followed.rows.shape[:2]
            own = modes[start : start + shape[0] * shape[1]].reshape(shape)
            start += own.size
            norms.append(float(np.linalg.norm(own)))
            if shape[0] == 1:
                components += own[0].tolist()
            else:
                signs = np.where(own[self.leading.get(followed.label, 0)] < 0, -1.0, 1.0)
                components += (signs * np.sqrt((own**2).sum(axis=0))).tolist()
                copies += own.ravel().tolist()
        return norms, components, copies

    def leading_copies(self, placed: PlacedFrame) -> dict[str, int]:
        """Copy with the largest amplitude in a frame, by irrep."""
        flat = placed.displacements.ravel()
        return {
            t.label: int((np.einsum("mcw,w->mc", t.rows, flat) ** 2).sum(axis=1).argmax())
            for t in self.projector.irreps
        }


@dataclass(eq=False)
class Curves:
    """Numbers of all used frames, kept for the summary and the figure.

    Attributes
    ----------
    columns : Columns
    names : list of str
        Of the used frames.
    frames : array of int
        Numbers of the used frames.
    x : list
        Value of the column that the figure is drawn against, or the number of the frame.
    x_name : str
    """

    columns: Columns
    names: list[str]
    frames: array[int]
    x: list[float]
    x_name: str
    _data: array[float]

    @property
    def values(self) -> FloatArray:
        """All numbers (T, n_columns)."""
        return np.frombuffer(self._data, dtype=np.float64).reshape(len(self.names), -1)

    def of(self, name: str) -> FloatArray:
        """One column (T,)."""
        return np.asarray(self.values[:, self.columns.place[name]])

    def add(self, number: int, frame: Frame, values: FloatArray) -> None:
        """Keep one frame."""
        given = frame.info.get(self.x_name, number)
        self.names.append(frame.name)
        self.frames.append(number)
        self.x.append(float(given) if isinstance(given, (int, float)) else float("nan"))
        self._data.frombytes(values.astype(np.float64).tobytes())
