"""JSON Schema of the result models, from their type hints and the sentence under each field."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import sys
from collections.abc import Mapping
from enum import Enum
from functools import cache
from itertools import pairwise
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from curiebreak.results.certification import Certification
from curiebreak.results.check import SymmetryCheck
from curiebreak.results.coupling_list import CouplingResult
from curiebreak.results.documents import Decomposition, Finding, MappingResult
from curiebreak.results.field_recovery import HiddenFieldResult
from curiebreak.results.intermediates import Intermediates
from curiebreak.results.parent_records import DirectionList, DistortResult, IrrepList
from curiebreak.results.parents import ParentSearch
from curiebreak.results.phonon_records import PhononResult
from curiebreak.results.prediction import Prediction, Training
from curiebreak.results.record import SCHEMA_VERSION, Record
from curiebreak.results.serialise import dumps, hints_of, optional_of
from curiebreak.results.subgroup_records import SubgroupList
from curiebreak.results.tracking import TrackResult

DOCUMENTS: dict[str, type[Record]] = {
    "finding": Finding,
    "decomposition": Decomposition,
    "mapping": MappingResult,
    "certification": Certification,
    "couplings": CouplingResult,
    "check": SymmetryCheck,
    "hidden_field": HiddenFieldResult,
    "intermediates": Intermediates,
    "parents": ParentSearch,
    "prediction": Prediction,
    "training": Training,
    "irreps": IrrepList,
    "directions": DirectionList,
    "subgroups": SubgroupList,
    "phonons": PhononResult,
    "distort": DistortResult,
    "track": TrackResult,
}

_SCALARS = {float: "number", int: "integer", str: "string", bool: "boolean"}


def json_schema(document: type[Record]) -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a result model.

    Parameters
    ----------
    document : type
        One of :data:`DOCUMENTS`.

    Returns
    -------
    dict
        The schema; all keys are required, further ones are allowed.
    """
    definitions: dict[str, Any] = {}
    body = _object_schema(document, definitions)
    body["properties"]["schema_version"] = {"const": SCHEMA_VERSION}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": document.__name__,
        **body,
        "$defs": dict(sorted(definitions.items())),
    }


def descriptions(kind: type) -> dict[str, str]:
    """Meaning of each field of a model: the sentence that stands under it, there or where it is inherited from."""
    found: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        if dataclasses.is_dataclass(base):
            found |= _sentences(base.__module__).get(base.__name__, {})
    return found


@cache
def _sentences(module: str) -> dict[str, dict[str, str]]:
    """Class -> field -> the string under it, read from the source: Python itself does not keep it."""
    found: dict[str, dict[str, str]] = {}
    for node in ast.parse(inspect.getsource(sys.modules[module])).body:
        if isinstance(node, ast.ClassDef):
            own = found.setdefault(node.name, {})
            for field_and_below in pairwise(node.body):
                match field_and_below:
                    case ast.AnnAssign(target=ast.Name(name)), ast.Expr(ast.Constant(str(text))):
                        own[name] = " ".join(inspect.cleandoc(text).split())
    return found


def _object_schema(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    meaning = descriptions(kind)
    properties = {}
    for field in dataclasses.fields(kind):
        schema = _schema(hints_of(kind)[field.name], definitions)
        properties[field.name] = {"description": meaning[field.name], **schema}
    summary = (inspect.getdoc(kind) or "").split("\n\n")[0].replace("\n", " ")
    return {
        "description": summary,
        "type": "object",
        "required": list(properties),
        "properties": properties,
    }


def _schema(hint: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    hint, optional = optional_of(hint)
    if hint is Any:
        return {}
    if optional:
        return {"anyOf": [_schema(hint, definitions), {"type": "null"}]}
    if dataclasses.is_dataclass(hint):
        return _reference(hint, definitions)
    origin = get_origin(hint)
    if origin is Literal:
        return {"enum": list(get_args(hint))}
    if origin is tuple:
        return _array_schema(get_args(hint), definitions)
    if origin in (dict, Mapping):
        return {"type": "object", "additionalProperties": _schema(get_args(hint)[1], definitions)}
    if issubclass(hint, Enum):
        return {"enum": [member.value for member in hint]}
    return {"type": "null" if hint is NoneType else _SCALARS[hint]}


def _reference(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    if kind.__name__ not in definitions:
        definitions[kind.__name__] = {}
        definitions[kind.__name__] = _object_schema(kind, definitions)
    return {"$ref": f"#/$defs/{kind.__name__}"}


def _array_schema(hints: tuple[Any, ...], definitions: dict[str, Any]) -> dict[str, Any]:
    if len(hints) == 2 and hints[1] is Ellipsis:
        return {"type": "array", "items": _schema(hints[0], definitions)}
    items = [_schema(hint, definitions) for hint in hints]
    length = {"minItems": len(items), "maxItems": len(items)}
    if all(item == items[0] for item in items):
        return {"type": "array", "items": items[0], **length}
    return {"type": "array", "prefixItems": items, **length}


def write_schemas(directory: Path) -> list[Path]:
    """Write ``<name>.schema.json`` of every document into a directory and return the paths."""
    paths = []
    for name, document in DOCUMENTS.items():
        paths.append(directory / f"{name}.schema.json")
        paths[-1].write_text(dumps(json_schema(document)) + "\n", encoding="utf-8")
    return paths
