"""The interactive view as a chapter of the HTML report: controls, data, scripts."""

from __future__ import annotations

import json
from collections.abc import Iterable
from html import escape
from importlib.resources import files

from curiebreak.report.interactive import ViewData, view_data
from curiebreak.report.numbers import fixed
from curiebreak.report.palette import removed_by_averaging
from curiebreak.results import Decomposition, Document, Finding, IrrepEntry
from curiebreak.results.record import Record

_SCRIPTS = ("three.min.js", "view_model.js", "view_scene.js", "view_panel.js")
_ABSENT = (
    "This result has no displacement fields of its irreps, which the interactive view needs; compute it anew with "
    "this version to see it."
)
_NO_WEBGL = "This browser offers no WebGL 2, which the interactive view needs; the figures of this page show the same."
_RANGE = 1.5
_UNITS = {"displacement": " Å", "magnetic": " μB", "strain": "", "occupation": ""}


def interactive_chapter(result: Record) -> str:
    """The chapter with everything that it needs, scripts included.

    Parameters
    ----------
    result : Finding or Decomposition
        Without ``mode_fields`` (as older versions wrote it) the chapter is one sentence; other results have none.
    """
    if not isinstance(result, (Finding, Decomposition)):
        return ""
    found = view_data(result)
    if found is None:
        return f"<section><h2>Interactive structure</h2><p>{_ABSENT}</p></section>"
    data = json.dumps(found.page, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
    scripts = "".join(f"<script>{_asset(name)}</script>\n" for name in _SCRIPTS)
    return (
        f"<section><h2>Interactive structure</h2><style>{_asset('view.css')}</style>"
        f'<div class="view" id="view">{_stage(found)}{_panel(found, result)}</div>'
        f'<script type="application/json" id="view-data">{data}</script>\n{scripts}</section>'
    )


def _asset(name: str) -> str:
    """Text of a script or style sheet; none of them may end its element early."""
    return (files("curiebreak.report") / "assets" / name).read_text(encoding="utf-8").replace("</", "<\\/")


def _stage(found: ViewData) -> str:
    arms = "".join(
        f'<g data-axis="{name}"><line x1="0" y1="0" x2="0" y2="0"></line><text>{name}</text></g>' for name in "xyz"
    )
    factor = f"arrows × {found.page['arrow_factor']:.2g}" if _moving(found) else ""
    return (
        '<div class="stage"><canvas tabindex="0" role="img" aria-label="Structure in three dimensions: drag or use the '
        'arrow keys to turn it"></canvas>'
        f'<svg class="triad" viewBox="-40 -40 80 80" aria-hidden="true">{arms}</svg>'
        f'<p class="factor">{factor}</p><p class="missing">{_NO_WEBGL}</p>'
        f'<noscript><p class="note">The interactive view needs JavaScript.</p></noscript></div>'
    )


def _panel(found: ViewData, result: Document) -> str:
    parts = [
        '<p><button type="button" data-set="0">Parent</button><button type="button" data-set="1">Child</button>'
        '<button type="button" data-save>Save PNG</button></p>',
        f"<fieldset><legend>Amplitudes</legend>{''.join(_sliders(found))}</fieldset>",
        _boxes(found),
        _arrows(found),
        '<p>View <button type="button" data-look="start">3D</button>'
        + "".join(f'<button type="button" data-look="{name}">{name}</button>' for name in "xyz")
        + "</p>",
        f'<p class="species">{_species(found)}</p>',
        f'<p class="note">{escape(_note(found, result))}</p>',
    ]
    return f'<div class="panel">{"".join(parts)}</div>'


def _sliders(found: ViewData) -> Iterable[str]:
    if not found.irreps:
        yield '<p class="note">The child has no distortion.</p>'
        return
    if len(found.irreps) > 1:
        yield _slider("all together", "data-all", "", "")
    for number, (field, entry) in enumerate(found.irreps):
        colour = found.page["irreps"][number]["colour"]
        kind = "" if field.kind == "displacement" else f' <span class="kind">{field.kind}</span>'
        name = f'<i class="swatch" style="background:{colour}"></i>{escape(field.name)}{kind}'
        if entry is not None and entry.role == "primary":
            name = f'<span class="primary">{name}</span>'
        yield _slider(name, f'data-irrep="{number}"', escape(f"{field.name} {field.kind}", quote=True), _size(entry))


def _moving(found: ViewData) -> bool:
    """Whether any irrep moves atoms."""
    return any(field.kind == "displacement" for field, _ in found.irreps)


def _turning(found: ViewData) -> bool:
    """Whether any irrep holds moments."""
    return any(field.kind == "magnetic" for field, _ in found.irreps)


def _slider(name: str, attribute: str, label: str, remark: str) -> str:
    spoken = f' aria-label="{label}"' if label else ""
    below = f"<small>{escape(remark)}</small>" if remark else ""
    return (
        f'<label class="slider"><span>{name}</span><input type="range" min="-{_RANGE}" max="{_RANGE}" step="0.01" '
        f'value="1" {attribute}{spoken}><output>1.00</output>{below}</label>'
    )


def _size(entry: IrrepEntry | None) -> str:
    """Role, direction and what a scale of 1 stands for."""
    if entry is None:
        return ""
    direction = f" {entry.direction}" if entry.direction else ""
    return f"{entry.role}{direction}: 1 = {fixed(entry.amplitude_parent)}{_UNITS.get(entry.kind, '')}"


def _boxes(found: ViewData) -> str:
    named = (
        ("arrows", "arrows of displacements" if _turning(found) else "arrows", _moving(found)),
        ("moments", "moments", _turning(found)),
        ("polyhedra", "polyhedra", bool(found.page["faces"])),
        ("bonds", "bonds", bool(found.page["bonds"])),
        ("cell", "unit cell", bool(found.page["cell"])),
        ("atoms", "atoms", True),
    )
    boxes = "".join(
        f'<label><input type="checkbox" data-show="{part}" checked> {name}</label>'
        for part, name, there in named
        if there
    )
    return f'<fieldset class="boxes"><legend>Shown</legend>{boxes}</fieldset>'


def _arrows(found: ViewData) -> str:
    moving = [(n, f) for n, (f, _) in enumerate(found.irreps) if f.kind in ("displacement", "magnetic")]
    if len(moving) < 2:
        return ""
    options = "".join(f'<option value="{n}">{escape(f.name)}</option>' for n, f in moving)
    return f'<p><label>Arrows of <select data-arrows><option value="">all irreps</option>{options}</select></label></p>'


def _species(found: ViewData) -> str:
    named = found.elements | ({"moments": found.page["moment_colour"]} if _turning(found) else {})
    return "".join(
        f'<span><i class="swatch" style="background:{colour}"></i>{escape(name)}</span>'
        for name, colour in named.items()
    )


def _note(found: ViewData, result: Document) -> str:
    words = ["Drag to turn, arrow keys too; click, then use the wheel to zoom."]
    words.append("Scale 0 is the parent, 1 the child; amplitudes are per primitive cell of the parent.")
    if found.page["elements"]:
        words.append("Colours of mixed sites follow the occupancies.")
    removed = removed_by_averaging(result)
    if removed > 5e-5:
        words.append(f"The child is averaged over its group, which moved its atoms by {fixed(removed)} Å rms.")
    return " ".join(words)
