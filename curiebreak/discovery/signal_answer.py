"""``find --signals``: what a network without breaking input answers, as signals on the sphere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from curiebreak.arrays import FloatArray
from curiebreak.discovery.peaks import clusters, find_peaks
from curiebreak.errors import UsageError
from curiebreak.fields import representation, usual_components
from curiebreak.learning.orbits import parity_letter
from curiebreak.learning.problem import Problem
from curiebreak.learning.signals import project_vectors, signal_kinds, train_signals
from curiebreak.modes.analysis import Analysis
from curiebreak.results import Peak, Signals, SiteSignal, matrix, vector, vector3

STILL = 1e-6
"""Å; sites that move less have no signal."""

SAME_DIRECTION = 1e-3
"""Radians; images closer than this are one."""


@dataclass(frozen=True, eq=False)
class ChildSignals:
    """The child's displacements as signals on the sphere, and what a network makes of them."""

    analysis: Analysis

    def degenerate(self, lmax: int = 5, seed: int = 0) -> Signals:
        """Train a network to give the child's displacements as signals, without any breaking input.

        Parameters
        ----------
        lmax : int
            L of the signals, 2 to 8.
        seed : int

        Raises
        ------
        UsageError
            For another L.
        """
        if not 2 <= lmax <= 8:
            raise UsageError("The L of signals must be 2 to 8.", "5 is a good choice.")
        targets = self._targets(lmax)
        fit = train_signals(self._primitive_problem(), targets, lmax, seed)
        return Signals(
            lmax=lmax,
            resolution=180.0 / lmax,
            loss=fit.loss,
            floor=self._floor(targets, lmax),
            sites=tuple(self._site(orbit, fit.signals, lmax) for orbit in self.moving),
        )

    @property
    def moving(self) -> list[int]:
        """Site orbits whose atoms move."""
        orbits = range(len(self.analysis.parent.site_names))
        return [orbit for orbit in orbits if np.linalg.norm(self.displacements(orbit), axis=1).max() > STILL]

    def displacements(self, orbit: int) -> FloatArray:
        """Displacements (n, 3) of the atoms of one site."""
        field = self.analysis.group.field
        return np.asarray(field.displacements[field.orbits == orbit])

    def _targets(self, lmax: int) -> FloatArray:
        """Signals (s, n_p, (lmax+1)^2) of the child's displacements, sorted by parent atom."""
        field = self.analysis.group.field
        signals = project_vectors(field.displacements, lmax)
        order = np.argsort(field.site, kind="stable")
        count = len(self.analysis.parent.species)
        return np.asarray(signals[order].reshape(count, -1, signals.shape[1]).transpose(1, 0, 2))

    def _primitive_problem(self) -> Problem:
        """The parent's own cell with all its operations: nothing is broken."""
        parent = self.analysis.parent
        count = len(parent.species)
        return Problem(
            lattice=parent.lattice,
            positions=parent.cartesian,
            types=parent.site_orbits,
            type_names=parent.site_names,
            parent_atom=np.arange(count),
            parent_rotations=parent.rotations_cartesian,
            parent_permutations=parent.permutations,
            child_rotations=parent.rotations_cartesian,
            child_permutations=parent.permutations,
        )

    def _floor(self, targets: FloatArray, lmax: int) -> float | None:
        """Part of the squared signals that the average over all operations of the parent removes."""
        parent = self.analysis.parent
        total = float((targets**2).sum())
        if total == 0.0:
            return None
        mean = targets.mean(axis=0)
        average = np.zeros_like(mean)
        for degree, parity in signal_kinds(lmax):
            part = slice(degree**2, (degree + 1) ** 2)
            matrices = representation(degree, parity_letter(parity), parent.rotations_cartesian)
            for rotation, permutation in zip(matrices, parent.permutations, strict=True):
                average[permutation, part] += mean[:, part] @ rotation.T
        average /= parent.n_operations
        return 1.0 - len(targets) * float((average**2).sum()) / total

    def _site(self, orbit: int, signals: FloatArray, lmax: int) -> SiteSignal:
        parent, field = self.analysis.parent, self.analysis.group.field
        atom = int(np.argmax(parent.site_orbits == orbit))
        own = field.displacements[field.site == atom]
        longest = own[int(np.linalg.norm(own, axis=1).argmax())]
        length = float(np.linalg.norm(self.displacements(orbit), axis=1).max())
        learned = in_usual_order(signals[atom], lmax)
        directions, heights = find_peaks(learned)
        scale = length / float(heights[0]) if len(heights) else 0.0
        resolution = np.pi / lmax
        groups = clusters(directions, resolution)
        images = self.site_images(atom)
        image_groups = clusters(images, resolution)
        peaks = tuple(
            Peak(direction=vector3(directions[g[0]]), height=float(heights[g[0]]) * scale, merged=len(g) > 1)
            for g in groups
        )
        along = all(float((images @ directions[g[0]]).max(initial=-1.0)) > np.cos(0.5 * resolution) for g in groups)
        return SiteSignal(
            site=parent.site_names[orbit],
            position=vector3(parent.cartesian[atom]),
            displacement=length,
            target=vector(in_usual_order(project_vectors(longest[None], lmax)[0], lmax)),
            learned=vector(learned * scale),
            peaks=peaks,
            images=matrix(images),
            n_peaks=len(groups),
            n_images=len(image_groups),
            agrees=len(groups) == len(image_groups) and along,
            positions=matrix(parent.cartesian[parent.site_orbits == orbit]),
            signals=matrix(scale * in_usual_order(signals[parent.site_orbits == orbit], lmax)),
        )

    def site_images(self, atom: int) -> FloatArray:
        """Different directions (i, 3) that the displacements of a site take on one of its atoms."""
        parent, field = self.analysis.parent, self.analysis.group.field
        found: list[FloatArray] = []
        for rotation, permutation in zip(parent.rotations_cartesian, parent.permutations, strict=True):
            for moved in field.displacements[permutation[field.site] == atom]:
                length = float(np.linalg.norm(moved))
                if length < STILL:
                    continue
                direction = rotation @ moved / length
                if all(np.linalg.norm(direction - other) > SAME_DIRECTION for other in found):
                    found.append(direction)
        return np.array(found).reshape(-1, 3)


def signal_messages(signals: Signals) -> list[str]:
    """One sentence for each site whose peaks are not the images."""
    return [
        f"The signal of {site.site} has {site.n_peaks} peaks, its displacements {site.n_images} equivalent "
        f"directions: harmonics up to L = {signals.lmax} do not resolve them."
        for site in signals.sites
        if not site.agrees
    ]


def in_usual_order(signal: FloatArray, lmax: int) -> FloatArray:
    """Signals (..., (L+1)^2) in e3nn's component order turned to m = -l..l with polar axis z."""
    parts = [usual_components(d, signal[..., d**2 : (d + 1) ** 2]) for d in range(lmax + 1)]
    return np.concatenate(parts, axis=-1)
