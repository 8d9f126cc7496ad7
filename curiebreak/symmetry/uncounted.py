"""One sentence for everything in the files that was not counted, and for what was though it is small."""

from __future__ import annotations

from curiebreak.results import Notice

UNSAID = 1e-6
"""Å; less is the arithmetic of cells and positions, not something of the files."""


def shifts_below_resolution(size: float, resolution: float, lowest: str | None, below: float) -> Notice | None:
    """Displacements within what rounding can do; `lowest` is the group that they would leave, within `below` Å."""
    if size <= UNSAID:
        return None
    return Notice(
        "resolution",
        f"Shifts of up to {size:.2g} Å{_instead(lowest)} are within the written decimals of the files "
        f"({resolution:.2g} Å) and were not counted.",
        size,
        f"--symprec {min(size / 4, below):.1g}",
    )


def shifts_below_convergence(size: float, converged: float, lowest: str | None, below: float) -> Notice | None:
    """Displacements that the files resolve, and that are smaller than any that a calculation determines."""
    if size <= UNSAID:
        return None
    option = f"--symprec {below:.2g}"
    return Notice(
        "convergence",
        f"Shifts of up to {size:.2g} Å{_instead(lowest)} are resolved by the files but smaller than what calculations "
        f"converge to ({converged:g} Å) and were not counted; {option} counts them.",
        size,
        option,
    )


def scatter(sigma: float, size: float, rung: float, lowest: str | None, below: float) -> Notice:
    """Displacements that are scatter of all coordinates."""
    return Notice(
        "scatter",
        f"The coordinates scatter by about {sigma:.3g} Å per component; shifts of up to {size:.2g} Å"
        f"{_instead(lowest)} were not counted: the group was taken above that scatter, at {rung:.3g} Å. "
        "Use --symprec to choose another rung.",
        size,
        f"--symprec {below:.2g}",
    )


def large_scatter(sigma: float, believed: float, group: str | None, tolerance: float) -> Notice:
    """Displacements that counted, although they are as even over all irreps as scatter would be."""
    option, above = f"--symprec {tolerance:.2g}", group or "the next group"
    return Notice(
        "large_scatter",
        f"The coordinates may scatter: what lowers the symmetry below {above} fills all irreps, as scatter of "
        f"{sigma:.2g} Å per component would. More than {believed:g} Å is not taken for scatter unasked: "
        f"it counts, and irreps of scatter may stand in the answer; {option} takes {above}.",
        sigma,
        option,
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


def strain_below_tolerance(size: float, tolerance: float, asked: float, group: str | None, counts: float) -> Notice:
    """A strain that would lower the symmetry but for a tolerance, `asked` for or of the scatter; `counts` takes it."""
    smaller = f"--strain-tolerance {counts:.2g}"
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


def counted_though_small(
    groups: tuple[str, str], shift: float, strain: float, room: float, between: list[tuple[str, float]]
) -> Notice:
    """What tells the child's group from a higher one, and is as small as what calculations leave behind.

    Parameters
    ----------
    groups : tuple of str
        The group that was taken, and the higher one.
    shift, strain : float
        Å and no unit; 0 where that does not tell them apart.
    room : float
        Factor by which a tolerance may be larger than what it leaves out.
    between : list of (str, float)
        Groups between the two, and where they begin (Å).
    """
    what = [f"shifts of at most {shift:.2g} Å"] if shift else []
    what += [f"a strain of {strain:.2g}"] if strain else []
    options = [f"--symprec {room * shift:.2g}"] if shift else []
    options += [f"--strain-tolerance {room * strain:.2g}"] if strain else []
    also = ", ".join(f"{symbol} from {size:.2g} Å on" for symbol, size in between if symbol)
    option = " ".join(options)
    return Notice(
        "small",
        f"That the group is {groups[0]} and not {groups[1]} rests on {' and '.join(what)}: the files resolve that and "
        f"it counts, but calculations leave as much behind; {option} takes {groups[1]}"
        f"{f' ({also})' if also else ''}.",
        shift or strain,
        option,
    )


def _instead(lowest: str | None) -> str:
    return f", which would leave {lowest}," if lowest else ""
