"""Standard streams that take any text and are there, whatever the terminal or the caller has."""

from __future__ import annotations

import codecs
import io
import os
import sys


def to_encoding(text: str, encoding: str) -> str:
    """Replace what an encoding lacks: ``⊕`` by ``+``, ``Å`` by ``Ang`` and so on."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        for sign, plain in _ASCII.items():
            text = text.replace(sign, plain)
        return text.encode(encoding, "backslashreplace").decode(encoding)
    return text


def _in_plain_letters(error: UnicodeError) -> tuple[str, int]:
    """What is written for letters that a stream lacks, as :func:`to_encoding` has it."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    return "".join(_ASCII.get(sign) or _escaped(sign) for sign in missing), error.end


def _escaped(sign: str) -> str:
    return sign.encode("ascii", "backslashreplace").decode("ascii")


def prepare_streams() -> None:
    """Let standard output and error take any text, and be there, whatever the terminal or the caller has."""
    codecs.register_error("curiebreak", _in_plain_letters)
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by who called
            setattr(sys, name, open(os.devnull, "r" if name == "stdin" else "w", encoding="utf-8"))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="curiebreak")


_ASCII = {"⊕": "+", "Å": "Ang", "°": " deg", "·": "*", "×": "x", "→": "->", "≤": "<=", "–": "-", "—": "-"}
