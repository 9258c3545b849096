"""Changing what families already see: the time and place of a date, and what to bring."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.activities.access import access_activity, access_session
from app.activities.errors import ForeignBase, SessionOver, TimesOutOfOrder
from app.activities.events import VisitChanged
from app.activities.kinds import ActivityState, SessionState
from app.activities.models import Activity, Session
from app.activities.permissions import P
from app.activities.service.publishing import require_state
from app.activities.service.sessions import check_times
from app.audit.changes import change_row
from app.kit.context import Ctx
from app.resources.models import LearningBase


async def move_session(
    ctx: Ctx, session_id: UUID, change: dict[str, Any], seen: int | None
) -> Session:
    """Another time (`starts_at`, `ends_at`) or place (`base_id`) for a date that is to come.

    The closing time of the booking, the end of the schools' reserve and the limit for
    cancelling move along with the start. Once published, everyone booked is told; the
    same change again tells nobody.
    """
    session, activity = await access_session(ctx, session_id, P.ACTIVITY_EDIT, lock=True)
    if session.state != SessionState.PLANNED or session.ends_at <= ctx.now:
        raise SessionOver
    if (base_id := change.get("base_id")) and base_id != session.base_id:
        base = await ctx.db.get(LearningBase, (ctx.district_id, base_id))
        if base is None or base.organization_id != activity.organization_id:
            raise ForeignBase
    change = {**change, **_window(ctx, session, change)}
    timed = session.starts_at, session.ends_at
    placed = session.base_id
    await change_row(ctx, session, change, seen, "session")
    parts = [
        word
        for word, before, now in (
            ("时间", timed, (session.starts_at, session.ends_at)),
            ("地点", placed, session.base_id),
        )
        if before != now
    ]
    if parts and activity.state == ActivityState.PUBLISHED:
        said = f"{'和'.join(parts)}有变，以本通知为准"
        change_id = f"{session.id}:{session.version}"
        await ctx.emit(VisitChanged((session.id,), activity.title, said, change_id))
    return session


def _window(ctx: Ctx, session: Session, change: dict[str, Any]) -> dict[str, datetime]:
    """The times after the change, the closing time moved by as much as the start; never into the past."""
    starts = change.get("starts_at", session.starts_at)
    ends = change.get("ends_at", session.ends_at)
    if starts != session.starts_at and starts <= ctx.now:
        raise TimesOutOfOrder
    by = starts - session.starts_at
    closes = session.booking_closes_at + by
    check_times(starts, ends, session.booking_opens_at, min(closes, ends))
    along = {"reserve_until": session.reserve_until, "cancel_until": session.cancel_until}
    return {
        "starts_at": starts,
        "ends_at": ends,
        "booking_closes_at": min(closes, ends),
        **{name: until + by for name, until in along.items() if until is not None},
    }


async def adjust_activity(
    ctx: Ctx, activity_id: UUID, what_to_bring: str, seen: int | None
) -> Activity:
    """Another list of what to bring for a published activity; everyone booked ahead is told."""
    activity = await access_activity(ctx, activity_id, P.ACTIVITY_EDIT, lock=True)
    require_state(activity, ActivityState.PUBLISHED)
    before = activity.what_to_bring
    await change_row(ctx, activity, {"what_to_bring": what_to_bring}, seen, "activity")
    if before == what_to_bring:
        return activity
    ahead = select(Session.id).where(
        Session.district_id == ctx.district_id,
        Session.activity_id == activity_id,
        Session.state == SessionState.PLANNED,
        Session.ends_at > ctx.now,
    )
    ids = tuple((await ctx.conn.execute(ahead)).scalars())
    if ids:
        said = f"请带：{what_to_bring}" if what_to_bring else "不用带东西了"
        change_id = f"{activity.id}:{activity.version}"
        await ctx.emit(VisitChanged(ids, activity.title, said, change_id))
    return activity
