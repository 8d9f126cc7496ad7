"""``curiebreak predict``: which way a composition breaks the symmetry of its parent, and how far."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from curiebreak.cli import options

if TYPE_CHECKING:
    from curiebreak.results.prediction import Prediction


def command(
    composition: Annotated[
        list[str],
        typer.Argument(
            metavar="FORMULA|PARENT",
            help="Formulas (LaFeO3), parents (.cif, .vasp), or a table of formulas (.csv).",
            show_default=False,
        ),
    ],
    model: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="A model of `train`; without it the perovskite model that ships.", show_default=False
        ),
    ] = None,
    top: Annotated[int, typer.Option(min=1, metavar="N", help="How many classes get a structure.")] = 3,
    site: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SITE=ELEMENT",
            help="Who sits where, if the formula leaves a choice: A=La. Repeatable.",
            show_default=False,
        ),
    ] = None,
    seeds: Annotated[
        bool,
        typer.Option("--seeds", help="Write one child of every class as a start for relaxations (needs -o)."),
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="PLACE",
            help="A folder for the children as CIF, a table (.csv), or the result (.json).",
            show_default=False,
        ),
    ] = None,
    json: options.Json = False,
    force: options.Force = False,
    quiet: options.Quiet = False,
) -> int:
    """Predict the distorted structures of a composition before any is known."""
    from curiebreak.cli.result_output import check_destination
    from curiebreak.errors import UsageError

    suffix = "" if output is None else output.suffix.lower()
    if seeds and (output is None or suffix):
        raise UsageError("--seeds needs a folder.", "Add -o FOLDER.")
    if suffix:
        check_destination(output, force)
    from curiebreak.family import predict_many
    from curiebreak.family.predicting import find_model

    asked = [formula for one in composition for formula in _formulas(one)]
    chosen = find_model(model)
    wanted = len(chosen.classes) if seeds else top
    found = predict_many(asked, model=chosen, sites=_sites(site), top=wanted)
    if output is not None and not suffix:
        _written(found, output, force, quiet)
    _show(found, output if suffix else None, json, quiet)
    return 0


def _show(found: list[Prediction], path: Path | None, json: bool, quiet: bool) -> None:
    """One result as it is, several as a table or a list; `path` is the file that takes the table or the result."""
    from curiebreak.cli.result_output import emit

    suffix = "" if path is None else path.suffix.lower()
    if suffix == ".csv" or (len(found) > 1 and not json):
        _table(found, path if suffix == ".csv" else None, quiet)
    elif len(found) > 1:
        typer.echo("[" + ",\n".join(one.to_json() for one in found) + "]")
    else:
        emit(found[0], json=json, output=path if suffix == ".json" else None, quiet=quiet)


def _sites(given: list[str] | None) -> dict[str, str]:
    from curiebreak.errors import UsageError

    found = {}
    for text in given or ():
        name, sign, symbol = text.partition("=")
        if not sign or not name or not symbol:
            raise UsageError(f"{text!r} is no SITE=ELEMENT.", "Write, for example, --site A=La.")
        found[name.strip()] = symbol.strip()
    return found


def _written(found: list[Prediction], folder: Path, force: bool, quiet: bool) -> None:
    """Children as CIF, one file a class, equal structures once."""
    import numpy as np

    from curiebreak.cli.result_output import check_destination
    from curiebreak.structures.write import write_cif

    planned = []
    for one in found:
        for number, c in enumerate((c for c in one.classes if c.child is not None), 1):
            name = "-".join(c.primary) or "symmetric"
            group = c.child.space_group.number if c.child is not None else 0
            planned.append((folder / f"{one.formula}_{number}_{name}_{group}.cif", c))
    folder.mkdir(parents=True, exist_ok=True)
    for path, _ in planned:
        check_destination(path, force)
    for path, c in planned:
        if c.child is None:
            continue
        s = c.child.structure
        write_cif((np.array(s.lattice), list(s.species), np.array(s.frac)), path, 1e-4)
        if not quiet:
            typer.echo(f"written: {path}", err=True)


def _row(one: Prediction, names: list[str]) -> list[str]:
    """Cells of one formula, empty where there is no number."""
    first = next((c for c in one.classes if c.child is not None), one.classes[0])
    other = next((c for c in one.classes if c is not first), None)
    tilt = None if one.tilts is None else one.tilts.total
    return [
        one.formula,
        " ".join(first.primary),
        str(first.space_group.number) if first.space_group else "",
        f"{first.probability:.4f}",
        *(["", ""] if other is None else [" ".join(other.primary), f"{other.probability:.4f}"]),
        *(["", "", ""] if tilt is None else [f"{v:.3f}" for v in (tilt.mean, tilt.low, tilt.high)]),
        *(f"{one.amplitudes[n].mean:.4f}" if n in one.amplitudes else "" for n in names),
        "" if one.volume_per_atom is None else f"{one.volume_per_atom:.4f}",
        str(int(one.in_domain)),
        " ".join(one.outside),
    ]


def _formulas(text: str) -> list[str]:
    """Those of a table, or the one formula or parent that is given."""
    from curiebreak.family.predicting import read_formulas

    return list(read_formulas(Path(text))) if text.lower().endswith(".csv") else [text]


def _table(found: list[Prediction], path: Path | None, quiet: bool) -> None:
    """One line a formula, comma-separated."""
    import csv
    import io

    from curiebreak.structures.write import write_atomically

    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    names = sorted({name for one in found for name in one.amplitudes})
    writer.writerow(
        ["formula", "primary", "space_group", "probability", "second", "second_probability", "tilt", "tilt_low"]
        + ["tilt_high", *(f"amp_{n}" for n in names), "volume_per_atom", "in_domain", "outside"]
    )
    for one in found:
        writer.writerow(_row(one, names))
    if path is None:
        typer.echo(stream.getvalue(), nl=False)
        return
    write_atomically(path, stream.getvalue())
    if not quiet:
        typer.echo(f"written: {path}", err=True)
