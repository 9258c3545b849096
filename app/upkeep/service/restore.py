"""Bringing a backup back: into an empty database, whole or not at all."""

from pathlib import Path
from typing import Any

from app.upkeep import statements
from app.upkeep.errors import (
    BackupDamaged,
    BackupTooNew,
    DatabaseRefused,
    TargetNotEmpty,
    TargetOtherShape,
)
from app.upkeep.rules import differences
from app.upkeep.schemas import Manifest, TableLine
from app.upkeep.service.archive import Backup, EntryWriter, opened_backup
from app.upkeep.service.backup import copy_out, read_totals
from app.upkeep.service.link import (
    connected,
    knows_revision,
    migrate,
    newest_revision,
    ordered_tables,
)


class Nowhere:
    """Takes bytes and forgets them: only their sum is wanted."""

    def write(self, data: bytes, /) -> int:
        return len(data)


async def restore_backup(database_url: str, path: Path, key: str | None) -> Manifest:
    """Fill an empty database, compare every table with the backup, then bring it up to date."""
    with opened_backup(path, key) as backup:
        await _prepare(database_url, backup.manifest)
        async with connected(database_url) as conn, conn.transaction():
            await _load(conn, backup)
    if backup.manifest.revision != newest_revision():
        await migrate(database_url, "head")
    async with connected(database_url) as conn:
        await conn.execute("ANALYZE")  # a backup has no statistics; without them plans are bad
    return backup.manifest


async def _prepare(database_url: str, manifest: Manifest) -> None:
    """Refuse anything but an empty database; give one without tables the backup's shape."""
    if not knows_revision(manifest.revision):
        raise BackupTooNew
    async with connected(database_url) as conn:
        tables = await conn.fetch(statements.TABLES)
        if tables:
            await _refuse_others(conn, tables, manifest)
    if not tables:
        await migrate(database_url, manifest.revision)


async def _refuse_others(conn: Any, tables: list[Any], manifest: Manifest) -> None:
    for table in tables:
        name = table["name"]
        quoted = '"' + name.replace('"', '""') + '"'
        if await conn.fetchval(f"SELECT EXISTS (SELECT FROM {quoted})"):  # noqa: S608 - from pg_class
            raise TargetNotEmpty(table=name)
    known = await conn.fetchval("SELECT to_regclass('alembic_version') IS NOT NULL")
    found = await conn.fetchval(statements.REVISION) if known else None
    if found != manifest.revision:
        raise TargetOtherShape(found=found or "不是本系统的", wanted=manifest.revision)


async def _load(conn: Any, backup: Backup) -> None:
    """In one transaction: rows in, sums and totals compared, numbering continued.

    COPY is refused under forced row security even for the owner, so the force
    is lifted inside the transaction and put back before its end, and so are our
    triggers: what they wrote lies in the backup. References are checked by the database row by row: what is restored is consistent.
    """
    manifest = backup.manifest
    told = {table.name: table for table in manifest.tables}
    tables = await ordered_tables(conn)
    if {table["name"] for table in tables} != set(told):
        raise BackupDamaged(why="数据表与软件版本不符")
    await conn.execute("SET LOCAL synchronize_seqscans = off")
    forced = [table["name"] for table in tables if table["forced"]]
    for name in forced:
        await conn.execute(
            f'ALTER TABLE "{name}" NO FORCE ROW LEVEL SECURITY, DISABLE TRIGGER USER'
        )
    for table in tables:
        line = told[table["name"]]
        said = await conn.copy_to_table(
            line.name, source=backup.rows(line), columns=line.columns, format="binary"
        )
        if int(said.rpartition(" ")[2]) != line.rows:
            raise BackupDamaged(why=f"数据表 {line.name} 的行数不符")
    for line in manifest.tables:
        await _compare(conn, line)
    if wrong := differences(manifest.totals, await read_totals(conn)):
        raise BackupDamaged(why="；".join(wrong))
    for name in forced:
        await conn.execute(f'ALTER TABLE "{name}" FORCE ROW LEVEL SECURITY, ENABLE TRIGGER USER')
    for sequence in manifest.sequences:
        await conn.execute(
            "SELECT setval(to_regclass($1), $2)", f'"{sequence.name}"', sequence.last_value
        )


async def _compare(conn: Any, line: TableLine) -> None:
    """What now lies in the database, copied out again, must be the very bytes of the backup."""
    found = await copy_out(conn, line.name, line.columns, EntryWriter(Nowhere()))
    if found != line:
        raise DatabaseRefused(why=f"数据表 {line.name} 恢复后与备份不一致")
