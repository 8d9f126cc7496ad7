"""Consoles that respect NO_COLOR, pipes and narrow encodings."""

from __future__ import annotations

import os
import sys

from rich.console import Console

PIPED_WIDTH = 100


class PipedConsole(Console):
    """Console that leaves a closed pipe to the caller instead of ending the program.

    Attributes
    ----------
    narrow : bool
        Whether its width is that of a page that somebody looks at, a terminal's or the one of COLUMNS.
    """

    narrow = False

    def on_broken_pipe(self) -> None:
        """Raise: the one place where errors end knows what to do."""
        raise BrokenPipeError


def make_console(stderr: bool = False) -> PipedConsole:
    """Console of rich: 100 columns when piped; no colour and no bold under NO_COLOR.

    Parameters
    ----------
    stderr : bool
        Write to standard error instead of standard output.
    """
    stream = sys.stderr if stderr else sys.stdout
    plain = bool(os.environ.get("NO_COLOR"))
    narrow = stream.isatty() or "COLUMNS" in os.environ
    width = None if narrow else PIPED_WIDTH
    console = PipedConsole(
        stderr=stderr, highlight=False, width=width, color_system=None if plain else "auto", no_color=plain
    )
    console.narrow = narrow
    return console
