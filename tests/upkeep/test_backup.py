"""A backup comes back whole, or is refused in one sentence and changes nothing."""

import asyncio
import json
import os
import stat
import zipfile
from pathlib import Path
from time import monotonic

import pytest
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.audit.queries import verify_chain
from app.kit.db import transaction
from app.kit.errors import DomainError
from app.kit.leisure import Leisure
from app.kit.settings import Settings
from app.upkeep.errors import (
    BackupDamaged,
    BackupKeyNeeded,
    BackupKeyWrong,
    BackupMissing,
    BackupTooNew,
    CannotWrite,
    NotABackup,
    TargetNotEmpty,
    TargetOtherShape,
)
from app.upkeep.service import archive
from app.upkeep.service.archive import opened_backup
from app.upkeep.service.backup import read_totals, write_backup
from app.upkeep.service.link import connected, migrate
from app.upkeep.service.restore import restore_backup
from tests.cast import CAST, HERE
from tests.conftest import EMBEDDED, cluster_of
from tests.upkeep.conftest import KEY, run

COUNTS = (
    "SELECT (SELECT count(*) FROM booking), (SELECT count(*) FROM audit_seal), "
    "(SELECT max(queue_no) FROM booking), (SELECT count(*) FROM pgqueuer_log)"
)
PLAIN = {"backup_key": SecretStr("")}


async def tables_of(url: str) -> int:
    async with connected(url) as conn:
        found: int = await conn.fetchval(
            "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        )
    return found


async def refused(url: str, path: Path, why: type[DomainError], key: str | None = KEY) -> str:
    """The sentence; the empty target must be as empty as before."""
    with pytest.raises(why) as caught:
        await restore_backup(url, path, key)
    assert await tables_of(url) == 0
    return caught.value.text()


@pytest.mark.parametrize("encrypted", [True, False])
async def test_everything_comes_back(
    worked: AsyncEngine, keeping: Settings, empty_url: str, encrypted: bool, every_postgres: str
) -> None:
    settings = keeping if encrypted else keeping.model_copy(update=PLAIN)
    path, manifest = await write_backup(settings)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(manifest.totals) == 12
    assert manifest.totals["学生"] == 56
    assert manifest.totals["预约"] == 55
    restored = await restore_backup(empty_url, path, KEY if encrypted else None)
    assert restored == manifest
    other = create_async_engine(empty_url)
    assert await run(other, COUNTS) == await run(worked, COUNTS)
    async with transaction(other) as conn:
        verdict = await verify_chain(conn, HERE)
    assert (verdict.wrong, verdict.sealed) == (None, 300)
    assert verdict.head == manifest.audit[0].head
    sizes = "SELECT reltuples FROM pg_class WHERE relname = 'booking'"
    assert await run(other, sizes) == [(55.0,)], "without statistics plans are bad"
    # Life goes on: numbering continues, the log stays append-only, the wall stands again.
    await run(
        other,
        "INSERT INTO booking (district_id, id, session_id, pupil_id, state) SELECT district_id, "
        "gen_random_uuid(), session_id, pupil_id, 'cancelled' FROM booking LIMIT 1",
    )
    last = await run(other, "SELECT max(queue_no) FROM booking")
    assert last[0][0] == (await run(worked, COUNTS))[0][2] + 1
    with pytest.raises(Exception, match="append-only"):
        await run(other, "DELETE FROM audit_entry")
    walls = "SELECT relname FROM pg_class WHERE relforcerowsecurity ORDER BY 1"
    assert await run(other, walls) == await run(worked, walls)
    await other.dispose()


async def test_a_backup_that_nobody_waits_for_rests_but_not_for_ever(
    worked: AsyncEngine, keeping: Settings, empty_url: str
) -> None:
    leisure = Leisure(rests=1000.0, left=0.3)
    began = monotonic()
    path, manifest = await write_backup(keeping, leisure=leisure)
    assert monotonic() - began > 0.3
    assert leisure.left == 0, "with such rests every table would take minutes"
    assert await restore_backup(empty_url, path, KEY) == manifest


async def test_an_ordinary_database_role_can_restore(
    worked: AsyncEngine, keeping: Settings, every_postgres: str
) -> None:
    """The product's own role is no superuser; row security must not stop it."""
    cluster, _ = cluster_of(every_postgres)
    path, manifest = await write_backup(keeping)
    cluster.drop_database("t_ordinary")
    cluster.execute("DROP ROLE IF EXISTS t_ordinary")
    cluster.execute("CREATE ROLE t_ordinary LOGIN CREATEDB CREATEROLE")
    cluster.execute("GRANT wuchuang_app TO t_ordinary WITH ADMIN OPTION")
    cluster.execute("CREATE DATABASE t_ordinary OWNER t_ordinary")
    try:
        url = cluster.url("t_ordinary").replace("postgres@", "t_ordinary@")
        assert await restore_backup(url, path, KEY) == manifest
        again = keeping.model_copy(update={"database_url": url})
        _, copied = await write_backup(again)
        assert sorted(map(str, copied.tables)) == sorted(map(str, manifest.tables))
    finally:
        cluster.drop_database("t_ordinary")
        cluster.execute("DROP ROLE t_ordinary")


async def test_a_backup_of_an_older_shape_is_brought_up_to_date(
    keeping: Settings, empty_url: str
) -> None:
    cluster, _ = cluster_of(EMBEDDED)
    cluster.drop_database("t_older")
    older = cluster.create_database("t_older")
    try:
        await migrate(older, "0005")
        path, manifest = await write_backup(keeping.model_copy(update={"database_url": older}))
        assert manifest.revision == "0005"
        await restore_backup(empty_url, path, KEY)
        async with connected(empty_url) as conn:
            assert await conn.fetchval("SELECT count(*) FROM upkeep_report") == 0
    finally:
        cluster.drop_database("t_older")


@pytest.mark.parametrize("encrypted", [True, False])
async def test_a_file_cut_short_is_refused(
    worked: AsyncEngine, keeping: Settings, empty_url: str, tmp_path: Path, encrypted: bool
) -> None:
    settings = keeping if encrypted else keeping.model_copy(update=PLAIN)
    path, _ = await write_backup(settings)
    whole, cut = path.read_bytes(), tmp_path / "cut.backup"
    frames = [50 + 65552 * number for number in (1, 2) if 50 + 65552 * number < len(whole)]
    for length in (0, 10, 40, 50, 60, *frames, len(whole) // 2, len(whole) - 70, len(whole) - 1):
        cut.write_bytes(whole[:length])
        with pytest.raises((BackupDamaged, NotABackup)):
            await restore_backup(empty_url, cut, KEY)
    assert "不完整" in await refused(empty_url, cut, BackupDamaged)


@pytest.mark.parametrize("encrypted", [True, False])
async def test_one_flipped_bit_anywhere_is_refused(
    worked: AsyncEngine, keeping: Settings, empty_url: str, tmp_path: Path, encrypted: bool
) -> None:
    settings = keeping if encrypted else keeping.model_copy(update=PLAIN)
    path, _ = await write_backup(settings)
    whole, bad = bytearray(path.read_bytes()), tmp_path / "bad.backup"
    for place in (0, 5, 20, 45, *range(60, len(whole), len(whole) // 12), len(whole) - 1):
        whole[place] ^= 1
        bad.write_bytes(whole)
        whole[place] ^= 1
        with pytest.raises(DomainError):
            await restore_backup(empty_url, bad, KEY)
    assert await tables_of(empty_url) == 0


async def test_without_the_right_key_nothing_opens(
    worked: AsyncEngine, keeping: Settings, empty_url: str, tmp_path: Path
) -> None:
    path, _ = await write_backup(keeping)
    assert "BACKUP_KEY" in await refused(empty_url, path, BackupKeyNeeded, None)
    assert "不一致" in await refused(empty_url, path, BackupKeyWrong, "another-key-of-16-chars")
    assert CAST.xiaonan.name.encode() not in path.read_bytes()
    other = tmp_path / "letter.docx"
    other.write_bytes(b"a letter")
    await refused(empty_url, other, NotABackup)
    await refused(empty_url, tmp_path / "none.backup", BackupMissing)


async def test_a_newer_format_or_shape_is_refused(
    worked: AsyncEngine, keeping: Settings, empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, _ = await write_backup(keeping)
    future = path.with_name("future.backup")
    future.write_bytes(path.read_bytes().replace(b"WUCHUANG-BACKUP-1", b"WUCHUANG-BACKUP-2"))
    assert "更新的软件版本" in await refused(empty_url, future, BackupTooNew)
    with monkeypatch.context() as older:
        older.setattr(archive, "FORMAT", 0)
        await refused(empty_url, path, BackupTooNew)
    await run(worked, "UPDATE alembic_version SET version_num = '9999'")
    path, _ = await write_backup(keeping, keeping.backup_dir / "newer")
    await refused(empty_url, path, BackupTooNew)


async def test_a_forged_table_is_caught_while_loading(
    worked: AsyncEngine, keeping: Settings, empty_url: str
) -> None:
    """Whoever can mend the outer sum of an unencrypted file still meets the sum of each table."""
    settings = keeping.model_copy(update=PLAIN)
    path, manifest = await write_backup(settings)
    with zipfile.ZipFile(path) as old:
        entries = {name: old.read(name) for name in old.namelist()}
    name = "tables/person.copy"
    entries[name] = entries[name].replace("小南".encode(), "小北".encode())
    with archive.new_backup(path.parent, "forged.backup", None) as writer:
        for entry, content in entries.items():
            if entry != archive.MANIFEST:
                with writer.table(entry.removeprefix("tables/").removesuffix(".copy")) as table:
                    table.write(content)
        writer.close(manifest)
    with pytest.raises(BackupDamaged, match="damaged") as caught:
        await restore_backup(empty_url, path.with_name("forged.backup"), None)
    assert "person" in caught.value.text()
    other = create_async_engine(empty_url)
    assert await run(other, "SELECT count(*) FROM region") == [(0,)]
    assert await run(other, "SELECT count(*) FROM district") == [(0,)]
    await other.dispose()


async def test_a_living_database_is_never_overwritten(
    worked: AsyncEngine, keeping: Settings, empty_url: str
) -> None:
    path, _ = await write_backup(keeping)
    before = await run(worked, COUNTS)
    with pytest.raises(TargetNotEmpty):
        await restore_backup(keeping.database_url, path, KEY)
    assert await run(worked, COUNTS) == before
    await migrate(empty_url, "0004")
    with pytest.raises(TargetOtherShape):
        await restore_backup(empty_url, path, KEY)


async def test_a_backup_in_the_middle_of_the_rush_is_of_one_moment(
    worked: AsyncEngine, keeping: Settings, empty_url: str
) -> None:
    """A booking and its log line are committed together: the backup holds both or neither."""
    pair = (
        "WITH b AS (INSERT INTO booking (district_id, id, session_id, pupil_id, state) "
        "SELECT district_id, gen_random_uuid(), session_id, pupil_id, 'cancelled' FROM booking "
        "LIMIT 1 RETURNING district_id, id) INSERT INTO audit_entry (district_id, id, channel, "
        "action, object_type, object_id) SELECT district_id, gen_random_uuid(), 'test', 'rush', "
        "'booking', id FROM b"
    )
    stop = asyncio.Event()

    async def rush() -> int:
        written = 0
        while not stop.is_set():
            await run(worked, pair)
            written += 1
        return written

    playing = [asyncio.create_task(rush()) for _ in range(3)]
    await asyncio.sleep(0.3)
    path, manifest = await write_backup(keeping)
    stop.set()
    written = sum(await asyncio.gather(*playing))
    await restore_backup(empty_url, path, KEY)
    other = create_async_engine(empty_url)
    pairs = (
        "SELECT (SELECT count(*) FROM booking WHERE state = 'cancelled'), "
        "(SELECT count(*) FROM audit_entry WHERE action = 'rush')"
    )
    ((bookings, lines),) = await run(other, pairs)
    assert 0 < bookings == lines < written
    assert manifest.totals["预约"] == bookings + 55
    async with connected(empty_url) as conn:
        assert await read_totals(conn) == manifest.totals
    await other.dispose()


async def test_a_folder_that_cannot_be_written_is_said(keeping: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CannotWrite) as caught:
        await write_backup(keeping, tmp_path / "file")
    assert "写入权限" in caught.value.text()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's full device")
async def test_a_full_disk_leaves_no_file_that_looks_whole(
    keeping: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    opening = os.open
    monkeypatch.setattr(
        os,
        "open",
        lambda path, *more: opening("/dev/full" if str(path).endswith(".part") else path, *more),
    )
    with pytest.raises(CannotWrite, match="cannot_write") as caught:
        await write_backup(keeping)
    assert "磁盘空间不够" in caught.value.text()
    assert list(keeping.backup_dir.iterdir()) == []


async def test_the_manifest_is_last_and_readable(worked: AsyncEngine, keeping: Settings) -> None:
    path, manifest = await write_backup(keeping.model_copy(update=PLAIN))
    with zipfile.ZipFile(path) as plain:
        names = plain.namelist()
        told = json.loads(plain.read("manifest.json"))
    assert names[-1] == "manifest.json"
    assert told["totals"] == manifest.totals
    assert {f"tables/{line['name']}.copy" for line in told["tables"]} == set(names[:-1])
    with opened_backup(path, KEY) as backup:
        assert backup.manifest == manifest
