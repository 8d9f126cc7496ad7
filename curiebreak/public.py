"""Functions as Python offers them: PARENT of a pair may be ``auto``, and moments count, of a child or of a term.

The rooms below take a parent that is known and, those of the exact side, a child without moments; here, as on the
command line, the parent is looked for and the child goes to the room that knows its kind.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from curiebreak.errors import UsageError
from curiebreak.options import taking
from curiebreak.options.distort_options import BuildOptions, MagneticBuildOptions

if TYPE_CHECKING:
    from curiebreak.magnetic.magnetic_build import BuiltMagnetic
    from curiebreak.modes.built import BuiltChild

R = TypeVar("R")

_WITH_MOMENTS = {
    "couplings": "curiebreak.magnetic.magnetic_couplings:magnetic_couplings",
    "decompose": "curiebreak.magnetic.magnetic_modes:decompose_magnetic",
}
"""What takes a child with moments, where the function itself does not."""


def of_pair(function: Callable[..., R]) -> Callable[..., R]:
    """The function with a parent that may be ``auto`` and a child that may have moments; signature and text stay."""
    signature = inspect.signature(function)
    other = _WITH_MOMENTS.get(function.__name__)

    @wraps(function)
    def called(*arguments: Any, **keywords: Any) -> R:
        try:
            given = signature.bind(*arguments, **keywords).arguments
        except TypeError as error:
            raise TypeError(f"{function.__name__}() {error}") from None
        child = given.get("child")
        given["parent"] = _known(given.get("parent"), child)
        if other is not None and _has_moments(child):
            return cast(R, _with_moments(other, given))
        return function(**given)

    called.__signature__ = signature  # type: ignore[attr-defined]
    vars(called).pop("__wrapped__")
    return called


def _known(parent: Any, child: Any) -> Any:
    """The parent itself; for ``auto`` the one that is found, unless the child states one with its moments."""
    if child is None or not isinstance(parent, (str, Path)) or str(parent) != "auto":
        return parent
    from curiebreak.magnetic.stated_document import states_parent
    from curiebreak.parents.auto import found_parent

    return parent if states_parent(child) else found_parent(child)


def _has_moments(child: Any) -> bool:
    from curiebreak.structures.moments import has_moments

    return has_moments(child)


def _with_moments(place: str, given: dict[str, Any]) -> Any:
    """Call the magnetic room; what it does not take is refused, for it would be left undone."""
    module, name = place.split(":")
    function = getattr(import_module(module), name)
    taken = inspect.signature(function).parameters
    for word in given:
        if word not in taken:
            raise UsageError(f"`{word}` is not for magnetic structures.", "Leave it out.")
    return function(**given)


@taking(MagneticBuildOptions)
def distort(asked: MagneticBuildOptions) -> BuiltChild | BuiltMagnetic:
    """Build a child from irreps of the parent.

    A term is ``R4+(0,b,b)=0.9``: direction with letters or numbers, any domain, ``,`` or ``;``; one amplitude in Å, or
    one for each letter (``=a:0.3,b:0.9``). ``X5+[O](…)`` picks the site that moves and ``X5+[O:2](…)`` its second copy;
    by default the first site of the parent that has the irrep. ``DT5@0,1/4,0(…)`` gives the wave vector of a line,
    plane or general k. A strain is also taken as the tensor ``U - 1``, an array (3, 3). Glazer tilts are linear modes
    only. With a term of moments, ``mR4+(0,0,a)=2.0`` in μB, the child is a magnetic crystal.

    Returns
    -------
    BuiltChild or BuiltMagnetic
        Its ``structure`` is the child, its ``subgroup`` the isotropy subgroup.

    Raises
    ------
    InputError
        For terms that do not fit the parent.
    UsageError
        For `sites` without a term of moments.

    Examples
    --------
    >>> import curiebreak
    >>> cubic = "structures/lamno3_cubic.cif"
    >>> built = curiebreak.distort(cubic, ["R4+(0,b,b)=0.9", "M3+(a;0;0)=0.6"])
    >>> curiebreak.decompose(cubic, built.structure).child.space_group
    SpaceGroup(number=62, symbol='Pnma', magnetic=None)
    >>> magnetic = curiebreak.distort(cubic, ["mR4+(0,0,a)=3.5", "R4+(0,0,a)=0.5"], sites=["Mn"])
    >>> magnetic.subgroup.magnetic.bns_symbol, curiebreak.decompose(cubic, magnetic.structure).primary
    ('I4/mcm', ('mR4+', 'R4+'))
    """
    from curiebreak.modes.build import distort as distort_atoms
    from curiebreak.modes.terms import takes_moments

    if not takes_moments(asked.terms, asked.sites):
        return distort_atoms(asked.parent, asked.terms, **asked.keywords(BuildOptions))
    from curiebreak.magnetic.magnetic_build import distort_magnetic

    return distort_magnetic(asked.parent, asked.terms, **asked.keywords(MagneticBuildOptions))
