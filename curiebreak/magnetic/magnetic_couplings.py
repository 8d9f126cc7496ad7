"""``couplings`` of a magnetic structure: invariants of moments, displacements, occupancies and strain."""

from __future__ import annotations

import time

from curiebreak.magnetic.grey_analysis import grey_analysis
from curiebreak.magnetic.magnetic_analysis import analyse_placed
from curiebreak.magnetic.magnetic_document import magnetic_decomposition
from curiebreak.magnetic.magnetic_modes import placed_on
from curiebreak.modes.coupling_report import CoupledIrrepTable
from curiebreak.options import taking
from curiebreak.options.exact_options import CouplingOptions
from curiebreak.results.coupling_list import CouplingResult
from curiebreak.structures.moments import read_magnetic


@taking(CouplingOptions)
def magnetic_couplings(asked: CouplingOptions) -> CouplingResult:
    """Invariant polynomials of the irreps of a magnetic structure: the total power of moments is even.

    PARENT may be ``auto`` for the parent that the magnetic CIF states.

    Returns
    -------
    CouplingResult

    Raises
    ------
    InputError, NotCompatibleError
        As for :func:`curiebreak.magnetic.magnetic_modes.decompose_magnetic`; for irreps that are not active.
    """
    start = time.perf_counter()
    crystal = read_magnetic(asked.child)
    placed = placed_on(
        asked.parent, crystal, parent_symprec=asked.parent_symprec, symprec=asked.symprec, allow=asked.allow
    )
    magnetic = analyse_placed(placed, symprec=asked.symprec, strain_tolerance=asked.strain_tolerance)
    said = magnetic_decomposition(magnetic)
    names = ("status", "messages", "parent", "child", "mapping")
    table = CoupledIrrepTable(grey_analysis(magnetic))
    return table.result({name: getattr(said, name) for name in names}, asked, start)
