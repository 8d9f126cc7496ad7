"""Measures of the package's own structure, read from its syntax trees: `python tests/support/measures.py` prints them.

What each says:

import circles   sets of modules (or rooms) that import one another, at the top of a file or inside a function
longest chain    modules one below the other when `import curiebreak.discovery.find` runs, by top-level imports
takes Analysis   functions and methods whose first parameter (after self) is annotated `Analysis`
complexity       1 + branches of a function (McCabe): if, for, while, except, and/or, conditional expressions,
                 comprehension conditions, match cases
code             lines that hold code: no docstring, comment or blank line
comments         comment lines in 100 lines of code
"""

from __future__ import annotations

import ast
import io
import sys
import tokenize
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2] / "curiebreak"
COMMENTED_ROOMS = ("symmetry", "modes", "mapping", "learning")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def files() -> tuple[Path, ...]:
    return tuple(sorted(PACKAGE.rglob("*.py")))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _names(nodes: Iterable[ast.AST], modules: frozenset[str]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name for name in inner if name in modules)
            if node.module in modules and not all(name in modules for name in inner):
                yield node.module


def _for_types_only(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def _top_level(body: Iterable[ast.stmt]) -> Iterator[ast.AST]:
    """Statements that run when a module is imported, except those for type checkers."""
    for node in body:
        if isinstance(node, ast.If | ast.Try):
            if not _for_types_only(node):
                yield from _top_level(node.body)
            yield from _top_level(node.orelse)
        else:
            yield node


def _anywhere(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if not _for_types_only(child):
            yield child
            yield from _anywhere(child)


@cache
def imports(*, running: bool) -> Mapping[str, frozenset[str]]:
    """Own modules that each module imports: when it is itself imported (`running`), or anywhere."""
    modules = frozenset(map(module_name, files()))
    found = {}
    for path in files():
        nodes = _top_level(tree(path).body) if running else _anywhere(tree(path))
        found[module_name(path)] = frozenset(_names(nodes, modules)) - {module_name(path)}
    return found


def circles(graph: Mapping[str, frozenset[str]]) -> list[list[str]]:
    """Strongly connected components of more than one node (Tarjan 1972)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in sorted(graph.get(node, ())):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            cut = stack.index(node)
            component = stack[cut:]
            del stack[cut:]
            if len(component) > 1:
                found.append(sorted(component))

    for node in sorted(graph):
        if node not in index:
            visit(node)
    return found


def room_of(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else parts[0]


def room_graph() -> Mapping[str, frozenset[str]]:
    rooms: dict[str, set[str]] = defaultdict(set)
    for user, used in imports(running=False).items():
        rooms[room_of(user)] |= {room_of(name) for name in used} - {room_of(user), "curiebreak"}
    return {room: frozenset(used) for room, used in rooms.items() if room != "curiebreak"}


def longest_chain(start: str = "curiebreak.discovery.find") -> list[str]:
    graph = imports(running=True)
    known: dict[str, list[str]] = {}

    def below(module: str, above: frozenset[str]) -> list[str]:
        if module not in known:
            chains = [below(other, above | {module}) for other in graph[module] if other not in above]
            known[module] = [module, *max(chains, key=len, default=[])]
        return known[module]

    return below(start, frozenset())


def twice(names: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Names given to more than one thing: `{name: [where, ...]}`."""
    where = defaultdict(list)
    for name, place in names:
        where[name].append(place)
    return {name: places for name, places in sorted(where.items()) if len(places) > 1}


def class_names() -> Iterator[tuple[str, str]]:
    for path in files():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ClassDef):
                yield node.name, f"{module_name(path)}:{node.lineno}"


def module_names() -> Iterator[tuple[str, str]]:
    for path in files():
        name = module_name(path)
        if path.stem != "__init__" and not name.startswith("curiebreak.cli.commands."):
            yield path.stem, name


def functions() -> Iterator[tuple[str, Function]]:
    for path in files():
        for node in ast.walk(tree(path)):
            if isinstance(node, Function):
                yield f"{module_name(path)}.{node.name}", node


def takes_first(kind: str) -> list[str]:
    """Functions whose first parameter, after self or cls, is annotated with this class."""
    found = []
    for name, node in functions():
        arguments = [a for a in (*node.args.posonlyargs, *node.args.args) if a.arg not in ("self", "cls")]
        if arguments and arguments[0].annotation is not None:
            if ast.unparse(arguments[0].annotation).strip("\"'").split(".")[-1] == kind:
                found.append(name)
    return found


def complexity(function: Function) -> int:
    """McCabe's number of a function, without those of functions defined in it."""
    total, todo = 1, list(ast.iter_child_nodes(function))
    while todo:
        node = todo.pop()
        if isinstance(node, Function):
            continue
        if isinstance(
            node, ast.If | ast.For | ast.AsyncFor | ast.While | ast.IfExp | ast.ExceptHandler | ast.match_case
        ):
            total += 1
        elif isinstance(node, ast.BoolOp):
            total += len(node.values) - 1
        elif isinstance(node, ast.comprehension):
            total += 1 + len(node.ifs)
        todo.extend(ast.iter_child_nodes(node))
    return total


def _docstring_lines(path: Path) -> set[int]:
    """Lines of docstrings: strings that stand alone as statements."""
    lines: set[int] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            lines |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return lines


@cache
def lines(path: Path) -> tuple[int, int]:
    """Lines of code and lines that hold a comment, directives to tools not counted."""
    code, comments = set(), set()
    skip = (tokenize.NEWLINE, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER, tokenize.ENCODING)
    for token in tokenize.generate_tokens(io.StringIO(path.read_text()).readline):
        if token.type == tokenize.COMMENT:
            if not token.string.lstrip("# ").startswith(("noqa", "type:", "ruff", "mypy", "pragma")):
                comments.add(token.start[0])
        elif token.type not in skip:
            code |= set(range(token.start[0], token.end[0] + 1))
    return len(code - _docstring_lines(path)), len(comments)


def code_lines() -> int:
    return sum(lines(path)[0] for path in files())


def comment_density(rooms: Iterable[str] = COMMENTED_ROOMS) -> float:
    """Lines with comments in 100 lines of code, in these rooms."""
    chosen = [lines(path) for path in files() if room_of(module_name(path)) in set(rooms)]
    return 100 * sum(c for _, c in chosen) / sum(n for n, _ in chosen)


@dataclass(frozen=True)
class Measures:
    """All measures at once."""

    modules: int
    module_circles: list[list[str]]
    room_circles: list[list[str]]
    chain: int
    classes_twice: int
    modules_twice: int
    takes_analysis: int
    complexity_mean: float
    complexity_max: int
    code: int
    comments: float


def measure() -> Measures:
    numbers = [complexity(node) for _, node in functions()]
    return Measures(
        modules=len(files()),
        module_circles=circles(imports(running=False)),
        room_circles=circles(room_graph()),
        chain=len(longest_chain()),
        classes_twice=len(twice(class_names())),
        modules_twice=len(twice(module_names())),
        takes_analysis=len(takes_first("Analysis")),
        complexity_mean=round(sum(numbers) / len(numbers), 2),
        complexity_max=max(numbers),
        code=code_lines(),
        comments=round(comment_density(), 2),
    )


if __name__ == "__main__":
    for field, value in vars(measure()).items():
        sys.stdout.write(f"{field:<16} {value}\n")
