"""Signals on the sphere: what the network answers without input, and input and output during the training.

These are the views of Figs. 1 and 2 of Smidt, Geiger and Miller, Phys. Rev. Research 3, L012002 (2021).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from curiebreak.arrays import FloatArray
from curiebreak.report.canvas import bare, empty, note
from curiebreak.report.crystal import DrawnCrystal
from curiebreak.report.draw_input import add_surface
from curiebreak.report.draw_structure import IN_FRONT, add_structure, triad
from curiebreak.report.palette import FAINT, INK, MUTED
from curiebreak.report.scene import Scene, View
from curiebreak.report.solids import real_harmonics
from curiebreak.results import Finding, InputField, Signals, SiteSignal, Snapshot

LMAX = 5
_SITES = 3
_APART = 2.5


def draw_signal(axes: Axes, signals: Signals, site: SiteSignal) -> None:
    """Signal on one site: surface with all its degenerate maxima; lines along the peaks, dots for the exact images."""
    scene = Scene(View.along((1.0, 0.36, 0.3), (0.0, 0.0, 1.0)))
    add_surface(scene, np.zeros(3), np.array(site.learned), list(range(signals.lmax + 1)), 1.0)
    _marks(scene, np.zeros(3), site, 1.0)
    scene.draw(axes)
    bare(axes, f"{site.site}: {_maxima(site)}")
    triad(axes, scene.view)


def _marks(scene: Scene, place: FloatArray, site: SiteSignal, size: float) -> None:
    highest = max((peak.height for peak in site.peaks), default=0.0) or 1.0
    for peak in site.peaks:
        tip = size * np.array(peak.direction)
        scene.line(place + (0.02 + peak.height / highest) * tip, place + 1.3 * tip, INK, 1.4)
    for image in site.images:
        scene.sphere(place + 1.42 * size * np.array(image), 0.07 * size, FAINT)


def _maxima(site: SiteSignal) -> str:
    return f"{site.n_peaks} maxim{'um' if site.n_peaks == 1 else 'a'} for {site.n_images} directions"


def draw_signals_in_place(axes: Axes, crystal: DrawnCrystal, signals: Signals) -> None:
    """Signals on all atoms of a molecule, over its structure."""
    scene = Scene(crystal.tilted_view())
    add_structure(scene, crystal, child=False, pale=True)
    scene.lift = IN_FRONT
    size = 0.45 * _spacing(crystal)
    degrees = list(range(signals.lmax + 1))
    longest = max(site.displacement for site in signals.sites)
    for site in signals.sites:
        own = size * site.displacement / longest
        places = site.positions or (site.position,)
        values = site.signals or (site.learned,)
        for place, value in zip(places, values, strict=True):
            add_surface(scene, np.array(place), np.array(value), degrees, own)
        _marks(scene, np.array(site.position), site, own)
    scene.draw(axes)
    bare(axes, "; ".join(f"{site.site}: {_maxima(site)}" for site in signals.sites[:2]))
    triad(axes, scene.view)


def _spacing(crystal: DrawnCrystal) -> float:
    points = crystal.positions[0]
    apart = np.linalg.norm(points[:, None] - points[None], axis=-1)
    return float(apart[apart > 1e-3].min(initial=2.0))


def has_displacements(result: Finding) -> bool:
    """Whether any atom of the child moves."""
    return bool(np.abs(np.array(result.displacements, float)).max(initial=0.0) > 1e-6)


@dataclass(frozen=True, eq=False)
class _Surface:
    """A signal to draw: coefficients for l = 0, 1, …, its size, and what it is on."""

    values: FloatArray
    size: float
    name: str
    place: FloatArray | None


def draw_harmonic_snapshot(result: Finding, snapshot: Snapshot, above: Axes, below: Axes, name: str) -> None:
    """Input and output of the network at one step as signals on the sphere.

    The input is drawn by its components of equal parity (that of the harmonics: 0e, 1o, 2e, …) on one atom, together
    with a scalar 1; the output as peaks in the direction of the displacements, on one atom of each site (of a
    molecule: on all).
    """
    crystal = DrawnCrystal.of(result)
    if crystal is None:
        for axes in (above, below):
            bare(axes)
        return
    view = crystal.tilted_view()
    holder = _holder(result)
    title = f"{name}: input signal"
    if holder is None:
        empty(above, "no component of equal parity")
        above.set_title(title)
    else:
        _draw(above, view, [_input_surface(snapshot.breaking_input, holder)], title, None)
    shown = _output_surfaces(result, crystal, snapshot)
    _draw(below, view, shown, f"{name}: output signal", crystal if crystal.molecule else None)
    if not shown:
        note(below, "no displacement")


def equal_parity(field: InputField) -> bool:
    """Whether a field has the parity of the spherical harmonics of its degree, and time reversal leaves it alone."""
    return field.time_parity > 0 and field.parity == ("e" if field.l % 2 == 0 else "o")


def _holder(result: Finding) -> tuple[str, int | None] | None:
    """Site and atom whose input is drawn: the strongest of equal parity at the end, else at any step."""
    snapshots = result.trace.snapshots if result.trace else ()
    for fields in (result.breaking_input, *(s.breaking_input for s in reversed(snapshots))):
        strongest, holder = -1.0, None
        for field in filter(equal_parity, fields):
            norms = np.linalg.norm(np.array(field.values, float), axis=1)
            row = int(norms.argmax())
            if norms[row] > strongest + 1e-9:
                strongest, holder = float(norms[row]), (field.site, field.atoms[row] if field.atoms else None)
        if strongest > 0:
            return holder
    return None


def _input_surface(fields: Sequence[InputField], holder: tuple[str, int | None]) -> _Surface:
    own = [field for field in fields if field.site == holder[0] and equal_parity(field)]
    top = max((field.l for field in own), default=0)
    values = np.zeros((top + 1) ** 2)
    values[0] = 1.0
    for field in own:
        row = field.atoms.index(holder[1]) if holder[1] is not None else 0
        values[field.l**2 : (field.l + 1) ** 2] += np.array(field.values[row], float)
    names = " + ".join(f"{field.l}{field.parity}" for field in sorted(own, key=lambda f: f.l))
    return _Surface(values, 1.0, f"{holder[0]}: 1" + (f" + learned {names}" if names else " (0e) alone"), None)


def _output_surfaces(result: Finding, crystal: DrawnCrystal, snapshot: Snapshot) -> list[_Surface]:
    output = np.array(snapshot.displacements, float).reshape(-1, 3)
    final = np.array(result.displacements, float).reshape(-1, 3)
    if not len(output) == len(final) == len(crystal.species) or np.abs(output).max(initial=0.0) < 1e-6:
        return []
    lengths = np.linalg.norm(output, axis=1)
    largest = max(float(np.linalg.norm(final, axis=1).max()), float(lengths.max()))
    shown: dict[int, FloatArray | None] = dict.fromkeys(_one_per_site(result, crystal, final))
    size = 1.0
    if crystal.molecule:
        shown, size = dict(enumerate(crystal.positions[0])), 0.45 * _spacing(crystal)
    found = []
    for atom, place in shown.items():
        if lengths[atom] > 0.02 * largest:
            values = _peaked(output[atom] / lengths[atom])
            found.append(_Surface(values, size * lengths[atom] / largest, crystal.species[atom], place))
    return found


def _one_per_site(result: Finding, crystal: DrawnCrystal, final: FloatArray) -> list[int]:
    """The atom of each site that moves most in the child, the most mobile sites first."""
    fields = result.mode_fields
    sites = fields.sites if fields is not None and len(fields.sites) == len(final) else crystal.species
    best: dict[str, int] = {}
    lengths = np.round(np.linalg.norm(final, axis=1), 6)
    for atom, site in enumerate(sites):
        if lengths[atom] > lengths[best.setdefault(site, atom)]:
            best[site] = atom
    return sorted(best.values(), key=lambda atom: -lengths[atom])[:_SITES]


def _peaked(direction: FloatArray) -> FloatArray:
    """Signal ((LMAX+1)^2,) with a peak of height 1 along a unit vector."""
    values = [real_harmonics(degree, direction) for degree in range(LMAX + 1)]
    return np.concatenate(values) * 4 * np.pi / (LMAX + 1) ** 2


def _draw(axes: Axes, view: View, surfaces: Sequence[_Surface], title: str, crystal: DrawnCrystal | None) -> None:
    """Surfaces in a row with their names below, or where they belong on a molecule."""
    scene = Scene(view)
    if crystal is not None:
        add_structure(scene, crystal, child=False, pale=True)
        scene.lift = IN_FRONT
    for number, one in enumerate(surfaces):
        place = view.axes[0] * (number * _APART) if one.place is None else one.place
        degrees = list(range(round(np.sqrt(len(one.values)))))
        add_surface(scene, place, one.values, degrees, one.size)
        if one.place is None:
            scene.frame(np.array([(number * _APART - 1.15, -1.6), (number * _APART + 1.15, 1.15)]))
    scene.draw(axes, margin=0.1)
    bare(axes, title)
    corner: dict[str, Any] = {"ha": "right", "va": "bottom", "transform": axes.transAxes, "fontsize": 6.0}
    below: dict[str, Any] = {"ha": "center", "va": "center", "transform": axes.transData, "fontsize": 6.5}
    for number, one in enumerate(surfaces):
        if one.place is None:
            spot, look = ((1.0, 0.0), corner) if len(surfaces) == 1 else ((number * _APART, -1.45), below)
            axes.text(*spot, one.name, color=MUTED, parse_math=False, **look)
    triad(axes, view)
