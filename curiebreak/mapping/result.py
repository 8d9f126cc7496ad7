"""From the chosen pairing and domain to the finished, checked Distortion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from curiebreak.arrays import FloatArray, IntArray, nearest_image
from curiebreak.errors import InternalError
from curiebreak.mapping.cell_search import NEAR, Candidate, SearchResult
from curiebreak.mapping.composition import occupation_change
from curiebreak.mapping.distortion import Distortion, polar_decomposition
from curiebreak.mapping.frame import ParentFrame
from curiebreak.mapping.map_domains import Domain
from curiebreak.mapping.refusals import size_warnings
from curiebreak.structures.model import VACANCY, Structure
from curiebreak.symmetry.parent import ParentCrystal

REBUILD_TOLERANCE = 1e-6
"""Å."""


@dataclass(frozen=True, eq=False)
class _Placed:
    """The map in the parent's own primitive axes and in the chosen domain."""

    cell: IntArray
    child_lattice: FloatArray
    child_frac: FloatArray
    origin: FloatArray
    site: IntArray
    cell_index: IntArray
    atoms: IntArray


def build_distortion(
    parent: ParentCrystal,
    child: Structure,
    frame: ParentFrame,
    result: SearchResult,
    domain: Domain,
    messages: tuple[str, ...],
) -> Distortion:
    """Assemble the result and rebuild the child from it.

    Raises
    ------
    InternalError
        If the rebuilt child misses the one that was read by more than 1e-6 Å.
    """
    best = result.best
    if best is None or parent.lattice is None:
        raise ValueError("nothing to build")
    placed = _placed(parent, frame, best, domain)
    lattice = placed.cell @ parent.lattice
    # (19): the map of the undistorted axes onto the child's
    gradient = np.linalg.solve(lattice, placed.child_lattice).T
    rotation, stretch = polar_decomposition(gradient)
    undistorted = parent.frac[placed.site] + placed.cell_index
    # x_parent = x_child C + o, less the undistorted position; lengths in the undistorted cell
    fractional = placed.child_frac @ placed.cell + placed.origin - undistorted
    displacements = fractional @ parent.lattice
    lengths = np.linalg.norm(displacements, axis=1)
    there = np.array([child.species[atom] != VACANCY for atom in placed.atoms])
    error = _rebuild_error(placed, parent.lattice, undistorted @ parent.lattice + displacements, rotation @ stretch)
    if error > REBUILD_TOLERANCE:
        raise InternalError(f"the child rebuilt from its map is off by {error:.2e} Å")
    occupation, elements = occupation_change(parent, child, placed.site, placed.atoms)
    notes = [*messages, *_notes(child, best, result), *size_warnings(frame, best, stretch - np.eye(3))]
    return Distortion(
        parent=parent,
        child=child,
        cell=placed.cell,
        supercell_basis=np.round(domain.basis, 12) + 0.0,
        origin_shift=np.round(parent.to_file.vectors(placed.origin), 12) + 0.0,
        site=placed.site,
        cell_index=placed.cell_index,
        child_atoms=placed.atoms,
        displacements=displacements,
        strain=stretch - np.eye(3),
        rotation=rotation,
        occupation=occupation,
        occupation_elements=elements,
        rms=float(np.sqrt((lengths[there] ** 2).mean())),
        dmax=float(lengths.max()),
        cost=best.cost,
        rebuild_error=error,
        multiplicity=best.child.multiplicity,
        runner_up=_runner_up(result),
        messages=tuple(notes),
    )


def _placed(parent: ParentCrystal, frame: ParentFrame, best: Candidate, domain: Domain) -> _Placed:
    """Carry the pairing by the domain's operation and write it in the parent's primitive axes."""
    rotation, shift = frame.rotations[domain.operation], frame.shifts[domain.operation]
    pairing = best.pairing
    # (4) by the domain's operation
    moved = pairing.cell_index @ rotation.T + shift[pairing.site] + domain.step
    origin = rotation @ pairing.origin + frame.translations[domain.operation] + domain.step
    cell = best.super_frame.cell @ rotation.T @ frame.change
    axes = _output_axes(best, cell)
    site = frame.permutations[domain.operation][pairing.site]
    cell_index = moved @ frame.change
    order = np.lexsort((*cell_index.T[::-1], site))
    return _Placed(
        cell=axes @ cell,
        child_lattice=axes @ best.child.lattice,
        child_frac=(best.child.frac @ np.linalg.inv(axes))[order],
        origin=origin @ frame.change,
        site=site[order],
        cell_index=cell_index[order],
        atoms=best.child.atoms[order],
    )


def _output_axes(best: Candidate, cell: IntArray) -> IntArray:
    """Change of the child's axes: parent's own for size 1, the file's where primitive, else reduced."""
    file_cell = best.child.file_cell
    if best.super_frame.size == 1:
        axes = np.round(np.linalg.inv(cell)).astype(np.int64)
    elif abs(abs(np.linalg.det(file_cell)) - 1.0) < 1e-6:
        axes = np.round(file_cell).astype(np.int64)
    else:
        axes = np.eye(3, dtype=np.int64)
    return axes if np.linalg.det(axes @ cell) > 0 else -axes


def _rebuild_error(placed: _Placed, parent_lattice: FloatArray, positions: FloatArray, gradient: FloatArray) -> float:
    """Largest distance between the child's atoms and axes and those that the map gives."""
    lattice = placed.child_lattice
    axes = placed.cell @ parent_lattice @ gradient.T - lattice
    # the map backwards: undistorted plus displacement, strained and turned by F
    rebuilt = (positions - placed.origin @ parent_lattice) @ gradient.T
    rest = rebuilt @ np.linalg.inv(lattice) - placed.child_frac
    atoms = nearest_image(rest) @ lattice
    return float(max(np.linalg.norm(axes, axis=1).max(), np.linalg.norm(atoms, axis=1).max()))


def _runner_up(result: SearchResult) -> dict[str, Any] | None:
    other = result.runner_up
    if other is None:
        return None
    return {
        "cost": other.cost,
        "rms": float(np.sqrt(other.pairing.mean_square)),
        "dmax": other.pairing.largest,
        "size": other.super_frame.size,
        "group_subgroup": other.relation != "none",
    }


def _notes(child: Structure, best: Candidate, result: SearchResult) -> list[str]:
    notes = []
    oversize = len(child) * best.child.multiplicity // len(best.child.atoms)
    if oversize > 1 and best.child.multiplicity == 1:
        notes.append(f"the child is stored in {oversize} of its primitive cells; one is used")
    if best.child.multiplicity > 1:
        notes.append(f"the parent's primitive cell holds {best.child.multiplicity} primitive cells of the child")
    if best.relation == "supergroup":
        notes.append("the child keeps every symmetry operation of the parent")
    least = result.least
    if least is not None and least.cost < best.cost * (1 - 1e-3) - 1e-6:
        notes.append(
            f"a map of less distortion (rms {np.sqrt(least.pairing.mean_square):.3f} Å) is no group-subgroup "
            "relation and was passed over"
        )
    return notes + _near_map(best, result.runner_up)


def _near_map(best: Candidate, other: Candidate | None) -> list[str]:
    """A word where another map is nearly as good."""
    if other is None or other.relation == "none" or not best.cost < other.cost <= NEAR * best.cost:
        return []
    rms, here = (float(np.sqrt(one.pairing.mean_square)) for one in (other, best))
    return [
        f"another map costs only {other.cost / best.cost - 1:.1%} more (rms {rms:.4f} Å and strain "
        f"{other.rms_strain:.4f}, here {here:.4f} Å and {best.rms_strain:.4f}): the labels are those of this map"
    ]
