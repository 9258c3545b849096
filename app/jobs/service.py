"""Putting work into the queue, and the registry of what can be queued.

PgQueuer stores a job in the caller's own transaction. Trap: SQLAlchemy's
asyncpg adapter opens its transaction at the first statement, so an enqueue on
the raw connection before any statement would survive a rollback. `enqueue`
sends a statement first; a test pins it.
"""

import json
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from pgqueuer.queries import Queries
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.kit.context import Ctx
from app.kit.settings import Settings

MINUTE_FIELDS = 5  # minute, hour, day, month, day of the week

Arguments = dict[str, str]
Unit = Callable[[], AbstractAsyncContextManager[Ctx]]  # opens one unit of work for the district


@dataclass(frozen=True)
class Job:
    """A named piece of work. Names are permanent: rows with them may lie in a queue."""

    name: str
    run: Callable[[Unit, Arguments], Awaitable[None]]
    title: str
    cron: str | None = None  # UTC; runs once per district, in a second that `spread` finds


@dataclass(frozen=True)
class InstallationJob:
    """Scheduled work for the installation as a whole: one process runs it once, for no district."""

    name: str
    run: Callable[[AsyncEngine, Settings], Awaitable[None]]
    title: str
    cron: str  # UTC


def spread(jobs: Iterable[Job | InstallationJob]) -> dict[str, str]:
    """The schedule of each, by name, with a second of the minute that none of the others has.

    All at the full minute would be more than the processors have time for, and who books or stands
    at a door then would wait. A schedule that names its second itself (a sixth field) keeps it.
    """
    crons = [(job.name, job.cron) for job in jobs if job.cron is not None]
    return {
        name: cron if len(cron.split()) > MINUTE_FIELDS else f"{cron} {place * 60 // len(crons)}"
        for place, (name, cron) in enumerate(crons)
    }


async def enqueue(
    ctx: Ctx, name: str, after: timedelta | None = None, **arguments: UUID | str
) -> None:
    """Queue a job in this transaction: it exists if and only if the transaction commits."""
    await enqueue_raw(ctx.conn, ctx.district_id, name, after, **arguments)


async def enqueue_raw(
    conn: AsyncConnection,
    district_id: UUID,
    name: str,
    after: timedelta | None = None,
    **arguments: UUID | str,
) -> None:
    payload = {"district": str(district_id)} | {key: str(val) for key, val in arguments.items()}
    await conn.execute(text("SELECT 1"))
    raw = await conn.get_raw_connection()
    queries = Queries.from_asyncpg_connection(raw.driver_connection)
    await queries.enqueue(name, json.dumps(payload).encode(), execute_after=after)


def read_payload(payload: bytes | None) -> Arguments:
    """The arguments of a queued job; always an object of strings."""
    value: Any = json.loads(payload or b"{}")
    return {str(key): str(item) for key, item in value.items()}
