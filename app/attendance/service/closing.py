"""清点: the live count, "counted n", and a difference that stays open until it is explained."""

from uuid import UUID

from sqlalchemy import select

from app.activities.access import access_session
from app.activities.models import Session
from app.attendance.errors import NobodyCountable
from app.attendance.models import HeadCount
from app.attendance.permissions import P
from app.attendance.queries import count_of
from app.attendance.rules import OPENS_BEFORE
from app.audit import service as audit
from app.kit.clock import say_moment
from app.kit.context import Ctx


async def count_heads(ctx: Ctx, session_id: UUID, counted: int, note: str) -> HeadCount:
    """Keep what was counted beside what the ledger says; the last count is the one that matters.

    The same number again, with nothing changed since, is the same count. Refused before
    the door opens. A count that differs is open until a correction or another count explains it.
    """
    session, _ = await access_session(ctx, session_id, P.ATTENDANCE_RECORD, lock=True)
    opens = session.starts_at - OPENS_BEFORE
    if ctx.now < opens:
        raise NobodyCountable(opens=say_moment(opens))
    count = await count_of(ctx, session_id)
    last = await _last(ctx, session_id)
    if last is not None and (last.counted, last.arrived) == (counted, count.inside):
        return last
    row = HeadCount(
        district_id=ctx.district_id,
        session_id=session_id,
        counted=counted,
        arrived=count.inside,
        note=note,
        counted_by=ctx.actor.person_id,
        settled_at=ctx.now if counted == count.inside else None,
    )
    ctx.db.add(row)
    if last is not None and last.settled_at is None:
        last.settled_at = ctx.now
    await ctx.db.flush()
    detail = {"counted": counted, "arrived": count.inside}
    await audit.record(ctx, "attendance:count", "head_count", row.id, detail=detail)
    await ctx.db.refresh(row)
    return row


async def _last(ctx: Ctx, session_id: UUID) -> HeadCount | None:
    stmt = select(HeadCount).where(
        HeadCount.district_id == ctx.district_id, HeadCount.session_id == session_id
    )
    newest = stmt.order_by(HeadCount.counted_at.desc(), HeadCount.id.desc()).limit(1)
    return (await ctx.db.execute(newest)).scalar_one_or_none()


async def settle(ctx: Ctx, session: Session) -> None:
    """After a correction: an open count that now agrees with the ledger is explained."""
    last = await _last(ctx, session.id)
    if last is None or last.settled_at is not None:
        return
    count = await count_of(ctx, session.id)
    if last.counted in (count.arrived, count.inside):
        last.settled_at = ctx.now
        await ctx.db.flush()
