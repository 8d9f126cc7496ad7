"""A sample of MAGNDATA against the irreps and BNS groups that its authors state, and random structures read back."""

from __future__ import annotations

import csv
import gzip
import json
import re
from pathlib import Path

import pytest
from magnetic_round_trip import magnetic_trip

from curiebreak.errors import InputError
from curiebreak.magnetic.magnetic_analysis import analyse_placed
from curiebreak.magnetic.magnetic_document import listed_group
from curiebreak.magnetic.magnetic_modes import decompose_magnetic
from curiebreak.magnetic.stated_setting import place, stated_setting
from curiebreak.structures.magnetic_cif import magnetic_crystal

EVERY = 40
"""Of the 989 files one in so many; 25 files take a second and a half."""


def members(label: str) -> frozenset[str]:
    """Labels that a joined one is made of, without the m."""
    return frozenset(re.findall(r"[A-Z]+\d+[+-]?", re.sub(r"^m(?=[A-Z])|(?<=[\d+-])m(?=[A-Z])", "", label)))


def sample(shared: Path) -> list[tuple[dict[str, str], str]]:
    folder = shared / "data" / "magndata"
    with (folder / "truth.csv").open(encoding="utf-8") as stream:
        truth = {row["file"]: row for row in csv.DictReader(stream)}
    with gzip.open(folder / "magndata.jsonl.gz", "rt", encoding="utf-8") as stream:
        lines = [json.loads(line) for line in stream]
    faulty = [one for one in lines if truth[one["file"]]["tags_usable_as_stated"] == "no"]
    return [(truth[one["file"]], one["mcif"]) for one in (*lines[::EVERY], *faulty)]


@pytest.mark.shared
def test_stated_irreps_and_groups(shared: Path) -> None:
    """Every irrep above 0.2 % of the squared moments is stated, and the group is that of the stated operations."""
    wrong = []
    for row, text in sample(shared):
        if row["tags_usable_as_stated"] == "no" or not row["ours"]:
            with pytest.raises(InputError):
                place(crystal := magnetic_crystal(text), stated_setting(crystal))
            continue
        crystal = magnetic_crystal(text)
        analysis = analyse_placed(place(crystal, stated_setting(crystal)))
        total = analysis.isotropy.total_of("magnetic")
        found = {members(a.irrep.label) for a in analysis.active if a.odd and a.squared > 2e-3 * total}
        accepted = [row["truth_found"], row["also_accept"]]
        if not any(found <= {members(x) for x in labels.split()} for labels in accepted if labels):
            wrong.append((row["file"], found, row["truth_found"]))
        group = listed_group(analysis)
        if group is None or group.bns_number != row["bns_operations"]:
            wrong.append((row["file"], group, row["bns_operations"]))
    assert wrong == []


ROUND_TRIP = (2, 14, 36, 62, 82, 136, 152, 166, 187, 194, 205)


@pytest.mark.parametrize("structural", [False, True])
@pytest.mark.parametrize("number", ROUND_TRIP)
def test_random_irreps_of_moments_are_read_back(number: int, structural: bool) -> None:
    """Scrambled, in another cell, moments rounded to 0.01 μB, no operations listed."""
    trip = next(t for seed in range(1, 40) if (t := magnetic_trip(number, seed, structural)) is not None)
    result = decompose_magnetic(trip.parent.structure, trip.crystal)
    moments = [entry for entry in result.irreps if entry.kind == "magnetic" and (entry.share or 0.0) > 1e-3]
    assert {entry.irrep for entry in moments} == {trip.label}
    cells = len(trip.crystal) / result.child.n_atoms
    size = sum(entry.amplitude_supercell or 0.0 for entry in moments)
    assert size * cells**0.5 == pytest.approx(trip.amplitude, rel=0.01)
    if structural:
        moved = {e.irrep for e in result.irreps if e.kind == "displacement" and (e.share or 0.0) > 0.01}
        assert trip.structural in moved
