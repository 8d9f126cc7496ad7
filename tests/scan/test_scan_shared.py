"""Recognition on the shared database of real perovskites, and a scan of a sample of it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from curiebreak.scan.analysing import read_piece
from curiebreak.scan.inputs import list_sources
from curiebreak.scan.recognise import Perovskite, recognise
from curiebreak.scan.running import scan
from curiebreak.scan.table import query
from curiebreak.structures import read_structure

pytestmark = [pytest.mark.shared, pytest.mark.slow]


def test_perovskites_are_recognised_and_polymorphs_are_not(shared: Path) -> None:
    folder = shared / "data" / "tiltdb"
    with (folder / "index.csv").open(newline="") as stream:
        wanted = [row["id"] for row in csv.DictReader(stream) if row["maps_to_cubic_perovskite"] == "yes"]
    assert len(wanted) > 651
    lost = [
        name for name in wanted if not isinstance(recognise(read_structure(folder / "cif" / f"{name}.cif")), Perovskite)
    ]
    assert lost == []
    sources = list(list_sources(folder / "negatives" / "structures.jsonl"))
    assert len(sources) == 117
    assert [s.id for s in sources if isinstance(recognise(read_piece(s.child)), Perovskite)] == []


def test_textbook_tilts_of_a_sample(shared: Path, tmp_path: Path) -> None:
    folder = shared / "data" / "tiltdb"
    with (folder / "groundtruth" / "textbook_labels.csv").open(newline="") as stream:
        rows = [r for r in csv.DictReader(stream) if r["agrees"] == "yes"][::8]
    spelled = {"a-a-c+": "a+b-b-", "a-a-c0": "a0b-b-", "a0b-c+": "a0b+c-"}
    with (tmp_path / "some.jsonl").open("w") as stream:
        for row in rows:
            child = read_structure(folder / "cif" / f"{row['id']}.cif")
            plain = {"lattice": child.lattice.tolist(), "species": child.species, "frac": child.coords.tolist()}
            stream.write(json.dumps({"id": row["id"], **plain}) + "\n")
    scan(tmp_path / "some.jsonl", tmp_path / "t.db", learn=False)
    names, found = query(tmp_path / "t.db")
    own = {line[0]: line[names.index("glazer")] for line in found}
    wanted = {row["id"]: spelled.get(row["geo_glazer"], row["geo_glazer"]) for row in rows}
    assert own == wanted and len(own) >= 10


@pytest.mark.parametrize(("name", "centre"), [("mp-752764", "V"), ("mp-1093994", "Sn"), ("mp-2047197", "Sn")])
def test_centres_of_structures_like_lithium_niobate(shared: Path, name: str, centre: str) -> None:
    """LiVF3 and ZnSnS3, whose angles are nearly equal, by regular octahedra; RbSnCl3 by its angles."""
    found = recognise(read_structure(shared / "data" / "tiltdb" / "cif" / f"{name}.cif"))
    assert isinstance(found, Perovskite)
    structure = read_structure(shared / "data" / "tiltdb" / "cif" / f"{name}.cif")
    assert {structure.species[i] for i in found.net.centres} == {centre}
