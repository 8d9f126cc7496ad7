"""What every result is: a header with its provenance, as JSON and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from curiebreak.errors import InputError
from curiebreak.results.basic import Labels, Notice, Status, moments_ignored, sentence
from curiebreak.results.bridges import made
from curiebreak.results.serialise import dumps, from_plain, loads, to_plain

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


SCHEMA_VERSION = 2


@dataclass(frozen=True, kw_only=True)
class Record:
    """A result with its provenance, as JSON and back."""

    schema_version: int = SCHEMA_VERSION
    """Version of this layout."""
    command: str = ""
    """The command that made it."""
    status: Status = Status.OK
    """``ok``, ``nothing_to_break``, ``not_converged``, ``ambiguous`` or ``interrupted``; of ``parent`` also
    ``no_parent`` and ``stated``."""
    messages: Labels = ()
    """What the reader should know: warnings and choices that were made."""
    versions: dict[str, str] = field(default_factory=dict)
    """Version of this program, of Python and of the libraries that matter."""
    seconds: dict[str, float] = field(default_factory=dict)
    """Wall time: ``total`` and by phase."""
    options: dict[str, Any] = field(default_factory=dict)
    """The options of the run, defaults filled in."""
    notices: tuple[Notice, ...] = ()
    """What is in the files and was not counted; each text is among the messages too."""

    kind: ClassVar[str] = "result"

    @property
    def advice(self) -> str:
        """What stands beside the headline: what to do about the status, and that moments of a file were left aside."""
        return " ".join([self._status_advice, *map(sentence, filter(moments_ignored, self.messages))]).strip()

    @property
    def _status_advice(self) -> str:
        """What to do about the status."""
        return self.status.advice

    @property
    def told(self) -> str:
        """All messages as sentences."""
        return " ".join(map(sentence, self.messages))

    def __init_subclass__(cls) -> None:
        """Keep what is shown of a result: its fields are more than a screen holds."""
        super().__init_subclass__()
        cls.__repr__ = Record.__repr__  # type: ignore[method-assign]

    def __repr__(self) -> str:
        """The answer in a few lines, as a notebook or a console shows it."""
        return str(made("summary", self))

    def _repr_html_(self) -> str:
        """Tables and a figure, as a notebook shows them."""
        return str(made("page", self))

    def to_frame(self) -> Any:
        """The rows of the result (irreps, groups, frames) as a ``pandas.DataFrame``; needs the extra ``notebook``."""
        return made("frame", self)

    def to_dict(self) -> dict[str, Any]:
        """Plain data with the published names; NaN and infinities become ``None``."""
        plain: dict[str, Any] = to_plain(self)
        return plain

    def to_json(self) -> str:
        """JSON text, indented, without a final newline."""
        return dumps(self.to_dict())

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Rebuild a result from plain data; that of an earlier schema version is read, too.

        Raises
        ------
        InputError
            If the data is of another schema version or command, or if a value is
            missing or of the wrong type; the message names it.
        """
        if not isinstance(data, Mapping) or "schema_version" not in data:
            raise InputError(
                f"This is not a {cls.kind}: it has no `schema_version`.",
                "Give a JSON file that curiebreak wrote.",
            )
        data = upgraded(data, SCHEMA_VERSION)
        version, command = data["schema_version"], data.get("command")
        if version != SCHEMA_VERSION:
            raise InputError(
                f"The {cls.kind} has schema version {version}; this program reads version {SCHEMA_VERSION}.",
                "Compute it anew, or use the release that wrote it.",
            )
        if command != cls.command:
            raise InputError(
                f"This is the result of `{command}`, not of `{cls.command}`.",
                f"Give the JSON of `curiebreak {cls.command}`.",
            )
        return from_plain(cls, data, cls.kind)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Rebuild a result from JSON text; raises like :meth:`from_dict`."""
        return cls.from_dict(loads(text, cls.kind))
