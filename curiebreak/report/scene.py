"""Orthographic pictures of spheres, faces, lines and arrows, sorted by depth; all of it stays vector graphics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgba as _to_rgba
from numpy.typing import ArrayLike

from curiebreak.arrays import FloatArray
from curiebreak.report.palette import mixed

Colour = tuple[float, float, float, float]

_LIGHT = np.array((-0.35, 0.6, 0.72))
_CIRCLE = np.stack([np.cos(np.linspace(0, 2 * np.pi, 25)[:-1]), np.sin(np.linspace(0, 2 * np.pi, 25)[:-1])], axis=1)
_RASTER_ABOVE = 6000
TRIAD = 0.5
"""Inches; the square in a corner of a picture where x, y, z stand."""


@dataclass(frozen=True, eq=False)
class View:
    """Where the eye is: rows of `axes` (3, 3) point right, up and towards the viewer, in the parent's frame."""

    axes: FloatArray

    @classmethod
    def along(cls, towards: ArrayLike, up: ArrayLike) -> View:
        """Look from `towards` at the origin, `up` as vertical as can be."""
        eye = _unit(np.asarray(towards, dtype=float))
        vertical = np.asarray(up, dtype=float)
        vertical = vertical - eye * float(vertical @ eye)
        if np.linalg.norm(vertical) < 1e-6:
            vertical = np.eye(3)[int(np.argmin(np.abs(eye)))]
            vertical = vertical - eye * float(vertical @ eye)
        vertical = _unit(vertical)
        return cls(np.array([np.cross(vertical, eye), vertical, eye]))

    def project(self, points: ArrayLike) -> FloatArray:
        """(..., 3) Å to (..., 3): right, up, depth towards the viewer."""
        return np.asarray(np.asarray(points, dtype=float) @ self.axes.T)


@dataclass(frozen=True, eq=False)
class _Piece:
    depth: float
    outline: FloatArray
    face: Colour
    edge: Colour
    width: float


@dataclass(eq=False)
class Scene:
    """Pieces of a picture; lengths in Å, line widths in points."""

    view: View
    pieces: list[_Piece] = field(default_factory=list)
    lift: float = 0.0
    """Added to the depth of what comes next, to keep it in front."""

    def face(self, corners: ArrayLike, colour: str, alpha: float = 1.0, edge: str | None = None) -> None:
        """Flat polygon (k, 3), shaded by its slope."""
        points = self.view.project(corners)
        normal = np.cross(points[1] - points[0], points[2] - points[0])
        size = float(np.linalg.norm(normal))
        light = abs(float(normal @ _LIGHT)) / size if size > 0 else 1.0
        shaded = mixed(colour, "#000000", 0.35 * (1 - light))
        line = to_rgba(edge, min(1.0, alpha + 0.3)) if edge else to_rgba(shaded, alpha)
        self._add(float(points[:, 2].mean()), points[:, :2], to_rgba(shaded, alpha), line, 0.5 if edge else 0.1)

    def mesh(self, corners: FloatArray, colours: list[str]) -> None:
        """Faces (k, 4, 3) of a surface, each with its colour and shaded by its slope."""
        points = self.view.project(corners)
        normals = np.cross(points[:, 2] - points[:, 0], points[:, 3] - points[:, 1])
        sizes = np.maximum(np.linalg.norm(normals, axis=1), 1e-12)
        dark = np.round(0.35 * (1 - np.abs(normals @ _LIGHT) / sizes), 2)
        depths = points[:, :, 2].mean(axis=1) + self.lift
        outlines = points[:, [0, 1, 2, 3, 0], :2]
        for outline, depth, colour, shade in zip(outlines, depths.tolist(), colours, dark.tolist(), strict=True):
            tint = _shaded(colour, shade)
            self.pieces.append(_Piece(depth, outline, tint, tint, 0.15))

    def sphere(self, centre: ArrayLike, radius: float, colour: str, alpha: float = 1.0) -> None:
        """Ball with an outline and a highlight."""
        x, y, depth = self.view.project(centre)
        outline = np.array((x, y)) + radius * _CIRCLE
        self._add(depth, outline, to_rgba(colour, alpha), to_rgba(mixed(colour, "#000000", 0.5), alpha), 0.4)
        shine = np.array((x - 0.3 * radius, y + 0.32 * radius)) + 0.3 * radius * _CIRCLE
        white = to_rgba(mixed(colour, "#ffffff", 0.55), alpha)
        self._add(depth + 1e-4, shine, white, white, 0.0)

    def shared_sphere(self, centre: ArrayLike, radius: float, parts: Sequence[tuple[str, float]]) -> None:
        """Ball of a site that several species share: a sector for each colour, what is left empty white."""
        x, y, depth = self.view.project(centre)
        start = 0.25
        for colour, share in (*parts, ("#ffffff", 1.0 - sum(share for _, share in parts))):
            if share < 1e-3:
                continue
            turn = 2 * np.pi * np.linspace(start, start - share, max(3, round(40 * share)))
            rim = np.array((x, y)) + radius * np.stack([np.cos(turn), np.sin(turn)], axis=1)
            outline = rim if share > 0.999 else np.concatenate([rim, [(x, y)]])
            self._add(depth, outline, to_rgba(colour), to_rgba("#222222"), 0.5)
            start -= share

    def line(self, start: ArrayLike, end: ArrayLike, colour: str, width: float = 0.8, parts: int = 1) -> None:
        """Straight line, cut in `parts` so that it can pass behind and before others."""
        points = self.view.project(np.linspace(np.asarray(start, float), np.asarray(end, float), parts + 1))
        for one, two in zip(points, points[1:], strict=False):
            outline = np.array([one[:2], two[:2]])
            self._add(float(one[2] + two[2]) / 2, outline, (0, 0, 0, 0), to_rgba(colour), width)

    def arrow(self, start: ArrayLike, vector: ArrayLike, colour: str, width: float = 0.13) -> None:
        """Arrow of a polar vector; a dot in a ring towards the eye, a cross in a ring away from it."""
        tail, tip = self.view.project(np.array([start, np.add(start, vector)]))
        length, flat = float(np.linalg.norm(tip - tail)), float(np.linalg.norm((tip - tail)[:2]))
        if length <= 0:
            return
        depth = float(max(tip[2], tail[2])) + 0.4
        if flat < 0.3 * length:
            self._end_on(tail[:2], depth, bool(tip[2] > tail[2]), colour, min(2.2 * width, 0.4 * length))
            return
        outline = arrow_outline(tail[:2], tip[:2], width)
        self._add(depth, outline, to_rgba(colour), to_rgba("#ffffff"), 0.3)

    def ring(self, centre: ArrayLike, axis: ArrayLike, radius: float, colour: str, width: float = 1.4) -> None:
        """Arrow that turns about `axis` by the right-hand rule."""
        normal = _unit(np.asarray(axis, dtype=float))
        one = _unit(np.cross(normal, np.eye(3)[int(np.argmin(np.abs(normal)))]))
        two = np.cross(normal, one)
        turn = np.linspace(0.0, 1.5 * np.pi, 22)[:, None]
        points = np.asarray(centre, dtype=float) + radius * (np.cos(turn) * one + np.sin(turn) * two)
        for start, end in zip(points, points[1:], strict=False):
            self.line(start, end, colour, width)
        tangent = _unit(points[-1] - points[-2])
        outward = _unit(points[-1] - np.asarray(centre, dtype=float))
        head = [points[-1] + 0.55 * radius * tangent, points[-1] + 0.32 * radius * outward]
        corners = self.view.project(np.array([*head, points[-1] - 0.32 * radius * outward]))
        self._add(float(corners[:, 2].mean()) + 0.05, corners[:, :2], to_rgba(colour), to_rgba(colour), 0.2)

    def frame(self, corners: FloatArray) -> None:
        """Make the picture at least as large as a rectangle (2, 2): lower left and upper right corner."""
        self._add(0.0, corners, (0, 0, 0, 0), (0, 0, 0, 0), 0.0)

    def draw(self, axes: Axes, margin: float = 0.35) -> None:
        """Put everything on axes without frame, far things first."""
        ordered = sorted(self.pieces, key=lambda piece: piece.depth)
        collection = PolyCollection(
            [piece.outline for piece in ordered],
            facecolors=[piece.face for piece in ordered],
            edgecolors=[piece.edge for piece in ordered],
            linewidths=[piece.width for piece in ordered],
            closed=False,
        )
        collection.set_capstyle("round")
        collection.set_rasterized(len(ordered) > _RASTER_ABOVE)
        axes.add_collection(collection)
        corners = np.concatenate([piece.outline for piece in ordered] or [np.zeros((1, 2))])
        fit_limits(axes, corners, margin)
        axes.set_axis_off()

    def _end_on(self, place: FloatArray, depth: float, near: bool, colour: str, radius: float) -> None:
        white, ink = to_rgba("#ffffff"), to_rgba(colour)
        self._add(depth, place + radius * _CIRCLE, white, ink, 1.0)
        if near:
            self._add(depth + 1e-4, place + 0.35 * radius * _CIRCLE, ink, ink, 0.2)
            return
        for slope in (1.0, -1.0):
            step = 0.6 * radius * np.array((1.0, slope))
            self._add(depth + 1e-4, np.array([place - step, place + step]), (0, 0, 0, 0), ink, 1.0)

    def _add(self, depth: float, outline: FloatArray, face: Colour, edge: Colour, width: float) -> None:
        if len(outline) > 2:
            outline = np.concatenate([outline, outline[:1]])
        self.pieces.append(_Piece(depth + self.lift, outline, face, edge, width))


def fit_limits(axes: Axes, points: FloatArray, margin: float) -> None:
    """Limits that show points (k, 2) with equal units, in the middle; the lower left corner stays free for a triad."""
    figure = axes.get_figure(root=True)
    place = axes.get_position()
    size = np.array((1.0, 1.0) if figure is None else figure.get_size_inches()) * (place.width, place.height)
    low, high = points.min(axis=0) - margin, points.max(axis=0) + margin
    for _ in range(12):
        middle, half = (low + high) / 2, (high - low) / 2
        scale = float((2 * half / size).max())
        half = 0.5 * scale * size
        corner = middle - half + scale * TRIAD * np.array((1.0, 0.95))
        if not np.any(np.all(points < corner, axis=1)):
            break
        low = low - np.array((0.12 * scale * TRIAD, 0.0))
    axes.set_xlim(middle[0] - half[0], middle[0] + half[0])
    axes.set_ylim(middle[1] - half[1], middle[1] + half[1])


def arrow_outline(tail: FloatArray, tip: FloatArray, width: float) -> FloatArray:
    """Corners (7, 2) of an arrow in the plane; the head shrinks with short arrows."""
    along = tip - tail
    length = float(np.linalg.norm(along))
    along = along / length
    across = np.array((-along[1], along[0]))
    head = min(2.6 * width, 0.6 * length)
    half, wing = 0.5 * min(width, 0.4 * head), 0.5 * head * 0.95
    neck = tip - head * along
    return np.array(
        [tail + half * across, neck + half * across, neck + wing * across, tip]
        + [neck - wing * across, neck - half * across, tail - half * across]
    )


@lru_cache(maxsize=2048)
def to_rgba(colour: str, alpha: float = 1.0) -> Colour:
    """Red, green, blue and opacity of a hexadecimal colour."""
    red, green, blue, opacity = _to_rgba(colour, alpha)
    return red, green, blue, opacity


@lru_cache(maxsize=512)
def _shaded(colour: str, dark: float) -> Colour:
    red, green, blue, alpha = to_rgba(mixed(colour, "#000000", max(0.0, dark)))
    return red, green, blue, alpha


def _unit(vector: FloatArray) -> FloatArray:
    return np.asarray(vector / np.linalg.norm(vector))
