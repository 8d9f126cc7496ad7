"""The finding: learned members labelled by projection, set beside the exact answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curiebreak.discovery.carriers import carrier_messages, carrier_name, compared, exact_carriers
from curiebreak.discovery.projection import (
    InputPart,
    carries,
    direction_overlap,
    lowest_carrier,
    parity_letter,
    stabiliser,
)
from curiebreak.discovery.record import breaking_input, structures, trace
from curiebreak.learning.breaking import Carrier
from curiebreak.learning.learner import Learner
from curiebreak.learning.outcome import Fit, Recovery
from curiebreak.modes.analysis import Analysis
from curiebreak.modes.couplings import coupling_text, drivers
from curiebreak.modes.decompose import shared_blocks
from curiebreak.modes.entries import irrep_entry, mode_subgroup
from curiebreak.modes.summaries import subgroup, symmetry_group
from curiebreak.results import Carrier as CarrierEntry
from curiebreak.results import Certificate, CrossCheck, Finding, IrrepEntry, Role, Status, matrix
from curiebreak.versions import library_versions

FloatArray = NDArray[np.float64]

SAME_DIRECTION = 0.999
"""Overlap from which learned and exact directions count as the same."""


def finding(
    analysis: Analysis,
    learner: Learner,
    without: Fit,
    recovery: Recovery,
    parts: list[InputPart],
    certificates: tuple[Certificate, ...],
    *,
    converged: bool,
    degenerate: bool,
    options: dict[str, Any],
    seconds: dict[str, float],
) -> Finding:
    """Assemble the result of one run."""
    blocks = shared_blocks(analysis)
    labels = learned_labels(analysis, parts)
    messages = list(blocks.pop("messages"))
    status = _status(analysis, recovery, without, converged, labels)
    if status in (Status.NOT_CONVERGED, Status.INTERRUPTED):
        messages += _missing_messages(analysis, learner)
    if status is Status.NOT_CONVERGED and converged:
        messages.append(
            f"The learned set {_braced(labels)} reaches the child, but it is no minimal set of the exact side."
        )
    blocks["status"] = status
    nothing = status is Status.NOTHING_TO_BREAK
    mask = stabiliser(analysis, parts)
    floor = analysis.isotropy.floor(mask)
    check = crosscheck(analysis, parts, labels, blocks)
    holders = exact_carriers(analysis, labels, learner.carriers)
    if degenerate and recovery.status != "interrupted":
        check = compared(check, holders, parts)
        messages += carrier_messages(holders, parts)
    ordered = {label: position for position, label in enumerate(labels)}
    entries = [
        order_parameter(analysis, part, certificates)
        for part in sorted(parts, key=lambda p: (ordered[p.label], p.carrier.degree))
    ]
    blocks["primary"] = labels
    return Finding(
        **blocks,
        messages=tuple(dict.fromkeys(messages)),
        versions=library_versions("torch", "e3nn"),
        seconds=seconds,
        options=options,
        order_parameters=tuple(entries),
        irreps=secondaries(analysis, labels),
        alternatives=tuple(s.labels for s in analysis.minimal_sets if set(s.labels) != set(labels)),
        loss_without_input=without.loss,
        floor_without_input=analysis.isotropy.floor(analysis.isotropy.stabiliser(())),
        loss=without.loss if nothing else recovery.loss,
        floor=floor,
        loss_strain=without.loss_strain if nothing else recovery.loss_strain,
        floor_strain=analysis.isotropy.floor_strain(mask) if recovery.loss_strain is not None else None,
        input_symmetry=symmetry_group(subgroup(analysis, mask, placed=True)),
        compression_check=learner.compression_check(),
        certificates=certificates,
        crosscheck=check,
        equivalent_carriers={name: tuple(carrier_name(c) for c in cs) for name, cs in holders.items()},
        seed=learner.options.seed,
        device=learner.options.device,
        structures=structures(analysis),
        displacements=matrix(analysis.group.field.displacements),
        breaking_input=breaking_input(analysis, recovery.inputs),
        trace=trace(analysis, learner, recovery),
    )


def learned_labels(analysis: Analysis, parts: list[InputPart]) -> tuple[str, ...]:
    """Irreps of the learned input, in the order of the irrep table of the parent."""
    found = dict.fromkeys(p.label for p in parts)
    known = [m.label for m in analysis.modes]
    return tuple(sorted(found, key=lambda label: known.index(label) if label in known else len(known)))


def _status(
    analysis: Analysis, recovery: Recovery, without: Fit, converged: bool, labels: tuple[str, ...]
) -> Status:
    if recovery.status == "interrupted":
        return Status.INTERRUPTED
    if not analysis.minimal_sets and converged:
        return Status.NOTHING_TO_BREAK
    if not converged or set(labels) not in [set(s.labels) for s in analysis.minimal_sets]:
        return Status.NOT_CONVERGED
    tied = [set(s.labels) for s in analysis.ambiguous_sets]
    return Status.AMBIGUOUS if len(tied) > 1 and set(labels) in tied else Status.OK


def order_parameter(analysis: Analysis, part: InputPart, certificates: tuple[Certificate, ...]) -> IrrepEntry:
    """Entry of one learned irrep on one carrier; amplitudes are those of the crystal."""
    carrier = CarrierEntry(
        site=part.carrier.site,
        l=part.carrier.degree,
        parity="e" if part.carrier.parity > 0 else "o",
        components=part.first_components,
    )
    verdicts = {c.without: c.verdict for c in certificates if c.kind == "necessary"}
    verdict = verdicts.get(part.label)
    necessary = None if verdict in (None, "not_converged") else verdict == "holds"
    kinds = ("displacement", "occupation", "strain")
    mode = next((m for k in kinds if (m := analysis.mode(part.label, k)) is not None), None)
    if mode is None:
        return IrrepEntry(
            irrep=part.label, kpoint=part.irrep.kpoint, role="primary", carrier=carrier, necessary=necessary
        )
    entry = irrep_entry(analysis, mode, "primary", mode_subgroup(analysis, mode))
    return replace(entry, carrier=carrier, necessary=necessary)


def secondaries(analysis: Analysis, labels: tuple[str, ...]) -> tuple[IrrepEntry, ...]:
    """Active irreps that are not in the learned set: they follow from it."""
    found = []
    driven = drivers(analysis, labels)
    for mode in analysis.modes:
        if mode.label in labels and (mode.kind != "strain" or analysis.isotropy.use_strain):
            continue
        role: Role = "noise" if mode.noise else "secondary"
        entry = irrep_entry(analysis, mode, role, mode_subgroup(analysis, mode))
        found.append(replace(entry, coupling=coupling_text(driven, mode)))
    return tuple(sorted(found, key=lambda e: (e.kind == "strain", -(e.amplitude_supercell or 0.0))))


def crosscheck(
    analysis: Analysis, parts: list[InputPart], labels: tuple[str, ...], blocks: dict[str, Any]
) -> CrossCheck:
    """Compare the learned input, projected, with the exact decomposition and with spglib."""
    exact = analysis.primary
    overlaps = {label: direction_overlap(analysis, parts, label) for label in labels}
    reasons = []
    tied = [set(s.labels) for s in analysis.ambiguous_sets] or [set()]
    if set(labels) not in tied:
        reasons.append(f"learned {_braced(labels)}, exact {_braced(exact)}")
    for label, overlap in overlaps.items():
        if overlap < SAME_DIRECTION:
            reasons.append(f"the direction of {label} overlaps by {overlap:.4f} only")
    if not np.array_equal(stabiliser(analysis, parts), analysis.child_operations):
        reasons.append("the learned input does not have the symmetry of the child")
    by_spglib, own = blocks["child"].space_group, blocks["isotropy_subgroup"]
    higher = bool(labels) is False
    if (
        not analysis.parent.is_molecule
        and not higher
        and (by_spglib is None or by_spglib.number != own.number)
    ):
        name = "nothing" if by_spglib is None else by_spglib.symbol
        reasons.append(f"spglib finds {name} for the child, the isotropy subgroup is {own.symbol}")
    return CrossCheck(
        spglib_child=by_spglib,
        exact_primary=exact,
        agrees=not reasons,
        overlaps=overlaps,
        reason="; ".join(reasons) or None,
    )


def _braced(labels: tuple[str, ...]) -> str:
    return "{" + ", ".join(labels) + "}"


def missing_carriers(analysis: Analysis, carriers: tuple[Carrier, ...]) -> tuple[str, ...]:
    """Irreps of the best minimal set without an allowed carrier; empty if some minimal set has them all."""
    best: tuple[str, ...] = ()
    for number, candidate in enumerate(analysis.minimal_sets):
        missing = tuple(
            label for label in candidate.labels if not any(carries(analysis, c, label) for c in carriers)
        )
        if not missing:
            return ()
        if number == 0:
            best = missing
    return best


def _missing_messages(analysis: Analysis, learner: Learner) -> list[str]:
    messages = []
    for label in missing_carriers(analysis, learner.carriers):
        lowest = lowest_carrier(analysis, label)
        where = ""
        if lowest is not None:
            holder = f"{lowest.site} with l = {lowest.degree}, {_parity(lowest)}"
            where = f"; the lowest carrier that has it is {holder}"
        messages.append(f"{label} has no carrier among the allowed sites and l{where}.")
    return messages


def _parity(carrier: Carrier) -> str:
    return "even" if parity_letter(carrier) == "e" else "odd"
