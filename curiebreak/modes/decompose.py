"""``decompose``: from two structures to a :class:`~curiebreak.results.Decomposition`."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from curiebreak.clock import Clock
from curiebreak.modes.analysis import Analysis
from curiebreak.modes.domains import equivalent_children
from curiebreak.modes.entries import IrrepTable
from curiebreak.modes.mode_fields import IrrepFieldTable
from curiebreak.modes.pair import Pair
from curiebreak.modes.pair_blocks import shared_blocks
from curiebreak.modes.superlattice import Superlattice
from curiebreak.options import taking
from curiebreak.options.modes_options import DecomposeOptions, PairOptions
from curiebreak.results import Decomposition
from curiebreak.structures.size import forecast
from curiebreak.versions import library_versions


@taking(DecomposeOptions)
def decompose(asked: DecomposeOptions) -> Decomposition:
    """Decompose the distortion from parent to child into irreps of the parent.

    Returns
    -------
    Decomposition

    Raises
    ------
    InputError
        For files, sites or numbers that cannot be used.
    NotCompatibleError
        When the pair does not map as group and subgroup.

    Examples
    --------
    >>> import curiebreak
    >>> modes = curiebreak.decompose("structures/lamno3_cubic.cif", "structures/lamno3_pnma.cif")
    >>> modes.primary
    ('M3+', 'R4+')
    >>> [(one.irrep, one.direction, round(one.amplitude_parent, 3)) for one in modes.irreps[:3]]
    [('R4+', '(a,a,0)', 0.628), ('M3+', '(a;0;0)', 0.478), ('X5+', '(a,a;0,0;0,0)', 0.298)]
    >>> modes.structures["child"].to_pymatgen().get_space_group_info()
    ('Pnma', 62)
    """
    analysis, seconds, _ = analyse_pair(asked.parent, asked.child, **asked.keywords(PairOptions))
    waves = asked.wavelength if asked.reflections else None
    return decomposition(analysis, seconds, asked.record, domains=asked.domains, wavelength=waves)


@taking(PairOptions)
def analyse_pair(asked: PairOptions) -> tuple[Analysis, dict[str, float], dict[str, Any]]:
    """Read, map and analyse a pair; see :func:`decompose` for the errors.

    Returns
    -------
    analysis : Analysis
    seconds : dict
        Seconds of ``read``, ``mapping`` and ``decomposition`` so far.
    options : dict
        What was asked for, for the record.
    """
    clock = Clock()
    pair = Pair.of(asked.parent, asked.child, asked, clock)
    expected = forecast(pair.parent.n_operations, len(pair.parent.species), len(pair.child))
    if asked.say is not None and expected is not None:
        asked.say(expected)
    analysis = pair.analysis
    clock.lap("decomposition")
    return analysis, clock.phases, asked.record


def decomposition(
    analysis: Analysis,
    seconds: dict[str, float],
    options: dict[str, Any],
    *,
    domains: bool = False,
    wavelength: float | None = None,
) -> Decomposition:
    """The result that describes an analysed pair; with superlattice reflections where a wavelength (Å) is given."""
    start = time.perf_counter()
    blocks = shared_blocks(analysis)
    irreps = IrrepTable(analysis).entries()
    squared = sum(m.squared for m in analysis.modes if m.kind == "displacement")
    found = equivalent_children(analysis, listed=domains)
    spent = {**seconds, "decomposition": seconds["decomposition"] + time.perf_counter() - start}
    return Decomposition(
        **blocks,
        seconds={"total": sum(spent.values()), **spent},
        versions=library_versions(),
        irreps=irreps,
        total_amplitude_supercell=float(np.sqrt(squared)),
        total_amplitude_parent=float(np.sqrt(squared / analysis.space.size)),
        domains=found,
        reflections=() if wavelength is None else Superlattice(analysis, wavelength).lists(),
        mode_fields=IrrepFieldTable(analysis).fields(),
        options=options,
    )
