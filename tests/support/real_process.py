"""Python processes of their own that begin with the heavy libraries loaded.

A server that has imported them is forked for each process: what costs seconds of a short run is paid once. Only for
what does not depend on how the libraries are loaded.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from dataclasses import dataclass
from pathlib import Path

SECONDS = 300
"""After which a process is ended."""

CONTEXT = multiprocessing.get_context("forkserver")
LOADED = ["curiebreak.discovery.run", "curiebreak.discovery.certify", "curiebreak.cli.app"]


@dataclass(frozen=True)
class Ended:
    """Exit code (negative: the signal) and the two streams of a process that has ended."""

    returncode: int | None
    stdout: str
    stderr: str


def _execute(code: str, arguments: list[str], streams: list[str]) -> None:
    for descriptor, path in enumerate(streams, 1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), descriptor)
    sys.argv = ["-c", *arguments]
    exec(compile(code, "<string>", "exec"), {"__name__": "__main__"})


def execute(code: str, *arguments: object, folder: Path) -> Ended:
    """Run code as ``python -c CODE ARGUMENTS`` does; its streams are kept in files of the folder."""
    streams = [str(folder / name) for name in ("stdout", "stderr")]
    CONTEXT.set_forkserver_preload(LOADED)
    process = CONTEXT.Process(target=_execute, args=(code, [str(a) for a in arguments], streams))
    process.start()
    try:
        process.join(SECONDS)
    finally:
        process.kill()
        process.join()
    return Ended(process.exitcode, *(Path(path).read_text() for path in streams))
