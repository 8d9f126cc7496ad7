"""What every step of a recipe has, and how its files are placed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, get_args

from pydantic import Field

from curiebreak.options import Options, exported
from curiebreak.recipe.expectations import Expectation, Expected
from curiebreak.recipe.values import Part, StepFile


class Step(Part):
    """What all steps have.

    Attributes
    ----------
    run : str
        The command.
    name : str
        Name of the step and of its result; the command's name if left out.
    expect : dict
        What the result must hold: path of a key -> value, see `Expectation`.
    beyond : tuple of str
        Fields that the command line does not have.
    outputs : tuple of str
        Fields that name files or folders to write.
    exports : tuple of str
        Fields that name files to write behind their formats.
    options : type
        The options of the command, from which the keys were read.
    suffix : str
        Of the file that the command's own output goes to, where nothing else is named.
    """

    beyond: ClassVar[tuple[str, ...]] = ()
    outputs: ClassVar[tuple[str, ...]] = ()
    exports: ClassVar[tuple[str, ...]] = ()
    suffix: ClassVar[str] = ".json"
    options: ClassVar[type[Options]]

    run: str
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]*$")] = ""
    expect: dict[str, Expected] = {}

    @property
    def file(self) -> str:
        """What the step writes first: its result, or what `output` names."""
        return str(getattr(self, "output", "") or f"{self.name}{self.suffix}")

    @property
    def written(self) -> tuple[str, ...]:
        """Names of all that the step writes, in the folder of the results."""
        named = [getattr(self, name) for name in self.outputs]
        named += [file for name in self.exports for _, file in exported(getattr(self, name))]
        return tuple(dict.fromkeys([self.file, f"{self.name}.json", *(str(name) for name in named if name)]))

    def placed(self, folder: Path, files: Mapping[str, str]) -> Step:
        """The step with its files in a folder and those of earlier steps found there.

        Parameters
        ----------
        folder : path
            Of the results.
        files : dict
            Name of a step -> what it wrote first.
        """
        new: dict[str, Any] = {}

        def placed(value: Any) -> Any:
            return folder / (value.file or files[value.step]) if isinstance(value, StepFile) else value

        for name, value in self:
            if name in self.exports:
                new[name] = tuple(f"{form}:{folder / file}" for form, file in exported(value))
            elif isinstance(value, (tuple, StepFile)):
                new[name] = tuple(map(placed, value)) if isinstance(value, tuple) else placed(value)
            elif name in self.outputs and (value is not None or name == "output"):
                new[name] = str(folder / (value or self.file))
        return self.model_copy(update=new)

    def values(self, *names: str) -> list[Any]:
        """What some fields hold that are read from the options."""
        return [getattr(self, name) for name in names]

    @property
    def expectations(self) -> tuple[Expectation, ...]:
        """What the result must hold."""
        return tuple(Expectation(path, wanted) for path, wanted in self.expect.items())

    @property
    def earlier(self) -> tuple[str, ...]:
        """Names of the steps whose files this one reads."""
        entries = [one for _, value in self for one in (value if isinstance(value, tuple) else (value,))]
        return tuple(one.step for one in entries if isinstance(one, StepFile))


def command_of(model: type[Part]) -> str:
    """Name of the command that a step runs."""
    return str(get_args(model.model_fields["run"].annotation)[0])


def spelling(model: type[Part], name: str) -> str:
    """How a field is spelled in the file."""
    return model.model_fields[name].alias or name
