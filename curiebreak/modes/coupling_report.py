"""``couplings``: from two structures to the invariant polynomials of the active irreps."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from typing import Any, cast

from curiebreak.mapping import map_child
from curiebreak.modes.analysis import Analysis, analyse
from curiebreak.modes.couplings import Driver, drivers, mode_name
from curiebreak.modes.decompose import shared_blocks
from curiebreak.modes.expansion import Expansion, expansion, invariants, is_fully_symmetric
from curiebreak.options import require
from curiebreak.results import Kind, vector
from curiebreak.results.coupling_list import CoupledIrrep, CouplingResult, InvariantPolynomial, LeftOut
from curiebreak.structures import read_structure
from curiebreak.symmetry.parent import parent_crystal
from curiebreak.versions import library_versions


def couplings(
    parent: Any,
    child: Any,
    *,
    order: int = 4,
    irreps: Sequence[str] | None = None,
    symprec: float | None = None,
    parent_symprec: float | None = None,
    strain_tolerance: float = 1e-3,
    allow: Collection[str] = (),
) -> CouplingResult:
    """Invariant polynomials of the irreps that a distortion holds, strain included.

    Parameters
    ----------
    parent, child : path, pymatgen Structure, ASE Atoms or Structure
    order : int
        Highest degree, 2 to 8.
    irreps : sequence of str, optional
        Only these order parameters, such as ``["M3+", "R4+", "GM3+ strain"]``.
    symprec : float, optional
        Å; overrides the choice of the child's group from the tolerance ladder.
    parent_symprec : float, optional
        Å, for the parent's symmetry; by default 0.01, or what the written decimals of the parent resolve.
    strain_tolerance : float
        Largest change of a strain component that still counts as symmetry.
    allow : collection of str
        As in :func:`curiebreak.mapping.map_child`.

    Returns
    -------
    CouplingResult

    Raises
    ------
    InputError
        For files, numbers or irreps that cannot be used.
    NotCompatibleError
        When the pair does not map as group and subgroup.
    """
    require(order=order, symprec=symprec, parent_symprec=parent_symprec, strain_tolerance=strain_tolerance)
    start = time.perf_counter()
    high, low = parent_crystal(read_structure(parent), parent_symprec), read_structure(child)
    distortion = map_child(high, low, symprec=symprec, allow=allow)
    analysis = analyse(distortion, symprec=symprec, strain_tolerance=strain_tolerance)
    blocks = shared_blocks(analysis)
    analysed = time.perf_counter()
    expanded = expansion(analysis, irreps)
    found = list(invariants(expanded, order))
    end = time.perf_counter()
    return CouplingResult(
        status=blocks["status"],
        messages=(*blocks["messages"], *_messages(analysis, expanded, irreps is not None)),
        versions=library_versions(),
        seconds={"total": end - start, "analysis": analysed - start, "invariants": end - analysed},
        options={
            "order": order,
            "irreps": None if irreps is None else list(irreps),
            "symprec": symprec,
            "parent_symprec": parent_symprec,
            "strain_tolerance": strain_tolerance,
            "allow": list(allow),
        },
        parent=blocks["parent"],
        child=blocks["child"],
        mapping=blocks["mapping"],
        primary=analysis.primary,
        order=order,
        group_order=len(expanded.images[0]) if expanded.images else None,
        irreps=coupled_irreps(analysis, expanded),
        invariants=tuple(one for one in found if isinstance(one, InvariantPolynomial)),
        left_out=tuple(one for one in found if isinstance(one, LeftOut)),
    )


def _messages(analysis: Analysis, of: Expansion, chosen: bool) -> list[str]:
    messages = []
    trivial = _fully_symmetric(analysis)
    if trivial and not chosen:
        messages.append(
            f"Left out: {', '.join(trivial)}; times any power of it, every invariant is an invariant again."
        )
    if of.members and not of.images:
        messages.append(
            "The group that the wave vectors span together is too large: no polynomials are written out; "
            "the lowest couplings of the secondaries are exact all the same."
        )
    return messages


def _fully_symmetric(analysis: Analysis) -> list[str]:
    return [
        mode_name(mode.label, mode.kind)
        for mode in analysis.modes
        if not mode.noise and is_fully_symmetric(mode.irrep, mode.fixes)
    ]


def coupled_irreps(analysis: Analysis, of: Expansion) -> tuple[CoupledIrrep, ...]:
    """The members of the expansion, then the active irreps that stand outside of it."""
    driven = drivers(analysis)
    entries = []
    for index, member in enumerate(of.members):
        name = analysis.names.of(member.irrep)
        driver = driven.get((name, member.kind))
        entries.append(
            CoupledIrrep(
                name=member.name,
                irrep=name,
                kind=cast(Kind, member.kind),
                role="primary" if member.primary else "secondary",
                variables=of.variables[index],
                direction=of.direction(index),
                components=vector(of.components[index]) if of.components else (),
                order=None if driver is None else driver.order,
                coupling=None if driver is None else driver.text,
            )
        )
    known = {entry.name for entry in entries}
    return (*entries, *_outside(analysis, driven, known))


def _outside(analysis: Analysis, driven: dict[tuple[str, str], Driver], known: set[str]) -> list[CoupledIrrep]:
    """Secondaries without letters: fully symmetric ones and those that were not asked for."""
    found = []
    for mode in analysis.modes:
        driver = driven.get((mode.label, mode.kind))
        name = mode_name(mode.label, mode.kind)
        if mode.noise or name in known or analysis.is_primary(mode):
            continue
        found.append(
            CoupledIrrep(
                name=name,
                irrep=mode.label,
                kind=cast(Kind, mode.kind),
                role="secondary",
                order=None if driver is None else driver.order,
                coupling=None if driver is None else driver.text,
            )
        )
    return found
