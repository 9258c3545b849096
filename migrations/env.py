"""How migrations reach the database: the same driver as the application, one transaction each."""

import asyncio
import os
from typing import Any

from alembic import context
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from app.tables import metadata

# A migration that cannot get its lock gives up instead of stopping the district behind it.
LIMITS = "SET lock_timeout = '4s'; SET statement_timeout = '60s'"


def include_name(name: str | None, kind: str, _: Any) -> bool:
    """Queue tables belong to PgQueuer, which brings its own schema."""
    return not (kind == "table" and name is not None and name.startswith("pgqueuer"))


def run(connection: Connection) -> None:
    for limit in LIMITS.split("; "):
        connection.execute(text(limit))
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=metadata,
        include_name=include_name,
        compare_type=True,
        compare_server_default=False,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def run_online() -> None:
    url = context.config.attributes.get("database_url") or os.environ["DATABASE_URL"]
    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(run)
    await engine.dispose()


asyncio.run(run_online())
