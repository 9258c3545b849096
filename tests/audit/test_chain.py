"""The log holds: `app.cli verify-audit` names a changed, deleted or slipped-in entry."""

import subprocess
from collections.abc import Callable

import pytest

from app.kit.db import system_context
from app.wiring import JOBS, WIRING
from tests.cast import CAST, HERE
from tests.client import Client
from tests.command import app_cli  # starts app.cli

ENTRIES = 300
FILL = """
INSERT INTO audit_entry (district_id, id, at, channel, action, object_type)
SELECT :d, gen_random_uuid(), now() - interval '2 days' + n * interval '1 second', 'test',
  'person:read', 'person' FROM generate_series(1, :n) n
"""
OFF, ON = "ALTER TABLE {} DISABLE TRIGGER USER", "ALTER TABLE {} ENABLE TRIGGER USER"


async def seal(client: Client) -> None:
    job = next(job for job in JOBS if job.name == "audit.seal")
    await job.run(lambda: system_context(client.engine, WIRING, HERE), {})


async def sealed_log(client: Client) -> None:
    await client.rows(FILL, d=HERE, n=ENTRIES)
    await seal(client)
    assert await client.value("SELECT count(*) FROM audit_seal") == ENTRIES


async def behind_the_back(client: Client, table: str, sql: str) -> None:
    """What somebody with the database's password does."""
    await client.rows(OFF.format(table))
    await client.rows(sql)
    await client.rows(ON.format(table))


Verify = Callable[[], subprocess.CompletedProcess[str]]


@pytest.fixture
def verify(database_url: str) -> Verify:
    return lambda: app_cli(database_url, "verify-audit")


async def test_an_untouched_log_is_whole_and_sealing_again_adds_nothing(
    client: Client, verify: Verify
) -> None:
    await sealed_log(client)
    await seal(client)
    done = verify()
    assert done.returncode == 0, done.stdout
    assert f"{ENTRIES} 条操作日志完好" in done.stdout


@pytest.mark.parametrize(
    ("table", "sql"),
    [
        ("audit_entry", "UPDATE audit_entry SET action = 'person:none' WHERE id = '{}'"),
        ("audit_entry", "UPDATE audit_entry SET at = at + interval '1 second' WHERE id = '{}'"),
        ("audit_entry", "DELETE FROM audit_entry WHERE id = '{}'"),
        ("audit_seal", "UPDATE audit_seal SET hash = repeat('a', 64) WHERE entry_id = '{}'"),
    ],
)
async def test_a_touched_entry_is_named(
    client: Client, verify: Verify, table: str, sql: str
) -> None:
    await sealed_log(client)
    victim = await client.value("SELECT entry_id FROM audit_seal WHERE seq = 123")
    await behind_the_back(client, table, sql.format(victim))
    done = verify()
    assert done.returncode == 1
    assert "第 123 条不对" in done.stdout
    assert str(victim) in done.stdout


async def test_an_entry_slipped_in_later_is_named(client: Client, verify: Verify) -> None:
    await sealed_log(client)
    await client.rows(
        "INSERT INTO audit_entry (district_id, id, at, channel, action, object_type) "
        "VALUES (:d, '00000000-0000-4000-8000-000000000001', now() - interval '3 days', 'x', "
        "'person:read', 'person')",
        d=HERE,
    )
    done = verify()
    assert done.returncode == 1
    assert "00000000-0000-4000-8000-000000000001" in done.stdout


async def test_what_people_do_is_sealed_by_the_schedule(client: Client) -> None:
    await client.get(CAST.teacher, f"/people/{CAST.xiaonan.id}")
    await seal(client)
    assert await client.value("SELECT count(*) FROM audit_seal") == 0, "too young"
    await client.rows(OFF.format("audit_entry"))
    await client.rows("UPDATE audit_entry SET at = at - interval '1 minute'")
    await client.rows(ON.format("audit_entry"))
    await seal(client)
    assert await client.value("SELECT count(*) FROM audit_seal") == 1
