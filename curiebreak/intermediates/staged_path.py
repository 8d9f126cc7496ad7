"""Structures on the way from the parent to a child or an intermediate: an interpolation.

The primaries are scaled from 0 to 1, together or one after another. The secondaries come from the trained
network, given the scaled input, or follow the lowest power of the primaries that drives them. What
every operation of the parent keeps grows like the square of the scale where nothing else is known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from curiebreak.arrays import BoolArray, FloatArray
from curiebreak.clock import Progress, silent
from curiebreak.discovery.certified_fit import CertifiedFit, joint
from curiebreak.errors import InputError, UsageError
from curiebreak.intermediates.average import StructureMaker
from curiebreak.intermediates.between import Investigation
from curiebreak.intermediates.driven_inputs import (
    Driven,
    driven_inputs,
    train,
)
from curiebreak.intermediates.states import DistortionState, States
from curiebreak.learning.breaking import Carrier
from curiebreak.modes.analysis import Analysis
from curiebreak.modes.couplings import Driver, drivers
from curiebreak.modes.lookup import meant
from curiebreak.options.intermediate_options import IntermediateOptions
from curiebreak.results import Exponent, Intermediates, Status, StructurePath, vector
from curiebreak.structures import Structure, structure_from_arrays
from curiebreak.structures.write import write_cif, write_frames, write_structure

Scales = Mapping[str, float]

FRAMES = "path.extxyz"
NOTE = "interpolation between parent and child, not a reaction path"

_PROBES = np.geomspace(0.01, 0.1, 9)
_TIGHT = 1e-13
_SILENT = 1e-14


def _ending(found: Investigation) -> tuple[BoolArray, list[Driven]]:
    """Group (g, s) in which a path ends, and the irreps that make it: those of the constraint, or the primaries."""
    if found.made is not None:
        mask, driven = found.survey.masks[found.made.entry], found.made.driven
    else:
        mask = found.survey.child
        driven = driven_inputs(found.survey, mask, found.survey.analysis.primary)
    if not driven:
        raise InputError("There is nothing to scale: the child has the parent's symmetry.", "Choose another child.")
    return mask, driven


@dataclass(frozen=True, eq=False)
class Route:
    """What a path needs.

    Attributes
    ----------
    analysis : Analysis
        Of the child.
    end : DistortionState
        Where the path ends: the distortion averaged over the group.
    primaries : tuple of str
    made : Analysis
        Of the end; its modes are those that the path holds.
    """

    analysis: Analysis
    end: DistortionState
    primaries: tuple[str, ...]
    made: Analysis

    @property
    def drivers(self) -> dict[tuple[str, str], Driver]:
        """Lowest coupling of every secondary."""
        return drivers(self.made, self.primaries)


def write_path(
    found: Investigation,
    directory: Path,
    count: int,
    order: Sequence[str] = (),
    exact: bool = False,
    how: IntermediateOptions | None = None,
    progress: Progress | None = None,
) -> Intermediates:
    """Write structures on the way to the chosen intermediate, or to the child without a choice.

    Parameters
    ----------
    found : Investigation
    directory : Path
        Takes one CIF in P1 and one POSCAR a structure, and all of them as frames of ``path.extxyz``.
    count : int
        Number of structures, both ends included.
    order : sequence of str
        Primaries in the order in which they are switched on; together by default.
    exact : bool
        Secondaries by their lowest power instead of the network.
    how : IntermediateOptions, optional
    progress : callable, optional

    Returns
    -------
    Intermediates
        The document with its path.

    Raises
    ------
    InputError
        For an unknown primary, an occupation order or a molecule.
    """
    progress, survey = progress or silent, found.survey
    analysis = survey.analysis
    if analysis.parent.is_molecule or analysis.group.field.occupation.shape[1]:
        raise InputError(
            "A path needs a crystal that differs by displacements and strain alone.",
            "Occupations cannot be switched on little by little.",
        )
    mask, driven = _ending(found)
    labels = tuple(one.through.label for one in driven)
    stages = _stages(analysis, driven, order)
    scales = scale_rows(labels, stages, count, together=not order)
    route = Route(analysis, States(analysis).averaged(States(analysis).child(), mask), labels, survey.made(mask))
    trained = train(analysis, driven, mask, replace(how or IntermediateOptions(), tolerance=_TIGHT), progress)
    network = network_states(route, driven, trained)
    states = exact_states(route) if exact else network
    made = [states(row) for row in scales]
    frames = [crystal(analysis, state) for state in made]
    last = crystal(analysis, route.end)
    path = StructurePath(
        method="exact" if exact else "network",
        order=stages if len(order) else (),
        primaries=labels,
        scales=tuple(tuple(row[label] for label in labels) for row in scales),
        exponents=exponents(route, network, made),
        end_error=float(np.linalg.norm(frames[-1].cartesian - last.cartesian, axis=1).max()),
        files=_write(directory, frames, scales, exact),
    )
    document = replace(found.document, path=path)
    if not trained.reached and not exact:
        document = replace(document, status=Status.NOT_CONVERGED)
    return document


def _stages(analysis: Analysis, driven: Sequence[Driven], order: Sequence[str]) -> tuple[str, ...]:
    labels = tuple(one.through.label for one in driven)
    if not order:
        return labels
    chosen = []
    for name in order:
        irrep = meant(analysis.parent, [one.through.active.irrep for one in driven], name)
        if irrep is None:
            raise InputError(f"{name} is no primary of this path.", f"Those are {', '.join(labels)}.")
        chosen.append(analysis.names.of(irrep))
    stages = tuple(chosen)
    if sorted(stages) != sorted(labels):
        raise UsageError("The order must name every primary once.", f"The primaries are {', '.join(labels)}.")
    return stages


def scale_rows(labels: Sequence[str], stages: Sequence[str], count: int, together: bool) -> list[dict[str, float]]:
    """Scale of each primary in each of `count` structures; all `together`, or one after the other."""
    starts = np.zeros(1) if together else np.arange(len(stages))
    scales = np.clip(np.linspace(0.0, 1.0, count)[:, None] * len(starts) - starts, 0.0, 1.0)
    names = labels if together else stages
    return [dict(zip(names, row, strict=True)) for row in np.broadcast_to(scales, (count, len(names))).tolist()]


def exact_states(route: Route) -> Callable[[Scales], DistortionState]:
    """States whose secondaries follow their lowest power; several products of one order share it."""
    parts = {(m.label, m.kind): States(route.analysis).part_of(m.irrep, m.kind, route.end) for m in route.made.modes}
    known = route.drivers

    def state(scales: Scales) -> DistortionState:
        total = DistortionState.zero(len(route.end.displacements))
        for (label, kind), part in parts.items():
            if (label, kind) in known:
                products = known[label, kind].products
                factor = float(np.mean([_product(scales, p) for p in products]))
            else:
                factor = scales.get(label, float(np.prod(list(scales.values()))))
            total = total + part * factor
        return total

    return state


def _product(scales: Scales, powers: Mapping[str, int]) -> float:
    return float(np.prod([scales[label] ** power for label, power in powers.items()]))


def network_states(
    route: Route, driven: Sequence[Driven], trained: CertifiedFit
) -> Callable[[Scales], DistortionState]:
    """States whose primaries are scaled and whose secondaries the network answers to the scaled input."""
    analysis, learner = route.analysis, trained.learner
    whole = learner.space.coordinates(trained.fit.inputs)
    given = learner.space.coordinates(joint(driven))
    gain = np.divide(whole, given, out=np.zeros_like(whole), where=np.abs(given) > 0)
    inputs = {one.through.label: gain * learner.space.coordinates({one.carrier: one.field}) for one in driven}
    primary = {m.label: m for m in route.made.modes if _is_primary(route, m.label, m.kind)}
    everything: BoolArray = np.ones(analysis.isotropy.shape, dtype=bool)

    def answer(scales: Scales) -> DistortionState:
        coordinates = sum((scales[label] * values for label, values in inputs.items()), np.zeros_like(whole))
        fields: dict[Carrier, FloatArray] = learner.space.arrays(coordinates)
        prediction = learner.predict(fields, at=trained.fit.point)
        state = DistortionState.zero(len(route.end.displacements))
        if prediction.displacements is not None:
            state = replace(state, displacements=prediction.displacements)
        return state if prediction.strain is None else replace(state, strain=prediction.strain)

    rest = States(analysis).averaged(answer(dict.fromkeys(inputs, 0.0)), everything)

    def state(scales: Scales) -> DistortionState:
        found = answer(scales)
        squares = float(np.mean([x**2 for x in scales.values()]))
        found = found + rest * (squares - 1.0)
        for label, mode in primary.items():
            own = States(analysis).part_of(mode.irrep, mode.kind, route.end) * scales[label]
            found = found + own + States(analysis).part_of(mode.irrep, mode.kind, found) * -1.0
        return found

    return state


def _is_primary(route: Route, label: str, kind: str) -> bool:
    return label in route.primaries and (label, kind) not in route.drivers


def exponents(
    route: Route, states: Callable[[Scales], DistortionState], made: Sequence[DistortionState]
) -> tuple[Exponent, ...]:
    """Slopes of the secondaries that the network answers, beside the exact orders, and sizes on the path."""
    known = route.drivers
    probes = [states(dict.fromkeys(route.primaries, float(x))) for x in _PROBES]
    found = []
    for mode in route.made.modes:
        if mode.noise:
            continue
        primary = _is_primary(route, mode.label, mode.kind)
        sizes = np.array([States(route.analysis).part_of(mode.irrep, mode.kind, s).norm for s in probes])
        driver = known.get((mode.label, mode.kind))
        exact, coupling = (None, None) if driver is None else (driver.order, driver.products_text)
        fitted = None
        if sizes.min() > _SILENT and not primary:
            fitted = float(np.polyfit(np.log(_PROBES), np.log(sizes), 1)[0])
        found.append(
            Exponent(
                irrep=mode.label,
                kind=mode.kind,
                exact=exact,
                coupling=coupling,
                fitted=fitted,
                primary=primary,
                amplitudes=vector(States(route.analysis).part_of(mode.irrep, mode.kind, s).norm for s in made),
            )
        )
    return tuple(found)


def crystal(analysis: Analysis, state: DistortionState) -> Structure:
    """A state as a structure, in the child's primitive cell; fractions are not folded back."""
    field = analysis.group.field
    lattice = np.asarray(field.lattice)
    positions = field.cartesian + state.displacements
    return structure_from_arrays(
        lattice @ (np.eye(3) + state.strain),
        StructureMaker(analysis).contents(field),
        positions @ np.linalg.inv(lattice),
    )


def _write(directory: Path, frames: Sequence[Structure], scales: Sequence[Scales], exact: bool) -> tuple[str, ...]:
    source = "lowest powers" if exact else "trained network"
    notes = [
        f"{NOTE}; scales " + " ".join(f"{label} {x:.6g}" for label, x in row.items()) + f"; secondaries: {source}"
        for row in scales
    ]
    directory.mkdir(parents=True, exist_ok=True)
    write_frames(frames, directory / FRAMES, notes)
    names = [FRAMES]
    for number, (frame, note) in enumerate(zip(frames, notes, strict=True)):
        cif, poscar = (f"path_{number:03d}.{suffix}" for suffix in ("cif", "vasp"))
        # one cell and one order of atoms in all of them: others interpolate between images atom by atom
        write_cif(frame, directory / cif, None, [note])
        write_structure(frame, directory / poscar)
        names += [cif, poscar]
    return tuple(names)
