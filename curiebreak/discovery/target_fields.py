"""Fields as the target of ``find``: from ``--target`` to the exact analysis and the learning problem."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from os import PathLike
from typing import Any

import numpy as np

from curiebreak.arrays import FloatArray, IntArray, nearest_image
from curiebreak.errors import InputError, refuse
from curiebreak.magnetic.target_analysis import CellTarget, TargetAnalysis, TargetLayer, undistorted
from curiebreak.mapping.distortion import Distortion
from curiebreak.modes.analysis import Analysis
from curiebreak.structures import Structure
from curiebreak.structures.field_files import FIELD_MARK, read_fields
from curiebreak.structures.fields_model import Field
from curiebreak.symmetry.parent import ParentCrystal
from curiebreak.symmetry.tensors import field_matrices

NEAR = 0.3
"""Å; an atom of a field file lies this near to the one that it is."""

_WHOLE = 1e-3
"""How near to integers the axes of a field file are in those of the parent's primitive cell."""

_SAME = 1e-3
"""Change of a field, relative to its largest value, that counts as none."""

_UNSERVED = {
    "given": "--given",
    "raw_target": "--raw-target",
    "blind": "--blind",
    "keep_cell": "--keep-cell",
    "signals": "--signals",
    "domains": "--domains",
    "domain_files": "--domain-files",
}
"""What cannot be asked for beside fields, as options and as they are written."""


NOTHING_TO_EXPLAIN = (
    "There is nothing to explain: neither a child nor a field.",
    "Give CHILD, or a field with --target.",
)
"""What is said where there is no target, and what helps."""


def refuse_beside_targets(asked: Any) -> None:
    """Refuse what would be left undone.

    Raises
    ------
    UsageError
        For the first option that means nothing where fields are the target.
    """
    refuse(
        *(
            (getattr(asked, name), f"{written} is not for fields as the target.", f"Leave {written} or --target out.")
            for name, written in _UNSERVED.items()
        )
    )


def fields_in(text: str, owner: Structure, purpose: str) -> tuple[str, tuple[Field, ...], Structure]:
    """Read ``FILE``, ``FILE::NAME`` or ``FILE::NAME:KIND``: the path, its fields, and the atoms that they are on.

    Parameters
    ----------
    text : str
    owner : Structure
        Whose atoms a file without atoms means.
    purpose : str
        What the fields are for, as the end of a sentence.

    Raises
    ------
    InputError
        A file or field that cannot be used, or a file without fields.
    """
    path, _, wanted = text.partition(FIELD_MARK)
    file = read_fields(path, (wanted,) if wanted else (), owner)
    if not file.fields:
        raise InputError(f"{path} holds no field {purpose}.", "See docs/fields.md for the layout.")
    return path, file.fields, owner if file.structure is None else file.structure


def nearest_atoms(structure: Structure, places: FloatArray, lattice: FloatArray | None) -> tuple[IntArray, float]:
    """Atom of a file that is nearest to each Cartesian place (n, 3), and the largest of their distances, Å.

    `lattice` repeats the atoms; none does in a molecule.
    """
    difference = places[:, None] - structure.cartesian[None]
    if lattice is not None:
        difference = nearest_image(difference @ np.linalg.inv(lattice)) @ lattice
    distance = np.linalg.norm(difference, axis=-1)
    return np.asarray(distance.argmin(axis=1)), float(distance.min(axis=1).max())


def read_targets(texts: Sequence[str | PathLike[str]], owner: Structure) -> list[tuple[str, Field, Structure]]:
    """Read every ``FILE``, ``FILE::NAME`` or ``FILE::NAME:KIND``: what was written, the field, and its atoms.

    Parameters
    ----------
    texts : sequence of str
    owner : Structure
        Whose atoms a file without atoms means.

    Raises
    ------
    InputError
        Unusable files or fields, or two fields of one name.
    """
    found: list[tuple[str, Field, Structure]] = []
    for text in map(str, texts):
        _, fields, atoms = fields_in(text, owner, "to explain")
        found += [(text, one, atoms) for one in fields]
    names = [one.name for _, one, _ in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"Two fields are called {twice!r}.", "Give each a name of its own.")
    return found


def on_parent(parent: ParentCrystal, texts: Sequence[str | PathLike[str]], tolerance: float) -> TargetAnalysis:
    """Fields on the undistorted parent, or on a supercell of it in its frame.

    Raises
    ------
    InputError
        If the atoms of a file are not the parent's, or files have different cells.
    """
    read = read_targets(texts, parent.structure)
    placed = _placed_on_parent(parent, read[0][2])
    base = undistorted(placed)
    targets = []
    for text, one, structure in read:
        if one.per == "global":
            values = one.values
        else:
            values = one.values[_atoms_at(structure, placed.cartesian + _centre(parent), placed.lattice)]
        targets.append(CellTarget(replace(one, values=values), text))
    return TargetLayer(base, tuple(targets), tolerance).analysis()


@dataclass(frozen=True, eq=False)
class ChildFields:
    """Fields on the atoms of a child, beside its distortion, whose analysis is `base`."""

    base: Analysis

    def analysis(self, texts: Sequence[str | PathLike[str]], tolerance: float) -> Analysis:
        """Fields on the atoms of a child, in its order and frame, beside its distortion; that alone without fields.

        Raises
        ------
        InputError
            If a field is not on the atoms of the child, or varies over a larger period than they do.
        """
        if not texts:
            return self.base
        distortion = self.base.distortion
        child = distortion.child
        if distortion.mirrored:
            raise InputError("Fields on an inverted child are not handled.", "Give the child in the parent's hand.")
        # the child's frame is turned by Q from the parent's
        back = distortion.rotation.T[None]
        targets = []
        for text, one, structure in read_targets(texts, child):
            if structure is not child and structure.species != child.species:
                raise InputError(
                    f"The field {one.name!r} is not on the atoms of the child, in its order.",
                    "Give it for the atoms of CHILD; without CHILD (`none` for certify) it is one on the parent.",
                )
            values = one.values @ field_matrices(one, back)[0].T
            if one.per == "atom":
                values = self._periodic(one, values[distortion.child_atoms])
            targets.append(CellTarget(replace(one, values=values), text))
        return TargetLayer(self.base, tuple(targets), tolerance).analysis()

    def _periodic(self, one: Field, values: FloatArray) -> FloatArray:
        """Values (n, d) on the atoms of the analysed cell, which is that of the child's own translations."""
        distortion, field = self.base.distortion, self.base.group.field
        chosen = values[self.base.original_atoms]
        inverse = np.linalg.inv(field.cell) if self.base.parent.lattice is not None else np.eye(3)
        for site in np.unique(distortion.site):
            own, all_of_it = np.flatnonzero(field.site == site), np.flatnonzero(distortion.site == site)
            apart = (distortion.cell_index[all_of_it][:, None] - field.cell_index[own][None]) @ inverse
            same = np.abs(nearest_image(apart)).max(axis=2) < 1e-6
            for row, atom in enumerate(all_of_it):
                known = chosen[own[int(np.argmax(same[row]))]]
                if np.abs(values[atom] - known).max() > _SAME * float(np.abs(values).max()):
                    raise InputError(
                        f"The field {one.name!r} varies over a larger period than the atoms of the child.",
                        "Leave CHILD out to explain the field alone, on the undistorted parent.",
                    )
        return np.asarray(chosen)


def _centre(parent: ParentCrystal) -> FloatArray:
    return np.zeros(3) if parent.lattice is not None else np.asarray(parent.centre)


def _placed_on_parent(parent: ParentCrystal, structure: Structure) -> Distortion:
    """The parent in the cell of a file with its atoms in its frame, as a map that moves nothing."""
    cell, size = np.eye(3, dtype=np.int64), 1
    own = parent.structure
    if (structure.lattice is None) != (parent.lattice is None):
        raise InputError("The atoms of the field are of another kind than the parent.", "Give fields on its own atoms.")
    basis = np.eye(3)
    if parent.lattice is not None and structure.lattice is not None and own.lattice is not None:
        axes = structure.lattice @ np.linalg.inv(parent.lattice)
        cell = np.round(axes).astype(np.int64)
        size = round(float(np.linalg.det(cell)))
        if np.abs(axes - cell).max() > _WHOLE or size < 1:
            raise InputError(
                "The cell of the field is no supercell of the parent's, in its frame.",
                "Give the field on the parent as it stands in its file, or on a supercell of it.",
            )
        basis = structure.lattice @ np.linalg.inv(own.lattice)
    site, index = _sites(parent, structure)
    count = len(site)
    if count != size * len(parent.species):
        raise InputError(
            f"The file of the field has {count} atoms; the parent has {size * len(parent.species)} in that cell.",
            "Give the field on all atoms of the parent.",
        )
    still = Distortion.built(parent, structure, cell, site, index, np.zeros((count, 3)), np.zeros((3, 3)))
    return replace(still, supercell_basis=basis)


def _sites(parent: ParentCrystal, structure: Structure) -> tuple[IntArray, IntArray]:
    """Primitive atom and lattice vector of each atom of a file in the parent's frame."""
    if parent.lattice is None:
        places = structure.coords - parent.centre
        difference = places[:, None] - parent.frac[None]
        distance, index = np.linalg.norm(difference, axis=-1), np.zeros((*difference.shape,), dtype=np.int64)
    else:
        places = structure.cartesian @ np.linalg.inv(parent.lattice)
        difference = places[:, None] - parent.frac[None]
        index = np.round(difference).astype(np.int64)
        distance = np.linalg.norm((difference - index) @ parent.lattice, axis=-1)
    distance = distance + 1e6 * (np.array(structure.species)[:, None] != np.array(parent.species)[None])
    site = distance.argmin(axis=1)
    if distance.min(axis=1).max() > NEAR:
        raise InputError(
            "The atoms of the field are not those of the parent, in its frame.",
            "Give the field on the parent as it stands in its file, or on a supercell of it.",
        )
    return site, np.asarray(index[np.arange(len(site)), site])


def _atoms_at(structure: Structure, places: FloatArray, lattice: FloatArray | None) -> IntArray:
    """Atom of a file at each Cartesian place (n, 3)."""
    found, furthest = nearest_atoms(structure, places, structure.lattice)
    if furthest > NEAR:
        raise InputError("The fields are on different atoms.", "Give all fields on the atoms of one cell.")
    if lattice is not None and structure.lattice is not None:
        finer = np.linalg.inv(lattice) @ structure.lattice  # each file's cell must hold the analysed one
        if abs(np.linalg.det(finer)) > 1 + 1e-6:
            raise InputError("The fields have cells of different size.", "Give all fields on the atoms of one cell.")
    return found
