"""The distortion split by irrep, atom by atom: the parts add up to the whole and are those of the table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pairs
import pytest
from decomposed_pairs import decomposed, ordering
from pairs import PAIRS, analysis, paths

import curiebreak
from curiebreak.fields import representation
from curiebreak.modes.mode_fields import IrrepFieldTable
from curiebreak.results import Decomposition, IrrepEntry, IrrepField, ModeFields

SUM = 1e-8
"""Å; each field is rounded to 1e-10."""

__all__ = ["ordering"]


def fields_of(result: Decomposition) -> ModeFields:
    assert result.mode_fields is not None
    return result.mode_fields


def entry_of(result: Decomposition, field: IrrepField) -> IrrepEntry:
    key = (field.irrep, field.kind, field.kpoint)
    return next(e for e in result.irreps if (e.irrep, e.kind, e.kpoint) == key)


@pytest.mark.parametrize("name", PAIRS)
def test_fields_add_up_to_the_distortion(name: str) -> None:
    found, field = IrrepFieldTable(analysis(name)).fields(), analysis(name).group.field
    moving = [np.array(f.displacements) for f in found.irreps if f.kind == "displacement"]
    assert np.abs(sum(moving) - field.displacements).max() < SUM
    assert np.abs(np.array(found.displacements) - field.displacements).max() < SUM
    if name == "square":
        assert found.strain is None and not [f for f in found.irreps if f.kind == "strain"]
        return
    strains = [np.array(f.strain) for f in found.irreps if f.kind == "strain"]
    assert np.abs(sum(strains) - field.strain).max() < SUM
    assert np.abs(np.array(found.strain) - field.strain).max() < SUM


@pytest.mark.parametrize("name", PAIRS)
def test_fields_are_orthogonal_and_of_the_size_in_the_table(name: str) -> None:
    result = decomposed(name)
    found = fields_of(result).irreps
    moving = [f for f in found if f.kind == "displacement"]
    flat = np.array([np.ravel(f.displacements) for f in moving])
    assert np.sqrt(np.diag(flat @ flat.T)) == pytest.approx(
        [entry_of(result, f).amplitude_supercell for f in moving], abs=1e-7
    )
    assert np.abs(flat @ flat.T - np.diag(np.diag(flat @ flat.T))).max() < 1e-7
    for f in moving:
        assert np.linalg.norm(f.displacements, axis=1).max() == pytest.approx(entry_of(result, f).dmax, abs=1e-7)
    for f in found:
        if f.kind == "strain":
            assert np.linalg.norm(f.strain) == pytest.approx(entry_of(result, f).amplitude_supercell, abs=1e-7)


def test_child_from_the_fields_is_the_child_that_was_read() -> None:
    result = decomposed("square")
    found = fields_of(result)
    built = np.array(found.undistorted.frac) + np.array(found.displacements)
    read = analysis("square").distortion.child.coords
    distances = [np.sort(np.linalg.norm(p[:, None] - p[None], axis=-1), axis=None) for p in (built, read)]
    assert np.abs(distances[0] - distances[1]).max() < 1e-8


def test_a_field_turns_as_its_isotropy_group_says() -> None:
    """M3+ of LaMnO3 alone is left by P4/mbm, 16 point operations; it is not the sum of all that Pnma leaves."""
    whole = analysis("lamno3")
    part = next(f for f in IrrepFieldTable(whole).fields().irreps if f.irrep == "M3+")
    field, space = whole.group.field, whole.space
    waves = space.from_atoms(np.array(part.displacements), field.site, field.cell_index)
    matrices = representation(1, "o", whole.parent.rotations_cartesian)
    overlaps = space.overlaps(waves[None], matrices)[0] / np.sum(np.abs(waves) ** 2)
    kept = np.abs(overlaps - 1) < 1e-6
    assert kept.any(axis=1).sum() == 16
    assert (kept == whole.mode("M3+").fixes).all()


def test_occupations(ordering: tuple[Path, Path]) -> None:
    """From Cu0.25Pt0.75 everywhere to one Cu and three Pt: the X1+ field does all of it."""
    found = fields_of(curiebreak.decompose(*ordering))
    assert found.elements == ("Cu", "Pt")
    assert np.array(found.occupancies) == pytest.approx(np.array([[0.25, 0.75]] * 4))
    (part,) = [f for f in found.irreps if f.kind == "occupation"]
    assert part.irrep == "X1+" and part.displacements == ()
    after = np.array(found.occupancies) + np.array(part.occupation)
    assert sorted(after.round(9).tolist()) == [[0, 1], [0, 1], [0, 1], [1, 0]]
    assert np.array(found.occupation) == pytest.approx(np.array(part.occupation))


@pytest.mark.parametrize("name", ["square", "ymno3"])
def test_fields_survive_json(name: str) -> None:
    result = decomposed(name)
    assert Decomposition.from_json(result.to_json()).mode_fields == result.mode_fields
    older = {key: value for key, value in result.to_dict().items() if key != "mode_fields"}
    assert Decomposition.from_dict(older).mode_fields is None


@pytest.mark.slow
def test_find_has_the_same_fields() -> None:
    assert pairs.found("square").mode_fields == IrrepFieldTable(analysis("square")).fields()


@pytest.mark.slow
def test_identical_child_has_an_empty_sum() -> None:
    parent = paths("square")[0]
    found = curiebreak.find(parent, parent).mode_fields
    assert found is not None and found.irreps == () and np.abs(found.displacements).max() < SUM


@pytest.mark.shared
@pytest.mark.parametrize("case", ["01_wo3_p21n_2x2x2", "19_k2seo4_pna21_lockin", "15_pt3cu_l12_occ", "43_lawn3_r3c"])
def test_shared_cases_add_up(case: str, shared: Path) -> None:
    folder = shared / "data" / "cases" / case
    found = fields_of(curiebreak.decompose(folder / "parent.cif", folder / "child.cif"))
    for kind, whole in (("displacements", found.displacements), ("occupation", found.occupation)):
        parts = [np.array(getattr(f, kind)) for f in found.irreps if getattr(f, kind)]
        if parts:
            assert np.abs(sum(parts) - np.array(whole)).max() < SUM
    strains = [np.array(f.strain) for f in found.irreps if f.strain]
    assert np.abs(sum(strains, np.zeros((3, 3))) - np.array(found.strain)).max() < SUM
