"""Files of many frames of other programs, and compressed files: every frame is read, or it is said which one."""

from __future__ import annotations

import bz2
import csv
import gzip
import json
import lzma
import shutil
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.io import write
from command_line import CommandLine
from pairs import STRUCTURES

from curiebreak.errors import InputError
from curiebreak.modes.build import distort
from curiebreak.scan.analysing import read_piece
from curiebreak.scan.inputs import list_sources
from curiebreak.structures import read_structure
from curiebreak.structures.frames import frames_of

CUBIC = STRUCTURES / "srtio3_cubic.cif"
SPECIES = ["Sr", "Ti", "O", "O", "O"]
LENGTH = 3.9


def frame(shift: float) -> Atoms:
    """A cubic perovskite whose Ti has moved along z by `shift` (fraction)."""
    places = [[0, 0, 0], [0.5, 0.5, 0.5 + shift], [0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5]]
    return Atoms(SPECIES, cell=np.eye(3) * LENGTH, scaled_positions=places, pbc=True)


FRAMES = [frame(0.01 * i) for i in range(4)]
VASPRUN = """<?xml version="1.0" encoding="ISO-8859-1"?>
<modeling>
 <generator><i name="program" type="string">vasp</i><i name="version" type="string">5.4.4</i></generator>
 <incar></incar>
 <kpoints></kpoints>
 <parameters></parameters>
 <atominfo><atoms>5</atoms><types>3</types>
  <array name="atoms"><dimension dim="1">ion</dimension><field type="string">element</field>
   <field type="int">atomtype</field>
   <set>{atoms}</set></array>
  <array name="atomtypes"><set></set></array>
 </atominfo>
 <structure name="initialpos"><crystal><varray name="basis">{basis}</varray></crystal>
  <varray name="positions">{first}</varray></structure>
 {steps}
</modeling>
"""


def vasprun() -> str:
    def rows(values: np.ndarray) -> str:
        return "".join("<v>" + " ".join(f"{x:.8f}" for x in row) + "</v>" for row in values)

    basis = rows(np.eye(3) * LENGTH)
    steps = []
    for i, atoms in enumerate(FRAMES):
        places = rows(atoms.get_scaled_positions())
        energy = f'<energy><i name="e_fr_energy">{-i}.0</i><i name="e_0_energy">{-i}.0</i></energy>'
        steps.append(
            f'<calculation><scstep>{energy}</scstep><structure><crystal><varray name="basis">{basis}</varray></crystal>'
            f'<varray name="positions">{places}</varray></structure>'
            f'<varray name="forces">{rows(np.zeros((5, 3)))}</varray>'
            f'<varray name="stress">{rows(np.zeros((3, 3)))}</varray>{energy}</calculation>'
        )
    kinds = {"Sr": 1, "Ti": 2, "O": 3}
    atoms = "".join(f"<rc><c>{name}</c><c>{kinds[name]}</c></rc>" for name in SPECIES)
    first = rows(FRAMES[0].get_scaled_positions())
    return VASPRUN.format(atoms=atoms, basis=basis, first=first, steps="".join(steps))


def dump(elements: bool = True) -> str:
    text = ""
    for i, atoms in enumerate(FRAMES):
        text += f"ITEM: TIMESTEP\n{i}\nITEM: NUMBER OF ATOMS\n5\nITEM: BOX BOUNDS pp pp pp\n" + f"0.0 {LENGTH}\n" * 3
        text += "ITEM: ATOMS id type " + ("element " if elements else "") + "xs ys zs\n"
        order = [3, 0, 1, 4, 2]  # a dump has the atoms in any order
        places = atoms.get_scaled_positions()
        for k in order:
            kind = {"Sr": 1, "Ti": 2, "O": 3}[SPECIES[k]]
            name = SPECIES[k] + " " if elements else ""
            text += f"{k + 1} {kind} {name}" + " ".join(f"{x:.8f}" for x in places[k]) + "\n"
    return text


def made(folder: Path, name: str) -> Path:
    path = folder / name
    if name.endswith(".traj"):
        write(path, FRAMES)
    elif name.endswith(".xml"):
        path.write_text(vasprun())
    elif name == "XDATCAR":
        write(path, FRAMES, format="vasp-xdatcar")
    elif name.endswith(".json"):
        from pymatgen.io.ase import AseAtomsAdaptor

        path.write_text(json.dumps([AseAtomsAdaptor.get_structure(atoms).as_dict() for atoms in FRAMES]))
    elif name.endswith(".extxyz"):
        write(path, FRAMES)
    else:
        path.write_text(dump())
    return path


NAMES = ["run.traj", "vasprun.xml", "md.lammpstrj", "dump.melt", "set.json", "XDATCAR", "md.extxyz"]


@pytest.mark.parametrize("packed", ["", ".gz"])
@pytest.mark.parametrize("name", NAMES)
def test_every_frame(tmp_path: Path, name: str, packed: str) -> None:
    path = made(tmp_path, name)
    if packed:
        squeezed = path.with_name(path.name + packed)
        squeezed.write_bytes(gzip.compress(path.read_bytes()))
        path = squeezed
    found = list(frames_of(path))
    assert [one.reason for one in found] == [None] * 4
    for i, one in enumerate(found):
        assert list(one.species) == SPECIES or sorted(one.species) == sorted(SPECIES)
        titanium = one.frac[one.species.index("Ti")]
        assert titanium == pytest.approx([0.5, 0.5, 0.5 + 0.01 * i], abs=1e-5)
    read = read_structure(path)
    which = 3 if name in ("run.traj", "vasprun.xml") else 0
    assert read.coords[read.species.index("Ti")][2] == pytest.approx(0.5 + 0.01 * which, abs=1e-5)
    words = "last" if which else "first"
    assert any(f"the {words}" in text and ("4" in text or "more than one" in text) for text in read.messages)


def test_one_frame_needs_no_word(tmp_path: Path) -> None:
    write(tmp_path / "one.traj", FRAMES[0])
    assert read_structure(tmp_path / "one.traj").messages == ()


def test_energies_come_along(tmp_path: Path) -> None:
    found = list(frames_of(made(tmp_path, "vasprun.xml")))
    assert [one.info["energy"] for one in found] == [0.0, -1.0, -2.0, -3.0]


@pytest.mark.parametrize(("suffix", "pack"), [(".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress)])
def test_packed_structures(command_line: CommandLine, suffix: str, pack: object) -> None:
    packed = Path("parent.cif" + suffix)
    packed.write_bytes(pack(CUBIC.read_bytes()))  # type: ignore[operator]
    assert np.allclose(read_structure(packed).coords, read_structure(CUBIC).coords)
    shutil.copy(STRUCTURES / "srtio3_i4mcm.cif", "child.cif")
    Path("child.cif" + suffix).write_bytes(pack(Path("child.cif").read_bytes()))  # type: ignore[operator]
    assert "I4/mcm" in command_line("modes", packed, "child.cif" + suffix).out


def test_damage_is_told(tmp_path: Path, command_line: CommandLine) -> None:
    whole = made(tmp_path, "md.lammpstrj").read_text()
    (tmp_path / "cut.lammpstrj").write_text(whole[:-60])
    assert list(frames_of(tmp_path / "cut.lammpstrj"))[-1].reason is not None
    (tmp_path / "cut.cif.gz").write_bytes(gzip.compress(CUBIC.read_bytes())[:-30])
    assert "no readable .gz file" in command_line.refuses(3, "modes", tmp_path / "cut.cif.gz", CUBIC).err
    (tmp_path / "bad.traj").write_bytes(b"- of Ulm nothing")
    assert "not a readable ASE trajectory" in command_line.refuses(3, "modes", CUBIC, tmp_path / "bad.traj").err
    (tmp_path / "other.json").write_text('{"a": 1}')
    assert "no structure of pymatgen" in command_line.refuses(3, "modes", CUBIC, tmp_path / "other.json").err
    (tmp_path / "cut.xml").write_text(vasprun()[:-200])
    assert [one.reason is None for one in frames_of(tmp_path / "cut.xml")] == [True] * 3 + [False]
    messages = read_structure(tmp_path / "cut.xml").messages
    assert any("the last is read" in text for text in messages) and any("ends early" in text for text in messages)
    (tmp_path / "bad.xml").write_text("<modeling>")
    assert "vasprun.xml" in command_line.refuses(3, "modes", CUBIC, tmp_path / "bad.xml").err


@pytest.mark.parametrize("name", ["a.cif.gz", "a.xyz.gz", "a.xyz.xz", "dump.a.gz"])
def test_bytes_changed_in_a_packed_file_are_told(tmp_path: Path, name: str) -> None:
    """The library that unpacks has an error of its own for them, which is neither of the system nor of a number."""
    text = np.random.default_rng(1).bytes(3000).hex().encode()
    content = bytearray((lzma.compress if name.endswith("xz") else gzip.compress)(text))
    for place in range(200, 260):
        content[place] ^= 255
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=f"no readable {Path(name).suffix} file"):
        read_structure(tmp_path / name)
    with suppress(InputError):
        assert all(one.reason for one in frames_of(tmp_path / name))


def test_types_are_no_elements(tmp_path: Path) -> None:
    (tmp_path / "md.lammpstrj").write_text(dump(elements=False))
    with pytest.raises(InputError, match="no column `element`"):
        read_structure(tmp_path / "md.lammpstrj")
    assert "element" in (next(frames_of(tmp_path / "md.lammpstrj")).reason or "")


def test_contcar_with_velocities(tmp_path: Path) -> None:
    """VASP appends velocities and a predictor-corrector block after a run of molecular dynamics."""
    child = distort(CUBIC, ["GM4-(a,0,0)=0.2"]).structure
    from curiebreak.structures import write_structure

    write_structure(child, tmp_path / "CONTCAR")
    plain = read_structure(tmp_path / "CONTCAR")
    with (tmp_path / "CONTCAR").open("a") as stream:
        stream.write("\n" + "  0.1E-02  0.2E-02  -0.3E-02\n" * len(child))
        stream.write("\n 1\n 0.1E+01\n" + " 0.5 0.5 0.5 0.5\n" * 12)
    moving = read_structure(tmp_path / "CONTCAR")
    assert np.allclose(moving.coords, plain.coords) and moving.species == plain.species


def test_track_reads_them(command_line: CommandLine, tmp_path: Path) -> None:
    made(tmp_path, "run.traj")
    assert command_line("track", CUBIC, tmp_path / "run.traj", "-o", "series.csv").code == 0
    rows = list(csv.DictReader(Path("series.csv").read_text().splitlines()))
    assert [row["status"] for row in rows] == ["ok"] * 4 and [row["name"] for row in rows][-1] == "run:3"


@pytest.mark.parametrize("packed", [False, True])
def test_a_scan_takes_every_frame(tmp_path: Path, packed: bool) -> None:
    """A folder of all formats: four frames of each with the shift of its Ti, nothing left aside."""
    folder = tmp_path / "all"
    folder.mkdir()
    cell = {"lattice": (LENGTH * np.eye(3)).tolist(), "species": SPECIES}
    records = [json.dumps(cell | {"id": f"r{i}", "frac": FRAMES[i].get_scaled_positions().tolist()}) for i in range(4)]
    (folder / "set.jsonl").write_text("\n".join(records))
    for name in NAMES:
        made(folder, name)
    shutil.copy(CUBIC, folder / "one.cif")
    (folder / "result.json").write_text('{"command": "modes"}')
    (folder / "other.xml").write_text("<a/>")
    if packed:
        for path in list(folder.iterdir()):
            path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes()))
            path.unlink()
    sources = list(list_sources(folder))
    assert len(sources) == 4 * (len(NAMES) + 1) + 1
    assert len({one.key for one in sources}) == len(sources)
    shifts: dict[str, list[float]] = {}
    for one in sources:
        read = read_piece(one.child)
        home = 0.5 * (np.array(read.species) == "Ti").any()
        place = read.coords[read.species.index("Ti")]
        shifts.setdefault(Path(one.path).name, []).append(float(place[2] - home))
    for name, found in shifts.items():
        wanted = [0.0] if name.startswith("one") else [0.0, 0.01, 0.02, 0.03]
        assert found == pytest.approx(wanted, abs=1e-5), name


def test_a_damaged_trajectory_is_one_row_of_a_scan(tmp_path: Path) -> None:
    (tmp_path / "bad.traj").write_bytes(b"- of Ulm nothing")
    (tmp_path / "cut.xml").write_text("nothing")
    (tmp_path / "vasprun.xml").write_text(vasprun()[:-200])
    found = list(list_sources(tmp_path))
    assert [Path(one.path).name for one in found] == ["bad.traj"] + ["vasprun.xml"] * 4
    with pytest.raises(InputError, match="not a readable ASE trajectory"):
        read_piece(found[0].child)
    with pytest.raises(InputError, match="after 3 frames"):
        read_piece(found[-1].child)
