"""`decompose` on every shared case of confidence high or medium.

Numbers, directions and groups are those of each case's ``expected.yaml`` (ISODISTORT, AMPLIMODES, CrystOD,
Howard & Stokes). Allowed differences are those that the README of the data lists: GM2- of case 09 (pinned
origin), oversized cells (compare Ap), directions up to domain.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from direction_classes import same_direction_class
from shared_data import shared_folder

from curiebreak.errors import NotCompatibleError
from curiebreak.modes import Analysis
from curiebreak.modes.decompose import analyse_pair, decomposition
from curiebreak.results import Decomposition, IrrepEntry
from curiebreak.symmetry.images import image_group

yaml = pytest.importorskip("yaml")
pytestmark = pytest.mark.shared

CASES = shared_folder() / "data" / "cases"
PINNED = {("09_ymno3_p63cm", "GM2-")}
ALL = sorted(p.parent.name for p in CASES.glob("*/expected.yaml"))
NEGATIVE = [name for name in ALL if "NEG" in name]


@cache
def expected(name: str) -> dict[str, Any]:
    return dict(yaml.safe_load((CASES / name / "expected.yaml").read_text()))


POSITIVE = [name for name in ALL if name not in NEGATIVE and expected(name)["confidence"] in ("high", "medium")]


@cache
def found(name: str) -> tuple[Analysis, Decomposition]:
    folder = CASES / name
    analysis, seconds, options = analyse_pair(folder / "parent.cif", folder / "child.cif")
    return analysis, decomposition(analysis, seconds, options)


def entry(name: str, label: str, kind: str = "displacement") -> IrrepEntry | None:
    return next((e for e in found(name)[1].irreps if e.irrep == label and e.kind == kind), None)


def published(name: str) -> list[dict[str, Any]]:
    return [e for e in expected(name).get("irreps") or [] if "As_occ" not in e]


def crystod(name: str) -> list[dict[str, Any]]:
    rows = (expected(name).get("crosscheck_crystod") or {}).get("irreps") or []
    return [row for row in rows if "irrep" in row]


def size(name: str) -> int:
    mapping = found(name)[1].mapping
    assert mapping is not None
    return mapping.size


def wanted_ap(name: str, row: dict[str, Any]) -> float | None:
    for key in ("Ap", "amplimodes_parent_norm"):
        if row.get(key) is not None:
            return float(row[key])
    stated = expected(name).get("size_index")
    total = next((row[k] for k in ("As", "amplimodes", "amplimodes_like") if row.get(k) is not None), None)
    return None if total is None else float(total) / float(stated or size(name)) ** 0.5


def close(got: float, want: float) -> bool:
    """Within 1e-3 Å or 0.5 %: the published numbers are rounded."""
    return abs(got - want) <= max(1e-3, 0.005 * want)


@pytest.mark.parametrize("name", POSITIVE)
def test_labels_and_amplitudes(name: str) -> None:
    for row in published(name):
        got, want = entry(name, row["label"]), wanted_ap(name, row)
        assert got is not None, row["label"]
        if want is not None and (name, row["label"]) not in PINNED:
            assert got.amplitude_parent is not None
            assert close(got.amplitude_parent, want), row["label"]


@pytest.mark.parametrize("name", POSITIVE)
def test_amplitudes_of_crystod_and_no_other_irreps(name: str) -> None:
    rows = crystod(name)
    labels = {row["irrep"] for row in rows}
    for row in rows:
        got = entry(name, row["irrep"])
        amplitude = 0.0 if got is None else got.amplitude_supercell or 0.0
        assert close(amplitude, row["amplitude"]), row["irrep"]
    for other in found(name)[1].irreps:
        if rows and other.kind == "displacement" and other.irrep not in labels:
            assert (other.amplitude_supercell or 0.0) < 1e-3, other.irrep


@pytest.mark.parametrize("name", POSITIVE)
def test_site_modes(name: str) -> None:
    rows = [m for e in expected(name).get("irreps") or [] for m in e.get("modes") or []]
    rows += expected(name).get("isodistort_modes") or []
    for irrep, want in _norms(rows).items():
        if any(irrep.startswith(label) for case, label in PINNED if case == name):
            continue
        got = [m for e in found(name)[1].irreps if e.kind != "strain" for m in e.modes]
        total = sum(m.amplitude_supercell**2 for m in got if _bare(m.label) == irrep) ** 0.5
        ratio = 2**0.5 if name.startswith("08") else 1.0
        assert total * ratio == pytest.approx(want, abs=2e-3, rel=5e-3), irrep


def _norms(rows: list[dict[str, Any]]) -> dict[str, float]:
    """Norm over the letters (which depend on the domain) of each irrep, site and site irrep."""
    squares: dict[str, float] = {}
    for row in rows:
        squares[_bare(row["label"])] = squares.get(_bare(row["label"]), 0.0) + float(row["As"]) ** 2
    return {key: value**0.5 for key, value in squares.items()}


def _bare(label: str) -> str:
    """Irrep, Wyckoff letter, kind and site irrep: atom labels and copies' numbers differ between files."""
    label = re.sub(r"^\[[^\]]*\]", "", label)
    match = re.fullmatch(r"([^\[]+)\[([^:\]]+):(\w+)(?::(dsp|occ))?\]([^(_]+)(?:_\d+)?\(\w+\)", label)
    assert match is not None, label
    irrep, atom, wyckoff, kind, site = match.groups()
    return f"{irrep} {re.sub('[^a-z]', '', atom.lower())} {wyckoff} {kind or 'dsp'} {site}"


@pytest.mark.parametrize("name", POSITIVE)
def test_directions(name: str) -> None:
    for row in published(name):
        for text in re.findall(r"\([^()]*\)", str(row.get("opd", ""))):
            if name.startswith("05") and text != "(0;a)":  # AMPLIMODES' axes, not the tables'
                continue
            _same_direction(name, row["label"], text)
    given = {row["label"] for row in published(name) if "opd" in row}  # CrystOD orders M5-'s arms otherwise
    for row in crystod(name):
        if row["irrep"] not in given and not re.search(r"\d\.\d", row["opd"]):
            _same_direction(name, row["irrep"], row["opd"])


def _same_direction(name: str, label: str, text: str) -> None:
    analysis, got = found(name)[0], entry(name, label)
    if got is None or got.role == "noise":
        return
    mode = analysis.mode(label)
    assert mode is not None and got.direction is not None
    images = image_group(analysis.parent, mode.irrep)
    assert same_direction_class(images, text, got.direction), (label, text, got.direction)


@pytest.mark.parametrize("name", POSITIVE)
def test_isotropy_groups(name: str) -> None:
    stated = [(r["label"], r["isotropy_sg"]) for r in published(name) if "isotropy_sg" in r]
    stated += [(r["irrep"], r["isotropy"]) for r in crystod(name)]
    for label, text in stated:
        got = entry(name, label)
        if got is None or got.role == "noise":
            continue
        assert got.isotropy_subgroup is not None
        number = re.search(r"\b(\d+)\b(?!_)", re.sub(r"\b[A-Za-z]\S*", "", text))
        assert number is not None
        assert got.isotropy_subgroup.number == int(number.group(1)), (label, text)


@pytest.mark.parametrize("name", POSITIVE)
def test_group_index_and_size(name: str) -> None:
    result, stated = found(name)[1], expected(name)
    assert result.isotropy_subgroup is not None
    index = stated.get("symmetry_index")
    if isinstance(index, int):
        assert result.isotropy_subgroup.index == index
    if stated.get("size_index") and not name.startswith("08"):  # stored in a doubled cell
        assert result.isotropy_subgroup.size == int(stated["size_index"])
    number = re.search(r"\((\d+)\)", stated["child_sg"])
    if number:
        assert result.isotropy_subgroup.number == int(number.group(1))


@pytest.mark.parametrize("name", POSITIVE)
def test_kpoints(name: str) -> None:
    analysis = found(name)[0]
    for row in published(name):
        got = entry(name, row["label"])
        if got is None or got.kpoint is None:
            continue
        mode = analysis.mode(row["label"])
        assert mode is not None
        stated = [_fraction(x) for x in row["k"].strip("()").split(",")]
        arms = [[float(x) for x in arm] for arm in mode.irrep.arms]
        primitive = analysis.parent.to_standard.matrix
        steps = [[(a - b) for a, b in zip(arm, stated, strict=True)] for arm in arms]
        steps += [[(-a - b) for a, b in zip(arm, stated, strict=True)] for arm in arms]
        products = [[sum(s[i] * primitive[i][j] for i in range(3)) for j in range(3)] for s in steps]
        assert any(all(abs(x - round(x)) < 1e-6 for x in row_) for row_ in products), (row["label"], row["k"])


def _fraction(text: str) -> float:
    top, _, bottom = text.partition("/")
    return float(top) / float(bottom or 1)


@pytest.mark.parametrize("name", [n for n in POSITIVE if expected(n).get("primary_irreps")])
def test_primary_set(name: str) -> None:
    result = found(name)[1]
    stated = [set(labels) for labels in expected(name)["primary_irreps"]]
    assert set(result.primary) in stated
    assert {frozenset(s) for s in stated} <= {frozenset(s) for s in result.minimal_sets}


@pytest.mark.parametrize("name", POSITIVE)
def test_squares_add_up(name: str) -> None:
    for one in found(name)[1].irreps:
        squared = sum(m.amplitude_supercell**2 for m in one.modes)
        if one.role != "noise":
            assert squared == pytest.approx((one.amplitude_supercell or 0.0) ** 2, abs=1e-10)


@pytest.mark.parametrize("name", NEGATIVE)
def test_impossible_pairs_are_refused(name: str) -> None:
    folder: Path = CASES / name
    with pytest.raises(NotCompatibleError) as refused:
        analyse_pair(folder / "parent.cif", folder / "child.cif")
    assert refused.value.message and refused.value.hint
