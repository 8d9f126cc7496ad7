"""Reports as files: every format, every page readable, bad input told in one sentence."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import zlib
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import matplotlib as mpl
import pypdf
import pytest
from command_line import CommandLine
from report_samples import FINDINGS, TREES, drawn_pages, intermediates, perovskite
from sample_results import decomposition, finding
from text_boxes import faults

import curiebreak
from curiebreak.errors import InputError
from curiebreak.report import figures
from curiebreak.report.html import html_text
from curiebreak.report.pdf import pdf_bytes, pdf_pages
from curiebreak.report.png import png_bytes, summary_figure
from curiebreak.report.writing import read_result, write_report
from curiebreak.results import Decomposition, Finding, Intermediates, Status

FIGURES = [name for name in figures.__all__ if name != "tree"]


def some_slow(*twins: str) -> list[object]:
    """Names of all findings, these as slow tests."""
    return [pytest.param(name, marks=pytest.mark.slow) if name in twins else name for name in FINDINGS]


def test_faults_are_found() -> None:
    drawn = figures.ladder(finding())
    drawn.text(0.5, 0.5, "one")
    drawn.text(0.5, 0.5, "two")
    drawn.text(1.2, 0.5, "out")
    assert {fault.split(":")[0] for fault in faults(drawn)} == {"overlap", "outside"}


@pytest.mark.parametrize("name", FINDINGS)
def test_texts_of_the_pages_neither_overlap_nor_leave(name: str) -> None:
    pages = drawn_pages(name)
    assert 1 <= len(pages) <= 4
    assert {number: found for number, page in enumerate(pages, 1) if (found := faults(page))} == {}


@pytest.mark.parametrize("name", FINDINGS)
def test_texts_of_the_summary_neither_overlap_nor_leave(name: str) -> None:
    assert faults(summary_figure(FINDINGS[name]())) == []


def test_texts_of_a_decomposition() -> None:
    result = decomposition()
    assert faults(summary_figure(result)) == []
    assert [found for page in drawn_pages("decomposition") if (found := faults(page))] == []


@pytest.mark.parametrize("figure", FIGURES)
@pytest.mark.parametrize("name", some_slow("bare", "several irreps", "occupied"))
def test_each_figure_alone(name: str, figure: str) -> None:
    before = dict(mpl.rcParams)
    drawn = getattr(curiebreak.plot, figure)(FINDINGS[name]())
    assert faults(drawn) == []
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("name", TREES)
def test_report_of_intermediates(name: str) -> None:
    result, pages = TREES[name](), drawn_pages(name)
    assert 1 <= len(pages) <= 4
    drawn = {"summary": summary_figure(result), "alone": figures.tree(result)}
    drawn |= {f"page {i}": page for i, page in enumerate(pages)}
    assert {where: found for where, figure in drawn.items() if (found := faults(figure))} == {}
    assert "Imma (74)" in html_text(result)


@pytest.fixture(scope="module")
def pdf() -> bytes:
    return pdf_bytes(finding())


def test_pdf_is_the_same_each_time(pdf: bytes) -> None:
    assert pdf == pdf_bytes(finding())


def test_pdf_embeds_its_fonts_and_its_text_can_be_extracted(pdf: bytes) -> None:
    result = finding()
    inflated = b"".join(_inflated(pdf))
    assert b"/FontFile2" in pdf + inflated and b"/Type3" not in pdf + inflated
    text = "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)
    assert all(label in text for label in result.primary)
    assert "Pm-3m (221)" in text and "Pnma (62)" in text
    assert "0.9563" in text or "0.9564" in text, "amplitude of M3+ over the supercell"


def _inflated(data: bytes) -> list[bytes]:
    found = []
    for part in re.findall(rb"stream\r?\n(.*?)endstream", data, re.DOTALL):
        try:
            found.append(zlib.decompress(part))
        except zlib.error:
            continue
    return found


def test_png_is_a_slide_at_200_dots_per_inch() -> None:
    data = png_bytes(perovskite())
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
    assert (width, height) == (2666, 1500)


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag not in ("img", "meta", "link", "br", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("name", some_slow("bare", "signals", "several irreps", "occupied"))
def test_html_is_well_formed_and_needs_no_network(name: str) -> None:
    page = _Page()
    page.feed(html_text(FINDINGS[name]()))
    assert page.open == []
    assert page.links and all(link.startswith("data:") for link in page.links)


def test_html_escapes_what_files_contain() -> None:
    text = html_text(replace(finding(), messages=("<script>alert(1)</script> & more",)))
    assert "<script>alert" not in text and "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more" in text


@pytest.mark.parametrize("suffix", ["pdf", "png", "html"])
def test_command(command_line: CommandLine, suffix: str) -> None:
    Path("finding.json").write_text(finding().to_json())
    ran = command_line("report", "finding.json", "-o", f"out.{suffix}")
    assert (ran.code, ran.out, ran.err) == (0, "", f"written: out.{suffix}\n")
    assert Path(f"out.{suffix}").stat().st_size > 10_000
    assert command_line.refuses(2, "report", "finding.json", "-o", f"out.{suffix}")
    assert sorted(path.name for path in Path().iterdir()) == ["finding.json", f"out.{suffix}"]


def test_force_writes_over(command_line: CommandLine) -> None:
    Path("finding.json").write_text(finding().to_json())
    Path("out.png").write_text("old")
    ran = command_line("report", "finding.json", "-o", "out.png", "--force", "--quiet")
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    assert Path("out.png").read_bytes().startswith(b"\x89PNG")
    assert sorted(path.name for path in Path().iterdir()) == ["finding.json", "out.png"]


@pytest.mark.parametrize("result", [decomposition(), intermediates()], ids=["modes", "intermediate"])
def test_command_takes_other_results(command_line: CommandLine, result: Decomposition | Intermediates) -> None:
    Path("result.json").write_text(result.to_json())
    assert command_line("report", "result.json", "-o", "out.pdf").code == 0


def test_find_and_modes_draw_reports(command_line: CommandLine, structures: Path) -> None:
    pair = (structures / "batio3_cubic.cif", structures / "batio3_p4mm.cif")
    ran = command_line("modes", *pair, "--report", "modes.png", "--quiet")
    assert ran.code == 0 and Path("modes.png").exists()
    ran = command_line("find", *pair, "--report", "find.html", "--quiet", "-o", "find.json")
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    assert "GM4-" in Path("find.html").read_text()
    assert command_line.refuses(3, "find", *pair, "--report", "find.docx")
    assert command_line.refuses(2, "modes", *pair, "--report", "modes.png")


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ('{"schema_version": 1, "command": "find", "status": ', "JSON"),
        ("[]", "schema_version"),
        ("\x00\x01", "JSON"),
        (json.dumps({**finding().to_dict(), "schema_version": 99}), "99"),
        (json.dumps({**finding().to_dict(), "command": "guess"}), "guess"),
        (json.dumps({**finding().to_dict(), "trace": 3}), "trace"),
        (json.dumps({**decomposition().to_dict(), "schema_version": 0}), "version 0"),
        (json.dumps({**decomposition().to_dict(), "irreps": [{"irrep": "R4+"}]}), "irreps[0].kpoint"),
        (json.dumps({**intermediates().to_dict(), "schema_version": 99}), "99"),
        (json.dumps({**intermediates().to_dict(), "steps": "none"}), "steps"),
    ],
)
def test_bad_results(command_line: CommandLine, content: str, word: str) -> None:
    Path("finding.json").write_text(content)
    assert word in command_line.refuses(3, "report", "finding.json", "-o", "out.pdf").err


def test_bad_places(command_line: CommandLine) -> None:
    Path("finding.json").write_text(finding().to_json())
    Path("folder.pdf").mkdir()
    command_line.refuses(3, "report", "missing.json", "-o", "out.pdf")
    command_line.refuses(3, "report", "finding.json", "-o", "out.svg")
    command_line.refuses(3, "report", "finding.json", "-o", "out")
    command_line.refuses(2, "report", "finding.json", "-o", "missing/out.pdf")
    command_line.refuses(2, "report", "finding.json", "-o", "folder.pdf")
    command_line.refuses(2, "report", "finding.json")
    assert sorted(path.name for path in Path().iterdir()) == ["finding.json", "folder.pdf"]


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everywhere")
def test_read_only_folder(command_line: CommandLine) -> None:
    Path("finding.json").write_text(finding().to_json())
    Path("closed").mkdir(0o555)
    assert "closed" in command_line.refuses(2, "report", "finding.json", "-o", "closed/out.pdf").err


def test_bad_input_is_told_in_one_sentence(command_line: CommandLine) -> None:
    Path("finding.json").write_text("{")
    error, hint = command_line("report", "finding.json", "-o", "out.pdf").err.splitlines()
    assert error.startswith("error: The result finding.json is not valid JSON") and hint.startswith("hint: ")


def test_unwritable_place_in_the_library(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written"):
        write_report(finding(), tmp_path / "missing" / "out.png")


@pytest.mark.parametrize("sample", [finding, perovskite])
def test_interrupted_finding_is_drawn_and_marked(tmp_path: Path, sample: Callable[[], Finding]) -> None:
    partial = replace(
        sample(), status=Status.INTERRUPTED, certificates=(), crosscheck=None, order_parameters=(), primary=(),
        breaking_input=(), loss=None,
    )  # fmt: skip
    (tmp_path / "partial.json").write_text(partial.to_json())
    result = read_result(tmp_path / "partial.json")
    assert "interrupted" in html_text(result)
    words = [text.get_text() for text in pdf_pages(result)[0].texts]
    assert any(word.startswith("interrupted") for word in words)
    assert faults(summary_figure(result)) == []


def test_report_needs_no_torch(tmp_path: Path) -> None:
    (tmp_path / "bare").write_text(finding().to_json())
    (tmp_path / "drawn").write_text(perovskite().to_json())
    code = (
        "import sys; from curiebreak.cli.app import run; "
        "pairs = [('bare', 'out.pdf'), ('bare', 'out.html'), ('drawn', 'out.png')]; "
        "codes = [run(['report', given, '-o', out, '-q']) for given, out in pairs]; "
        "print(codes, [m for m in ('torch', 'e3nn', 'pymatgen', 'ase', 'spglib', 'scipy') if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert ran.stdout.strip() == "[0, 0, 0] []", ran.stderr


@pytest.mark.parametrize("messages_too", [False, True])
def test_report_is_written_although_nobody_reads_the_text(structures: Path, tmp_path: Path, messages_too: bool) -> None:
    """`curiebreak modes ... --report FILE | head -1`, also with `2>&1`: the closed pipe must not cost the file."""
    words = [str(structures / "batio3_cubic.cif"), str(structures / "batio3_p4mm.cif")]
    words += ["--report", "modes.png", "-o", "modes.json"]
    code = "from curiebreak.cli.app import run; import sys; sys.exit(run(sys.argv[1:]))"
    reader, writer = os.pipe()
    os.close(reader)
    ran = subprocess.run(
        [sys.executable, "-c", code, "modes", *words],
        stdout=writer,
        stderr=writer if messages_too else subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    )
    os.close(writer)
    assert ran.returncode == 0, ran.stderr
    assert messages_too or "written: modes.png" in ran.stderr
    assert (tmp_path / "modes.png").exists() and (tmp_path / "modes.json").exists()
