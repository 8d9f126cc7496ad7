"""Results of earlier schema versions, in the words of the present one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Data = dict[str, Any]


def upgraded(data: Mapping[str, Any], version: int) -> Mapping[str, Any]:
    """The data of a result as the present version writes it; what is no earlier version stays as it is.

    Parameters
    ----------
    data : mapping
        Of any command, with its ``schema_version``.
    version : int
        The present one.
    """
    found = dict(data)
    while type(found["schema_version"]) is int and found["schema_version"] in _STEPS:
        found = _STEPS[found["schema_version"]](found) | {"schema_version": found["schema_version"] + 1}
    return found if found["schema_version"] == version else data


def _to_2(data: Data) -> Data:
    """`check` has an input and an output, `hidden-field` snapshots, `parent` without candidates no parent."""
    change = {"check": _check_to_2, "hidden-field": _hidden_field_to_2, "parent": _parents_to_2}
    command = data.get("command")
    return change[command](data) if command in change else data


def _check_to_2(data: Data) -> Data:
    renamed = {"parent": "input", "child": "output"}
    return {renamed.get(name, name): value for name, value in data.items() if name != "mapping"}


def _hidden_field_to_2(data: Data) -> Data:
    found = {name: value for name, value in data.items() if name not in ("parent", "child", "mapping")}
    return found | {"snapshots": data.get("parent")}


def _parents_to_2(data: Data) -> Data:
    return data if data.get("candidates") else data | {"parent": None}


_STEPS: dict[int, Callable[[Data], Data]] = {1: _to_2}
"""Version -> from it to the next one."""
