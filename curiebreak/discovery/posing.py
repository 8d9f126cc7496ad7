"""From a mapped pair to what the learned side is given: arrays, and the carriers it may use."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import product
from typing import Any, Protocol

import numpy as np

from curiebreak.arrays import BoolArray, FloatArray, IntArray
from curiebreak.errors import InputError
from curiebreak.learning.breaking import GLOBAL, Carrier, all_carriers, time_parities
from curiebreak.learning.outcome import LearningOptions
from curiebreak.learning.problem import Problem, TargetField
from curiebreak.magnetic.grey_analysis import GreyAnalysis
from curiebreak.magnetic.target_analysis import TargetAnalysis
from curiebreak.modes.analysis import SILENT
from curiebreak.modes.tilts import octahedral_net
from curiebreak.symmetry.cell_operations import CellField
from curiebreak.symmetry.child_group import ChildGroup, strain_stabiliser
from curiebreak.symmetry.parent import ParentCrystal
from curiebreak.symmetry.tensors import spherical_parts


def learning_problem(group: ChildGroup) -> Problem:
    """The parent in the child's cell and the averaged distortion: arrays, no labels, no irrep tables.

    Parameters
    ----------
    group : ChildGroup
        H and the field averaged over it; operations that the averaged strain breaks are left out of H.
    """
    kept = strain_stabiliser(group.field)
    operations = group.operations.select(kept[group.operations.operation])
    return _problem(group.field, operations.rotations(), operations.permutations)


def magnetic_problem(analysis: GreyAnalysis, kept: BoolArray | None = None) -> Problem:
    """The grey parent in the primitive magnetic cell, and moments and distortion there.

    Parameters
    ----------
    analysis : GreyAnalysis
    kept : ndarray (2 g, s) of bool, optional
        Operations of the child, where not all of its group's are meant.
    """
    operations, thetas = analysis.operations_of(analysis.child_operations if kept is None else kept)
    found = _problem(analysis.group.field, operations.rotations(), operations.permutations)
    return replace(found, child_thetas=thetas, target_moments=analysis.own.field.moments)


def blind_problem(raw: CellField, counted: Problem) -> Problem:
    """The parent in the child's cell and the distortion as it is: no group of the child, nothing averaged.

    Parameters
    ----------
    raw : CellField
        As mapped.
    counted : Problem
        Says which kinds of change count as a target.
    """
    found = _problem(raw, np.eye(3)[None], np.arange(len(raw.site))[None])
    return replace(
        found,
        target=found.target if counted.has_displacement else None,
        target_strain=found.target_strain if counted.has_strain else None,
        target_occupation=found.target_occupation if counted.has_occupation else None,
    )


def _problem(field: CellField, rotations: FloatArray, permutations: IntArray) -> Problem:
    parent = field.parent
    return Problem(
        lattice=field.lattice,
        positions=field.cartesian,
        types=field.orbits,
        type_names=parent.site_names,
        parent_atom=field.site,
        parent_rotations=parent.rotations_cartesian,
        parent_permutations=parent.permutations,
        child_rotations=rotations,
        child_permutations=permutations,
        target=_unless_zero(field.displacements),
        target_strain=None if parent.is_molecule else _unless_zero(field.strain),
        target_occupation=_unless_zero(field.occupation),
    )


def target_problem(analysis: TargetAnalysis, kept: BoolArray | None = None) -> Problem:
    """The parent in the analysed cell, the distortion and the fields: arrays, no labels.

    Parameters
    ----------
    analysis : TargetAnalysis
    kept : ndarray (g, s), or (2 g, s) of a grey parent, of bool, optional
        Operations of the child, where not all of its group's are meant.
    """
    group, thetas = analysis.group, analysis.thetas
    if kept is not None:
        rows = group.operations.operation + np.where(thetas < 0, analysis.parent.n_operations, 0)
        chosen = kept[rows, group.operations.translation]
        group, thetas = replace(group, operations=group.operations.select(chosen)), thetas[chosen]
    problem = learning_problem(group)
    if len(problem.child_rotations) != len(thetas):
        raise InputError("The strain breaks operations that the fields keep.", "Leave CHILD out.")
    parts = []
    for number, one in enumerate(analysis.targets):
        time, scale = one.field.time, float(np.linalg.norm(one.field.values)) or 1.0
        for part, own in spherical_parts(one.field):
            if np.linalg.norm(own) > 1e-9 * scale:
                parts.append(TargetField(part.degree, part.sign, time, own, number))
    return replace(problem, target_fields=tuple(parts), child_thetas=thetas if analysis.grey else None)


def _unless_zero(values: FloatArray) -> FloatArray | None:
    """A target that is nothing but rounding is none."""
    return values if float(np.linalg.norm(values)) > SILENT else None


def parse_sites(parent: ParentCrystal, sites: str) -> tuple[str, ...] | None:
    """Names of the site orbits (or ``global``) that may carry the input; ``None`` for the default.

    Parameters
    ----------
    parent : ParentCrystal
    sites : str
        ``auto``, ``all``, ``global``, or names joined by commas: a site name, an element, a Wyckoff
        letter, or A, B, X of a perovskite.

    Raises
    ------
    InputError
        For a name that the parent does not have.
    """
    if sites == "auto":
        return None
    return tuple(dict.fromkeys(name for word in sites.split(",") for name in _named_sites(parent, word.strip())))


def _named_sites(parent: ParentCrystal, word: str) -> Sequence[str]:
    for values in (parent.site_names, parent.site_species, parent.wyckoffs):
        chosen = [name for name, value in zip(parent.site_names, values, strict=True) if value == word]
        if chosen:
            return chosen
    others = {"all": parent.site_names, GLOBAL: [GLOBAL], **_perovskite_roles(parent)}
    if word in others:
        return others[word]
    choices = ", ".join(
        f"{name} ({element}{', ' + letter if letter else ''})"
        for name, element, letter in zip(parent.site_names, parent.site_species, parent.wyckoffs, strict=True)
    )
    raise InputError(
        f"The parent has no site {word!r} for --sites.",
        f"It has {choices}; `all`, `global` and `auto` are understood too.",
    )


def _perovskite_roles(parent: ParentCrystal) -> dict[str, list[str]]:
    net = octahedral_net(parent)
    if net is None:
        return {}
    centre = parent.site_names[parent.site_orbits[net.centre]]
    corner = parent.site_names[parent.site_orbits[net.corners[0][0]]]
    rest = [name for name in parent.site_names if name not in (centre, corner)]
    return {"B": [centre], "X": [corner], **({"A": rest} if rest else {})}


class Trained(Protocol):
    """What every command that trains is asked."""

    @property
    def seed(self) -> int:
        """Of the random weights."""

    @property
    def tolerance(self) -> float:
        """Relative loss that counts as reached."""

    @property
    def threads(self) -> int:
        """Of one process."""

    @property
    def device(self) -> str:
        """Where the network is evaluated."""


def learning_options(asked: Trained, carriers: Iterable[Carrier], **more: Any) -> LearningOptions:
    """What a learner is told: what was asked, where the input may lie, and the rest by name."""
    distinct = tuple(dict.fromkeys(carriers))
    more.setdefault("lmax_input", max((c.degree for c in distinct), default=0))
    return LearningOptions(
        seed=asked.seed,
        carriers=distinct,
        tolerance=asked.tolerance,
        threads=asked.threads,
        device=asked.device,
        **more,
    )


def allowed_carriers(problem: Problem, sites: tuple[str, ...] | None, lmax: int) -> tuple[Carrier, ...]:
    """All (site, l, parity) with l from 0 to `lmax` on the allowed sites, of every time parity that the target has."""
    if sites is None:
        return tuple(all_carriers(problem, lmax))
    every = product(time_parities(problem), sites, range(lmax + 1), (1, -1))
    return tuple(Carrier(site, degree, parity, time) for time, site, degree, parity in every)
