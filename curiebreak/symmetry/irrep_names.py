"""Names of the irreps of one result: the label, with the wave vector where two of them share it.

An irrep is a label and a wave vector. On lines, planes and at general k stars of different k have the same
label; they are different irreps, each with its own direction and group. ``LD1@0,0,2/5`` is the one at that k.
"""

from __future__ import annotations

from collections.abc import Iterable

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
    """

    def __init__(self, irreps: Iterable[Irrep] = (), aside: Iterable[Irrep] = ()) -> None:
        self._names: dict[Key, str] = {}
        shown = {key_of(irrep): irrep for irrep in irreps}
        labels = [label for label, _ in shown]
        for key, irrep in shown.items():
            self._names[key] = full_name(irrep) if labels.count(key[0]) > 1 else key[0]
        self._labels = set(labels)
        others = {key_of(irrep): irrep for irrep in aside}
        labels = [label for label, _ in others]
        for key, irrep in others.items():
            if key not in self._names:
                shared = key[0] in self._labels or labels.count(key[0]) > 1
                self._names[key] = full_name(irrep) if shared else key[0]

    def of(self, irrep: Irrep) -> str:
        """Name of an irrep; one that is not in the result has its wave vector where the label is taken."""
        known = self._names.get(key_of(irrep))
        if known is not None:
            return known
        return full_name(irrep) if any(label == irrep.label for label, _ in self._names) else irrep.label
