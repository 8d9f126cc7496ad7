"""Pictures of the learned input on its carriers: arrows, turning arrows, balls, surfaces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
from matplotlib.axes import Axes

from curiebreak.arrays import FloatArray
from curiebreak.report.canvas import bare, empty, note
from curiebreak.report.crystal import DrawnCrystal
from curiebreak.report.draw_structure import IN_FRONT, add_arrows, add_moments, add_structure, triad
from curiebreak.report.numbers import carrier_text, known
from curiebreak.report.palette import INK, MINUS, PLUS, irrep_colours
from curiebreak.report.scene import Scene, View
from curiebreak.report.solids import harmonic_surface
from curiebreak.results import Finding, InputField, Snapshot

_SIZE = 0.95
_COARSE_ABOVE = 4


@dataclass(frozen=True)
class InputPanel:
    """One picture of a learned input: all of it or the part of one irrep, from a view.

    Attributes
    ----------
    field : InputField
    colour : str
        Of arrows.
    title : str
    flat : bool
        Along the sensible axis, else in three dimensions.
    """

    field: InputField
    colour: str
    title: str
    flat: bool


def carried(result: Finding, field: InputField) -> tuple[str, ...]:
    """Irreps of the order parameter that a learned input holds."""
    place = carrier_text(field)
    found = [e.name for e in result.order_parameters if e.carrier and carrier_text(e.carrier) == place]
    return tuple(dict.fromkeys(found))


def field_title(result: Finding, field: InputField) -> str:
    """Carrier and irreps of an input, such as ``Input on O 1o: M3+ ⊕ R4+``."""
    labels = carried(result, field)
    return f"Input on {carrier_text(field)}" + (f": {' ⊕ '.join(labels)}" if labels else "")


def colour_of(result: Finding, field: InputField) -> str:
    """Colour of the irrep where an input holds exactly one, else ink."""
    labels = carried(result, field)
    return irrep_colours(result).get(labels[0], INK) if len(labels) == 1 else INK


def input_panels(result: Finding) -> list[InputPanel]:
    """Pictures of the learned input, carrier by carrier.

    A carrier of one irrep is seen along an axis and in three dimensions. One of several irreps is drawn irrep by
    irrep, each in its colour along the axis that shows it best, and then whole, in ink.
    """
    colours = irrep_colours(result)
    found = []
    for field in result.breaking_input:
        name = carrier_text(field)
        parts = field.parts if len({part.irrep for part in field.parts}) > 1 else ()
        for part in parts:
            own = replace(field, values=part.values, parts=())
            found.append(InputPanel(own, colours.get(part.irrep, INK), f"Input on {name}: {part.irrep}", True))
        if not parts:
            found.append(InputPanel(field, colour_of(result, field), field_title(result, field), True))
        words = f"The sum on {name}" if parts else f"{' ⊕ '.join(carried(result, field)) or name} in 3D"
        found.append(InputPanel(field, colour_of(result, field), words, False))
    return found


def cartesian(field: InputField) -> FloatArray:
    """Values (k, 3) of an l = 1 input as x, y, z."""
    return np.array(field.values, float).reshape(-1, 3)[:, [2, 0, 1]]


def sensible_view(crystal: DrawnCrystal, field: InputField | None) -> View:
    """View along the axis of the cell from which most of the input is seen."""
    axes = crystal.axes()
    if crystal.flat(0, 1):
        return View.along((0.0, 0.0, 1.0), (0.0, 1.0, 0.0))
    towards = 0 if field is None or field.l != 1 else _best_axis(axes, field)
    up = 1 if towards == 0 else 0
    if crystal.molecule and towards != 2:  # the main axis of a molecule is its z
        up = 2
    signs = np.where(axes.sum(axis=1) >= -1e-9, 1.0, -1.0)
    return View.along(signs[towards] * axes[towards], signs[up] * axes[up])


def turns(field: InputField) -> bool:
    """Whether an l = 1 input is a turning arrow: axial and even under time reversal, as tilts are."""
    return field.parity == "e" and field.time_parity > 0


def _best_axis(axes: FloatArray, field: InputField) -> int:
    along = ((cartesian(field) @ axes.T) ** 2).sum(axis=0)
    return int(np.argmax(along) if turns(field) else np.argmin(along))


def draw_input(axes: Axes, crystal: DrawnCrystal, field: InputField, *, view: View, colour: str, title: str) -> None:
    """Draw one learned input over the pale undistorted structure.

    Parameters
    ----------
    axes : Axes
    crystal : DrawnCrystal
    field : InputField
        Polar vectors (1o) and moments (1e-) are arrows, axial ones (1e) turning arrows, l = 0 balls and higher l
        surfaces whose colour is the sign. The longest has a fixed size.
    view : View
    colour : str
        Of the arrows.
    title : str
    """
    scene = Scene(view)
    add_structure(scene, crystal, child=False, pale=True, occupancies=False)
    values = np.array(field.values, float).reshape(-1, 2 * field.l + 1)
    longest = float(np.linalg.norm(values, axis=1).max()) if values.size else 0.0
    scene.lift = IN_FRONT
    if longest > 0:
        _glyphs(scene, crystal, field, values / longest, colour)
    scene.draw(axes)
    bare(axes, title)
    triad(axes, view)


def _glyphs(scene: Scene, crystal: DrawnCrystal, field: InputField, values: FloatArray, colour: str) -> None:
    carriers = dict(zip(field.atoms, range(len(field.atoms)), strict=True))
    places = [(crystal.place(i, False), carriers[i.atom]) for i in crystal.images if i.atom in carriers]
    size = _SIZE * crystal.glyph_scale()
    if not field.atoms:
        places, size = [(_middle(crystal), 0)], 1.6 * _SIZE
    coarse = len(places) > _COARSE_ABOVE
    for place, row in places:
        value = values[row]
        if np.linalg.norm(value) > 0.03:
            _glyph(scene, place, value, (field.l, turns(field)), size, colour, coarse)


def _glyph(
    scene: Scene, place: FloatArray, value: FloatArray, kind: tuple[int, bool], size: float, colour: str, coarse: bool
) -> None:
    degree, strength = kind[0], float(np.linalg.norm(value))
    if degree == 0:
        scene.sphere(place, 0.7 * size * strength, PLUS if value[0] > 0 else MINUS)
    elif degree == 1 and not kind[1]:
        vector = 1.25 * size * value[[2, 0, 1]]
        scene.arrow(place - vector / 2, vector, colour, 0.16 * size / _SIZE)
    elif degree == 1:
        axis = value[[2, 0, 1]]
        scene.ring(place, axis, 0.62 * size * max(strength, 0.35), colour)
        scene.line(place, place + size * axis, colour, 1.0)
    else:
        add_surface(scene, place, value, [degree], size * strength, coarse=coarse)


def add_surface(
    scene: Scene, place: FloatArray, value: FloatArray, degrees: list[int], size: float, *, coarse: bool = False
) -> None:
    """Add a sign-coloured surface of harmonics to a scene."""
    rows, columns = (10, 16) if coarse else (32, 48) if len(degrees) == 1 else (24, 36)
    corners, positive = harmonic_surface(value, degrees, rows, columns)
    large = np.ptp(corners, axis=1).max(axis=1) > 1e-4
    scene.mesh(place + size * corners[large], [PLUS if up else MINUS for up in positive[large]])


def _middle(crystal: DrawnCrystal) -> FloatArray:
    if crystal.molecule:
        return np.asarray(crystal.positions[0].mean(axis=0))
    return np.asarray(0.5 * (crystal.box @ crystal.lattices[0]).sum(axis=0))


def draw_order_parameter(result: Finding, panels: Sequence[tuple[Axes, InputPanel | None]]) -> None:
    """Pictures of the learned input on given axes."""
    crystal = DrawnCrystal.of(result)
    for axes, panel in panels:
        if crystal is None or panel is None:
            empty(axes, "no learned input in this result")
            continue
        view = sensible_view(crystal, panel.field) if panel.flat else crystal.oblique_view()
        draw_input(axes, crystal, panel.field, view=view, colour=panel.colour, title=panel.title)


def draw_snapshot(result: Finding, snapshot: Snapshot, above: Axes, below: Axes | None, name: str) -> None:
    """Input of the network at one step of the training, and its output where the child moves atoms or has moments."""
    crystal = DrawnCrystal.of(result)
    fields = snapshot.breaking_input
    final = next(iter(result.breaking_input), None)
    place = known(carrier_text, final)
    same = (field for field in fields if carrier_text(field) == place)
    shown = next(chain(same, fields), None)
    if crystal is None:
        for axes in filter(None, (above, below)):
            bare(axes)
        return
    title = f"{name}: input"
    view = sensible_view(crystal, final)
    if shown is None:
        bare(above, title)
        note(above, "none")
    else:
        words = f"{title} on {carrier_text(shown)}"
        draw_input(above, crystal, shown, view=view, colour=colour_of(result, shown), title=words)
    if below is None:
        return
    scene = Scene(view)
    add_structure(scene, crystal, child=False, pale=True)
    turned = np.array(snapshot.moments, float).reshape(-1, 3)
    if len(turned) == len(crystal.moments) and np.abs(turned).max(initial=0.0) > 1e-6:
        add_moments(scene, crystal, turned, child=False, longest=float(np.linalg.norm(crystal.moments, axis=1).max()))
    output = np.array(snapshot.displacements, float).reshape(-1, 3)
    if len(output) == len(crystal.species) and np.abs(output).max() > 1e-6:
        scene.lift = IN_FRONT
        add_arrows(scene, crystal, output, longest=float(np.linalg.norm(crystal.displacements, axis=1).max()))
    scene.draw(below)
    bare(below, f"{name}: output (step {snapshot.step + 1})")
