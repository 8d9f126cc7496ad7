"""The irreps that a constraint leaves as inputs of a network, and its training beside the floor of their symmetry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from curiebreak.arrays import BoolArray, FloatArray
from curiebreak.clock import Progress
from curiebreak.discovery.certified_fit import ENLARGEMENTS, CertifiedFit, certified_fit, joint, networks
from curiebreak.discovery.posing import learning_options, learning_problem
from curiebreak.discovery.projection import KINDS, InputCell, carrier_entry, first_components
from curiebreak.discovery.synthesis import field_on, principal_rows
from curiebreak.errors import InternalError
from curiebreak.intermediates.survey import Survey, Through
from curiebreak.learning.breaking import GLOBAL, Carrier
from curiebreak.learning.learner import Learner
from curiebreak.modes.analysis import Analysis
from curiebreak.options.intermediate_options import IntermediateOptions
from curiebreak.results import CarrierResult, ConstrainedInput, vector
from curiebreak.symmetry.images import unit_direction
from curiebreak.symmetry.isotypic import Irrep
from curiebreak.symmetry.parent import ParentCrystal


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

    def entry(self, parent: ParentCrystal) -> ConstrainedInput:
        """As the result states it."""
        carrier = carrier_entry(self.carrier, first_components(self.carrier, np.atleast_2d(self.field)))
        return input_entry(parent, self.through.label, self.through.active.irrep, self.rows, carrier)


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
    sites = [*([GLOBAL] if analysis.parent.is_molecule else []), *analysis.parent.site_names]
    found = InputCell(analysis).lowest(irrep, sites)
    if found is None:
        raise InternalError(f"no site carries {irrep.label} up to l = {KINDS[-1][0]}")
    return found


def train(
    analysis: Analysis, driven: Sequence[Driven], mask: BoolArray, how: IntermediateOptions, progress: Progress
) -> CertifiedFit:
    """Train with exactly these inputs; a larger network while the loss stays above the floor."""
    names = tuple(one.through.label for one in driven)

    def sizes() -> Iterator[Learner]:
        options = learning_options(how, (one.carrier for one in driven), max_steps=how.max_steps)
        for attempt, network in enumerate(networks(Learner(learning_problem(analysis.group), options))):
            progress("training", attempt / (ENLARGEMENTS + 1), " ⊕ ".join(names) or "without input")
            yield network

    trained = certified_fit(analysis, sizes(), names, joint(driven), mask)
    progress("training", 1.0, "done")
    return trained


def input_entry(
    parent: ParentCrystal, label: str, irrep: Irrep, rows: FloatArray, carrier: CarrierResult
) -> ConstrainedInput:
    """One input as the result states it: order parameters `rows` (r, dim) of an irrep on a carrier."""
    text, components = unit_direction(parent, irrep, rows)
    return ConstrainedInput(irrep=label, direction=text, components=vector(components), carrier=carrier)
