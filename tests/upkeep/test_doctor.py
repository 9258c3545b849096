"""The check-up says 好 when all is well and finds each planted trouble, with its remedy."""

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from app.kit.db import make_engine
from app.kit.settings import Settings
from app.upkeep.kinds import Condition
from app.upkeep.rules import printed
from app.upkeep.schemas import Finding
from app.upkeep.service import machine
from app.upkeep.service.doctor import examine, has_trouble
from tests.cast import CAST, HERE
from tests.client import Client
from tests.upkeep.conftest import run

GOOD, NOTICE, TROUBLE = Condition.GOOD, Condition.NOTICE, Condition.TROUBLE
DELIVERY = """
WITH n AS (INSERT INTO notification (district_id, id, person_id, kind, fact_key, fields)
  VALUES (:d, gen_random_uuid(), :p, 'arrived', 'x', '{}') RETURNING district_id, id)
INSERT INTO delivery (district_id, id, notification_id, channel, state, due_at)
SELECT district_id, gen_random_uuid(), id, 'wechat', :state, now() - interval '1 hour' FROM n
"""
REPORT = """
INSERT INTO upkeep_report (id, kind, started_at, ok, sentence) VALUES
(gen_random_uuid(), :kind, now() - make_interval(hours => :hours), :ok, '备份没有写成。')
"""
QUEUED = """
INSERT INTO pgqueuer (priority, entrypoint, status, created, updated, heartbeat, execute_after)
VALUES (0, 'people.roster_check', 'failed', now(), now(), now(), now())
"""
PUSH = """
INSERT INTO inbound_push (district_id, account, dedupe_key, event, raw, received_at)
VALUES (:d, 'testacc', 'k', 'text', '', now() - make_interval(days => :days))
"""


@pytest.fixture
def live(keeping: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """As in production; the certificate's own tests reach no network."""

    async def ninety(host: str, port: int) -> int:
        return 90

    monkeypatch.setattr(machine, "_days_left", ninety)
    update = {"demo": False, "responsible_person": "王主任", "base_url": "https://school.example"}
    return keeping.model_copy(update=update)


@pytest.fixture
async def pooled(live: Settings) -> AsyncIterator[AsyncEngine]:
    engine = make_engine(live, "test")
    await run(engine, "INSERT INTO heartbeat (name, beat_at) VALUES ('worker', now())")
    await run(engine, REPORT, kind="backup", hours=1, ok=True)
    await run(engine, REPORT, kind="drill", hours=48, ok=True)
    await run(engine, PUSH, d=HERE, days=1)
    yield engine
    await engine.dispose()


async def look(engine: AsyncEngine, settings: Settings) -> dict[str, Finding]:
    return {finding.name: finding for finding in await examine(engine, settings)}


async def test_a_healthy_installation_is_well(pooled: AsyncEngine, live: Settings) -> None:
    found = await look(pooled, live)
    # The tests' own PostgreSQL forgets on purpose.
    assert found.pop("断电保护").condition is TROUBLE
    bad = [str(finding) for finding in found.values() if finding.condition is not GOOD]
    assert not bad
    assert len(found) == 17
    assert not any(finding.remedy for finding in found.values())
    assert not has_trouble(list(found.values()))


@pytest.mark.parametrize(
    ("name", "condition", "sql", "params"),
    [
        ("后台程序", TROUBLE, "UPDATE heartbeat SET beat_at = now() - interval '5 minutes'", {}),
        ("后台程序", TROUBLE, "DELETE FROM heartbeat", {}),
        ("后台任务", TROUBLE, QUEUED, {}),
        ("消息投递", NOTICE, DELIVERY, {"state": "failed"}),
        ("消息投递", NOTICE, DELIVERY, {"state": "unknown"}),
        ("消息投递", TROUBLE, DELIVERY, {"state": "pending"}),
        ("服务号密钥", TROUBLE, "UPDATE channel_account SET sealed_secret = 'x'", {}),
        ("服务号密钥", NOTICE, "DELETE FROM channel_account", {}),
        ("微信来信", NOTICE, "UPDATE inbound_push SET received_at = now() - interval '9 days'", {}),
        (
            "备份",
            NOTICE,
            "UPDATE upkeep_report SET started_at = now() - interval '5 hours'",
            {},
        ),
        (
            "备份",
            TROUBLE,
            "UPDATE upkeep_report SET started_at = now() - interval '2 days'",
            {},
        ),
        ("备份", TROUBLE, REPORT, {"kind": "backup", "hours": 0, "ok": False}),
        ("备份", TROUBLE, "DELETE FROM upkeep_report", {}),
        ("恢复演练", TROUBLE, REPORT, {"kind": "drill", "hours": 0, "ok": False}),
        ("恢复演练", NOTICE, "DELETE FROM upkeep_report WHERE kind = 'drill'", {}),
        (
            "单位有效期",
            TROUBLE,
            "UPDATE organization SET valid_until = current_date - 3 WHERE name = '陶艺工坊'",
            {},
        ),
        (
            "单位有效期",
            NOTICE,
            "UPDATE organization SET valid_until = current_date + 9 WHERE name = '陶艺工坊'",
            {},
        ),
        (
            "操作日志",
            TROUBLE,
            (
                "INSERT INTO audit_entry (district_id, id, at, channel, action, object_type) VALUES "
                f"('{HERE}', gen_random_uuid(), now() - interval '1 hour', 'x', 'x:y', 'x')"
            ),
            {},
        ),
        ("数据库结构", TROUBLE, "UPDATE alembic_version SET version_num = '0004'", {}),
    ],
)
async def test_a_planted_trouble_is_found(
    pooled: AsyncEngine,
    live: Settings,
    name: str,
    condition: Condition,
    sql: str,
    params: dict[str, Any],
) -> None:
    before = (await look(pooled, live))[name]
    assert before.condition is GOOD, before.sentence
    if ":d" in sql and ":p" in sql:
        params = {**params, "d": HERE, "p": CAST.mama.id}
    await run(pooled, sql, **params)
    found = (await look(pooled, live))[name]
    assert found.condition is condition, found.sentence
    assert found.sentence.endswith("。")
    assert found.remedy or "没有写成" in found.sentence


@pytest.mark.parametrize(
    ("name", "condition", "change"),
    [
        ("密钥和模式", NOTICE, {"demo": True}),
        ("密钥和模式", TROUBLE, {"secret_key": SecretStr("change-me")}),
        ("儿童信息负责人", NOTICE, {"responsible_person": ""}),
        ("备份", NOTICE, {"backup_key": SecretStr("")}),
        ("网址证书", NOTICE, {"base_url": "http://school.example"}),
        ("服务号密钥", TROUBLE, {"secret_key": SecretStr("another-key-another-key-another-key-")}),
    ],
)
async def test_a_wrong_setting_is_found(
    pooled: AsyncEngine, live: Settings, name: str, condition: Condition, change: dict[str, Any]
) -> None:
    found = (await look(pooled, live.model_copy(update=change)))[name]
    assert found.condition is condition, found.sentence


@pytest.mark.parametrize(("percent", "condition"), [(79, GOOD), (85, NOTICE), (96, TROUBLE)])
async def test_a_disk_that_fills_is_found(
    pooled: AsyncEngine,
    live: Settings,
    monkeypatch: pytest.MonkeyPatch,
    percent: int,
    condition: Condition,
) -> None:
    monkeypatch.setattr(machine, "_percent", lambda _: percent)
    assert (await look(pooled, live))["磁盘空间"].condition is condition


async def test_a_clock_that_is_off_and_a_certificate_that_ends_are_found(
    pooled: AsyncEngine, live: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def two(host: str, port: int) -> int:
        return 2

    monkeypatch.setattr(machine, "_days_left", two)
    assert (await look(pooled, live))["网址证书"].condition is TROUBLE
    monkeypatch.setattr(time, "time", lambda: 0.0)
    assert (await look(pooled, live))["时钟"].condition is TROUBLE


async def test_one_check_that_breaks_does_not_hide_the_others(
    pooled: AsyncEngine, live: Settings
) -> None:
    await run(pooled, "DROP TABLE access_token")
    findings = await examine(pooled, live)
    assert len(findings) == 18
    assert sum("没有查成" in finding.sentence for finding in findings) == 1


async def test_a_database_that_is_away_is_one_finding(live: Settings) -> None:
    away = live.model_copy(update={"database_url": "postgresql+asyncpg://nobody@127.0.0.1:9/none"})
    engine = make_engine(away, "test")
    (finding,) = await examine(engine, away)
    assert finding.condition is TROUBLE
    assert "DATABASE_URL" in finding.remedy
    await engine.dispose()


def test_columns_stand_under_each_other() -> None:
    lines = printed(
        [
            Finding(name="数据库", condition=GOOD, sentence="甲。"),
            Finding(name="TLS 证书", condition=TROUBLE, sentence="乙。", remedy="丙。"),
        ]
    )
    assert lines == ["好      数据库    甲。", "有问题  TLS 证书  乙。丙。"]


async def test_the_secretariat_reads_findings_and_reports(client: Client) -> None:
    await client.rows(REPORT, kind="backup", hours=1, ok=False)
    for who in (CAST.secretary, CAST.admin):
        found = (await client.get(who, "/upkeep/findings")).json()["items"]
        assert {"数据库", "备份"} <= {item["name"] for item in found}
        reports = (await client.get(who, "/upkeep/reports?kind=backup")).json()["items"]
        assert [report["ok"] for report in reports] == [False]
    for who in (CAST.teacher, CAST.mama, CAST.liaison, CAST.viewer):
        assert (await client.get(who, "/upkeep/findings")).status_code == 403
        assert (await client.get(who, "/upkeep/reports")).status_code == 403


async def test_organizations_of_another_district_are_not_told(
    client: Client, settings: Settings, tmp_path: Path
) -> None:
    await client.rows(
        "UPDATE organization SET valid_until = current_date - 3 WHERE name = '外学区小学'"
    )
    response = await client.get(CAST.secretary, "/upkeep/findings")
    assert "外学区小学" not in response.text
    everything = await examine(client.engine, settings)
    assert any("外学区小学" in finding.sentence for finding in everything)
