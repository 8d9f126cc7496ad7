"""Random children of random parents whose truth is known from a second engine, and what the program says of them.

A child is made by averaging random fields over a random subgroup of the parent's group modulo a supercell, with
:mod:`finite_engine` alone. From there come its group, the amplitude of every irrep, the stabiliser of each, and by
trying all sets the minimal ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb

import numpy as np
import spglib
from finite_engine import Component, Engine, FloatArray, IntArray, Mask, minimal_sets, sublattices
from random_parents import random_parent, same_species_distance
from scramble import random_rotation, random_unimodular

from curiebreak.errors import CurieBreakError, InternalError
from curiebreak.modes.decompose import analyse_pair, decomposition
from curiebreak.results import Decomposition, Notice
from curiebreak.structures import Structure, structure_from_arrays
from curiebreak.symmetry.parent import ParentCrystal

KINDS = ("plain", "stars", "small", "strain", "occupation", "scatter", "decimals")
LARGEST_ORDER = 400
"""Elements of the finite group."""
MOST_ATOMS = 110
PARTNERS = {"Si": "Ge", "O": "S", "La": "Y", "Mn": "Fe", "Ba": "Sr", "F": "Cl", "K": "Na", "Ti": "Zr"}
"""Second element of a mixed site."""
SETTINGS = {"plain": 8, "stars": 8, "small": 10, "strain": 8, "occupation": 6, "scatter": 6, "decimals": 8}
"""Decimals of the child's fractions."""
MOST_TRIED = 60_000
"""Sets of irreps that are tried one by one; where there are more, minimal ones are drawn at random."""
LEAST_DISTORTION = 0.16
"""Å, root mean square, of children that keep translations alone: random shifts of all atoms, as they are, by less than
0.04 Å along each axis are taken, and said, for scatter."""
LEAST_CHANGE = 0.18
"""Å, by which such a child breaks each operation; less may be scatter for the program, which says so."""
CLEAR = 0.03
"""Of the largest displacement (or change): how far the field of a case is at least from any higher symmetry."""


@dataclass
class Case:
    """One pair with its truth."""

    number: int
    seed: int
    kind: str
    parent: Structure
    child: Structure
    engine: Engine
    fields: dict[str, FloatArray]
    group: Mask
    components: list[Component]
    scatter: float = 0.0
    rms: float = 0.0

    @property
    def size(self) -> int:
        """Primitive parent cells in the primitive child cell."""
        kept = self.group.reshape(self.engine.n_points, -1)
        identity = int(np.flatnonzero((self.engine.rotations == np.eye(3)).all(axis=(1, 2)))[0])
        return self.engine.n_vectors // int(kept[identity].sum())

    @property
    def index(self) -> int:
        return self.engine.order // int(self.group.sum())


@dataclass
class Verdict:
    """``right``, ``marked``, ``refused``, ``other_map`` or ``wrong``, with the reason."""

    case: str
    verdict: str
    reason: str = ""
    number: int = 0
    shared_labels: bool = False

    def __str__(self) -> str:
        return f"{self.verdict}: {self.case}: {self.reason}"


def make_case(number: int, seed: int, kind: str) -> Case | None:
    """One random pair of a space group, or none where the random choices do not fit."""
    rng = np.random.default_rng([number, seed, KINDS.index(kind)])
    crystal = random_parent(number, rng, most=8)
    mixed = kind in ("occupation", "scatter")
    lattice, frac = np.asarray(crystal.lattice), crystal.frac
    cell = _cell(crystal, kind, rng)
    if cell is None:
        return None
    engine = Engine(lattice, frac, crystal.site_orbits.tolist(), cell, seed)
    orbit = int(rng.integers(int(crystal.site_orbits.max()) + 1))
    upper = _subgroup(engine, rng)
    group = upper
    if kind == "small":
        pair = _lower(engine, upper, rng)
        if pair is None:
            return None
        group = pair
    fields = _fields(engine, crystal, kind, group, upper, orbit, rng)
    if fields is None:
        return None
    truth = np.ones(engine.order, dtype=bool)
    for name, values in fields.items():
        truth &= engine.stabiliser(name, values, 1e-7)
    if truth.all() or not _clear(engine, fields, truth, kind):
        return None
    parts = [c for name, values in fields.items() for c in engine.components(name, values)]
    scatter = float(rng.choice([1e-3, 3e-3, 6e-3, 0.02])) if kind == "scatter" else 0.0
    case = Case(
        number, seed, kind,
        parent=_parent(crystal, mixed, orbit, int(rng.choice([3, 4])) if kind == "decimals" else None),
        child=_child(engine, crystal, fields, mixed, orbit, scatter, SETTINGS[kind], rng),
        engine=engine, fields=fields, group=truth, components=parts, scatter=scatter,
        rms=float(np.sqrt((fields.get("displacement", np.zeros((1, 3))) ** 2).sum(axis=1).mean())),
    )  # fmt: skip
    return case


def _cell(crystal: ParentCrystal, kind: str, rng: np.random.Generator) -> IntArray | None:
    """A random invariant supercell; for strain the primitive cell, for stars one with several k on a line."""
    if kind == "strain":
        return np.eye(3, dtype=np.int64)
    sizes = [5, 7, 8, 9, 10] if kind == "stars" else [1, 2, 3, 4, 6, 8]
    points, atoms = crystal.n_operations, len(crystal.species)
    rng.shuffle(sizes)
    for size in sizes:
        if size * points > LARGEST_ORDER or size * atoms > MOST_ATOMS:
            continue
        known = sublattices(crystal.rotations, size)
        if known:
            return known[int(rng.integers(len(known)))]
    return None


def _subgroup(engine: Engine, rng: np.random.Generator) -> IntArray:
    for _ in range(30):
        chosen = rng.integers(engine.order, size=int(rng.integers(0, 4)))
        group = engine.generated(chosen.tolist())
        if len(group) < engine.order:
            return group
    return engine.generated([])


def _lower(engine: Engine, upper: IntArray, rng: np.random.Generator) -> IntArray | None:
    """A proper subgroup of `upper` with more than translations: without, small random shifts are scatter indeed."""
    for _ in range(60):
        group = engine.generated(rng.choice(upper, size=int(rng.integers(1, 3))).tolist())
        if len(group) < len(upper) and _more_than_translations(engine, group):
            return group
    return None


def _more_than_translations(engine: Engine, group: IntArray) -> bool:
    identity = int(np.flatnonzero((engine.rotations == np.eye(3)).all(axis=(1, 2)))[0])
    return bool((group // engine.n_vectors != identity).any())


def _fields(
    engine: Engine,
    crystal: ParentCrystal,
    kind: str,
    group: IntArray,
    upper: IntArray,
    orbit: int,
    rng: np.random.Generator,
) -> dict[str, FloatArray] | None:
    """Random fields averaged over the subgroup, by kind; none where nothing is left."""
    atoms = len(engine.site)
    room = min(same_species_distance(crystal), 4.0)
    if kind == "strain":
        tensor = rng.normal(size=(3, 3))
        strain = engine.average("strain", (tensor + tensor.T).reshape(1, 9), group)
        return {"strain": strain * rng.uniform(0.006, 0.03) / np.abs(strain).max()}
    if kind in ("occupation", "scatter"):
        chosen = crystal.site_orbits[engine.site] == orbit
        change = np.where(chosen[:, None], rng.normal(size=(atoms, 1)), 0.0)
        change = engine.average("occupation", change, group)
        change -= np.where(chosen[:, None], change[chosen].mean(), 0.0)
        largest = float(np.abs(change).max())
        if largest < 1e-6:
            return None
        return {"occupation": change * rng.uniform(0.2, 0.45) / largest}
    large = _displacements(engine, upper, rng)
    if large is None:
        return None
    rms = float(np.sqrt((large**2).sum(axis=1).mean()))
    least = 0.0 if _more_than_translations(engine, upper) else LEAST_DISTORTION / rms
    values = large * max(rng.uniform(0.05, 0.12) * room, least)
    if kind == "small":
        small = _displacements(engine, group, rng)
        if small is None:
            return None
        values = values + small * 10 ** rng.uniform(-4, -2)
    return {"displacement": values}


def _displacements(engine: Engine, group: IntArray, rng: np.random.Generator) -> FloatArray | None:
    """Displacements without mean, largest length 1."""
    moved = engine.average("displacement", rng.normal(size=(len(engine.site), 3)), group)
    moved = moved - moved.mean(axis=0)
    largest = float(np.linalg.norm(moved, axis=1).max())
    return None if largest < 1e-6 else moved / largest


def _clear(engine: Engine, fields: dict[str, FloatArray], truth: Mask, kind: str) -> bool:
    """No operation is broken by less than the case means to: 3 % of the field, of a small field 3 % of that."""
    if kind == "small":
        return True
    least = 0.0 if _more_than_translations(engine, np.flatnonzero(truth)) else LEAST_CHANGE
    for name, values in fields.items():
        scale = float(np.abs(values).max())
        for element in np.flatnonzero(~truth):
            change = np.linalg.norm(engine.moved(name, values, int(element)) - values, axis=1).max()
            if change < max(CLEAR * scale, least if name == "displacement" else 0.0):
                return False
    return True


def _contents(crystal: ParentCrystal, mixed: bool, orbit: int, amount: FloatArray) -> list[dict[str, float]]:
    """Element to occupancy of atoms of the primitive cell repeated, `amount` (n,) of the first on a mixed site."""
    count = len(amount) // len(crystal.species)
    found = []
    for number, part in enumerate(amount):
        site = number // count
        name = crystal.species[site]
        if mixed and crystal.site_orbits[site] == orbit:
            found.append({name: float(part), PARTNERS[name]: 1.0 - float(part)})
        else:
            found.append({name: 1.0})
    return found


def _parent(crystal: ParentCrystal, mixed: bool, orbit: int, decimals: int | None) -> Structure:
    given = crystal.structure
    if mixed:
        own = np.asarray(crystal.lattice)
        contents = _contents(crystal, True, orbit, np.full(len(crystal.species), 0.5))
        return structure_from_arrays(own, contents, crystal.frac)
    if decimals is None:
        return given
    return structure_from_arrays(np.round(given.lattice, 5), given.species, np.round(given.coords, decimals))


def _child(
    engine: Engine,
    crystal: ParentCrystal,
    fields: dict[str, FloatArray],
    mixed: bool,
    orbit: int,
    scatter: float,
    decimals: int,
    rng: np.random.Generator,
) -> Structure:
    """The child in another basis, frame, origin and order, rounded as files are."""
    cell = engine.cell @ engine.lattice
    places = (engine.frac[engine.site] + engine.index) @ engine.lattice
    places = places + fields.get("displacement", 0.0) + rng.normal(size=places.shape) * scatter
    frac = places @ np.linalg.inv(cell)
    lattice = cell @ (np.eye(3) + fields.get("strain", np.zeros((1, 9))).reshape(3, 3))
    change = random_unimodular(rng)
    lattice, frac = change @ lattice, frac @ np.linalg.inv(change)
    lattice = lattice @ random_rotation(rng).T
    frac = np.round(frac + np.round(rng.random(3), 3), decimals)
    amount = 0.5 + np.round(fields.get("occupation", np.zeros((len(places), 1)))[:, 0], 6)
    contents = _contents(crystal, mixed, orbit, amount)
    order = rng.permutation(len(frac))
    return structure_from_arrays(np.round(lattice, 8), [contents[i] for i in order], (frac - np.floor(frac))[order])


def judge(case: Case) -> Verdict:
    """What the program says of a case."""
    name = f"group {case.number}, seed {case.seed}, {case.kind}, index {case.index}, {len(case.child)} atoms"
    if case.scatter:
        name += f", scatter {case.scatter} Å"
    try:
        analysis, seconds, options = analyse_pair(case.parent, case.child)
        result = decomposition(analysis, seconds, options)
    except InternalError as error:
        return Verdict(name, "wrong", f"InternalError: {error.message}")
    except CurieBreakError as error:
        return Verdict(name, "refused", f"{type(error).__name__}: {error.message}")
    reason = difference(case, result)
    if not reason:
        return Verdict(name, "right", "", case.number, any("@" in e.name for e in result.irreps if e.role != "noise"))
    rms = result.mapping.rms if result.mapping else 0.0
    if case.fields.get("displacement") is not None and rms < (1 - 1e-3) * case.rms:
        return Verdict(name, "other_map", reason + f" (rms {rms:.4f} of {case.rms:.4f})")
    marks = [notice for notice in result.notices if _leads_to_truth(case, notice)]
    if marks:
        return Verdict(name, "marked", f"{reason} | {[notice.text for notice in marks]}")
    return Verdict(name, "wrong", f"{reason} | {list(result.messages)}")


def _leads_to_truth(case: Case, notice: Notice) -> bool:
    """Whether a notice says what was not counted (or was) and the option that it names gives the right answer.

    Nothing less is a mark: no other message, and no notice that leads elsewhere.
    """
    words = notice.option.split()
    pairs = zip(words[::2], words[1::2], strict=True)
    asked = {name.lstrip("-").replace("-", "_"): float(value) for name, value in pairs}
    if not asked or not notice.size > 0:
        return False
    try:
        return not difference(case, decomposition(*analyse_pair(case.parent, case.child, **asked)))
    except CurieBreakError:
        return False


def difference(case: Case, result: Decomposition) -> str:
    """Empty when group, amplitudes and minimal sets are those of the case."""
    group = result.isotropy_subgroup
    if group is None or group.index != case.index:
        return f"index {group and group.index} ({group and group.symbol}) instead of {case.index}"
    number = space_group(case)
    if number is not None and group.number != number:
        return f"group {group.number} instead of {number}"
    return amplitudes_differ(case, result) or sets_differ(case, result)


def space_group(case: Case) -> int | None:
    """Number of the true group by spglib, from its operations."""
    engine = case.engine
    elements = np.flatnonzero(case.group)
    g, tau = elements // engine.n_vectors, elements % engine.n_vectors
    column = engine.cell.T
    rotations = np.linalg.inv(column) @ engine.rotations[g] @ column
    shifts = (engine.translations[g] + engine.vectors[tau]) @ np.linalg.inv(engine.cell)
    # all translations of the group in one cell; spglib wants a primitive one
    found = spglib.get_spacegroup_type_from_symmetry(
        np.round(rotations).astype(np.intc), shifts, engine.cell @ engine.lattice, symprec=1e-5
    )
    return None if found is None else int(found.number)


def amplitudes_differ(case: Case, result: Decomposition) -> str:
    """Compare As of every irrep, kind by kind; the fully symmetric ones of a rounded parent are its own."""
    scale = case.size / case.engine.n_vectors
    for kind in ("displacement", "occupation", "strain"):
        if case.scatter and kind == "displacement":
            continue
        factor, tolerance = (1.0, 2e-6) if kind == "strain" else (scale, 2e-4 if case.kind == "occupation" else 2e-5)
        if kind == "occupation":
            factor *= 2.0  # two elements change by opposite amounts
        if case.kind == "decimals":
            tolerance = 5e-3
        wanted = sorted(
            (np.sqrt(c.squared * factor) for c in case.components if c.kind == kind and not c.fixes.all()), reverse=True
        )
        found = sorted(
            (float(e.amplitude_supercell or 0) for e in result.irreps
             if e.kind == kind and e.isotropy_subgroup is not None and e.isotropy_subgroup.index != 1),
            reverse=True,
        )  # fmt: skip
        length = max(len(wanted), len(found))
        one = np.array([*wanted, *[0.0] * (length - len(wanted))])
        two = np.array([*found, *[0.0] * (length - len(found))])
        if length and np.abs(one - two).max() > tolerance:
            worst = int(np.abs(one - two).argmax())
            return f"{kind}: amplitude {two[worst]:.6f} instead of {one[worst]:.6f} ({len(found)} of {len(wanted)})"
    return ""


def sets_differ(case: Case, result: Decomposition) -> str:
    """Compare the minimal sets, names matched to parts by amplitude."""
    names = _names(case, result)
    if isinstance(names, str):
        return names
    options: list[dict[str, Mask]] = []
    for least in (0.0, 1e-3):  # strain counts from the resolution of the files or from the default tolerance on
        members: dict[str, Mask] = {}
        for part, name in names:
            if part.kind == "strain" and np.abs(part.part).max() <= least and case.kind != "strain":
                continue
            members[name] = members.get(name, np.ones_like(part.fixes)) & part.fixes
        options.append(members)
    shares = {name: 0.0 for _, name in names}
    for part, name in names:
        if part.kind != "strain":
            shares[name] += part.squared
    reasons = [_wrong_sets(case, result, members, shares) for members in options]
    return "" if "" in reasons else reasons[0]


def _wrong_sets(case: Case, result: Decomposition, members: dict[str, Mask], shares: dict[str, float]) -> str:
    listed, whole = [frozenset(s) for s in result.minimal_sets], case.group
    if case.scatter:  # displacements that the group of the occupations allows may count or not
        listed = [one for one in listed if one <= set(members)]
    breaking = {n: m for n, m in members.items() if not m.all()}
    strange = set().union(*listed) - set(breaking) if listed else set()
    if strange:
        return f"{sorted(strange)} stand in sets but do not count"
    longest = int(np.log2(case.index) + 1e-9)
    if sum(comb(len(breaking), n) for n in range(1, longest + 1)) <= MOST_TRIED:
        wanted = minimal_sets(breaking, whole)
        if set(listed) != wanted and (len(listed) < 400 or not set(listed) <= wanted):
            missing, extra = (sorted(map(sorted, one))[:3] for one in (wanted - set(listed), set(listed) - wanted))
            return f"{len(listed)} minimal sets instead of {len(wanted)}: missing {missing}, too many {extra}"
    else:
        if not all(_is_minimal(one, breaking, whole) for one in listed):
            return "a listed set is not minimal"
        wanted = set(_random_sets(breaking, whole, 300))
        if len(listed) < 400 and not wanted <= set(listed):
            return f"the minimal set {sorted(next(iter(wanted - set(listed))))} is missing"
    best = max((sum(shares[n] for n in s) for s in wanted), default=0.0)
    if wanted and not case.scatter and sum(shares.get(n, 0.0) for n in result.primary) < best * (1 - 1e-6) - 1e-12:
        return f"primary {result.primary} is not the set of largest share"
    return ""


def _is_minimal(names: frozenset[str], members: dict[str, Mask], whole: Mask) -> bool:
    def reaches(chosen: frozenset[str]) -> bool:
        return bool(chosen) and np.array_equal(np.logical_and.reduce([members[n] for n in chosen]), whole)

    return reaches(names) and not any(reaches(names - {name}) for name in names)


def _random_sets(members: dict[str, Mask], whole: Mask, tries: int) -> list[frozenset[str]]:
    """Minimal sets from everything, members left out in random orders while the rest still reaches."""
    rng, found = np.random.default_rng(0), []
    for _ in range(tries):
        kept = list(members)
        for name in rng.permutation(list(members)).tolist():
            rest = [n for n in kept if n != name]
            if rest and np.array_equal(np.logical_and.reduce([members[n] for n in rest]), whole):
                kept = rest
        found.append(frozenset(kept))
    return found


def _names(case: Case, result: Decomposition) -> list[tuple[Component, str]] | str:
    """Each symmetry-breaking part with the program's name for it."""
    scale = case.size / case.engine.n_vectors
    entries = [e for e in result.irreps if e.role != "noise" or not case.scatter]
    found: list[tuple[Component, str]] = []
    for part in case.components:
        if part.fixes.all():
            continue
        factor = 1.0 if part.kind == "strain" else scale * (2.0 if part.kind == "occupation" else 1.0)
        wanted = float(np.sqrt(part.squared * factor))
        near = [e for e in entries if e.kind == part.kind and e.isotropy_subgroup is not None
                and e.isotropy_subgroup.index == part.fixes.size // int(part.fixes.sum())]  # fmt: skip
        if not near:
            return f"no entry of a part of index {part.fixes.size // int(part.fixes.sum())}, As {wanted:.6f}"
        best = min(near, key=lambda e: abs(float(e.amplitude_supercell or 0) - wanted))
        if best.role == "noise":
            return f"{best.name} with As {wanted:.6f} is called noise"
        entries = [e for e in entries if e is not best]
        found.append((part, best.name))
    for one, name in found:  # the same irrep in two kinds of fields has one number and one name
        for other, label in found:
            if (name == label) != (abs(one.number - other.number) < 1e-6):
                return f"{name} and {label} are {'one' if name == label else 'two'} for the program only"
    return found
