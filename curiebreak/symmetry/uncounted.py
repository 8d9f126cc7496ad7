"""One sentence for everything in the files that was not counted."""

from __future__ import annotations

from curiebreak.results import Notice

UNSAID = 1e-6
"""Å; less is the arithmetic of cells and positions, not something of the files."""


def shifts_below_resolution(size: float, resolution: float, lowest: str | None) -> Notice | None:
    """Displacements within what rounding can do; `lowest` is the group that they would leave."""
    if size <= UNSAID:
        return None
    return Notice(
        "resolution",
        f"Shifts of up to {size:.2g} Å{_instead(lowest)} are within the written decimals of the files "
        f"({resolution:.2g} Å) and were not counted.",
        size,
        f"--symprec {size / 4:.1g}",
    )


def scatter(sigma: float, size: float, rung: float, lowest: str | None) -> Notice:
    """Displacements that are scatter of all coordinates."""
    return Notice(
        "scatter",
        f"The coordinates scatter by about {sigma:.3g} Å per component; shifts of up to {size:.2g} Å"
        f"{_instead(lowest)} were not counted: the group was taken above that scatter, at {rung:.3g} Å. "
        "Use --symprec to choose another rung.",
        size,
        f"--symprec {size / 100:.1g}",
    )


def shifts_below_gap(size: float, lowest: str | None, below: float) -> Notice:
    """Displacements below the widest gap of the ladder."""
    option = f"--symprec {below:.2g}"
    return Notice(
        "gap",
        f"Shifts of up to {size:.2g} Å{_instead(lowest)} lie below the widest gap of the tolerance ladder and were "
        f"not counted; {option} counts them.",
        size,
        option,
    )


def shifts_below_symprec(size: float, symprec: float) -> Notice | None:
    """Displacements that the tolerance asked for leaves out."""
    if size <= UNSAID:
        return None
    return Notice(
        "symprec",
        f"Shifts of up to {size:.2g} Å are below --symprec ({symprec:g} Å) and were not counted.",
        size,
        f"--symprec {size / 4:.1g}",
    )


def strain_below_tolerance(size: float, tolerance: float, asked: float, group: str | None) -> Notice:
    """A strain that would lower the symmetry but for a tolerance, `asked` for or of the scatter."""
    smaller = f"--strain-tolerance {size / 2:.1g}"
    lowered = f" to {group}" if group else ""
    if tolerance > asked:
        why = f"within the scatter of the coordinates ({tolerance:.2g} along the cell's edges)"
    else:
        why = f"below --strain-tolerance ({asked:g})"
    return Notice(
        "strain_tolerance",
        f"A strain of {size:.2g} that would lower the symmetry{lowered} is {why} and was not counted; "
        f"{smaller} counts it.",
        size,
        smaller,
    )


def target_below_resolution(what: str, size: float, unit: str) -> Notice:
    """A whole field that the files do not resolve."""
    return Notice(
        "resolution",
        f"The {what} of the child ({size:.2g}{unit}) is at the resolution of the files and was not counted.",
        size,
        "",
    )


def _instead(lowest: str | None) -> str:
    return f", which would leave {lowest}," if lowest else ""
