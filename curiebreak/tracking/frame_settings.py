"""Frames in other cells and settings than the reference: other axes, another origin, a smaller cell.

Files of one compound at different temperatures often come in different settings. The frame's
primitive cell is repeated to the cell of the template along all axes that fit; among the ways to lay it
on that are equally good (twins, and origins that differ by a lattice vector of the parent) the one
nearest to the last frame is taken.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np

from curiebreak.arrays import FloatArray
from curiebreak.mapping.lattices import Crystal, matching_cells, primitive_crystal
from curiebreak.structures import Structure
from curiebreak.structures.frames import Frame
from curiebreak.tracking.template import FrameFit, Template

TOLERANCE = 0.08
"""Principal strain, at equal volume, up to which a cell fits."""

LARGEST = 500
"""Atoms of the template; larger cells are not searched for other settings."""

_MOST_CELLS = 200
_PRIMITIVE = 5e-3
_SAME_RMS = 2e-3


@dataclass(frozen=True, eq=False)
class CarriedFrame:
    """A frame carried into the template's cell."""

    fit: FrameFit
    lattice: FloatArray
    note: str


def other_settings(template: Template, frame: Frame, kinds: tuple[str, ...], last: FloatArray) -> CarriedFrame | str:
    """Lay on a frame of another setting, or say why there is no way.

    Parameters
    ----------
    template : Template
    frame : Frame
    kinds : tuple of str
        Elements of each atom of the frame.
    last : ndarray (n, 3)
        Displacements of the frame before, Å.
    """
    share = _same_composition(template.kinds, kinds)
    if share is not None:
        return share
    if len(template.kinds) > LARGEST:
        return "Its cell or its order of atoms is not that of the reference."
    names = tuple(dict.fromkeys(template.kinds))
    numbers = np.array([names.index(kind) for kind in kinds], dtype=np.int64)
    crystal = primitive_crystal(np.asarray(frame.lattice), frame.frac, numbers, _PRIMITIVE)
    size, rest = divmod(len(template.kinds), len(crystal.frac))
    if rest:
        own = len(crystal.frac)
        return f"Its primitive cell of {own} atoms does not divide that of the reference, {len(template.kinds)} atoms."
    trials = list(_trials(template, crystal, names, size))
    if not trials:
        return "Its cell is not that of the reference, nor of another setting of it."
    rms = np.array([_rms(template, trial.fit) for trial in trials])
    good = [trial for trial, value in zip(trials, rms, strict=True) if value <= rms.min() + _SAME_RMS]
    return min(good, key=lambda trial: _away(template, trial.fit, last))


def enlarged(reference: Structure, frame: Frame) -> Structure:
    """The reference repeated to the cell of a larger frame, along the axes that turn it least; itself if none fits."""
    size, rest = divmod(len(frame.species), len(reference))
    if size < 2 or rest or frame.lattice is None or reference.lattice is None:
        return reference
    kinds = np.arange(len(reference))
    own = np.asarray(reference.lattice)
    crystal = Crystal(own, reference.coords, kinds, kinds, np.eye(3))
    cells = matching_cells(own, np.eye(3, dtype=np.int64)[None], np.asarray(frame.lattice), size, TOLERANCE)
    if not cells:
        return reference
    target = np.asarray(frame.lattice)
    best = min(cells[:_MOST_CELLS], key=lambda match: round(float(np.abs(match.cell @ own - target).sum()), 6))
    large = crystal.enlarged(best.cell)
    return replace(
        reference,
        lattice=large.lattice,
        species=tuple(reference.species[i] for i in large.atoms),
        coords=large.frac,
        labels=(),
        occupancies=tuple(reference.occupancies[i] for i in large.atoms) if reference.occupancies else (),
        uncertainties=None,
    )


def _same_composition(wanted: tuple[str, ...], kinds: tuple[str, ...]) -> str | None:
    """None where the formulas agree, else the reason."""
    own, other = Counter(kinds), Counter(wanted)
    if {k: v * len(wanted) for k, v in own.items()} == {k: v * len(kinds) for k, v in other.items()}:
        return None
    one, two = ("".join(f"{k}{v if v > 1 else ''}" for k, v in c.items()) for c in (own, other))
    return f"Its atoms ({one}) are not those of the reference ({two})."


def _trials(template: Template, crystal: Crystal, names: tuple[str, ...], size: int) -> list[CarriedFrame]:
    identity = np.eye(3, dtype=np.int64)[None]
    sign = int(np.sign(np.linalg.det(template.lattice)))
    cells = matching_cells(crystal.lattice, identity, sign * template.lattice, size, TOLERANCE)
    rarest = Counter(template.kinds).most_common()[-1][0]
    anchor = template.places[template.kinds.index(rarest)]
    found = []
    for match in cells[:_MOST_CELLS]:
        large = crystal.enlarged(match.cell)
        frac, kinds = sign * large.frac, tuple(names[i] for i in large.kinds)
        for atom in np.flatnonzero(large.kinds == names.index(rarest)):
            fit = template.matched(frac, kinds, frac[atom] - anchor)
            if fit is not None:
                found.append(CarriedFrame(fit, sign * large.lattice, "laid on in another setting than its own"))
    return found


def _rms(template: Template, fit: FrameFit) -> float:
    return float(np.sqrt((template.displacements(fit) ** 2).sum(axis=1).mean()))


def _away(template: Template, fit: FrameFit, last: FloatArray) -> float:
    return float(((template.displacements(fit) - last) ** 2).sum())
