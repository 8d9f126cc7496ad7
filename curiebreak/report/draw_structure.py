"""Pictures of parent and child: cell, atoms, polyhedra, displacement arrows."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.path import Path

from curiebreak.arrays import FloatArray
from curiebreak.report.canvas import bare, empty
from curiebreak.report.crystal import DrawnCrystal, Image
from curiebreak.report.palette import FAINT, INK, MOMENT, MUTED, entries, mixed
from curiebreak.report.scene import TRIAD, Scene, View, arrow_outline
from curiebreak.report.solids import hull_faces
from curiebreak.results import Decomposition, Finding

IN_FRONT = 1000.0
"""Added to the depth of what no atom and no polyhedron may hide."""

_ARROW = Path(arrow_outline(np.array([-0.5, 0.0]), np.array([0.5, 0.0]), 0.16))
"""The mark of arrows in a legend."""

_SMALL = 8
"""Corners of a polyhedron that may hide what is behind it."""

_MOMENT = 1.9
"""Å; length of the arrow of the longest moment."""


NONE: FloatArray = np.zeros((0, 3))
"""No arrows."""


def draw_structure(
    axes: Axes,
    crystal: DrawnCrystal,
    *,
    child: bool,
    title: str,
    arrows: FloatArray = NONE,
    moments: FloatArray = NONE,
    view: View | None = None,
) -> None:
    """Draw one structure on axes.

    Parameters
    ----------
    axes : Axes
    crystal : DrawnCrystal
    child : bool
        The child, else the undistorted parent in the child's cell.
    title : str
    arrows : (n, 3) or (0, 3)
        Displacement of each atom of the cell, Å; drawn longer than they are, which the picture states.
    moments : (n, 3) or (0, 3)
        Magnetic moment of each atom of the cell, μB; the picture states the longest.
    view : View, optional
    """
    scene = Scene(view or crystal.tilted_view())
    add_structure(scene, crystal, child=child, pale=len(arrows) + len(moments) > 0)
    caption = ""
    if np.abs(arrows).max(initial=0.0) > 1e-6:
        caption = f"arrows × {add_arrows(scene, crystal, arrows):.2g}"
    if len(moments):
        caption = f"longest moment {add_moments(scene, crystal, moments, child=child):.3g} μB"
    scene.draw(axes)
    bare(axes, title)
    if caption:
        axes.text(0.99, 0.0, caption, transform=axes.transAxes, ha="right", va="top", color=MUTED, fontsize=7)
    triad(axes, scene.view)


def add_structure(
    scene: Scene, crystal: DrawnCrystal, *, child: bool, pale: bool = False, occupancies: bool = True
) -> None:
    """Add cell, bonds, polyhedra and atoms to a scene; `pale` leaves room for arrows."""
    for i, j in crystal.bonds:
        start, end = (crystal.place(Image(a, np.zeros(3)), child) for a in (i, j))
        along = (end - start) / np.linalg.norm(end - start)
        # from surface to surface: a line has one depth, and the nearer half would lie on the farther ball
        ends = start + 0.9 * crystal.radius(i) * along, end - 0.9 * crystal.radius(j) * along
        scene.line(*ends, colour=FAINT if pale else MUTED, width=4.0, parts=4)
    _polyhedra(scene, crystal, child, pale)
    drawn = list(crystal.drawn.values())
    _cell(scene, crystal, child, drawn)
    for image in drawn:
        radius = crystal.radius(image.atom)
        if occupancies and (len(crystal.shares(image.atom, child)) > 1 or crystal.occupation_changes(image.atom)):
            _sectors(scene, crystal, image, radius, child)
            continue
        colour = mixed(crystal.colour(image.atom, child), "#ffffff", 0.5 if pale else 0.0)
        scene.sphere(crystal.place(image, child), radius, colour)


def _cell(scene: Scene, crystal: DrawnCrystal, child: bool, images: list[Image]) -> None:
    """Edges of the cell, in short pieces that pass before and behind atoms; none inside an atom."""
    centres = crystal.places(images, child)
    radii = np.array([crystal.radius(image.atom) for image in images])
    for start, end in crystal.edges(child):
        points = np.linspace(start, end, 25)
        for one, two in zip(points, points[1:], strict=False):
            if not np.any(np.linalg.norm(centres - 0.5 * (one + two), axis=1) < radii):
                scene.line(one, two, MUTED, 0.8)


def _sectors(scene: Scene, crystal: DrawnCrystal, image: Image, radius: float, child: bool) -> None:
    """One atom on a site that several elements share, or whose occupation changes."""
    colours = [(crystal.colours[name], share) for name, share in crystal.shares(image.atom, child)]
    scene.shared_sphere(crystal.place(image, child), (1.5 if crystal.coordination else 1.9) * radius, colours)


def _polyhedra(scene: Scene, crystal: DrawnCrystal, child: bool, pale: bool) -> None:
    for centre, around in crystal.polyhedra:
        points = crystal.places(around, child)
        colour = crystal.colour(centre.atom, child)
        alpha = 0.2 if pale or len(around) > _SMALL else 0.55  # large ones hold others
        for face in hull_faces(points):
            scene.face(points[face], mixed(colour, "#ffffff", 0.45 if pale else 0.1), alpha, colour)


def add_arrows(
    scene: Scene, crystal: DrawnCrystal, vectors: FloatArray, colour: str = INK, longest: float = 0.0
) -> float:
    """Add one arrow per drawn atom; returns by how much they are longer than the truth.

    A vector as long as `longest` (at least the longest of `vectors`) is drawn in full length.
    """
    longest = max(longest, float(np.linalg.norm(vectors, axis=1).max()))
    scale = crystal.glyph_scale()
    wanted = 0.9 if crystal.molecule else 1.15 * scale
    factor = max(1.0, float(f"{wanted / longest:.2g}")) if longest < wanted else 1.0
    for image in crystal.images:
        vector = vectors[image.atom]
        if np.linalg.norm(vector) > 0.04 * longest:
            scene.arrow(crystal.place(image, False), factor * vector, colour, 0.13 * scale)
    return factor


def add_moments(
    scene: Scene, crystal: DrawnCrystal, moments: FloatArray, *, child: bool, longest: float = 0.0
) -> float:
    """Add an arrow through each atom with a moment, before everything else; returns the longest moment, μB.

    A moment as long as `longest` (at least the longest of `moments`) is drawn in full length.
    """
    sizes = np.linalg.norm(moments, axis=1)
    longest = max(longest, float(sizes.max(initial=0.0)))
    scale = crystal.glyph_scale()
    scene.lift = IN_FRONT
    for image in crystal.images:
        if sizes[image.atom] > 0.02 * longest:
            vector = _MOMENT * scale * moments[image.atom] / longest
            scene.arrow(crystal.place(image, child) - vector / 2, vector, MOMENT, 0.2 * scale)
    return longest


def triad(axes: Axes, view: View) -> None:
    """Small x, y, z of the parent's frame in the lower left corner; a dot in a ring points at the reader."""
    box = axes.inset_axes(_corner(axes))
    box.set_axis_off()
    box.set_xlim(-1.75, 1.75)
    box.set_ylim(-1.75, 1.75)
    named: list[tuple[str, FloatArray]] = []
    tips = view.project(np.eye(3))
    away = -tips[:, :2].sum(axis=0) / np.linalg.norm(tips[:, :2].sum(axis=0))
    for name, tip in zip("xyz", tips, strict=True):
        flat = float(np.linalg.norm(tip[:2]))
        if flat < 0.2:
            box.plot([0], [0], marker="o", markersize=4.2, markerfacecolor="white", markeredgecolor=INK, zorder=3,
                     markeredgewidth=0.7)  # fmt: skip
            mark = "." if tip[2] > 0 else "x"
            box.plot([0], [0], marker=mark, markersize=1.8, color=INK, markeredgewidth=0.6, zorder=4)
            named.append((name, 0.85 * away))
            continue
        arrow = {"arrowstyle": "-|>,head_length=0.32,head_width=0.14", "color": INK, "lw": 0.8, "shrinkA": 0,
                 "shrinkB": 0, "mutation_scale": 9.0}  # fmt: skip
        box.annotate("", xy=(tip[0], tip[1]), xytext=(0, 0), arrowprops=arrow)
        spot = tip[:2] * (1 + 0.42 / flat)
        near = next((i for i, (_, place) in enumerate(named) if np.linalg.norm(place - spot) < 0.7), None)
        if near is None:
            named.append((name, spot))
        else:
            named[near] = f"{named[near][0]},{name}", named[near][1]
    for name, spot in named:
        box.text(float(spot[0]), float(spot[1]), name, ha="center", va="center", fontsize=6.5)


def _corner(axes: Axes) -> tuple[float, float, float, float]:
    """A square of fixed size in the lower left corner of axes, in parts of them."""
    figure, place = axes.get_figure(root=True), axes.get_position()
    width, height = (6.0, 6.0) if figure is None else figure.get_size_inches()
    across, up = TRIAD / (place.width * width), TRIAD / (place.height * height)
    return -0.05 * across, -0.1 * up, across, up


def species_legend(axes: Axes, crystal: DrawnCrystal) -> None:
    """Colours of the species as one line of dots, on axes of their own."""
    axes.set_axis_off()
    handles = [
        Line2D([], [], marker="o", linestyle="", markersize=6, markerfacecolor=colour, markeredgecolor=INK,
               markeredgewidth=0.4, label=name)
        for name, colour in crystal.colours.items()
    ]  # fmt: skip
    if any(map(crystal.occupation_changes, range(len(crystal.species)))):
        handles.append(Line2D([], [], linestyle="", label="sectors: occupancy of the site"))
    if len(crystal.moments):
        named = [("moment", MOMENT)]
        if np.abs(crystal.displacements).max(initial=0.0) > 1e-6:
            named.append(("displacement", INK))
        handles += [
            Line2D(
                [],
                [],
                marker=_ARROW,
                linestyle="",
                markersize=12,
                markerfacecolor=colour,
                markeredgecolor=colour,
                markeredgewidth=0.2,
                label=name,
            )  # fmt: skip
            for name, colour in named
        ]
    axes.legend(handles=handles, loc="center", ncols=min(len(handles), 8), handletextpad=0.2, columnspacing=1.2)


def _child_title(result: Finding | Decomposition, crystal: DrawnCrystal) -> str:
    changed = any(entry.kind == "occupation" for entry in entries(result))
    return "Child (changes of occupation not in this result)" if changed and crystal.occupancies is None else "Child"


def draw_pair(result: Finding | Decomposition, left: Axes, right: Axes, legend: Axes) -> None:
    """Parent with displacement arrows, child with its moments, and the colours of the species."""
    crystal = DrawnCrystal.of(result)
    if crystal is None:
        for axes, words in ((left, "no structures in this result"), (right, ""), (legend, "")):
            empty(axes, words)
        return
    title = "Parent (x, y, z as in its file)" if crystal.molecule else "Parent in the child's cell"
    draw_structure(left, crystal, child=False, title=title, arrows=crystal.displacements)
    draw_structure(right, crystal, child=True, title=_child_title(result, crystal), moments=crystal.moments)
    species_legend(legend, crystal)
