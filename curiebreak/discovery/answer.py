"""The finding: learned members labelled by projection, set beside the exact answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from curiebreak.discovery.carriers import (
    carrier_messages,
    compared,
    exact_carriers,
    missing_carriers,
)
from curiebreak.discovery.certificates import decided
from curiebreak.discovery.crosscheck import SAME_DIRECTION, crosscheck, tied_sets
from curiebreak.discovery.drawn_fields import breaking_input, moments_of, structures, trace
from curiebreak.discovery.exact_words import couplings_to, irrep_entry, pair_blocks
from curiebreak.discovery.projection import InputCell, ProjectedPart, carrier_entry, labels_of
from curiebreak.discovery.selection import Names, selection, selection_messages, set_text
from curiebreak.discovery.target_losses import target_results
from curiebreak.discovery.training_outcome import TrainingOutcome
from curiebreak.learning.breaking import Carrier
from curiebreak.learning.learner import Learner
from curiebreak.learning.outcome import Fit, Recovery
from curiebreak.modes.analysis import Analysis
from curiebreak.modes.mode_fields import IrrepFieldTable
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
from curiebreak.results.learned import NO_MINIMAL_SET
from curiebreak.symmetry.images import unit_direction
from curiebreak.symmetry.subgroup import symmetry_group
from curiebreak.versions import library_versions


@dataclass(frozen=True, eq=False)
class _Told:
    """What one run says beside the exact answer: empty, without choice and check, where it was stopped."""

    parts: list[ProjectedPart]
    labels: tuple[str, ...]
    names: Names
    holders: dict[str, tuple[Carrier, ...]]
    chosen: SelectionResult | None
    check: CrossCheck | None
    status: Status


@dataclass(frozen=True, eq=False)
class FindAnswer:
    """What training found for one pair, in the words of a result."""

    analysis: Analysis

    def finding(
        self,
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
        blocks = pair_blocks(self.analysis)
        told = self._told(learned, blocks)
        messages = [*blocks.pop("messages"), *self._messages(learned, told)]
        blocks |= {"status": told.status, "primary": told.labels}
        mask, isotropy = InputCell(self.analysis).stabiliser(told.parts), self.analysis.isotropy
        # without anything to break there is no recovery: the loss is that of the network without an input
        answered: Recovery | Fit = without if told.status is Status.NOTHING_TO_BREAK else recovery
        return Finding(
            **blocks,
            messages=tuple(dict.fromkeys(messages)),
            versions=library_versions("torch", "e3nn"),
            seconds=seconds,
            options=options,
            order_parameters=self._order_parameters(told, learned.certificates),
            irreps=self.secondaries(told.labels, given),
            alternatives=tuple(s.labels for s in self.analysis.minimal_sets if set(s.labels) != set(told.labels)),
            loss_without_input=without.loss,
            floor_without_input=isotropy.floor(isotropy.stabiliser(())),
            loss=answered.loss,
            floor=isotropy.floor(mask),
            loss_strain=answered.loss_strain,
            floor_strain=isotropy.floor_strain(mask) if recovery.loss_strain is not None else None,
            loss_magnetic=recovery.loss_magnetic,
            floor_magnetic=isotropy.floor_magnetic(mask),
            input_symmetry=symmetry_group(self.analysis.subgroup(mask).described()),
            compression_check=learner.compression_check(),
            certificates=learned.certificates,
            crosscheck=told.check,
            selection=told.chosen,
            equivalent_carriers={name: tuple(c.name for c in cs) for name, cs in told.holders.items()},
            seed=learner.options.seed,
            device=learner.options.device,
            structures=structures(self.analysis),
            displacements=matrix(self.analysis.group.field.displacements),
            moments=moments_of(self.analysis),
            targets=target_results(without, recovery, self.analysis, mask),
            limits=learned.limits if told.status is Status.NOT_CONVERGED else (),
            partial=() if learned.complete else self.learned_labels(learned.parts),
            breaking_input=breaking_input(self.analysis, recovery.inputs, learned.parts),
            trace=trace(self.analysis, learner, recovery, told.names),
            mode_fields=IrrepFieldTable(self.analysis).fields(),
        )

    def _told(self, learned: TrainingOutcome, blocks: dict[str, Any]) -> _Told:
        """The learned set beside the exact one; of a run that was stopped nothing is compared."""
        learner, parts = learned.learner, learned.parts
        names = Names(self.analysis, learner)
        if not learned.complete:
            return _Told([], (), names, {}, None, None, Status.INTERRUPTED)
        labels = self.learned_labels(parts)
        holders = exact_carriers(self.analysis, labels, learner.carriers)
        chosen = selection(learner, learned.recovery, names)
        check = crosscheck(self.analysis, parts, labels, blocks, learner.group_difference())
        converged = learned.converged and self._generates(parts)
        status = self._status(learned.recovery, converged, labels, chosen, check)
        if learned.shows_carriers:
            check = compared(check, holders, parts)
        return _Told(parts, labels, names, holders, chosen, check, status)

    def _messages(self, learned: TrainingOutcome, told: _Told) -> list[str]:
        """What has to be said of the run: what is missing, other sets, near ties, carriers."""
        found = []
        if told.status in (Status.NOT_CONVERGED, Status.INTERRUPTED):
            found += self._missing_messages(learned.learner)
        if told.check is None or told.chosen is None:
            return found
        if learned.converged and not self._listed(told.labels):
            found.append(self._other_set(told.parts, told.labels))
        if told.status is Status.AMBIGUOUS:
            found += _competition(told.check, told.labels)
        if learned.recovery.status == "converged":
            found += selection_messages(told.chosen)
        if learned.shows_carriers:
            found += carrier_messages(told.holders, told.parts)
        return found

    def _order_parameters(self, told: _Told, certificates: tuple[Certificate, ...]) -> tuple[IrrepEntry, ...]:
        """Entries of the learned set, in the order of its labels, lowest carriers first."""
        ordered = sorted(told.parts, key=lambda p: (told.labels.index(p.label), p.carrier.degree))
        return tuple(self.order_parameter(part, certificates) for part in ordered)

    def _other_set(self, parts: list[ProjectedPart], labels: tuple[str, ...]) -> str:
        """Why a set that reaches the child is none of the exact side."""
        text = f"The learned set {set_text(labels)} reaches the child, but {NO_MINIMAL_SET}"
        if not self._generates(parts):
            return f"{text}: what it lacks is too small to be learned."
        told = "; ".join(reason.format(", ".join(which)) for reason, which in self._strange(parts, labels) if which)
        return f"{text}: {told}." if told else f"{text}."

    def _strange(self, parts: list[ProjectedPart], labels: tuple[str, ...]) -> Iterator[tuple[str, list[str]]]:
        """What may be strange about the members of a set, and those of which it is so."""
        known, counted = {m.label for m in self.analysis.modes}, self.analysis.isotropy.labels
        held, cell = [x for x in labels if x in known], InputCell(self.analysis)
        yield "of {} the child holds too little to count", [x for x in held if x not in counted]
        yield (
            "{} was learned along a direction that the child's symmetry allows but its own distortion does not take "
            "(more than a thousandth)",
            [x for x in held if cell.direction_overlap(parts, x) < SAME_DIRECTION],
        )
        yield "the child's distortion holds no {}", [x for x in labels if x not in known]

    def learned_labels(self, parts: list[ProjectedPart]) -> tuple[str, ...]:
        """Irreps of the learned input, in the order of the irrep table of the parent."""
        found = labels_of(parts)
        return tuple(sorted(found, key=[*(m.label for m in self.analysis.modes), *found].index))

    def _status(
        self,
        recovery: Recovery,
        converged: bool,
        labels: tuple[str, ...],
        chosen: SelectionResult,
        check: CrossCheck,
    ) -> Status:
        """``ok`` only where nothing competes and everything agrees."""
        if recovery.status == "interrupted":
            return Status.INTERRUPTED
        if not converged or any(set(s.labels) < set(labels) for s in self.analysis.minimal_sets):
            return Status.NOT_CONVERGED
        listed = self._listed(labels)
        if listed and not labels:
            return Status.NOTHING_TO_BREAK
        alone = len(tied_sets(self.analysis)) == 1 and len(set(chosen.votes)) <= 1
        sure = listed and alone and check.agrees and not self.analysis.group.is_doubted
        return Status.OK if sure else Status.AMBIGUOUS

    def _listed(self, labels: tuple[str, ...]) -> bool:
        """Whether a set is one of the exact side's."""
        return set(labels) in ([set(s.labels) for s in self.analysis.minimal_sets] or [set()])

    def _generates(self, parts: list[ProjectedPart]) -> bool:
        """Whether the child's group is all that the learned input keeps.

        The loss is reached without what is smaller than the training's tolerance, and such a set generates another
        crystal.
        """
        kept = InputCell(self.analysis).stabiliser(parts)
        generates = not (kept & ~self.analysis.isotropy.whole).any()
        return generates or self._listed(self.learned_labels(parts))

    def order_parameter(self, part: ProjectedPart, certificates: tuple[Certificate, ...]) -> IrrepEntry:
        """Entry of one learned irrep on one carrier; amplitudes are those of the crystal."""
        carrier = carrier_entry(part.carrier, part.first_components)
        verdicts = {c.without: c.verdict for c in certificates if c.kind == "necessary"}
        necessary = decided(verdicts.get(part.label))
        # what an entry of the input quotes of the child: displacement, else occupation, else strain
        mode, learned = self.analysis.mode_of_any_kind(part.label), self.learned_direction(part)
        if mode is None:
            return IrrepEntry(
                irrep=("m" if part.carrier.time < 0 else "") + part.irrep.label,
                name=part.label,
                kpoint=part.irrep.kpoint,
                role="primary",
                carrier=carrier,
                learned=learned,
                necessary=necessary,
            )
        entry = irrep_entry(self.analysis, mode, "primary")
        return replace(entry, carrier=carrier, learned=learned, necessary=necessary)

    def secondaries(self, labels: tuple[str, ...], given: tuple[str, ...] = ()) -> tuple[IrrepEntry, ...]:
        """What follows from the learned set and given irreps, and other fields of the learned irreps themselves."""
        found = []
        coupling = couplings_to(self.analysis, (*labels, *given))
        for mode in self.analysis.modes:
            member = self.analysis.is_primary(mode, labels)
            if member and mode is self.analysis.mode_of_any_kind(mode.label):
                continue
            role: Role = "noise" if mode.noise else "primary" if member else "secondary"
            entry = irrep_entry(self.analysis, mode, role)
            found.append(entry if member else replace(entry, coupling=coupling(mode)))
        return tuple(sorted(found, key=lambda e: (e.kind == "strain", -(e.amplitude_supercell or 0.0))))

    def _missing_messages(self, learner: Learner) -> list[str]:
        messages = []
        for label in missing_carriers(self.analysis, learner.carriers):
            mode = next(m for m in self.analysis.modes if m.label == label)
            sites, time = self.analysis.parent.site_names, -1 if mode.odd else 1
            lowest = InputCell(self.analysis).lowest(mode.irrep, sites, time=time)
            where = ""
            if lowest is not None:
                holder = f"{lowest.site} with l = {lowest.degree}, {_parity(lowest)}"
                where = f"; the lowest carrier that has it is {holder}"
            messages.append(f"{label} has no carrier among the allowed sites and l{where}.")
        return messages

    def learned_direction(self, part: ProjectedPart) -> LearnedDirection:
        """Direction, free numbers and symmetry of one irrep of the learned input."""
        text, components = unit_direction(self.analysis.parent, part.irrep, part.order_parameters)
        odd = part.carrier.time < 0
        free = len(self.analysis.isotropy.fixed_rows(part.irrep, self.analysis.child_operations, odd))
        mask = InputCell(self.analysis).stabiliser([part])
        return LearnedDirection(
            direction=text,
            components=vector(components),
            free=free,
            symmetry=symmetry_group(self.analysis.subgroup(mask).described()),
        )


def _competition(check: CrossCheck, labels: tuple[str, ...]) -> list[str]:
    """Both sets with their shares, where training chose another than the exact side."""
    if set(labels) == set(check.exact_primary) or check.share_learned is None or check.share_exact is None:
        return []
    return [
        f"Training chose {set_text(labels)}, {100 * check.share_learned:.1f} % of the distortion; the exact side puts "
        f"{set_text(check.exact_primary)} first, {100 * check.share_exact:.1f} %. Each of them generates the child."
    ]


def _parity(carrier: Carrier) -> str:
    parity = "even" if carrier.parity > 0 else "odd"
    return parity if carrier.time > 0 else f"{parity}, odd under time reversal"
