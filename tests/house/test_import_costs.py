"""Commands that train nothing run, from start to end, without PyTorch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sample_results import decomposition

PROBE = (
    "import sys; from curiebreak.cli.app import run; code = run(sys.argv[1:]); "
    "print([m for m in ('torch', 'e3nn') if m in sys.modules], code, file=sys.stderr)"
)
PAIR = ("{structures}/lamno3_cubic.cif", "{structures}/lamno3_pnma.cif")


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        ("--help",),
        ("cite",),
        ("map", *PAIR),
        ("modes", *PAIR),
        ("couplings", *PAIR, "--order", "2"),
        ("irreps", PAIR[0], "--k", "R"),
        ("distort", PAIR[0], "R4+(0,b,b)=0.9", "-o", "child.cif"),
        ("check", "{structures}/square.xyz", "{structures}/rectangle.xyz"),
        ("report", "modes.json", "-o", "modes.png"),
    ],
    ids=lambda words: words[0],
)
def test_no_torch(words: tuple[str, ...], structures: Path, tmp_path: Path) -> None:
    (tmp_path / "modes.json").write_text(decomposition().to_json())
    line = [word.format(structures=structures) for word in words]
    ran = subprocess.run([sys.executable, "-c", PROBE, *line], capture_output=True, text=True, cwd=tmp_path)
    assert ran.stderr.strip().splitlines()[-1] == "[] 0", ran.stderr


@pytest.mark.slow
def test_help_loads_no_results() -> None:
    """The help page is there in a tenth of a second: neither arrays nor result classes are loaded for it."""
    probe = (
        "import sys; from curiebreak.cli.app import run; run(['--help']); "
        "print([m for m in ('numpy', 'pydantic', 'curiebreak.results') if m in sys.modules], file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True)
    assert ran.stderr.strip().splitlines()[-1] == "[]", ran.stderr


@pytest.mark.slow
def test_moments_of_few_atoms_need_no_scipy(structures: Path) -> None:
    """Half of a second that a small magnetic file need not wait for."""
    probe = PROBE.replace("('torch', 'e3nn')", "('torch', 'scipy.special', 'scipy.spatial', 'scipy.sparse')")
    line = ["modes", "auto", str(structures / "magnetic" / "knif3.mcif")]
    ran = subprocess.run([sys.executable, "-c", probe, *line], capture_output=True, text=True)
    assert ran.stderr.strip().splitlines()[-1] == "[] 0", ran.stderr
