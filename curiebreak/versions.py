"""Versions of this program and of the libraries that matter for a result."""

from __future__ import annotations

import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version

_LIBRARIES = ("curiebreak", "numpy", "scipy", "spglib")


@cache
def library_versions(*more: str) -> dict[str, str]:
    """Version by distribution name, Python included; absent ones are left out."""
    found = {"python": platform.python_version()}
    for name in (*_LIBRARIES, *more):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
