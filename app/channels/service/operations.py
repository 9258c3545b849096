"""The operations inbox: what needs a person, once per subject, until somebody has done it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.audit import service as audit
from app.channels.errors import AlreadyDone
from app.channels.kinds import ITEMS, ItemKind
from app.channels.models import OperationItem
from app.channels.permissions import P
from app.kit.context import Ctx
from app.kit.errors import Forbidden, NotFound
from app.kit.ids import new_id
from app.kit.paging import fetch_page

_NOTE = text(
    """
INSERT INTO operation_item (district_id, id, kind, subject, detail)
VALUES (:district, :id, :kind, :subject, :detail)
ON CONFLICT (district_id, kind, subject) WHERE done_at IS NULL DO UPDATE
SET times = operation_item.times + 1, last_at = now(), detail = excluded.detail
"""
)


_AGREES = text(
    """
UPDATE operation_item SET done_at = now(), note = '已恢复一致，自动处理'
WHERE district_id = :district AND kind = :kind AND done_at IS NULL
  AND starts_with(subject, :prefix) AND NOT subject = ANY(cast(:standing AS text[]))
"""
)
# Lines with a number each: what is not wanted any more closes by itself; what a person has closed
# comes back only when there is more of it than then.
_TALLY = text(
    """
WITH wanted AS (
  SELECT * FROM unnest(cast(:ids AS uuid[]), cast(:subjects AS text[]), cast(:numbers AS int[]),
    cast(:details AS text[])) AS w(id, subject, number, detail)),
closed AS (
  UPDATE operation_item SET done_at = now(), note = :note
  WHERE district_id = :district AND kind = :kind AND done_at IS NULL
    AND subject NOT IN (SELECT subject FROM wanted))
INSERT INTO operation_item AS o (district_id, id, kind, subject, detail, times)
SELECT :district, w.id, :kind, w.subject, w.detail, w.number FROM wanted w
WHERE NOT EXISTS (SELECT FROM operation_item d WHERE d.district_id = :district AND d.kind = :kind
  AND d.subject = w.subject AND d.done_by IS NOT NULL AND d.times >= w.number)
ON CONFLICT (district_id, kind, subject) WHERE done_at IS NULL DO UPDATE
SET times = excluded.times, detail = excluded.detail, last_at = now()
WHERE (o.times, o.detail) IS DISTINCT FROM (excluded.times, excluded.detail)
"""
)


async def keep_tally(
    conn: AsyncConnection,
    district_id: UUID,
    kind: ItemKind,
    wanted: Sequence[tuple[str, int, str]],
    closing: str,
) -> None:
    """Exactly these lines of a kind stand open: (subject, how many, detail). No personal data."""
    params = {
        "district": district_id,
        "kind": kind,
        "ids": [new_id() for _ in wanted],
        "subjects": [subject[:80] for subject, _, _ in wanted],
        "numbers": [number for _, number, _ in wanted],
        "details": [detail[:300] for _, _, detail in wanted],
        "note": closing,
    }
    await conn.execute(_TALLY, params)


async def note(
    conn: AsyncConnection, district_id: UUID, kind: ItemKind, subject: str = "", detail: str = ""
) -> None:
    """Put one line into the inbox; the same again counts up the open one. No personal data."""
    params = {
        "district": district_id,
        "id": new_id(),
        "kind": kind,
        "subject": subject[:80],
        "detail": detail[:300],
    }
    await conn.execute(_NOTE, params)


async def note_standing(
    conn: AsyncConnection, district_id: UUID, kind: ItemKind, prefix: str, found: dict[str, str]
) -> None:
    """What is found now, one line a subject (prefix and key); lines of what is no more are closed."""
    for key, detail in found.items():
        await note(conn, district_id, kind, f"{prefix}{key}", detail)
    standing = [f"{prefix}{key}"[:80] for key in found]
    params = {"district": district_id, "kind": kind, "prefix": prefix, "standing": standing}
    await conn.execute(_AGREES, params)


async def standing_items(ctx: Ctx, kind: ItemKind) -> list[OperationItem]:
    """The open lines of one kind, for the page of the accounts."""
    ctx.require(P.CHANNEL_READ)
    stmt = select(OperationItem).where(
        OperationItem.district_id == ctx.district_id,
        OperationItem.kind == kind,
        OperationItem.done_at.is_(None),
    )
    return list((await ctx.db.execute(stmt.order_by(OperationItem.subject))).scalars())


async def list_items(
    ctx: Ctx, *, done: bool, cursor: str | None, limit: int
) -> tuple[list[Any], str | None]:
    """What waits for a person, or what was done; newest first. A district-wide right is needed."""
    if not ctx.require(P.OPERATION_READ).district:
        raise Forbidden
    stmt = select(OperationItem).where(
        OperationItem.district_id == ctx.district_id,
        OperationItem.done_at.is_not(None) if done else OperationItem.done_at.is_(None),
    )
    return await fetch_page(ctx, stmt, OperationItem.id, cursor, limit, newest_first=True)


async def open_titles(ctx: Ctx) -> list[str]:
    """What waits for a person, in words, newest first. A district-wide right is needed."""
    if not ctx.require(P.OPERATION_READ).district:
        raise Forbidden
    stmt = select(OperationItem.kind).where(
        OperationItem.district_id == ctx.district_id, OperationItem.done_at.is_(None)
    )
    rows = await ctx.conn.execute(stmt.order_by(OperationItem.last_at.desc()).limit(200))
    return [ITEMS[ItemKind(row.kind)].title for row in rows]


async def settle_item(ctx: Ctx, item_id: UUID, note_text: str) -> OperationItem:
    """Somebody has dealt with it; what happens again is a new line."""
    if not ctx.require(P.OPERATION_SETTLE).district:
        raise Forbidden
    row = await ctx.db.get(OperationItem, (ctx.district_id, item_id), with_for_update=True)
    if row is None:
        raise NotFound
    if row.done_at is not None:
        raise AlreadyDone
    row.done_at, row.done_by, row.note = ctx.now, ctx.actor.person_id, note_text
    await ctx.db.flush()
    await audit.record(ctx, "operation:settle", "operation_item", row.id)
    return row
