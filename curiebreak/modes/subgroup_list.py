"""``subgroups``: which irreps of a parent, singly, in pairs or triples, lead to a group, without a child."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain

import numpy as np

from curiebreak.arrays import BoolArray
from curiebreak.clock import silent
from curiebreak.errors import InputError
from curiebreak.mapping.pair_summary import parent_summary
from curiebreak.modes.available import count_irrep, site_multiplicities
from curiebreak.modes.lookup import irreps_at_k
from curiebreak.modes.special_irreps import special_irrep
from curiebreak.modes.tilting import allowed_tilts
from curiebreak.options import taking
from curiebreak.options.subgroups_options import SubgroupListOptions
from curiebreak.results.subgroup_records import AllowedIrrep, IrrepSet, SearchedIrrep, SubgroupEntry, SubgroupList
from curiebreak.structures import read_structure
from curiebreak.symmetry.group_names import crystal_class, point_group_order, space_group_number
from curiebreak.symmetry.isotropy_search import GeneratingSet, IsotropySearch, search_among
from curiebreak.symmetry.isotypic import Irrep, StandardOperations
from curiebreak.symmetry.naming import name_operations
from curiebreak.symmetry.parent import ParentCrystal, parent_crystal
from curiebreak.symmetry.quotient import FiniteQuotient
from curiebreak.symmetry.subgroup import Subgroup
from curiebreak.symmetry.tables import special_kpoints
from curiebreak.versions import library_versions

_POLAR = 1e-6
"""Length of the mean of a polar vector over a group; it is 0, or a vector of length 1 has a part of order 1."""


@taking(SubgroupListOptions)
def subgroups(asked: SubgroupListOptions) -> SubgroupList:
    """Look up the subgroups that one to three irreps of a parent leave, without any child.

    Irreps at special wave vectors are searched, alone and in all pairs and triples whose dimensions add up to
    `max_dim` at most, in every relative domain.

    Returns
    -------
    SubgroupList

    Raises
    ------
    InputError
        For files that cannot be used, and groups or irreps that do not exist.

    Examples
    --------
    >>> import curiebreak
    >>> found = curiebreak.subgroups("structures/lamno3_cubic.cif", group="Pnma", irreps=["M3+", "R4+"])
    >>> [(one.isotropy_subgroup.symbol, one.glazer) for one in found.subgroups]
    [('Pnma', 'a+b-b-')]
    """
    start = time.perf_counter()
    parent = parent_crystal(read_structure(asked.parent), asked.parent_symprec)
    wanted = WantedGroups.of(asked, parent)
    searched = _searched(parent, asked)
    messages = list(parent.structure.messages)
    if not searched:
        messages.append("No irrep at a special wave vector breaks the symmetry of this parent.")
        return _result(asked, parent, searched, messages, 0, (), start)
    irreps = [irrep for irrep, _ in searched]
    search = search_among(parent, irreps, asked.max_dim)
    if search is None:
        messages.append(f"Every irrep that breaks the symmetry is larger than --max-dim {asked.max_dim}.")
        return _result(asked, parent, searched, messages, 0, (), start)
    fields = {irrep.label: held for irrep, held in searched}
    moved = frozenset(i for i, image in enumerate(search.images) if fields[image.irrep.label] != ("strain",))
    found: list[tuple[tuple[bool, int, int], int, int, int, BoolArray, Subgroup]] = []
    tell = asked.progress or silent
    of_search = partial(wanted.possible, search.quotient)
    for mask, couples in search.subgroups(of_search, lambda share: tell("pairs, triples", share, "")):
        subgroup = Subgroup(search.quotient.space, search.quotient.shaped(mask))
        if wanted.holds(subgroup):
            order = min(_order(search, moved, couple) for couple in couples)
            found.append((order, subgroup.size, subgroup.index, len(found), mask, subgroup))
    found.sort(key=lambda one: one[:4])
    entries = tuple(_entry(search, moved, mask, subgroup) for *_, mask, subgroup in found[: asked.top])
    messages += _messages(asked, search, irreps, len(found))
    return _result(asked, parent, searched, messages, len(found), entries, start)


@dataclass(frozen=True)
class WantedGroups:
    """What is asked of a subgroup: its type or class, the size of its cell, whether it is polar.

    Attributes
    ----------
    parent : ParentCrystal
    numbers : frozenset of int or None
        Space-group numbers.
    point_group : str or None
        Schoenflies symbol of a molecule.
    size : int or None
    polar : bool
    """

    parent: ParentCrystal
    numbers: frozenset[int] | None
    point_group: str | None
    size: int | None
    polar: bool

    @classmethod
    def of(cls, asked: SubgroupListOptions, parent: ParentCrystal) -> WantedGroups:
        """Read what is asked for.

        Raises
        ------
        InputError
            If there is no such group or class.
        """
        if asked.group is None or parent.is_molecule:
            return cls(parent, None, asked.group, asked.size, asked.polar)
        number = space_group_number(asked.group)
        numbers = crystal_class(asked.group) if number is None else frozenset({number})
        if numbers is None:
            raise InputError(
                f"There is no space group or crystal class {asked.group!r}.",
                "Give a number from 1 to 230, a symbol such as R-3c, or a class such as mm2 or C2v.",
            )
        return cls(parent, numbers, None, asked.size, asked.polar)

    def possible(self, quotient: FiniteQuotient, masks: BoolArray) -> BoolArray:
        """Which subgroups (m, n) may fit, by what can be counted."""
        shaped = masks.reshape(len(masks), -1, quotient.space.size)
        point = np.asarray(shaped.any(axis=2))
        fits = np.ones(len(masks), dtype=bool)
        if self.numbers is not None:
            orders = [point_group_order(number) for number in self.numbers]
            fits &= np.isin(point.sum(axis=1), orders)
        if self.size is not None:
            # pure translations of the subgroup that the lattice of the quotient lacks
            fits &= shaped[:, 0].sum(axis=1) * self.size == quotient.space.size
        if self.polar:
            fits &= is_polar(quotient.space.parent, point)
        return fits

    def holds(self, subgroup: Subgroup) -> bool:
        """Whether a subgroup is of the wanted type."""
        if self.point_group is not None:
            return subgroup.point_group.lower() == self.point_group.strip().lower()
        if self.numbers is None:
            return True
        name = name_operations(self.parent, subgroup.space.hnf, *subgroup.operations)
        return name is not None and name.number in self.numbers


def is_polar(parent: ParentCrystal, point: BoolArray) -> BoolArray:
    """Whether point operations (m, g) leave a polar vector alone."""
    # the mean over a point group is the projector onto the vectors that it keeps
    means = np.einsum("mg,gij->mij", point, parent.rotations_cartesian) / point.sum(axis=1)[:, None, None]
    return np.asarray(np.trace(means, axis1=1, axis2=2) > _POLAR)


def _searched(parent: ParentCrystal, asked: SubgroupListOptions) -> list[tuple[Irrep, tuple[str, ...]]]:
    """The irreps to search with the fields that hold them; the fully symmetric one breaks nothing."""
    named = asked.irreps is not None
    irreps = map(partial(special_irrep, parent), asked.irreps) if asked.irreps is not None else _special(parent)
    unique = {irrep.label: irrep for irrep in irreps if not _is_trivial(parent, irrep)}
    found = [(unique[label], _fields(parent, unique[label])) for label in sorted(unique)]
    wanted = {"displacement", *(f for f in ("strain", "occupation") if getattr(asked, f))}
    return [one for one in found if named or wanted & set(one[1])]


def _special(parent: ParentCrystal) -> Iterator[Irrep]:
    """Every irrep at the special wave vectors; of a molecule, all."""
    points = [None] if parent.number is None else special_kpoints(parent.number)
    return chain.from_iterable(irreps_at_k(parent, k) for k in points)


def _fields(parent: ParentCrystal, irrep: Irrep) -> tuple[str, ...]:
    """What can carry an irrep: displacements, the strain, the occupation of the sites."""
    count = count_irrep(parent, irrep)
    scalar = np.ones((len(parent.rotations_cartesian), 1, 1))
    held = {
        "displacement": count.multiplicity > 0,
        "strain": count.strain > 0,
        "occupation": bool(site_multiplicities(parent, irrep.members[0], scalar).any()),
    }
    return tuple(name for name, holds in held.items() if holds)


def _is_trivial(parent: ParentCrystal, irrep: Irrep) -> bool:
    standard = StandardOperations(parent)
    matrices = irrep.real_matrices(standard.rotations, standard.translations)
    return irrep.dim == 1 and not np.abs(irrep.arms).max(initial=0.0) > _POLAR and bool((matrices > 0.5).all())


def _order(search: IsotropySearch, moved: Collection[int], couple: Sequence[int]) -> tuple[bool, int, int]:
    """Sets that displacements can carry first, then few irreps, then small dimensions."""
    dims = [search.images[i].irrep.dim for i in couple]
    return not set(couple) <= set(moved), len(dims), sum(dims)


def _entry(search: IsotropySearch, moved: Collection[int], mask: BoolArray, subgroup: Subgroup) -> SubgroupEntry:
    parent = search.quotient.space.parent
    allowed = search.allowed(mask)
    rows = {search.images[i].irrep.label: found for i, found in allowed.items()}
    sets = sorted(
        search.generating_sets(mask), key=lambda one: (*_order(search, moved, one.members), one.triad, one.members)
    )
    return SubgroupEntry(
        isotropy_subgroup=subgroup.described(),
        polar=bool(is_polar(parent, np.asarray(subgroup.mask.any(axis=1))[None]).all()),
        glazer=allowed_tilts(parent, rows),
        sets=tuple(_irrep_set(search, mask, one) for one in sets),
        allowed=tuple(
            AllowedIrrep(
                irrep=search.images[i].irrep.label, direction=search.canonical(mask, [i]).text, parameters=len(found)
            )
            for i, found in allowed.items()
        ),
    )


def _irrep_set(search: IsotropySearch, mask: BoolArray, one: GeneratingSet) -> IrrepSet:
    irreps = [search.images[i].irrep for i in one.members]
    return IrrepSet(
        irreps=tuple(irrep.label for irrep in irreps),
        directions=search.canonical(mask, one.members).texts,
        dim=sum(irrep.dim for irrep in irreps),
        triad=one.triad,
    )


def _messages(asked: SubgroupListOptions, search: IsotropySearch, irreps: Sequence[Irrep], found: int) -> list[str]:
    messages = []
    large = [f"{irrep.label} ({irrep.dim})" for irrep in irreps if irrep.dim > asked.max_dim]
    if large:
        messages.append(f"Left out, larger than --max-dim {asked.max_dim}: {', '.join(large)}.")
    if found > asked.top:
        messages.append(f"{asked.top} of {found} classes of subgroups are listed; --top lists more.")
    if not found:
        messages.append(
            f"No irrep, pair or triple of dimension {asked.max_dim} or less at special wave vectors leads there; "
            "a larger --max-dim, --occupation or a wave vector on a line may."
        )
    return messages


def _result(
    asked: SubgroupListOptions,
    parent: ParentCrystal,
    searched: Sequence[tuple[Irrep, tuple[str, ...]]],
    messages: Sequence[str],
    found: int,
    entries: tuple[SubgroupEntry, ...],
    start: float,
) -> SubgroupList:
    return SubgroupList(
        messages=tuple(messages),
        parent=parent_summary(parent),
        found=found,
        subgroups=entries,
        irreps=tuple(
            SearchedIrrep(irrep=irrep.label, kpoint=irrep.kpoint, dim=irrep.dim, fields=fields)
            for irrep, fields in searched
            if irrep.dim <= asked.max_dim
        ),
        options=asked.record,
        versions=library_versions(),
        seconds={"total": time.perf_counter() - start},
    )
