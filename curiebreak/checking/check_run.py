"""``check``: the symmetry of an input with its given fields, against an output."""

from __future__ import annotations

import time

from curiebreak.checking import finite, linear
from curiebreak.checking.linear_time import judge_linear_with_time
from curiebreak.checking.system import System, load_system
from curiebreak.checking.time_parity import judge_with_time, turned_by_time
from curiebreak.checking.verdict import Verdict
from curiebreak.mapping.pair_summary import spglib_group
from curiebreak.options import taking
from curiebreak.options.check_options import CheckedOptions
from curiebreak.results import StructureSummary, SymmetryGroup
from curiebreak.results.check import CheckedField, SymmetryCheck
from curiebreak.structures import Structure
from curiebreak.structures.fields_model import Field
from curiebreak.symmetry.axial import AxialGroup
from curiebreak.symmetry.parent import DEFAULT_SYMPREC
from curiebreak.symmetry.tensors import field_parts
from curiebreak.versions import library_versions


@taking(CheckedOptions)
def check(asked: CheckedOptions) -> SymmetryCheck:
    """Tell whether an output is allowed by symmetry for an input.

    With G the operations that keep the input's atoms and the fields given with it, the output is
    allowed if every operation of G leaves it unchanged.

    An output that is a structure stands for the displacements from the input to it, and the strain.

    Returns
    -------
    SymmetryCheck

    Raises
    ------
    InputError
        Unusable files or fields.
    NotCompatibleError
        If an output structure does not map onto the input.

    Examples
    --------
    >>> import curiebreak
    >>> found = curiebreak.check("structures/batio3_cubic.cif", "structures/batio3_p4mm.cif")
    >>> found.allowed
    False
    """
    start = time.perf_counter()
    symprec = asked.symprec
    system = load_system(asked.source, asked.target, asked.given, asked.fields, symprec)
    read = time.perf_counter()
    verdict, alone = _judged(system, symprec, asked.tolerance)
    end = time.perf_counter()
    return SymmetryCheck(
        messages=(*system.messages, *verdict.messages),
        versions=library_versions(),
        seconds={"total": end - start, "read": read - start, "symmetry": end - read},
        options=asked.record | {"symprec": DEFAULT_SYMPREC if symprec is None else symprec},
        input=_summary(system.source, alone, symprec),
        output=_summary(system.target, verdict.remaining, symprec),
        allowed=verdict.allowed,
        floor=verdict.floor,
        forbidding_operations=verdict.forbidding,
        order_parameters=verdict.order_parameters,
        minimal_sets=verdict.minimal_sets,
        input_symmetry=verdict.group,
        structure_symmetry=alone,
        output_symmetry=verdict.remaining,
        fields=_described(system, verdict),
    )


def _judged(system: System, symprec: float | None, tolerance: float) -> tuple[Verdict, SymmetryGroup]:
    structure, timed = system.structure, turned_by_time((*system.given, *system.outputs))
    if structure.is_molecule:
        axial = linear.linear_group(structure, system.given, symprec)
        if axial is not None:
            alone = SymmetryGroup(point_group="K_h" if len(structure) == 1 else axial.symbol)
            return _judged_axial(axial, system, timed, tolerance), alone
    setting = finite.structure_setting(structure, symprec)
    alone = setting.group
    if timed:
        return judge_with_time(setting, structure, system.given, system.outputs, tolerance), alone
    setting = finite.restricted(setting, finite.kept(setting, system.given, tolerance), structure)
    return finite.judge(setting, system.outputs, tolerance), alone


def _judged_axial(axial: AxialGroup, system: System, timed: bool, tolerance: float) -> Verdict:
    if timed:
        return judge_linear_with_time(axial, system.given, system.outputs, tolerance)
    group = linear.restricted_group(axial, system.given, system.structure, tolerance)
    if isinstance(group, AxialGroup):
        return linear.judge(group, system.outputs, system.structure, tolerance)
    return finite.judge(finite.GroupSetting.of_molecule(group), system.outputs, tolerance)


def _summary(structure: Structure, group: SymmetryGroup | None, symprec: float | None) -> StructureSummary:
    space_group, atoms = None, len(structure)
    if not structure.is_molecule:
        space_group, atoms = spglib_group(structure, DEFAULT_SYMPREC if symprec is None else symprec)
    return StructureSummary(
        path=structure.path,
        formula=structure.formula,
        n_atoms=atoms,
        space_group=space_group,
        point_group=group.point_group if group and structure.is_molecule else None,
        sha256=structure.sha256,
    )


def _described(system: System, verdict: Verdict) -> tuple[CheckedField, ...]:
    described = [_field(f, "given") for f in system.given]
    for field, floor, allowed in zip(system.outputs, verdict.floors, verdict.each, strict=True):
        described.append(_field(field, "output", allowed, floor))
    return tuple(described)


def _field(field: Field, role: str, allowed: bool | None = None, floor: float | None = None) -> CheckedField:
    parts = field_parts(field)
    return CheckedField(
        name=field.name,
        kind=field.kind,
        per=field.per,
        o3_irreps=tuple(p.name + ("-" if field.odd else "") for p in parts),
        role="given" if role == "given" else "output",
        allowed=allowed,
        floor=floor,
    )
