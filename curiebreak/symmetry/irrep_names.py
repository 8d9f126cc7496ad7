"""Names of the irreps of one result: the label, with the wave vector where two of them share it.

An irrep is a label and a wave vector. On lines, planes and at general k stars of different k have the same
label; they are different irreps, each with its own direction and group. ``LD1@0,0,2/5`` is the one at that k.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable

from curiebreak.symmetry.isotypic import Irrep

AT = "@"
"""Between a label and its wave vector."""

Key = tuple[str, tuple[str, ...]]


def key_of(irrep: Irrep) -> Key:
    """What an irrep is: label and first arm of the star."""
    return irrep.label, tuple(irrep.kpoint or ())


def full_name(irrep: Irrep) -> str:
    """Label with the wave vector, ``LD1@0,0,2/5``; the label alone for a molecule."""
    return f"{irrep.label}{AT}{','.join(irrep.kpoint)}" if irrep.kpoint else irrep.label


def split_name(text: str) -> tuple[str, str | None]:
    """Label and wave vector of a name as it is written."""
    label, at, wave = text.replace(" ", "").partition(AT)
    return label, wave if at else None


class IrrepNames:
    """One name for each irrep of a result, the same everywhere in it.

    Parameters
    ----------
    irreps : iterable of Irrep
        Those that a reader sees. Where two share a label, both names carry the wave vector.
    aside : iterable of Irrep
        Others that may occur (scatter, say): they never lengthen the names of `irreps`.
    odd : iterable of Irrep
        Those of fields that time reversal turns round. They are named among themselves, with an ``m`` in front.
    """

    def __init__(self, irreps: Iterable[Irrep] = (), aside: Iterable[Irrep] = (), odd: Iterable[Irrep] = ()) -> None:
        shown = _named(irreps)
        taken = {label for label, _ in shown}
        self._names = {False: _named(aside, taken) | shown, True: _named(odd)}

    def of(self, irrep: Irrep, odd: bool = False) -> str:
        """Name of an irrep; one that is not in the result has its wave vector where the label is taken."""
        names = self._names[odd]
        known = names.get(key_of(irrep))
        if known is None:
            known = full_name(irrep) if any(label == irrep.label for label, _ in names) else irrep.label
        return f"m{known}" if odd else known


def _named(irreps: Iterable[Irrep], taken: Container[str] = ()) -> dict[Key, str]:
    """Labels; with the wave vector where two of the irreps share one, or where it is `taken`."""
    full = {key_of(irrep): full_name(irrep) for irrep in irreps}
    labels = Counter(label for label, _ in full)
    return {key: name if labels[key[0]] > 1 or key[0] in taken else key[0] for key, name in full.items()}
