"""Do all checks run, and are tests started with what they need?"""

from collections.abc import Sequence
from pathlib import Path

import pytest

from app.dev import testing
from app.dev.checks import Check, Outcome, run_checks
from app.dev.refusals import RefusalError


def test_a_failed_check_does_not_hide_the_others(capsys: pytest.CaptureFixture[str]) -> None:
    def refuse() -> Outcome:
        raise RefusalError("没有数据库")

    checks = (
        Check("一", lambda: Outcome(passed=False, output="why")),
        Check("二", refuse),
        Check("三", lambda: Outcome(passed=True, output="hidden")),
    )
    assert run_checks(checks) == 1
    printed = capsys.readouterr().out
    assert [line[:5] for line in printed.splitlines() if line[:2] in {"通过", "失败"}] == [
        "失败  一",
        "失败  二",
        "通过  三",
    ]
    assert "why" in printed
    assert "没有数据库" in printed
    assert "hidden" not in printed
    assert run_checks(checks[2:]) == 0


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ((), ["-n", "2", "--dist", "loadfile"]),
        (("-q", "tests/dev"), ["-n", "2", "--dist", "loadfile", "-q", "tests/dev"]),
        (("-n0", "-x"), ["-n0", "-x"]),
        (("--dist=load",), ["--dist=load"]),
    ],
)
def test_parallel_unless_chosen_otherwise(given: Sequence[str], used: list[str]) -> None:
    assert testing.pytest_arguments(given) == used


def test_missing_browser_as_an_ordinary_user_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(testing, "find_browser", lambda: None)
    monkeypatch.setattr(testing, "has_chinese_font", lambda: False)
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(RefusalError, match="chromium fonts-wqy-microhei") as refusal:
        testing.ensure_browser()
    assert "\n" not in str(refusal.value)


def test_missing_browser_as_root_is_installed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ran: list[tuple[str, ...]] = []
    monkeypatch.setattr(testing, "DEBIAN_MARK", tmp_path)
    monkeypatch.setattr(testing, "find_browser", lambda: None)
    monkeypatch.setattr(testing, "has_chinese_font", lambda: True)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr(testing, "apt_get", lambda *words: ran.append(words))
    testing.ensure_browser()
    assert ran == [("update",), ("install", "-y", "--no-install-recommends", "chromium")]


def test_tests_work_in_memory_where_there_is_enough_and_leave_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    left = tmp_path / f"{testing.MEMORY_NAME}0"
    left.mkdir()
    monkeypatch.setattr(testing, "MEMORY", tmp_path)
    monkeypatch.setattr(testing, "is_number_in_use", lambda number: number > 0)
    monkeypatch.setattr(testing, "NEEDED_FILES", 1)
    monkeypatch.setattr(testing, "free_memory", lambda: testing.NEEDED_MEMORY)
    with testing.in_memory() as variables:
        folder = Path(variables[testing.DATA_VARIABLE])
        assert (folder.is_dir(), left.exists()) == (True, False)
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(testing, "free_memory", lambda: testing.NEEDED_MEMORY - 1)
    with testing.in_memory() as variables:
        assert (variables, list(tmp_path.iterdir())) == ({}, [])
