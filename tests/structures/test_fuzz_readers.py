"""Every reader against damaged files: a structure or a refusal, never a traceback, never a hang."""

from __future__ import annotations

import json
import random
import re
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest
from small_cifs import PEROVSKITE, POLAR
from test_readers import poscar, with_list, xdatcar

from curiebreak import decompose, read_structure
from curiebreak.cli.app import run
from curiebreak.errors import CurieBreakError, InputError, InternalError
from curiebreak.scan.analysing import read_piece
from curiebreak.scan.inputs import list_sources
from curiebreak.structures.field_files import read_fields
from curiebreak.structures.frames import frames_of

MUTATIONS = 1000
LIMIT = 10.0
"""Seconds that one file may take."""

ANALYSED = 4
"""One in so many damaged files that are read goes through the whole analysis."""

MAGNETIC = """data_mag
_cell_length_a 3.99
_cell_length_b 3.99
_cell_length_c 4.03
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
_space_group_magn.number_BNS 99.163
loop_
_space_group_symop_magn_operation.id
_space_group_symop_magn_operation.xyz
1 x,y,z,+1
2 -x,-y,z,+1
3 -x,y,z,-1
4 x,-y,z,-1
loop_
_space_group_symop_magn_centering.id
_space_group_symop_magn_centering.xyz
1 x,y,z,+1
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
_atom_site_occupancy
Sr1 Sr 0.5 0.5 0.5 1
Ti1 Ti 0 0 0.015 1
O1 O 0 0 0.48 1
O2 O 0.5 0 -0.025 1
O3 O 0 0.5 -0.025 1
loop_
_atom_site_moment.label
_atom_site_moment.crystalaxis_x
_atom_site_moment.crystalaxis_y
_atom_site_moment.crystalaxis_z
Ti1 0 0 1.0
"""
LISTED = with_list(POLAR, "x,y,z", "-x,-y,z", "-y,x,z", "y,-x,z", "-x,y,z", "x,-y,z", "y,x,z", "-y,-x,z")
ATOMS = "Sr 1.95 1.95 2.0 {0}\nTi 0 0 0.08 {0}\nO 0 0 1.92 {0}\nO 1.95 0 -0.04 {0}\nO 0 1.95 -0.04 {0}\n"
FRAME = '5\nLattice="3.9 0 0 0 3.9 0 0 0 4" Properties=species:S:1:pos:R:3:forces:R:3:q:R:3 pbc="T T T" T=300\n'
EXTENDED = FRAME + ATOMS.format("0 0 0.1 0.2 0 0")
MOLECULE = "5\nmethane\nC 0 0 0\nH 0.63 0.63 0.63\nH -0.63 -0.63 0.63\nH -0.63 0.63 -0.63\nH 0.63 -0.63 -0.63\n"
RECORD = {
    "id": "a", "formula": "SrTiO3", "lattice": [[3.9, 0, 0], [0, 3.9, 0], [0, 0, 4.0]],
    "species": ["Sr", "Ti", "O", "O", "O"],
    "frac": [[0.5, 0.5, 0.5], [0, 0, 0.02], [0, 0, 0.48], [0.5, 0, -0.01], [0, 0.5, -0.01]],
}  # fmt: skip
RECORDS = "\n".join(json.dumps(RECORD | {"id": name}) for name in "abc") + "\n"
FIELDS = json.dumps(
    {key: RECORD[key] for key in ("lattice", "species", "frac")}
    | {
        "fields": {
            "E": {"kind": "vector", "per": "global", "values": [0, 0, 1.0]},
            "u": {"kind": "vector", "per": "atom", "values": [[0, 0, 0.1 * i] for i in range(5)]},
            "s": {"kind": "tensor", "per": "global", "rank": 2, "values": [[1, 0, 0], [0, 1, 0], [0, 0, 2]]},
        }
    },
    indent=1,
)  # fmt: skip

WORDS = (
    "nan", "inf", "-inf", "1e400", "-0", "1/0", "0/0", "9223372036854775808", "-2147483649", "999999999999",
    "1e-300", "1e9", "?", ".", "''", '"', "'", ";", "loop_", "data_x", "_atom_site_label", "#", "Qq", "Uuo", "H",
    "0.5(3)", "1(", "(5)", "x,y,z", "-x,y+1/0,z", "x,x,x", "x+y,z", "P -3 m 1", "F d -3 m", "230", "231", "0", "-1",
    "1e5", "Lattice=", "{", "}", "[", "]", "null", "true", "\u00e9", "\u2212", "\u00a0", "\x00", "\x1a", "\x85",
    "\ufeff", "A" * 5000, "9" * 5000, "[" * 3000, "\n\n", "\t",
)  # fmt: skip


class Overtime(BaseException):
    """Not an `Exception`, so that nothing inside the program catches it."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Stop what takes longer; code that never returns to Python is measured afterwards."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise Overtime(f"more than {seconds:g} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    start = time.monotonic()
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    if time.monotonic() - start > seconds:
        raise Overtime(f"more than {seconds:g} s")


def mutated(text: str, dice: random.Random) -> bytes:
    """The text after one to four changes of bytes, words, numbers or lines."""
    for _ in range(dice.choice((1, 1, 1, 2, 4))):
        parts = re.split(r"(\s+)", text) if dice.random() < 0.5 else text.splitlines(keepends=True)
        text = "".join(_rearranged(parts, dice)) if dice.random() < 0.5 else _retyped(text, dice)
    content = text.encode("utf-8", errors="replace")
    if dice.random() < 0.1 and content:
        spot = dice.randrange(len(content))
        content = content[:spot] + bytes([dice.randrange(256)]) + content[spot + 1 :]
    return content


def _rearranged(parts: list[str], dice: random.Random) -> list[str]:
    """One word or line removed, repeated, exchanged, or another put in its place or beside it."""
    if not parts:
        return parts
    where, other, kind = dice.randrange(len(parts)), dice.randrange(len(parts)), dice.randrange(5)
    if kind == 0:
        del parts[where]
    elif kind == 1:
        parts.insert(where, parts[other])
    elif kind == 2:
        parts[where], parts[other] = parts[other], parts[where]
    elif kind == 3:
        parts[where] = dice.choice(WORDS)
    else:
        parts.insert(where, f" {dice.choice(WORDS)} ")
    return parts


def _retyped(text: str, dice: random.Random) -> str:
    """One character changed, mostly a digit; or the rest of the file lost."""
    spots = [i for i, c in enumerate(text) if c.isdigit() or dice.random() < 0.1]
    if not spots:
        return text
    spot, kind = dice.choice(spots), dice.randrange(8)
    if kind == 0:
        return text[:spot]
    if kind == 1:
        return text[:spot] + chr(dice.randrange(256)) + text[spot + dice.randrange(3) :]
    if kind == 2:
        return text[:spot] + dice.choice(WORDS) + text[spot + 1 :]
    if kind == 3:
        return text[:spot] + dice.choice(("", "e3", "-", ".", "00", ",", "(5)")) + text[spot + 1 :]
    return text[:spot] + dice.choice("0123456789.-") + text[spot + 1 :]


def _read(path: Path) -> None:
    read_structure(path)


def _frames(path: Path) -> None:
    for frame in frames_of(path):
        assert frame.reason is None or frame.reason.strip()
        if frame.reason is None:
            frame.structure()


def _records(path: Path) -> None:
    """A damaged record never stops those beside it."""
    for source in list_sources(path):
        for piece in [p for p in (source.child, source.parent) if p is not None]:
            try:
                read_piece(piece)
            except InputError as refused:
                assert refused.message.strip() and refused.hint


def _fields(path: Path) -> None:
    read_fields(path)


READERS: dict[str, tuple[str, str, Callable[[Path], None]]] = {
    "CIF with a symbol": (POLAR, "a.cif", _read),
    "CIF with operations": (LISTED, "a.cif", _read),
    "magCIF": (MAGNETIC, "a.mcif", _read),
    "POSCAR": (poscar(), "POSCAR", _read),
    "XYZ": (MOLECULE, "a.xyz", _read),
    "extended XYZ": (EXTENDED, "a.extxyz", _read),
    "frames": (EXTENDED * 3, "a.xyz", _frames),
    "XDATCAR": (xdatcar(True), "XDATCAR", _frames),
    "XDATCAR of one cell": (xdatcar(False), "XDATCAR", _frames),
    "blocks of a CIF": (POLAR + PEROVSKITE.replace("data_test", "data_2"), "a.cif", _frames),
    "records": (RECORDS, "a.jsonl", _records),
    "field file": (FIELDS, "a.json", _fields),
    "fields of extended XYZ": (EXTENDED, "a.xyz", _fields),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", READERS)
def test_damaged_files_are_read_or_refused(name: str, tmp_path: Path) -> None:
    text, file, reader = READERS[name]
    parent = tmp_path / "parent.cif"
    parent.write_text(PEROVSKITE)
    dice = random.Random(f"damage to {name}")
    path, ends = tmp_path / file, Counter[str]()
    for number in range(MUTATIONS):
        path.write_bytes(mutated(text, dice))
        try:
            with within(LIMIT):
                reader(path)
            ends["read"] += 1
        except InternalError:
            raise
        except CurieBreakError as refused:
            assert refused.exit_code == 3 and refused.message.strip() and refused.hint, (number, refused)
            ends["refused"] += 1
            continue
        except (Exception, Overtime) as failure:
            (tmp_path / f"failed_{number}_{file}").write_bytes(path.read_bytes())
            raise AssertionError(f"mutation {number} of {name}: {failure!r}, kept in {tmp_path}") from failure
        if reader is _read and ends["read"] % ANALYSED == 0 and file != "a.xyz":
            _analysed(parent, path, f"mutation {number} of {name}")
    assert ends["read"] > MUTATIONS // 20, ends


def _analysed(parent: Path, child: Path, what: str) -> None:
    try:
        with within(LIMIT):
            decompose(parent, child)
    except CurieBreakError as refused:
        assert refused.exit_code in (3, 4), (what, refused)
    except (Exception, Overtime) as failure:
        raise AssertionError(f"{what}: {failure!r}\n{child.read_bytes()!r}") from failure


@pytest.mark.slow
@pytest.mark.parametrize("name", ["CIF with a symbol", "POSCAR", "extended XYZ", "field file"])
def test_damaged_files_on_the_command_line(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit codes of the contract and nothing on the terminal but sentences."""
    monkeypatch.chdir(tmp_path)
    text, file, _ = READERS[name]
    Path("parent.cif").write_text(PEROVSKITE)
    command = ["check", "parent.cif", file] if name == "field file" else ["modes", "parent.cif", file]
    dice = random.Random(f"command line with {name}")
    for number in range(40):
        Path(file).write_bytes(mutated(text, dice))
        with within(LIMIT):
            code = run(command)
        shown = capsys.readouterr()
        assert code in (0, 3, 4), (number, code, shown.err, Path(file).read_bytes())
        assert "Traceback" not in shown.err + shown.out and not Path("error.log").exists()
