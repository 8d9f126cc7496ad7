"""From a parent and a child to a :class:`Distortion`, or to the reason why there is none."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from curiebreak.arrays import FloatArray
from curiebreak.errors import InputError, NotCompatibleError, UsageError
from curiebreak.mapping.cell_search import SearchResult, search, try_large_strains
from curiebreak.mapping.composition import SiteKinds, site_kinds
from curiebreak.mapping.consistency import ChildOperations, child_group, is_subgroup, parent_operations
from curiebreak.mapping.distortion import Distortion
from curiebreak.mapping.frame import ParentFrame, parent_frame
from curiebreak.mapping.hands import MIRRORED, WrongHandError, mirror_image
from curiebreak.mapping.lattices import Crystal, primitive_crystal
from curiebreak.mapping.map_domains import choose_domain
from curiebreak.mapping.molecule_map import map_molecule
from curiebreak.mapping.refusals import check_map, refusal
from curiebreak.mapping.result import build_distortion
from curiebreak.mapping.slabs import vacuum_words, with_height_of
from curiebreak.mapping.vacancies import with_vacancies
from curiebreak.options.option_rules import require
from curiebreak.structures.model import Structure
from curiebreak.structures.precision import precision_of
from curiebreak.structures.size import check_file, check_images
from curiebreak.symmetry.parent import ParentCrystal

PRIMITIVE_TOLERANCES = (5e-5, 2e-3)
"""Å; a child is stored in too large a cell when translations hold to what its written decimals resolve, within
these bounds: less is the arithmetic of its writer, more would be a superstructure."""

GROUP_TOLERANCES = (0.01, 0.001)
"""Å; tolerances at which the child's group must lie in the parent's, the first that does is used."""

NOISE_TOLERANCES = (0.1, 0.05, 0.02)
"""Å; looser groups of the child that decide between maps of nearly equal cost."""

ALLOWANCES = ("substitution", "reconstructive", "hand")
"""What is refused unless it is asked for: other elements on a site, displacements of half a bond, the mirror
image of the child."""

NOISE_COST = 1.25
"""Largest ratio of two costs that counts as nearly equal."""


@dataclass(frozen=True, eq=False)
class _Attempt:
    """One choice of kinds and tolerance and what the search made of it."""

    kinds: SiteKinds
    frame: ParentFrame
    crystal: Crystal
    group: ChildOperations
    result: SearchResult
    notes: tuple[str, ...] = ()


def map_child(
    parent: ParentCrystal,
    child: Structure,
    *,
    allow: Collection[str] = (),
    supercell_basis: ArrayLike | None = None,
    symprec: float | None = None,
) -> Distortion:
    """Lay a child onto its parent: any setting, origin, cell, order, rotation, a few percent strain.

    Of all maps on which every symmetry operation of the child is one of the parent (or the reverse,
    for a child of higher symmetry) the one of least ``rms^2 + (0.5 (V/atom)^(1/3) rms_strain)^2``
    is taken (``rms`` in the child's cell at the parent's volume), written in the domain that turns the child least.

    Parameters
    ----------
    parent : ParentCrystal
    child : Structure
    allow : collection of str
        ``"substitution"``: let other elements stand on a site where the numbers agree (a Ca child on a Sr
        parent); ``"reconstructive"``: accept a group-subgroup map with displacements of half a bond;
        ``"hand"``: map the mirror image of a child whose hand is not that of a chiral parent.
    supercell_basis : array_like (3, 3), optional
        ``child file axes = supercell_basis @ parent file axes``: picks one of the equivalent domains.
    symprec : float, optional
        Å; tolerance for the child's symmetry (default 0.01, then 0.001).

    Returns
    -------
    Distortion

    Raises
    ------
    UsageError
        For an unknown allowance.
    InputError
        Partial occupancies that fit no site of the parent.
    NotCompatibleError
        Different compositions, no fitting supercell, a reconstructive pair, the wrong hand, no
        group-subgroup relation, or no domain with the stated basis.
    """
    check_allowances(allow)
    require(symprec=symprec)
    if parent.is_molecule != child.is_molecule:
        raise NotCompatibleError(
            "One of the two structures is a molecule, the other a crystal.", "Give two of the same sort."
        )
    wanted = None if supercell_basis is None else stated_basis(supercell_basis)
    tolerances = GROUP_TOLERANCES if symprec is None else (symprec,)
    check_file(child)
    slabs = with_height_of(parent.structure, child)
    if slabs is None:
        return _in_either_hand(parent, child, allow, wanted, tolerances)
    found = _in_either_hand(parent, slabs[0], allow, wanted, tolerances)
    return replace(found, vacuum=slabs[1], messages=(vacuum_words(slabs[1]), *found.messages))


def _in_either_hand(
    parent: ParentCrystal,
    child: Structure,
    allow: Collection[str],
    wanted: FloatArray | None,
    tolerances: tuple[float, ...],
) -> Distortion:
    """The map of the child, or of its mirror image where that is allowed and the child has the other hand."""
    try:
        return _mapped(parent, child, allow, wanted, tolerances)
    except WrongHandError:
        if "hand" not in allow:
            raise
    found = _mapped(parent, mirror_image(child), allow, wanted, tolerances)
    return replace(found, mirrored=True, messages=(MIRRORED, *found.messages))


def _mapped(
    parent: ParentCrystal,
    child: Structure,
    allow: Collection[str],
    wanted: FloatArray | None,
    tolerances: tuple[float, ...],
) -> Distortion:
    """The map of the child as it stands."""
    child = with_vacancies(parent, child, primitive_tolerance(child), tolerances[0])
    # which kinds may stand on which sites: elements first, then what is allowed besides
    choices = site_kinds(parent, child, "substitution" in allow)
    if parent.is_molecule:
        return map_molecule(parent, child, choices, tolerances, "reconstructive" in allow)
    attempts = [_attempt(parent, child, kinds, tolerances) for kinds in choices]
    usable = [a for a in attempts if a.result.best is not None]
    if not usable:
        first = attempts[0]
        raise refusal(first.frame, first.crystal, first.group, first.result, parent.symbol)
    chosen = min(usable, key=lambda a: a.result.cost)
    return _finished(parent, child, chosen, wanted, "reconstructive" in allow)


def check_allowances(allow: Collection[str]) -> None:
    """Refuse words that are no allowance.

    Raises
    ------
    UsageError
    """
    unknown = [allow] if isinstance(allow, str) else sorted(set(allow) - set(ALLOWANCES))
    if unknown:
        raise UsageError(
            f"There is nothing called {unknown[0]!r} to allow.", f"Give one or more of {', '.join(ALLOWANCES)}."
        )


def _attempt(parent: ParentCrystal, child: Structure, kinds: SiteKinds, tolerances: tuple[float, ...]) -> _Attempt:
    """Search at falling tolerance until a usable map is found; the first attempt if none is."""
    frame = parent_frame(parent, kinds)
    lattice = np.asarray(child.lattice, dtype=np.float64)
    crystal = primitive_crystal(lattice, child.coords, kinds.of(child.species), primitive_tolerance(child))
    check_images(parent.n_operations, len(parent.species), len(crystal.frac), child.path or "the child")
    failed: list[_Attempt] = []
    for tolerance in tolerances:
        group = child_group(crystal, tolerance)
        # the same group again would search the same maps
        if failed and len(group.rotations) == len(failed[0].group.rotations):
            continue
        attempt = _Attempt(kinds, frame, crystal, group, search(frame, crystal, group))
        if attempt.result.best is not None:
            return _seen_through_noise(attempt) if len(tolerances) > 1 else attempt
        failed.append(attempt)
    first = failed[0]
    try_large_strains(first.result, first.frame, first.crystal, first.group)
    return first


def primitive_tolerance(child: Structure) -> float:
    """Å within which a translation of the child counts as one of its lattice."""
    return float(np.clip(2.0 * precision_of(child).position, *PRIMITIVE_TOLERANCES))


def _seen_through_noise(attempt: _Attempt) -> _Attempt:
    """Prefer a map of nearly equal cost that also fits the child's group at a loose tolerance.

    Noise hides symmetry operations of the child, and with them which of two nearly equal settings
    (twins of a pseudo-cubic parent) is the group-subgroup one.
    """
    best = attempt.result.best
    if best is None or best.relation != "subgroup":
        return attempt
    hidden: tuple[str, ...] = ()
    for tolerance in NOISE_TOLERANCES:
        group = child_group(attempt.crystal, tolerance)
        # looser tolerances add nothing once they do not add operations
        if len(group.rotations) <= len(attempt.group.rotations):
            break
        operations = parent_operations(attempt.frame, group, best.super_frame.cell)
        if operations is not None and is_subgroup(best.super_frame, group, operations, best.pairing):
            break
        result = search(attempt.frame, attempt.crystal, group)
        other = result.best
        if other and other.relation == "subgroup" and other.cost <= NOISE_COST * best.cost:
            passed = (
                f"a map of {1 - best.cost / other.cost:.1%} less cost (rms strain {best.rms_strain:.4f}, here "
                f"{other.rms_strain:.4f}) does not keep {group.symbol}, which the child has within {tolerance:g} Å, "
                "and was passed over"
            )
            return replace(attempt, group=group, result=result, notes=() if other.is_domain_of(best) else (passed,))
        hidden = (f"within {tolerance:g} Å the child has the symmetry {group.symbol}, which this map does not keep",)
    return replace(attempt, notes=hidden)


def _finished(
    parent: ParentCrystal,
    child: Structure,
    attempt: _Attempt,
    wanted: FloatArray | None,
    reconstructive: bool,
) -> Distortion:
    best = attempt.result.best
    if best is None:
        raise ValueError("nothing to finish")
    check_map(attempt.frame, attempt.crystal, attempt.group.tolerance, best, reconstructive)
    domain = choose_domain(parent, attempt.frame, best, wanted)
    messages = (*attempt.kinds.messages, *attempt.notes)
    return build_distortion(parent, child, attempt.frame, attempt.result, domain, messages)


def stated_basis(basis: ArrayLike) -> FloatArray:
    """A supercell basis (3, 3) as a user gives it.

    Raises
    ------
    InputError
        If it is no regular matrix.
    """
    matrix = np.array(basis, dtype=np.float64)
    if matrix.shape != (3, 3) or not np.isfinite(matrix).all() or abs(np.linalg.det(matrix)) < 1e-6:
        raise InputError(
            "The supercell basis asked for is not a regular 3 x 3 matrix.",
            "Give three rows, the child's axes in the parent's.",
        )
    return matrix
