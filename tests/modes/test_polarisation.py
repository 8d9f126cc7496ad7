"""Polar children: axis, cause and coupling term, as published."""

from __future__ import annotations

import pytest
from pairs import STRUCTURES, paths

from curiebreak import decompose, distort
from curiebreak.report.polarisation_text import polarisation_sentence


def test_proper() -> None:
    """BaTiO3: one polar irrep along the tetragonal axis."""
    found = decompose(*paths("batio3")).polarisation
    assert found is not None
    assert (found.kind, found.irreps, found.terms, found.axis) == ("proper", ("GM4-",), (), (0.0, 0.0, 1.0))


def test_improper() -> None:
    """Fennie & Rabe, Phys. Rev. B 72, 100103 (2005): the polarisation of YMnO3 follows from the cube of K3."""
    result = decompose(*paths("ymno3"))
    found = result.polarisation
    assert found is not None
    assert (found.kind, found.terms, found.axis_in_child) == ("improper", ("GM2-*K3^3",), (0.0, 0.0, 1.0))
    assert "improper, GM2- follows by GM2-*K3^3" in polarisation_sentence(found, result.primary)


def test_hybrid() -> None:
    """Benedek & Fennie, Phys. Rev. Lett. 106, 107204 (2011): Ca3Ti2O7, polar by a rotation and a tilt."""
    parent = STRUCTURES / "ca3ti2o7_i4mmm.cif"
    result = decompose(parent, distort(parent, ["X2+(a;0)=0.6", "X3-(b;0)=0.8"]).structure)
    assert result.polarisation is None  # without the polar irrep itself there is nothing to say
    result = decompose(parent, distort(parent, ["X2+(a;0)=0.6", "X3-(b;0)=0.8", "GM5-(c,c)=0.2"]).structure)
    found = result.polarisation
    assert found is not None and result.isotropy_subgroup is not None and result.isotropy_subgroup.number == 36
    assert (found.kind, found.irreps, found.terms) == ("hybrid", ("GM5-",), ("GM5-*X2+*X3-",))
    assert found.axis in ((1.0, 1.0, 0.0), (1.0, -1.0, 0.0))
    assert "hybrid improper, GM5- follows" in polarisation_sentence(found, ("X2+", "X3-"))
    assert "would follow" in polarisation_sentence(found, ("GM5-", "X3-"))


def test_beside_a_tilt() -> None:
    """R3c of BiFeO3: polar displacements and tilts about one axis are independent."""
    parent = STRUCTURES / "lamno3_cubic.cif"
    result = decompose(parent, distort(parent, ["GM4-(a,a,a)=0.3", "R4+(b,b,b)=0.5"]).structure)
    found = result.polarisation
    assert found is not None and result.isotropy_subgroup is not None and result.isotropy_subgroup.number == 161
    assert (found.kind, found.terms) == ("triggered", ("GM4-^2*R4+^2",))
    assert found.axis is not None and {abs(x) for x in found.axis} == {1.0}


def test_in_a_plane() -> None:
    parent = STRUCTURES / "lamno3_cubic.cif"
    found = decompose(parent, distort(parent, ["GM4-(a,b,0)=a:0.3,b:0.2"]).structure).polarisation
    assert found is not None and (found.dimension, found.axis) == (2, None)
    assert polarisation_sentence(found, ("GM4-",)).startswith("in the mirror plane; proper")


@pytest.mark.parametrize("name", ["lamno3", "srtio3", "ca3ti2o7", "zro2"])
def test_none(name: str) -> None:
    assert decompose(*paths(name)).polarisation is None
