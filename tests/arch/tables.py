"""Which table and which model class belongs to which package? Read from the source."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.arch.source import Source, dotted, texts

_WRITE = re.compile(
    r"\b(?:INSERT\s+INTO|DELETE\s+FROM|MERGE\s+INTO|TRUNCATE(?:\s+TABLE)?)\s+\"?(\w+)"
    r"|\bUPDATE\s+(?:ONLY\s+)?\"?(\w+)\"?(?:\s+(?:AS\s+)?\w+)?\s+SET\b",
    re.IGNORECASE,
)
_INSIDE = re.compile(r"(\.models)\.\w+$")
_READ = re.compile(r"\b(?:FROM|JOIN)\s+\"?(\w+)", re.IGNORECASE)


@dataclass(frozen=True)
class Owners:
    """`tables`: table → package; `classes`: `app.people.models.Person` → table."""

    tables: dict[str, str]
    classes: dict[str, str]


def owners_of(tree: list[Source]) -> Owners:
    """Every class with a `__tablename__`, wherever it stands."""
    tables, classes = {}, {}
    for source in tree:
        for node in source.nodes:
            if isinstance(node, ast.ClassDef) and (table := _table_of(node)):
                tables[table] = source.package
                # Importers name the package `models`, whichever of its files holds the class.
                module = _INSIDE.sub(r"\1", source.module)
                classes[f"{module}.{node.name}"] = table
    return Owners(tables, classes)


def _table_of(node: ast.ClassDef) -> str | None:
    for item in node.body:
        if (
            isinstance(item, ast.Assign)
            and dotted(item.targets[0]) == "__tablename__"
            and isinstance(item.value, ast.Constant)
        ):
            return str(item.value.value)
    return None


def tables_written(text: str) -> set[str]:
    """The tables that a piece of SQL changes."""
    return {one or other for one, other in _WRITE.findall(text)}


def tables_read(text: str) -> set[str]:
    """The tables that a piece of SQL reads."""
    return set(_READ.findall(text))


def statements(source: Source) -> Iterator[tuple[ast.AST, str]]:
    """Texts that may be SQL; an f-string counts as one."""
    pieces: set[int] = set()
    for node in source.nodes:
        if isinstance(node, ast.JoinedStr):
            constants = [part for part in node.values if isinstance(part, ast.Constant)]
            pieces |= {id(part) for part in constants}
            yield node, " ? ".join(str(part.value) for part in constants)
    for constant in texts(source):
        if id(constant) not in pieces:
            yield constant, str(constant.value)
