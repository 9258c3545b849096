"""One word per thing: are the glossary and the names kept, and is no machine of ours named?"""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.arch.source import ROOT, Finding, Source, dotted, plant, report, sources

EMPTY_WORDS = {"manager", "managers", "helper", "helpers", "util", "utils", "misc", "common"}
EMPTY_VERBS = ("handle_", "process_", "do_")
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
# Written in pieces so that this file does not name them either.
MACHINES = tuple(
    "".join(pieces)
    for pieces in (
        ("/wo", "rk/"),
        ("/ro", "ot/"),
        ("/opt/wh", "eels"),
        ("/bash_", "jobs"),
        ("artifac", "tory"),
        ("files.python", "hosted.org"),
        ("registry.npm", "js.org"),
        ("registry.npm", "mirror.com"),
        ("pypi.", "org/simple"),
        ("tuna.tsing", "hua.edu.cn"),
    )
)
BINARY = {".png", ".jpg", ".ico", ".woff2", ".pdf", ".gz", ".zip"}


def words(name: str) -> set[str]:
    """`BookingRound_id` is booking, round, id."""
    return {word.lower() for word in WORD.findall(name)}


def _named(source: Source) -> Iterator[tuple[ast.AST, str]]:
    """Every name that this file gives: definitions, arguments, assigned variables."""
    for node in source.nodes:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node, node.name
        elif isinstance(node, ast.arg):
            yield node, node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node, node.id


def empty_names(tree: list[Source]) -> list[Finding]:
    """Modules, classes and functions whose names say nothing."""
    found = []
    for source in tree:
        if empty := words(source.path.removesuffix(".py")) & EMPTY_WORDS:
            found.append(Finding(source.path, 1, f"a module called {empty.pop()}"))
        for node in source.nodes:
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                bare = node.name.lstrip("_")
                if words(bare) & EMPTY_WORDS or bare.startswith(EMPTY_VERBS):
                    found.append(source.find(node, f"{node.name} does not say what it is"))
    return found


def other_words(tree: list[Source]) -> list[Finding]:
    """Words the glossary has replaced."""
    found = []
    for source in tree:
        for node, name in _named(source):
            if isinstance(node, ast.ClassDef) and name == "Base":
                found.append(source.find(node, "Base: the root of tables is Model"))
            if words(name) & {"reservation", "reservations"}:
                found.append(source.find(node, f"{name}: a booking, not a reservation"))
            if "user" in words(name) and source.within("app"):
                found.append(source.find(node, f"{name}: a person, guardian or pupil, not a user"))
            if name.lower() in {"occurrence", "timeslot", "time_slot"}:
                found.append(source.find(node, f"{name}: a session of an activity"))
            if isinstance(node, ast.ClassDef) and name.lower() in {"usersession", "websession"}:
                found.append(source.find(node, f"{name}: a login is LoginSession"))
    return found


def database_handles(tree: list[Source]) -> list[Finding]:
    """`session` is a date of an activity; the database's handle is called `db`."""
    return [
        source.find(node, f"{node.arg}: the database handle is called db")
        for source in tree
        for node in source.nodes
        if isinstance(node, ast.arg)
        and node.annotation is not None
        and dotted(node.annotation).rpartition(".")[2] == "AsyncSession"
        and node.arg != "db"
    ]


def kept_files(root: Path = ROOT) -> list[Path]:
    """What a commit holds or would hold."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        check=True,
    )
    names = listing.stdout.decode().split("\0")
    paths = [root / name for name in names if name]
    return [path for path in paths if path.is_file() and path.suffix not in BINARY]


def machine_names(paths: list[Path], root: Path) -> list[Finding]:
    """Folders and servers of the machine on which we write."""
    found = []
    for path in paths:
        text = path.read_text(encoding="utf-8", errors="replace")
        for machine in MACHINES:
            if machine in text:
                line = text[: text.index(machine)].count("\n") + 1
                found.append(Finding(path.relative_to(root).as_posix(), line, f"names {machine}"))
    return found


def test_no_name_is_empty() -> None:
    assert not (found := empty_names(sources())), report(found)


def test_the_glossary_is_kept() -> None:
    tree = sources()
    assert not (found := other_words(tree) + database_handles(tree)), report(found)


def test_no_file_names_our_machines() -> None:
    assert not (found := machine_names(kept_files(), ROOT)), report(found)


@pytest.mark.parametrize(
    "text",
    [
        "class SeatManager: ...",
        "def date_helper(): ...",
        "class URLUtils: ...",
        "async def handle_push(): ...",
        "def process_row(): ...",
        "def _do_it(): ...",
    ],
)
def test_an_empty_name_is_caught(text: str) -> None:
    assert empty_names(plant(text))


def test_an_empty_module_name_is_caught_and_good_names_are_not() -> None:
    assert empty_names(plant("", "app/people/utils.py"))
    assert empty_names(plant("", "app/helpers/dates.py"))
    assert not empty_names(plant("def handles(): ...\nclass Utility: ...\ndef done(): ..."))


@pytest.mark.parametrize(
    "text",
    [
        "class Base: ...",
        "reservation = 1",
        "def make(reservation_id): ...",
        "class SeatReservation: ...",
        "user_id = 1",
        "class UserSession: ...",
    ],
)
def test_another_word_for_a_thing_is_caught(text: str) -> None:
    assert other_words(plant(text))


def test_a_database_handle_called_session_is_caught() -> None:
    assert database_handles(plant("def f(session: AsyncSession): ..."))
    assert not database_handles(plant("def f(session: Session, db: AsyncSession): ..."))


def test_a_machine_s_name_is_caught(tmp_path: Path) -> None:
    planted = tmp_path / "notes.md"
    planted.write_text(f"fine\nsee {MACHINES[0]}main\n")
    assert machine_names([planted], tmp_path) == [Finding("notes.md", 2, f"names {MACHINES[0]}")]
    planted.write_text("open /workshops/ and works/")
    assert not machine_names([planted], tmp_path)
