"""Elements that all results share: number tuples, the status, and groups."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, TypeAlias

Vector: TypeAlias = tuple[float, ...]
Vector3: TypeAlias = tuple[float, float, float]
Matrix: TypeAlias = tuple[tuple[float, ...], ...]
Labels: TypeAlias = tuple[str, ...]


STRAINS = {"xx": (0, 0), "yy": (1, 1), "zz": (2, 2), "yz": (1, 2), "xz": (0, 2), "xy": (0, 1)}
"""Components of a strain by name, in the order in which they are told."""


def vector(values: Iterable[Any]) -> Vector:
    """Tuple of floats from any one-dimensional array."""
    return tuple(map(float, values))


def vector3(values: Iterable[Any]) -> Vector3:
    """Tuple of three floats from any array of length 3."""
    x, y, z = values
    return float(x), float(y), float(z)


def matrix(rows: Iterable[Iterable[Any]]) -> Matrix:
    """Tuple of row tuples of floats from any two-dimensional array."""
    return tuple(map(vector, rows))


class Status(StrEnum):
    """How a run ended; :attr:`advice` says what to do about it."""

    OK = "ok"
    NOTHING_TO_BREAK = "nothing_to_break"
    NOT_CONVERGED = "not_converged"
    AMBIGUOUS = "ambiguous"
    INTERRUPTED = "interrupted"
    NO_PARENT = "no_parent"
    STATED = "stated"

    @property
    def advice(self) -> str:
        """One sentence for the reader of the result; empty when there is nothing to do."""
        return _ADVICE.get(self, "")


def parity(sign: float) -> Literal[1, -1]:
    """1 or -1, for even and odd."""
    return 1 if sign > 0 else -1


def short_of_floor(limits: Iterable[str] = ("max_steps",)) -> str:
    """What to do about a loss that stayed above its floor where training met these limits, by their options' names."""
    flags = " and ".join(f"--{name.replace('_', '-')}" for name in limits)
    return f"A trained loss stayed above its floor: raise {flags} or try another --seed."


_ADVICE = {
    Status.NOTHING_TO_BREAK: "The child has every symmetry of the parent.",
    Status.NOT_CONVERGED: short_of_floor(),
    Status.AMBIGUOUS: "More than one minimal set fits almost equally well: see the alternatives.",
    Status.NO_PARENT: "Nothing of higher symmetry lies near: the child is its own aristotype, or filters are narrow.",
    Status.STATED: "The parent is the one that the child's file names; `curiebreak parent` lists those found.",
    Status.INTERRUPTED: "The run was stopped before its end: what is here is partial.",
}


MOMENTS_IGNORED = "magnetic moments are ignored"
"""How a message begins that says so."""


def moments_ignored(message: str) -> bool:
    """Whether a message says that moments are not used."""
    return message.startswith(MOMENTS_IGNORED)


def sentence(text: str) -> str:
    """A message with a capital and a full stop; a label, a number or a path in front stays as it is."""
    first, _, rest = text.partition(" ")
    text = f"{first.capitalize()} {rest}" if rest and first.isascii() and first.isalpha() and first.islower() else text
    return text if text.endswith((".", "!", "?", ":", ".)")) or not text else f"{text}."


@dataclass(frozen=True)
class Notice:
    """Something in the files that was not counted, or that was though it is small."""

    code: str
    """``scatter`` (of the coordinates), ``resolution`` (of the files), ``gap`` (shifts below the widest gap of the
    tolerance ladder), ``symprec`` or ``strain_tolerance`` (below a tolerance that was given or is the default);
    ``convergence`` (shifts that the files resolve and no calculation determines); ``small``: the group rests on
    shifts or a strain that calculations may leave behind."""
    text: str
    """One sentence; also among the ``messages``."""
    size: float
    """Å for positions, no unit for strain and occupancies."""
    option: str
    """What to give on the command line so that it counts (``small``: so that it does not); empty where nothing can
    change that."""


@dataclass(frozen=True, kw_only=True)
class MagneticGroup:
    """A magnetic space-group type."""

    bns_number: str
    """Belov, Neronova and Smirnova: ``62.448``, ``Pn'ma'``."""
    bns_symbol: str
    """Belov, Neronova and Smirnova: ``62.448``, ``Pn'ma'``."""
    og_number: str
    """Opechowski and Guccione: ``62.8.509``, ``Pn'ma'``."""
    og_symbol: str
    """Opechowski and Guccione: ``62.8.509``, ``Pn'ma'``."""
    uni_number: int
    """Unified number, 1 to 1651."""
    type: str
    """``I`` (no operation reverses time), ``II`` (grey), ``III`` (some rotations do), ``IV`` (some translations do)."""


@dataclass(frozen=True)
class SpaceGroup:
    """A space-group type."""

    number: int
    """Number in the International Tables, 1 to 230."""
    symbol: str
    """Short international symbol."""
    magnetic: MagneticGroup | None = None
    """The magnetic group, where moments are there."""


@dataclass(frozen=True)
class SymmetryGroup:
    """A space group, or for a molecule a point group."""

    number: int | None = None
    """Number in the International Tables; ``None`` for a molecule."""
    symbol: str | None = None
    """Short international symbol; ``None`` for a molecule."""
    point_group: str | None = None
    """Schoenflies symbol of a molecule; ``None`` for a crystal."""
    magnetic: MagneticGroup | None = None
    """The magnetic group, where moments are there; number and symbol are then those of its operations when time is
    left aside."""


def group_name(group: Any, unknown: str = "-") -> str:
    """How a group is written everywhere: ``Pnma (62)``, ``Pn'ma' (62.448)`` (BNS) with moments, ``D4h`` of a molecule.

    Parameters
    ----------
    group : SpaceGroup, SymmetryGroup, MagneticGroup, or whatever else has a symbol and a number, or None
        Of a structure, a candidate, an entry, a parent crystal.
    unknown : str
        Where there is no group.
    """
    found = getattr(group, "space_group", None) or group
    magnetic = found if isinstance(found, MagneticGroup) else getattr(found, "magnetic", None)
    if magnetic is not None:
        return f"{magnetic.bns_symbol} ({magnetic.bns_number})"
    if getattr(found, "number", None) is not None:
        return f"{found.symbol} ({found.number})"
    return getattr(found, "point_group", None) or unknown


def group_symbol(group: Any, unknown: str = "-") -> str:
    """The symbol alone: international, of a magnetic group BNS, or Schoenflies' of a molecule."""
    magnetic = getattr(group, "magnetic", None)
    if magnetic is not None:
        return str(magnetic.bns_symbol)
    return getattr(group, "symbol", None) or getattr(group, "point_group", None) or unknown
