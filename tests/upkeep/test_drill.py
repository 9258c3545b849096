"""The drill proves the newest backup, says so plainly, and leaves nothing behind."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.kit.settings import Settings
from app.upkeep import jobs
from app.upkeep.rules import backup_name, differences, moment_of, superfluous
from app.upkeep.service.keeping import find_backups, rotate
from app.upkeep.service.reports import back_up, drill
from tests.conftest import cluster_of
from tests.upkeep.conftest import KEY, run

REPORTS = "SELECT kind, ok, sentence, detail FROM upkeep_report ORDER BY started_at DESC"
# Another test's drill beside this one has a scratch of its own in the same cluster.
SCRATCHES = "SELECT count(*) FROM pg_database WHERE starts_with(datname, current_database() || '_')"


async def test_a_drill_restores_and_compares_and_reports(
    worked: AsyncEngine, keeping: Settings, every_postgres: str
) -> None:
    assert (await back_up(worked, keeping)).ok
    outcome = await drill(worked, keeping)
    assert outcome.ok, outcome.sentence
    assert "演练成功" in outcome.sentence
    assert "学生 56" in outcome.sentence
    newest, first = await run(worked, REPORTS)
    assert (newest.kind, newest.ok, newest.sentence) == ("drill", True, outcome.sentence)
    assert (first.kind, first.ok) == ("backup", True)
    assert newest.detail["totals"]["学生"] == 56
    assert await run(worked, SCRATCHES) == [(0,)]


async def test_a_drill_on_a_damaged_backup_fails_in_plain_words(
    worked: AsyncEngine, keeping: Settings
) -> None:
    await back_up(worked, keeping)
    (path,) = find_backups(keeping.backup_dir).values()
    path.write_bytes(path.read_bytes()[:-100])
    outcome = await drill(worked, keeping)
    assert not outcome.ok
    assert "不完整或被改动过" in outcome.sentence
    assert "换用更早的一份备份" in outcome.sentence
    newest = (await run(worked, REPORTS))[0]
    assert (newest.kind, newest.ok, newest.sentence) == ("drill", False, outcome.sentence)
    assert await run(worked, SCRATCHES) == [(0,)]


async def test_a_drill_sees_a_log_that_was_tampered_with_before_the_backup(
    worked: AsyncEngine, keeping: Settings
) -> None:
    await run(worked, "ALTER TABLE audit_entry DISABLE TRIGGER USER")
    await run(
        worked,
        "UPDATE audit_entry SET action = 'person:none' WHERE id = "
        "(SELECT entry_id FROM audit_seal WHERE seq = 123)",
    )
    await back_up(worked, keeping)
    outcome = await drill(worked, keeping)
    assert not outcome.ok
    assert "第 123 条" in outcome.sentence


async def test_a_drill_without_backup_or_without_right_says_what_to_do(
    worked: AsyncEngine, keeping: Settings, database_url: str
) -> None:
    assert "先运行" in (await drill(worked, keeping)).sentence
    await back_up(worked, keeping)
    cluster, _ = cluster_of("embedded")
    cluster.execute("DROP ROLE IF EXISTS t_small")
    cluster.execute("CREATE ROLE t_small LOGIN")
    try:
        small = database_url.replace("postgres@", "t_small@")
        outcome = await drill(worked, keeping.model_copy(update={"database_url": small}))
    finally:
        cluster.execute("DROP ROLE t_small")
    assert "ALTER ROLE t_small CREATEDB" in outcome.sentence


async def test_a_failed_backup_is_reported_too(worked: AsyncEngine, keeping: Settings) -> None:
    keeping.backup_dir.touch()
    outcome = await back_up(worked, keeping)
    assert not outcome.ok
    assert "备份没有写成" in outcome.sentence
    assert (await run(worked, REPORTS))[0].ok is False


async def test_the_schedule_backs_up_and_drills_once_a_week(
    worked: AsyncEngine, keeping: Settings
) -> None:
    backup, weekly = jobs.JOBS
    await weekly.run(worked, keeping)
    assert await run(worked, REPORTS) == [], "nothing to drill with"
    await backup.run(worked, keeping)
    await weekly.run(worked, keeping)
    await weekly.run(worked, keeping)
    assert [row.kind for row in await run(worked, REPORTS)] == ["drill", "backup"]
    await run(worked, "UPDATE upkeep_report SET started_at = now() - interval '7 days'")
    await weekly.run(worked, keeping)
    assert len(await run(worked, REPORTS)) == 3


NOW = datetime(2026, 11, 21, 20, 30, tzinfo=UTC)
YEAR = [NOW - timedelta(hours=hour) for hour in range(24 * 60)]


def kept_of(moments: list[datetime], newest_good: datetime) -> list[datetime]:
    gone = superfluous(moments, NOW, newest_good)
    return [moment for moment in moments if moment not in gone]


def test_rotation_keeps_hours_days_and_weeks_and_nothing_older_than_35_days() -> None:
    kept = kept_of(YEAR, NOW)
    assert kept[:24] == YEAR[:24]
    assert len(kept) == 24 + 12 + 3, (
        "two of the days are among the hours, two of the weeks among the days"
    )
    assert all(NOW - moment <= timedelta(days=35) for moment in kept)
    assert kept_of(kept, NOW) == kept, "running again deletes nothing"


def test_rotation_never_deletes_the_newest_good_one() -> None:
    old = NOW - timedelta(days=300)
    assert old in kept_of([*YEAR, old], old)
    assert kept_of([old], old) == [old]


def test_rotation_day_by_day_always_leaves_a_month_of_choice() -> None:
    """As it really runs: a backup and a rotation every hour for 60 days."""
    held: list[datetime] = []
    for moment in reversed(YEAR):
        held = [*held, moment]
        gone = superfluous(held, moment, moment)
        held = [one for one in held if one not in gone]
    assert 38 <= len(held) <= 43
    assert NOW - min(held) > timedelta(days=21)
    assert NOW - min(held) <= timedelta(days=35)


async def test_rotation_spares_strangers_and_keeps_a_good_one_behind_a_bad_one(
    worked: AsyncEngine, keeping: Settings
) -> None:
    await back_up(worked, keeping)
    folder = keeping.backup_dir
    ((made, good),) = find_backups(folder).items()
    bad = folder / backup_name(made + timedelta(hours=1))
    bad.write_bytes(b"half")
    forgotten = folder / backup_name(made - timedelta(days=90))
    forgotten.write_bytes(good.read_bytes())
    (folder / "readme.txt").touch()
    assert await rotate(folder, KEY, made + timedelta(days=50)) == [bad, forgotten]
    assert good.exists()
    assert (folder / "readme.txt").exists()
    good.unlink()
    bad.write_bytes(b"half")
    assert await rotate(folder, KEY, made + timedelta(days=50)) == [], "without a good one: nothing"


def test_names_and_differences() -> None:
    assert moment_of(backup_name(NOW)) == NOW
    assert moment_of("wuchuang-20261399T000000Z.backup") is None
    assert moment_of(Path("x.backup").name) is None
    assert differences({"学生": 3}, {"学生": 2}) == ["学生应为 3，实为 2"]


@pytest.mark.parametrize("kind", ["backup", "drill"])
async def test_only_the_owner_writes_reports(worked: AsyncEngine, kind: str) -> None:
    with pytest.raises(Exception, match="permission denied"):
        await run_as_tenant(worked, kind)


async def run_as_tenant(engine: AsyncEngine, kind: str) -> None:
    async with engine.begin() as conn:
        await conn.exec_driver_sql("SET LOCAL ROLE wuchuang_app")
        await conn.exec_driver_sql(
            "INSERT INTO upkeep_report (id, kind, started_at, ok, sentence) "
            f"VALUES (gen_random_uuid(), '{kind}', now(), true, 'x')"
        )
