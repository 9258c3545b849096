"""Is what we promise there: every setting, every command, every line of the README?"""

import argparse
import ast
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from app import cli
from app.dev.commands import COMMANDS
from app.kit.settings import Settings
from tests.arch.source import ROOT, Source, calls, dotted, plant, sources

EXAMPLE = ROOT / ".env.example"
SETTING = re.compile(r"^#? ?([A-Z][A-Z0-9_]*)=", re.MULTILINE)
RUN = re.compile(r"python3? run\.py(?: +([a-z][a-z-]*))?")
CLI = re.compile(r"(?:python3?|PYTHON\}?) -m app\.cli(?: +([a-z][a-z-]*))?")
STARTS_CLI = re.compile(r"app\.cli\b|\bcli\.main\b|from app import .*\bcli\b")


def declared_settings(settings: type[Any]) -> set[str]:
    return {name.upper() for name in settings.model_fields}


def exemplified(text: str) -> set[str]:
    """Settings in an example file, set or commented out."""
    return set(SETTING.findall(text))


def subcommands(parser: argparse.ArgumentParser) -> set[str]:
    return {
        name
        for action in parser._actions
        if isinstance(action, argparse._SubParsersAction)
        for name in action.choices
    }


def unknown_commands(text: str, run: set[str], operator: set[str]) -> list[str]:
    """Commands that a document tells people to type and that do not exist."""
    found = [f"run.py {name}" for name in RUN.findall(text) if name and name not in run]
    return found + [
        f"app.cli {name}" for name in CLI.findall(text) if name and name not in operator
    ]


def exercised(tree: list[Source]) -> set[str]:
    """Words that test files which start the command line hand over to anything."""
    found: set[str] = set()
    for source in tree:
        if not STARTS_CLI.search(source.text):
            continue
        for call in calls(source):
            for node in ast.walk(call):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found |= {node.value, *CLI.findall(f"python -m {node.value}")}
                elif isinstance(node, ast.Attribute) and dotted(node.value) == "cli":
                    found.add(node.attr.replace("_", "-"))
    return found


def missing_modules(commands: dict[str, str], root: Path) -> list[str]:
    """Commands of run.py whose module is not there."""
    return [
        f"{name}: {module}"
        for name, module in commands.items()
        if module
        and not (root / f"{module.replace('.', '/')}.py").exists()
        and not (root / module.replace(".", "/") / "__init__.py").exists()
    ]


def documents() -> str:
    paths = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    return "\n".join(path.read_text(encoding="utf-8") for path in paths if path.exists())


def test_every_setting_is_in_the_example_and_no_other() -> None:
    assert EXAMPLE.exists(), ".env.example is missing"
    assert exemplified(EXAMPLE.read_text(encoding="utf-8")) == declared_settings(Settings)


def test_every_setting_is_explained_in_the_code() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_every_operator_command_is_run_by_a_test() -> None:
    tree = [s for s in sources(ROOT, ("tests",)) if not s.within("tests/arch")]
    assert not (missing := sorted(subcommands(cli._parser()) - exercised(tree))), missing


def test_every_command_of_run_py_has_its_module() -> None:
    assert missing_modules({command.name: command.module for command in COMMANDS}, ROOT) == []


def test_every_command_in_the_documents_exists() -> None:
    assert (ROOT / "README.md").exists(), "README.md is missing"
    run = {command.name for command in COMMANDS}
    assert unknown_commands(documents(), run, subcommands(cli._parser())) == []


def test_every_dependency_that_only_tools_need_stays_out_of_the_product() -> None:
    """What the product imports, it declares; the lock of production is made from that list."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {re.split(r"[\[>=<;~! ]", name)[0] for name in project["dependencies"]}
    tools = {re.split(r"[\[>=<;~! ]", n)[0] for n in project["optional-dependencies"]["dev"]}
    assert not declared & tools


def test_a_setting_without_example_is_caught() -> None:
    class Planted(Settings):
        colour: str = "red"

    assert declared_settings(Planted) - declared_settings(Settings) == {"COLOUR"}
    text = "# a word of explanation\nCOLOUR=red\n#SHAPE=round\n# TASTE=\nnot_one=1\n"
    assert exemplified(text) == {"COLOUR", "SHAPE", "TASTE"}


@pytest.mark.parametrize(
    "text",
    ["python3 run.py fly", "$ python -m app.cli fly --now", "`python3 -m app.cli fly`"],
)
def test_a_command_that_does_not_exist_is_caught(text: str) -> None:
    assert unknown_commands(text, {"demo"}, {"migrate"})
    fine = "python3 run.py\npython3 run.py demo\npython -m app.cli migrate"
    assert not unknown_commands(fine, {"demo"}, {"migrate"})


def test_a_command_without_a_test_is_seen() -> None:
    told = 'from app import cli\n\ndef test_it():\n    assert cli.main(["migrate"]) == 0'
    assert "migrate" in exercised(plant(told))
    assert "fly" not in exercised(plant(told))
    assert "migrate" not in exercised(plant('words = count("migrate")'))
    assert "wechat-push" in exercised(plant("from app import cli\ncli.wechat_push(options)"))


def test_a_command_without_a_module_is_caught(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "there.py").touch()
    commands = {"a": "app.there", "b": "app.gone", "help": ""}
    assert missing_modules(commands, tmp_path) == ["b: app.gone"]
