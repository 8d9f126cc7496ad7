"""The document of ``certify``: a user's own hypothesis, trained and compared with its floor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from curiebreak.results.basic import Labels, SymmetryGroup, Vector
from curiebreak.results.blocks import IsotropySubgroup
from curiebreak.results.documents import Document
from curiebreak.results.irreps import CarrierResult
from curiebreak.results.learned import Certificate


@dataclass(frozen=True, kw_only=True)
class GivenInput:
    """One input of the hypothesis.

    Attributes
    ----------
    name : str
        How certificates call it: the irrep, or the harmonic as it was written.
    text : str
        As it was written.
    irreps : list of str
        Irreps that it holds, fully symmetric ones left out: those break nothing.
    kpoint : list of 3 fractions or None
        Wave vector of the irrep; ``None`` for molecules and for harmonics.
    direction : str or None
        Direction of the irrep in its canonical domain; ``None`` where only numbers are given.
    components : list
        Numbers along the same axes, length 1.
    active : bool
        Whether the child's own distortion holds the irrep.
    carrier : CarrierResult
        What holds it.
    isotropy_subgroup : IsotropySubgroup or None
        The group that this input alone leaves.
    necessary : bool or None
        Whether less is reached without it; ``None`` when a training did not settle.
    """

    name: str
    text: str
    irreps: Labels
    kpoint: tuple[str, str, str] | None = None
    direction: str | None = None
    components: Vector = ()
    active: bool = True
    carrier: CarrierResult
    isotropy_subgroup: IsotropySubgroup | None = None
    necessary: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Certification(Document):
    """What a network reaches with exactly the given inputs, and what symmetry lets it reach.

    Attributes
    ----------
    given : list
        The inputs.
    sufficient : bool or None
        Whether they reach the child; ``None`` when the training did not settle.
    missing : list of lists of str
        What has to be added, best first: every smallest set of irreps of the distortion that makes
        the inputs sufficient. Empty when nothing is missing.
    superfluous : list of str
        Inputs without which just as much is reached.
    minimal_sets : list of lists of str
        Every minimal set of the pair, best first.
    loss_without_input : float or None
        Trained loss without symmetry breaking.
    floor_without_input : float or None
        Floor without symmetry breaking.
    loss : float or None
        Trained loss with the inputs.
    floor : float or None
        Floor with the inputs.
    loss_strain : float or None
        Trained loss of the strain with the inputs.
    floor_strain : float or None
        Floor of the strain with the inputs.
    input_symmetry : SymmetryGroup or None
        Symmetry of all inputs together.
    isotropy_subgroup : IsotropySubgroup or None
        The group that the whole distortion leaves.
    certificates : list
        Curie, sufficient and necessary statements.
    seed : int
        Seed of the random numbers.
    device : str
        Where the network was trained.
    """

    command: Literal["certify"] = "certify"
    given: tuple[GivenInput, ...] = ()
    sufficient: bool | None = None
    missing: tuple[Labels, ...] = ()
    superfluous: Labels = ()
    minimal_sets: tuple[Labels, ...] = ()
    loss_without_input: float | None = None
    floor_without_input: float | None = None
    loss: float | None = None
    floor: float | None = None
    loss_strain: float | None = None
    floor_strain: float | None = None
    input_symmetry: SymmetryGroup | None = None
    isotropy_subgroup: IsotropySubgroup | None = None
    certificates: tuple[Certificate, ...] = ()
    seed: int = 0
    device: str = "cpu"

    kind: ClassVar[str] = "certification"
