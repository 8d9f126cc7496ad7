"""The function that every worker runs: one structure in, one row out, whatever happens to it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import islice, permutations
from math import gcd
from typing import Any

import numpy as np

from curiebreak.clock import Clock
from curiebreak.errors import CurieBreakError, InputError, NotCompatibleError, refusing
from curiebreak.files import parse_json
from curiebreak.magnetic.grey_analysis import grey_analysis
from curiebreak.magnetic.magnetic_modes import MagneticPair
from curiebreak.mapping.distortion import Distortion
from curiebreak.mapping.mapped_pair import MappedPair
from curiebreak.mapping.mapper import map_child
from curiebreak.modes.analysis import Analysis
from curiebreak.modes.decompose import decomposition
from curiebreak.modes.pair import Pair
from curiebreak.options.scan_options import ScanSettings
from curiebreak.parents import SearchOptions, search_parents
from curiebreak.parents.auto import chosen
from curiebreak.results import Decomposition, Finding, Status
from curiebreak.results.basic import moments_ignored, sentence
from curiebreak.scan.inputs import Piece, Source, configuration
from curiebreak.scan.placing import map_by_net
from curiebreak.scan.prototypes import Prototype, build_parent
from curiebreak.scan.recognise import NotRecognised, missing_corners
from curiebreak.scan.row import Family, Row, failed_row, result_row
from curiebreak.structures import Structure, read_structure
from curiebreak.structures.checks import Provenance, listed_atoms, structure_from_arrays
from curiebreak.structures.fields_model import NO_NUMBERS
from curiebreak.structures.formats import read_xyz
from curiebreak.structures.moments import has_moments, read_magnetic
from curiebreak.symmetry.parent import ParentCrystal, parent_crystal

MOST_NAMINGS = 24
"""Ways to give the child's elements to the parent's sites that are tried: all of four elements in equal numbers."""


def map_on_kindred(
    own: ParentCrystal, child: Structure, symprec: float | None = None, parent_symprec: float | None = None
) -> Distortion:
    """Map a child onto the parent of its family.

    Parameters
    ----------
    own : ParentCrystal
        Of the file. A child of the same elements is mapped onto it as it stands.
    child : Structure
    symprec, parent_symprec : float, optional
        Å.

    Returns
    -------
    Distortion
        Of the naming that maps at the least cost, where several do.

    Raises
    ------
    NotCompatibleError
        As :func:`curiebreak.mapping.map_child`.
    """
    found: list[Distortion] = []
    refused: list[NotCompatibleError] = []
    for parent in renamed(own.structure, child):
        try:
            found.append(map_child(parent_crystal(parent, parent_symprec), child, symprec=symprec))
        except NotCompatibleError as error:
            refused.append(error)
    if found:
        return min(found, key=lambda distortion: distortion.cost)
    if refused:
        raise refused[0]
    return map_child(own, child, symprec=symprec)


def _namings(before: dict[str, int], after: dict[str, int]) -> Iterator[dict[str, str]]:
    """New names of the elements, each as often as the new one is wanted."""
    for elements in permutations(sorted(after)):
        names = dict(zip(before, elements, strict=True))
        if all(before[old] == after[new] for old, new in names.items()):
            yield names


def renamed(parent: Structure, child: Structure) -> Iterator[Structure]:
    """The parent with the child's elements, at the child's volume per atom, in every way that fits the numbers.

    None where the elements are the same already, the numbers do not fit, or a site is shared or partly empty.
    """
    before, after = _numbers(parent), _numbers(child)
    if set(before) == set(after) or sorted(before.values()) != sorted(after.values()):
        return
    if not all(map(_is_plain, (parent, child))):
        return
    wanted, own = (abs(float(np.linalg.det(np.asarray(one.lattice)))) / len(one) for one in (child, parent))
    stretch = (wanted / own) ** (1 / 3)
    for names in islice(_namings(before, after), MOST_NAMINGS):
        said = ", ".join(f"{new} for {old}" for old, new in names.items() if new != old)
        species = tuple(names[one] for one in parent.species)
        yield replace(
            parent,
            lattice=np.asarray(parent.lattice) * stretch,
            species=species,
            labels=(),
            occupancies=tuple({name: 1.0} for name in species),
            messages=(*parent.messages, f"The parent's file with {said}, at the child's volume per atom."),
        )


def _numbers(structure: Structure) -> dict[str, int]:
    """Atoms of each element in the smallest formula."""
    counts = Counter(structure.species)
    common = gcd(*counts.values())
    return {element: count // common for element, count in counts.items()}


def _is_plain(structure: Structure) -> bool:
    """Whether this is a crystal with one element on each site."""
    contents = structure.occupancies
    return not structure.is_molecule and all(len(shares) == 1 and min(shares.values()) > 0.999 for shares in contents)


def analyse_source(source: Source, settings: ScanSettings) -> Row:
    """Analyse one structure of a scan; errors become rows.

    Parameters
    ----------
    source : Source
    settings : ScanSettings

    Returns
    -------
    Row
        With a result, or with status ``not_a_perovskite`` or ``error`` and the reason.
    """
    clock = Clock()
    # a row of a table may say so of its own parent
    settings = settings if source.family is None else replace(settings, parent=source.family)
    try:
        return _analysed(source, settings, clock)
    except CurieBreakError as error:
        reason = error.message
    except MemoryError:
        reason = "Not enough memory."
    except Exception as error:  # a defect met by one structure must not stop the others
        reason = f"Unexpected {type(error).__name__}: {error}"
    return failed_row(source, "error", reason, clock.spent)


def place(source: Source, settings: ScanSettings) -> tuple[Distortion, Family | None] | NotRecognised:
    """Read a structure and lay it onto the parent that the settings ask for.

    Raises
    ------
    CurieBreakError
        If it cannot be read or mapped.
    """
    child = read_piece(source.child)
    if source.parent is not None:
        return MappedPair.of(read_piece(source.parent), child, settings, Clock()).distortion, None
    if settings.parent in list(Prototype):
        found = _on_prototype(child, Prototype(settings.parent))
        if isinstance(found, NotRecognised) and settings.parent == Prototype.AUTO:
            return _on_found_parent(child, settings, found)
        return found
    parent = _file_parent(settings.parent, settings.parent_symprec)
    return map_on_kindred(parent, child, settings.symprec, settings.parent_symprec), None


def _analysed(source: Source, settings: ScanSettings, clock: Clock) -> Row:
    if source.child.form == "file" and has_moments(source.child.path):
        return _magnetic(source, settings, clock)
    found = place(source, settings)
    if isinstance(found, NotRecognised):
        return _unrecognised(source, found, clock)
    clock.lap("mapping")
    analysis = Pair.of(None, None, settings, clock, found[0]).analysis
    clock.lap("decomposition")
    exact = decomposition(analysis, clock.phases, settings.record)
    return _row(source, settings, clock, lambda: analysis, exact, found[1])


def _unrecognised(source: Source, found: NotRecognised, clock: Clock) -> Row:
    child = read_piece(source.child)
    left = [words for words in map(sentence, filter(moments_ignored, child.messages)) if words not in found.reason]
    return failed_row(source, "not_a_perovskite", " ".join([found.reason, *left]), clock.spent, formula=child.formula)


def _magnetic(source: Source, settings: ScanSettings, clock: Clock) -> Row:
    """The row of a magnetic CIF, on the parent that it states, that is given, or that is found from its atoms."""
    crystal, family = read_magnetic(source.child.path), None
    given: Any = "auto"
    if source.parent is not None:
        given = read_piece(source.parent)
    elif settings.parent not in list(Prototype):
        given = read_structure(settings.parent)
    elif settings.parent != Prototype.AUTO or not crystal.stated.complete:
        found = place(source, settings)
        if isinstance(found, NotRecognised):
            if not found.own_parent:
                return _unrecognised(source, found, clock)
            given = read_piece(source.child)
            family = Family(f"own {parent_crystal(given).symbol}", *_NONE)
        else:
            given, family = found[0].parent.structure, found[1]
    pair = MagneticPair(given, crystal, settings, clock)
    exact = pair.decomposition
    if family is None and isinstance(given, str):
        family = Family(f"stated {exact.parent.space_group.symbol}" if exact.parent.space_group else "stated", *_NONE)
    exact = replace(exact, options=settings.record)
    return _row(source, settings, clock, lambda: grey_analysis(pair.analysis), exact, family)


_NONE = (None, None, None)
"""No species on A, B and X."""


def _row(
    source: Source,
    settings: ScanSettings,
    clock: Clock,
    analysis: Callable[[], Analysis],
    exact: Decomposition,
    family: Family | None,
) -> Row:
    """The row, where asked with what training finds; where it finds nothing the exact part stays, with the reason."""
    if not settings.learn:
        return result_row(source, exact, None, family, clock.spent)
    try:
        finding = _learned(analysis(), settings)
    except CurieBreakError as error:
        row = result_row(source, exact, None, family, clock.spent)
        row.values.update(status="error", reason=f"Not learned: {error.message}")
        return row
    return result_row(source, exact, finding, family, clock.spent)


def _on_found_parent(
    child: Structure, settings: ScanSettings, refused: NotRecognised
) -> tuple[Distortion, Family] | NotRecognised:
    """The child on the parent that is found from it alone, or why it has none.

    A crystal of one atom, or one that does not map onto what was found, has no parent that a scan can use: that is a
    result, as a structure that is no perovskite is.
    """
    try:
        result = search_parents(child, SearchOptions(seconds=SEARCH))
        if not result.candidates:
            return NotRecognised(f"{refused.reason} {result.told}", result.status is Status.NO_PARENT)
        parent = parent_crystal(chosen(result, child.formula))
        distortion = map_child(parent, child, symprec=settings.symprec)
    except (InputError, NotCompatibleError) as error:
        return NotRecognised(f"{refused.reason} {error.message}", isinstance(error, InputError))
    return distortion, Family(f"found {parent.symbol}", *_NONE, missing_corners(child))


SEARCH = 20.0
"""Seconds for the search of a parent."""


def _on_prototype(child: Structure, wanted: Prototype) -> tuple[Distortion, Family] | NotRecognised:
    built = build_parent(child, wanted)
    if isinstance(built, NotRecognised):
        return built
    with_holes = built.prototype is not Prototype.BX3
    parent = parent_crystal(built.structure)
    family = Family(built.prototype.value, built.on("A"), str(built.on("B")), str(built.on("X")))
    return map_by_net(parent, child, with_holes), family


@lru_cache(maxsize=4)
def _file_parent(path: str, symprec: float | None) -> ParentCrystal:
    return parent_crystal(read_structure(path), symprec)


def _learned(analysis: Analysis, settings: ScanSettings) -> Finding:
    from curiebreak.discovery import find

    return find(
        analysis.parent.structure,
        analysis.distortion.child,
        mapped=analysis,
        seed=settings.seed,
        max_steps=settings.max_steps,
        symprec=settings.symprec,
        parent_symprec=settings.parent_symprec,
        strain_tolerance=settings.strain_tolerance,
    )


def read_piece(piece: Piece) -> Structure:
    """Read the structure of a piece.

    Raises
    ------
    InputError
        Missing or damaged content.
    """
    piece.check_end()
    if piece.form == "file":
        return read_structure(piece.path)
    if piece.form == "configuration":
        return configuration(piece)
    content = piece.content()
    name = f"{piece.path} at byte {piece.offset}"
    source = Provenance(name, piece.path, hashlib.sha256(content).hexdigest())
    if piece.form == "frame":
        with refusing(UnicodeDecodeError, f"{name} is not a text.", "Check the file."):
            return read_xyz(content.decode("utf-8"), source)
    return _from_record(_record(content, piece.member, name), source)


def _record(content: bytes, member: str | None, name: str) -> dict[str, Any]:
    record = parse_json(content, f"record {name}")
    if isinstance(record, dict) and member is not None:
        record = record.get(member)
    if not isinstance(record, dict):
        raise InputError(f"{name} is not a JSON object.", "Give {id, formula, lattice, species, frac}.")
    return record


def _from_record(record: dict[str, Any], source: Provenance) -> Structure:
    missing = [key for key in ("lattice", "species", "frac") if key not in record]
    if missing:
        raise InputError(f"{source.name} has no `{missing[0]}`.", "A record needs lattice (rows, Å), species and frac.")
    species, _ = listed_atoms(record.get("occupancies") or record["species"], None, source.name)
    frac = record["frac"]
    with refusing(NO_NUMBERS, lambda error: f"{source.name} is not a structure ({error}).", "Check the record."):
        if len(species) != len(frac) or any(len(row) != 3 for row in frac):
            raise ValueError("species and frac differ in length")
        return structure_from_arrays(record["lattice"], species, frac, provenance=source)
