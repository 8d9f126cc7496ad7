"""Executes the code cells of a notebook: `python tests/support/notebook_cells.py FILE.ipynb` writes their outputs.

Outputs are what a notebook shows of the last expression of a cell, as text and HTML, and what the cell prints.
"""

from __future__ import annotations

import ast
import contextlib
import io
import json
import os
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def executed(document: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """Outputs of every code cell, run one after another in the folder of the project."""
    names: dict[str, Any] = {"__name__": "__main__"}
    before = Path.cwd()
    os.chdir(ROOT)
    try:
        cells = (cell for cell in document["cells"] if cell["cell_type"] == "code")
        return [_run("".join(cell["source"]), names, number) for number, cell in enumerate(cells, 1)]
    finally:
        os.chdir(before)


def _run(source: str, names: dict[str, Any], number: int) -> list[dict[str, Any]]:
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    value = None
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(compile(tree, "cell", "exec"), names)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), "cell", "eval"), names)
    found: list[dict[str, Any]] = []
    if out.getvalue():
        found.append({"output_type": "stream", "name": "stdout", "text": out.getvalue().splitlines(keepends=True)})
    if value is not None:
        data = {"text/plain": repr(value).splitlines(keepends=True)}
        page = getattr(value, "_repr_html_", None)
        if page is not None:
            data["text/html"] = page().splitlines(keepends=True)
        shown = {"output_type": "execute_result", "execution_count": number, "metadata": {}, "data": data}
        found.append(shown)
    return found


def texts(outputs: list[dict[str, Any]]) -> list[str]:
    """The plain text of outputs."""
    return ["".join(one.get("text", one.get("data", {}).get("text/plain", []))) for one in outputs]


def write(path: Path) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))
    cells = [cell for cell in document["cells"] if cell["cell_type"] == "code"]
    for number, (cell, outputs) in enumerate(zip(cells, executed(document), strict=True), 1):
        cell["execution_count"], cell["outputs"] = number, outputs
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
