"""Results for tests of reports: a small real crystal, a molecule, one with many long labels, trees of groups."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from math import sqrt

import numpy as np
from matplotlib.figure import Figure
from sample_results import PARENT, decomposition, finding

from curiebreak.report.pdf import pdf_pages
from curiebreak.report.solids import real_harmonics
from curiebreak.results import (
    CarrierResult,
    Certificate,
    CoveringRelation,
    Finding,
    InputField,
    InputPart,
    IntermediateIrrep,
    IntermediateResult,
    Intermediates,
    IrrepEntry,
    IsotropySubgroup,
    ModeFields,
    Peak,
    Signals,
    SiteSignal,
    Snapshot,
    StructureData,
    Structures,
    Trace,
    matrix,
    vector,
)
from curiebreak.results.record import Record

A = 3.9408
"""Cell edge of cubic LaMnO3 in structures/lamno3_cubic.cif, Å."""


def perovskite() -> Finding:
    """The sample finding on a drawn perovskite: two cells along z, octahedra turned about z."""
    lattice = matrix(((A, A, 0.0), (-A, A, 0.0), (0.0, 0.0, A)))
    species = ("La", "La", "Mn", "Mn", "O", "O", "O", "O", "O", "O")
    frac = (
        (0.5, 0.0, 0.5), (0.0, 0.5, 0.5), (0.0, 0.0, 0.0), (0.5, 0.5, 0.0), (0.0, 0.0, 0.5), (0.5, 0.5, 0.5),
        (0.25, 0.25, 0.0), (0.75, 0.75, 0.0), (0.25, 0.75, 0.0), (0.75, 0.25, 0.0),
    )  # fmt: skip
    moved = [(0.0, 0.0, 0.0)] * 6 + [(0.3, 0.0, 0.0), (-0.3, 0.0, 0.0), (0.0, 0.3, 0.0), (0.0, -0.3, 0.0)]
    cell = StructureData(lattice=lattice, species=species, frac=frac)
    field = InputField(site="Mn", l=1, parity="e", atoms=(2, 3), values=((0.0, 0.5, 0.0), (0.0, -0.5, 0.0)))
    steps = [1.5, 0.3, 1e-2, 1e-4, 1e-6, 1e-7, 3e-9]
    trace = Trace(
        phase=("inputs",) * 6 + ("verification",),
        loss=tuple(steps),
        blocks=("Mn:1e M3+", "O:1o R4+", "O:2o X5+"),
        block_norms=tuple((0.5, 0.4, 0.3 / (i + 1)) for i in range(7)),
        snapshots=tuple(
            Snapshot(step=i, displacements=tuple(moved), breaking_input=(field,) if i else ()) for i in (0, 3, 6)
        ),
    )
    return replace(
        finding(),
        structures=Structures(parent=cell, undistorted=cell, child=cell),
        mapping=replace(finding().mapping, strain=matrix(((0.01, 0, 0), (0, -0.02, 0), (0, 0, 0.005)))),  # type: ignore[type-var]
        displacements=tuple(moved),
        breaking_input=(field,),
        trace=trace,
    )


def molecule() -> Finding:
    """A square that becomes a rectangle; the input is one global l = 2 harmonic."""
    corners = ((0.5, 0.5, 0.0), (-0.5, 0.5, 0.0), (-0.5, -0.5, 0.0), (0.5, -0.5, 0.0))
    moved = tuple((0.3 * x, -0.2 * y, 0.0) for x, y, _ in corners)
    cell = StructureData(lattice=None, species=("H",) * 4, frac=corners)
    field = InputField(site="global", l=2, parity="e", atoms=(), values=((0.0, 0.0, 0.0, 0.0, 1.0),))
    base = perovskite()
    entry = IrrepEntry(
        irrep="B1g", kpoint=None, role="primary", direction="(a)", components=(1 / sqrt(2),),
        amplitude_supercell=1 / sqrt(2), amplitude_parent=1 / sqrt(2), dmax=0.35, share=0.96,
        carrier=CarrierResult(site="global", l=2, parity="e", components={"2": 1.0}), necessary=True,
    )  # fmt: skip
    summary = replace(PARENT, formula="H", n_atoms=4, space_group=None, point_group="D4h", origin_site=None)
    return replace(
        base, parent=summary, child=replace(summary, point_group="D2h"), mapping=None, glazer=None,
        isotropy_subgroup=IsotropySubgroup(point_group="D2h", index=2), tolerance_ladder=(), primary=("B1g",),
        order_parameters=(entry,), structures=Structures(parent=cell, undistorted=cell, child=cell),
        displacements=moved, breaking_input=(field,), trace=None,
    )  # fmt: skip


def crowded() -> Finding:
    """Twenty irreps with long directions, a long formula, many messages and certificates."""
    base = perovskite()
    labels = [f"{point}{n}{sign}" for point in ("GM", "X", "M", "R", "DT") for n in (1, 3) for sign in "+-"]
    entries = [
        IrrepEntry(
            irrep=label, kpoint=("1/2", "1/2", "1/2"), role="primary" if i < 5 else "secondary" if i < 16 else "noise",
            direction="(a,-a,b,c;d,e,0,0;a,a,-b,b)", components=tuple(0.123 * (k - 5) for k in range(12)),
            amplitude_supercell=2.0 / (i + 1), amplitude_parent=1.0 / (i + 1), dmax=0.3, share=0.05,
            isotropy_subgroup=IsotropySubgroup(number=167, symbol="R-3c", size=8, index=96),
            carrier=CarrierResult(site="O1_2", l=1, parity="o", components={"0": 1.0}), necessary=True,
            coupling="X5+ ~ M3+*R4+, M3+^2*R4+, GM4-*X3-*M5+^2, R5-^3*X1+" if i > 4 else None,
        )
        for i, label in enumerate(labels)
    ]  # fmt: skip
    named = tuple(labels[:5])
    certificates = tuple(
        Certificate(members=tuple(x for x in named if x != left), kind="necessary", learned=0.4, floor=0.4,
                    verdict="holds", without=left)
        for left in named
    )  # fmt: skip
    formula = "Cs2Ba4Ta6O20La0.33Sr0.67Mn0.5Fe0.5"
    return replace(
        base,
        parent=replace(PARENT, formula=formula, path="a/rather/long/folder/name/for/a/structure/of/the/parent.cif"),
        child=replace(base.child, formula=formula),
        primary=named, order_parameters=tuple(entries[:5]), irreps=tuple(entries[5:]), certificates=certificates,
        minimal_sets=(named,) * 12, alternatives=(named,) * 12,
        messages=tuple(f"message {i} is so long that it has to be broken into several lines " * 2 for i in range(9)),
    )  # fmt: skip


def with_signals() -> Finding:
    """The square with a signal of two equal maxima on each corner, and an input of two irreps on its corners."""
    base = molecule()
    assert base.structures is not None
    corners = np.array(base.structures.undistorted.frac)
    sites, degrees = [], list(range(6))
    for corner in corners:
        tips = [np.array((corner[0], -0.4 * corner[1], 0.0)), np.array((-0.4 * corner[0], corner[1], 0.0))]
        sites.append(sum(_peak(tip / np.linalg.norm(tip), degrees) for tip in tips))
    first = corners[0]
    tips = [(first[0], -0.4 * first[1], 0.0), (-0.4 * first[0], first[1], 0.0)]
    units = [tuple(float(x) for x in np.array(tip) / np.linalg.norm(tip)) for tip in tips]
    site = SiteSignal(
        site="H", position=base.structures.undistorted.frac[0], displacement=0.36, target=(), learned=vector(sites[0]),
        peaks=tuple(Peak(direction=unit, height=0.36) for unit in units), images=matrix(units), n_peaks=2, n_images=2,
        agrees=True, positions=matrix(corners), signals=matrix(sites),
    )  # fmt: skip
    signals = Signals(lmax=5, resolution=36.0, loss=0.5, floor=0.5, sites=(site,))
    trace = Trace(
        phase=("inputs",) * 3, loss=(1.0, 0.1, 1e-9), blocks=("global:2e B1g",), block_norms=((0.1,), (0.4,), (0.6,)),
        snapshots=tuple(
            Snapshot(step=i, displacements=tuple(tuple(x * part for x in row) for row in base.displacements),
                     breaking_input=base.breaking_input if i else ())
            for i, part in enumerate((0.2, 0.7, 1.0))
        ),
    )  # fmt: skip
    return replace(base, signals=signals, trace=trace)


def _peak(direction: np.ndarray, degrees: list[int]) -> np.ndarray:
    return np.concatenate([real_harmonics(degree, direction) for degree in degrees])


def several_irreps() -> Finding:
    """The perovskite with an input of two irreps on the oxygen atoms, both of them known by their parts."""
    base = perovskite()
    one = ((0.0, 0.0, 1.0), (0.0, 0.0, -1.0), (1.0, 0.0, 0.0), (-1.0, 0.0, 0.0))
    two = ((0.0, 0.6, 0.0), (0.0, 0.6, 0.0), (0.0, -0.6, 0.0), (0.0, -0.6, 0.0))
    total = tuple(tuple(a + b for a, b in zip(p, q, strict=True)) for p, q in zip(one, two, strict=True))
    parts = (InputPart(irrep="M3+", values=one), InputPart(irrep="R4+", values=two))
    field = InputField(site="O", l=1, parity="o", atoms=(6, 7, 8, 9), values=total, parts=parts)
    return replace(base, breaking_input=(field,))


def occupied() -> Finding:
    """The perovskite with two elements that order on the site of Mn."""
    base = perovskite()
    assert base.structures is not None
    cell = base.structures.undistorted
    change = [(0.0, 0.0)] * len(cell.species)
    change[2], change[3] = (0.5, -0.5), (-0.5, 0.5)
    before = [(0.5, 0.5) if i in (2, 3) else (0.0, 0.0) for i in range(len(cell.species))]
    fields = ModeFields(
        undistorted=cell, sites=cell.species, displacements=base.displacements, elements=("Fe", "Mo"),
        occupancies=tuple(before), occupation=tuple(change),
    )  # fmt: skip
    return replace(base, mode_fields=fields)


def intermediates() -> Intermediates:
    """Parent, two groups and child, as the list of LaMnO3 has them among others."""
    base = perovskite()
    named = (("Pm-3m", 221, 1, 0.0), ("P4/mbm", 127, 6, 0.307), ("Imma", 74, 12, 0.533), ("Pnma", 62, 24, 1.0))
    labels: tuple[tuple[str, ...], ...] = ((), ("M3+", "GM3+"), ("R4+", "GM3+", "GM5+"), ("M3+", "R4+", "X5+"))
    entries = tuple(
        IntermediateResult(number=number, symbol=symbol, index=index, kept_share=share, floor=1 - share, size=1,
                     irreps=tuple(IntermediateIrrep(irrep=label, direction="(a,0)") for label in own))
        for (symbol, number, index, share), own in zip(named, labels, strict=True)
    )  # fmt: skip
    steps = (
        CoveringRelation(upper=0, lower=1, kind="tk", index=6), CoveringRelation(upper=0, lower=2, kind="tk", index=12),
        CoveringRelation(upper=1, lower=3, kind="tk", index=4), CoveringRelation(upper=2, lower=3, kind="k", index=2),
    )  # fmt: skip
    return Intermediates(
        parent=base.parent, child=base.child, mapping=base.mapping, isotropy_subgroup=base.isotropy_subgroup,
        intermediates=entries, steps=steps, edges=tuple((s.upper, s.lower) for s in steps),
    )  # fmt: skip


def crowded_intermediates() -> Intermediates:
    """More than a hundred groups in few rows, each with many irreps: too many for names on a page."""
    base = intermediates()
    many = tuple(replace(base.intermediates[2], index=2 + i // 20, irreps=base.intermediates[3].irreps * 3)
                 for i in range(110))  # fmt: skip
    steps = [CoveringRelation(upper=0, lower=1 + i, kind="t", index=2) for i in range(40)]
    steps += [CoveringRelation(upper=1 + i % 40, lower=41 + i, kind="k", index=2) for i in range(70)]
    steps += [CoveringRelation(upper=41 + i, lower=111, kind="tk", index=3) for i in range(70)]
    return replace(
        base, intermediates=(base.intermediates[0], *many, base.intermediates[3]), steps=tuple(steps),
        edges=tuple((s.upper, s.lower) for s in steps),
    )  # fmt: skip


FINDINGS: dict[str, Callable[[], Finding]] = {
    "bare": finding,
    "perovskite": perovskite,
    "molecule": molecule,
    "crowded": crowded,
    "signals": with_signals,
    "several irreps": several_irreps,
    "occupied": occupied,
}
TREES: dict[str, Callable[[], Intermediates]] = {"tree": intermediates, "crowded tree": crowded_intermediates}
RESULTS: dict[str, Callable[[], Record]] = {**FINDINGS, **TREES, "decomposition": decomposition}


@cache
def drawn_pages(name: str) -> list[Figure]:
    """The pages of a result of `RESULTS`, to look at."""
    return pdf_pages(RESULTS[name]())
