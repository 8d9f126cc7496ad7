"""Figures of a result, each a matplotlib ``Figure`` of its own that no window shows.

They take what :func:`curiebreak.find` or :func:`curiebreak.decompose` returns, or the same read from JSON.
"""

from __future__ import annotations

from matplotlib.figure import Figure

from curiebreak.report import report_panels as panels
from curiebreak.results import Decomposition, Finding, Intermediates

__all__ = [
    "amplitudes", "groups", "harmonics", "ladder", "order_parameter", "signals", "snapshots", "strain", "structures",
    "tilts", "training", "tree",
]  # fmt: skip


def structures(result: Finding | Decomposition) -> Figure:
    """Parent with displacement arrows and child, as polyhedra in the child's cell.

    A site whose occupation changes, or that several elements share, is a ball with a sector for each element.
    The moments of a magnetic child are arrows through its atoms.
    """
    return panels.STRUCTURES.figure(result)


def order_parameter(finding: Finding) -> Figure:
    """The learned order parameter on its carriers, along the axis that shows most of it, and in 3D.

    Parameters
    ----------
    finding : Finding

    Returns
    -------
    Figure
        Polar vectors and moments are arrows, axial vectors turning arrows, l = 0 balls, higher l surfaces; orange is
        positive, blue negative. A carrier that holds several irreps is drawn irrep by irrep, then whole. At most nine
        pictures.
    """
    return panels.ORDER_PARAMETER.figure(finding)


def training(finding: Finding) -> Figure:
    """Losses with their floors, and norms of the input's blocks."""
    return panels.TRAINING.figure(finding)


def snapshots(finding: Finding) -> Figure:
    """Input and output of the network at start, middle and end of the training: displacements and moments as arrows."""
    return panels.SNAPSHOTS.figure(finding)


def harmonics(finding: Finding) -> Figure:
    """Input and output at start, middle and end as signals on the sphere (Fig. 2 of the paper of the method).

    Of the input only the components of equal parity, those of the harmonics themselves (0e, 1o, 2e, ...), are drawn,
    on one atom of the carrier, with a scalar 1; of the output the displacements, as peaks of harmonics up to l = 5.
    """
    return panels.HARMONICS.figure(finding)


def signals(finding: Finding) -> Figure:
    """What a network without input answers: surfaces with all the degenerate maxima (Fig. 1 of the paper).

    Lines stand on the maxima, balls on the directions that symmetry makes equivalent. A molecule has its signals in
    place, a crystal one picture for each site.
    """
    return panels.SIGNALS.figure(finding)


def amplitudes(result: Finding | Decomposition) -> Figure:
    """Bars of the mode amplitudes, one per irrep: primary full, secondary hatched, noise grey with its level."""
    return panels.AMPLITUDES.figure(result)


def strain(result: Finding | Decomposition) -> Figure:
    """The cell before and after the strain, and its components in the parent's frame."""
    return panels.STRAIN.figure(result)


def ladder(result: Finding | Decomposition) -> Figure:
    """The child's group against tolerance."""
    return panels.LADDER.figure(result)


def tilts(result: Finding | Decomposition) -> Figure:
    """Tilt angles of the octahedra: in phase full, in antiphase hatched."""
    return panels.TILTS.figure(result)


def groups(result: Finding | Decomposition) -> Figure:
    """Parent, the group that each primary irrep alone leaves, and child."""
    return panels.GROUPS.figure(result)


def tree(result: Intermediates) -> Figure:
    """All groups between parent and child with the irreps they let through and the share of the distortion they keep.

    Parameters
    ----------
    result : Intermediates
        What ``curiebreak intermediate`` computes.
    """
    return panels.TREE.figure(result)
