"""A magnetic structure and its parent as `find` and `certify` take them: what is asked for, and the exact side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from curiebreak.errors import UsageError
from curiebreak.structures.moments import has_moments

_NOT_SERVED = {
    "fix_site": "--fix-site",
    "raw_target": "--raw-target",
    "blind": "--blind",
    "given": "--given",
    "target": "--target",
    "keep_cell": "--keep-cell",
    "signals": "--signals",
    "domains": "--domains",
    "domain_files": "--domain-files",
    "mapped": "`mapped`",
}
"""What a magnetic structure cannot be asked for, as fields of the options and as they are written."""


def is_magnetic(child: Any) -> bool:
    """Whether a child is a structure with moments."""
    return has_moments(child)


def refuse_unserved(asked: Any, unserved: Mapping[str, str] = _NOT_SERVED) -> None:
    """Refuse what would be left undone.

    Raises
    ------
    UsageError
        For the first option that is set and means nothing for moments.
    """
    for option in fields(asked):
        if option.name in unserved and getattr(asked, option.name) != option.default:
            raise UsageError(f"{unserved[option.name]} is not for magnetic structures.", "Leave it out.")
