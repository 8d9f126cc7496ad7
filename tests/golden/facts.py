"""The facts of the program's answers on small shipped pairs, as they are recorded in `facts.json`.

`python tests/golden/facts.py` records them anew; `test_golden.py` compares. What is recorded is what a paper would
state: labels, groups, directions, amplitudes, floors, maps, exit codes. Left out is what another seed, machine or
version may change: seconds, versions, paths, the way of the training, arrays per atom.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

from curiebreak.cli.app import run

ROOT = Path(__file__).resolve().parent.parent.parent
RECORD = Path(__file__).parent / "facts.json"
STRUCTURES = ROOT / "structures"

PAIRS = {
    "lamno3": ("lamno3_cubic.cif", "lamno3_pnma.cif"),
    "batio3": ("batio3_cubic.cif", "batio3_p4mm.cif"),
    "srtio3": ("srtio3_cubic.cif", "srtio3_i4mcm.cif"),
    "ca3ti2o7": ("ca3ti2o7_i4mmm.cif", "ca3ti2o7_cmcm.cif"),
    "cuau": ("cuau_fcc.cif", "cuau_l10.cif"),
    "ymno3": ("ymno3_p63mmc.cif", "ymno3_p63cm.cif"),
    "zro2": ("zro2_cubic.cif", "zro2_p42nmc.cif"),
    "ammonia": ("ammonia_flat.xyz", "ammonia.xyz"),
    "octahedron": ("octahedron.xyz", "octahedron_along_z.xyz"),
    "square": ("square.xyz", "rectangle.xyz"),
    "backwards": ("rectangle.xyz", "square.xyz"),
    "strangers": ("lamno3_cubic.cif", "zro2_p42nmc.cif"),
}
"""Parent and child of each pair; the last two are refused by most commands."""


def _commands() -> dict[str, list[str]]:
    pair = {name: [str(STRUCTURES / one) for one in files] for name, files in PAIRS.items()}
    fields = str(STRUCTURES / "fields") + "/"
    found = {f"modes {name}": ["modes", *files] for name, files in pair.items()}
    found |= {f"map {name}": ["map", *pair[name]] for name in ("lamno3", "ymno3", "square", "strangers")}
    found |= {f"irreps {name}": ["irreps", pair[name][0]] for name in ("lamno3", "cuau")}
    found |= {f"couplings {name}": ["couplings", *pair[name], "--order", "3"] for name in ("ymno3", "lamno3")}
    found |= {f"intermediate {name}": ["intermediate", *pair[name]] for name in ("lamno3", "batio3")}
    found |= {f"check {name}": ["check", *pair[name]] for name in ("lamno3", "square", "backwards")}
    found |= {f"parent {name}": ["parent", pair[name][1]] for name in ("batio3", "srtio3", "ammonia")}
    return found | {
        "intermediate keep": ["intermediate", *pair["lamno3"], "--keep", "R4+"],
        "check drift": ["check", fields + "equal_masses.json", fields + "drift.json"],
        "check apart": ["check", fields + "equal_masses.json", fields + "apart.json"],
        "check field": ["check", fields + "octahedron.json", fields + "octahedron_along_z.json"],
        "distort": ["distort", pair["lamno3"][0], "R4+(0,b,b)=0.9", "M3+(a;0;0)=0.6"],
        "distort glazer": ["distort", pair["lamno3"][0], "--glazer", "a+b-b-", "--angles", "9.7,9.0,9.0"],
        "no file": ["modes", "nowhere.cif", pair["lamno3"][1]],
        "wrong use": ["find"],
        "wrong irrep": ["distort", pair["lamno3"][0], "R9+(a,0,0)=1"],
    }


def _slow_commands() -> dict[str, list[str]]:
    pair = {name: [str(STRUCTURES / one) for one in files] for name, files in PAIRS.items()}
    found = {f"find {name}": ["find", *pair[name]] for name in ("lamno3", "batio3", "cuau", "ammonia", "square")}
    fields = str(STRUCTURES / "fields") + "/"
    return found | {
        "find backwards": ["find", *pair["backwards"]],
        "certify enough": ["certify", *pair["lamno3"], "R4+", "M3+"],
        "certify missing": ["certify", *pair["lamno3"], "R4+"],
        "intermediate trained": ["intermediate", *pair["lamno3"], "--keep", "M3+"],
        "hidden-field": ["hidden-field", fields + "charges_magnetic.extxyz"],
        "predict": ["predict", "LaFeO3"],
    }


COMMANDS = _commands()
SLOW_COMMANDS = _slow_commands()

LEFT_OUT = frozenset(
    "seconds versions options path sha256 device seed trace selection structures mode_fields displacements "
    "breaking_input compression_check messages notices learned parts events blind steps step command frac lattice "
    "undistorted rebuild_error residual_rms schema_version equivalent_carriers citations explanation".split()
)
"""Keys of the JSON that hold no fact in the sense of this file, or whole arrays."""


def facts_of(value: Any) -> Any:
    """A copy without the keys that are left out, numbers to six digits after the point, no empty entries."""
    if isinstance(value, dict):
        kept = {key: facts_of(entry) for key, entry in value.items() if key not in LEFT_OUT}
        if isinstance(kept.get("carrier"), dict):  # how strong a learned input is, is convention
            kept["carrier"].pop("components", None)
        return {key: entry for key, entry in kept.items() if entry not in (None, {}, [])}
    if isinstance(value, list):
        return [facts_of(entry) for entry in value]
    return round(value, 6) + 0.0 if isinstance(value, float) else value


def ask(arguments: list[str]) -> dict[str, Any]:
    """Exit code and facts of one command line, run in an empty folder."""
    before = Path.cwd()
    out = io.StringIO()
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stderr(io.StringIO()):
        os.chdir(folder)
        try:
            with contextlib.redirect_stdout(out):
                code = run([*arguments, "--json"])
        finally:
            os.chdir(before)
    return {"exit": code, "facts": facts_of(json.loads(out.getvalue())) if out.getvalue() else None}


def report_facts() -> dict[str, Any]:
    """Words of the PDF and headings of the HTML page of a decomposition."""
    import pypdf

    import curiebreak
    from curiebreak.report.writing import write_report

    result = curiebreak.decompose(*(STRUCTURES / name for name in PAIRS["lamno3"]))
    with tempfile.TemporaryDirectory() as folder:
        for name in ("out.pdf", "out.html"):
            write_report(result, Path(folder) / name)
        pages = pypdf.PdfReader(Path(folder) / "out.pdf").pages
        text = "\n".join(page.extract_text() for page in pages)
        html = (Path(folder) / "out.html").read_text()
    headings = re.findall(r"<h([1-3])[^>]*>(.*?)</h\1>", html, flags=re.S)
    volatile = re.compile(r"^[\d.]+\)$|/|\d{4}-\d\d|\bs\b|version|seconds|sha256", re.I)
    return {
        "pdf": sorted({line.strip() for line in text.splitlines() if not volatile.search(line) and line.strip()}),
        "html": [re.sub(r"<[^>]*>", "", words).strip() for _, words in headings],
    }


def differences(recorded: Any, now: Any, where: str = "") -> list[str]:
    """What of the recorded facts is no longer so: numbers to 1e-4 (relative above one), the rest to the letter.

    What is new is no difference: a result may gain a key.
    """
    if isinstance(recorded, dict) and isinstance(now, dict):
        lost = [f"{where}.{key}: lost" for key in recorded if key not in now]
        return lost + [
            d for key in recorded if key in now for d in differences(recorded[key], now[key], f"{where}.{key}")
        ]
    if isinstance(recorded, list) and isinstance(now, list):
        if len(recorded) != len(now):
            return [f"{where}: {len(recorded)} entries, now {len(now)}"]
        pairs = enumerate(zip(recorded, now, strict=True))
        return [d for index, (old, new) in pairs for d in differences(old, new, f"{where}[{index}]")]
    if isinstance(recorded, int | float) and isinstance(now, int | float) and not isinstance(recorded, bool):
        return [] if abs(recorded - now) <= 1e-4 * max(1.0, abs(recorded)) else [f"{where}: {recorded}, now {now}"]
    return [] if recorded == now else [f"{where}: {recorded!r}, now {now!r}"]


def record() -> dict[str, Any]:
    """All facts as they are now."""
    asked = {name: ask(arguments) for name, arguments in (COMMANDS | SLOW_COMMANDS).items()}
    return {"commands": asked, "report": report_facts()}


def written(recorded: dict[str, Any]) -> str:
    """JSON with one command a line, so that a change of facts shows which command it concerns."""
    lines = [
        f"{json.dumps(name)}: {json.dumps(asked, ensure_ascii=False)}" for name, asked in recorded["commands"].items()
    ]
    report = json.dumps(recorded["report"], ensure_ascii=False)
    return '{"commands": {\n' + ",\n".join(lines) + '\n},\n"report": ' + report + "}\n"


if __name__ == "__main__":
    RECORD.write_text(written(record()))
    sys.stdout.write(f"{RECORD}\n")
