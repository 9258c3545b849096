"""How do tables look everywhere, and who commits?"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import (
    DateTime,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    Row,
    String,
    Text,
    make_url,
    text,
)
from sqlalchemy import (
    Engine as SyncEngine,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app.kit.context import Actor, Ctx
from app.kit.events import Wiring
from app.kit.ids import new_id
from app.kit.settings import Settings

# So that the edges can name them without knowing the library.
Connection = AsyncConnection
AnyRow = Row[*tuple[Any, ...]]  # of hand-written statements, whose columns have no types
Engine = AsyncEngine

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Model(DeclarativeBase):
    """Root of every table. Times are UTC with zone; relationships are not used: joins are written."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        UUID: PG_UUID(as_uuid=True),
        datetime: DateTime(timezone=True),
        str: Text(),
        dict[str, Any]: JSONB(),
        list[str]: JSONB(),
        list[dict[str, Any]]: JSONB(),
    }


class Tenant:
    """A row of one district: the district leads the primary key from the first migration."""

    district_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)


class Edited:
    """A row that people change: `version` feeds ETag / If-Match."""

    version: Mapped[int] = mapped_column(Integer, server_default=text("1"), default=1)
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


def belongs_to(column: str, table: str, **kwargs: Any) -> ForeignKeyConstraint:
    """A foreign key that cannot leave the district."""
    return ForeignKeyConstraint(
        ["district_id", column], [f"{table}.district_id", f"{table}.id"], **kwargs
    )


def short(length: int) -> String:
    return String(length)


def make_engine(settings: Settings, application: str) -> AsyncEngine:
    """At most `db_pool_size` connections: more make a hot row slower (measured), never faster."""
    engine = create_async_engine(
        settings.database_url,
        pool_size=settings.db_pool_size,
        max_overflow=0,
        pool_timeout=settings.db_pool_wait_seconds,
        pool_recycle=1800,
        connect_args={
            "timeout": 5,
            "command_timeout": 20,
            "server_settings": {
                "application_name": application,
                "timezone": "UTC",
                "lock_timeout": "5s",
                "statement_timeout": "20s",
                "idle_in_transaction_session_timeout": "30s",
                "jit": "off",
                # A plan made while a table was small is kept until its statistics are renewed: the
                # first mailing made every scan at the door read 7,000 rows for a minute (measured).
                "enable_seqscan": "off",
            },
        },
    )
    _turns[engine.sync_engine] = asyncio.Semaphore(settings.db_pool_size)
    return engine


def driver_arguments(database_url: str, application: str) -> dict[str, object]:
    """The same address as SQLAlchemy's, as asyncpg takes it, for connections outside the pool."""
    url = make_url(database_url)
    query = dict(url.query)
    found: dict[str, object] = {
        "host": url.host or query.get("host"),
        "port": url.port or query.get("port"),
        "user": url.username,
        "password": url.password,
        "database": url.database,
        "server_settings": {"application_name": application, "timezone": "UTC"},
    }
    return {key: value for key, value in found.items() if value is not None}


# The pool lets newcomers pass those who wait: in a rush the slowest waited ten times as long as the
# middle and some were given up. Here everybody has a turn in the order of arrival.
_turns: WeakKeyDictionary[SyncEngine, asyncio.Semaphore] = WeakKeyDictionary()


@asynccontextmanager
async def _turn(engine: AsyncEngine) -> AsyncIterator[None]:
    turns = _turns.get(engine.sync_engine)
    if turns is None:
        yield
        return
    patience = engine.sync_engine.pool.timeout()  # type: ignore[attr-defined]
    try:
        if turns.locked():
            async with asyncio.timeout(patience):
                await turns.acquire()
        else:
            await turns.acquire()  # at once
    except TimeoutError as exc:
        raise PoolTimeoutError("no turn in time") from exc
    try:
        yield
    finally:
        turns.release()


@asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """One connection and one transaction: commits at the end, rolls back on any exception."""
    async with _turn(engine), engine.connect() as conn, conn.begin():
        yield conn


# For this transaction only: `SET` without LOCAL would leak to the connection's next user (measured).
TENANT_ROLE = "wuchuang_app"
ENTER_DISTRICT = (
    "set_config('app.district', cast({district} AS text), true), "
    f"set_config('role', '{TENANT_ROLE}', true)"
)
_ENTER = text("SELECT now(), " + ENTER_DISTRICT.format(district=":district"))


async def enter_district(conn: AsyncConnection, district_id: UUID) -> datetime:
    """From here to the end of the transaction only this district exists; gives the database's clock."""
    row = (await conn.execute(_ENTER, {"district": str(district_id)})).one()
    now: datetime = row[0]
    return now


@asynccontextmanager
async def system_context(
    engine: AsyncEngine, wiring: Wiring, district_id: UUID, channel: str = "system"
) -> AsyncIterator[Ctx]:
    """A unit of work for jobs, callbacks and commands, acting for a district and for no person."""
    async with transaction(engine) as conn:
        now = await enter_district(conn, district_id)
        ctx = Ctx(conn, Actor(district_id, None, channel), now, wiring)
        yield ctx
        await ctx.flush()


# What a database that is away, full or overloaded looks like from here.
OUTAGES = (DBAPIError, PoolTimeoutError, OSError)


@asynccontextmanager
async def savepoint(conn: AsyncConnection) -> AsyncIterator[None]:
    """Undo only what happens inside when it fails; the surrounding transaction goes on."""
    async with conn.begin_nested():
        yield
