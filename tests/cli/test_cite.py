"""`curiebreak cite`: complete BibTeX, and only for what a run used."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from command_line import CommandLine

import curiebreak
from curiebreak.citations import bibtex, read_result, references
from curiebreak.citations.choose import REASONS, _entries

ROOT = Path(__file__).resolve().parents[2]
NEEDED = {
    "article": {"author", "title", "journal", "volume", "pages", "year", "doi"},
    "inproceedings": {"author", "title", "booktitle", "pages", "year", "doi"},
    "book": {"author", "title", "publisher", "year"},
    "misc": {"author", "title", "year"},
}
VERSIONS = {"curiebreak": "0.1.0", "numpy": "2", "scipy": "1", "spglib": "2"}


def fields(entry: str) -> dict[str, str]:
    """Fields of one entry; braces must balance within each."""
    found = {}
    for match in re.finditer(r"^  (\w+)\s*=\s*\{", entry, re.MULTILINE):
        depth, end = 1, match.end()
        while depth:
            depth += {"{": 1, "}": -1}.get(entry[end], 0)
            end += 1
        found[match[1]] = " ".join(entry[match.end() : end - 1].split())
    return found


def keys(result: dict[str, Any]) -> set[str]:
    return {reference.key for reference in references(result)}


def crystal(path: str = "a.cif") -> dict[str, Any]:
    return {"path": path, "space_group": {"number": 221, "symbol": "Pm-3m"}, "point_group": None}


def test_every_entry_has_a_reason_and_the_other_way_round() -> None:
    assert set(_entries()) == set(REASONS)
    assert [reference.key for reference in references()] == list(REASONS)


@pytest.mark.parametrize("key", REASONS)
def test_entries_are_complete(key: str) -> None:
    entry = _entries()[key]
    kind = re.match(r"@(\w+)\{", entry)[1]  # type: ignore[index]
    found = fields(entry)
    assert found.keys() >= NEEDED[kind], NEEDED[kind] - found.keys()
    assert entry.count("{") == entry.count("}") and entry.isascii()
    assert re.fullmatch(r"(18|19|20)\d\d", found["year"])
    assert "," in found["author"] or found["author"].startswith("{")
    if "doi" in found:
        assert re.fullmatch(r"10\.\d{4,5}/\S+", found["doi"])
    if kind == "article":
        assert re.fullmatch(r"[A-Z]?\d+(--\d+)?", found["pages"]) and found["volume"].isdigit()


def test_another_parser_reads_it() -> None:
    bibtexparser = pytest.importorskip("bibtexparser")
    database = bibtexparser.loads(bibtex(references()))
    assert [entry["ID"] for entry in database.entries] == list(REASONS)


def test_citation_file_says_the_same() -> None:
    cff = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    for work, key in ((cff["preferred-citation"], "Smidt2021"), (cff["references"][0], "Stokes2013")):
        entry = fields(_entries()[key])
        assert work["doi"] == entry["doi"]
        assert str(work["volume"]) == entry["volume"] and str(work["year"]) == entry["year"]
        assert str(work["start"]) == entry["pages"].split("--")[0]
        assert work["title"].lower() == re.sub(r"[{}]", "", entry["title"]).lower()
        assert " and ".join(f"{a['family-names']}, {a['given-names']}" for a in work["authors"]) == entry["author"]


def test_only_what_was_used() -> None:
    exact = {"command": "modes", "versions": VERSIONS, "parent": crystal(), "child": crystal()}
    everywhere = {"curiebreak", "Smidt2021", "Harris2020", "Virtanen2020"}
    tables = {"Stokes2013", "ISOIR", "Cracknell1979", "Togo2024"}
    assert keys(exact) == everywhere | tables | {"Wojdyr2022"}
    learned = exact | {"versions": VERSIONS | {"torch": "2", "e3nn": "0.6"}}
    assert keys(learned) - keys(exact) == {"Ansel2024", "Geiger2022"}
    tilted = exact | {"glazer": {"angles": [0.0, 0.0, 4.2], "irreps": {"R4+": "(a,0,0)"}}}
    assert keys(tilted) - keys(exact) == {"Glazer1972", "HowardStokes1998"}
    double = exact | {"glazer": {"angles": [0.0, 0.0, 4.2], "irreps": {"GM4+": "(a,0,0)"}}}
    assert keys(double) - keys(tilted) == {"Howard2003"}
    assert keys(exact | {"glazer": {"angles": [0.0, 0.0, 0.0], "irreps": {}}}) == keys(exact)
    assert keys(exact | {"child": crystal("POSCAR")}) - keys(exact) == {"Larsen2017"}
    assert keys(exact | {"child": crystal("child.cif.gz")}) == keys(exact)


def test_version_of_the_run() -> None:
    old = {"command": "map", "versions": VERSIONS | {"curiebreak": "0.0.7"}}
    assert "version 0.0.7}" in bibtex(references(old))
    assert f"version {curiebreak.__version__}}}" in bibtex(references()) and "@VERSION@" not in bibtex(references())


def test_molecules() -> None:
    part = {"path": "square.xyz", "space_group": None, "point_group": "D4h"}
    found = keys({"command": "find", "versions": VERSIONS, "parent": part, "child": part})
    assert {"Mulliken1955", "Larsen2017"} <= found
    assert not {"Stokes2013", "Togo2024", "Wojdyr2022"} & found


def test_command(command_line: CommandLine, structures: Path) -> None:
    command_line("modes", structures / "lamno3_cubic.cif", structures / "lamno3_pnma.cif", "-o", "modes.json", "-q")
    ran = command_line("cite", "modes.json")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == bibtex(references(read_result("modes.json")))
    assert "HowardStokes1998" in ran.out and "Ansel2024" not in ran.out
    assert [r["key"] for r in command_line("cite", "modes.json", "--json").json["references"]] == [
        reference.key for reference in references(read_result("modes.json"))
    ]
    written = command_line("cite", "-o", "all.bib", "-q")
    assert (written.code, written.out, written.err) == (0, "", "")
    assert Path("all.bib").read_text() == bibtex(references()) == command_line("cite").out
    assert command_line("cite", "-o", "all.bib").code == 2


@pytest.mark.parametrize("content", ["no json", "[]", json.dumps({"versions": {}}), None])
def test_bad_input(command_line: CommandLine, content: str | None) -> None:
    if content is not None:
        Path("result.json").write_text(content)
    assert "result.json" in command_line.refuses(3, "cite", "result.json").err
