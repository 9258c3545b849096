"""How do backup and restore reach the database, and how does its shape get there?

They use connections of their own: the pool's limits on statements are right for
requests and wrong for copying a whole table.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from app.kit.db import driver_arguments
from app.upkeep import statements
from app.upkeep.errors import DatabaseRefused

MIGRATIONS = Path(__file__).resolve().parents[3] / "migrations"
TROUBLES = (asyncpg.PostgresError, asyncpg.InterfaceError, ConnectionError, TimeoutError)


@asynccontextmanager
async def connected(database_url: str) -> AsyncIterator[Any]:
    """A connection without time limits; what the database refuses becomes a sentence."""
    try:
        arguments: dict[str, Any] = driver_arguments(database_url, "wuchuang-upkeep")
        conn = await asyncpg.connect(timeout=10, **arguments)
        try:
            yield conn
        finally:
            await conn.close(timeout=10)
    except (*TROUBLES, OSError) as exc:
        if isinstance(exc, OSError) and not isinstance(exc, TROUBLES) and exc.errno is not None:
            raise  # of a file, not of the network
        raise DatabaseRefused(why=type(exc).__name__) from exc


async def ordered_tables(conn: Any) -> list[Any]:
    """Every table of ours and of the queue, those that others refer to first."""
    tables = {row["name"]: row for row in await conn.fetch(statements.TABLES)}
    order: TopologicalSorter[str] = TopologicalSorter(dict.fromkeys(tables, ()))
    for row in await conn.fetch(statements.REFERENCES):
        order.add(row["child"], row["parent"])
    return [tables[name] for name in order.static_order() if name in tables]


def _config(database_url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["database_url"] = database_url
    return config


async def migrate(database_url: str, revision: str) -> None:
    """Bring a database to a revision; Alembic runs its own event loop, hence the thread."""
    await asyncio.to_thread(command.upgrade, _config(database_url), revision)


@cache
def newest_revision() -> str:
    """The revision this software wants."""
    return ScriptDirectory.from_config(_config("")).get_current_head() or ""


def knows_revision(revision: str) -> bool:
    try:
        return ScriptDirectory.from_config(_config("")).get_revision(revision) is not None
    except CommandError:
        return False
