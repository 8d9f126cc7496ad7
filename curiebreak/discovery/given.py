"""Given inputs: from what a user writes to fields on the atoms, in the child's own domain.

An irrep without a direction takes the direction of the child's own component. A stated direction holds in
any domain: all stated ones are turned together by one operation of the parent, the one that leaves the
lowest floor, and letters take the values that the child's component has along them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import starmap

import numpy as np

from curiebreak.arrays import BoolArray, FloatArray, common
from curiebreak.discovery.given_text import GivenText, parse_given
from curiebreak.discovery.posing import parse_sites
from curiebreak.discovery.projection import NEGLIGIBLE, InputCell, ProjectedPart, first_components
from curiebreak.discovery.synthesis import field_on, principal_rows
from curiebreak.errors import InputError
from curiebreak.fields import usual_components
from curiebreak.learning.breaking import GLOBAL, Carrier
from curiebreak.learning.orbits import even_kinds, parity_letter
from curiebreak.modes.analysis import Analysis
from curiebreak.modes.lookup import find_irrep, meant
from curiebreak.symmetry.direction_text import parse_direction
from curiebreak.symmetry.images import translation_representatives
from curiebreak.symmetry.irrep_names import AT, full_name, key_of
from curiebreak.symmetry.isotypic import Irrep, StandardOperations, irreps_on
from curiebreak.symmetry.sublattices import match_vectors

_LETTERS = (1.0, 0.63, 0.41, 0.29, 0.17, 0.11)
"""Values of letters where the child has no component along a stated direction."""

_LMAX = 6
"""Carriers are looked for up to this l."""


@dataclass(frozen=True, eq=False)
class StatedInput:
    """One given input, ready for the network.

    Attributes
    ----------
    name : str
        Label of the irrep, or the harmonic; the whole text where two would have the same name.
    text : str
        As it was written.
    carrier : Carrier
    field : ndarray (n, 2l+1) or (2l+1,)
    parts : list of ProjectedPart
        What it holds, by projecting it; parts that break nothing are left out.
    """

    name: str
    text: str
    carrier: Carrier
    field: FloatArray
    parts: list[ProjectedPart]

    @property
    def shown(self) -> dict[str, float]:
        """Value by m (usual convention) on the first atom that carries it."""
        return first_components(self.carrier, np.atleast_2d(self.field))


@dataclass(frozen=True, eq=False)
class _Stated:
    """An irrep with its order parameters: rows (r, dim), or letters (f, dim) still to be placed."""

    given: GivenText
    irrep: Irrep
    carrier: Carrier
    own: FloatArray
    letters: FloatArray | None


@dataclass(frozen=True, eq=False)
class InputReader:
    """Given inputs of one pair: from what a user writes to fields in the child's own domain."""

    analysis: Analysis

    def read(self, texts: Sequence[str]) -> list[StatedInput]:
        """Read and build all given inputs.

        Raises
        ------
        InputError
            For unknown irreps, sites or directions; for an input that is given twice; for an irrep that the child
            does not hold, given without a direction; for a wave vector that is not periodic on the child's cell.
        """
        parsed = [parse_given(text) for text in texts]
        self._refuse_odd(parsed)
        stated = {i: self._stated(given) for i, given in enumerate(parsed) if given.label is not None}
        rows = dict(zip(stated, self._placed(list(stated.values())), strict=True))
        found: list[StatedInput] = []
        for number, given in enumerate(parsed):
            if number in stated:
                name, carrier, field = self._irrep_field(stated[number], rows[number])
            else:
                carrier, field = self._harmonic(given)
                name = re.split(r"[@\[]", given.text)[0]
            for one in found:
                if one.carrier == carrier and _parallel(one.field, field):
                    raise InputError(f"{given.text!r} is an input that {one.text!r} gives already.", "Give it once.")
            found.append(StatedInput(name, given.text, carrier, field, self.breaking_parts({carrier: field})))
        names = [g.name for g in found]
        return [replace(g, name=g.text) if names.count(g.name) > 1 else g for g in found]

    def _refuse_odd(self, parsed: Sequence[GivenText]) -> None:
        """Refuse inputs odd under time reversal where all that is to be explained is even."""
        odd = next((given for given in parsed if given.time < 0), None)
        if odd is not None and not self.analysis.grey:
            what = "a harmonic that time reversal turns round" if odd.label is None else "an irrep of moments"
            raise InputError(
                f"{odd.text!r} is {what}, but nothing that is to be explained is odd under time reversal.",
                "Give the child as a magnetic CIF, or such a field with --target.",
            )

    def _irrep_field(self, known: _Stated, rows: FloatArray) -> tuple[str, Carrier, FloatArray]:
        """Name, carrier and field of an irrep with these order parameters (r, dim)."""
        field = field_on(self.analysis, known.irrep, known.carrier, rows)
        if field is None:
            raise _no_arm(known.given)
        return self.analysis.name_of(known.irrep, known.carrier.time < 0), known.carrier, field

    def breaking_parts(self, inputs: dict[Carrier, FloatArray]) -> list[ProjectedPart]:
        """Irreps of an input but for what every operation of the parent keeps."""
        parts = InputCell(self.analysis).project(inputs)
        total = sum(p.squared for p in parts)
        return [p for p in parts if p.squared - p.overlaps.min() > NEGLIGIBLE * total]

    def _harmonic(self, given: GivenText) -> tuple[Carrier, FloatArray]:
        """The same harmonics (usual convention, axes of the parent's file) on the cell or on every atom of a site."""
        site = self._site(given)
        degree, parity = int(given.degree or 0), int(given.parity or 1)
        wanted = np.zeros(2 * degree + 1)
        wanted[[m + degree for m in given.orders]] = 1.0
        usual = usual_components(degree, np.eye(2 * degree + 1))
        values = np.linalg.solve(usual.T, wanted)
        carrier = Carrier(site, degree, parity, given.time)
        if site == GLOBAL:
            return carrier, np.asarray(values, dtype=np.float64)
        field = np.zeros((len(self.analysis.group.field.site), len(values)))
        field[self.analysis.group.field.on_site(site)] = values
        return carrier, np.asarray(field, dtype=np.float64)

    def _site(self, given: GivenText) -> str:
        """The one site orbit (or ``global``) that is meant."""
        sites = parse_sites(self.analysis.parent, str(given.site)) or ()
        if len(sites) != 1:
            raise InputError(
                f"{given.text!r} names {len(sites)} sites of the parent, not one.",
                f"Its sites are {', '.join(self.analysis.parent.site_names)}; `global` is understood too.",
            )
        return sites[0]

    def _stated(self, given: GivenText) -> _Stated:
        irrep, odd = self._irrep(given), given.time < 0
        name = self.analysis.name_of(irrep, odd)
        mode = self.analysis.mode_of_any_kind(name)
        own = np.zeros((0, irrep.dim)) if mode is None else mode.copies
        if given.direction is None and not len(own):
            raise InputError(
                f"The child holds no {name}, so {given.text!r} has no direction.",
                f"State one of {irrep.dim} components, such as {name}({_example(irrep.dim)}).",
            )
        letters = None if given.direction is None else parse_direction(given.direction, irrep.dim)
        return _Stated(given, irrep, self._carrier(given, irrep), own, letters)

    def _irrep(self, given: GivenText) -> Irrep:
        odd = given.time < 0
        label = str(given.label).removeprefix("m")
        text = label if given.kpoint is None else f"{label}{AT}{given.kpoint}"
        modes = [mode for mode in self.analysis.modes if mode.odd == odd]
        every = [mode.irrep for mode in modes]
        held = [mode.irrep for mode in modes if not mode.noise]
        on_cell = irreps_on(self.analysis.space)
        for irreps in (held, every, on_cell):
            found = meant(self.analysis.parent, irreps, text)
            if found is not None:
                return found
        known = find_irrep(self.analysis.parent, label, given.kpoint)
        found = next((i for i in on_cell if key_of(i) == key_of(known)), None)
        if found is None:
            raise InputError(
                f"{full_name(known)} has a wave vector that is not periodic on the child's cell.",
                "It cannot take part in making this child.",
            )
        return found

    def _carrier(self, given: GivenText, irrep: Irrep) -> Carrier:
        """The stated carrier, or the lowest one that holds the irrep.

        The whole cell comes first for molecules; pseudoscalars are taken only where they are asked for.
        """
        kinds = [kind for kind in even_kinds(_LMAX) if kind != (0, -1)]
        if given.degree is not None:
            kinds = [(given.degree, int(given.parity or 1))]
        own = list(self.analysis.parent.site_names)
        groups = [[GLOBAL], own] if self.analysis.parent.is_molecule else [own]
        if given.site is not None:
            groups = [[self._site(given)]]
        for sites in groups:
            found = InputCell(self.analysis).lowest(irrep, sites, kinds, given.time)
            if found is not None:
                return found
        raise _no_carrier(given, self.analysis.name_of(irrep, given.time < 0))

    def _placed(self, stated: list[_Stated]) -> list[FloatArray]:
        """Order parameters (r, dim) of every irrep; stated directions are turned together into the best domain."""
        fixed = {i: principal_rows(s.own) for i, s in enumerate(stated) if s.letters is None}
        mask = self._kept_by((stated[i], rows) for i, rows in fixed.items())
        turned = iter(self._best_domain([s for s in stated if s.letters is not None], mask))
        return [fixed[i] if i in fixed else next(turned) for i in range(len(stated))]

    def _best_domain(self, stated: list[_Stated], mask: BoolArray) -> list[FloatArray]:
        """Rows (r, dim) of stated directions in the domain of lowest floor, then of most of the child's own field.

        `mask` (g, s) are the operations that the inputs without a stated direction keep.
        """
        if not stated:
            return []
        found = []
        for letters in self._domains(stated):
            values = [_values(one, rows) for one, rows in zip(stated, letters, strict=True)]
            kept = mask & self._kept_by(zip(stated, values, strict=True))
            captured = sum(map(_captured, stated, values))
            key = round(sum(f or 0.0 for f in self.analysis.isotropy.floors(kept)), 9), -round(captured, 9)
            found.append((key, values))
        if not found:
            raise _no_arm(stated[0].given)
        return min(found, key=lambda pair: pair[0])[1]

    def _kept_by(self, placed: Iterable[tuple[_Stated, FloatArray]]) -> BoolArray:
        """Operations (g, s) that leave all of some order parameters alone."""
        return common(starmap(self._keeps, placed), self.analysis.isotropy.shape)

    def _keeps(self, known: _Stated, rows: FloatArray) -> BoolArray:
        """Operations (g, s) that leave order parameters (r, dim) alone."""
        everything = np.ones(self.analysis.isotropy.shape, dtype=bool)
        matrices = self.analysis.isotropy.matrices(known.irrep, everything, known.carrier.time < 0)
        moved = np.einsum("gij,rj->gri", matrices, rows) - rows
        scale = float(np.linalg.norm(rows))
        return np.asarray((np.linalg.norm(moved, axis=(1, 2)) < 1e-4 * scale).reshape(self.analysis.isotropy.shape))

    def _domains(self, stated: list[_Stated]) -> list[list[FloatArray]]:
        """All different joint images of the stated directions that are periodic on the child's cell."""
        standard = StandardOperations(self.analysis.parent)
        arms = [standard.primitive_waves(s.irrep.arms) for s in stated]
        vectors = translation_representatives(np.concatenate(arms))
        outside = [
            np.repeat(match_vectors(points, self.analysis.space.kpoints) < 0, s.irrep.arm_size)
            for s, points in zip(stated, arms, strict=True)
        ]
        moved = np.zeros((1, 3)) if self.analysis.parent.is_molecule else standard.lattice_translations(vectors)
        found: dict[bytes, list[FloatArray]] = {}
        for shift in moved:
            images = [
                np.einsum(
                    "gij,fj->gfi",
                    s.irrep.real_matrices(standard.rotations, standard.translations + shift),
                    np.asarray(s.letters),
                )
                for s in stated
            ]
            left_out = [image[:, :, o].reshape(len(image), -1) for image, o in zip(images, outside, strict=True)]
            periodic = np.abs(np.concatenate(left_out, axis=1)).max(axis=1, initial=0.0) <= 1e-6
            for rows in zip(*(image[periodic] for image in images), strict=True):
                found.setdefault(b"".join(map(_projector_key, rows)), list(rows))
        return list(found.values())


def _parallel(one: FloatArray, other: FloatArray) -> bool:
    """Whether two fields differ by a factor at most."""
    overlap = float(np.vdot(one, other)) ** 2
    return overlap >= (1 - 1e-9) * float(np.vdot(one, one) * np.vdot(other, other)) > 0


def _no_arm(given: GivenText) -> InputError:
    """That nothing along a direction fits the child's cell."""
    return InputError(
        f"{given.text!r}: no arm of this direction is periodic on the child's cell.",
        "State it along an arm that the child has.",
    )


def _no_carrier(given: GivenText, name: str) -> InputError:
    """That what was stated cannot hold an irrep."""
    where = given.site or "No site"
    if given.degree is not None:
        where = f"{where if given.site else 'no site'}:{given.degree}{parity_letter(given.parity or -1)}"
    return InputError(f"{where} cannot carry {name}.", "Leave the carrier out to take the lowest one that can.")


def _example(dim: int) -> str:
    return ",".join(["a", *["0"] * (dim - 1)])


def _captured(known: _Stated, rows: FloatArray) -> float:
    """Squared length of the child's own component along the rows."""
    if not len(known.own):
        return 0.0
    basis = np.linalg.qr(rows.T)[0]
    return float(((known.own @ basis) ** 2).sum())


def _values(known: _Stated, letters: FloatArray) -> FloatArray:
    """Rows (r, dim) of a direction (f, dim): the child's component along it, or generic numbers."""
    if len(known.own):
        basis, _ = np.linalg.qr(letters.T)
        along = known.own @ basis @ basis.T
        if (along**2).sum() > 1e-6 * (known.own**2).sum():
            return principal_rows(along)
    return np.asarray(np.resize(_LETTERS, len(letters)) @ letters)[None]


def _projector_key(rows: FloatArray) -> bytes:
    basis = np.linalg.qr(rows.T)[0]
    return bytes(np.round((basis @ basis.T) / 1.0371e-5).astype(np.int64).tobytes())
