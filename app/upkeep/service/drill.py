"""Does the backup really come back? Restored into a scratch database beside the real one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy import make_url

from app.audit.queries import verify_chain
from app.kit.db import make_engine, transaction
from app.kit.settings import Settings
from app.upkeep.errors import BackupMissing, DrillRunning, NoRoomForDrill
from app.upkeep.rules import said_totals
from app.upkeep.schemas import Manifest
from app.upkeep.service.keeping import find_backups
from app.upkeep.service.link import connected
from app.upkeep.service.restore import restore_backup

SUFFIX = "_wuchuang_drill"
LONGEST_NAME = 63
_ALONE = "SELECT pg_try_advisory_lock(hashtextextended('upkeep:drill', 0))"

Drilled = tuple[bool, str, dict[str, Any]]


async def run_drill(settings: Settings, path: Path | None = None) -> Drilled:
    """Restore, compare counts, sums, totals and the audit chains; nothing of it stays behind."""
    chosen = path or next(iter(find_backups(settings.backup_dir).values()), None)
    if chosen is None:
        raise BackupMissing(path=settings.backup_dir)
    key = settings.backup_key.get_secret_value() or None
    async with scratch_database(settings.database_url) as scratch:
        # Restoring compares each table's rows and sums and the twelve totals with the manifest.
        manifest = await restore_backup(scratch, chosen, key)
        wrong = await _wrong_chains(settings, scratch, manifest)
    detail = {
        "file": str(chosen),
        "rows": manifest.rows,
        "totals": manifest.totals,
        "backup_started_at": manifest.started_at.isoformat(),
        "wrong_chains": wrong,
    }
    if wrong:
        said = "；".join(wrong)
        return (
            False,
            f"演练发现问题：备份能恢复，但操作日志对不上：{said}。请联系技术人员。",
            detail,
        )
    sentence = (
        f"演练成功：{chosen.name} 恢复到临时数据库，{len(manifest.tables)} 张表 {manifest.rows} 行"
        f"逐表核对一致，{len(manifest.audit)} 个学区的操作日志链完好。{said_totals(manifest.totals)}。"
    )
    return True, sentence, detail


@asynccontextmanager
async def scratch_database(database_url: str) -> AsyncIterator[str]:
    """An empty database beside the real one, gone afterwards; one drill at a time."""
    url = make_url(database_url)
    name = (url.database or "")[: LONGEST_NAME - len(SUFFIX)] + SUFFIX
    quoted = '"' + name.replace('"', '""') + '"'
    async with connected(database_url) as conn:
        if not await conn.fetchval(_ALONE):
            raise DrillRunning
        try:
            # A drill that was killed has left its scratch behind.
            await conn.execute(f"DROP DATABASE IF EXISTS {quoted} WITH (FORCE)")
            await conn.execute(f"CREATE DATABASE {quoted} TEMPLATE template0")
        except asyncpg.InsufficientPrivilegeError as exc:
            raise NoRoomForDrill(role=url.username or "") from exc
        try:
            yield url.set(database=name).render_as_string(hide_password=False)
        finally:
            dropping = conn.execute(f"DROP DATABASE IF EXISTS {quoted} WITH (FORCE)")
            await asyncio.shield(dropping)


async def _wrong_chains(settings: Settings, scratch: str, manifest: Manifest) -> list[str]:
    """Districts whose log, recomputed from the restored rows, is not the one that was backed up."""
    engine = make_engine(settings.model_copy(update={"database_url": scratch}), "wuchuang-drill")
    wrong = []
    try:
        for head in manifest.audit:
            async with transaction(engine) as conn:
                verdict = await verify_chain(conn, head.district_id)
            if verdict.wrong is not None:
                wrong.append(f"学区 {head.district_id} 第 {verdict.sealed + 1} 条{verdict.why}")
            elif (verdict.sealed, verdict.head) != (head.sealed, head.head):
                wrong.append(f"学区 {head.district_id} 的链头与备份清单不同")
    finally:
        await engine.dispose()
    return wrong
