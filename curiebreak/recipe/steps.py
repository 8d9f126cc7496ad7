"""What a step of a recipe may hold: one model per command, its fields the command's arguments and options.

They are read from the classes of options; what a step may hold beyond them is said here.
"""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import model_validator

from curiebreak.options.certify_options import CertifyOptions
from curiebreak.options.check_options import CheckOptions, HiddenFieldOptions
from curiebreak.options.distort_options import DistortOptions, IrrepsOptions
from curiebreak.options.exact_options import CouplingsOptions, MapOptions
from curiebreak.options.family_options import PredictOptions, TrainOptions
from curiebreak.options.find_options import FindCommandOptions
from curiebreak.options.intermediate_options import IntermediateCommandOptions, stated_constraint
from curiebreak.options.modes_options import ModesOptions
from curiebreak.options.parent_options import ParentOptions
from curiebreak.options.phonons_options import PhononsOptions
from curiebreak.options.query_options import QueryOptions
from curiebreak.options.scan_options import CiteOptions, ExportOptions, ReportOptions, ScanOptions, ScanReportOptions
from curiebreak.options.series_options import TrackOptions
from curiebreak.options.subgroups_options import SubgroupsOptions
from curiebreak.recipe.from_options import step_of
from curiebreak.recipe.step import Step
from curiebreak.recipe.values import ConstraintPart, DomainPart, InputRules


class FindRules(Step):
    """What a step for `find` has beyond the options: rules for the input, and a stated domain."""

    beyond: ClassVar[tuple[str, ...]] = ("input", "domain")

    input: InputRules | None = None
    domain: DomainPart | None = None

    @model_validator(mode="after")
    def _one_way(self) -> FindRules:
        parents, *of_input = self.values("parents", "sites", "lmax_input")
        if parents > 1 and (self.input is not None or self.domain is not None):
            raise ValueError("`parents` compares several parents; `input` and `domain` belong to one: remove either")
        if self.input is not None and of_input != ["auto", 2]:
            raise ValueError("`input` holds its own `sites` and `lmax`; remove `sites` and `lmax_input` beside it")
        return self


class IntermediateRules(Step):
    """What a step for `intermediate` has beyond the options: rules for the input, a stated domain, one constraint."""

    beyond: ClassVar[tuple[str, ...]] = ("input", "domain", "constraint")

    input: InputRules | None = None
    domain: DomainPart | None = None
    constraint: ConstraintPart | None = None

    @model_validator(mode="after")
    def _one_way(self) -> IntermediateRules:
        list_only, path, order, path_exact = self.values("list_only", "path", "order", "path_exact")
        both = self.input is not None and self.wanted is not None
        if both or (self.constraint is not None and stated_constraint(self)):
            raise ValueError(
                "`input`, `constraint` and keep, drop, direction, subgroup, entry contradict each other: rule the "
                "learnable input, or state what the intermediate holds"
            )
        if list_only and (self.input is not None or self.wanted is not None):
            raise ValueError("`list` takes no constraint")
        if path is None and (order is not None or path_exact):
            raise ValueError("`order` and `path_exact` belong to `path`")
        return self

    @property
    def wanted(self) -> dict[str, Any] | None:
        """The constraint on the intermediate, if any."""
        return stated_constraint(self.constraint or self) or None


class BuildStep(Step):
    """What a step for `distort` has beyond the options: where its result goes."""

    @property
    def file(self) -> str:
        """The child; of a list of directions, the list."""
        output, *lists = self.values("output", "list_directions", "couple")
        return output or f"{self.name}{self.suffix if lists == [None, None] else '.json'}"


STEPS: dict[str, type[Step]] = {
    "find": step_of("find", FindCommandOptions, FindRules),
    "parent": step_of("parent", ParentOptions),
    "certify": step_of("certify", CertifyOptions),
    "modes": step_of("modes", ModesOptions),
    "couplings": step_of("couplings", CouplingsOptions),
    "distort": step_of("distort", DistortOptions, BuildStep),
    "irreps": step_of("irreps", IrrepsOptions),
    "subgroups": step_of("subgroups", SubgroupsOptions),
    "phonons": step_of("phonons", PhononsOptions),
    "intermediate": step_of("intermediate", IntermediateCommandOptions, IntermediateRules),
    "check": step_of("check", CheckOptions),
    "hidden-field": step_of("hidden-field", HiddenFieldOptions),
    "map": step_of("map", MapOptions),
    "report": step_of("report", ReportOptions),
    "scan": step_of("scan", ScanOptions),
    "query": step_of("query", QueryOptions),
    "export": step_of("export", ExportOptions),
    "scan-report": step_of("scan-report", ScanReportOptions),
    "track": step_of("track", TrackOptions),
    "train": step_of("train", TrainOptions),
    "predict": step_of("predict", PredictOptions),
    "cite": step_of("cite", CiteOptions),
}
"""Command -> model of its step."""
