"""Series in one fixed domain: what is put in comes out, frame by frame, with its sign."""

from __future__ import annotations

import csv
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
from series import Cell, in_cubes

from curiebreak import decompose, distort
from curiebreak.errors import InputError, NotCompatibleError, UsageError
from curiebreak.modes.build import distort_series
from curiebreak.modes.builder import RequestedIrrep, build_child
from curiebreak.modes.lookup import find_irrep
from curiebreak.structures import read_structure, write_cif
from curiebreak.structures.frames import Frame
from curiebreak.symmetry.bloch import bloch_space
from curiebreak.symmetry.parent import ParentCrystal, parent_crystal
from curiebreak.tracking import Tracking, track
from curiebreak.tracking.flips import find_flips
from curiebreak.tracking.matching import Matcher, PlacedFrame
from curiebreak.tracking.template import make_template

SIGMA = 0.05
FRAMES, FLIP, CRITICAL = 120, 50, 400.0
CUBES = ((2.0, 0.0, 0.0), (0.0, 2.0, 0.0), (0.0, 0.0, 2.0))


@pytest.fixture(scope="module")
def parent(structures: Path) -> ParentCrystal:
    return parent_crystal(read_structure(structures / "lamno3_cubic.cif"))


def temperature(frame: int) -> float:
    return 100.0 + 4.0 * frame


def put_in(frame: int) -> dict[str, list[float]]:
    """Order parameters (Ap, Å) of a transition at 400 K with a flip of both signs and arms half-way."""
    size = np.sqrt(max(0.0, 1.0 - temperature(frame) / CRITICAL))
    if frame < FLIP:
        return {"R4+": [0.0, 0.4 * size, 0.4 * size], "M3+": [0.3 * size, 0.0, 0.0]}
    return {"R4+": [-0.4 * size, 0.0, 0.4 * size], "M3+": [0.0, 0.3 * size, 0.0]}


@lru_cache(maxsize=32)
def unit(parent: ParentCrystal, label: str, component: int) -> Cell:
    """A child in 2 x 2 x 2 cells with one component of an order parameter, 0.1 Å (Ap)."""
    space = bloch_space(parent, 2 * np.eye(3, dtype=np.int64))
    irrep = find_irrep(parent, label)
    wanted = RequestedIrrep(irrep, None, 1, 0.1 * np.sqrt(space.size) * np.eye(irrep.dim)[component], label)
    return in_cubes(build_child(parent, [wanted], np.zeros((3, 3)), space))


def built(parent: ParentCrystal, parameters: dict[str, list[float]], strain: float = 0.0) -> Cell:
    """Components added up in the one cell of 2 x 2 x 2 parent cells; a strain along x."""
    one = unit(parent, "R4+", 0)
    plain = Cell(one.lattice, one.species, np.round(one.frac * 4) / 4)
    frac = plain.frac + sum(
        10 * value * (unit(parent, label, i).frac - plain.frac)
        for label, components in parameters.items()
        for i, value in enumerate(components)
    )
    return Cell(plain.lattice @ np.diag([1 + strain, 1, 1]), plain.species, frac)


@pytest.fixture(scope="module")
def transition(parent: ParentCrystal, tmp_path_factory: pytest.TempPathFactory) -> Tracking:
    rng = np.random.default_rng(3)
    path = tmp_path_factory.mktemp("series") / "md.extxyz"
    with path.open("w") as stream:
        for frame in range(FRAMES):
            cell = built(parent, put_in(frame), strain=1e-4 * frame).noisy(rng, SIGMA).moved([0.003 * frame, 0, 0])
            stream.write(cell.text(temperature=temperature(frame)))
    return track(parent, path, path.with_suffix(".csv"), column="temperature")


def test_signed_amplitudes_follow_what_was_put_in(transition: Tracking) -> None:
    assert transition.report.supercell_basis == CUBES and transition.report.size == 8
    assert transition.report.used == FRAMES and not transition.report.refused
    scatter = SIGMA / np.sqrt(8)
    rest = []
    for label in ("R4+", "M3+"):
        wanted = np.array([put_in(frame)[label] for frame in range(FRAMES)])
        got = np.stack([transition.curves.of(f"{label}({i})") for i in (1, 2, 3)], axis=1)
        rest.append(got - wanted)
    assert np.abs(rest).max() < 5 * scatter
    assert np.sqrt(np.mean(np.square(rest))) == pytest.approx(scatter, rel=0.15)
    strain = transition.curves.of("strain_xx")
    assert np.abs(strain - 1e-4 * np.arange(FRAMES)).max() < 1e-9
    assert transition.curves.x == [temperature(frame) for frame in range(FRAMES)]


def test_the_flip_is_seen_and_nothing_else(transition: Tracking) -> None:
    (flip,) = transition.report.flips
    assert flip.frame == FLIP and flip.name == f"md:{FLIP}"
    changes = {one.irrep: (np.array(one.before), np.array(one.after)) for one in flip.irreps}
    assert set(changes) == {"R4+", "M3+"}
    for label, (before, after) in changes.items():
        for mean, frame in ((before, FLIP - 1), (after, FLIP)):
            assert np.abs(mean - put_in(frame)[label]).max() < 0.06


def test_the_table_has_every_frame(transition: Tracking) -> None:
    with Path(str(transition.report.table)).open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert tuple(rows[0]) == transition.report.columns
    assert [int(row["frame"]) for row in rows] == list(range(FRAMES))
    assert all(row["status"] == "ok" for row in rows)
    assert [float(row["temperature"]) for row in rows] == transition.curves.x
    own = [float(row["R4+(3)"]) for row in rows]
    assert np.abs(own - transition.curves.of("R4+(3)")).max() < 1e-9


def one_frame(parent: ParentCrystal, cell: Cell, path: Path, first: Cell | None = None, **more: object) -> Tracking:
    path.write_text((first.text() if first is not None else "") + cell.text())
    return track(parent, path, **more)  # type: ignore[arg-type]


def test_tilts_are_those_of_the_glazer_symbol(parent: ParentCrystal, tmp_path: Path) -> None:
    child = in_cubes(distort(parent, glazer="a+b-b-", angles=[7.0, 9.0, 9.0]))
    curves = one_frame(parent, child, tmp_path / "t.extxyz").curves
    found = {name: abs(float(curves.of(f"tilt_{name}")[0])) for name in ("x+", "y+", "z+", "x-", "y-", "z-")}
    assert found == pytest.approx({"x+": 7, "y+": 0, "z+": 0, "x-": 0, "y-": 9, "z-": 9}, abs=1e-6)


def test_amplitudes_are_those_of_the_decomposition(structures: Path, parent: ParentCrystal) -> None:
    child = structures / "lamno3_pnma.cif"
    tracking = track(parent, child)
    exact = decompose(structures / "lamno3_cubic.cif", child)
    for entry in exact.irreps:
        if entry.kind == "displacement":
            own = tracking.curves.of(f"amp_{entry.irrep}")[0]
            assert own == pytest.approx(entry.amplitude_parent, abs=1e-9)
        else:
            names = [n for n in tracking.curves.columns.numbers if n.startswith(f"strain_{entry.irrep}(")]
            own = np.linalg.norm([tracking.curves.of(name)[0] for name in names])
            assert own == pytest.approx(entry.amplitude_parent, abs=1e-9)
    assert tracking.curves.of("amp_other")[0] < 1e-6


def test_squared_amplitudes_add_up(parent: ParentCrystal, tmp_path: Path) -> None:
    cell = built(parent, {"R4+": [0.3, 0.0, 0.0]}).noisy(np.random.default_rng(0), 0.1)
    curves = one_frame(parent, cell, tmp_path / "t.extxyz").curves
    total = sum(float(curves.of(n)[0]) ** 2 for n in curves.columns.numbers if n.startswith("amp_"))
    assert total == pytest.approx(5 * float(curves.of("rms")[0]) ** 2)
    assert curves.of("amp_other")[0] < 1e-6  # all wave vectors of 2 x 2 x 2 cells are special
    large = in_cubes(distort(parent, ["R4+(a,0,0)=0.3"], amplitude="Ap"), 4).noisy(np.random.default_rng(0), 0.1)
    alone = one_frame(parent, cell, tmp_path / "t.extxyz", irreps=["R4+"])
    held = {n for n in curves.columns.numbers if n.startswith("amp_") and n not in ("amp_R4+", "amp_other")}
    assert f"({len(held)} of them, column amp_other)" in alone.report.messages[0]
    some = one_frame(parent, large, tmp_path / "u.extxyz")
    assert some.curves.of("amp_other")[0] > 0.1 and "--irreps all" in some.report.messages[0]
    every = one_frame(parent, large, tmp_path / "u.extxyz", irreps=["all"])
    assert every.curves.of("amp_other")[0] < 1e-6
    assert every.curves.of("R4+(1)")[0] == pytest.approx(float(some.curves.of("R4+(1)")[0]))


def test_origin_axes_and_order_do_not_matter(parent: ParentCrystal, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    first = built(parent, {"R4+": [0.1, 0.3, -0.2], "M3+": [0.0, 0.2, 0.0]}, strain=0.01).noisy(rng, 0.02)
    turn, _ = np.linalg.qr(rng.standard_normal((3, 3)))
    turn *= np.sign(np.linalg.det(turn))
    others = [first.moved([0.49, 0.3, 0.11]), first.turned(turn), first.shuffled(rng)]
    path = tmp_path / "t.extxyz"
    path.write_text("".join(cell.text() for cell in (first, *others)))
    tracking = track(parent, path)
    assert tracking.report.used == 4
    values = tracking.curves.values
    assert np.abs(values - values[0]).max() < 1e-8


def test_cifs_of_other_settings_share_one_domain(parent: ParentCrystal, tmp_path: Path) -> None:
    """Pnma, I4/mcm and Pm-3m in their own cells and orders: amplitudes go on, the cubic one has none."""
    rng = np.random.default_rng(5)
    sizes = [1.0, 0.8, 0.5]
    for number, size in enumerate(sizes):
        child = distort(parent, [f"R4+(0,b,b)={0.5 * size}", f"M3+(a;0;0)={0.3 * size}"], amplitude="Ap").structure
        order = rng.permutation(len(child))
        moved = (child.coords[order] + [0.25 * number, 0, 0]) % 1.0
        write_cif((child.lattice, [child.species[i] for i in order], moved), tmp_path / f"p{number}.cif")
    tetragonal = distort(parent, ["R4+(a,0,0)=0.4"], amplitude="Ap").structure
    write_cif(tetragonal, tmp_path / "p3.cif")
    write_cif(parent.structure, tmp_path / "p4.cif")
    tracking = track(parent, str(tmp_path / "p*.cif"))
    assert tracking.report.used == 5, tracking.report.refused
    amplitudes = np.stack([tracking.curves.of(f"amp_{label}") for label in ("R4+", "M3+")], axis=1)
    wanted = [[0.5 * s, 0.3 * s] for s in sizes] + [[0.4, 0.0], [0.0, 0.0]]
    assert np.abs(amplitudes - wanted).max() < 1e-4
    signed = np.stack([tracking.curves.of(f"R4+({i})")[:3] for i in (1, 2, 3)], axis=1)
    assert np.abs(signed - signed[0] * np.array(sizes)[:, None]).max() < 1e-4
    assert not tracking.report.flips


def test_conditions_and_tables_become_columns(structures: Path, tmp_path: Path) -> None:
    text = (structures / "lamno3_pnma.cif").read_text()
    for kelvin in (300, 10):
        stated = f"_diffrn_ambient_temperature {kelvin}(2)\n_cell_length_a"
        (tmp_path / f"k{kelvin}.cif").write_text(text.replace("_cell_length_a", stated, 1))
    (tmp_path / "more.csv").write_text("file,field\nk10.cif,1.5\nk300.cif,2.5\n")
    files = [tmp_path / "k300.cif", tmp_path / "k10.cif"]
    tracking = track(structures / "lamno3_cubic.cif", files, column="temperature", table=tmp_path / "more.csv")
    assert tracking.curves.x == [300.0, 10.0]
    assert tracking.report.columns[5:7] == ("field", "temperature")
    against = track(structures / "lamno3_cubic.cif", files, column="field", table=tmp_path / "more.csv")
    assert against.curves.x == [2.5, 1.5]
    with pytest.raises(UsageError, match="no column 'pressure'"):
        track(structures / "lamno3_cubic.cif", files, column="pressure")


@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_a_table_of_frames_is_taken_by_number_or_by_name(structures: Path, tmp_path: Path, suffix: str) -> None:
    """Files named 1 to 3 are frames 0 to 2; what is no number is missing, and a row without frame is told."""
    for name in "123":
        (tmp_path / f"{name}.cif").write_text((structures / "lamno3_pnma.cif").read_text())
    files = [tmp_path / f"{name}.cif" for name in "123"]
    rows = {"frame": [10.0, 20.0, 30.0], "name": [20.0, 30.0, 40.0]}
    for column, wanted in rows.items():
        (tmp_path / "t.csv").write_text(f"\ufeff{column}, T \n0,10\n 1 ,20\n2,30\n3,40\n")
        found = track(structures / "lamno3_cubic.cif", files, column="T", table=tmp_path / "t.csv")
        assert found.curves.x == wanted
        left = {"frame": "3", "name": "0"}[column]
        assert f"1 of 4 rows of the table name no frame of the series: {left}." in found.report.messages
    (tmp_path / "t.csv").write_text("frame,T\n0,10\n1,nan\n2,inf\n")
    output = tmp_path / f"o{suffix}"
    track(structures / "lamno3_cubic.cif", files, output, table=tmp_path / "t.csv")
    assert not {"nan", "inf", "NaN", "Infinity"} & set(output.read_text().replace(":", ",").replace(" ", "").split(","))
    for twice in ("frame,T,T\n0,1,2\n", "frame,T\n0,1\n0,2\n"):
        (tmp_path / "t.csv").write_text(twice)
        with pytest.raises(InputError, match="two columns 'T'|names '0' again"):
            track(structures / "lamno3_cubic.cif", files, table=tmp_path / "t.csv")


def test_damaged_and_foreign_frames_are_rows(parent: ParentCrystal, structures: Path, tmp_path: Path) -> None:
    frames = [built(parent, {"R4+": [0.3, 0.0, 0.0]}).text() for _ in range(8)]
    frames[1] = frames[1].replace("La ", "La x", 1)
    frames[2] = "\n".join(frames[2].splitlines()[:-7]) + "\n"  # atoms missing: the next header comes too early
    frames[4] = frames[4].replace("Mn ", "Fe ")
    frames[5] = frames[5].replace("\n", " atoms\n", 1)
    frames[6] = built(parent, {"R4+": [0.3, 0.0, 0.0]}).noisy(np.random.default_rng(0), 2.0).text()
    frames[7] = frames[7][: len(frames[7]) // 2]
    path = tmp_path / "t.extxyz"
    path.write_text("".join(frames))
    tracking = track(parent, path, tmp_path / "t.csv")
    with (tmp_path / "t.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    statuses = [row["status"] for row in rows]
    assert statuses == ["ok", "damaged", "damaged", "ok", "refused", "damaged", "refused", "damaged"]
    assert all(bool(row["reason"]) == (row["status"] != "ok") for row in rows)
    assert "Fe" in rows[4]["reason"] and "ends after" in rows[7]["reason"]
    assert [float(row["R4+(1)"]) for row in rows if row["status"] == "ok"] == pytest.approx([0.3, 0.3], abs=1e-6)
    assert sum(tracking.report.refused.values()) == 6 and tracking.report.used == 2


def test_reference_and_domain(parent: ParentCrystal, structures: Path, tmp_path: Path) -> None:
    one, other = ({"R4+": [0.3, 0.0, 0.0]}, {"R4+": [0.0, 0.3, 0.0]})
    path = tmp_path / "t.extxyz"
    path.write_text(built(parent, one, strain=0.02).text() + built(parent, other).text())
    write_cif(built(parent, one, strain=0.02).structure(), tmp_path / "r.cif", symprec=1e-9)
    for reference in (0, 1, str(path)):
        report = track(parent, path, reference=reference).report
        assert report.supercell_basis == CUBES and report.used == 2
    turned = [[0, 2, 0], [0, 0, 2], [2, 0, 0]]
    curves = track(parent, path, domain=turned).curves
    assert np.abs(curves.of("R4+(1)")).max() < 1e-6
    with pytest.raises(InputError, match="series is shorter"):
        track(parent, path, reference=7)
    with pytest.raises(InputError, match="no irrep Z9"):
        track(parent, path, irreps=["Z9"])
    with pytest.raises(NotCompatibleError, match="does not fit the parent"):
        track(structures / "zro2_cubic.cif", path)


def test_a_small_child_is_the_reference_of_a_large_cell(parent: ParentCrystal, tmp_path: Path) -> None:
    rng = np.random.default_rng(8)
    child = distort(parent, ["R4+(0,b,b)=0.4", "M3+(a;0;0)=0.3"], amplitude="Ap")
    write_cif(child.structure, tmp_path / "child.cif")
    large = in_cubes(child, 4).shuffled(rng)
    frames = [large.noisy(rng, 0.05) for _ in range(3)]
    path = tmp_path / "md.extxyz"
    path.write_text("".join(frame.text() for frame in frames))
    tracking = track(parent, path, tmp_path / "t.csv", reference=tmp_path / "child.cif")
    assert tracking.report.used == 3 and tracking.report.size == 64
    with (tmp_path / "t.csv").open(newline="") as stream:
        assert [bool(row["note"]) for row in csv.DictReader(stream)] == [True, False, False]
    assert tracking.curves.of("amp_R4+") == pytest.approx([0.4] * 3, abs=0.05)
    assert tracking.curves.of("amp_M3+") == pytest.approx([0.3] * 3, abs=0.05)


def test_the_mean_displacement_is_removed(parent: ParentCrystal) -> None:
    cell = built(parent, {"R4+": [0.3, 0.0, 0.0]}).noisy(np.random.default_rng(4), 0.2)
    template = make_template(parent, cell.structure())
    placed = Matcher(template, cell.species).place(
        Frame("a", "", cell.lattice, cell.species, cell.moved([0.1, 0, 0]).frac)
    )
    assert isinstance(placed, PlacedFrame)
    for displacements in (template.displacements(template.fit), placed.displacements):
        assert np.abs(displacements.mean(axis=0)).max() < 1e-12


def test_noise_and_gradual_turns_are_no_flips() -> None:
    rng = np.random.default_rng(2)
    signs = np.array([[[a, 0], [0, b]] for a in (1, -1) for b in (1, -1)], dtype=float)
    swaps = signs @ np.array([[0.0, 1.0], [1.0, 0.0]])
    images = np.concatenate([signs, swaps])
    noise = rng.standard_normal((2000, 1, 2)) * 0.05
    assert find_flips("X", noise, images, (0, 1)) == []
    angle = np.linspace(0, np.pi / 4, 2000)
    turning = np.stack([np.cos(angle), np.sin(angle)], axis=1)[:, None] + noise
    assert find_flips("X", turning, images, (0, 1)) == []
    jump = np.where(np.arange(2000)[:, None, None] < 701, [[[1.0, 0.0]]], [[[0.0, -1.0]]]) + noise
    for size in (1, 3, 12):
        only = rng.standard_normal((2000, 1, size)) * 0.05
        both = np.array([np.eye(size), -np.eye(size)])
        assert find_flips("X", only, both, tuple(range(size))) == []
        assert find_flips("X", only[:60], both, tuple(range(size))) == []
    (found,) = find_flips("X", jump, images, (0, 1))
    assert found.frame == 701
    assert found.after == pytest.approx([0.0, -1.0], abs=0.1)


@pytest.mark.parametrize("frames", [2, 4, 6, 12])
def test_a_short_noisy_series_has_the_flip_and_no_other(frames: int, structures: Path, tmp_path: Path) -> None:
    """Every irrep but the tilt holds nothing but the scatter of 10 mÅ."""
    built = distort_series(structures / "lamno3_cubic.cif", [], "R4+(a,0,0)", [0.3, -0.3], amplitude="Ap")
    cells = [Cell(np.asarray(c.structure.lattice), c.structure.species, c.structure.coords) for c in built]
    rng, flip = np.random.default_rng(frames), frames // 2
    file = tmp_path / "md.extxyz"
    file.write_text("".join(cells[i >= flip].noisy(rng, 0.01).text() for i in range(frames)))
    report = track(structures / "lamno3_cubic.cif", [file]).report
    assert [(one.frame, [irrep.irrep for irrep in one.irreps]) for one in report.flips] == [(flip, ["R4+"])]


@pytest.mark.parametrize("frames", [5, 9, 33, 101])
def test_a_steady_drift_through_zero_is_one_flip(frames: int) -> None:
    """The frame is the crossing; what is given as before has the old sign."""
    series = np.linspace(1.0, -1.0, frames)[:, None, None]
    (flip,) = find_flips("R5-", series, np.array([[[1.0]], [[-1.0]]]), (0,))
    assert abs(flip.frame - (frames - 1) / 2) <= 1
    assert flip.before[0] > 0 > flip.after[0]
