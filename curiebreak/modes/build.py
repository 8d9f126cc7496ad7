"""``distort``: a child from irreps, directions and amplitudes, in the smallest supercell.

The displacement field is ``u = sum_a eta_a f_a`` with the real basis functions of
:mod:`curiebreak.symmetry.real_basis`; the length of eta is the amplitude over the child's primitive
cell (As). A rigid translation of the whole crystal is no distortion: it is taken out of the basis
functions of polar irreps before they are scaled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curiebreak.errors import InputError, InternalError
from curiebreak.fields import representation, strain_representation, strain_tensor, strain_vector
from curiebreak.modes.analysis import single_site
from curiebreak.modes.built import BuiltChild, BuiltMode
from curiebreak.modes.lookup import find_irrep
from curiebreak.modes.terms import Term, order_parameter, parse_term
from curiebreak.structures import Structure, read_structure, structure_from_arrays
from curiebreak.structures.spacegroup import niggli_cell
from curiebreak.symmetry.bloch import BlochSpace, bloch_space
from curiebreak.symmetry.isotropy import Active, Isotropy
from curiebreak.symmetry.isotypic import Irrep, StandardOperations, decompose_field, irreps_on
from curiebreak.symmetry.parent import ParentCrystal, parent_crystal
from curiebreak.symmetry.real_basis import real_basis
from curiebreak.symmetry.sublattices import periodic_cell, residues

FloatArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]
IntArray = NDArray[np.int64]

LARGEST_CHILD = 5000
"""Atoms; a larger child is refused."""

SMALLEST_PART = 1e-6
"""Squared length of a basis function that is left when the rigid translation is taken out."""

_STRAIN_SILENT = 1e-10


@dataclass(frozen=True, eq=False)
class Wanted:
    """One irrep, on one site, with its order parameter (dim,) in Å over the child's cell (As)."""

    irrep: Irrep
    site: str | None
    copy: int
    components: FloatArray
    text: str


def distort(
    parent: Any,
    terms: Sequence[str],
    *,
    amplitude: str = "As",
    strain: str | Sequence[str] | FloatArray | None = None,
    symprec: float | None = None,
) -> BuiltChild:
    """Build a child from irreps of the parent.

    Parameters
    ----------
    parent : path, pymatgen Structure, ASE Atoms, Structure or ParentCrystal
    terms : sequence of str
        ``R4+(0,b,b)=0.9``: direction with letters or numbers, any domain, ``,`` or ``;``; one amplitude in
        Å, or one for each letter (``=a:0.3,b:0.9``). ``X5+[O](…)`` picks the site that moves and
        ``X5+[O:2](…)`` its second copy; by default the first site of the parent that has the irrep.
        ``DT5@0,1/4,0(…)`` gives the wave vector of a line, plane or general k.
    amplitude : {"As", "Ap"}
        Whether numbers count over the child's primitive cell or per primitive cell of the parent.
    strain : str, sequence of str or ndarray (3, 3), optional
        Six numbers ``xx,yy,zz,yz,xz,xy`` (tensor, Cartesian, frame of the parent), irrep terms such as
        ``GM3+(a,0)=0.02``, or the tensor ``U - 1``.
    symprec : float, optional
        Å, for the parent's symmetry.

    Returns
    -------
    BuiltChild

    Raises
    ------
    InputError
        For terms that do not fit the parent.
    """
    crystal = parent if isinstance(parent, ParentCrystal) else parent_crystal(read_structure(parent), symprec)
    if amplitude not in ("As", "Ap"):
        raise InputError(f"There is no amplitude {amplitude!r}.", "Use As (child's cell) or Ap (parent's cell).")
    parsed = [parse_term(text) for text in terms]
    irreps = [find_irrep(crystal, term.label, term.kpoint) for term in parsed]
    shapes = [order_parameter(term, irrep.dim) for term, irrep in zip(parsed, irreps, strict=True)]
    size = len(space_of(crystal, irreps, shapes).kpoints)
    scale = float(np.sqrt(size)) if amplitude == "Ap" else 1.0
    wanted = [
        Wanted(irrep, term.site, term.copy, scale * shape, term.text)
        for irrep, term, shape in zip(irreps, parsed, shapes, strict=True)
    ]
    return build_child(crystal, wanted, strain_of(crystal, strain))


def build_child(parent: ParentCrystal, wanted: Sequence[Wanted], strain: FloatArray) -> BuiltChild:
    """Build a child from order parameters (the numbers behind :func:`distort`).

    Parameters
    ----------
    parent : ParentCrystal
    wanted : sequence of Wanted
    strain : ndarray (3, 3)
        ``U - 1``, Cartesian.

    Raises
    ------
    InputError
        If a site has no such irrep, or nothing but a translation is asked for.
    """
    space = space_of(parent, [w.irrep for w in wanted], [w.components for w in wanted])
    modes = _displacement_modes(space, wanted)
    modes += strain_modes(parent, strain)
    total = sum((m.values for m in modes if m.kind == "displacement"), _zero(space))
    return _assembled(space, modes, total, strain)


def space_of(parent: ParentCrystal, irreps: Sequence[Irrep], components: Sequence[FloatArray]) -> BlochSpace:
    """Wave vectors of the smallest supercell on which the non-zero arms are periodic.

    Raises
    ------
    InputError
        If that cell is too large.
    """
    kpoints = [np.zeros((1, 3))]
    for irrep, eta in zip(irreps, components, strict=True):
        arms = StandardOperations(parent).to_primitive_kpoint(irrep.arms)
        active = np.abs(eta.reshape(len(arms), -1)).max(axis=1) > 0
        kpoints.append(arms[active])
    return bloch_space(parent, commensurate_cell(parent, np.concatenate(kpoints)))


def commensurate_cell(parent: ParentCrystal, kpoints: FloatArray) -> IntArray:
    """Niggli-reduced smallest cell (3, 3) with ``k . t`` whole for all `kpoints` (m, 3), primitive fractions.

    Raises
    ------
    InputError
        If the wave vectors have large denominators.
    """
    if parent.lattice is None:
        return np.eye(3, dtype=np.int64)
    cell = periodic_cell(kpoints)
    if abs(np.linalg.det(cell)) * len(parent.species) > LARGEST_CHILD:
        raise InputError(
            f"The child would have more than {LARGEST_CHILD} atoms.", "Choose simpler wave vectors or directions."
        )
    reduced = niggli_cell(np.asarray(cell @ parent.lattice))
    if reduced is not None:
        cell = np.round(reduced @ np.linalg.inv(parent.lattice)).astype(np.int64)
    return cell if np.linalg.det(cell) > 0 else -cell


def _zero(space: BlochSpace) -> ComplexArray:
    return np.zeros((space.size, len(space.parent.species), 3), dtype=complex)


def _displacement_modes(space: BlochSpace, wanted: Sequence[Wanted]) -> list[BuiltMode]:
    """One mode per irrep, its copies added up."""
    grouped: dict[tuple[str, Any], list[tuple[Wanted, str, ComplexArray]]] = {}
    for one in wanted:
        site, functions = _chosen_copy(space, one)
        field = np.einsum("a,aspd->spd", one.components, functions)
        grouped.setdefault((one.irrep.label, one.irrep.kpoint), []).append((one, site, field))
    modes = []
    for members in grouped.values():
        if not any(np.abs(one.components).max(initial=0.0) > 0 for one, _, _ in members):
            continue
        modes.append(
            BuiltMode(
                irrep=members[0][0].irrep,
                kind="displacement",
                copies=np.array([one.components for one, _, _ in members]),
                sites=tuple(site for _, site, _ in members),
                values=np.asarray(sum((f for _, _, f in members), _zero(space))),
            )
        )
    return modes


def _chosen_copy(space: BlochSpace, one: Wanted) -> tuple[str, ComplexArray]:
    """Name of the site and basis functions (dim, s, n_p, 3) of the copy that is asked for."""
    names = space.parent.site_names
    found = copies_of(space, one.irrep)
    available = ", ".join(f"{name} ({len(copies)})" for name, copies in found.items() if copies)
    if not available:
        raise InputError(
            f"{one.irrep.label} is not among the displacements of {_name(space.parent)}.",
            "`curiebreak irreps` lists what is.",
        )
    if one.site is not None and one.site not in names:
        raise InputError(f"The parent has no site {one.site!r}.", f"It has {', '.join(names)}.")
    site = one.site or next(name for name, copies in found.items() if copies)
    if one.copy > len(found[site]):
        raise InputError(
            f"Site {site} has {len(found[site])} copies of {one.irrep.label}, not {one.copy}.",
            f"Sites with copies: {available}.",
        )
    return site, found[site][one.copy - 1]


def copies_of(space: BlochSpace, irrep: Irrep) -> dict[str, list[ComplexArray]]:
    """Real basis functions (dim, s, n_p, 3) of an irrep by parent site, one entry per copy.

    The rigid translation is taken out and the rest is scaled to length 1; a copy that is nothing
    but the translation is left out.
    """
    parent = space.parent
    basis = real_basis(space, representation(1, "o", parent.rotations_cartesian), irrep)
    found: dict[str, list[ComplexArray]] = {name: [] for name in parent.site_names}
    for functions, orbit in zip(basis.functions, basis.orbits, strict=True):
        free = functions.copy()
        free[:, 0] -= free[:, 0].mean(axis=1, keepdims=True)
        squares = (np.abs(free) ** 2).sum(axis=(1, 2, 3))
        if squares.max() > SMALLEST_PART:
            found[parent.site_names[orbit]].append(free / np.sqrt(squares.max()))
    return found


def _name(parent: ParentCrystal) -> str:
    return parent.structure.path or parent.structure.formula


def strain_of(parent: ParentCrystal, strain: str | Sequence[str] | FloatArray | None) -> FloatArray:
    """Strain tensor (3, 3) from numbers, irrep terms or a tensor.

    Raises
    ------
    InputError
        For text that is neither, for molecules, and for strains that turn the cell inside out.
    """
    if strain is None or (isinstance(strain, Sequence) and not len(strain)):
        return np.zeros((3, 3))
    if parent.is_molecule:
        raise InputError("A molecule has no strain.", "Leave out --strain.")
    if isinstance(strain, np.ndarray):
        tensor = (strain + strain.T) / 2
    else:
        texts = [strain] if isinstance(strain, str) else list(strain)
        tensor = np.sum([_strain_part(parent, text) for text in texts], axis=0)
    if np.linalg.eigvalsh(np.eye(3) + tensor).min() <= 0.1 or not np.isfinite(tensor).all():
        raise InputError("The strain is too large to leave a cell.", "Strain has no unit: 0.01 is one percent.")
    return np.asarray(tensor, dtype=float)


def _strain_part(parent: ParentCrystal, text: str) -> FloatArray:
    if any(sign in text for sign in "()="):
        return _strain_irrep(parent, parse_term(text))
    try:
        numbers = [float(part) for part in text.replace(";", ",").split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != 6:
        raise InputError(
            f"{text!r} is no strain.", "Give xx,yy,zz,yz,xz,xy as six numbers, or a term such as GM3+(a,0)=0.02."
        )
    xx, yy, zz, yz, xz, xy = numbers
    return np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])


def _strain_irrep(parent: ParentCrystal, term: Term) -> FloatArray:
    irrep = find_irrep(parent, term.label, term.kpoint)
    space, matrices = strain_field(parent)
    basis = None if np.abs(irrep.arms).max() > 1e-9 else real_basis(space, matrices, irrep)
    if basis is None or len(basis.orbits) < term.copy:
        count = 0 if basis is None else len(basis.orbits)
        raise InputError(
            f"The strain has {count} copies of {irrep.label}, not {term.copy}.",
            "Only irreps at GM that turn like products of two vectors are strains.",
        )
    eta = order_parameter(term, irrep.dim)
    return strain_tensor(np.einsum("a,aspd->d", eta, basis.functions[term.copy - 1]).real)


def strain_field(parent: ParentCrystal) -> tuple[BlochSpace, FloatArray]:
    """The one-site space that a strain lives in and how its six components turn."""
    space = bloch_space(single_site(parent), np.eye(3, dtype=np.int64))
    return space, strain_representation(parent.rotations_cartesian)


def strain_modes(parent: ParentCrystal, strain: FloatArray) -> list[BuiltMode]:
    """The irreps that a strain tensor holds."""
    if parent.is_molecule or not np.abs(strain).max() > _STRAIN_SILENT:
        return []
    space, matrices = strain_field(parent)
    values = strain_vector(strain).reshape(1, 1, 6).astype(complex)
    modes = []
    for part in decompose_field(space, values, matrices, irreps_on(space)):
        if part.squared > _STRAIN_SILENT**2:
            functions = real_basis(space, matrices, part.irrep).functions
            copies = np.einsum("naspd,spd->na", functions.conj(), part.values).real
            modes.append(BuiltMode(part.irrep, "strain", copies, ("cell",) * len(copies), part.values))
    return modes


def _assembled(
    space: BlochSpace, modes: Sequence[BuiltMode], total: ComplexArray, strain: FloatArray
) -> BuiltChild:
    parent = space.parent
    vectors = residues(space.hnf)
    site = np.repeat(np.arange(len(parent.species)), len(vectors))
    cell_index = np.tile(vectors, (len(parent.species), 1))
    displacements = space.to_atoms(total, site, cell_index)
    if np.abs(displacements.mean(axis=0)).max() > 1e-9:
        raise InternalError("the built distortion holds a rigid translation")
    return BuiltChild(
        parent=parent,
        structure=_structure(space, site, cell_index, displacements, strain),
        cell=space.cell,
        site=site,
        cell_index=cell_index,
        displacements=displacements,
        strain=strain,
        modes=tuple(modes),
        space=space,
        isotropy=_isotropy(space, modes),
    )


def _structure(
    space: BlochSpace, site: IntArray, cell_index: IntArray, displacements: FloatArray, strain: FloatArray
) -> Structure:
    """The child: fractions are those of the strainless cell, the axes are strained."""
    parent = space.parent
    contents: dict[str, Mapping[str, float]] = dict(
        zip(parent.structure.species, parent.structure.occupancies, strict=False)
    )
    species = [dict(contents.get(parent.species[i], {parent.species[i]: 1.0})) for i in site]
    if parent.lattice is None:
        return structure_from_arrays(None, species, parent.frac[site] + displacements + parent.centre)
    lattice = space.cell @ parent.lattice
    positions = (parent.frac[site] + cell_index) @ parent.lattice + displacements
    frac = positions @ np.linalg.inv(lattice)
    return structure_from_arrays(lattice @ (np.eye(3) + strain), species, frac - np.floor(frac + 1e-9))


def _isotropy(space: BlochSpace, modes: Sequence[BuiltMode]) -> Isotropy:
    """Exact stabilisers, from the overlaps of each irrep with its images."""
    rotations = space.parent.rotations_cartesian
    polar = representation(1, "o", rotations)
    active = []
    for mode in modes:
        if mode.kind == "strain":
            where, matrices = strain_field(space.parent)
        else:
            where, matrices = space, polar
        overlaps = where.overlaps(mode.values[None], matrices)[0]
        shape = (len(rotations), space.size)
        active.append(Active(mode.label, mode.kind, mode.squared, np.broadcast_to(overlaps, shape)))
    return Isotropy(space, active, any(m.kind == "strain" for m in modes))
