"""Shipped pairs, mapped, analysed and learned once per test run."""

from functools import cache
from pathlib import Path

from curiebreak.mapping import Distortion, map_child
from curiebreak.modes import Analysis, analyse
from curiebreak.results import Finding
from curiebreak.structures import read_structure
from curiebreak.symmetry.parent import parent_crystal

STRUCTURES = Path(__file__).resolve().parents[2] / "structures"

PAIRS = {
    "lamno3": ("lamno3_cubic.cif", "lamno3_pnma.cif"),
    "srtio3": ("srtio3_cubic.cif", "srtio3_i4mcm.cif"),
    "batio3": ("batio3_cubic.cif", "batio3_p4mm.cif"),
    "ymno3": ("ymno3_p63mmc.cif", "ymno3_p63cm.cif"),
    "ca3ti2o7": ("ca3ti2o7_i4mmm.cif", "ca3ti2o7_cmcm.cif"),
    "zro2": ("zro2_cubic.cif", "zro2_p42nmc.cif"),
    "square": ("square.xyz", "rectangle.xyz"),
}


def paths(name: str) -> tuple[Path, Path]:
    """Parent and child of a shipped pair."""
    parent, child = PAIRS[name]
    return STRUCTURES / parent, STRUCTURES / child


@cache
def distortion(name: str) -> Distortion:
    """The mapped pair."""
    parent, child = paths(name)
    return map_child(parent_crystal(read_structure(parent)), read_structure(child))


@cache
def analysis(name: str) -> Analysis:
    """The analysed pair."""
    return analyse(distortion(name))


@cache
def found(name: str, seed: int = 0) -> Finding:
    """What `find` answers about the pair, all options but the seed left as they are."""
    import curiebreak

    return curiebreak.find(*paths(name), seed=seed)
