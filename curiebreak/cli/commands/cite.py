"""``curiebreak cite``: BibTeX for what a run used."""

from __future__ import annotations

from curiebreak.cli.answers import Receiver, check_targets
from curiebreak.files import write_file
from curiebreak.options.scan_options import CiteOptions


def command(asked: CiteOptions, to: Receiver) -> int:
    """Print BibTeX for the works that a RESULT rests on: method, tables, labels, libraries."""
    from dataclasses import asdict
    from json import dumps

    from curiebreak.citations import bibtex, read_result, references

    check_targets(asked, to)
    cited = references(None if asked.result is None else read_result(asked.result))
    text = bibtex(cited)
    if asked.output is not None:
        write_file(asked.output, text)
    if asked.json:
        to.text(dumps({"references": [asdict(reference) for reference in cited]}, indent=2) + "\n")
    elif not (asked.quiet and asked.output):
        to.text(text)
    to.written(asked.output)
    return 0
