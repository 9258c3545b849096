"""Keeping sessions and their seats: a session's capacity is its number of seat rows."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update

from app.activities.access import access_activity, access_session
from app.activities.errors import CapacityBelowBooked, SessionOver, TimesOutOfOrder
from app.activities.events import SeatsAdded, SessionCancelled
from app.activities.kinds import ActivityState, SessionMode, SessionState
from app.activities.models import Seat, Session
from app.activities.permissions import P
from app.activities.service.publishing import EDITABLE, require_state
from app.activities.service.standing import require_may_publish
from app.audit.changes import add_row, change_row
from app.kit.context import Ctx
from app.kit.ids import new_id


async def add_session(ctx: Ctx, values: dict[str, Any]) -> Session:
    """Add a date with its seats. Booking opens at once and closes at the start unless told else."""
    activity = await access_activity(ctx, values["activity_id"], P.ACTIVITY_EDIT)
    require_state(activity, *EDITABLE, ActivityState.APPROVED, ActivityState.PUBLISHED)
    if activity.state in (ActivityState.APPROVED, ActivityState.PUBLISHED):
        await require_may_publish(ctx, activity.organization_id)
    opens = values["booking_opens_at"] or ctx.now
    closes = values["booking_closes_at"] or values["starts_at"]
    check_times(values["starts_at"], values["ends_at"], opens, closes)
    times = {"booking_opens_at": opens, "booking_closes_at": closes}
    session = Session(district_id=ctx.district_id, base_id=activity.base_id, **{**values, **times})
    await add_row(ctx, session, "session")
    await _add_seats(ctx, session.id, session.capacity)
    return session


def check_times(starts: datetime, ends: datetime, opens: datetime, closes: datetime) -> None:
    """Start before end, booking opens before it closes, and closes before the end."""
    if not (starts < ends and opens < closes <= ends):
        raise TimesOutOfOrder


async def change_session(
    ctx: Ctx, session_id: UUID, change: dict[str, Any], seen: int | None
) -> Session:
    """Change capacity or closing time.

    Shrinking removes free seats only; below what is taken it is refused
    (`activity.capacity_below_booked`). Growing moves the waiting list up.
    """
    session, _ = await access_session(ctx, session_id, P.ACTIVITY_EDIT, lock=True)
    _require_open(ctx, session)
    if closes := change.get("booking_closes_at"):
        check_times(session.starts_at, session.ends_at, session.booking_opens_at, closes)
    grown = change.get("capacity", session.capacity) - session.capacity
    await change_row(ctx, session, change, seen, "session")
    if grown < 0:
        await _remove_free_seats(ctx, session, -grown)
    elif grown > 0:
        await _add_seats(ctx, session_id, grown)
        await ctx.emit(SeatsAdded(session_id))
    return session


async def cancel_session(ctx: Ctx, session_id: UUID, reason: str) -> Session:
    """Call a date off: everybody booked is freed and told. Cancelling again changes nothing."""
    session, activity = await access_session(ctx, session_id, P.ACTIVITY_EDIT, lock=True)
    if session.state == SessionState.CANCELLED:
        return session
    _require_open(ctx, session)
    await change_row(ctx, session, {"state": SessionState.CANCELLED}, None, "session")
    await ctx.emit(SessionCancelled(session_id, activity.title, session.starts_at, reason))
    return session


async def set_mode(ctx: Ctx, session_ids: list[UUID], mode: SessionMode) -> None:
    """How places are given from now on; the caller answers for who may say so. Again is fine."""
    await ctx.conn.execute(
        update(Session)
        .where(
            Session.district_id == ctx.district_id,
            Session.id.in_(session_ids),
            Session.mode != mode,
        )
        .values(mode=mode, version=Session.version + 1, updated_at=func.now())
    )


async def close_ended_sessions(ctx: Ctx) -> list[UUID]:
    """Close what ended over an hour ago; late scans until then still count."""
    ended = (
        update(Session)
        .where(
            Session.district_id == ctx.district_id,
            Session.state == SessionState.PLANNED,
            Session.ends_at < func.now() - func.make_interval(0, 0, 0, 0, 1),
        )
        .values(state=SessionState.CLOSED, version=Session.version + 1, updated_at=func.now())
        .returning(Session.id)
    )
    return list((await ctx.conn.execute(ended)).scalars())


def _require_open(ctx: Ctx, session: Session) -> None:
    if session.state != SessionState.PLANNED or session.ends_at <= ctx.now:
        raise SessionOver


async def _add_seats(ctx: Ctx, session_id: UUID, number: int) -> None:
    rows = [
        {"district_id": ctx.district_id, "id": new_id(), "session_id": session_id}
        for _ in range(number)
    ]
    await ctx.conn.execute(insert(Seat), rows)


async def _remove_free_seats(ctx: Ctx, session: Session, number: int) -> None:
    free = (
        select(Seat.id)
        .where(
            Seat.district_id == ctx.district_id,
            Seat.session_id == session.id,
            Seat.booking_id.is_(None),
        )
        .limit(number)
        .with_for_update(skip_locked=True)
    )
    removed = await ctx.conn.execute(
        delete(Seat).where(Seat.district_id == ctx.district_id, Seat.id.in_(free))
    )
    if removed.rowcount < number:
        taken = session.capacity + number - removed.rowcount
        raise CapacityBelowBooked(booked=taken)
