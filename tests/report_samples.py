"""Findings for tests of reports: a small real crystal, a molecule, and one with many long labels."""

from __future__ import annotations

from dataclasses import replace
from math import sqrt

from sample_results import PARENT, finding

from curiebreak.results import (
    Carrier,
    Certificate,
    Finding,
    InputField,
    IrrepEntry,
    IsotropySubgroup,
    Snapshot,
    StructureData,
    Structures,
    Trace,
    matrix,
)

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
        phase=("inputs",) * 6 + ("elimination",),
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
        carrier=Carrier(site="global", l=2, parity="e", components={"2": 1.0}), necessary=True,
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
            carrier=Carrier(site="O1_2", l=1, parity="o", components={"0": 1.0}), necessary=True,
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
