"""Is the code in the state that a change must leave it in?

Every check runs, also after one has failed, and gets one line; what a failed one
printed follows its line.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from app.dev.assets import ensure_assets
from app.dev.postgres import start_cluster
from app.dev.refusals import RefusalError
from app.dev.terminal import say

ROOT = Path(__file__).resolve().parents[2]
PYTHON = sys.executable
TYPED = ("run.py", "app", "wechat", "migrations", "tests")
TEMPLATES = ROOT / "app" / "web" / "templates"
AT_ONCE = 2
LINT_IMPORTS = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"


@dataclass(frozen=True)
class Outcome:
    """Whether a check passed, and what it printed."""

    passed: bool
    output: str


@dataclass(frozen=True)
class Check:
    """One check: its line, and the function that decides."""

    title: str
    decide: Callable[[], Outcome]


def run_program(*argv: str, **variables: str) -> Outcome:
    """Run a program in the product's folder; it passes with exit code 0."""
    result = subprocess.run(
        argv,
        cwd=ROOT,
        env={**os.environ, **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    return Outcome(result.returncode == 0, result.stdout)


def module(name: str, *arguments: str) -> Callable[[], Outcome]:
    """Make a check of a Python module run as a program."""
    return lambda: run_program(PYTHON, "-m", name, *arguments)


def types() -> Outcome:
    """Run mypy on every top-level folder that exists; pyproject.toml says how strictly."""
    return run_program(PYTHON, "-m", "mypy", *(name for name in TYPED if (ROOT / name).exists()))


def templates() -> Outcome:
    """Lint the templates, when there are any."""
    if not TEMPLATES.exists():
        return Outcome(passed=True, output="")
    return run_program(PYTHON, "-m", "djlint", "--lint", "--quiet", str(TEMPLATES))


def migrations() -> Outcome:
    """On a scratch cluster: empty to head, then the stairway and the comparison with the models."""
    with tempfile.TemporaryDirectory(prefix="wuchuang-check-") as folder:
        cluster = start_cluster(Path(folder) / "pg", durable=False)
        try:
            variables = {"DATABASE_URL": cluster.create_database("scratch"), "DEMO": "1"}
            outcome = run_program(PYTHON, "-m", "app.cli", "migrate", **variables)
            if outcome.passed:
                outcome = run_program(PYTHON, "-m", "app.dev.stairway", **variables)
        finally:
            cluster.stop("immediate")
    return outcome


CHECKS: tuple[Check, ...] = (
    Check("代码规范（ruff check）", module("ruff", "check", ".")),
    Check("代码格式（ruff format）", module("ruff", "format", "--check", ".")),
    Check("类型（mypy strict）", types),
    Check("依赖方向（import-linter）", lambda: run_program(PYTHON, "-c", LINT_IMPORTS)),
    Check("页面模板（djlint）", templates),
    Check("数据库迁移（空库到最新、逐级来回、与模型一致）", migrations),
    Check("接口说明（docs/openapi.json）", module("app.contract", "openapi", "--check")),
    Check("结构规则（tests/arch）", module("pytest", "tests/arch", "-q")),
)


def decided(check: Check) -> tuple[Outcome, float]:
    """How a check ended, and the seconds it took."""
    begin = time.monotonic()
    try:
        outcome = check.decide()
    except RefusalError as refusal:
        outcome = Outcome(passed=False, output=str(refusal))
    return outcome, time.monotonic() - begin


def run_checks(checks: Sequence[Check]) -> int:
    """Run the checks, two at a time; one line each in their order. Gives 1 when any failed."""
    failed = 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for check, (outcome, seconds) in zip(checks, pool.map(decided, checks), strict=True):
            say(f"{'通过' if outcome.passed else '失败'}  {check.title}  {seconds:.1f} 秒")
            if not outcome.passed:
                failed += 1
                say(outcome.output.rstrip() + "\n")
    say(f"{failed} 项检查没有通过。" if failed else f"{len(checks)} 项检查全部通过。")
    return 1 if failed else 0


def main(_arguments: Sequence[str]) -> int:
    """Run every check."""
    ensure_assets()
    return run_checks(CHECKS)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
