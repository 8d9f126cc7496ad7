"""From a YAML file to a checked recipe; every mistake is one sentence with the key's name."""

from __future__ import annotations

import difflib
import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from reprlib import repr as short
from typing import Any, get_args

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from curiebreak.errors import InputError, refusing
from curiebreak.files import read_text
from curiebreak.recipe.expectations import Bounds
from curiebreak.recipe.recipe_model import HEAD, Recipe
from curiebreak.recipe.step import Step, command_of, spelling
from curiebreak.recipe.steps import STEPS
from curiebreak.recipe.values import Part


def read_recipe(path: Path) -> Recipe:
    """Read and check a recipe; paths in it are relative to its folder and must exist.

    Raises
    ------
    InputError
        For a file that cannot be read, is no YAML, or has a wrong key.
    """
    return recipe_from(read_yaml(path), str(path), path.parent)


def read_yaml(path: Path) -> Mapping[str, Any]:
    """Keys and values of a YAML file.

    Raises
    ------
    InputError
        For a file that cannot be read, is no YAML, or holds no keys.
    """
    try:
        text = read_text(path, "recipe")
    except InputError as error:
        raise InputError(error.message, "Check its name; `curiebreak run --list`.") from None
    brackets = "Check indentation and brackets."
    too_deep = refusing(RecursionError, f"The recipe {path} is nested too deeply.", brackets)
    unreadable = refusing(  # numbers and dates that do not exist
        (OverflowError, TypeError, ValueError),
        lambda error: f"The recipe {path} holds a value that cannot be read ({str(error)[:80]}).",
        "Correct it.",
    )
    try:
        with too_deep, unreadable:
            data = yaml.load(text, Loader=_Loader)  # noqa: S506 - derived from the safe loader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = "" if mark is None else f", line {mark.line + 1}"
        problem = getattr(error, "problem", None)
        hint = f"YAML says: {problem}." if problem else brackets
        raise InputError(f"The recipe {path} is no valid YAML{where}.", hint) from None
    if _size(data, {}) > _LARGEST:
        raise InputError(f"The recipe {path} repeats its anchors without end.", "Write out what is meant.")
    if not isinstance(data, Mapping):
        raise InputError(f"The recipe {path} holds no keys.", "Start with `run`, or with `steps`.")
    return data


_LARGEST = 100_000
"""Values in a recipe: anchors can say in ten lines what no memory holds."""


def _size(data: Any, known: dict[int, int]) -> int:
    """Number of values, those behind an anchor counted wherever it is named; one that holds itself has no end."""
    if not isinstance(data, (list, tuple, Mapping)):
        return 1
    if id(data) not in known:
        known[id(data)] = _LARGEST + 1  # until it is counted: who meets it now is inside it
        parts = [*data.keys(), *data.values()] if isinstance(data, Mapping) else data
        known[id(data)] = 1 + sum(_size(part, known) for part in parts)
    return known[id(data)]


class _Loader(yaml.SafeLoader):
    """Refuses a key that is given twice, of which the last would win silently; reads 1e-6 as a number."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        twice = next((key for key in keys if keys.count(key) > 1), None)
        if twice is not None:
            raise yaml.constructor.ConstructorError(None, None, f"the key {twice!r} stands twice", node.start_mark)
        return super().construct_mapping(node, deep)


def recipe_from(data: Mapping[str, Any], name: str = "recipe", folder: Path | None = None) -> Recipe:
    """Check plain data.

    Parameters
    ----------
    data : mapping
    name : str
        For messages.
    folder : path, optional
        What paths are relative to; files must exist. Without it paths are taken as they are.

    Raises
    ------
    InputError
        Naming the first wrong key and what is allowed there.
    """
    checker = _Checker(name, {"folder": folder})
    head = checker.head(data)
    if "steps" in data:
        return Recipe(**head, steps=checker.steps(data), several=True)
    rest = {key: value for key, value in data.items() if key not in HEAD}
    if "name" in rest:
        raise InputError(f"{name}: `name` belongs to one of several `steps`.", "Remove it.")
    step = checker.step(rest, ())
    return Recipe(**head, steps=(step.model_copy(update={"name": "result"}),))


_Loader.add_implicit_resolver(  # 1e-6 is a number in YAML 1.2, text in 1.1
    "tag:yaml.org,2002:float", re.compile(r"^[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+$"), list("-+0123456789")
)


class _Checker:
    """Checks one recipe and explains what is wrong."""

    def __init__(self, name: str, context: dict[str, Any]) -> None:
        self.name, self.context = name, context

    def head(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Title, what is reproduced, and where that stands."""
        found = {key: data.get(key, "") for key in HEAD}
        for key, value in found.items():
            if not isinstance(value, str):
                raise InputError(f"{self.name}: `{key}` must be text, got {short(value)}.", "Write it in quotes.")
        return found

    def steps(self, data: Mapping[str, Any]) -> tuple[Step, ...]:
        """The steps of a list, with names."""
        known = (*HEAD, "steps")
        for key in data:
            if key not in known:
                raise self.unknown(str(key), "at the top level", known, " Keys of a step belong into `steps`.")
        given = data["steps"]
        if not isinstance(given, Sequence) or isinstance(given, str) or not given:
            raise InputError(f"{self.name}: `steps` must be a list of steps.", "Start each with `- run: ...`.")
        found: list[Step] = []
        for number, part in enumerate(given, 1):
            if not isinstance(part, Mapping):
                raise InputError(f"{self.name}: step {number} holds no keys.", "Start it with `- run: ...`.")
            found.append(self._named(self.step(part, ("steps", number)), number, found))
            self._writes_its_own(found)
        return tuple(found)

    def _writes_its_own(self, found: Sequence[Step]) -> None:
        """Refuse a step whose file is that of an earlier one, but for a store that it continues."""
        last = found[-1]
        for other in found[:-1]:
            same = sorted({*last.written} & {*other.written})
            if same and not getattr(last, "resume", False):
                raise InputError(
                    f"{self.name}: the steps `{other.name}` and `{last.name}` both write {same[0]}.",
                    "Give each file its own name.",
                )

    def _named(self, step: Step, number: int, before: list[Step]) -> Step:
        """With a name of its own, reading only what earlier steps wrote."""
        names = [other.name for other in before]
        if step.name in names:
            raise InputError(f"{self.name}: two steps are called `{step.name}`.", "Give each its own name.")
        name = step.name or (f"{step.run}-{number}" if step.run in names else step.run)
        for other in step.earlier:
            if other not in names:
                known = ", ".join(names) or "none"
                raise InputError(
                    f"{self.name}: step {number} reads what the step `{other}` wrote, but there is none before it.",
                    f"Steps before it: {known}.",
                )
        return step.model_copy(update={"name": name})

    def step(self, data: Mapping[str, Any], place: tuple[str | int, ...]) -> Step:
        """One step."""
        where = f"`{'.'.join(map(str, (*place, 'run')))}`"
        if "run" not in data:
            raise self._missing_run(data, where)
        command = data["run"]
        if not isinstance(command, str) or command not in STEPS:
            hint = f"{_nearest(str(command), tuple(STEPS))}Commands: {', '.join(STEPS)}."
            raise InputError(f"{self.name}: {where} must be a command, got {short(command)}.", hint)
        model = STEPS[command]
        try:
            return model.model_validate(dict(data), context=self.context)
        except ValidationError as error:
            raise self._explained(error, model, place) from None

    def _missing_run(self, data: Mapping[str, Any], where: str) -> InputError:
        for key in data:
            if key not in {"name", "expect"} and difflib.get_close_matches(str(key), ["run", "steps"], 1, 0.6):
                return self.unknown(str(key), "at the top level", ("run", "steps", *HEAD))
        return InputError(f"{self.name}: {where} is missing.", f"Add it: {', '.join(STEPS)}.")

    def unknown(self, key: str, section: str, known: Sequence[str], more: str = "") -> InputError:
        """An unknown key, with the nearest one."""
        hint = f"{_nearest(key, known)}Keys there: {', '.join(known)}.{more}"
        return InputError(f"{self.name}: unknown key `{key}` {section}.", hint)

    def _explained(self, error: ValidationError, model: type[Step], place: tuple[str | int, ...]) -> InputError:
        """The first problem as one sentence."""
        problem = min(error.errors(), key=lambda e: (e["type"] != "extra_forbidden", len(e["loc"])))
        names = [part for part in problem["loc"] if isinstance(part, str) and "[" not in part]
        if problem["type"] == "extra_forbidden":
            key = str(problem["loc"][-1])
            outer = [name for name in names if name is not problem["loc"][-1]]
            section = ".".join(map(str, (*place, command_of(model), *outer)))
            return self.unknown(key, f"in section `{section}`", _keys(_inside(model, outer)))
        field = f"`{'.'.join(map(str, (*place, *names)))}`" if names else "the step" if place else "the recipe"
        wrong, hint = _wrong(problem, _allowed(model, names))
        return InputError(f"{self.name}: {field}{wrong}.", hint)


def _nearest(word: str, known: Sequence[str]) -> str:
    """A question whether the known word nearest to this one is meant; empty where none is near."""
    return "".join(f"Did you mean `{one}`? " for one in difflib.get_close_matches(word, known, 1, 0.5))


def _wrong(problem: ErrorDetails, allowed: str) -> tuple[str, str]:
    """What is wrong with the value of a key, to stand behind its name, and what to do."""
    given, more = short(problem["input"]), problem.get("ctx", {})
    said = str(more.get("error") or problem["msg"]).rstrip(".")
    plain = said[:1].lower() + said[1:].replace(" or instance of InputRules", "")
    sentences = {
        "missing": (" is missing", f"Add it: {allowed}."),
        "literal_error": (f" must be {more.get('expected')}, got {given}", "Choose one of these."),
        "value_error": (f": {said}", f"Allowed: {allowed}."),
    }
    other = f": {plain.replace('input should', 'must')}, got {given}", f"Allowed: {allowed}."
    return sentences.get(problem["type"], other)


def _keys(model: type[Part]) -> list[str]:
    return [spelling(model, name) for name in model.model_fields]


def _inside(model: type[Part], names: Sequence[str]) -> type[Part]:
    """Model of a section below a step."""
    if "expect" in names[:1]:
        return Bounds
    for name in names:
        fields = {spelling(model, key): field for key, field in model.model_fields.items()}
        if name in fields:
            model = next(_parts(fields[name].annotation), model)
    return model


def _parts(annotation: Any) -> Iterator[type[Part]]:
    """Models inside a type."""
    if inspect.isclass(annotation) and not get_args(annotation) and issubclass(annotation, Part):
        yield annotation
    for inner in get_args(annotation):
        yield from _parts(inner)


_WORDS = {
    "supercell_basis": "three rows of three numbers, the child's cell in parent axes",
    "axis": "a, b or c of the parent's file",
    "parity": "e (even) or o (odd)",
    "l": "a whole number from 0 to 8",
    "pattern": "non-adjacent or all",
    "site": "a site, element, Wyckoff letter, or A, B, X of a perovskite",
    "sites": "auto, all, global, or sites joined by commas",
    "allowed": "kinds of input such as 1e",
    "entry": "a number of the list",
    "inputs": "irreps or harmonics, such as [R4+, M3+[Mn:1e]]",
    "expect": "a value, or one of value (with tolerance), below, above, contains, keys",
}


def _allowed(model: type[Step], names: Sequence[str]) -> str:
    """What may stand at a key."""
    if not names:
        return "see `curiebreak recipe schema`"
    if "input" in names and names[-1] == "k":
        return "vectors of three fractions, such as [1/2, 1/2, 1/2]"
    for name in reversed(names):
        if name in _WORDS:
            return _WORDS[name]
    return _in_words(_inside(model, names[:-1]), names[-1])


def _in_words(model: type[Part], key: str) -> str:
    """Type and range of a key."""
    schema = model.model_json_schema()["properties"].get(key, {})
    choices = schema.get("anyOf", [schema])
    part = next((one for one in choices if "type" in one), schema)
    if any(one.get("required") == ["step"] for one in choices):
        return "the path of a file, relative to the recipe's folder"
    if any("$ref" in one for one in choices):
        return f"a section with the keys {', '.join(_keys(_inside(model, [key])))}"
    words = {"integer": "a whole number", "number": "a number", "boolean": "true or false", "array": "a list"}
    kind = words.get(part.get("type", ""), "text")
    bounds = {**part, **schema}
    least, most = bounds.get("minimum"), bounds.get("maximum")
    return kind + (f" from {least:g}" if least is not None else "") + (f" to {most:g}" if most is not None else "")
