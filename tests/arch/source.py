"""How do the rules read source code? Parsed once, in the real tree or in a planted one."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("app", "wechat", "run.py")


@dataclass(frozen=True)
class Finding:
    """One breach: where, and what."""

    path: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}"


@dataclass(frozen=True)
class Source:
    """One Python file; `path` is relative to the tree, with slashes."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @cached_property
    def nodes(self) -> list[ast.AST]:
        return list(ast.walk(self.tree))

    @property
    def module(self) -> str:
        """`app/people/__init__.py` is `app.people`."""
        parts = self.path.removesuffix(".py").split("/")
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @property
    def package(self) -> str:
        """The owner of what is written here: `app.people`, `wechat`."""
        parts = self.module.split(".")
        return ".".join(parts[:2]) if parts[0] == "app" else parts[0]

    def find(self, node: ast.AST, what: str) -> Finding:
        return Finding(self.path, getattr(node, "lineno", 1), what)

    def within(self, *places: str) -> bool:
        """Whether the file is one of these files or lies in one of these folders."""
        return any(self.path == place or self.path.startswith(f"{place}/") for place in places)


@cache
def sources(root: Path = ROOT, folders: tuple[str, ...] = PRODUCT) -> list[Source]:
    """The Python files of these folders (or single files), in a stable order; read once."""
    found = []
    for folder in folders:
        start = root / folder
        paths = [start] if start.is_file() else sorted(start.rglob("*.py"))
        found += [
            Source(path.relative_to(root).as_posix(), path.read_text(encoding="utf-8"))
            for path in paths
        ]
    return found


def plant(text: str, path: str = "app/people/service/planted.py") -> list[Source]:
    """A tree of one file, for showing that a rule catches what it forbids."""
    return [Source(path, text)]


def functions(source: Source) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in source.nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def calls(source: Source) -> Iterator[ast.Call]:
    for node in source.nodes:
        if isinstance(node, ast.Call):
            yield node


def dotted(node: ast.AST) -> str:
    """`a.b.c` for a name or an attribute of names; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        left = dotted(node.value)
        return f"{left}.{node.attr}" if left else ""
    return ""


def imported_names(source: Source) -> dict[str, str]:
    """What each local name stands for: `m` → `app.people.models`, `P` → `app.people.models.Person`."""
    names: dict[str, str] = {}
    for node in source.nodes:
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        elif isinstance(node, ast.Import):
            for alias in node.names:
                names[alias.asname or alias.name] = alias.name
    return names


def docstrings(source: Source) -> set[ast.AST]:
    """The constants that are prose, not code."""
    return {
        node.value
        for node in source.nodes
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def texts(source: Source) -> Iterator[ast.Constant]:
    """String constants outside docstrings, pieces of f-strings included."""
    prose = docstrings(source)
    for node in source.nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in prose:
            yield node


def report(findings: list[Finding]) -> str:
    """One line a breach, as the failing test prints it."""
    return "".join(f"\n{finding}" for finding in findings)
