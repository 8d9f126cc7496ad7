"""What drives each secondary: the lowest powers of the primaries that couple to it linearly.

The free energy holds terms ``xi p(eta)``, linear in a secondary ``xi`` and of some degree in the primaries
``eta``; minimised over xi they make it appear with the size of ``p(eta)``. For small amplitudes the lowest
degree counts. Exact: see :mod:`curiebreak.symmetry.invariants`. The vectors are generic ones of the
subspaces that the modes' own isotropy groups leave, so neither accident nor noise decides.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from curiebreak.arrays import BoolArray, FloatArray, IntArray, summed
from curiebreak.modes.active import ActiveIrrep
from curiebreak.modes.analysis import Analysis
from curiebreak.symmetry.bloch import BlochSpace
from curiebreak.symmetry.invariants import arm_form, driving_degrees
from curiebreak.symmetry.irrep_names import AT

LARGEST_ORDER = 12

_JOINED = re.compile(r"[+\-\d]m?[A-Z]")
"""In the label of an irrep joined with its conjugate, ``GM2+GM3+``."""


@dataclass(frozen=True)
class Driver:
    """The lowest couplings of one secondary.

    Attributes
    ----------
    name : str
        Name of the secondary, such as ``GM3+ strain``.
    order : int
        Total power of the primaries.
    products : tuple of dict
        Power of each primary label, one dict per product of this order.
    """

    name: str
    order: int
    products: tuple[dict[str, int], ...]

    @property
    def products_text(self) -> str:
        """``M3+*R4+``; several products of the same order are separated by commas."""
        return ", ".join(map(product_text, self.products))

    @property
    def text(self) -> str:
        """``X5+ ~ M3+*R4+``."""
        return f"{self.name} ~ {self.products_text}"


def mode_name(label: str, kind: str) -> str:
    """Label, followed by the kind unless it is a displacement, or a moment, whose label has an `m` in front."""
    return label if kind in ("displacement", "magnetic") else f"{label} {kind}"


def product_text(powers: dict[str, int]) -> str:
    """``M3+*R4+^2`` from powers by name.

    Names of two words or with a wave vector are bracketed when raised, joined ones (``GM2+GM3+``) always.
    """
    parts = []
    for name, power in powers.items():
        bracketed = _JOINED.search(name) or (power > 1 and (" " in name or AT in name))
        base = f"({name})" if bracketed else name
        parts.append(base if power == 1 else f"{base}^{power}")
    return "*".join(parts)


def _primaries(primary: Sequence[str] | None, analysis: Analysis) -> dict[str, tuple[ActiveIrrep, BoolArray]]:
    """Each primary with its group, which keeps the fields of all kinds that share it."""
    members = [mode for mode in analysis.modes if analysis.is_primary(mode, primary)]
    kept = summed(((m.label, m.fixes) for m in members), np.logical_and)
    return {m.label: (m, kept[m.label]) for m in members}


def drivers(analysis: Analysis, primary: Sequence[str] | None = None) -> dict[tuple[str, str], Driver]:
    """Lowest coupling of every secondary, by label and kind.

    Fully symmetric modes count as secondaries too: the parent is taken to be at rest, so that
    they follow from squares of the primaries at the lowest. Under a grey parent averages over both halves of its
    operations let only even total powers of moments pass: structural secondaries follow from even powers of them
    (magnetostriction, improper polarisation), magnetic ones from odd powers (harmonics, weak ferromagnetism).

    Parameters
    ----------
    analysis : Analysis
    primary : sequence of str, optional
        Labels of the primaries; by default those of the best minimal set.

    Returns
    -------
    dict
        Without the modes that no product up to order 12 drives.
    """
    rng = np.random.default_rng(0)
    labels = _primaries(primary, analysis)
    overlaps = [_overlaps(analysis.space, one, mask, rng) for one, mask in labels.values()]
    found: dict[tuple[str, str], Driver] = {}
    for mode in analysis.modes:
        if mode.noise or analysis.is_primary(mode, primary):
            continue
        own = _overlaps(analysis.space, mode, mode.fixes, rng)
        # (21), rising in the total degree
        degrees = driving_degrees(overlaps, own, LARGEST_ORDER)
        if degrees:
            products = tuple(
                {label: power for label, power in zip(labels, powers, strict=True) if power} for powers in degrees
            )
            name = mode_name(mode.label, mode.kind)
            found[mode.label, mode.kind] = Driver(name, sum(degrees[0]), products)
    return found


def coupling_text(driven: dict[tuple[str, str], Driver], mode: ActiveIrrep) -> str | None:
    """Text of a mode's coupling, or ``None`` when there is none to state."""
    return order_and_text(driven, mode.label, mode.kind)[1]


def order_and_text(driven: dict[tuple[str, str], Driver], label: str, kind: str) -> tuple[int | None, str | None]:
    """Order and text of the coupling that drives an irrep; ``None`` where there is none to state."""
    driver = driven.get((label, kind))
    return (None, None) if driver is None else (driver.order, driver.text)


def _overlaps(space: BlochSpace, mode: ActiveIrrep, mask: BoolArray, rng: np.random.Generator) -> FloatArray:
    """``v . g v`` over all operations (g, s) for a generic unit vector v that `mask` leaves alone.

    Under a grey parent over (2 g, s), with the sign of time reversal in the second half where it turns v round.
    """
    form, count, sign = arm_form(space.parent, mode.irrep), space.parent.n_operations, -1 if mode.odd else 1
    weights: IntArray = mask[:count].astype(np.int64)
    if len(mask) > count:
        weights = weights + sign * mask[count:]
    # a random vector of Fix(K): numbers that happen to be equal in the child play no part
    vector = form.fixed_vector(space, weights, rng.normal(size=mode.irrep.dim))
    plain = form.overlaps(space, vector)
    return plain if len(mask) == count else np.concatenate([plain, sign * plain])
