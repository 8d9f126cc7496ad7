"""Known fields beside the learned input: from ``--given`` to arrays for the network and the group that remains.

With G the parent's group and K the operations of G that keep every given field, the network that is given
them is equivariant under K alone. What is left to find is an order parameter z with K ∩ Sym(z) = K ∩ H.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from curiebreak.arrays import BoolArray, IntArray
from curiebreak.discovery.given import InputReader
from curiebreak.discovery.given_text import parse_given
from curiebreak.discovery.projection import InputCell, ProjectedPart, labels_of
from curiebreak.discovery.target_fields import NEAR, fields_in, nearest_atoms
from curiebreak.errors import InputError
from curiebreak.learning.breaking import GLOBAL, Carrier, parent_average
from curiebreak.learning.orbits import kind_name
from curiebreak.learning.problem import GivenField, Problem, Remaining
from curiebreak.modes.analysis import Analysis
from curiebreak.results import KnownField as KnownEntry
from curiebreak.results.basic import group_symbol
from curiebreak.structures import Structure
from curiebreak.structures.field_files import FIELD_MARK
from curiebreak.structures.fields_model import Field, Per
from curiebreak.symmetry.child_group import ChildGroup
from curiebreak.symmetry.subgroup import symmetry_group
from curiebreak.symmetry.sublattices import hermite_normal_form
from curiebreak.symmetry.tensors import spherical_parts

SUFFIXES = (".json", ".xyz", ".extxyz")
"""What marks a given text as the name of a file."""

_SAME = 1e-3
"""Change of a field, relative to its norm, that counts as none."""

_SILENT = 1e-6
"""Parts of a field below this part of its largest are rounding."""


@dataclass(frozen=True, eq=False)
class FixedField:
    """One given field on the atoms of the child's cell.

    Attributes
    ----------
    name, text : str
        Its name, and what was written to give it.
    kind, per : str
    fields : tuple of GivenField
        One for each degree and parity that it holds, in the parent's frame.
    keeps : ndarray (g, s) of bool
        Operations that leave it alone.
    """

    name: str
    text: str
    kind: str
    per: Per
    fields: tuple[GivenField, ...]
    keeps: BoolArray


@dataclass(frozen=True, eq=False)
class FieldReader:
    """Known fields of one pair: from ``--given`` to arrays and the group that remains."""

    analysis: Analysis

    def read(self, texts: Sequence[str]) -> list[FixedField]:
        """Read everything that is given.

        Parameters
        ----------
        texts : sequence of str
            Files with fields on the parent (``FILE`` or ``FILE::NAME[:KIND]``), irreps or harmonics as for
            ``certify``.

        Raises
        ------
        InputError
            For files, fields or irreps that cannot be used with this pair.
        """
        files = [text for text in texts if _is_file(text)]
        found = [known for text in files for known in self._from_file(text)]
        for one in InputReader(self.analysis).read([text for text in texts if text not in files]):
            field = GivenField(one.carrier.degree, one.carrier.parity, one.field)
            per: Per = "global" if one.carrier.site == GLOBAL else "atom"
            kind = "irrep" if parse_given(one.text).label else "harmonic"
            found.append(
                FixedField(one.name, one.text, kind, per, (field,), InputCell(self.analysis).stabiliser(one.parts))
            )
        return found

    def _from_file(self, text: str) -> list[FixedField]:
        path, fields, atoms = fields_in(text, self.analysis.parent.structure, "that could be given")
        owner = self._owners(atoms, path)
        found = []
        for field in fields:
            if field.odd:
                raise InputError(
                    f"The field {field.name!r} of {path} changes sign under time reversal; it cannot be given here.",
                    "A field that is even under it can, a pseudovector as `axial`; `check` takes both.",
                )
            placed = _placed(field, owner, path)
            keeps = self._keeps(placed)
            parts = tuple(GivenField(part.degree, part.sign, values) for part, values in spherical_parts(placed))
            found.append(FixedField(field.name, text, field.kind, field.per, parts, keeps))
        return found

    def _owners(self, structure: Structure, path: str) -> IntArray:
        """Atom of the file for each atom of the child's cell and of its neighbours along the axes: (4, n)."""
        field, parent = self.analysis.group.field, self.analysis.parent
        places = field.primitive
        axes = np.zeros((4, 3))
        if parent.lattice is None:
            shown, lattice = places + parent.centre, None
        else:
            shown, lattice = places @ parent.lattice, structure.lattice
            axes[1:] = field.cell @ parent.lattice
        if (lattice is None) != (parent.lattice is None):
            raise InputError(f"{path} is of another kind than the parent.", "Give fields on the parent's own atoms.")
        nearest, furthest = nearest_atoms(structure, (shown + axes[:, None]).reshape(-1, 3), lattice)
        owner = nearest.reshape(len(axes), -1)
        other = np.array(structure.species)[owner] != np.array(parent.species)[field.site]
        if furthest > NEAR or other.any():
            raise InputError(
                f"The atoms of {path} are not those of the parent, in its frame.",
                "Give the fields on the parent (or on a supercell of it) as it stands in its file.",
            )
        return owner

    def _keeps(self, field: Field) -> BoolArray:
        """Operations (g, s) that change the field by no more than its thousandth part."""
        shape = self.analysis.isotropy.shape
        squared = float((field.values**2).sum())
        if squared == 0.0:
            return np.ones(shape, dtype=bool)
        space, values, matrices = self.analysis.laid(field)
        changed = 2 * (1 - space.overlaps(values[None], matrices)[0] / squared)
        return np.broadcast_to(changed <= _SAME**2, shape)

    def remainder(self, known: Sequence[FixedField], build: Callable[[ChildGroup], Problem]) -> Remainder:
        """The group that all given fields leave.

        Parameters
        ----------
        known : sequence of FixedField
        build : callable
            The learning problem of a child's group, without given fields.

        Raises
        ------
        InputError
            If the operations that keep the fields are no group: the fields are symmetric only roughly.
        """
        mask = np.logical_and.reduce([k.keeps for k in known])
        group = self._remaining(mask)
        problem = replace(build(self.analysis.group), remaining=group)
        fields: list[GivenField] = []
        entries = []
        for one in known:
            clean = [_clean(problem, field) for field in one.fields]
            largest = max((float(np.linalg.norm(f.values)) for f in clean), default=0.0)
            whole = float(np.sqrt(sum(np.linalg.norm(f.values) ** 2 for f in one.fields)))
            kept = [f for f in clean if np.linalg.norm(f.values) > _SILENT * max(largest, _SAME * whole)]
            fields += kept
            entries.append(self._entry(one, kept))
        reduced = replace(self.analysis, isotropy=self.analysis.isotropy.under(mask))
        return Remainder(reduced, tuple(fields), group, tuple(entries), tuple(self._messages(entries, mask)))

    def selected(self) -> ChildGroup:
        """The child's group without the operations that given fields break."""
        group = self.analysis.group
        kept = self.analysis.isotropy.remaining[group.operations.operation, group.operations.translation]
        return replace(group, operations=group.operations.select(kept))

    def _remaining(self, mask: BoolArray) -> Remaining:
        """The operations `mask` (g, s) modulo the translations among them."""
        parent, field, space = self.analysis.parent, self.analysis.group.field, self.analysis.space
        identity = int(np.abs(parent.rotations_cartesian - np.eye(3)).max(axis=(1, 2)).argmin())
        chosen = np.flatnonzero(mask.any(axis=1))
        taus = mask[chosen].argmax(axis=1)
        if parent.is_molecule:
            keys, images = field.site, parent.permutations[chosen][:, field.site]
        else:
            hnf = hermite_normal_form(np.concatenate([field.cell, space.translations[mask[identity]]]))

            keys = field.keys(hnf)
            moved = [field.moved(int(g), space.translations[tau]) for g, tau in zip(chosen, taus, strict=True)]
            images = np.array([replace(field, site=site, cell_index=cells).keys(hnf) for site, cells in moved])
        _, first, atom = np.unique(keys, return_index=True, return_inverse=True)
        order = keys[first]
        permutations = np.searchsorted(order, images[:, first])
        return Remaining(parent.rotations_cartesian[chosen], permutations, atom.reshape(-1))

    def _entry(self, one: FixedField, fields: Sequence[GivenField]) -> KnownEntry:
        parts = [part for field in fields for part in self._parts(field)]
        alone = one.keeps if one.keeps.size % int(one.keeps.sum()) == 0 else None
        return KnownEntry(
            name=one.name,
            text=one.text,
            kind=one.kind,
            per=one.per,
            o3_irreps=tuple(dict.fromkeys(kind_name((f.degree, f.parity)) for f in fields)),
            irreps=labels_of(parts),
            isotropy_subgroup=None if alone is None else self.analysis.subgroup(alone).described(),
        )

    def _parts(self, field: GivenField) -> list[ProjectedPart]:
        """The parent's irreps of one part, site orbit by site orbit."""
        if field.values.ndim == 1:
            return InputCell(self.analysis).project({Carrier(GLOBAL, field.degree, field.parity): field.values})
        types = self.analysis.group.field.orbits
        inputs = {
            Carrier(name, field.degree, field.parity): np.where((types == orbit)[:, None], field.values, 0.0)
            for orbit, name in enumerate(self.analysis.parent.site_names)
        }
        return InputCell(self.analysis).project(inputs)

    def _messages(self, entries: Sequence[KnownEntry], mask: BoolArray) -> list[str]:
        idle = [e.name for e in entries if not e.irreps]
        found = [f"The given {name} keeps every operation of the parent: it breaks nothing." for name in idle]
        child = self.analysis.child_operations
        broken = int((child & ~mask).sum())
        if broken:
            both = self.analysis.subgroup(child & mask).described()
            found.append(
                f"The given fields break {broken} of the {int(child.sum())} operations that the child keeps; the "
                f"answer is for the group that both keep, {group_symbol(symmetry_group(both))}."
            )
        return found


def _is_file(text: str) -> bool:
    path = Path(text.partition(FIELD_MARK)[0])
    return FIELD_MARK in text or path.suffix.lower() in SUFFIXES or path.is_file()


def _placed(field: Field, owner: IntArray, path: str) -> Field:
    """The field with its values on the atoms of the child's cell."""
    if field.per == "global":
        return field
    around = field.values[owner]
    if np.abs(around - around[0]).max() > _SAME * max(float(np.abs(field.values).max()), 1e-300):
        raise InputError(
            f"The field {field.name!r} of {path} is not periodic on the child's cell.",
            "A child keeps no translation that a given field breaks: give a child with the larger period.",
        )
    return replace(field, values=around[0])


@dataclass(frozen=True, eq=False)
class Remainder:
    """What given fields leave, and what the network is given of them.

    Attributes
    ----------
    analysis : Analysis
        The exact analysis for the group that remains; labels stay those of the parent.
    fields : tuple of GivenField
        Averaged over that group, without what every operation of the parent keeps.
    group : Remaining
        That group as arrays.
    known : tuple of KnownEntry
        Entries for the result.
    messages : tuple of str
    """

    analysis: Analysis
    fields: tuple[GivenField, ...]
    group: Remaining
    known: tuple[KnownEntry, ...]
    messages: tuple[str, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """Irreps of the parent that the given fields hold."""
        return tuple(dict.fromkeys(label for entry in self.known for label in entry.irreps))

    def problem(self, whole: Problem, kept: Problem) -> Problem:
        """The problem for the child's operations that remain, `kept`, with the fields given."""
        found = replace(kept, given=self.fields, remaining=self.group)
        if len(whole.child_rotations) == len(kept.child_rotations):
            return found
        return replace(found, input_rotations=whole.child_rotations, input_permutations=whole.child_permutations)


def _clean(problem: Problem, field: GivenField) -> GivenField:
    """A field averaged over the group that remains, without its fully symmetric part."""
    kind = (field.degree, field.parity)
    values = np.atleast_2d(field.values)[:, :, None]
    kept = parent_average(problem.under_given, kind, values)
    if np.abs(parent_average(problem.under_given, kind, kept) - kept).max() > 1e-9 * np.abs(values).max(initial=1e-300):
        raise InputError("The given fields keep a set of operations that is no group.", "Give them with more digits.")
    breaking = (kept - parent_average(problem, kind, values))[:, :, 0]
    return GivenField(*kind, breaking[0] if field.values.ndim == 1 else breaking)
