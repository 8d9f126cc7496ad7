"""``couplings``: from two structures to the invariant polynomials of the active irreps."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, cast

from curiebreak.clock import Clock
from curiebreak.modes.analysis import Analysis
from curiebreak.modes.couplings import Driver, drivers, mode_name, order_and_text
from curiebreak.modes.expansion import Expansion, expansion, invariants, is_fully_symmetric
from curiebreak.modes.pair import Pair
from curiebreak.modes.pair_blocks import shared_blocks
from curiebreak.options import taking
from curiebreak.options.exact_options import CouplingOptions
from curiebreak.results import Kind, vector
from curiebreak.results.coupling_list import CoupledIrrep, CouplingResult, InvariantPolynomial, LeftOut
from curiebreak.versions import library_versions


@taking(CouplingOptions)
def couplings(asked: CouplingOptions) -> CouplingResult:
    """Invariant polynomials of the irreps that a distortion holds, strain included.

    Returns
    -------
    CouplingResult

    Raises
    ------
    InputError
        For files, numbers or irreps that cannot be used.
    NotCompatibleError
        When the pair does not map as group and subgroup.

    Examples
    --------
    >>> import curiebreak
    >>> found = curiebreak.couplings("structures/batio3_cubic.cif", "structures/batio3_p4mm.cif")
    >>> found.primary, len(found.invariants) > 0
    (('GM4-',), True)
    """
    start = time.perf_counter()
    analysis = Pair.of(asked.parent, asked.child, asked, Clock()).analysis
    return CoupledIrrepTable(analysis).result(shared_blocks(analysis), asked, start)


@dataclass(frozen=True, eq=False)
class CoupledIrrepTable:
    """The irreps of an analysed pair beside the invariants that couple them."""

    analysis: Analysis

    def result(self, blocks: dict[str, Any], asked: CouplingOptions, start: float) -> CouplingResult:
        """The invariants of the pair; `blocks` is what every result says of it, `start` when the work began."""
        analysed = time.perf_counter()
        expanded = expansion(self.analysis, asked.irreps)
        found = list(invariants(expanded, asked.order))
        end = time.perf_counter()
        return CouplingResult(
            status=blocks["status"],
            messages=(*blocks["messages"], *self.messages(expanded, asked.irreps is not None)),
            versions=library_versions(),
            seconds={"total": end - start, "analysis": analysed - start, "invariants": end - analysed},
            options=asked.record,
            parent=blocks["parent"],
            child=blocks["child"],
            mapping=blocks["mapping"],
            primary=self.analysis.primary,
            order=asked.order,
            group_order=len(expanded.images[0]) if expanded.images else None,
            irreps=self.entries(expanded),
            invariants=tuple(one for one in found if isinstance(one, InvariantPolynomial)),
            left_out=tuple(one for one in found if isinstance(one, LeftOut)),
        )

    def messages(self, of: Expansion, chosen: bool) -> list[str]:
        """What is left out of the invariants, and why; `chosen` where the user named the irreps."""
        messages = []
        trivial = self._fully_symmetric()
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

    def _fully_symmetric(self) -> list[str]:
        return [
            mode_name(mode.label, mode.kind)
            for mode in self.analysis.modes
            if not mode.noise and is_fully_symmetric(mode.irrep, mode.fixes)
        ]

    def entries(self, of: Expansion) -> tuple[CoupledIrrep, ...]:
        """The members of the expansion, then the active irreps that stand outside of it."""
        driven = drivers(self.analysis)
        entries = []
        for index, member in enumerate(of.members):
            name = self.analysis.name_of(member.irrep, member.odd)
            order, coupling = order_and_text(driven, name, member.kind)
            entries.append(
                CoupledIrrep(
                    name=member.name,
                    irrep=name,
                    kind=cast(Kind, member.kind),
                    role="primary" if member.primary else "secondary",
                    variables=of.variables[index],
                    direction=of.direction(index),
                    components=vector(of.components[index]) if of.components else (),
                    order=order,
                    coupling=coupling,
                )
            )
        known = {entry.name for entry in entries}
        return (*entries, *self._outside(driven, known))

    def _outside(self, driven: dict[tuple[str, str], Driver], known: set[str]) -> list[CoupledIrrep]:
        """Secondaries without letters: fully symmetric ones and those that were not asked for."""
        found = []
        for mode in self.analysis.modes:
            order, coupling = order_and_text(driven, mode.label, mode.kind)
            name = mode_name(mode.label, mode.kind)
            if mode.noise or name in known or self.analysis.is_primary(mode):
                continue
            found.append(
                CoupledIrrep(
                    name=name,
                    irrep=mode.label,
                    kind=cast(Kind, mode.kind),
                    role="secondary",
                    order=order,
                    coupling=coupling,
                )
            )
        return found
