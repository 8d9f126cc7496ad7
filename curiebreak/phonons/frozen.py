"""Children of soft modes: one structure for each class of subgroups that they leave, singly, in pairs and triples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from curiebreak.arrays import BoolArray, FloatArray
from curiebreak.mapping.pair_summary import spglib_group
from curiebreak.modes.builder import assembled, space_of
from curiebreak.modes.built import BuiltChild, BuiltMode
from curiebreak.phonons.force_constants import LatticeDynamics
from curiebreak.phonons.mode_shapes import mode_shapes, unweighted
from curiebreak.symmetry.isotropy_search import GeneratingSet, IsotropySearch, search_among
from curiebreak.symmetry.isotypic import Irrep
from curiebreak.symmetry.subgroup import Subgroup

_LETTERS = np.sqrt(np.array([2.0, 3.0, 5.0, 7.0, 11.0, 13.0, 17.0, 19.0, 23.0]))
"""Values of the letters of a direction: no accidental relation between them."""

_SEEN = 0.2
"""Of the root mean square displacement; spglib looks at the child with this tolerance in Å, at most 1e-3."""


@dataclass(frozen=True, eq=False)
class FrozenChild:
    """A child in which soft modes are frozen.

    Attributes
    ----------
    child : BuiltChild
    irreps, directions : tuple of str
        In one domain.
    agrees : bool
        Whether spglib finds the exact group.
    """

    child: BuiltChild
    irreps: tuple[str, ...]
    directions: tuple[str, ...]
    agrees: bool


def frozen_children(
    dynamics: LatticeDynamics, soft: Mapping[Irrep, int], max_dim: int, top: int, rms: float
) -> list[FrozenChild]:
    """Freeze soft modes.

    Parameters
    ----------
    dynamics : LatticeDynamics
    soft : mapping
        Irrep at a special point -> which of its modes; softest irreps first.
    max_dim, top : int
        Largest sum of dimensions of a set; how many children.
    rms : float
        Å.

    Returns
    -------
    list of FrozenChild
        One per class of subgroups, by the softest of its smallest sets: small cells first, then small indices.
    """
    search = search_among(dynamics.parent, list(soft), max_dim)
    if search is None:
        return []
    found: list[tuple[int, int, int, BoolArray]] = []
    for mask, couples in search.subgroups(lambda masks: np.ones(len(masks), dtype=bool)):
        subgroup = Subgroup(search.quotient.space, search.quotient.shaped(mask))
        found.append((subgroup.size, subgroup.index, min(len(one) for one in couples), mask))
    found.sort(key=lambda one: one[:3])
    children = []
    for *_, mask in found[:top]:
        chosen = min(search.generating_sets(mask), key=_softest)
        children.append(_frozen(dynamics, search, mask, chosen, soft, rms))
    return children


def _softest(one: GeneratingSet) -> tuple[int, bool, tuple[int, ...]]:
    """Few irreps first, then the softest, which stand first in the search."""
    return len(one.members), one.triad, one.members


def _frozen(
    dynamics: LatticeDynamics,
    search: IsotropySearch,
    mask: BoolArray,
    chosen: GeneratingSet,
    soft: Mapping[Irrep, int],
    rms: float,
) -> FrozenChild:
    irreps = [search.images[i].irrep for i in chosen.members]
    found = search.canonical(mask, chosen.members)
    etas = [_unit(pattern) for pattern in found.patterns]
    space = space_of(dynamics.parent, irreps, etas)
    fields = []
    for irrep, eta in zip(irreps, etas, strict=True):
        field = unweighted(dynamics, mode_shapes(dynamics, space, irrep).eigenvector(soft[irrep], eta))
        # a mode at GM keeps the centre of mass; what moves all atoms alike is no distortion
        field[0] -= field[0].mean(axis=0)
        fields.append(field / np.linalg.norm(field))
    total = sum(fields, np.zeros_like(fields[0]))
    # sum |u|^2 over the cell = n rms^2; irreps have equal parts
    length = rms * np.sqrt(space.size * len(dynamics.parent.species)) / np.linalg.norm(total)
    modes = [
        BuiltMode(irrep, "displacement", length * eta[None], ("soft mode",), length * field)
        for irrep, eta, field in zip(irreps, etas, fields, strict=True)
    ]
    child = assembled(space, modes, length * total, np.zeros((3, 3)))
    seen = spglib_group(child.structure, min(1e-3, _SEEN * rms))[0]
    return FrozenChild(
        child=child,
        irreps=tuple(irrep.label for irrep in irreps),
        directions=found.texts,
        agrees=seen is not None and seen.number == child.subgroup.number,
    )


def _unit(pattern: FloatArray) -> FloatArray:
    """A general order parameter (dim,) of unit length along the letters (f, dim) of a direction."""
    used = pattern[np.abs(pattern).max(axis=1) > 0]
    vector = _LETTERS[: len(used)] @ used
    return np.asarray(vector / np.linalg.norm(vector))


def soft_modes(candidates: Sequence[tuple[float, Irrep, int, bool]], below: float) -> dict[Irrep, int]:
    """The softest mode of each irrep at special points that lies below a frequency.

    Parameters
    ----------
    candidates : sequence of (frequency, irrep, mode, acoustic)
    below : float
        THz.
    """
    found: dict[Irrep, int] = {}
    softest = sorted(candidates, key=lambda one: (round(one[0], 3), one[1].label, one[0]))
    for frequency, irrep, mode, acoustic in softest:
        if frequency < below and not acoustic and irrep.kind == "special":
            found.setdefault(irrep, mode)
    return found
