"""backup, restore, drill and doctor as the operator types them."""

from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.upkeep.service.keeping import find_backups
from tests.cast import CAST, HERE
from tests.conftest import EMBEDDED, cluster_of
from tests.flows.test_cli import app_cli
from tests.upkeep.conftest import KEY, run
from tests.upkeep.test_doctor import DELIVERY


async def test_from_backup_to_restore_on_the_command_line(
    engine: AsyncEngine,
    database_url: str,
    empty_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BACKUP_DIR", str(tmp_path))
    monkeypatch.setenv("BACKUP_KEY", KEY)
    await run(engine, DELIVERY, d=HERE, p=CAST.mama.id, state="pending")
    done = app_cli(database_url, "backup")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("备份成功")
    (path,) = find_backups(tmp_path).values()
    assert str(path) in done.stdout
    done = app_cli(empty_url, "restore", str(path))
    assert done.returncode == 0, done.stderr
    assert "学生 6" in done.stdout
    assert "1 条消息已改为“待核实”" in done.stdout
    cluster, _ = cluster_of(EMBEDDED)
    name = empty_url.split("@/")[1].split("?", maxsplit=1)[0]
    assert cluster.execute("SELECT state FROM delivery", name) == "unknown"
    path.write_bytes(path.read_bytes()[:-9])
    done = app_cli(empty_url, "drill", "--file", str(path))
    assert done.returncode == 1
    assert "不完整" in done.stderr


def test_doctor_prints_and_tells_by_its_exit_code(database_url: str) -> None:
    done = app_cli(database_url, "doctor")
    assert done.returncode == 1
    assert "有问题  后台程序" in done.stdout
    assert "python -m app.cli worker" in done.stdout


def test_a_short_backup_key_is_refused(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKUP_KEY", "short")
    done = app_cli(database_url, "backup")
    assert done.returncode == 1
    assert "BACKUP_KEY 太短" in done.stderr
