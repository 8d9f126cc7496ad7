"""Why two structures cannot be mapped, in words; and what is suspicious about a map."""

from __future__ import annotations

import numpy as np

from curiebreak.arrays import FloatArray, distinct
from curiebreak.errors import NotCompatibleError
from curiebreak.mapping.cell_search import LAST_STRAIN, STRAIN_STAGES, Candidate, SearchResult, search
from curiebreak.mapping.consistency import ChildOperations, child_group
from curiebreak.mapping.frame import ParentFrame
from curiebreak.mapping.hands import WrongHandError
from curiebreak.mapping.lattices import Crystal

RECONSTRUCTIVE_RMS = 0.38
"""Times the atomic spacing (V/atom)^(1/3), so about 0.85 Å in an oxide: a larger rms displacement is half a
bond for most atoms. The most tilted real perovskites reach 0.33 (LiVF3); unrelated structure types that
happen to fit a supercell lie above 0.39."""

RECONSTRUCTIVE_HOP = 2 / 3
"""Times the distance between like sites: an atom (hydrogen excepted) that goes further has changed sites."""

WARNING_HOP = 0.4
"""Times the distance between like sites."""

_HAND_RATIO = 0.5
_HAND_COST = 0.01


def refusal(
    frame: ParentFrame, child: Crystal, group: ChildOperations, result: SearchResult, parent_symbol: str | None
) -> NotCompatibleError:
    """Return the error that names why no map was found.

    Parameters
    ----------
    frame, child, group, result
        What was searched, and what the search met.
    parent_symbol : str or None
        Space group of the parent, for the message.
    """
    ours, theirs = len(frame.frac), len(child.frac)
    if theirs % ours and ours % theirs:
        return NotCompatibleError(
            f"No supercell fits: the child's primitive cell holds {theirs} atoms, the parent's {ours}.",
            "Check that both files are complete and belong together.",
        )
    if result.n_cells == 0:
        return NotCompatibleError(
            f"No supercell of the parent fits the child's cell within {LAST_STRAIN:.0%} strain "
            "(a reconstructive pair, or two structures that do not belong together).",
            "Give a parent of which the child is a distorted version.",
        )
    if other_hand(frame, child, group.tolerance, np.inf):
        return WrongHandError()
    return NotCompatibleError(
        f"There is no group-subgroup relation: on no map is the child's symmetry ({group.symbol}) contained "
        f"in the parent's ({parent_symbol}){_closest(frame, result.least)}.",
        "Give a common parent of both structures, or another --symprec if the child's group is wrong.",
    )


def _closest(frame: ParentFrame, least: Candidate | None) -> str:
    if least is None:
        return ""
    kind = "is reconstructive, " if _is_reconstructive(frame, least) else "has "
    size = f"rms displacement {least.pairing.mean_square**0.5:.2f} Å, largest {least.pairing.largest:.2f} Å"
    return f"; the closest map {kind}{size}"


def check_map(frame: ParentFrame, child: Crystal, tolerance: float, best: Candidate, reconstructive: bool) -> None:
    """Refuse the wrong hand and, unless they are allowed, reconstructive pairs.

    Raises
    ------
    WrongHandError, NotCompatibleError
    """
    if best.cost > _HAND_COST and other_hand(frame, child, tolerance, _HAND_RATIO * best.cost):
        raise WrongHandError
    if _is_reconstructive(frame, best) and not reconstructive:
        raise _reconstructive(frame, best)


def other_hand(frame: ParentFrame, child: Crystal, tolerance: float, below: float) -> bool:
    """Check whether the parent is chiral and the mirror image of the child maps at a cost below a limit."""
    if not frame.proper.all():
        return False
    # the same atoms inverted: a map of least distortion for the other hand
    mirrored = Crystal(child.lattice, -child.frac, child.kinds, child.atoms, child.file_cell)
    found = search(frame, mirrored, child_group(mirrored, tolerance)).best
    return found is not None and found.cost < below and not _is_reconstructive(frame, found)


def _is_reconstructive(frame: ParentFrame, candidate: Candidate) -> bool:
    spacing = frame.volume_per_atom ** (1 / 3)
    # rms in units of the atomic spacing, hops in units of the distance to the next like site
    if candidate.pairing.mean_square**0.5 > RECONSTRUCTIVE_RMS * spacing:
        return True
    return _longest_hop(frame, candidate, hydrogen=False)[0] > RECONSTRUCTIVE_HOP


def _reconstructive(frame: ParentFrame, candidate: Candidate) -> NotCompatibleError:
    hop, length, spacing = _longest_hop(frame, candidate, hydrogen=False)
    reason = f"; an atom moves by {length:.2f} Å, between sites of its kind are {spacing:.2f} Å"
    return NotCompatibleError(
        "The pair is reconstructive: the best map needs displacements of half a bond "
        f"(rms {candidate.pairing.mean_square**0.5:.2f} Å, largest {candidate.pairing.largest:.2f} Å"
        f"{reason if hop > RECONSTRUCTIVE_HOP else ''}).",
        "Give a parent of which the child is a distorted version, or accept such a map with --allow reconstructive.",
    )


def size_warnings(frame: ParentFrame, best: Candidate, strain: FloatArray) -> list[str]:
    """Words about a map of unusual size.

    Parameters
    ----------
    frame : ParentFrame
    best : Candidate
    strain : ndarray (3, 3)
        Of the child's cell.
    """
    words = []
    if _is_reconstructive(frame, best):
        words.append(
            "the pair is reconstructive (displacements of half a bond); the map was accepted as asked, "
            "and the pairing may be another"
        )
    largest = float(np.abs(np.linalg.eigvalsh(strain)).max())
    if largest > STRAIN_STAGES[-1]:
        words.append(
            f"the cell is strained by {largest:.0%}: no map of less strain exists; check that the two structures "
            "belong together"
        )
    spacing = _spacing_warning(frame, best)
    return [*words, spacing] if spacing else words


def _spacing_warning(frame: ParentFrame, best: Candidate) -> str | None:
    """Words when an atom moves nearly half way to the next site of its own kind."""
    hop, length, spacing = _longest_hop(frame, best, hydrogen=True)
    if hop <= WARNING_HOP:
        return None
    return (
        f"an atom moves by {length:.2f} Å, near half the distance {spacing:.2f} Å between sites of its kind: "
        "the pairing may be another"
    )


def _longest_hop(frame: ParentFrame, candidate: Candidate, hydrogen: bool) -> tuple[float, float, float]:
    """Largest displacement relative to the site spacing of its kind, the length and the spacing (Å)."""
    lengths = np.linalg.norm(candidate.pairing.vectors, axis=1)
    worst = (0.0, 0.0, 1.0)
    for kind in distinct(candidate.child.kinds):
        if frame.hydrogen[kind] and not hydrogen:
            continue
        longest = float(lengths[candidate.child.kinds == kind].max())
        spacing = frame.site_spacing(int(kind))
        worst = max(worst, (longest / spacing, longest, spacing))
    return worst
