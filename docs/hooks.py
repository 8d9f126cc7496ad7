"""What the pages say for GitHub's eyes, made fit for the site: links that leave this folder, notebooks, formulas.

Formulas stand in the pages as GitHub reads them, in LaTeX: a block fenced as ``math``, and ``$`...`$`` in a line. On
the site they are MathML, which browsers typeset themselves: no script, no network.
"""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
_LINK = re.compile(r"(!?)\[([^\]]*)\]\(((?:\.\./)+)([^)]+)\)")


def on_files(files: Any, config: Any) -> Any:
    """Add the sample reports, which lie beside this folder, to the site."""
    from mkdocs.structure.files import File

    for path in sorted((ROOT / "reports").glob("*.p[nd][gf]")):
        files.append(File.generated(config, f"reports/{path.name}", abs_src_path=str(path)))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Turn links that leave the folder into names of files; pictures and sample reports stay."""
    depth = page.file.src_uri.count("/")

    def fit(found: re.Match[str]) -> str:
        picture, label, ups, target = found.groups()
        if ups.count("../") <= depth:
            return found[0]
        if target.startswith("reports/"):
            return f"{picture}[{label}]({'../' * depth}{target})"
        return label if label.startswith("`") else f"`{label}`"

    markdown = _FORMULA.sub(lambda found: f'<div class="math">{mathml(found[1], "block")}</div>', markdown)
    return _LINK.sub(fit, _with_notebook(markdown, Path(page.file.abs_src_path).parent))


def on_page_content(html: str, **_: Any) -> str:
    """Typeset the formulas inside lines."""
    return _INLINE.sub(lambda found: mathml(unescape(found[1]), "inline"), html)


_FORMULA = re.compile(r"^```math\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_INLINE = re.compile(r"\$<code>(.*?)</code>\$", re.DOTALL)


def mathml(formula: str, display: str) -> str:
    """A formula in LaTeX as MathML.

    Raises
    ------
    ValueError
        If a command of it is not known and would be printed as it stands.
    """
    from latex2mathml.converter import convert

    made = convert(" ".join(formula.split()), display=display)
    if "\\" in made:
        raise ValueError(f"not typeset: {formula}")
    return made


_NOTEBOOK = re.compile(r"<!-- notebook: (\S+) -->")


def _with_notebook(markdown: str, folder: Path) -> str:
    """Put the cells of a notebook, as it was executed, where a page names it."""

    def cells(found: re.Match[str]) -> str:
        document = json.loads((folder / found[1]).read_text(encoding="utf-8"))
        return "\n\n".join(_cell(cell) for cell in document["cells"])

    return _NOTEBOOK.sub(cells, markdown)


def _cell(cell: dict[str, Any]) -> str:
    source = "".join(cell["source"])
    if cell["cell_type"] == "markdown":
        return source
    shown = [f"```python\n{source}\n```"]
    for one in cell["outputs"]:
        data = one.get("data", {})
        if "text/html" in data:
            shown.append("".join(data["text/html"]).replace("\n\n", "\n"))
        else:
            shown.append("```text\n" + "".join(one.get("text", data.get("text/plain", []))).rstrip() + "\n```")
    return "\n\n".join(shown)
