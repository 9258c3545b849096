"""How does a long list come in pages whose cost does not grow?"""

import base64
import json
from typing import Any, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import Select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from app.kit.context import Ctx
from app.kit.errors import BadCursor

T = TypeVar("T")


class Page(BaseModel, Generic[T]):
    """`next` is the link of the following page, or null at the end."""

    items: list[T]
    next: str | None = None


def encode_cursor(values: list[Any]) -> str:
    raw = json.dumps([str(value) for value in values]).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decode_cursor(cursor: str) -> list[str]:
    """Refuses anything that is not one of our cursors (`kit.bad_cursor`)."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        values = json.loads(base64.urlsafe_b64decode(padded))
    except (ValueError, UnicodeError) as exc:
        raise BadCursor from exc
    if not isinstance(values, list) or not all(isinstance(item, str) for item in values):
        raise BadCursor
    return values


def page_of_rows(
    stmt: Select[Any],
    key: InstrumentedAttribute[UUID],
    cursor: str | None,
    limit: int,
    *,
    newest_first: bool = False,
) -> Select[Any]:
    """One keyset page of a statement, and one row more: it tells whether another follows."""
    if cursor:
        values = decode_cursor(cursor)
        try:
            last = UUID(values[0])
        except (ValueError, IndexError) as exc:
            raise BadCursor from exc
        stmt = stmt.where(
            tuple_(key) < tuple_(last) if newest_first else tuple_(key) > tuple_(last)
        )
    return stmt.order_by(key.desc() if newest_first else key).limit(limit + 1)


def cut_page(rows: list[Any], limit: int) -> tuple[list[Any], str | None]:
    """The page's own rows, and the cursor of what follows."""
    more = len(rows) > limit
    rows = rows[:limit]
    return rows, encode_cursor([rows[-1].id]) if more and rows else None


async def fetch_page(
    ctx: Ctx,
    stmt: Select[Any],
    key: InstrumentedAttribute[UUID],
    cursor: str | None,
    limit: int,
    *,
    newest_first: bool = False,
) -> tuple[list[Any], str | None]:
    """Keyset page ordered by a version-7 id, i.e. by creation; no counting, no OFFSET."""
    ordered = page_of_rows(stmt, key, cursor, limit, newest_first=newest_first)
    return cut_page(list((await ctx.db.execute(ordered)).scalars()), limit)
