"""Fixed linear maps from the displacements and the strain of a frame to everything that is recorded.

Amplitudes are parent-normalised: ``Ap = <e, u> / sqrt(s)`` with unit mode vectors e on the cell of the frames, so
they do not depend on its size. The components of an order parameter are those of the tabulated irrep
matrices in the one domain that the reference fixed; nothing is turned into a canonical domain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from curiebreak.arrays import FloatArray, nearest_image
from curiebreak.errors import InputError
from curiebreak.fields import representation, strain_representation, strain_vector
from curiebreak.modes.available import count_irrep
from curiebreak.modes.lookup import meant
from curiebreak.modes.site_modes import SiteParts, displacement_parts
from curiebreak.modes.tilts import OctahedralNet, octahedral_net, wave_vector
from curiebreak.symmetry.bloch import BlochSpace, bloch_space, single_site
from curiebreak.symmetry.images import image_group
from curiebreak.symmetry.irrep_names import IrrepNames, split_name
from curiebreak.symmetry.isotypic import Irrep, irreps_on
from curiebreak.symmetry.parent import ParentCrystal
from curiebreak.symmetry.real_basis import real_basis
from curiebreak.tracking.phonon_columns import PhononModes
from curiebreak.tracking.template import Template

LARGEST = 4e8
"""Numbers in the table of mode vectors; more need too much memory."""

_SILENT = 1e-9


@dataclass(frozen=True, eq=False)
class Tracked:
    """One irrep that is followed.

    Attributes
    ----------
    irrep : Irrep
    label : str
        Of the irrep, with ``@k`` where several stars of the cell share it.
    copies : tuple of str
        Name of each copy: its site and site irrep, empty for strain with one copy.
    components : tuple of int
        Which components of the irrep the cell holds, from 0.
    rows : ndarray (m, c, width)
        Linear functional of each copy and component.
    """

    irrep: Irrep
    label: str
    copies: tuple[str, ...]
    components: tuple[int, ...]
    rows: FloatArray

    def names(self) -> list[str]:
        """Columns of the modes, copies first."""
        return [f"{self.label}{copy}({i + 1})" for copy in self.copies for i in self.components]

    def component_names(self) -> list[str]:
        """Columns of the order parameter's components."""
        return [f"{self.label}({i + 1})" for i in self.components]

    def own_names(self) -> list[str]:
        """Columns that hold every number with its sign: those of the modes where there are several copies."""
        return self.names() if len(self.copies) > 1 else self.component_names()


@dataclass(frozen=True, eq=False)
class Projector:
    """What is computed of every frame.

    Attributes
    ----------
    irreps : tuple of Tracked
        Displacements; widths 3 n.
    strains : tuple of Tracked
        Widths 6.
    tilts : ndarray (6, 3 n) or None
        Tangents of in-phase and antiphase tilts about x, y, z; rows of tilts that the cell cannot hold are zero.
    left_out : tuple of str
        Labels of irreps that displacements on the cell hold and that are not followed.
    phonons : PhononModes or None
        Of the irreps, where forces are given.
    """

    irreps: tuple[Tracked, ...]
    strains: tuple[Tracked, ...]
    tilts: FloatArray | None
    left_out: tuple[str, ...]
    phonons: PhononModes | None = None

    def images(self, parent_space: BlochSpace) -> dict[str, FloatArray]:
        """Image group (g, dim, dim) of each followed irrep at a special k."""
        return {t.label: image_group(parent_space.parent, t.irrep) for t in self.irreps if t.irrep.kind == "special"}


def make_projector(template: Template, wanted: Sequence[str] = ()) -> tuple[Projector, BlochSpace]:
    """Mode vectors of the template's cell.

    Parameters
    ----------
    template : Template
    wanted : sequence of str
        Labels to follow; ``all`` for every irrep on the cell; by default those at special k.

    Raises
    ------
    InputError
        If the cell has no such irrep, or the cell is too large.
    """
    space = bloch_space(template.parent, template.basis)
    available = irreps_on(space)
    chosen = _chosen(template.parent, available, wanted)
    width = 3 * len(template.site)
    if width * sum(i.dim for i in chosen) * len(template.parent.species) > LARGEST:
        raise InputError(
            f"All modes of {len(template.site)} atoms are too many to follow.", "Choose some with --irreps R4+,M3+."
        )
    parts = displacement_parts(template.parent)
    polar = representation(1, "o", template.parent.rotations_cartesian)
    followed = [_displacements(template, space, polar, irrep, parts) for irrep in chosen]
    irreps = _told_apart([t for t in followed if t.components])
    held = [t.irrep for t in irreps]
    for text in wanted:
        if text != "all" and not _named(template.parent, held, text):
            raise InputError(
                f"The displacements on this cell hold no irrep {text}.", f"They hold {_labels(available)}."
            )
    net = octahedral_net(template.parent)
    tilts = None if net is None else _tilts(template, space, net)
    left_out = _left_out(template.parent, [i for i in available if i not in chosen])
    return Projector(irreps, _strains(template), tilts, left_out), space


def _left_out(parent: ParentCrystal, others: Sequence[Irrep]) -> tuple[str, ...]:
    """Of irreps that are not followed those that displacements hold."""
    return tuple(i.label for i in others if count_irrep(parent, i).multiplicity)


def _labels(irreps: Sequence[Irrep]) -> str:
    labels = list(dict.fromkeys(i.label for i in irreps))
    return ", ".join(labels[:40]) + (" ..." if len(labels) > 40 else "")


def _chosen(parent: ParentCrystal, available: Sequence[Irrep], wanted: Sequence[str]) -> list[Irrep]:
    if "all" in wanted:
        return list(available)
    if wanted:
        chosen = [irrep for text in wanted for irrep in _named(parent, available, text)]
        return [irrep for irrep in available if irrep in chosen]
    return [irrep for irrep in available if irrep.kind == "special"]


def _named(parent: ParentCrystal, available: Sequence[Irrep], text: str) -> list[Irrep]:
    """The irrep that is meant; a bare label means all of its stars."""
    label, wave = split_name(text)
    if wave is None:
        return [irrep for irrep in available if irrep.label == label]
    one = meant(parent, available, text)
    return [] if one is None else [one]


def _displacements(template: Template, space: BlochSpace, polar: FloatArray, irrep: Irrep, parts: SiteParts) -> Tracked:
    basis = real_basis(space, polar, irrep, parts.projectors)
    vectors = [
        [space.to_atoms(field, template.site, template.cell_index).ravel() for field in copy]
        for copy in basis.functions
    ]
    rows = np.array(vectors).reshape(len(basis.orbits), irrep.dim, 3 * len(template.site))
    names = _numbered([parts.names[owner] for owner in basis.orbits.tolist()])
    return _held(irrep, names, rows / np.sqrt(template.size))


def _told_apart(followed: Sequence[Tracked]) -> tuple[Tracked, ...]:
    """Labels with their wave vectors where several stars share one."""
    names = IrrepNames(t.irrep for t in followed)
    return tuple(replace(t, label=names.of(t.irrep)) for t in followed)


def _numbered(names: Sequence[str]) -> tuple[str, ...]:
    """Names of copies, those that share a part numbered."""
    seen: dict[str, int] = {}
    found = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        found.append(f"{name}_{seen[name]}" if names.count(name) > 1 else name)
    return tuple(found)


def _held(irrep: Irrep, names: tuple[str, ...], rows: FloatArray) -> Tracked:
    """Only the components whose arm is periodic on the cell."""
    if not len(rows):
        return Tracked(irrep, irrep.label, (), (), rows)
    components = tuple(map(int, np.flatnonzero(np.abs(rows).max(axis=(0, 2)) > _SILENT)))
    return Tracked(irrep, irrep.label, names, components, rows[:, list(components)])


def _strains(template: Template) -> tuple[Tracked, ...]:
    parent = template.parent
    space = bloch_space(single_site(parent), np.eye(3, dtype=np.int64))
    matrices = strain_representation(parent.rotations_cartesian)
    found = []
    for irrep in irreps_on(space):
        basis = real_basis(space, matrices, irrep)
        if len(basis.orbits):
            names = _numbered(["[strain]"] * len(basis.orbits))
            found.append(_held(irrep, names, basis.functions.reshape(len(names), irrep.dim, 6).real))
    return tuple(found)


def _tilts(template: Template, space: BlochSpace, net: OctahedralNet) -> FloatArray:
    """Functionals (6, 3 n): tangent of the rotation of the octahedra about x, y, z, in phase, then antiphase.

    ``sum_corners axis . (r x u) exp(2 pi i k.n)`` as in
    :func:`curiebreak.modes.tilts.octahedral_rotation`, seen from the octahedron whose centre lies in cell 0.
    """
    rows = np.zeros((6, len(template.site), 3))
    for phase, in_phase in enumerate((True, False)):
        for axis in range(3):
            wave = wave_vector(template.parent, net, axis, in_phase)
            rest = space.kpoints - wave
            if np.abs(nearest_image(rest)).max(axis=1).min() > 1e-5:
                continue
            for atom, shift, r in net.corners:
                own = np.flatnonzero(template.site == atom)
                signs = np.cos(2 * np.pi * ((template.cell_index[own] - shift) @ wave))
                lever = np.cross(net.axes[axis], r / np.linalg.norm(r))
                rows[3 * phase + axis, own] += signs[:, None] * lever
    return np.asarray(rows.reshape(6, -1) / (2 * net.edge * template.size))


def strain_numbers(strain: FloatArray) -> FloatArray:
    """The strain as the vector (6,) that strain irreps act on."""
    return np.asarray(strain_vector(strain))
