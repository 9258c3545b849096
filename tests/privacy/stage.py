"""What the privacy tests share: running the nightly jobs, and looking for a word everywhere."""

from functools import partial
from typing import Any

from sqlalchemy import text

from app.kit.db import system_context
from app.privacy.jobs import JOBS
from app.wiring import WIRING
from tests.cast import HERE, Somebody
from tests.client import Client


async def run(client: Client, name: str) -> None:
    """One scheduled job of the district, as the worker runs it."""
    (job,) = (job for job in JOBS if job.name == name)
    await job.run(partial(system_context, client.engine, WIRING, HERE), {})


async def tables_with(client: Client, word: str) -> list[str]:
    """Every table in which the word stands anywhere: names, JSON, files, outbox, answers."""
    async with client.engine.begin() as conn:
        names = await conn.execute(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        )
        found = []
        for (table,) in names.all():
            sql = f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE :word OR t::text LIKE :hex'
            params = {"word": f"%{word}%", "hex": f"%{word.encode().hex()}%"}
            if (await conn.execute(text(sql), params)).scalar_one():
                found.append(table)
    return found


async def days_pass(client: Client, table: str, column: str, days: int) -> None:
    """Let rows grow old; the clock stays the database's."""
    await client.rows(f"UPDATE {table} SET {column} = {column} - make_interval(days => {days})")


async def messages_to(client: Client, who: Somebody) -> list[Any]:
    """Kind and fields of everything this person was told, oldest first."""
    sql = "SELECT kind, fields FROM notification WHERE person_id = :p ORDER BY id"
    return await client.rows(sql, p=who.id)
