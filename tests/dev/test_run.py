"""Does ``run.py`` help, and does it fail in one plain sentence?"""

import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.dev.commands import COMMANDS, DEV_LOCK, RUN_LOCK

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("run.py", "requirements-bootstrap.lock", RUN_LOCK, DEV_LOCK)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Give a folder with just what the bootstrap reads."""
    folder = tmp_path / "checkout"
    (folder / "app" / "dev").mkdir(parents=True)
    for name in COPIED:
        shutil.copy(ROOT / name, folder)
    for name in ("__init__.py", "commands.py"):
        shutil.copy(ROOT / "app" / "dev" / name, folder / "app" / "dev")
    (folder / "app" / "__init__.py").touch()
    return folder


def run(
    checkout: Path, *arguments: str, prelude: str = "", **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run ``run.py`` with nothing on PATH, after ``prelude`` has prepared its interpreter."""
    site = checkout.parent / "site"
    site.mkdir(exist_ok=True)
    (site / "sitecustomize.py").write_text(prelude)
    (checkout.parent / "empty").mkdir(exist_ok=True)
    env = {
        "PATH": str(checkout.parent / "empty"),
        "PYTHONPATH": str(site),
        "HOME": str(checkout.parent),
        "PYTHONUTF8": "1",
        **variables,
    }
    argv = [sys.executable, str(checkout / "run.py"), *arguments]
    return subprocess.run(
        argv, env=env, capture_output=True, encoding="utf-8", check=False, timeout=60
    )


def assert_refusal(result: subprocess.CompletedProcess[str], *words: str) -> None:
    """Hold that a run ended with exit code 1 and one sentence containing these words."""
    assert result.returncode == 1
    assert "Traceback" not in result.stdout + result.stderr
    assert len(result.stderr.strip().splitlines()) == 1, result.stderr
    for word in words:
        assert word in result.stderr


def test_help_lists_every_command_without_making_an_environment(checkout: Path) -> None:
    result = run(checkout, "help")
    assert result.returncode == 0
    for command in COMMANDS:
        assert f"  {command.name} " in result.stdout
        assert command.summary in result.stdout
    assert not (checkout / ".venv").exists()


def test_unknown_command(checkout: Path) -> None:
    assert_refusal(run(checkout, "fly"), "fly", "run.py help")


def test_every_command_is_known_once_and_has_a_lock() -> None:
    names = [command.name for command in COMMANDS]
    assert len(names) == len(set(names))
    assert names[0] == "demo"
    assert all((ROOT / command.lock).exists() for command in COMMANDS)


def test_python_too_old(checkout: Path) -> None:
    result = run(checkout, "help", prelude="import sys; sys.version_info = (3, 10, 4)")
    assert_refusal(result, "3.11", "3.10")


def test_nothing_that_can_make_an_environment(checkout: Path) -> None:
    prelude = "import sys; sys.modules.update(ensurepip=None, pip=None, virtualenv=None)"
    result = run(checkout, "demo", prelude=prelude)
    assert_refusal(result, "apt-get install python3-venv")
    assert not (checkout / ".venv").exists()


def test_package_registry_unreachable(checkout: Path) -> None:
    nowhere = "http://127.0.0.1:9/simple"
    result = run(
        checkout,
        "demo",
        PIP_INDEX_URL=nowhere,
        PIP_CONFIG_FILE=os.devnull,
        PIP_RETRIES="0",
        UV_DEFAULT_INDEX=nowhere,
    )
    assert_refusal(result, "package registry", "网络")
    assert not list((checkout / ".venv").glob(".installed-*"))
    assert (checkout / ".venv" / "install.log").exists()


@pytest.mark.parametrize(
    ("output", "word"),
    [
        ("OSError: [Errno 28] No space left on device", "磁盘空间不够"),
        ("error: Failed to fetch: `x` dns error", "package registry"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE", "校验值"),
        ("PermissionError: [Errno 13] Permission denied: '.venv/lib'", "没有权限"),
        ("something nobody has seen before", "install.log"),
    ],
)
def test_what_an_installer_says_becomes_one_sentence(output: str, word: str) -> None:
    sentence = runpy.run_path(str(ROOT / "run.py"))["explain"](output)
    assert word in sentence
    assert "\n" not in sentence


def test_a_half_made_environment_is_not_taken_for_a_whole_one(checkout: Path) -> None:
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "bin" / "python").symlink_to(sys.executable)
    bootstrap = runpy.run_path(str(checkout / "run.py"))
    assert not bootstrap["is_installed"](RUN_LOCK)
    assert not bootstrap["venv_works"]()
    (checkout / ".venv" / "pyvenv.cfg").touch()
    (checkout / ".venv" / ".installing").touch()
    assert not bootstrap["venv_works"]()


def test_another_lock_is_not_installed(checkout: Path) -> None:
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "bin" / "python").symlink_to(sys.executable)
    bootstrap = runpy.run_path(str(checkout / "run.py"))
    bootstrap["stamp"](RUN_LOCK).write_text(bootstrap["digest"](RUN_LOCK) + "\n")
    assert bootstrap["is_installed"](RUN_LOCK)
    with (checkout / RUN_LOCK).open("a") as lock:
        lock.write("# changed\n")
    assert not bootstrap["is_installed"](RUN_LOCK)


def test_what_tests_install_is_enough_for_a_start() -> None:
    pins = runpy.run_path(str(ROOT / "run.py"))["pins"]
    assert len(pins(RUN_LOCK)) > 20
    assert pins(RUN_LOCK) <= pins(DEV_LOCK)


def test_processes_keep_their_compiled_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    env = runpy.run_path(str(ROOT / "run.py"))["clean_environment"]()
    assert "PYTHONDONTWRITEBYTECODE" not in env
