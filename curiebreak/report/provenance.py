"""Sections on how a result was made: versions, inputs, options, what to cite."""

from __future__ import annotations

from typing import Any

from curiebreak.report.sections import Chapter, Facts, Lines, OnPaper, has_content
from curiebreak.results.phonon_records import PhononResult
from curiebreak.results.record import Record

_CITE = (
    "T. Smidt, M. Geiger, B. K. Miller, Phys. Rev. Research 3, L012002 (2021), doi:10.1103/PhysRevResearch.3.L012002 "
    "(the method)",
    "H. T. Stokes, B. J. Campbell, R. Cordes, Acta Cryst. A69, 388 (2013), ISO-IR, iso.byu.edu (irreps and labels)",
    "A. Togo, K. Shinohara, I. Tanaka, Sci. Technol. Adv. Mater.: Methods 4, 2384822 (2024), spglib (space groups)",
    "M. Geiger, T. Smidt, e3nn: Euclidean Neural Networks, arXiv:2207.09453 (the network)",
)

_PHONON_CITE = (
    *_CITE[1:3],
    "A. Togo, L. Chaput, T. Tadano, I. Tanaka, J. Phys.: Condens. Matter 35, 353001 (2023), phonopy (force constants)",
)


def provenance(result: Record) -> list[Facts | Lines]:
    """What somebody needs who wants to repeat the run.

    Parameters
    ----------
    result : Record

    Returns
    -------
    list of Facts and Lines
    """
    made = [("command", f"curiebreak {result.command}")]
    made += [("versions", ", ".join(f"{name} {value}" for name, value in result.versions.items()))]
    if isinstance(result, PhononResult):
        made.append(("force constants", result.file))
    for name in ("parent", "child"):
        if sha256 := getattr(getattr(result, name, None), "sha256", None):
            made.append((f"SHA-256 of the {name}", sha256))
    # 0 is a choice, though it equals False
    chosen = {name: v for name, v in result.options.items() if v is not False and v not in (None, [], ())}
    made.append(("options", ", ".join(f"{name} {_said(value)}" for name, value in chosen.items())))
    cite = _PHONON_CITE if isinstance(result, PhononResult) else _CITE
    parts = (
        Facts("How it was made", tuple(row for row in made if row[1]), Chapter.PROVENANCE, 2),
        Lines("To cite", cite, Chapter.PROVENANCE, 3, OnPaper.WHOLE),
    )
    return [part for part in parts if has_content(part)]


def _said(value: Any) -> str:
    """The value of an option as words: no brackets, no `True`."""
    if value is True:
        return "yes"
    if isinstance(value, (list, tuple)):
        return " ".join(map(_said, value))
    if isinstance(value, dict):
        return " ".join(f"{name}={_said(one)}" for name, one in value.items())
    return str(value)
