"""Run the recipes of the paper's experiments; write their numbers into docs/reproduction.md and draw its figures.

Usage: python tests/benchmarks/reproduction.py [-o docs/reproduction.md] [--no-figures]

What stands between `<!-- NAME -->` and `<!-- end -->` on the page is written anew; the rest is text.
"""

from __future__ import annotations

import argparse
import re
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from curiebreak import __version__
from curiebreak.cli.recipes import Finished, run_steps
from curiebreak.recipe import read_recipe, shipped_recipes
from curiebreak.results import Finding

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ROOT = Path(__file__).resolve().parent.parent.parent
SEEDS = range(5)


@dataclass(frozen=True)
class Ran:
    """A recipe that has run: its steps by name, and how long it took."""

    steps: dict[str, Finished]
    seconds: float

    @property
    def only(self) -> Any:
        """Data of the first step."""
        return next(iter(self.steps.values())).data

    @property
    def finding(self) -> Finding:
        """Result of the first step."""
        found = next(iter(self.steps.values())).result
        if not isinstance(found, Finding):
            raise TypeError("the first step is no find")
        return found

    def data(self, name: str) -> Any:
        """Data of one step."""
        return self.steps[name].data


def run(name: str, **changes: Any) -> Ran:
    """Run one shipped recipe in a temporary folder."""
    recipe = read_recipe(ROOT / "recipes" / f"{name}.yaml").changed(changes)
    started = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        done = run_steps(recipe, Path(folder) / "out", quiet=True)
    return Ran({one.step.name: one for one in done}, time.process_time() - started)


def number(value: float | None) -> str:
    """Four digits; small numbers as powers of ten."""
    if value is None:
        return "–"
    if value == 0:
        return "0"
    return f"{value:.1e}" if 0 < abs(value) < 1e-3 else f"{value:.4f}"


def table(*rows: tuple[str, str, str]) -> str:
    """Statement, paper, here."""
    lines = ["| | paper | here |", "|---|---|---|", *(f"| {' | '.join(row)} |" for row in rows)]
    return "\n".join(lines)


def harmonics(result: Any) -> str:
    """What is left of the input: 2e(2), ..."""
    found = []
    for entry in result["order_parameters"]:
        held = entry["carrier"]
        found.append(f"{held['l']}{held['parity']}({', '.join(held['components'])}) [{entry['irrep']}]")
    return ", ".join(found)


# -- the blocks of the page --------------------------------------------------------------------------------------
def square(ran: dict[str, Ran]) -> str:
    up, down = ran["rectangle_to_square"].data("learned"), ran["square_to_rectangle"].data("learned")
    forbidden = ran["square_to_rectangle"].data("forbidden")
    (site,) = down["signals"]["sites"]
    heights = [peak["height"] for peak in site["peaks"]]
    spread = max(heights) / min(heights) - 1
    lost = sum(one["count"] for one in forbidden["forbidding_operations"])
    kinds: dict[str, int] = {}
    for one in forbidden["forbidding_operations"]:
        kinds[one["kind"]] = kinds.get(one["kind"], 0) + one["count"]
    by_kind = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
    return table(
        (
            "rectangle → square",
            "learned",
            f"learned: loss {number(up['loss_without_input'])}, floor {number(up['floor_without_input'])}",
        ),
        (
            "square → rectangle",
            "not learned",
            f"not learned: loss {down['loss_without_input']:.6f}, floor {down['floor_without_input']:.6f}",
        ),
        (
            "output at a vertex",
            "two equal maxima",
            f"{len(heights)} maxima, heights within {number(spread)} of each other; signal loss "
            f"{down['signals']['loss']:.6f}, floor {down['signals']['floor']:.6f}",
        ),
        ("operations lost", "8 (2 C4, 2 C2, 2 S4, 2 mirrors)", f"{lost} ({by_kind})"),
    )


def inputs(ran: dict[str, Ran]) -> str:
    priced = ran["square_to_rectangle"].data("learned")
    free, few = ran["square_degenerate"].only, ran["square_limited_inputs"].only
    symmetry = {one["input_symmetry"]["point_group"] for one in (priced, free, few)}
    return table(
        ("1e + 1o + … + 5e + 5o, no price on l", "2e(2), 3e(-2), 4e(2), 5e(-2), all B1g", harmonics(free)),
        ("the same, with a price on l", "2e(2)", harmonics(priced)),
        ("1e + 1o + 2e + 2o", "2e(2)", harmonics(few)),
        ("symmetry of the learned input", "D2h, the rectangle's", ", ".join(sorted(symmetry))),
        (
            "loss with the learned input",
            "falls",
            f"{number(free['loss'])}, {number(priced['loss'])}, {number(few['loss'])}",
        ),
    )


def evolution(ran: dict[str, Ran]) -> str:
    """Fig. 2: the course of the input and of the output."""
    lines = ["| recipe | step | input | output: displacement of the first vertex, Å | loss |", "|---|---|---|---|---|"]
    for name in ("square_degenerate", "square_to_rectangle"):
        trace = ran[name].only["trace"]
        for shot in trace["snapshots"]:
            held = [
                f"{one['l']}{one['parity']} {_largest(one['values'][0], one['l'])}" for one in shot["breaking_input"]
            ]
            moved = ", ".join(f"{x:.3f}" for x in shot["displacements"][0][:2])
            started = shot["step"] == 0 and not held
            loss = ran[name].only["loss_without_input"] if started else trace["loss"][shot["step"]]
            shown = "start" if started else str(shot["step"] + 1)
            lines.append(f"| {name} | {shown} | {'; '.join(held) or 'zero'} | ({moved}) | {number(loss)} |")
    return "\n".join(lines)


def _largest(values: list[float], degree: int) -> str:
    index = int(np.abs(values).argmax())
    return f"{values[index]:+.3f} (m = {index - degree})"


def perovskite(ran: dict[str, Ran]) -> str:
    free, waves = ran["perovskite_pnma"].only, ran["perovskite_pnma_explicit_k"].only
    (held,) = [one for one in free["breaking_input"] if np.abs(one["values"]).max() > 1e-9]
    lengths = np.linalg.norm(held["values"], axis=1)
    glazer, floors = free["glazer"], {tuple(one["members"]): one for one in free["certificates"]}
    alone = "; ".join(
        f"{label} alone {floors[(label,)]['learned']:.4f} (floor {floors[(label,)]['floor']:.4f})"
        for label in ("R4+", "M3+")
    )
    return table(
        (
            "input that is left on B",
            "1e, equal lengths",
            f"{held['l']}{held['parity']} on {held['site']}, lengths within "
            f"{number(lengths.max() / lengths.min() - 1)}",
        ),
        ("irreps", "M3+ ⊕ R4+", f"{' ⊕ '.join(sorted(free['primary']))} (found by projecting the input)"),
        (
            "tilts",
            "a+b-b-, (a000bb)",
            f"{glazer['symbol']}, {glazer['howard_stokes']}, angles "
            f"{', '.join(f'{angle:.2f}°' for angle in glazer['angles'])}",
        ),
        ("symmetry of the input", "Pnma", f"{free['input_symmetry']['symbol']} ({free['input_symmetry']['number']})"),
        (
            "amplitudes of explicit wave vectors",
            "M3+ ⊕ R4+",
            f"{' ⊕ '.join(sorted(waves['primary']))}, loss {number(waves['loss'])}",
        ),
        ("are both needed", "not asked", alone),
        (
            "loss at the end",
            "15 % of the start",
            f"{number(free['loss'])} (floor {number(free['floor'])}), strain "
            f"{number(free['loss_strain'])} (floor {number(free['floor_strain'])})",
        ),
    )


def imma(ran: dict[str, Ran]) -> str:
    rows = []
    for name, what in (
        ("perovskite_imma", "c held at zero, non-adjacent B tied"),
        ("perovskite_imma_explicit_k", "R alone"),
    ):
        chosen = ran[name].only["chosen"]
        group, glazer = chosen["spglib"], chosen["glazer"]
        irreps = " ⊕ ".join(one["irrep"] for one in chosen["inputs"])
        rows.append(
            (
                what,
                "Imma (74), a0b-b-" if name == "perovskite_imma" else "–",
                f"{group['symbol']} ({group['number']}) by spglib, {glazer['symbol']}, input {irreps}, loss "
                f"{chosen['loss']:.4f}, floor {chosen['floor']:.4f}",
            )
        )
    return table(*rows)


def stopped(ran: dict[str, Ran]) -> str:
    result = ran["perovskite_pnma"].only
    trace = result["trace"]
    start = result["loss_without_input"] + (result["loss_strain"] or 0.0)
    first = next(i for i, loss in enumerate(trace["loss"]) if loss < 0.15 * trace["loss"][0])
    below = next((i for i, loss in enumerate(trace["loss"]) if loss < 1e-6), None)
    return table(
        (
            "steps on the input",
            "51",
            f"{trace['phase'].count('inputs')}, and {trace['phase'].count('verification')} of verification",
        ),
        ("15 % of the first loss", "at the end", f"after {first + 1} steps"),
        ("a loss below 1e-6", "not reached", f"at step {below + 1 if below is not None else '–'}"),
        ("processor seconds", "–", f"{ran['perovskite_pnma'].seconds:.1f}"),
        ("loss without input", "–", number(start if start else None)),
    )


def octahedron(ran: dict[str, Ran]) -> str:
    signals = ran["oh_superposition"].only["signals"]
    centre = signals["sites"][0]
    heights = [peak["height"] for peak in centre["peaks"]]
    spread = number(max(heights) / min(heights) - 1)
    lines = [
        f"Trained without input: loss {signals['loss']:.6f}, floor {signals['floor']:.6f}; on {centre['site']} "
        f"{len(heights)} maxima, along ±x, ±y, ±z, heights within {spread} of each other.",
        "",
        "| seed | loss with the z input | changed by Oh, with it | changed by Oh, without it | maxima without it |",
        "|---|---|---|---|---|",
    ]
    for seed in SEEDS:
        one = ran[f"oh {seed}"].only["signals"]["untold"]
        lines.append(
            f"| {seed} | {number(one['loss'])} | {number(one['asymmetry_told'])} | {number(one['asymmetry'])} | "
            f"{one['sites'][0]['n_peaks']} |"
        )
    return "\n".join(lines)


def talk(ran: dict[str, Ran]) -> str:
    words = {
        "apart": "equal masses, opposite equal displacements",
        "drift": "equal masses, both to one side",
        "uneven": "equal masses, unequal lengths",
        "unequal-masses": "masses m and 2m, unequal lengths",
        "given-vector": "equal masses, a given vector, drift along it",
    }
    rows = ["| | answer | floor | forbidden by | lowest repair |", "|---|---|---|---|---|"]
    for name, step in ran["allowed_or_forbidden"].steps.items():
        one = step.data
        by = ", ".join(dict.fromkeys(operation["kind"] for operation in one["forbidding_operations"])) or "–"
        repair = ", ".join(
            f"{e['irrep']} as {e['carrier']['l']}{e['carrier']['parity']}" for e in one["order_parameters"]
        )
        answer = "allowed" if one["allowed"] else "forbidden"
        rows.append(f"| {words[name]} | {answer} | {number(one['floor'])} | {by} | {repair or '–'} |")
    return "\n".join(rows)


def fields(ran: dict[str, Ran]) -> str:
    rows = ["| snapshots in | found | direction | loss without it | loss with it |", "|---|---|---|---|---|"]
    for name, step in ran["hidden_field"].steps.items():
        one = step.data
        along = [", ".join(f"{x:.4f}" for x in found["direction"]) for found in one["fields"]]
        what = {"magnetic": "a magnetic field", "electric": "an electric field", "nothing": "no field"}[name]
        rows.append(
            f"| {what} | {', '.join(one['found']) or 'nothing'} | {'; '.join(f'({x})' for x in along) or '–'} | "
            f"{number(one['loss_without_input'])} | {number(one['loss'])} |"
        )
    return "\n".join(rows)


def everything(ran: dict[str, Ran]) -> str:
    rows = ["| recipe | what it reproduces | stated results that hold | processor s |", "|---|---|---|---|"]
    for one in shipped_recipes():
        found = [outcome for step in ran[one.name].steps.values() for outcome in step.outcomes]
        held = sum(outcome.holds for outcome in found)
        rows.append(f"| `{one.name}` | {one.reproduces} | {held} of {len(found)} | {ran[one.name].seconds:.1f} |")
    total = sum(ran[one.name].seconds for one in shipped_recipes())
    sources = sorted({one.citation for one in shipped_recipes()})
    rows += ["", *(f"- {source}." for source in sources)]
    return "\n".join([*rows, f"\ncuriebreak {__version__}, one thread, {total:.0f} s together, imports included once."])


BLOCKS: dict[str, Callable[[dict[str, Ran]], str]] = {
    "square": square,
    "inputs": inputs,
    "evolution": evolution,
    "perovskite": perovskite,
    "imma": imma,
    "stopped": stopped,
    "octahedron": octahedron,
    "talk": talk,
    "fields": fields,
    "everything": everything,
}


def with_blocks(page: str, ran: dict[str, Ran]) -> str:
    """The page with its blocks written anew."""
    for name, block in BLOCKS.items():
        pattern = rf"(<!-- {name} -->\n).*?(<!-- end -->)"
        if not re.search(pattern, page, re.DOTALL):
            raise ValueError(f"the page has no block {name}")
        text = f"\n{block(ran)}\n\n"
        page = re.sub(pattern, lambda found, text=text: found[1] + text + found[2], page, flags=re.DOTALL)
    return page


# -- figures -----------------------------------------------------------------------------------------------------
def draw(ran: dict[str, Ran], folder: Path) -> None:
    """The figures of the page."""
    from curiebreak import plot

    def save_png(figure: Figure, path: Path) -> None:
        figure.savefig(path, dpi=100, metadata={"Software": None})

    save_png(plot.signals(ran["square_to_rectangle"].finding), folder / "reproduction_fig1.png")
    save_png(plot.harmonics(ran["square_degenerate"].finding), folder / "reproduction_fig2.png")
    save_png(plot.order_parameter(ran["perovskite_pnma"].finding), folder / "reproduction_fig3.png")
    save_png(plot.signals(_centre_only(ran["oh 0"].finding)), folder / "reproduction_oh.png")
    for seed in (0, 1):
        answered = _without_input(ran[f"oh {seed}"].finding)
        save_png(plot.signals(answered), folder / f"reproduction_oh_untold_{seed}.png")


def _centre_only(finding: Finding) -> Finding:
    signals = finding.signals
    return finding if signals is None else replace(finding, signals=replace(signals, sites=signals.sites[:1]))


def _without_input(finding: Finding) -> Finding:
    """The finding with the answers that a network trained with the input gives without it."""
    from curiebreak.discovery.peaks import find_peaks, signal_values
    from curiebreak.results import Peak, matrix, vector, vector3

    signals = finding.signals
    if signals is None or signals.untold is None:
        raise ValueError("the recipe asks for signals without the input")
    site, found = signals.sites[0], signals.untold.sites[0]
    answer = np.array(found.answer)
    directions, heights = find_peaks(answer)
    scale = site.displacement / float(signal_values(answer, directions[:1])[0])
    peaks = tuple(Peak(direction=vector3(d), height=float(h) * scale) for d, h in zip(directions, heights, strict=True))
    answers = np.tile(answer * scale, (len(site.positions), 1))
    site = replace(
        site, learned=vector(answer * scale), signals=matrix(answers), peaks=peaks, n_peaks=len(peaks), images=()
    )
    return replace(finding, signals=replace(signals, sites=(site,)))


def main() -> None:
    """Run, write, draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "docs" / "reproduction.md")
    parser.add_argument("--no-figures", action="store_true")
    given = parser.parse_args()
    ran = {one.name: run(one.name) for one in shipped_recipes()}
    ran |= {f"oh {seed}": run("oh_superposition", seed=seed) for seed in SEEDS}
    given.output.write_text(with_blocks(given.output.read_text(encoding="utf-8"), ran), encoding="utf-8")
    if not given.no_figures:
        draw(ran, given.output.parent / "figures")


if __name__ == "__main__":
    main()
