"""Batch runs: recognise perovskites, analyse them in worker processes, keep the results in a store."""

from curiebreak.scan.running import Summary, scan
from curiebreak.scan.store_table import StoreTable
from curiebreak.scan.table import export, query

__all__ = ["StoreTable", "Summary", "export", "query", "scan"]
