"""What a step of a recipe may hold: one model per command, its fields the command's arguments and options.

A new command needs a class here, listed in `STEPS`: its fields are spelled like the options, with underscores.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from curiebreak.options.certify_options import CertifyOptions
from curiebreak.options.check_options import CheckOptions, HiddenFieldOptions
from curiebreak.options.exact_options import CouplingsOptions, MapOptions
from curiebreak.options.find_options import FindCommandOptions
from curiebreak.options.modes_options import ModesOptions
from curiebreak.options.query_options import QueryOptions
from curiebreak.options.subgroups_options import SubgroupsOptions
from curiebreak.recipe.from_options import step_of
from curiebreak.recipe.step import Step, command_of
from curiebreak.recipe.values import (
    FROM_TEXT,
    ONE_OR_MORE,
    OR_FRACTION,
    ConstraintPart,
    DomainPart,
    FileName,
    Flag,
    InputFile,
    InputFiles,
    InputRules,
    ListText,
    MaybeFiles,
    Names,
    ParentFile,
    Positive,
    ScanParent,
    Text,
    Whole,
)

_Device = Literal["cpu", "cuda"]
_Seed = Annotated[Whole, Field(ge=0)]
_Steps = Annotated[Whole, Field(ge=1)]
_Allow = Annotated[tuple[Literal["substitution", "reconstructive", "hand"], ...], ONE_OR_MORE]
_Tolerance = Annotated[float, Field(ge=1e-14, le=0.1), FROM_TEXT, OR_FRACTION]


class _Pair(Step):
    """A parent and its child."""

    arguments: ClassVar[tuple[str, ...]] = ("parent", "child")

    parent: ParentFile
    child: InputFile
    parent_rank: Annotated[Whole, Field(ge=1)] | None = None
    parent_symprec: Positive | None = None


class _Training(_Pair):
    """A pair and how to train on it."""

    seed: _Seed = 0
    tolerance: _Tolerance = 1e-6
    symprec: Positive | None = None
    strain_tolerance: Positive = 1e-3
    device: _Device = "cpu"
    fix_site: str | None = None


class FindRules(Step):
    """What a step for `find` has beyond the options: rules for the input, and a stated domain."""

    beyond: ClassVar[tuple[str, ...]] = ("input", "domain")

    input: InputRules | None = None
    domain: DomainPart | None = None

    @model_validator(mode="after")
    def _one_way(self) -> FindRules:
        given = {name: getattr(self, name) for name in ("parents", "sites", "lmax_input")}
        if given["parents"] > 1 and (self.input is not None or self.domain is not None):
            raise ValueError("`parents` compares several parents; `input` and `domain` belong to one: remove either")
        if self.input is not None and (given["sites"], given["lmax_input"]) != ("auto", 2):
            raise ValueError("`input` holds its own `sites` and `lmax`; remove `sites` and `lmax_input` beside it")
        return self


class Intermediate(_Training):
    """`intermediate`: the groups between parent and child, and one of them made."""

    beyond: ClassVar[tuple[str, ...]] = ("input", "domain", "threads", "constraint")
    outputs: ClassVar[tuple[str, ...]] = ("everything", "plot")

    run: Literal["intermediate"]
    max_steps: _Steps = 120
    list_only: Annotated[Flag, Field(alias="list")] = False
    all_subgroups: Flag = False
    no_strain: Flag = False
    keep: Names = ()
    drop: Names = ()
    direction: Names = ()
    subgroup: Text | None = None
    entry: Whole | None = None
    path: Annotated[Whole, Field(ge=2)] | None = None
    order: ListText | None = None
    path_exact: Flag = False
    everything: Annotated[FileName | None, Field(alias="all")] = None
    plot: FileName = "tree.png"
    train: Flag = False
    input: InputRules | None = None
    domain: DomainPart | None = None
    constraint: ConstraintPart | None = None
    threads: Annotated[Whole, Field(ge=1)] = 1

    @model_validator(mode="after")
    def _one_way(self) -> Intermediate:
        both = self.input is not None and self.wanted is not None
        if both or (self.constraint is not None and self._flat):
            raise ValueError(
                "`input`, `constraint` and keep, drop, direction, subgroup, entry contradict each other: rule the "
                "learnable input, or state what the intermediate holds"
            )
        if self.list_only and (self.input is not None or self.wanted is not None):
            raise ValueError("`list` takes no constraint")
        if self.path is None and (self.order is not None or self.path_exact):
            raise ValueError("`order` and `path_exact` belong to `path`")
        return self

    @property
    def _flat(self) -> dict[str, Any]:
        names = ("keep", "drop", "direction", "subgroup", "entry")
        return {name: getattr(self, name) for name in names if getattr(self, name) not in (None, ())}

    @property
    def wanted(self) -> dict[str, Any] | None:
        """The constraint on the intermediate, if any."""
        return (self._flat if self.constraint is None else self.constraint.given) or None


class Parent(Step):
    """`parent`: the structures that a child may come from."""

    arguments: ClassVar[tuple[str, ...]] = ("child",)
    negated: ClassVar[dict[str, str]] = {"polar": "--nonpolar", "centrosymmetric": "--noncentrosymmetric"}
    suffix: ClassVar[str] = ".cif"
    outputs: ClassVar[tuple[str, ...]] = ("output", "plot")

    run: Literal["parent"]
    child: InputFile
    top: Annotated[Whole, Field(ge=1)] = 5
    group: Text | None = None
    polar: Flag | None = None
    centrosymmetric: Flag | None = None
    max_displacement: Annotated[float, Field(ge=0.0), FROM_TEXT, OR_FRACTION] | None = None
    max_strain: Annotated[float, Field(ge=0.0), FROM_TEXT, OR_FRACTION] | None = None
    size: Annotated[Whole, Field(ge=1)] | None = None
    same: Names = ()
    everything: Annotated[Flag, Field(alias="all")] = False
    quick: Flag = False
    seconds: Annotated[float, Field(ge=0.1), FROM_TEXT, OR_FRACTION] = 20.0
    parent_rank: Annotated[Whole, Field(ge=1)] = 1
    plot: FileName | None = None
    output: FileName | None = None


class Irreps(Step):
    """`irreps`: the irreps of the displacements of a parent."""

    arguments: ClassVar[tuple[str, ...]] = ("parent",)

    run: Literal["irreps"]
    parent: InputFile
    k: ListText = "all"
    parent_symprec: Positive | None = None


class Distort(Step):
    """`distort`: a child from irreps, directions and amplitudes."""

    arguments: ClassVar[tuple[str, ...]] = ("parent", "terms")
    suffix: ClassVar[str] = ".cif"
    outputs: ClassVar[tuple[str, ...]] = ("output",)
    pairs: ClassVar[tuple[str, ...]] = ("grid", "couple")

    run: Literal["distort"]
    parent: InputFile
    terms: Names = ()
    amplitude: Literal["As", "Ap"] = "As"
    strain: Names = ()
    glazer: Text | None = None
    angles: ListText | None = None
    grid: tuple[str, str] | None = None
    list_directions: str | None = None
    couple: tuple[str, str] | None = None
    parent_symprec: Positive | None = None
    output: FileName | None = None

    @property
    def file(self) -> str:
        """The child; of a list of directions, the list."""
        lists = self.list_directions is not None or self.couple is not None
        return self.output or f"{self.name}{'.json' if lists else self.suffix}"


class Scan(Step):
    """`scan`: many structures into one store."""

    arguments: ClassVar[tuple[str, ...]] = ("given",)
    negated: ClassVar[dict[str, str]] = {"learn": "--exact"}
    suffix: ClassVar[str] = ".sqlite"
    outputs: ClassVar[tuple[str, ...]] = ("output",)

    run: Literal["scan"]
    given: InputFile
    parent: ScanParent = "auto"
    learn: Flag = True
    jobs: Annotated[Whole, Field(ge=0)] = 0
    timeout: Annotated[float, Field(ge=0.1), FROM_TEXT, OR_FRACTION] = 600.0
    resume: Flag = False
    retry: Flag = False
    symprec: Positive | None = None
    parent_symprec: Positive | None = None
    strain_tolerance: Positive = 1e-3
    seed: _Seed = 0
    max_steps: _Steps | None = None
    dask: str | None = None
    output: FileName | None = None


class Export(Step):
    """`export`: the table of a scan."""

    arguments: ClassVar[tuple[str, ...]] = ("store",)
    outputs: ClassVar[tuple[str, ...]] = ("output",)

    run: Literal["export"]
    store: InputFile
    for_spreadsheet: Flag = False
    output: FileName | None = None


class ScanReport(Step):
    """`scan-report`: the summary of a scan."""

    arguments: ClassVar[tuple[str, ...]] = ("store",)
    suffix: ClassVar[str] = ".pdf"
    outputs: ClassVar[tuple[str, ...]] = ("output",)

    run: Literal["scan-report"]
    store: InputFile
    output: FileName | None = None


class Report(Step):
    """`report`: a result, or the modes of a pair, as PDF, PNG or HTML."""

    arguments: ClassVar[tuple[str, ...]] = ("result", "child")
    suffix: ClassVar[str] = ".pdf"
    outputs: ClassVar[tuple[str, ...]] = ("output",)

    run: Literal["report"]
    result: ParentFile
    child: InputFile | None = None
    parent_rank: Annotated[Whole, Field(ge=1)] | None = None
    output: FileName | None = None


class Track(Step):
    """`track`: order parameters through a series of frames."""

    arguments: ClassVar[tuple[str, ...]] = ("parent", "frames")
    outputs: ClassVar[tuple[str, ...]] = ("output", "plot")
    suffix: ClassVar[str] = ".csv"
    asks_json: ClassVar[bool] = True

    run: Literal["track"]
    parent: ParentFile
    frames: InputFiles
    parent_rank: Annotated[Whole, Field(ge=1)] | None = None
    reference: MaybeFiles = ("0",)
    domain: Text | None = None
    irreps: ListText | None = None
    column: str | None = None
    table: InputFile | None = None
    plot: FileName | None = None
    symprec: Positive | None = None
    parent_symprec: Positive | None = None
    output: FileName | None = None


class Cite(Step):
    """`cite`: BibTeX for what a run used."""

    arguments: ClassVar[tuple[str, ...]] = ("result",)
    suffix: ClassVar[str] = ".bib"
    outputs: ClassVar[tuple[str, ...]] = ("output",)

    run: Literal["cite"]
    result: InputFile | None = None
    output: FileName | None = None


class Train(Step):
    """`train`: one network for all pairs of a family."""

    arguments: ClassVar[tuple[str, ...]] = ("source",)
    negated: ClassVar[dict[str, str]] = {"trees": "--no-trees"}
    outputs: ClassVar[tuple[str, ...]] = ("output", "save_pairs", "report")
    suffix: ClassVar[str] = ".cbm"
    asks_json: ClassVar[bool] = True

    run: Literal["train"]
    source: InputFile
    parent: Text = "auto"
    fewest: Annotated[Whole, Field(ge=2)] = 8
    seeds: Annotated[Whole, Field(ge=1)] = 3
    seed: _Seed = 0
    epochs: Annotated[Whole, Field(ge=1)] | None = None
    resume: Flag = False
    trees: Flag | None = None
    save_pairs: FileName | None = None
    report: FileName | None = None
    output: FileName | None = None


class Predict(Step):
    """`predict`: the distorted structures of a composition."""

    arguments: ClassVar[tuple[str, ...]] = ("composition",)
    outputs: ClassVar[tuple[str, ...]] = ("output",)

    run: Literal["predict"]
    composition: Names
    model: InputFile | None = None
    top: Annotated[Whole, Field(ge=1)] = 3
    site: Names = ()
    seeds: Flag = False
    output: FileName | None = None


Find = step_of("find", FindCommandOptions, FindRules)
Modes = step_of("modes", ModesOptions)
Query = step_of("query", QueryOptions)
Certify = step_of("certify", CertifyOptions)
Map = step_of("map", MapOptions)
Couplings = step_of("couplings", CouplingsOptions)
Subgroups = step_of("subgroups", SubgroupsOptions)
Check = step_of("check", CheckOptions)
HiddenField = step_of("hidden-field", HiddenFieldOptions)

_ALL: tuple[type[Step], ...] = (
    Find, Parent, Certify, Modes, Couplings, Distort, Irreps, Subgroups, Intermediate, Check, HiddenField, Map, Report,
    Scan, Query, Export, ScanReport, Track, Train, Predict, Cite,
)  # fmt: skip


STEPS: dict[str, type[Step]] = {command_of(model): model for model in _ALL}
"""Command -> model of its step."""
