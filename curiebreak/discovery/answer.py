"""The finding: learned members labelled by projection, set beside the exact answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from curiebreak.discovery.carriers import (
    carrier_messages,
    carrier_name,
    compared,
    exact_carriers,
    missing_carriers,
)
from curiebreak.discovery.crosscheck import SAME_DIRECTION, crosscheck, tied_sets
from curiebreak.discovery.drawn_fields import breaking_input, structures, trace
from curiebreak.discovery.projection import ProjectedPart, direction_overlap, lowest_carrier, parity_letter, stabiliser
from curiebreak.discovery.selection import Names, braced, selection, selection_messages
from curiebreak.discovery.training_outcome import TrainingOutcome
from curiebreak.learning.breaking import Carrier
from curiebreak.learning.learner import Learner
from curiebreak.learning.outcome import Recovery
from curiebreak.modes.active import ActiveIrrep
from curiebreak.modes.analysis import Analysis
from curiebreak.modes.couplings import coupling_text, drivers
from curiebreak.modes.decompose import shared_blocks
from curiebreak.modes.entries import IrrepTable
from curiebreak.modes.mode_fields import mode_fields
from curiebreak.results import CarrierResult as CarrierEntry
from curiebreak.results import (
    Certificate,
    CrossCheck,
    Finding,
    IrrepEntry,
    LearnedDirection,
    Role,
    SelectionResult,
    Status,
    matrix,
    vector,
)
from curiebreak.symmetry.images import unit_direction
from curiebreak.symmetry.subgroup import symmetry_group
from curiebreak.versions import library_versions


def finding(
    analysis: Analysis,
    learned: TrainingOutcome,
    *,
    options: dict[str, Any],
    seconds: dict[str, float],
    given: tuple[str, ...] = (),
) -> Finding:
    """Assemble the result of one run.

    Of a run that was stopped before its input was settled, the input is recorded with the irreps that it
    held (``partial``), but none of them is called primary. `given` are irreps of fields given beside the input.
    """
    learner, without, recovery = learned.learner, learned.without_input, learned.recovery
    converged, certificates = learned.converged, learned.certificates
    blocks = shared_blocks(analysis)
    parts = learned.parts if learned.complete else []
    labels = learned_labels(analysis, parts)
    messages = list(blocks.pop("messages"))
    names = Names(analysis, learner)
    chosen = selection(learner, recovery, names) if learned.complete else None
    check = (
        crosscheck(analysis, parts, labels, blocks, learner.group_difference()) if learned.complete else None
    )
    status = _status(analysis, recovery, converged, labels, chosen, check)
    if status in (Status.NOT_CONVERGED, Status.INTERRUPTED):
        messages += _missing_messages(analysis, learner)
    if status is Status.NOT_CONVERGED and converged:
        messages.append(_other_set(analysis, parts, labels))
    if status is Status.AMBIGUOUS and check is not None:
        messages += _competition(check, labels)
    if chosen is not None and recovery.status == "converged":
        messages += selection_messages(chosen)
    blocks["status"] = status
    nothing = status is Status.NOTHING_TO_BREAK
    mask = stabiliser(analysis, parts)
    floor = analysis.isotropy.floor(mask)
    holders = exact_carriers(analysis, labels, learner.carriers)
    if check is not None and learner.options.degenerate and recovery.status != "interrupted":
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
        irreps=secondaries(analysis, labels, given),
        alternatives=tuple(s.labels for s in analysis.minimal_sets if set(s.labels) != set(labels)),
        loss_without_input=without.loss,
        floor_without_input=analysis.isotropy.floor(analysis.isotropy.stabiliser(())),
        loss=without.loss if nothing else recovery.loss,
        floor=floor,
        loss_strain=without.loss_strain if nothing else recovery.loss_strain,
        floor_strain=analysis.isotropy.floor_strain(mask) if recovery.loss_strain is not None else None,
        input_symmetry=symmetry_group(analysis.subgroup(mask).described()),
        compression_check=learner.compression_check(),
        certificates=certificates,
        crosscheck=check,
        selection=chosen,
        equivalent_carriers={name: tuple(carrier_name(c) for c in cs) for name, cs in holders.items()},
        seed=learner.options.seed,
        device=learner.options.device,
        structures=structures(analysis),
        displacements=matrix(analysis.group.field.displacements),
        partial=() if learned.complete else learned_labels(analysis, learned.parts),
        breaking_input=breaking_input(analysis, recovery.inputs, learned.parts),
        trace=trace(analysis, learner, recovery, names),
        mode_fields=mode_fields(analysis),
    )


def _other_set(analysis: Analysis, parts: list[ProjectedPart], labels: tuple[str, ...]) -> str:
    """Why a set that reaches the child is none of the exact side."""
    text = f"The learned set {braced(labels)} reaches the child, but it is no minimal set of the exact side"
    held = {m.label for m in analysis.modes}
    turned = [x for x in labels if x in held and direction_overlap(analysis, parts, x) < SAME_DIRECTION]
    strange = [x for x in labels if x not in held]
    reasons = []
    if turned:
        reasons.append(
            f"{', '.join(turned)} was learned along a direction that the child's symmetry allows but its own "
            "distortion does not take (more than a thousandth)"
        )
    if strange:
        reasons.append(f"the child's distortion holds no {', '.join(strange)}")
    return text + (": " + "; ".join(reasons) if reasons else "") + "."


def learned_labels(analysis: Analysis, parts: list[ProjectedPart]) -> tuple[str, ...]:
    """Irreps of the learned input, in the order of the irrep table of the parent."""
    found = dict.fromkeys(p.label for p in parts)
    known = [m.label for m in analysis.modes]
    return tuple(sorted(found, key=lambda label: known.index(label) if label in known else len(known)))


def _competition(check: CrossCheck, labels: tuple[str, ...]) -> list[str]:
    """Both sets with their shares, where training chose another than the exact side."""
    if set(labels) == set(check.exact_primary) or check.share_learned is None or check.share_exact is None:
        return []
    return [
        f"Training chose {braced(labels)}, {100 * check.share_learned:.1f} % of the distortion; the exact side puts "
        f"{braced(check.exact_primary)} first, {100 * check.share_exact:.1f} %. Each of them generates the child."
    ]


def _status(
    analysis: Analysis,
    recovery: Recovery,
    converged: bool,
    labels: tuple[str, ...],
    chosen: SelectionResult | None,
    check: CrossCheck | None,
) -> Status:
    """``ok`` only where nothing competes and everything agrees."""
    if recovery.status == "interrupted" or check is None:
        return Status.INTERRUPTED
    if not labels and not analysis.minimal_sets and converged:
        return Status.NOTHING_TO_BREAK
    if not converged or set(labels) not in [set(s.labels) for s in analysis.minimal_sets]:
        return Status.NOT_CONVERGED
    disagree = chosen is not None and len(set(chosen.votes)) > 1
    certain = len(tied_sets(analysis)) == 1 and not disagree and check.agrees
    return Status.OK if certain else Status.AMBIGUOUS


def order_parameter(analysis: Analysis, part: ProjectedPart, certificates: tuple[Certificate, ...]) -> IrrepEntry:
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
    mode, learned = _main_mode(analysis, part.label), learned_direction(analysis, part)
    if mode is None:
        return IrrepEntry(
            irrep=part.irrep.label,
            name=part.label,
            kpoint=part.irrep.kpoint,
            role="primary",
            carrier=carrier,
            learned=learned,
            necessary=necessary,
        )
    entry = IrrepTable(analysis).entry(mode, "primary")
    return replace(entry, carrier=carrier, learned=learned, necessary=necessary)


def _main_mode(analysis: Analysis, label: str) -> ActiveIrrep | None:
    """The field of the child that an entry of the input quotes: displacement, else occupation, else strain."""
    kinds = ("displacement", "occupation", "strain")
    return next((m for k in kinds if (m := analysis.mode(label, k)) is not None), None)


def secondaries(
    analysis: Analysis, labels: tuple[str, ...], given: tuple[str, ...] = ()
) -> tuple[IrrepEntry, ...]:
    """What follows from the learned set and from given irreps, and other fields of the learned irreps themselves."""
    found = []
    driven = drivers(analysis, (*labels, *given))
    for mode in analysis.modes:
        member = analysis.is_primary(mode, labels)
        if member and mode is _main_mode(analysis, mode.label):
            continue
        role: Role = "noise" if mode.noise else "primary" if member else "secondary"
        entry = IrrepTable(analysis).entry(mode, role)
        found.append(entry if member else replace(entry, coupling=coupling_text(driven, mode)))
    return tuple(sorted(found, key=lambda e: (e.kind == "strain", -(e.amplitude_supercell or 0.0))))


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



def learned_direction(analysis: Analysis, part: ProjectedPart) -> LearnedDirection:
    """Direction, free numbers and symmetry of one irrep of the learned input."""
    text, components = unit_direction(analysis.parent, part.irrep, part.order_parameters)
    free = len(analysis.isotropy.fixed_rows(part.irrep, analysis.child_operations))
    mask = stabiliser(analysis, [part])
    return LearnedDirection(
        direction=text,
        components=vector(components),
        free=free,
        symmetry=symmetry_group(analysis.subgroup(mask).described()),
    )
