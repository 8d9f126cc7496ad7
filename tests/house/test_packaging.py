"""Wheel and source distribution: metadata, contents, and a wheel that works away from the source."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest

import curiebreak

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "curiebreak"
NEEDED = ("pyproject.toml", "README.md", "LICENSE", "curiebreak", "recipes", "structures")
BUILD = "from setuptools.build_meta import build_sdist, build_wheel; build_wheel('out'); build_sdist('out')"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with a wheel and a source distribution, built from a copy of the tree."""
    copy = tmp_path_factory.mktemp("tree")
    for name in NEEDED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, copy / name)
    (copy / "out").mkdir()
    subprocess.run([sys.executable, "-c", BUILD], cwd=copy, check=True, capture_output=True)
    return copy / "out"


@pytest.fixture(scope="module")
def wheel(built: Path) -> zipfile.ZipFile:
    return zipfile.ZipFile(next(built.glob("*.whl")))


@pytest.fixture(scope="module")
def metadata(wheel: zipfile.ZipFile) -> Message:
    name = next(n for n in wheel.namelist() if n.endswith(".dist-info/METADATA"))
    return Parser().parsestr(wheel.read(name).decode())


def test_metadata(metadata: Message) -> None:
    assert metadata["Name"] == "curiebreak" and metadata["Version"] == curiebreak.__version__
    assert metadata["License-Expression"] == "MIT" and metadata["Requires-Python"] == ">=3.11"
    assert metadata["Summary"] and metadata["Author"] and metadata["Description-Content-Type"] == "text/markdown"
    assert str(metadata.get_payload()).startswith("# curiebreak")
    versions = {c.split(" :: ")[-1] for c in metadata.get_all("Classifier", []) if "Python :: 3." in c}
    assert versions == {"3.11", "3.12", "3.13"}
    extras = {"dask", "docs", "notebook", "phonons", "test", "parquet", "trees"}
    assert extras == set(metadata.get_all("Provides-Extra", []))


def test_extras_are_small(metadata: Message) -> None:
    requirements = metadata.get_all("Requires-Dist", [])
    most_of = {"dask": 1, "docs": 3, "notebook": 1, "parquet": 1, "phonons": 1, "test": 14, "trees": 1}
    for extra, most in most_of.items():
        assert 0 < sum(f'extra == "{extra}"' in line for line in requirements) <= most


def test_wheel_holds_the_package_and_its_data(wheel: zipfile.ZipFile) -> None:
    wanted = {
        str(path.relative_to(ROOT)) for path in PACKAGE.rglob("*") if path.is_file() and "__pycache__" not in path.parts
    }
    held = {name for name in wheel.namelist() if name.startswith("curiebreak/")}
    assert held == wanted
    data = ("symmetry/data/irreps.jsonl", "citations/references.bib", "py.typed")
    assert {f"curiebreak/{name}" for name in data} <= held
    assert any(name.endswith("licenses/LICENSE") for name in wheel.namelist())
    entry = next(name for name in wheel.namelist() if name.endswith("entry_points.txt"))
    assert "curiebreak = curiebreak.__main__:main" in wheel.read(entry).decode()


def test_wheel_holds_the_recipes_and_their_structures(wheel: zipfile.ZipFile) -> None:
    place = f"curiebreak-{curiebreak.__version__}.data/data/share/curiebreak/"
    held = {name.removeprefix(place) for name in wheel.namelist() if name.startswith(place)}
    files = [path for folder in ("recipes", "structures") for path in (ROOT / folder).rglob("*") if path.is_file()]
    assert held == {str(path.relative_to(ROOT)) for path in files if path.suffix not in (".py", ".pyc")}


def test_source_distribution_can_be_built_from(built: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        names = {name.split("/", 1)[-1] for name in archive.getnames()}
    assert {"pyproject.toml", "README.md", "LICENSE", "PKG-INFO"} <= names
    held = {name for name in names if name.startswith("curiebreak/") and "." in name}
    assert {str(path.relative_to(ROOT)) for path in PACKAGE.rglob("*.py")} <= held
    assert {"curiebreak/symmetry/data/irreps.jsonl", "curiebreak/citations/references.bib"} <= held


def test_wheel_works_away_from_the_source(wheel: zipfile.ZipFile, structures: Path, tmp_path: Path) -> None:
    wheel.extractall(tmp_path / "site")
    code = (
        "import curiebreak, sys; from curiebreak.cli.app import run; "
        f"assert curiebreak.__file__.startswith({str(tmp_path)!r}), curiebreak.__file__; sys.exit(run(sys.argv[1:]))"
    )
    words = ["modes", str(structures / "lamno3_cubic.cif"), str(structures / "lamno3_pnma.cif")]
    environment = os.environ | {"PYTHONPATH": str(tmp_path / "site")}
    ran = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, cwd=tmp_path, env=environment
    )
    assert ran.returncode == 0 and "M3+ ⊕ R4+" in ran.stdout, ran.stderr
