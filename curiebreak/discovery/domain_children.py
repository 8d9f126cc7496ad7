"""``find --domains``: every equivalent child from one sample, by turning the learned order parameter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from curiebreak.arrays import FloatArray, IntArray, right_handed
from curiebreak.discovery.projection import InputCell
from curiebreak.errors import UsageError
from curiebreak.fields import representation, turn_tensor
from curiebreak.learning.breaking import GLOBAL, Carrier
from curiebreak.learning.learner import Learner
from curiebreak.learning.orbits import parity_letter
from curiebreak.learning.outcome import Inputs, NetworkOutput
from curiebreak.learning.problem import GivenField, Problem
from curiebreak.modes.analysis import Analysis
from curiebreak.modes.domains import inverse_text
from curiebreak.results import PredictedDomain
from curiebreak.structures import Structure, write_structure
from curiebreak.symmetry.sublattices import hermite_normal_form, reduce_vectors

LARGEST_NUMBER = 1000
"""Most children that are written."""


@dataclass(frozen=True, eq=False)
class DomainChild:
    """One equivalent child as the network gives it.

    Attributes
    ----------
    operation : str
        Operation of the parent that makes it from the child, ``x,y,z`` in standard axes.
    problem : Problem
        The undistorted cell.
    prediction : NetworkOutput
    error : float or None
        Largest deviation from the exactly turned child, Å (occupancies alone: their change).
    error_strain : float or None
        The same of the strain.
    """

    operation: str
    problem: Problem
    prediction: NetworkOutput
    error: float | None
    error_strain: float | None


@dataclass(frozen=True, eq=False)
class TurnedChildren:
    """The equivalent children of one pair as the trained network makes them."""

    analysis: Analysis

    def predicted(self, learner: Learner, inputs: Inputs) -> Iterator[DomainChild]:
        """Give the trained network the input turned by one operation of each coset.

        The network sees the parent in the turned cell; what it returns is compared with the child turned
        exactly.

        Parameters
        ----------
        learner : Learner
            After recovery.
        inputs : dict
            The recovered input by carrier.

        Yields
        ------
        DomainChild
            The child itself first.

        Raises
        ------
        UsageError
            If there are more than a thousand.
        """
        chosen = [(g, tau) for g, tau in self.analysis.child_group.cosets if self.analysis.isotropy.remaining[g, tau]]
        if len(chosen) > LARGEST_NUMBER:
            raise UsageError(f"There are {len(chosen)} equivalent children, too many to write.")
        for g, tau in chosen:
            operation, shift = self._inverse(int(g), int(tau))
            problem = self._turned_problem(learner.problem.given, operation, shift)
            prediction = learner.predict(self._turned_inputs(inputs, operation), problem)
            error, error_strain = self._errors(operation, prediction)
            yield DomainChild(
                inverse_text(self.analysis.space, int(g), int(tau)), problem, prediction, error, error_strain
            )

    def given(self, learner: Learner, inputs: Inputs, folder: Path | None) -> tuple[PredictedDomain, ...]:
        """How exactly each equivalent child comes out; where a folder is given, its file there."""
        learner.polish()
        children = list(self.predicted(learner, inputs))
        files = [None] * len(children) if folder is None else self._written(children, folder)
        return tuple(
            PredictedDomain(operation=one.operation, file=file, error=one.error, error_strain=one.error_strain)
            for one, file in zip(children, files, strict=True)
        )

    def _written(self, children: Sequence[DomainChild], folder: Path) -> list[str]:
        """Write every equivalent child as CIF (molecules: XYZ); returns the paths."""
        atoms = self._child_atoms()
        stem = Path(self.analysis.distortion.child.path or "child").stem
        suffix = ".xyz" if self.analysis.parent.is_molecule else ".cif"
        folder.mkdir(exist_ok=True)
        paths = []
        for number, child in enumerate(children, start=1):
            path = folder / f"{stem}-domain-{number:0{len(str(len(children)))}d}{suffix}"
            made = self._structure(child, atoms)
            note = f"equivalent child {number} of {len(children)}, made by {child.operation} of the parent"
            write_structure(made, path, comments=[note])
            paths.append(str(path))
        return paths

    def _inverse(self, g: int, tau: int) -> tuple[int, IntArray]:
        """The inverse of ``{1|tau}{R_g|t_g}`` as another operation and a lattice vector added to it."""
        parent = self.analysis.parent
        turned = parent.rotations_cartesian[g].T
        inverse = int(np.abs(parent.rotations_cartesian - turned).max(axis=(1, 2)).argmin())
        if parent.is_molecule:
            return inverse, np.zeros(3, dtype=np.int64)
        shift = parent.translations[g] + self.analysis.space.translations[tau]
        wanted = -parent.rotations[inverse] @ shift - parent.translations[inverse]
        return inverse, np.round(wanted).astype(np.int64)

    def _turned_problem(self, given: Sequence[GivenField], operation: int, shift: IntArray) -> Problem:
        """The parent in the turned cell, atoms in the order of the child's."""
        parent, field = self.analysis.parent, self.analysis.group.field
        site = parent.permutations[operation][field.site]
        lattice, positions = None, parent.frac[site]
        if parent.lattice is not None:
            rotation = parent.rotations[operation]
            _, cells = field.moved(operation, shift)
            rows = field.cell @ rotation.T
            lattice = right_handed(rows) @ parent.lattice
            positions = (parent.frac[site] + cells) @ parent.lattice
        return Problem(
            lattice=lattice,
            positions=positions,
            types=parent.site_orbits[site],
            type_names=parent.site_names,
            parent_atom=site,
            parent_rotations=parent.rotations_cartesian,
            parent_permutations=parent.permutations,
            child_rotations=np.eye(3)[None],
            child_permutations=np.arange(len(site))[None],
            given=tuple(self._turned_given(field, operation) for field in given),
        )

    def _turned_given(self, field: GivenField, operation: int) -> GivenField:
        """A given field carried along; operations that keep it bring it to where it was."""
        rotation = self.analysis.parent.rotations_cartesian[operation : operation + 1]
        matrix = representation(field.degree, parity_letter(field.parity), rotation)[0]
        return field._replace(values=InputCell(self.analysis).own_cell(field.values) @ matrix.T)

    def _turned_inputs(self, inputs: Inputs, operation: int) -> dict[Carrier, FloatArray]:
        rotation = self.analysis.parent.rotations_cartesian[operation : operation + 1]
        found = {}
        for carrier, values in inputs.items():
            matrix = representation(carrier.degree, carrier.letter, rotation)[0]
            values = InputCell(self.analysis).own_cell(values)
            found[carrier] = matrix @ values if carrier.site == GLOBAL else values @ matrix.T
        return found

    def _errors(self, operation: int, prediction: NetworkOutput) -> tuple[float | None, float | None]:
        """Largest deviations of displacements (or occupancies) and of the strain from the turned child."""
        field, rotation = self.analysis.group.field, self.analysis.parent.rotations_cartesian[operation]
        deviations = []
        if prediction.displacements is not None:
            wanted = field.displacements - field.displacements.mean(axis=0)
            deviations.append(np.abs(prediction.displacements - wanted @ rotation.T).max())
        if prediction.occupation is not None:
            deviations.append(np.abs(prediction.occupation - field.occupation).max())
        strain = None
        if prediction.strain is not None:
            strain = float(np.abs(prediction.strain - turn_tensor(rotation[None], field.strain)[0]).max())
        return (float(max(deviations)) if deviations else None), strain

    def _child_atoms(self) -> list[int]:
        """For each atom of the child's cell one atom of its file that stands for it."""
        field, distortion = self.analysis.group.field, self.analysis.distortion
        hnf = hermite_normal_form(field.cell)

        def key(site: int, cell: IntArray) -> tuple[int, ...]:
            return (int(site), *(int(x) for x in reduce_vectors(cell, hnf)))

        rows = zip(distortion.site, distortion.cell_index, distortion.child_atoms, strict=True)
        known: dict[tuple[int, ...], int] = {}
        for site, cell, atom in rows:
            known.setdefault(key(site, cell), int(atom))
        return [known[key(site, cell)] for site, cell in zip(field.site, field.cell_index, strict=True)]

    def _structure(self, child: DomainChild, atoms: list[int]) -> Structure:
        """Undistorted cell plus what the network gives; elements are those of the child's file."""
        problem, prediction = child.problem, child.prediction
        source = self.analysis.distortion.child
        species = tuple(source.species[i] for i in atoms)
        occupancies = tuple(source.occupancies[i] for i in atoms) if source.occupancies else ()
        moved = problem.positions
        if prediction.displacements is not None:
            moved = moved + prediction.displacements
        if problem.lattice is None:
            return Structure(None, species, moved + self.analysis.parent.centre)
        strain = np.zeros((3, 3)) if prediction.strain is None else prediction.strain
        frac = moved @ np.linalg.inv(problem.lattice)
        return Structure(problem.lattice @ (np.eye(3) + strain), species, frac, occupancies=occupancies)
