"""The table of irreps as a paper prints it: Markdown, LaTeX or CSV."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from typing import Literal, get_args

from curiebreak.report.numbers import fixed, kpoint
from curiebreak.report.totals import Total, totals
from curiebreak.results import Decomposition, IrrepEntry
from curiebreak.results.basic import group_name

Format = Literal["markdown", "latex", "csv"]
FORMATS: tuple[Format, ...] = get_args(Format)

_HEADINGS = ("irrep", "k", "direction", "isotropy subgroup", "modes", "As (Å)", "Ap (Å)", "role")
_MOMENT = "μB"
_MOMENT_LATEX = r"$\mu_\mathrm{B}$"


def paper_table(result: Decomposition, form: Format) -> str:
    """One row for each irrep with its number of modes and both amplitudes, and totals of displacements and moments.

    Parameters
    ----------
    result : Decomposition
    form : str
        ``markdown``, ``latex`` (for the booktabs package) or ``csv``.
    """
    rows = [_row(entry) for entry in result.irreps if entry.role != "noise"]
    sums = [_total(result, one) for one in totals(result)]
    origin = result.parent.origin_site or ""
    if form == "csv":
        stream = io.StringIO()
        lines = [(*_HEADINGS, "origin"), *((*row, origin) for row in [*rows, *sums])]
        csv.writer(stream, lineterminator="\n").writerows(lines)
        return stream.getvalue()
    note = f"Labels with {origin} at the origin." if origin else ""
    return _markdown([*rows, *sums], note) if form == "markdown" else _latex(rows, sums, note)


def _total(result: Decomposition, total: Total) -> tuple[str, ...]:
    """The row of all displacements, or of all moments."""
    kind = total.name.removesuffix("s") if total.unit == "Å" else "magnetic"
    modes = sum(len(e.modes) for e in result.irreps if e.kind == kind and e.role != "noise")
    name = f"{total.name}, all irreps" if total.unit == "Å" else f"{total.name} ({total.unit}), all irreps"
    return (name, "", "", "", str(modes), fixed(total.supercell), fixed(total.parent), "")


def _row(entry: IrrepEntry) -> tuple[str, ...]:
    # the columns are in Å; strain and occupancy have no unit and moments their own: the words beside the label say so
    kind = f"magnetic, {_MOMENT}" if entry.kind == "magnetic" else entry.kind
    name = entry.name if entry.kind == "displacement" else f"{entry.name} ({kind})"
    own = group_name(entry.isotropy_subgroup)
    amplitudes = (fixed(entry.amplitude_supercell), fixed(entry.amplitude_parent))
    return (name, kpoint(entry) or "", entry.direction or "", own, str(len(entry.modes)), *amplitudes, entry.role)


def _markdown(rows: Iterable[tuple[str, ...]], note: str) -> str:
    lines = ["| " + " | ".join(_HEADINGS) + " |", "|---|---|---|---|--:|--:|--:|---|"]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join([*lines, *(["", note] if note else [])]) + "\n"


def _latex(rows: list[tuple[str, ...]], sums: list[tuple[str, ...]], note: str) -> str:
    lines = [r"\begin{tabular}{llllrrrl}", r"\toprule"]
    headings = ("irrep", r"$\mathbf{k}$", *_HEADINGS[2:5], r"$A_s$ (\AA)", r"$A_p$ (\AA)", "role")
    lines += [" & ".join(headings) + r" \\", r"\midrule"]
    for row in rows:
        name, where, direction, own, *numbers = row
        written = (_irrep(name), _math(where), _math(direction), _group(own), *numbers)
        lines.append(" & ".join(written) + r" \\")
    ends = [" & ".join((name.replace(_MOMENT, _MOMENT_LATEX), *rest)) + r" \\" for name, *rest in sums]
    said = [r"\multicolumn{8}{l}{" + note.replace("_", r"\_") + r"} \\"] if note else []  # the labels depend on it
    lines += [r"\midrule", *ends, r"\bottomrule", *said, r"\end{tabular}"]
    return "\n".join(lines) + "\n"


def _math(text: str) -> str:
    return f"${text}$" if text else ""


def _irrep(name: str) -> str:
    """Label of an irrep: ``GM4-`` is Γ with 4 below and a minus above, ``A2''`` has its primes, ``B1g`` all below."""
    label, _, rest = name.partition(" ")
    joined = "".join(map(_one_label, re.split(r"(?<=[+\-\d])(?=[A-Z])", label.partition("@")[0])))
    where = label.partition("@")[2]
    text = f"${joined}({where})$" if where else f"${joined}$"
    rest = rest.replace(_MOMENT, _MOMENT_LATEX)
    return f"{text} {rest}" if rest else text


def _one_label(label: str) -> str:
    found = re.fullmatch(r"m?([A-Z][A-Z]?)(\d*)([gu]?)([+\-]?)('*)", label)
    if found is None:
        return rf"\mathrm{{{label}}}"
    letters, number, parity, sign, primes = found.groups()
    greek = {"GM": r"\Gamma", "DT": r"\Delta", "LD": r"\Lambda", "SM": r"\Sigma"}
    base = ("m" if label.startswith("m") else "") + greek.get(letters, letters)
    below = f"_{{{number}{parity}}}" if number or parity else ""
    above = f"^{{{sign}}}" if sign else ""
    return f"{base}{below}{above}{primes}"


def _group(text: str) -> str:
    """Space group or point group: bars over numbers, screw axes below; ``(62)`` stays beside."""
    symbol, _, number = text.partition(" ")
    if number:
        barred = re.sub(r"-(\d)", r"\\bar{\1}", symbol)
        return "$" + re.sub(r"_(\d)", r"_{\1}", barred) + f"$ {number}"
    point = re.fullmatch(r"([CDSTOI])(.*)", symbol)
    if point is None:
        return symbol
    head, tail = point.groups()
    return f"${head}_{{{tail}}}$" if tail else f"${head}$"
