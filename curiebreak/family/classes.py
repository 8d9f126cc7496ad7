"""Classes of a family: members with the same primary set in the same domain and with the same group.

A class is (names of the primary set, space group, index). Every member is carried by that operation g of the common
cell's group which maximises the sum over the primary irreps Gamma of

    <g u_Gamma, r_Gamma> / (|u_Gamma| |r_Gamma|),

with r the first member's own primary fields: so all members of a class lie in one domain, signs included. Operations
of the child's group leave the fields alone, so the choice among equals changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from curiebreak.arrays import FloatArray, IntArray
from curiebreak.errors import InputError
from curiebreak.family.cell import CommonCell
from curiebreak.family.members import Member, Members
from curiebreak.family.tilt_angles import glazer_symbol

FEWEST = 8
"""Formulas that a class needs to be learned by itself; rarer ones are counted as ``other``."""

FEWEST_SYMMETRIC = 3
"""The same for the unbroken parent, which has nothing to learn but its probability."""

OTHER = "other"

KEPT = 0.01
"""Part of a primary field (of its norm) that an operation of its stabiliser may change: fields are averaged over
their own groups, what is left is rounding."""


DISTINCT = 0.1
"""Å; what the operations that a class lacks must change somewhere in the mean of its members, and half of it in half of
them: twenty and ten times the tolerance at which a predicted child is looked at. A class below it is a higher one with
scatter."""

EXAMINED = 24
"""Members of a class that are looked at for this."""


@dataclass(frozen=True, eq=False)
class FamilyClass:
    """One class in its canonical domain.

    Attributes
    ----------
    name : str
        Primary set joined by blanks, with the group: ``M3+ R4+ (62)``; ``symmetric`` for an unbroken parent.
    primary : tuple of str
    group, index : int
        Space group of the child, its index in the parent's.
    operations : (h,) int
        Places of the child's group among the operations of the common cell.
    basis : (n * 3, k)
        Orthonormal displacements of the primary irreps that the child's group keeps.
    basis_irrep : (k,) int
        Which of `primary` each of them belongs to.
    members : (m,) int
        Places among the family's members.
    displacements : (m, n, 3)
        Å, in the canonical domain, averaged over the class's group.
    strain : (m, 3, 3)
    glazer : str or None
    """

    name: str
    primary: tuple[str, ...]
    group: int
    index: int
    operations: IntArray
    basis: FloatArray
    basis_irrep: IntArray
    members: IntArray
    displacements: FloatArray
    strain: FloatArray
    glazer: str | None = None

    @property
    def amplitudes(self) -> FloatArray:
        """Coefficients (m, k) of the members along `basis`, Å over the common cell."""
        return np.asarray(self.displacements.reshape(len(self.members), -1) @ self.basis)

    @property
    def secondaries(self) -> FloatArray:
        """What is left of the displacements (m, n, 3)."""
        flat = self.displacements.reshape(len(self.members), -1)
        return np.asarray((flat - flat @ self.basis @ self.basis.T).reshape(self.displacements.shape))


def class_name(primary: Sequence[str], group: int) -> str:
    """Name of a class."""
    return f"{' '.join(primary)} ({group})" if primary else "symmetric"


def sort_classes(family: Members, fewest: int = FEWEST) -> tuple[tuple[FamilyClass, ...], tuple[str, ...]]:
    """Classes with enough members, largest first, and the class (or `OTHER`) of every member.

    Raises
    ------
    InputError
        If fewer than two classes, or one of them alone, have enough members.
    """
    keys: dict[tuple[tuple[str, ...], tuple[int, int]], list[int]] = {}
    for place, member in enumerate(family.members):
        keys.setdefault((member.primary, member.group), []).append(place)
    formulas = {key: len({family.members[i].species for i in places}) for key, places in keys.items()}
    made = []
    for key, places in sorted(keys.items(), key=lambda item: (-len(item[1]), item[0])):
        primary, (group, index) = key
        enough = formulas[key] >= (fewest if primary else FEWEST_SYMMETRIC)
        if enough and (not primary or all(family.members[i].parts for i in places)):
            one = _make(family, primary, group, index, np.array(places))
            if is_distinct(family.cell, one):
                made.append(one)
    if len(made) < 2:
        largest = sorted(formulas.values(), reverse=True)[:4]
        raise InputError(
            f"Training needs at least two classes of {fewest} formulas each; the largest here have "
            f"{', '.join(map(str, largest))}.",
            "Give more pairs of this family, or a smaller --fewest.",
        )
    labels = np.array([OTHER] * len(family.members), dtype=object)
    for c in made:
        labels[c.members] = c.name
    return tuple(made), tuple(map(str, labels))


def _make(family: Members, primary: tuple[str, ...], group: int, index: int, places: IntArray) -> FamilyClass:
    cell = family.cell
    if not primary:
        return _symmetric(family, places)
    reference = family.members[int(places[0])]
    operations = stabiliser(cell, [reference.parts[n] for n in sorted(reference.parts)], reference.strain)
    aligned = [align(cell, family.members[int(i)], reference) for i in places]
    displacements = averaged(cell, operations, np.array([u for u, _ in aligned]))
    strain = averaged_strain(cell, operations, np.array([e for _, e in aligned]))
    basis, irrep = _basis(cell, operations, family.members, places, primary, reference)
    signs = np.sign((displacements.reshape(len(places), -1) @ basis).mean(axis=0))
    basis = basis * np.where(signs == 0, 1.0, signs)
    mean = (basis @ (basis.T @ displacements.reshape(len(places), -1).mean(axis=0))).reshape(-1, 3)
    return FamilyClass(
        class_name(primary, group),
        primary,
        group,
        index,
        operations,
        basis,
        irrep,
        places,
        displacements,
        strain,
        glazer_symbol(cell, mean / reference.edge) or reference.glazer,
    )


def is_distinct(cell: CommonCell, one: FamilyClass) -> bool:
    """Whether all operations outside the class's group change its mean by `DISTINCT`, half of its members by half."""
    outside = np.ones(len(cell.group[0]), dtype=bool)
    outside[one.operations] = False
    if not outside.any():
        return True
    step = max(1, len(one.members) // EXAMINED)
    fields = [one.displacements.mean(axis=0), *one.displacements[::step]]
    change = [np.linalg.norm((cell.images(f) - f)[outside], axis=2).max(axis=1).min() for f in fields]
    return bool(change[0] > DISTINCT and np.median(change[1:]) > DISTINCT / 2)


def _symmetric(family: Members, places: IntArray) -> FamilyClass:
    cell = family.cell
    everything = np.arange(len(cell.group[0]))
    fields = averaged(cell, everything, np.array([family.members[int(i)].displacements for i in places]))
    strain = np.zeros((len(places), 3, 3))
    none = np.zeros((cell.n_atoms * 3, 0))
    return FamilyClass("symmetric", (), cell.number, 1, everything, none, np.zeros(0, int), places, fields, strain)


def stabiliser(cell: CommonCell, fields: Sequence[FloatArray], strain: FloatArray | None = None) -> IntArray:
    """Operations of the common cell that keep all fields (n, 3), and a strain (3, 3) if given."""
    keeps = np.ones(len(cell.group[0]), dtype=bool)
    for field in fields:
        scale = float(np.linalg.norm(field))
        keeps &= np.linalg.norm((cell.images(field) - field).reshape(len(keeps), -1), axis=1) < KEPT * scale + 1e-9
    if strain is not None and not fields:
        turned = cell.group[0] @ strain @ cell.group[0].transpose(0, 2, 1)
        keeps &= np.abs(turned - strain).max(axis=(1, 2)) < 1e-3
    return np.flatnonzero(keeps)


def align(cell: CommonCell, member: Member, reference: Member) -> tuple[FloatArray, FloatArray]:
    """Displacements and strain of a member in the reference's domain."""
    score = np.zeros(len(cell.group[0]))
    for name, field in member.parts.items():
        other = reference.parts[name]
        norm = float(np.linalg.norm(field) * np.linalg.norm(other))
        score += np.einsum("gni,ni->g", cell.images(field), other) / max(norm, 1e-12)
    best = int(np.argmax(score > score.max() - 1e-6))
    rotation = cell.group[0][best]
    return cell.images(member.displacements)[best], rotation @ member.strain @ rotation.T


def averaged(cell: CommonCell, operations: IntArray, fields: FloatArray) -> FloatArray:
    """Fields (m, n, 3) averaged over operations of the common cell, mean removed."""
    rotations, permutations = cell.group
    total = np.zeros_like(fields)
    for g in operations:
        total[:, permutations[g]] += fields @ rotations[g].T
    total /= len(operations)
    return np.asarray(total - total.mean(axis=1, keepdims=True))


def averaged_strain(cell: CommonCell, operations: IntArray, strain: FloatArray) -> FloatArray:
    """Strains (m, 3, 3) averaged over operations of the common cell."""
    rotations = cell.group[0][operations]
    return np.asarray(np.einsum("gij,mjk,glk->mil", rotations, strain, rotations) / len(operations))


def _basis(
    cell: CommonCell,
    operations: IntArray,
    members: Sequence[Member],
    places: IntArray,
    primary: Sequence[str],
    reference: Member,
) -> tuple[FloatArray, IntArray]:
    """Directions of each primary irrep that the members show: the span of their fields in the canonical domain."""
    columns, owner = [], []
    for number, name in enumerate(primary):
        if name not in reference.parts:
            continue
        held = [members[int(i)] for i in places]
        fields = [align(cell, replace(m, displacements=m.parts[name]), reference)[0] for m in held]
        flat = averaged(cell, operations, np.array(fields)).reshape(len(places), -1)
        _, values, vectors = np.linalg.svd(flat, full_matrices=False)
        # directions below a hundredth of the largest are what averaging leaves of another domain's rounding
        kept = vectors[values > 1e-2 * values[0]]
        columns.append(kept)
        owner += [number] * len(kept)
    basis = np.concatenate(columns).T
    orthonormal, _ = np.linalg.qr(basis)
    signs = np.sign(np.einsum("ik,ik->k", orthonormal, basis))
    return np.asarray(orthonormal * signs), np.array(owner, dtype=np.int64)
