"""Do commits, clocks, refusals and imports keep to their one place?"""

import ast

import pytest

from tests.arch.source import (
    PRODUCT,
    ROOT,
    Finding,
    Source,
    calls,
    docstrings,
    dotted,
    functions,
    imported_names,
    plant,
    report,
    sources,
)

CLOCKS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today"}


def commits(tree: list[Source]) -> list[Finding]:
    """Whoever opens the unit of work ends it: only the kernel begins, commits or rolls back."""
    ending = {"commit", "rollback", "begin", "begin_nested"}
    return [
        source.find(call, f"calls .{call.func.attr}()")
        for source in tree
        if not source.within("app/kit")
        for call in calls(source)
        if isinstance(call.func, ast.Attribute) and call.func.attr in ending
    ]


def clocks(tree: list[Source]) -> list[Finding]:
    """Decisions use the database's clock; a day is the school's, never that of a UTC instant."""
    found = []
    for source in tree:
        if source.within("app/kit/clock.py"):
            continue
        for call in calls(source):
            name = dotted(call.func)
            if ".".join(name.split(".")[-2:]) in CLOCKS:
                found.append(source.find(call, f"asks this machine's clock: {name}()"))
            elif _cuts_to_a_day(call):
                found.append(source.find(call, "cuts a moment to a day: .date()"))
    return found


def _cuts_to_a_day(call: ast.Call) -> bool:
    is_date = isinstance(call.func, ast.Attribute) and call.func.attr == "date"
    return is_date and not call.args and not call.keywords


def days_of_greenwich(tree: list[Source]) -> list[Finding]:
    """A test whose day is that of UTC fails between midnight and eight in Shanghai."""
    return [
        source.find(node, f".{node.attr} of a UTC instant")
        for source in tree
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute)
        and node.attr in {"date", "year"}
        and isinstance(node.value, ast.Call)
        and dotted(node.value.func) == "datetime.now"
    ]


def http_refusals(tree: list[Source]) -> list[Finding]:
    """Refusals are domain errors; one place knows HTTP's own."""
    # The simulator is a WeChat platform, not a part of the product: its control pages are plain HTTP.
    return [
        source.find(node, "names HTTPException")
        for source in tree
        if not source.within("app/kit/problems.py", "wechat/simulator", "app/dev")
        for node in source.nodes
        if (isinstance(node, ast.Name) and node.id == "HTTPException")
        or (isinstance(node, ast.Attribute) and node.attr == "HTTPException")
        or (isinstance(node, ast.alias) and node.name == "HTTPException")
    ]


def hidden_imports(tree: list[Source]) -> list[Finding]:
    """Imports stand at the top, where people and the contracts see them."""
    found = {
        source.find(node, f"imports inside {function.name}()")
        for source in tree
        for function in functions(source)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    return sorted(found, key=str)


def dynamic_imports(tree: list[Source]) -> list[Finding]:
    """Modules fetched by name are invisible to the contracts; only the development commands do it."""
    return [
        source.find(call, f"imports by name: {dotted(call.func)}()")
        for source in tree
        if not source.within("app/dev", "run.py")
        for call in calls(source)
        if dotted(call.func).rpartition(".")[2] in {"import_module", "__import__"}
    ]


def relative_imports(tree: list[Source]) -> list[Finding]:
    """Full names only: a moved file must not change what it imports."""
    return [
        source.find(node, "imports relatively")
        for source in tree
        for node in source.nodes
        if isinstance(node, ast.ImportFrom) and node.level
    ]


def old_typing(tree: list[Source]) -> list[Finding]:
    """`Optional` and friends of `typing` are written as `X | None` and `list[X]`."""
    old = {f"typing.{name}" for name in "Optional Union List Dict Set Tuple".split()}
    return [
        Finding(source.path, 1, f"imports {full}")
        for source in tree
        for full in imported_names(source).values()
        if full in old
    ]


def modules_without_a_sentence(tree: list[Source]) -> list[Finding]:
    """Every file begins by saying which question it answers."""
    return [
        Finding(source.path, 1, "has no docstring")
        for source in tree
        if source.text.strip() and not (ast.get_docstring(source.tree) and docstrings(source))
    ]


MIGRATED = (*PRODUCT, "migrations/versions")


def test_only_the_kernel_commits() -> None:
    assert not (found := commits(sources())), report(found)


def test_nobody_asks_this_machine_for_the_time() -> None:
    # Development commands and the simulator's virtual clock run on the developer's own time.
    tree = [source for source in sources() if not source.within("app/dev", "wechat/simulator")]
    assert not (found := clocks(tree)), report(found)


def test_refusals_are_domain_errors() -> None:
    assert not (found := http_refusals(sources())), report(found)


def test_tests_have_the_days_of_the_school() -> None:
    assert not (found := days_of_greenwich(sources(ROOT, ("tests",)))), report(found)


def test_imports_stand_at_the_top() -> None:
    tree = sources(ROOT, MIGRATED)
    found = hidden_imports(tree) + dynamic_imports(tree) + relative_imports(tree)
    assert not found, report(found)


def test_types_are_written_in_today_s_way() -> None:
    assert not (found := old_typing(sources())), report(found)


def test_every_file_says_what_it_is_for() -> None:
    assert not (found := modules_without_a_sentence(sources())), report(found)


@pytest.mark.parametrize("text", ["ctx.db.commit()", "await conn.rollback()", "engine.begin()"])
def test_a_commit_in_a_service_is_caught(text: str) -> None:
    planted = f"async def f():\n    {text}"
    assert commits(plant(planted))
    assert not commits(plant(planted, "app/kit/planted.py"))


@pytest.mark.parametrize(
    "text",
    [
        "datetime.now(UTC)",
        "datetime.datetime.utcnow()",
        "date.today()",
        "ctx.now.date()",
        "session.starts_at.astimezone(UTC).date()",
    ],
)
def test_a_clock_is_caught(text: str) -> None:
    assert clocks(plant(f"day = {text}"))
    assert not clocks(plant(f"day = {text}", "app/kit/clock.py"))


def test_a_day_of_greenwich_is_caught() -> None:
    assert days_of_greenwich(plant("day = datetime.now(UTC).date()"))
    assert not days_of_greenwich(plant("day = school_day(datetime.now(UTC))"))


def test_a_calendar_date_is_not_a_clock() -> None:
    assert not clocks(plant("day = date(2026, 9, 1)\nweek = sa.func.date(column)\nnow = ctx.now"))


@pytest.mark.parametrize(
    "text", ["from fastapi import HTTPException", "raise fastapi.HTTPException(404)"]
)
def test_an_http_refusal_is_caught(text: str) -> None:
    assert http_refusals(plant(text))
    assert not http_refusals(plant(text, "app/kit/problems.py"))


def test_a_hidden_import_is_caught() -> None:
    assert hidden_imports(plant("async def f():\n    from app.people import access"))
    assert not hidden_imports(plant("if TYPE_CHECKING:\n    from app.kit.context import Ctx"))
    assert dynamic_imports(plant("importlib.import_module('app.people')"))
    assert relative_imports(plant("from . import access"))


def test_old_typing_and_silent_files_are_caught() -> None:
    assert old_typing(plant("from typing import Optional"))
    assert modules_without_a_sentence(plant("x = 1"))
    assert not modules_without_a_sentence(plant('"""Why is x one?"""\nx = 1'))
