"""The published description of the results: JSON Schema files and tables of all keys.

``python -m curiebreak.results.result_pages docs`` writes both anew: ``docs/schema/*.schema.json``
and the tables of ``docs/results.md`` below the marker.
"""

from __future__ import annotations

import dataclasses
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin

from curiebreak.results.certification import Certification
from curiebreak.results.check import SymmetryCheck
from curiebreak.results.coupling_list import CouplingResult
from curiebreak.results.documents import Decomposition, Document, Finding, MappingResult, PairDocument
from curiebreak.results.field_recovery import HiddenFieldResult
from curiebreak.results.intermediates import Intermediates
from curiebreak.results.parent_records import DirectionList, DistortResult, IrrepList, ParentRecord
from curiebreak.results.parents import ParentSearch
from curiebreak.results.phonon_records import PhononResult
from curiebreak.results.prediction import Prediction, Training
from curiebreak.results.record import Record
from curiebreak.results.schema import descriptions, write_schemas
from curiebreak.results.serialise import hints_of, optional_of
from curiebreak.results.subgroup_records import SubgroupList
from curiebreak.results.tracking import TrackResult

MARKER = "<!-- The tables below are written by `python -m curiebreak.results.result_pages docs`. -->"

_DOCUMENTS = {
    "All results": Record,
    "Results about a parent alone": ParentRecord,
    "Results about a pair": Document,
    "`find` and `modes`": PairDocument,
    "`find`": Finding,
    "`modes`": Decomposition,
    "`map`": MappingResult,
    "`certify`": Certification,
    "`couplings`": CouplingResult,
    "`check`": SymmetryCheck,
    "`hidden-field`": HiddenFieldResult,
    "`intermediate`": Intermediates,
    "`parent`": ParentSearch,
    "`predict`": Prediction,
    "`train`": Training,
    "`irreps`": IrrepList,
    "`distort --list-directions` and `--couple`": DirectionList,
    "`subgroups`": SubgroupList,
    "`phonons`": PhononResult,
    "`distort`": DistortResult,
    "`track`": TrackResult,
}
_WORDS = {float: "number", int: "integer", str: "string", bool: "boolean"}


def tables() -> str:
    """Markdown tables of every key of every result, documents first, then their parts."""
    parts: dict[str, type] = {}
    for kind in _DOCUMENTS.values():
        parts |= {part.__name__: part for part in _parts(kind)}
    sections = [f"## {title}\n\n{_table(kind)}" for title, kind in _DOCUMENTS.items()]
    sections.append("## Parts")
    for name, part in sorted(parts.items()):
        summary = (inspect.getdoc(part) or "").split("\n\n")[0].replace("\n", " ")
        sections.append(f"### {name}\n\n{_markdown(summary)}\n\n{_table(part)}")
    return "\n\n".join(sections) + "\n"


def with_tables(page: str) -> str:
    """The page with everything below the marker replaced by the tables."""
    return page.partition(MARKER)[0] + MARKER + "\n\n" + tables()


def _own_fields(kind: Any) -> list[str]:
    base = kind.__mro__[1]
    inherited = {f.name for f in dataclasses.fields(base)} if dataclasses.is_dataclass(base) else set()
    return [f.name for f in dataclasses.fields(kind) if f.name not in inherited]


def _table(kind: Any) -> str:
    meaning = descriptions(kind)
    lines = ["| key | type | meaning |", "|---|---|---|"]
    for name in _own_fields(kind):
        lines.append(f"| `{name}` | {_words(hints_of(kind)[name])} | {_markdown(meaning[name])} |")
    return "\n".join(lines)


def _markdown(text: str) -> str:
    return text.replace("``", "`").replace("`None`", "`null`").replace("|", "\\|")


def _words(hint: Any) -> str:
    hint, optional = optional_of(hint)
    return _plain_words(hint) + (" or null" if optional else "")


def _plain_words(hint: Any) -> str:
    if hint is Any:
        return "any"
    if dataclasses.is_dataclass(hint):
        name = hint.__name__  # type: ignore[union-attr]
        return f"[{name}](#{name.lower()})"
    inner = get_args(hint)
    if get_origin(hint) is tuple:
        count = "" if inner[-1] is Ellipsis else f"{len(inner)} "
        return f"list of {count}{_words(inner[0])}"
    if get_origin(hint) is dict:
        return "object" if inner[1] is Any else f"object of {_words(inner[1])}"
    return _WORDS.get(hint, "string")


def _parts(kind: Any) -> Iterator[type]:
    """Dataclasses that occur anywhere in a model."""
    for hint in hints_of(kind).values():
        yield from _dataclasses_in(hint)


def _dataclasses_in(hint: Any) -> Iterator[type]:
    if dataclasses.is_dataclass(hint):
        yield hint  # type: ignore[misc]
        yield from _parts(hint)
    for inner in get_args(hint):
        yield from _dataclasses_in(inner)


def main(directory: Path) -> None:
    """Write schema files and tables into the documentation directory."""
    write_schemas(directory / "schema")
    page = directory / "results.md"
    page.write_text(with_tables(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
