"""Long work is said before it starts; what cannot be done is refused with the limit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from command_line import CommandLine
from lower_cells import in_cell
from series import Cell

from curiebreak.errors import InputError
from curiebreak.mapping import map_child
from curiebreak.modes.build import distort
from curiebreak.modes.decompose import analyse_pair
from curiebreak.structures import read_structure, size
from curiebreak.symmetry.parent import parent_crystal

CUBIC = Path(__file__).resolve().parents[2] / "structures" / "lamno3_cubic.cif"


def noisy(shape: tuple[int, int, int]) -> Cell:
    child = distort(CUBIC, ["R4+(0,b,b)=0.9", "M3+(a;0;0)=0.6"])
    return in_cell(child, np.diag(shape)).noisy(np.random.default_rng(0), 0.01)


def test_a_file_that_is_too_large_is_refused_with_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(size, "LARGEST_FILE", 30)
    with pytest.raises(InputError, match="has 40 atoms; up to 30"):
        map_child(parent_crystal(read_structure(CUBIC)), noisy((2, 2, 2)).structure())
    with pytest.raises(InputError, match="has 40 atoms"):
        parent_crystal(noisy((2, 2, 2)).structure())


def test_a_primitive_cell_that_is_too_large_is_refused_with_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(size, "MOST_IMAGES", 48 * 4 * 20.0)
    high = parent_crystal(read_structure(CUBIC))
    with pytest.raises(InputError, match="40 atoms in 8 cells of the parent; with 48 operations up to 20 atoms"):
        map_child(high, noisy((2, 2, 2)).structure())
    map_child(high, in_cell(distort(CUBIC, ["R4+(0,b,b)=0.9"]), np.diag([2, 2, 2])).structure())


def test_long_work_is_said_before(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    child = noisy((2, 2, 2)).structure()
    analyse_pair(CUBIC, child, say=said.append)
    assert said == []
    monkeypatch.setattr(size, "WORTH_SAYING", 0.0)
    analyse_pair(CUBIC, child, say=said.append)
    assert len(said) == 1 and "40 atoms in 8 cells" in said[0] and "48 operations" in said[0]


@pytest.mark.slow
def test_fifty_thousand_atoms(command_line: CommandLine, tmp_path: Path) -> None:
    """No answer, but a reason, and soon."""
    edge, counts = 100.0, (10, 10, 100)
    places = np.stack(np.meshgrid(*[np.arange(n) / n for n in counts], indexing="ij"), axis=-1).reshape(-1, 3)
    path = tmp_path / "large.vasp"
    atoms = [places + np.divide(s, counts) for s in ([0.5] * 3, [0] * 3, [0.5, 0, 0], [0, 0.5, 0], [0, 0, 0.5])]
    rows = "\n".join(" ".join(f"{x:.9f}" for x in row) for row in np.concatenate(atoms))
    head = f"large\n1.0\n{edge / 2.5} 0 0\n0 {edge / 2.5} 0\n0 0 {4 * edge}\nLa Mn O\n10000 10000 30000\nDirect\n"
    path.write_text(head + rows + "\n")
    ran = command_line("modes", CUBIC, path)
    assert ran.code == 3 and "50,000 atoms; up to 10,000" in ran.err


@pytest.mark.slow
def test_a_thousand_atoms() -> None:
    back, seconds, _ = analyse_pair(CUBIC, noisy((10, 10, 2)).structure())
    assert back.group.name is not None and back.group.name.number == 62
    assert sum(seconds.values()) < 40  # 5 s alone on a core; others may compute beside it
