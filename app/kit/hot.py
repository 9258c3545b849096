"""How does a statement of a hot path reach the database with little of our processor?

Straight through the driver, on the connection and in the transaction of the unit of work:
the library's way of building, running and wrapping a statement costs twice the driver's
(measured; docs/architecture.md). For hand-written SQL with `:name` parameters only.
"""

import re
from collections import namedtuple
from collections.abc import Callable, Sequence
from typing import Any, cast

import asyncpg
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

_NAME = re.compile(r"(?<![:\w]):([a-z_]+)\b")


def _driver(conn: AsyncConnection) -> Any:
    """What the library wraps; without one the unit of work is over."""
    if conn.sync_connection is None:
        raise UnitOfWorkOver
    return conn.sync_connection.connection.driver_connection


def _maker_of(row: Any) -> Callable[[Any], Any]:
    """Columns without a name of their own are numbered."""
    made: Any = namedtuple("Row", row.keys(), rename=True)  # type: ignore[misc]  # noqa: PYI024 - made at run time
    return cast("Callable[[Any], Any]", made._make)


class UnitOfWorkOver(Exception):
    """A statement was sent after its connection had been given back: a bug of ours."""


class Hot:
    """A statement written once; `:name` stands for a parameter, as in the library's `text`.

    The transaction must have begun with a statement of the library (`opening` is one), which also
    notices a connection that has died. Errors are the library's, so that the edges know them.
    """

    def __init__(self, sql: str) -> None:
        self.text = sql
        self._names = tuple(dict.fromkeys(_NAME.findall(sql)))
        self._sql = _NAME.sub(lambda found: f"${self._names.index(found[1]) + 1}", sql)
        self._row: Callable[[Any], Any] | None = None

    async def rows(self, conn: AsyncConnection, values: dict[str, Any]) -> list[Any]:
        """All rows, with the columns as attributes; parameters that it does not name are ignored."""
        driver = _driver(conn)
        try:
            found = await driver.fetch(self._sql, *(values[name] for name in self._names))
        except asyncpg.IntegrityConstraintViolationError as exc:
            raise IntegrityError(self._sql, None, exc) from exc
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as exc:
            raise DBAPIError(self._sql, None, exc) from exc
        if not found:
            return []
        make = self._row = self._row or _maker_of(found[0])
        return [make(row) for row in found]

    async def opening(self, conn: AsyncConnection, values: dict[str, Any]) -> Any | None:
        """The first row, as the first statement of a transaction, which the library begins for it."""
        found = await self.openings(conn, values)
        return found[0] if found else None

    async def openings(self, conn: AsyncConnection, values: dict[str, Any]) -> Sequence[Any]:
        """All rows, as `opening`."""
        found = await conn.exec_driver_sql(self._sql, tuple(values[name] for name in self._names))
        return found.all()

    async def first(self, conn: AsyncConnection, values: dict[str, Any]) -> Any | None:
        found = await self.rows(conn, values)
        return found[0] if found else None
