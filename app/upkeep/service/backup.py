"""Writing a backup: one snapshot of every table, without external programs."""

from pathlib import Path
from typing import Any

from app.kit.leisure import Leisure
from app.kit.settings import Settings
from app.upkeep import statements
from app.upkeep.rules import backup_name
from app.upkeep.schemas import AuditHead, Manifest, SequenceLine, TableLine
from app.upkeep.service.archive import FORMAT, ArchiveWriter, EntryWriter, new_backup
from app.upkeep.service.link import connected, ordered_tables


async def write_backup(
    settings: Settings, folder: Path | None = None, leisure: Leisure | None = None
) -> tuple[Path, Manifest]:
    """Copy everything as it stood at one moment into a new file, readable by its owner only.

    Where we rest, PostgreSQL soon does, too: it reads on only when we take what it read.
    """
    folder = folder or settings.backup_dir
    key = settings.backup_key.get_secret_value() or None
    async with connected(settings.database_url) as conn:
        moment = await conn.fetchval("SELECT now()")
    name = backup_name(moment)
    with new_backup(folder, name, key) as archive:
        async with (
            connected(settings.database_url) as conn,
            conn.transaction(isolation="repeatable_read", readonly=True),
        ):
            manifest = await _copy_all(conn, archive, leisure)
        archive.close(manifest)
    return folder / name, manifest


async def _copy_all(conn: Any, archive: ArchiveWriter, leisure: Leisure | None) -> Manifest:
    await conn.execute("SET LOCAL synchronize_seqscans = off")
    tables = []
    for table in await ordered_tables(conn):
        with archive.table(table["name"]) as entry:
            tables.append(await copy_out(conn, table["name"], table["columns"], entry, leisure))
    return Manifest(
        format=FORMAT,
        revision=await conn.fetchval(statements.REVISION),
        postgres=conn.get_server_version().major,
        started_at=await conn.fetchval("SELECT now()"),
        tables=tables,
        sequences=[SequenceLine(**dict(row)) for row in await conn.fetch(statements.SEQUENCES)],
        totals=await read_totals(conn),
        audit=[AuditHead(**dict(row)) for row in await conn.fetch(statements.HEADS)],
    )


async def copy_out(
    conn: Any, name: str, columns: list[str], entry: EntryWriter, leisure: Leisure | None = None
) -> TableLine:
    """All rows of one table in the order they lie there, counted and summed."""

    async def write(data: bytes) -> None:
        entry.write(data)
        if leisure is not None:
            await leisure.rest()

    said = await conn.copy_from_table(name, output=write, columns=columns, format="binary")
    return TableLine(
        name=name,
        columns=columns,
        rows=int(said.rpartition(" ")[2]),
        bytes=entry.bytes,
        sha256=entry.sha256,
    )


async def read_totals(conn: Any) -> dict[str, int]:
    """The twelve sums that a secretary can compare with what she knows."""
    return dict(await conn.fetchrow(statements.TOTALS))
