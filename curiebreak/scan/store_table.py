"""A store as a notebook shows it: its rows as a data frame, its classes as a figure."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curiebreak.results.bridges import made
from curiebreak.scan.table import query


@dataclass(frozen=True)
class StoreTable:
    """The rows of a scan's store, read when they are asked for.

    Parameters
    ----------
    path : path
        What :func:`curiebreak.scan.scan` wrote.

    Examples
    --------
    >>> import curiebreak.scan
    >>> done = curiebreak.scan.scan("structures/lamno3_pnma.cif", "store.db")
    >>> table = curiebreak.scan.StoreTable("store.db")
    >>> table.to_frame(columns=["formula", "glazer", "amp_R4+"]).round(3)
      formula  glazer  amp_R4+
    0  LaMnO3  a+b-b-    0.627
    """

    path: str | os.PathLike[str]

    def rows(
        self, condition: str | None = None, columns: Sequence[str] = ()
    ) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Names and rows, as :func:`curiebreak.scan.query` gives them."""
        return query(Path(self.path), condition, columns=columns)

    def to_frame(self, condition: str | None = None, columns: Sequence[str] = ()) -> Any:
        """The rows as a ``pandas.DataFrame``; needs the extra ``notebook``.

        Parameters
        ----------
        condition : str, optional
            What follows WHERE, such as ``glazer = 'a+b-b-'``.
        columns : sequence of str
            Names, with ``*`` for any letters; all by default.
        """
        return made("rows_frame", self.rows(condition, columns))

    def __repr__(self) -> str:
        """Numbers of structures and classes in a few lines."""
        return str(made("store_summary", self.path))

    def _repr_html_(self) -> str:
        """Tables and figures of the store's summary."""
        return str(made("store_page", self.path))
