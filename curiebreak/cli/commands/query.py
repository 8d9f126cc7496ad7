"""``curiebreak query``: rows of a scan that fulfil a condition."""

from __future__ import annotations

from curiebreak.cli.answers import Receiver
from curiebreak.options.query_options import QueryOptions


def command(asked: QueryOptions, to: Receiver) -> int:
    """Print the rows that fulfil a condition, as CSV (or JSON); the store is only read."""
    from curiebreak.scan.table import USUAL, as_csv, as_json, query

    words = asked.columns or ()
    wanted = () if list(words) == ["all"] else words or USUAL
    names, rows = query(asked.store, asked.condition, columns=wanted, seconds=asked.seconds)
    to.text(as_json(names, rows) if asked.json else as_csv(names, rows, asked.for_spreadsheet))
    return 0
