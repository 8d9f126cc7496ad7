"""Build a random child, write it differently, decompose it: what came back?"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from random_parents import closest, random_parent, same_species_distance
from scramble import scramble

from curiebreak.errors import CurieBreakError, InputError
from curiebreak.mapping import Distortion, map_child
from curiebreak.mapping.slabs import as_slab
from curiebreak.modes.analysis import Analysis, analyse
from curiebreak.modes.available import count_irrep
from curiebreak.modes.builder import RequestedIrrep, build_child, copies_of, space_of
from curiebreak.modes.built import BuiltChild
from curiebreak.symmetry.bloch import bloch_space
from curiebreak.symmetry.directions import canonical_direction, isotropy_directions
from curiebreak.symmetry.images import image_group
from curiebreak.symmetry.irrep_names import full_name, key_of
from curiebreak.symmetry.isotypic import Irrep, StandardOperations
from curiebreak.symmetry.parent import ParentCrystal
from curiebreak.symmetry.physical import physical_irreps_at
from curiebreak.symmetry.sublattices import periodic_cell
from curiebreak.symmetry.table_file import group_table

FloatArray = NDArray[np.float64]

LARGEST_SHARE = 0.15
"""Largest displacement over the shortest distance of two atoms of one species."""
MOST_ATOMS = {"special": 90, "line": 170}
"""Of a child, by the kind of its wave vectors."""
SHORTEST = 0.9
"""Å between two atoms of a child."""
MOST_WORK = 2_000_000
"""Numbers in the matrices of an irrep up to which direction classes are compared."""
LARGEST_STRAIN = 0.015
STRAIN_COST = (0.5 * 20 ** (1 / 3) * LARGEST_STRAIN) ** 2
"""Å^2; at most this much of a map's cost comes from the strain of the scrambling."""
LINE_VALUES = (1 / 3, 1 / 4, 1 / 6, 1 / 5, 3 / 8, 2 / 5)


@dataclass
class Outcome:
    """What one case gave: ``right``, ``ambiguous``, ``marked`` (something said not to count) or ``wrong``, and why."""

    number: int
    seed: int
    verdict: str = "right"
    reason: str = ""
    labels: tuple[str, ...] = ()
    atoms: int = 0
    seconds: dict[str, float] = field(default_factory=dict)

    def __str__(self) -> str:
        case = f"group {self.number}, seed {self.seed}, {self.labels}, {self.atoms} atoms"
        return f"{self.verdict}: {case}: {self.reason}"


def round_trip(number: int, seed: int, lines: bool = False) -> Outcome:
    """One random case of a space group; `lines` takes wave vectors on lines instead of special points."""
    start = time.perf_counter()
    rng = np.random.default_rng([number, seed, int(lines)])
    child = random_child(number, rng, lines)
    built = time.perf_counter()
    outcome = Outcome(number, seed, labels=tuple(m.label for m in child.modes), atoms=len(child.structure))
    strain = float(rng.uniform(0, LARGEST_STRAIN))
    if as_slab(child.parent.structure):  # a layer of 5 Å without atoms is vacuum, whose height is no strain
        strain = 0.0
    other = scramble(child.structure, seed, strain=strain)
    mapped = built
    try:
        distortion = map_child(child.parent, other)
        mapped = time.perf_counter()
        analysis = analyse(distortion)
        outcome.reason = difference(child, analysis)
        outcome.verdict = verdict(child, distortion, outcome.reason)
        if outcome.verdict == "wrong" and analysis.group.notices:
            outcome.verdict = "marked"
            outcome.reason += "; " + "; ".join(notice.text for notice in analysis.group.notices)
        if outcome.verdict != "right":
            rms = root_mean_square(child)
            outcome.reason += f" (rms {distortion.rms:.4f} of {rms:.4f}, runner-up {distortion.runner_up})"
    except CurieBreakError as error:
        outcome.verdict, outcome.reason = "wrong", f"{type(error).__name__}: {error.message}"
    end = time.perf_counter()
    outcome.seconds = {"build": built - start, "map": mapped - built, "analyse": end - mapped}
    return outcome


def verdict(child: BuiltChild, distortion: Distortion, reason: str) -> str:
    """Ambiguous is a child that another map explains with less distortion, or with as little."""
    rms = root_mean_square(child)
    other = distortion.runner_up
    tied = other is not None and other["group_subgroup"] and other["cost"] < 1.01 * distortion.cost
    less = distortion.rms < (1 - 1e-4) * rms and distortion.cost < rms**2 + STRAIN_COST
    if tied or (reason and less):
        return "ambiguous"
    return "wrong" if reason else "right"


def root_mean_square(child: BuiltChild) -> float:
    return float(np.sqrt((child.displacements**2).sum(axis=1).mean()))


def difference(child: BuiltChild, analysis: Analysis) -> str:
    """Empty when labels, direction classes and amplitudes are those that the child was built with."""
    wanted = {full_name(m.irrep): m for m in child.modes}
    found = {full_name(m.irrep): m for m in analysis.modes if m.kind == "displacement" and m.squared > 1e-8}
    if set(found) != set(wanted):
        return f"irreps {sorted(found)} instead of {sorted(wanted)}"
    if analysis.space.size != child.size:
        return f"size {analysis.space.size} instead of {child.size}"
    for label, mode in wanted.items():
        if abs(np.sqrt(found[label].squared) - np.sqrt(mode.squared)) > 1e-5:
            return f"{label}: amplitude {np.sqrt(found[label].squared):.6f} instead of {np.sqrt(mode.squared):.6f}"
        ours = child.isotropy.index(child.isotropy.stabiliser([mode.label]))
        theirs = analysis.isotropy.index(found[label].fixes)
        if ours != theirs:
            return f"{label}: isotropy subgroup of index {theirs} instead of {ours}"
        if image_work(child.parent, mode.irrep) > MOST_WORK:
            continue
        images = image_group(child.parent, mode.irrep)
        layout = [[mode.irrep.arm_size] * len(mode.irrep.arms)]
        copies = found[label].copies
        first = canonical_direction([images], [mode.copies], layout)
        second = canonical_direction([images], [copies], layout)
        if first.text != second.text:
            return f"{label}: direction {second.text} instead of {first.text}"
    return ""


def image_work(parent: ParentCrystal, irrep: Irrep) -> float:
    """How many numbers the matrices of all operations of an irrep hold."""
    cell = periodic_cell(StandardOperations(parent).primitive_waves(irrep.arms))
    return parent.n_operations * abs(np.linalg.det(cell)) * irrep.dim**2


def random_child(number: int, rng: np.random.Generator, lines: bool) -> BuiltChild:
    """A distortion of a random parent, large enough to be seen and small enough to be undone."""
    for _ in range(60):
        parent = random_parent(number, rng)
        for _ in range(6):
            child = _trial(parent, rng, lines)
            if child is not None:
                return child
    raise RuntimeError(f"no random child for {number}")


def _trial(parent: ParentCrystal, rng: np.random.Generator, lines: bool) -> BuiltChild | None:
    wanted: list[RequestedIrrep] = []
    for _ in range(1 + int(rng.random() < (0.1 if lines else 0.3))):
        irrep = _random_irrep(parent, rng, lines)
        if irrep is None or key_of(irrep) in {key_of(w.irrep) for w in wanted}:
            continue
        wanted += _random_order_parameter(parent, irrep, rng)
    if not wanted:
        return None
    try:
        space = space_of(parent, [w.irrep for w in wanted], [w.components for w in wanted])
    except InputError:
        return None
    atoms = space.size * len(parent.species)
    if not 2 <= atoms <= MOST_ATOMS["line" if lines else "special"]:
        return None
    child = build_child(parent, wanted, np.zeros((3, 3)))
    largest = float(np.linalg.norm(child.displacements, axis=1).max())
    scale = rng.uniform(0.4, 0.97) * LARGEST_SHARE * same_species_distance(parent) / largest
    scaled = [RequestedIrrep(w.irrep, w.site, w.copy, w.components * scale, w.text) for w in wanted]
    child = build_child(parent, scaled, np.zeros((3, 3)))
    apart = closest(np.asarray(child.structure.lattice), child.structure.coords)
    return child if apart >= SHORTEST else None


def _random_irrep(parent: ParentCrystal, rng: np.random.Generator, lines: bool) -> Irrep | None:
    table = group_table(int(parent.number or 1))
    kind = "line" if lines else "special"
    families = [f for f in table.families if f.kind == kind]
    if not families:
        return None
    family = families[int(rng.integers(len(families)))]
    values = np.array([rng.choice(LINE_VALUES) for _ in range(family.n_parameters)])
    irreps = physical_irreps_at(table.number, family.arms(values)[0])
    if lines and irreps[0].kind != "line":
        return None
    for place in rng.permutation(len(irreps)):
        irrep = irreps[int(place)]
        eta = np.zeros(irrep.dim)
        eta[0] = 1.0
        try:
            space = space_of(parent, [irrep], [eta])
        except InputError:  # too large a cell
            return None
        if space.size * len(parent.species) <= MOST_ATOMS[kind] and count_irrep(parent, irrep).multiplicity:
            return irrep
    return None


def _random_order_parameter(parent: ParentCrystal, irrep: Irrep, rng: np.random.Generator) -> list[RequestedIrrep]:
    """One to three copies along one random direction class, in a random domain."""
    sites = count_irrep(parent, irrep).sites
    if np.abs(irrep.arms).max() < 1e-9:  # copies that are nothing but a translation do not count
        one = bloch_space(parent, np.eye(3, dtype=np.int64))
        sites = {site: len(copies) for site, copies in copies_of(one, irrep).items()}
    found = [(site, n + 1) for site, count in sites.items() for n in range(count)]
    rng.shuffle(found)
    pattern = random_pattern(parent, irrep, rng)
    chosen = found[: int(rng.integers(1, 4))]
    letters = [rng.uniform(0.4, 1.0, len(pattern)) * rng.choice([-1, 1], len(pattern)) for _ in chosen]
    return [
        RequestedIrrep(irrep, site, copy, values @ pattern, irrep.label)
        for (site, copy), values in zip(chosen, letters, strict=True)
    ]


def random_pattern(parent: ParentCrystal, irrep: Irrep, rng: np.random.Generator) -> FloatArray:
    """Letters (f, dim) of a random direction in a random domain; numbers on a few arms for large irreps."""
    if irrep.dim <= 6:
        images = image_group(parent, irrep)
        if len(images) <= 400:
            classes = isotropy_directions(images)
            chosen = classes[int(rng.integers(len(classes)))]
            return np.asarray(chosen.pattern @ images[int(rng.integers(len(images)))].T)
    arms = len(irrep.arms)
    active = rng.permutation(arms)[: 1 + int(arms > 1 and rng.random() < 0.4)]
    pattern = np.zeros((arms, irrep.arm_size))
    pattern[active] = rng.uniform(0.3, 1.0, (len(active), irrep.arm_size))
    pattern *= rng.choice([-1, 1], pattern.shape)
    return pattern.reshape(1, -1)
