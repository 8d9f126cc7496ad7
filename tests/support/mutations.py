"""Deliberate faults: each is written into a copy of the package, and the named tests must fail on it.

    python tests/support/mutations.py [WORDS OF A NAME ...] [--shard I/N] [--page FILE]

A page that is there keeps the rows of the faults that were not run.

The copy is made in a temporary folder and imported from there; the tree itself is never touched. A fault
that no test catches is a hole in the tests: exit status 1.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("curiebreak", "tests", "structures", "recipes", "docs", "pyproject.toml", "README.md", "CITATION.cff")
LIMIT = 600
"""Seconds for the tests of one fault; a fault that makes them hang is caught."""


@dataclass(frozen=True)
class Fault:
    """One fault: `old` stands exactly once in `file` (below the package) and becomes `new`."""

    name: str
    file: str
    old: str
    new: str
    tests: str


FAULTS = (
    Fault(
        "sign of time reversal lost in the stabilisers of moments", "magnetic/magnetic_analysis.py",
        'return with_time(plain, -1 if one.odd else 1)', 'return with_time(plain, 1)',
        "tests/magnetic/test_magnetic_modes.py",
    ),
    Fault(
        "moments turned as polar vectors", "magnetic/magnetic_analysis.py",
        '"magnetic", space, representation(1, "e"', '"magnetic", space, representation(1, "o"',
        "tests/magnetic/test_magnetic_modes.py",
    ),
    Fault(
        "couplings with an odd power of moments let pass", "modes/couplings.py",
        "np.concatenate([plain, sign * plain])", "np.concatenate([plain, plain])",
        "tests/magnetic/test_magnetic_modes.py",
    ),
    Fault(
        "invariants with an odd power of moments listed", "modes/expansion.py",
        "-blocks if self.odd else blocks", "blocks",
        "tests/magnetic/test_magnetic_modes.py",
    ),
    Fault(
        "anti-translations taken for translations", "magnetic/magnetic_names.py",
        'axis=(1, 2)) & (thetas == 1)', 'axis=(1, 2))',
        "tests/magnetic/test_magnetic_modes.py",
    ),
    Fault(
        "time parity dropped in products of features", "learning/network.py",
        "            if time_parity(a) * time_parity(b) == time_parity(out)\n", "",
        "tests/magnetic/test_magnetic_find.py",
    ),
    Fault(
        "gates opened by scalars odd under time reversal", "learning/network.py",
        "gate(a[:, :, :1])", "gate(a[:, :, a.shape[2] // 2 : a.shape[2] // 2 + 1])",
        "tests/magnetic/test_magnetic_find.py",
    ),
    Fault(
        "sign of time reversal lost in the network's group", "learning/orbits.py",
        "matrices = matrices * thetas[:, None, None]", "matrices = matrices * 1",
        "tests/magnetic/test_magnetic_find.py",
    ),
    Fault(
        "sign of time reversal lost in the group of an input", "discovery/projection.py",
        "with_time(found, carrier.time)", "with_time(found, 1)",
        "tests/magnetic/test_magnetic_find.py",
    ),
    Fault(
        "time reversal itself forgotten in the parent of moments", "learning/own_group.py",
        "thetas = np.repeat([1, -1], len(rotations))", "thetas = np.repeat([1, 1], len(rotations))",
        "tests/magnetic/test_magnetic_find.py",
    ),
    Fault(
        "time reversal of listed operations dropped", "structures/magnetic_cif.py",
        'signs = np.array([theta for _, _, theta in operations]) *', 'signs =',
        "tests/magnetic/test_magnetic_modes.py",
    ),
    Fault(
        "stars of one label taken for one irrep", "symmetry/irrep_names.py",
        "known = full_name(irrep) if any", "known = irrep.label if any",
        "tests/symmetry/test_irrep_names.py",
    ),
    Fault(
        "names without their wave vectors", "symmetry/irrep_names.py",
        "return {key: name if labels[key[0]] > 1 or key[0] in taken else key[0]",
        "return {key: key[0]",
        "tests/symmetry/test_irrep_names.py tests/modes/test_same_labels.py",
    ),
    Fault(
        "of equal wave vectors the one that rounding puts nearest", "symmetry/sublattices.py",
        "np.where(same.any(axis=1), same.argmax(axis=1), -1)",
        "np.where(same.any(axis=1), np.abs(difference).max(axis=-1).argmin(axis=1), -1)",
        "tests/symmetry/test_irrep_names.py",
    ),
    Fault(
        "a member that meets no row of its own", "symmetry/hitting_sets.py",
        "and all(rows & ~self.met[e] for rows in own)", "",
        "tests/symmetry/test_irrep_names.py",
    ),
    Fault(
        "strain never stands in a minimal set", "modes/analysis.py",
        'counts = not noise and (kind.name != "strain" or _strain_counts(component, group))',
        'counts = not noise and kind.name != "strain"',
        "tests/symmetry/test_irrep_names.py",
    ),
    Fault(
        "sign of the phase of lattice translations", "symmetry/bloch.py",
        "np.exp(2j * np.pi * (self.kpoints @ self.translations.T))",
        "np.exp(-2j * np.pi * (self.kpoints @ self.translations.T))",
        "tests/symmetry/test_exact.py",
    ),
    Fault(
        "sign of the phase of an operation", "symmetry/bloch.py",
        "phases = np.exp(2j * np.pi * (self.parent.shifts[little]",
        "phases = np.exp(-2j * np.pi * (self.parent.shifts[little]",
        "tests/symmetry/test_exact.py",
    ),
    Fault(
        "wave vectors turned by R instead of its inverse transpose", "symmetry/bloch.py",
        "np.array([np.linalg.inv(r).T for r in parent.rotations])",
        "np.array([r for r in parent.rotations])",
        "tests/symmetry/test_exact.py tests/modes/test_distort.py",
    ),
    Fault(
        "conjugated character", "symmetry/isotypic.py",
        "total = np.tensordot(characters.conj(), images, axes=(0, 0))",
        "total = np.tensordot(characters, images, axes=(0, 0))",
        "tests/symmetry/test_sum_rules.py",
    ),
    Fault(
        "last arm of every star dropped", "symmetry/isotypic.py",
        "for arm, kpoint in enumerate(arms.tolist()):",
        "for arm, kpoint in enumerate(arms.tolist()[: max(1, len(arms) - 1)]):",
        "tests/symmetry/test_exact.py",
    ),
    Fault(
        "origin shift to the standard setting dropped", "symmetry/isotypic.py",
        "return self.change.operations(self.parent.rotations, self.parent.translations)[1]",
        "return self.change.vectors(self.parent.translations)",
        "tests/symmetry/test_exact.py",
    ),
    Fault(
        "incomplete decompositions accepted", "symmetry/isotypic.py",
        "COMPLETENESS = 1e-9", "COMPLETENESS = 1e9",
        "tests/symmetry/test_refusals.py",
    ),
    Fault(
        "polar and axial swapped in exact fields", "fields.py",
        'result: FloatArray = matrices * signs[:, None, None] if parity == "o" else matrices',
        'result: FloatArray = matrices * signs[:, None, None] if parity == "e" else matrices',
        "tests/symmetry/test_fields.py tests/symmetry/test_exact.py",
    ),
    Fault(
        "parity swapped in the network", "learning/harmonics.py",
        "if parity < 0:\n        matrices = matrices", "if parity > 0:\n        matrices = matrices",
        "tests/learning/test_learning_network.py",
    ),
    Fault(
        "polar and axial tensors swapped in checks", "symmetry/tensors.py",
        "    if axial:\n        result = result", "    if not axial:\n        result = result",
        "tests/checking/test_check.py",
    ),
    Fault(
        "order of m within l reversed", "fields.py",
        "columns.append(norm * legendre[degree, order] * angular)",
        "columns.insert(0, norm * legendre[degree, order] * angular)",
        "tests/symmetry/test_fields.py",
    ),
    Fault(
        "usual components by the transposed matrix", "fields.py",
        "components @ _to_usual(degree).T", "components @ _to_usual(degree)",
        "tests/symmetry/test_fields.py",
    ),
    Fault(
        "price that falls with l", "learning/sparsity.py",
        "return 1.0 + 0.25 * degree**2", "return 1.0 / (1.0 + 0.25 * degree**2)",
        "tests/learning/test_learning_parts.py",
    ),
    Fault(
        "no price on fields of the whole cell", "learning/sparsity.py",
        "PENALTY = 3e-3", "PENALTY = 0.0",
        "tests/learning/test_learning_parts.py -k too_little",
    ),
    Fault(
        "floor averaged over H instead of K", "symmetry/isotropy.py",
        "kept = sum(float(a.overlaps[mask].mean())", "kept = sum(float(a.overlaps[self.whole].mean())",
        "tests/symmetry/test_exact.py",
    ),
    Fault(
        "scatter told from signal by a ratio of a million", "symmetry/counting.py",
        "LEVEL = 1e-5", "LEVEL = 1e-300",
        "tests/symmetry/test_counting.py -k chance",
    ),
    Fault(
        "chance of a false signal a hundred times smaller", "symmetry/counting.py",
        "LEVEL = 1e-5", "LEVEL = 1e-7",
        "tests/symmetry/test_counting.py -k chance",
    ),
    Fault(
        "scatter allowed to be no more uneven than chance", "symmetry/counting.py",
        "pooled *= UNEVEN**2 if change < DISTORTION else 1.0", "pooled *= 1.0",
        "tests/symmetry/test_counting.py -k chance",
    ),
    Fault(
        "fields checked at ten times the tolerance", "checking/finite.py",
        "changed <= field.tolerance(tolerance) ** 2 + 1e-12",
        "changed <= (10 * field.tolerance(tolerance)) ** 2 + 1e-12",
        "tests/checking/test_checking.py",
    ),
    Fault(
        "operations that are not closed taken for a group", "symmetry/closure.py",
        "        if not kept.all():\n            return False\n", "",
        "tests/checking/test_checking.py",
    ),
    Fault(
        "rounding judged as a field", "checking/system.py",
        "_ROUNDING = 1e-8", "_ROUNDING = 0.0",
        "tests/checking/test_checking.py",
    ),
    Fault(
        "direction of the learned input not compared", "discovery/crosscheck.py",
        "SAME_DIRECTION = 0.999", "SAME_DIRECTION = -2.0",
        "tests/discovery/test_discovery.py -k corrupted",
    ),
    Fault(
        "primitive setting taken for the conventional one", "symmetry/isotypic.py",
        "return self.change.inverse.waves(kpoints)", "return np.asarray(kpoints)",
        "tests/symmetry/test_exact.py",
    ),
    Fault(
        "centring translations dropped", "symmetry/primitive_cell.py",
        "    if len(pure) == 1:\n        return np.eye(3)\n", "    if len(pure) >= 1:\n        return np.eye(3)\n",
        "tests/symmetry/test_exact.py",
    ),
    Fault(
        "As not multiplied by the size of the cell", "symmetry/bloch.py",
        "np.tensordot(phases, grid, axes=(1, 0)) / np.sqrt(self.size)",
        "np.tensordot(phases, grid, axes=(1, 0)) / self.size",
        "tests/symmetry/test_exact.py",
    ),
    Fault(
        "Ap without the square root of the size ratio", "modes/entries.py",
        "supercell if strain else supercell / float(np.sqrt(analysis.space.size))",
        "supercell if strain else supercell / float(analysis.space.size)",
        "tests/modes/test_distort.py",
    ),
    Fault(
        "strain left in the displacements", "mapping/result.py",
        "displacements = fractional @ parent.lattice",
        "displacements = fractional @ np.linalg.solve(placed.cell, placed.child_lattice)",
        "tests/mapping/test_mapping.py",
    ),
    Fault(
        "left stretch instead of right", "mapping/distortion.py",
        "np.asarray(right.T @ np.diag(singular) @ right)", "np.asarray(left @ np.diag(singular) @ left.T)",
        "tests/mapping/test_mapping.py",
    ),
    Fault(
        "sign of the rotation of the child", "mapping/distortion.py",
        "return np.asarray(left @ right), ", "return np.asarray((left @ right).T), ",
        "tests/mapping/test_mapping.py",
    ),
    Fault(
        "Kabsch without the determinant", "symmetry/molecules.py",
        "np.diag([1.0, 1.0, flip])", "np.diag([1.0, 1.0, 1.0])",
        "tests/mapping/test_mapping.py",
    ),
    Fault(
        "mean displacement left in the pairing", "mapping/pairing.py",
        "return Pairing(shifted, site, cell, vectors - mean)", "return Pairing(origin, site, cell, vectors)",
        "tests/mapping/test_mapping.py",
    ),
    Fault(
        "mean displacement left in the network's answer", "learning/learner.py",
        "displacements - displacements.mean(axis=0) if own.has_displacement else None",
        "displacements if own.has_displacement else None",
        "tests/learning/test_learning_recovery.py tests/learning/test_learning_fields.py",
    ),
    Fault(
        "occupation in the parent minus in the child", "mapping/composition.py",
        "_amounts(after, elements) - _amounts(before, elements)",
        "_amounts(before, elements) - _amounts(after, elements)",
        "tests/symmetry/test_refusals.py",
    ),
    Fault(
        "wrong side of the cosets of domains", "symmetry/subgroup.py",
        "rows = products[members[:, 0], g]", "rows = products[g, members[:, 0]]",
        "tests/modes/test_domains.py",
    ),
    Fault(
        "average of a field without its permutation", "symmetry/cell_operations.py",
        "total += values[images] @ matrices[g]", "total += values @ matrices[g]",
        "tests/symmetry/test_exact.py",
    ),
    Fault(
        "sign of the imaginary part of real order parameters", "symmetry/physical.py",
        "            out[[x, y], minus * size + i] = [1, 1j]", "            out[[x, y], minus * size + i] = [1, -1j]",
        "tests/symmetry/test_tables.py tests/symmetry/test_exact.py",
    ),
    Fault(
        "corners of an octahedron in other cells without their phase", "modes/tilts.py",
        "phase = np.exp(-2j * np.pi * (space.kpoints[kpoint] @ shift))",
        "phase = 1.0",
        "tests/modes/test_tilts.py",
    ),
    Fault(
        "seed ignored", "learning/training.py",
        "number = 1000 * self.seed + 100 * self.vote + attempt",
        "number = 100 * self.vote + attempt",
        "tests/learning/test_learning_parts.py -k seed",
    ),
    Fault(
        "random start from the clock", "learning/network.py",
        "generator = torch.Generator().manual_seed(seed)\n",
        "generator = torch.Generator()\n        generator.seed()\n",
        "tests/learning/test_learning_recovery.py -k same_seed",
    ),
    Fault(
        "gain of an input left out of its strength", "learning/path.py",
        "float(gradient[members].norm()) / gain if gain > 0", "float(gradient[members].norm()) if gain > 0",
        "tests/learning/test_learning_recovery.py -k share",
    ),
    Fault(
        "multiplicity of orbits dropped in compression", "learning/orbits.py",
        "basis[o, :, c] / np.sqrt(len(members))", "basis[o, :, c]",
        "tests/learning/test_learning_components.py tests/learning/test_learning_network.py",
    ),
    Fault(
        "multiplicity of orbits dropped in the random operators", "learning/isotypic_split.py",
        "multiplicity[self.orbits.representative] = self.orbits.multiplicity",
        "multiplicity[self.orbits.representative] = 1.0",
        "tests/learning/test_learning_components.py",
    ),
    Fault(
        "far layers left out of the random operators", "learning/isotypic_split.py",
        "DOUBLINGS = 3", "DOUBLINGS = 0",
        "tests/learning/test_learning_components.py",
    ),
    Fault(
        "neighbours taken without turning their features", "learning/compression.py",
        "frame.basis[out][target], matrices, frame.transported[into][source]",
        "frame.basis[out][target], matrices, frame.basis[into][orbits.orbit[source]]",
        "tests/learning/test_learning_network.py",
    ),
    Fault(
        "symmetric part of inputs kept", "learning/breaking.py",
        "breaking = fields @ vectors[:, values <= kept]", "breaking = fields @ vectors",
        "tests/learning/test_learning_components.py",
    ),
    Fault(
        "images of an atom in its own cell left out", "learning/graph.py",
        "i, j, s = np.nonzero((squared < cutoff**2) & (squared > 1e-6))",
        "i, j, s = np.nonzero((squared < cutoff**2) & (squared > 1e-6))\n"
        "        i, j, s = (part[i != j] for part in (i, j, s))",
        "tests/learning/test_learning_graph.py",
    ),
    Fault(
        "every member found dispensable", "learning/path.py",
        "reached = outcome.loss <= self.tolerance", "reached = True",
        "tests/learning/test_learning_recovery.py -k lamno3",
    ),
    Fault(
        "a loss below its floor passed over", "discovery/certificates.py",
        "if learned < low - ABSOLUTE - 1e-4 * low:", "if learned < -1.0:",
        "tests/discovery/test_certificates.py",
    ),
    Fault(
        "given fields not passed to the network", "learning/compression.py",
        "self.global_gain * everywhere + self.constant", "self.global_gain * everywhere",
        "tests/discovery/test_find_given.py -k tilt_given",
    ),
    Fault(
        "group that given fields leave ignored by the exact side", "discovery/known.py",
        "isotropy=self.analysis.isotropy.under(mask)", "isotropy=self.analysis.isotropy.under(None)",
        "tests/discovery/test_find_given.py -k enough",
    ),
    Fault(
        "only the first of several given fields counted", "discovery/known.py",
        "np.logical_and.reduce([k.keeps for k in known])", "known[0].keeps",
        "tests/discovery/test_find_given.py -k several",
    ),
    Fault(
        "an unsettled input called the answer", "discovery/answer.py",
        "if not learned.complete:\n            return _Told", "if not parts:\n            return _Told",
        "tests/cli/test_interrupt.py -k on_the_way",
    ),
    Fault(
        "point operations of a supercell forgotten", "learning/supercell.py",
        "if np.abs(nearest_image(turned)).max() < _WHOLE:", "if np.abs(rotation - np.eye(3)).max() < _WHOLE:",
        "tests/mapping/test_keep_cell.py -k small_cell",
    ),
)  # fmt: skip


def copy_of_the_tree(folder: Path) -> None:
    """Copy what the tests need, without caches."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
        elif source.exists():
            shutil.copy2(source, folder / name)


def environment(folder: Path) -> dict[str, str]:
    """The copy first on the path; no bytecode, so that a restored file is never taken for a changed one."""
    own = {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1"}
    return {**os.environ, **own}


def check_import(folder: Path) -> None:
    """Make sure that it is the copy that is imported, not an installed package.

    Raises
    ------
    SystemExit
        Otherwise: every fault would seem to survive.
    """
    probe = [sys.executable, "-c", "import curiebreak; print(curiebreak.__file__)"]
    found = subprocess.run(probe, cwd=folder, env=environment(folder), capture_output=True, text=True, check=True)
    if not Path(found.stdout.strip()).resolve().is_relative_to(folder.resolve()):
        raise SystemExit(f"the copy in {folder} is not what is imported, but {found.stdout.strip()}")


def existing(arguments: str, folder: Path) -> list[str]:
    """Arguments for pytest; test files that are not there yet are left out."""
    words = arguments.split()
    return [w for w in words if not w.startswith("tests/") or (folder / w).exists()]


def run_fault(fault: Fault, folder: Path) -> tuple[str, str, float]:
    """Write one fault, run its tests, restore: (verdict, test that caught it, seconds)."""
    path = folder / "curiebreak" / fault.file
    text = path.read_text()
    if text.count(fault.old) != 1:
        return "OUT OF DATE", f"`{fault.old[:40]}` stands {text.count(fault.old)} times", 0.0
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *existing(fault.tests, folder)]
    start = time.perf_counter()
    path.write_text(text.replace(fault.old, fault.new))
    try:
        ran = subprocess.run(
            command, cwd=folder, env=environment(folder), capture_output=True, text=True, timeout=LIMIT, check=False
        )
        code, output = ran.returncode, ran.stdout
    except subprocess.TimeoutExpired:
        code, output = 1, "FAILED (time limit)"
    finally:
        path.write_text(text)
    seconds = time.perf_counter() - start
    caught = re.search(r"^(?:FAILED|ERROR) (\S+)", output, re.MULTILINE)
    if code == 1 and caught:
        return "caught", caught.group(1), seconds
    if code == 0:
        return "SURVIVED", fault.tests, seconds
    return "NOT RUN", output[-300:], seconds


def kept_rows(text: str) -> dict[str, str]:
    """Tests that caught faults, by the fault's name, as an earlier page says."""
    return dict(re.findall(r"^\| (.+?) \| `[^`]+` \| `([^`]+)` \|$", text, re.MULTILINE))


def with_earlier(rows: list[tuple[Fault, str, str]], text: str) -> list[tuple[Fault, str, str]]:
    """All faults: those just run, others as an earlier page has them."""
    run, earlier = {fault.name: row for row in rows for fault in row[:1]}, kept_rows(text)
    return [run.get(f.name, (f, "caught" if f.name in earlier else "not run", earlier.get(f.name, ""))) for f in FAULTS]


def page(rows: list[tuple[Fault, str, str]]) -> str:
    """Page with one row a fault: name, place, first test that fails on it."""
    caught = sum(verdict == "caught" for _, verdict, _ in rows)
    lines = [
        "# Deliberate faults",
        "",
        "Made by `tests/support/mutations.py`. Each fault is written into a copy of the package, one at a time;",
        f"the test named is the first to fail. {caught} of {len(rows)} are caught.",
        "",
        "| fault | in | caught by |",
        "|---|---|---|",
    ]
    for fault, verdict, test in rows:
        found = f"`{test.removeprefix('tests/')}`" if verdict == "caught" else f"**{verdict.lower()}**"
        lines.append(f"| {fault.name} | `{fault.file}` | {found} |")
    return "\n".join(lines) + "\n"


def main(arguments: list[str]) -> int:
    """Run the faults whose names hold one of the words; all by default."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("words", nargs="*")
    parser.add_argument("--shard", default="0/1", help="I/N: every N-th fault from the I-th on")
    parser.add_argument("--page", type=Path, help="write the table as a page here")
    given = parser.parse_args(arguments)
    first, step = (int(part) for part in given.shard.split("/"))
    chosen = [f for f in FAULTS if not given.words or any(w in f.name for w in given.words)][first::step]
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copy_of_the_tree(folder)
        check_import(folder)
        for fault in chosen:
            verdict, test, seconds = run_fault(fault, folder)
            print(f"{verdict:12}{seconds:6.0f} s  {fault.name}  ({test})", flush=True)
            rows.append((fault, verdict, test))
    if given.page:
        given.page.write_text(page(with_earlier(rows, given.page.read_text() if given.page.exists() else "")))
    return int(any(verdict != "caught" for _, verdict, _ in rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
