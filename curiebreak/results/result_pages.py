"""The published description of the results: JSON Schema files and tables of all keys.

``python -m curiebreak.results.result_pages docs`` writes both anew: ``docs/schema/*.schema.json``
and the tables of ``docs/results*.md`` below the marker. A part that one page alone needs stands on it, the others on
a page of their own.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
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

_PAGES: dict[str, dict[str, type]] = {
    "results.md": {
        "All results": Record,
        "Results about a parent alone": ParentRecord,
        "Results about a pair": Document,
    },
    "results_pair.md": {
        "`find` and `modes`": PairDocument,
        "`find`": Finding,
        "`modes`": Decomposition,
        "`map`": MappingResult,
        "`certify`": Certification,
        "`couplings`": CouplingResult,
        "`intermediate`": Intermediates,
    },
    "results_lookups.md": {
        "`parent`": ParentSearch,
        "`irreps`": IrrepList,
        "`distort --list-directions` and `--couple`": DirectionList,
        "`subgroups`": SubgroupList,
        "`phonons`": PhononResult,
        "`distort`": DistortResult,
    },
    "results_series.md": {
        "`check`": SymmetryCheck,
        "`hidden-field`": HiddenFieldResult,
        "`predict`": Prediction,
        "`train`": Training,
        "`track`": TrackResult,
    },
    "results_parts.md": {},
}
"""Pages with the results that stand on them; the parts that several pages need stand on the last one."""

PAGES = tuple(_PAGES)
_WORDS = {float: "number", int: "integer", str: "string", bool: "boolean"}


def _homes() -> dict[str, tuple[str, type]]:
    """Page and class of every part, by name."""
    seen: dict[str, tuple[set[str], type]] = {}
    for page, kinds in _PAGES.items():
        for part in (part for kind in kinds.values() for part in _parts(kind)):
            seen.setdefault(part.__name__, (set(), part))[0].add(page)
    return {name: (pages.pop() if len(pages) == 1 else PAGES[-1], part) for name, (pages, part) in seen.items()}


def tables(page: str) -> str:
    """Markdown tables of the keys that stand on a page, results first, then parts."""
    homes = _homes()
    sections = [f"## {title}\n\n{_table(kind, page, homes)}" for title, kind in _PAGES[page].items()]
    own = sorted((name, part) for name, (home, part) in homes.items() if home == page)
    sections += ["## Parts"] if own and sections else []
    for name, part in own:
        summary = (inspect.getdoc(part) or "").split("\n\n")[0].replace("\n", " ")
        sections.append(f"### {name}\n\n{_markdown(summary)}\n\n{_table(part, page, homes)}")
    return "\n\n".join(sections) + "\n"


def with_tables(text: str, page: str) -> str:
    """The text of a page with everything below the marker replaced by the tables."""
    return text.partition(MARKER)[0] + MARKER + "\n\n" + tables(page)


def _own_fields(kind: Any) -> list[str]:
    base = kind.__mro__[1]
    inherited = {f.name for f in dataclasses.fields(base)} if dataclasses.is_dataclass(base) else set()
    return [f.name for f in dataclasses.fields(kind) if f.name not in inherited]


def _table(kind: Any, page: str, homes: dict[str, tuple[str, type]]) -> str:
    meaning = descriptions(kind)
    lines = ["| key | type | meaning |", "|---|---|---|"]
    for name in _own_fields(kind):
        words = _LINK.sub(lambda found: _linked(found[1], page, homes), _words(hints_of(kind)[name]))
        lines.append(f"| `{name}` | {words} | {_markdown(meaning[name])} |")
    return "\n".join(lines)


_LINK = re.compile(r"<(\w+)>")


def _linked(name: str, page: str, homes: dict[str, tuple[str, type]]) -> str:
    home = homes[name][0]
    return f"[{name}]({'' if home == page else home}#{name.lower()})"


def _markdown(text: str) -> str:
    return text.replace("``", "`").replace("`None`", "`null`").replace("|", "\\|")


def _words(hint: Any) -> str:
    """A type in words, a part of a result as its name between angle brackets."""
    hint, optional = optional_of(hint)
    return _plain_words(hint) + (" or null" if optional else "")


def _plain_words(hint: Any) -> str:
    if hint is Any:
        return "any"
    if dataclasses.is_dataclass(hint):
        return f"<{hint.__name__}>"  # type: ignore[union-attr]
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
    for name in PAGES:
        page = directory / name
        page.write_text(with_tables(page.read_text(encoding="utf-8"), name), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
