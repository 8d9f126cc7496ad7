"""``couplings`` of a magnetic structure: invariants of moments, displacements, occupancies and strain."""

from __future__ import annotations

import time

from curiebreak.clock import Clock
from curiebreak.magnetic.grey_analysis import grey_analysis
from curiebreak.magnetic.magnetic_document import magnetic_decomposition
from curiebreak.magnetic.magnetic_modes import MagneticPair
from curiebreak.modes.coupling_report import CoupledIrrepTable
from curiebreak.options import taking
from curiebreak.options.exact_options import CouplingOptions
from curiebreak.results.coupling_list import CouplingResult


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
    magnetic = MagneticPair(asked.parent, asked.child, asked, Clock()).analysis
    said = magnetic_decomposition(magnetic)
    names = ("status", "messages", "parent", "child", "mapping")
    table = CoupledIrrepTable(grey_analysis(magnetic))
    return table.result({name: getattr(said, name) for name in names}, asked, start)
