"""A recipe: what it is for, and one or more steps."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from curiebreak.recipe.step import Step
from curiebreak.recipe.steps import STEPS
from curiebreak.recipe.values import Part

HEAD = ("title", "reproduces", "citation")


class Recipe(Part):
    """Steps in the order in which they run.

    Attributes
    ----------
    title : str
        What it is for, one line.
    reproduces : str
        The figure or number that it reproduces, one line.
    citation : str
        Where that stands: full citations.
    steps : tuple of Step
        At least one; a file with ``run`` at its top is one step.
    several : bool
        Whether the file has a list of steps.
    """

    title: str = ""
    reproduces: str = ""
    citation: str = ""
    steps: tuple[Step, ...]
    several: bool = False

    @property
    def step(self) -> Step:
        """The first step, of most recipes the only one."""
        return self.steps[0]

    def resolved(self, folder: Path | None = None) -> dict[str, Any]:
        """All keys with defaults filled in, as plain data.

        Parameters
        ----------
        folder : path, optional
            Paths are given relative to this folder.
        """
        head = {name: value for name in HEAD if (value := getattr(self, name))}
        parts = [_plain(step, folder) for step in self.steps]
        if self.several:
            return head | {"steps": parts}
        del parts[0]["name"]
        return head | parts[0]

    def changed(self, values: Mapping[str, Any]) -> Recipe:
        """The recipe with other values in every step that has these fields."""
        steps = []
        for step in self.steps:
            fitting = {name: value for name, value in values.items() if name in type(step).model_fields}
            steps.append(step.model_copy(update=fitting))
        return self.model_copy(update={"steps": tuple(steps)})


def _plain(step: Step, folder: Path | None) -> dict[str, Any]:
    data = step.model_dump(mode="json", by_alias=True, context={"folder": folder})
    return {name: value for name, value in data.items() if value not in (None, {})}


def recipe_schema() -> dict[str, Any]:
    """JSON Schema of a recipe, for editors; published as ``docs/schema/recipe.schema.json``."""
    head = {name: {"type": "string"} for name in HEAD}
    steps: dict[str, Any] = {}
    definitions: dict[str, Any] = {}
    for name, model in STEPS.items():
        schema = model.model_json_schema(mode="validation", ref_template="#/$defs/{model}")
        definitions |= schema.pop("$defs", {})
        schema["description"] = str(model.__doc__).strip().split("\n")[0]
        alone = head | schema["properties"]
        del alone["name"]
        steps |= {f"step-{name}": schema, f"alone-{name}": schema | {"properties": alone}}
    listed = {
        "type": "object",
        "properties": head
        | {
            "steps": {
                "type": "array",
                "minItems": 1,
                "items": {"oneOf": [{"$ref": f"#/$defs/step-{name}"} for name in STEPS]},
            }
        },
        "required": ["steps"],
        "additionalProperties": False,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Recipe of curiebreak",
        "oneOf": [*({"$ref": f"#/$defs/alone-{name}"} for name in STEPS), {"$ref": "#/$defs/several"}],
        "$defs": definitions | steps | {"several": listed},
    }
