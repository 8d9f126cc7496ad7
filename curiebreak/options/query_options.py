"""What `query` can be asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from curiebreak.options import shared
from curiebreak.options.field import Option, Options, Where, argument, stated
from curiebreak.options.option_rules import InputPath, Text

STORE = Option("What `scan` wrote.", InputPath(), metavar="STORE")
CONDITION = Option(
    'SQL after WHERE, such as "glazer = \'a+b-b-\' AND \\"amp_R4+\\" > 0.4".', Text("loss > 0"), metavar="CONDITION"
)


@stated
class QueryOptions(Options):
    """`query`: rows of a scan that fulfil a condition."""

    suffix = ".csv"

    store: Any = argument(of=STORE)
    condition: str = argument(of=CONDITION)
    columns: Sequence[str] | None = shared.joined(
        "Columns to show, joined by commas, `*` for any letters: id,glazer,amp_*; or all. Default: ten "
        "that say what was found.",
        "amp_*",
        where=Where.RUN,
        metavar="LIST",
    )
    seconds: float = shared.number("Stop a query that takes longer.", 30.0, 0.001, where=Where.RUN, metavar="SECONDS")
    for_spreadsheet: bool = shared.for_spreadsheet()
    json: bool = shared.json()
