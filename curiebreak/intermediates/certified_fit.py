"""Training with the input that a constraint leaves, beside the floor of its symmetry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from curiebreak.arrays import BoolArray, FloatArray
from curiebreak.discovery.certificates import certificate
from curiebreak.discovery.clock import Progress
from curiebreak.discovery.posing import learning_problem
from curiebreak.discovery.projection import InputCell, first_components, parity_letter
from curiebreak.discovery.synthesis import field_on, principal_rows
from curiebreak.errors import InternalError
from curiebreak.intermediates.survey import Survey, Through
from curiebreak.learning.breaking import GLOBAL, Carrier
from curiebreak.learning.learner import Fit, Learner, LearningOptions
from curiebreak.modes.analysis import Analysis
from curiebreak.options.intermediate_options import IntermediateOptions
from curiebreak.results import CarrierResult as CarrierEntry
from curiebreak.results import Certificate, ConstrainedInput, vector
from curiebreak.symmetry.images import unit_direction
from curiebreak.symmetry.isotypic import Irrep

_LARGEST_DEGREE = 8
_MAX_ENLARGEMENTS = 2


@dataclass(frozen=True, eq=False)
class Driven:
    """One irrep that is given to the network.

    Attributes
    ----------
    through : Through
    carrier : Carrier
    rows : ndarray (r, dim)
        Order parameters.
    field : ndarray (n, 2l+1) or (2l+1,)
    """

    through: Through
    carrier: Carrier
    rows: FloatArray
    field: FloatArray


@dataclass(frozen=True, eq=False)
class CertifiedFit:
    """A network trained with given inputs.

    Attributes
    ----------
    learner : Learner
    fit : Fit
    certificate : Certificate
        Loss and floor; its verdict is ``not_converged`` when the loss stayed above the floor.
    """

    learner: Learner
    fit: Fit
    certificate: Certificate

    @property
    def reached(self) -> bool:
        """Whether the losses are at their floors."""
        return self.certificate.verdict != "not_converged"


def driven_inputs(survey: Survey, mask: BoolArray, labels: Sequence[str] = ()) -> list[Driven]:
    """Inputs that make a group: those irreps, or the fewest that do.

    Parameters
    ----------
    survey : Survey
    mask : ndarray (g, s)
        The group.
    labels : sequence of str
        Irreps to take; by default the smallest set that makes the group.
    """
    chosen = [t for t in survey.through(mask) if t.label in labels] if labels else survey.generating(mask)
    found = []
    for one in chosen:
        rows = principal_rows(survey.own_rows(one))
        carrier = lowest_carrier(survey.analysis, one.active.irrep)
        field = field_on(survey.analysis, one.active.irrep, carrier, rows)
        if field is None:
            raise InternalError(f"{carrier.name} does not hold {one.label}")
        found.append(Driven(one, carrier, rows, field))
    return found


def lowest_carrier(analysis: Analysis, irrep: Irrep) -> Carrier:
    """The carrier of smallest l that holds an irrep; the whole cell first for molecules.

    Raises
    ------
    InternalError
        If none up to l = 8 does.
    """
    sites = list(analysis.parent.site_names)
    if analysis.parent.is_molecule:
        sites.insert(0, GLOBAL)
    for degree in range(_LARGEST_DEGREE + 1):
        for parity in (1, -1):
            for site in sites:
                if InputCell(analysis).carries_irrep(Carrier(site, degree, parity), irrep):
                    return Carrier(site, degree, parity)
    raise InternalError(f"no site carries {irrep.label} up to l = {_LARGEST_DEGREE}")


def joint(driven: Sequence[Driven]) -> dict[Carrier, FloatArray]:
    """All inputs together, by carrier."""
    found: dict[Carrier, FloatArray] = {}
    for one in driven:
        found[one.carrier] = found.get(one.carrier, 0.0) + one.field
    return found


def train(
    analysis: Analysis, driven: Sequence[Driven], mask: BoolArray, how: IntermediateOptions, progress: Progress
) -> CertifiedFit:
    """Train with exactly these inputs; a larger network while the loss stays above the floor."""
    inputs = joint(driven)
    learner = Learner(
        learning_problem(analysis.group),
        LearningOptions(
            seed=how.seed,
            lmax_input=max((c.degree for c in inputs), default=0),
            carriers=tuple(inputs),
            max_steps=how.max_steps,
            tolerance=how.tolerance,
            threads=how.threads,
            device=how.device,
        ),
    )
    names = tuple(one.through.label for one in driven)
    for attempt in range(_MAX_ENLARGEMENTS + 1):
        progress("training", attempt / (_MAX_ENLARGEMENTS + 1), " ⊕ ".join(names) or "without input")
        fit = learner.train(inputs=inputs) if inputs else learner.fit_without_input()
        trained = CertifiedFit(learner, fit, certificate(analysis, "sufficient", names, mask, fit, how.tolerance))
        if trained.reached or attempt == _MAX_ENLARGEMENTS:
            break
        learner.enlarge()
    progress("training", 1.0, "done")
    return trained


def input_entry(analysis: Analysis, one: Driven) -> ConstrainedInput:
    """One input as the result states it."""
    irrep = one.through.active.irrep
    text, components = unit_direction(analysis.parent, irrep, one.rows)
    return ConstrainedInput(
        irrep=one.through.label,
        direction=text,
        components=vector(components),
        carrier=CarrierEntry(
            site=one.carrier.site,
            l=one.carrier.degree,
            parity="e" if parity_letter(one.carrier) == "e" else "o",
            components=first_components(one.carrier, np.atleast_2d(one.field)),
        ),
    )
