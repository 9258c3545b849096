"""Does only the owner write its tables, in its service, and does no SQL look upward?"""

import ast
from collections.abc import Iterator

from tests.arch.source import (
    Finding,
    Source,
    calls,
    dotted,
    functions,
    imported_names,
    plant,
    report,
    sources,
)
from tests.arch.tables import Owners, owners_of, statements, tables_read, tables_written
from tests.arch.test_contracts import contracts

# (who writes, what) → why it may.
ALLOWED = {
    **{
        (f"app.bookings.statements.{name}", "seat"): (
            "taking a seat and placing the booking is one statement (stack.md)"
        )
        for name in ("booking", "fragments", "many", "queue")
    },
    ("app.worker", "heartbeat"): "only the running worker can say that it is alive",
}
# app.demo fills an empty database in bulk; app.dev only knows PostgreSQL's own tables.
EXEMPT = ("app/demo", "app/dev")
WRITING = {"insert", "pg_insert", "update", "delete", "merge"}
CHANGING = {"change_row", "apply_change", "setattr"}

MODELS = Source(
    "app/people/models.py",
    'class Person(Model):\n    __tablename__ = "person"\n',
)


def _model_of(node: ast.AST, names: dict[str, str], owners: Owners) -> str | None:
    """The table behind `Person`, `models.Person` or `Person.__table__`."""
    head, _, rest = dotted(node).removesuffix(".__table__").partition(".")
    full = ".".join(part for part in (names.get(head, ""), rest) if part)
    return owners.classes.get(full)


def _written_in(source: Source, owners: Owners) -> Iterator[tuple[ast.AST, str]]:
    """(place, table) for every write: statements, new rows, changes to rows named by annotation."""
    names = imported_names(source) | {
        name.rpartition(".")[2]: name for name in owners.classes if name.startswith(source.module)
    }
    for call in calls(source):
        is_statement = dotted(call.func).rpartition(".")[2] in WRITING and call.args
        model = call.args[0] if is_statement else call.func
        if table := _model_of(model, names, owners):
            yield call, table
    for node, text in statements(source):
        for table in tables_written(text):
            yield node, table
    for function in functions(source):
        rows = {
            arg.arg: table
            for arg in (*function.args.args, *function.args.kwonlyargs)
            if arg.annotation and (table := _model_of(arg.annotation, names, owners))
        }
        yield from _changed_in(function, rows)


def _changed_in(function: ast.AST, rows: dict[str, str]) -> Iterator[tuple[ast.AST, str]]:
    for node in ast.walk(function):
        if isinstance(node, ast.Assign | ast.AugAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if isinstance(target, ast.Attribute) and dotted(target.value) in rows:
                    yield node, rows[dotted(target.value)]
        if isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] in CHANGING:
            for arg in node.args:
                if dotted(arg) in rows:
                    yield node, rows[dotted(arg)]


def foreign_writes(tree: list[Source], owners: Owners) -> list[tuple[str, str, Finding]]:
    """(module, table, where) for every write to a table of another package."""
    found = []
    for source in tree:
        if source.within(*EXEMPT):
            continue
        for node, table in _written_in(source, owners):
            owner = owners.tables.get(table)
            if owner is not None and owner != source.package:
                finding = source.find(node, f"writes {table}, which belongs to {owner}")
                found.append((source.module, table, finding))
    return found


def writes_while_reading(tree: list[Source], owners: Owners) -> list[Finding]:
    """Changes made in the files that only read, check or shape."""
    reading = {"access", "queries", "routes", "rules", "schemas", "actors", "handbook", "notices"}
    return [
        source.find(node, f"writes {table}: that is the service's business")
        for source in tree
        if reading & set(source.module.split("."))
        for node, table in _written_in(source, owners)
        if table in owners.tables
    ]


def ranks(layers: list[str]) -> dict[str, int]:
    """Package → height in the order of the system; the kernel is 0."""
    return {
        name.strip(" ()"): height
        for height, layer in enumerate(reversed(layers))
        for name in layer.split("|")
    }


def upward_sql(tree: list[Source], owners: Owners, heights: dict[str, int]) -> list[Finding]:
    """SQL text that reads tables of a package above, which no import contract can see."""
    return [
        source.find(node, f"reads {table} of {owners.tables[table]}, which stands above")
        for source in tree
        if source.package in heights and not source.within(*EXEMPT)
        for node, text in statements(source)
        if " " in text.strip()
        for table in sorted(tables_read(text) & set(owners.tables))
        if heights[owners.tables[table]] > heights[source.package]
    ]


def _heights() -> dict[str, int]:
    return ranks(contracts()["The order of the system"]["layers"])


def test_only_the_owner_writes_its_tables() -> None:
    tree = sources()
    found = foreign_writes(tree, owners_of(tree))
    assert not (rest := [what for *key, what in found if tuple(key) not in ALLOWED]), report(rest)


def test_every_exception_is_still_needed() -> None:
    tree = sources()
    needed = {(module, table) for module, table, _ in foreign_writes(tree, owners_of(tree))}
    assert set(ALLOWED) <= needed


def test_reading_files_write_nothing() -> None:
    tree = sources()
    assert not (found := writes_while_reading(tree, owners_of(tree))), report(found)


def test_no_sql_reads_a_table_of_a_package_above() -> None:
    tree = sources()
    assert not (found := upward_sql(tree, owners_of(tree), _heights())), report(found)


def test_every_table_is_found() -> None:
    """The rules above are blind to a table they do not know."""
    owners = owners_of(sources())
    assert {"person", "seat", "idempotency_key", "heartbeat"} <= set(owners.tables)
    assert owners.classes["app.people.models.Person"] == "person"


PLANTED_WRITES = (
    "from app.people.models import Person\nstmt = update(Person).values(name='x')",
    "from app.people.models import Person\nstmt = pg_insert(Person.__table__)",
    "from app.people import models\nstmt = sa.delete(models.Person)",
    "from app.people.models import Person as Human\nctx.db.add(Human(name='x'))",
    "from app.people.models import Person\ndef f(row: Person) -> None:\n    row.name = 'x'",
    "from app.people.models import Person\ndef f(row: Person) -> None:\n    change_row(ctx, row)",
    'SQL = text("WITH a AS (SELECT 1) INSERT INTO person (id) VALUES (1)")',
    'SQL = text("""UPDATE person p\n SET name = :name""")',
    'SQL = text(f"DELETE FROM person WHERE id = {one}")',
)


def test_a_foreign_write_is_caught() -> None:
    owners = owners_of([MODELS])
    for text in PLANTED_WRITES:
        found = foreign_writes(plant(text, "app/orgs/service.py"), owners)
        assert [(module, table) for module, table, _ in found] == [("app.orgs.service", "person")]
        assert not foreign_writes(plant(text, "app/people/service/planted.py"), owners)
        assert not foreign_writes(plant(text, "app/demo/planted.py"), owners)


def test_reading_is_not_writing() -> None:
    text = (
        "from app.people.models import Person\nstmt = select(Person).with_for_update()\n"
        'SQL = text("SELECT id FROM person WHERE id = 1 FOR UPDATE SKIP LOCKED")'
    )
    assert not foreign_writes(plant(text, "app/orgs/service.py"), owners_of([MODELS]))


def test_a_write_in_a_reading_file_is_caught() -> None:
    text = "from app.people.models import Person\nstmt = update(Person)"
    owners = owners_of([MODELS])
    assert writes_while_reading(plant(text, "app/people/queries.py"), owners)
    assert not writes_while_reading(plant(text, "app/people/service/planted.py"), owners)


def test_sql_that_looks_upward_is_caught() -> None:
    text = 'SQL = text("SELECT 1 FROM organization o JOIN person p ON true")'
    heights = ranks(["app.activities", "app.people", "app.orgs | app.kit"])
    owners = owners_of([MODELS])
    assert upward_sql(plant(text, "app/orgs/queries.py"), owners, heights)
    assert not upward_sql(plant(text, "app/activities/queries.py"), owners, heights)
