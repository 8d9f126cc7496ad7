"""``curiebreak predict``: which way a composition breaks the symmetry of its parent, and how far."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curiebreak.cli.answers import Receiver
from curiebreak.options.family_options import PredictOptions

Named = tuple[str, tuple[Any, Sequence[str], Any]]
"""Name of a file; lattice, species and fractions."""

_REPORTS = (".pdf", ".png", ".html")

if TYPE_CHECKING:
    from curiebreak.family.family_model import FamilyModel
    from curiebreak.results.prediction import Prediction


def command(asked: PredictOptions, to: Receiver) -> int:
    """Predict the distorted structures of a composition before any is known."""
    suffix = _place(asked, to)
    from curiebreak.cli.progress import progress_bar
    from curiebreak.clock import silent
    from curiebreak.family import predict_many
    from curiebreak.family.predicting import find_model

    formulas = [formula for one in asked.composition for formula in _formulas(str(one))]
    chosen = find_model(asked.model)
    wanted = len(chosen.classes) if asked.seeds else _children_wanted(asked, suffix, len(formulas))
    with progress_bar(to.quiet) as progress:
        tell = progress or silent
        found = predict_many(
            formulas, model=chosen, sites=dict(asked.sites), top=wanted, told=lambda x: tell("compositions", x, "")
        )
    if asked.output is not None and not suffix:
        _written(found, asked.output, to, chosen if asked.seeds else None)
    if asked.output is not None and suffix in _REPORTS:
        _report(found, asked.output, to)
    if len(found) == 1 and suffix != ".csv":
        to.result(found[0], document=suffix == ".json")
    else:
        _several(found, asked, suffix, to)
    return 0


def _children_wanted(asked: PredictOptions, suffix: str, count: int) -> int:
    """How many children a formula: a table tells of one."""
    as_table = suffix == ".csv" or (asked.output is None and not asked.json and count > 1)
    return 1 if as_table else asked.top


def _place(asked: PredictOptions, to: Receiver) -> str:
    """Suffix of what is written, empty for a folder or nothing, once it is known that it may be written."""
    from curiebreak.cli.result_output import check_destination
    from curiebreak.errors import UsageError

    suffix = "" if asked.output is None else asked.output.suffix.lower()
    if asked.seeds and (asked.output is None or suffix):
        raise UsageError("--seeds needs a folder.", "Add -o FOLDER.")
    if suffix:
        check_destination(asked.output, to.force)
    if suffix not in ("", ".csv", ".json", *_REPORTS):
        known = f".csv, .json, {', '.join(_REPORTS)}"
        raise UsageError(f"The format of {asked.output} is not known.", f"End the name in one of {known}.")
    return suffix


def _report(found: list[Prediction], path: Path, to: Receiver) -> None:
    """One prediction as a report."""
    from curiebreak.cli.result_output import emit_report
    from curiebreak.errors import UsageError

    if len(found) != 1:
        raise UsageError("A report is of one composition.", "Write many into a table (.csv).")
    emit_report(found[0], path, to.quiet)


def _several(found: list[Prediction], asked: PredictOptions, suffix: str, to: Receiver) -> None:
    """Many predictions, or one as a table: to the file that is named, else as a table or a list of results."""
    from curiebreak.structures.write import write_atomically

    as_list = "[" + ",\n".join(one.to_json() for one in found) + "]\n"
    if asked.output is not None and suffix in (".csv", ".json"):
        write_atomically(asked.output, _table(found) if suffix == ".csv" else as_list)
        to.written(asked.output)
    if asked.json:
        to.text(as_list)
    elif not suffix:
        to.text(_table(found))


def _written(found: list[Prediction], folder: Path, to: Receiver, starts: FamilyModel | None) -> None:
    """Children as CIF, one file a class; as starts for relaxations the parent and combinations of classes too."""
    from curiebreak.cli.result_output import check_destination
    from curiebreak.structures.write import write_cif

    planned = [item for one in found for item in (_children(one) if starts is None else _starts(one, starts))]
    folder.mkdir(parents=True, exist_ok=True)
    for name, _ in planned:
        check_destination(folder / name, to.force)
    for name, crystal in planned:
        write_cif(crystal, folder / name, 1e-4)
        to.written(folder / name)


def _children(one: Prediction, as_starts: bool = False) -> Iterator[Named]:
    """The child of each class; as starts those alone that have their class's group at a tolerance."""
    import numpy as np

    for place, (c, child) in enumerate(((c, c.child) for c in one.classes if c.child is not None), 1):
        if as_starts and child.spglib is not None and child.spglib.number != child.space_group.number:
            continue  # so small a distortion that the child is one of a higher class
        s = child.structure
        name = f"{one.formula}_{place}_{'-'.join(c.primary) or 'symmetric'}_{child.space_group.number}.cif"
        yield name, (np.array(s.lattice), list(s.species), np.array(s.frac))


def _starts(one: Prediction, model: FamilyModel) -> Iterator[Named]:
    """The undistorted parent, the child of each class, and where two classes meet."""
    from curiebreak.family.predicted_child import combined_children, parent_arrays

    edge = ((one.volume_per_atom or 0.0) * model.cell.n_sites) ** (1 / 3)
    yield f"{one.formula}_0_parent_{model.cell.number}.cif", parent_arrays(model, one.species, edge)
    yield from _children(one, as_starts=True)
    sites = tuple(one.species[name] for name in model.cell.site_names)
    for place, (primary, group, crystal) in enumerate(combined_children(model, sites), len(model.classes) + 1):
        yield f"{one.formula}_{place}_{'-'.join(primary)}_{group}.cif", crystal


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


def _table(found: list[Prediction]) -> str:
    """One line a formula, comma-separated."""
    import csv
    import io

    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    names = sorted({name for one in found for name in one.amplitudes})
    writer.writerow(
        ["formula", "primary", "space_group", "probability", "second", "second_probability", "tilt", "tilt_low"]
        + ["tilt_high", *(f"amp_{n}" for n in names), "volume_per_atom", "in_domain", "outside"]
    )
    for one in found:
        writer.writerow(_row(one, names))
    return stream.getvalue()
