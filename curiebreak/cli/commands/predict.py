"""``curiebreak predict``: which way a composition breaks the symmetry of its parent, and how far."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curiebreak.cli.answers import Receiver
from curiebreak.errors import refuse
from curiebreak.files import suffix_of, write_file
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
    from curiebreak.family.prediction_table import written_table

    chosen = find_model(asked.model)
    formulas, refused = _asked_for(asked, chosen, to)
    wanted = len(chosen.classes) if asked.seeds else _children_wanted(asked, suffix, len(formulas))
    with progress_bar(to.quiet) as progress:
        tell = progress or silent
        found = predict_many(
            [one for one in formulas if one not in refused],
            model=chosen,
            sites=dict(asked.sites),
            top=wanted,
            told=lambda x: tell("compositions", x, ""),
        )
    if asked.output is not None and not suffix:
        _written(found, asked.output, to, chosen if asked.seeds else None)
    if suffix in _REPORTS:
        _report(found, asked.output, to)
    if len(formulas) == 1 and suffix != ".csv":
        to.result(found[0], document=suffix == ".json")
    else:
        _several(found, written_table(formulas, found, refused), asked, suffix, to)
    return 0


def _children_wanted(asked: PredictOptions, suffix: str, count: int) -> int:
    """How many children a formula: a table tells of one."""
    as_table = suffix == ".csv" or (asked.output is None and not asked.json and count > 1)
    return 1 if as_table else asked.top


def _place(asked: PredictOptions, to: Receiver) -> str:
    """Suffix of what is written, empty for a folder or nothing, once it is known that it may be written."""
    from curiebreak.cli.result_output import check_destination

    suffix, known = suffix_of(asked.output), (".csv", ".json", *_REPORTS)
    refuse((asked.seeds and (asked.output is None or suffix), "--seeds needs a folder.", "Add -o FOLDER."))
    if suffix:
        check_destination(asked.output, to.force)
    hint = f"End the name in one of {', '.join(known)}."
    refuse((suffix not in ("", *known), f"The format of {asked.output} is not known.", hint))
    return suffix


def _report(found: list[Prediction], path: Path | None, to: Receiver) -> None:
    """One prediction as a report."""
    from curiebreak.cli.result_output import emit_report

    refuse((len(found) != 1, "A report is of one composition.", "Write many into a table (.csv)."))
    emit_report(found[0], path, to.quiet)


def _several(found: list[Prediction], table: str, asked: PredictOptions, suffix: str, to: Receiver) -> None:
    """Many predictions, or one as a table: to the file that is named, else as a table or a list of results."""
    as_list = "[" + ",\n".join(one.to_json() for one in found) + "]\n"
    if asked.output is not None and suffix in (".csv", ".json"):
        write_file(asked.output, table if suffix == ".csv" else as_list)
        to.written(asked.output)
    if asked.json:
        to.text(as_list)
    elif not suffix:
        to.text(table)


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


def _asked_for(asked: PredictOptions, model: FamilyModel, to: Receiver) -> tuple[list[str], dict[str, str]]:
    """All compositions, those of tables row by row, and why rows of a table are none of the family."""
    from curiebreak.cli.result_output import note
    from curiebreak.family.predicting import read_formulas
    from curiebreak.family.prediction_table import refusals

    formulas: list[str] = []
    refused: dict[str, str] = {}
    for word in map(str, asked.composition):
        rows = [word]
        if word.lower().endswith(".csv"):
            rows = read_formulas(Path(word))
            without = refusals(rows, model, dict(asked.sites), word)
            refused |= without
            if without and not to.quiet:
                first = next(iter(without.values()))
                rejected = sum(row in without for row in rows)
                note(f"{rejected} of {len(rows)} rows of {word} have no prediction; the first: {first}")
        formulas += rows
    return formulas, refused
