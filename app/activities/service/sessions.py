"""Keeping sessions and their seats: a session's capacity is its number of seat rows."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update

from app.activities.access import access_activity, access_session
from app.activities.errors import (
    CancelLimitWrong,
    CapacityBelowBooked,
    ModeNotOffered,
    ReserveWithoutEnd,
    SessionOver,
    TimesOutOfOrder,
)
from app.activities.events import SeatsAdded, SessionCancelled
from app.activities.kinds import ActivityState, SessionMode, SessionState
from app.activities.models import Activity, Seat, Session
from app.activities.permissions import P
from app.activities.rules import commitment
from app.activities.service.publishing import EDITABLE, require_state
from app.activities.service.reserves import check_kept, pools_of
from app.activities.service.standing import require_may_publish
from app.audit.changes import add_row, change_row
from app.kit.context import Ctx
from app.kit.ids import new_id, new_token


async def add_session(ctx: Ctx, values: dict[str, Any]) -> Session:
    """Add a date with its seats. Booking opens at once and closes at the start unless told else.

    `reserve_percent` of the seats are first the schools', by their children in
    the grades; a lottery's seed is bound here by its digest.
    """
    activity = await access_activity(ctx, values["activity_id"], P.ACTIVITY_EDIT)
    require_state(activity, *EDITABLE, ActivityState.APPROVED, ActivityState.PUBLISHED)
    if activity.state in (ActivityState.APPROVED, ActivityState.PUBLISHED):
        await require_may_publish(ctx, activity.organization_id)
    opens = values["booking_opens_at"] or ctx.now
    closes = values["booking_closes_at"] or values["starts_at"]
    check_times(values["starts_at"], values["ends_at"], opens, closes)
    _check_cancel(values["cancel_until"], values["starts_at"])
    times: dict[str, Any] = {"booking_opens_at": opens, "booking_closes_at": closes}
    if values["mode"] == SessionMode.WISHES:
        raise ModeNotOffered
    if values["mode"] == SessionMode.LOTTERY:
        seed = new_token()
        times |= {"draw_seed": seed, "draw_digest": commitment(seed)}
    session = Session(district_id=ctx.district_id, base_id=activity.base_id, **{**values, **times})
    pools = await pools_of(ctx, activity, session)
    await add_row(ctx, session, "session")
    await _add_seats(ctx, session.id, session.capacity, pools)
    return session


async def add_visit_session(
    ctx: Ctx, activity: Activity, times: tuple[datetime, datetime], school_id: UUID, seats: int
) -> Session:
    """The one date of a visit to a school: for classes, and every seat is that school's for good."""
    starts, ends = times
    check_times(starts, ends, ctx.now, starts)
    session = Session(
        district_id=ctx.district_id,
        activity_id=activity.id,
        base_id=activity.base_id,
        starts_at=starts,
        ends_at=ends,
        booking_opens_at=ctx.now,
        booking_closes_at=starts,
        capacity=seats,
        mode=SessionMode.CLASS,
    )
    await add_row(ctx, session, "session")
    await _add_seats(ctx, session.id, seats, [school_id] * seats)
    return session


async def sessions_to_draw(ctx: Ctx) -> list[Session]:
    """Lotteries whose booking has closed and that were not drawn yet, locked; each worker its own."""
    stmt = (
        select(Session)
        .where(
            Session.district_id == ctx.district_id,
            Session.mode == SessionMode.LOTTERY,
            Session.state == SessionState.PLANNED,
            Session.booking_closes_at <= ctx.now,
            Session.drawn_at.is_(None),
        )
        .order_by(Session.id)
        .with_for_update(key_share=True, skip_locked=True)
    )
    return list((await ctx.db.execute(stmt)).scalars())


async def mark_drawn(ctx: Ctx, session: Session) -> None:
    """From now on the seed is public and nobody can apply."""
    await change_row(ctx, session, {"drawn_at": ctx.now}, None, "session")


def check_times(starts: datetime, ends: datetime, opens: datetime, closes: datetime) -> None:
    """Start before end, booking opens before it closes, and closes before the end."""
    if not (starts < ends and opens < closes <= ends):
        raise TimesOutOfOrder


def _check_cancel(until: datetime | None, starts: datetime) -> None:
    if until is not None and until > starts:
        raise CancelLimitWrong


async def change_session(
    ctx: Ctx, session_id: UUID, change: dict[str, Any], seen: int | None
) -> Session:
    """Change capacity, closing time, or until when reserves last and families may cancel.

    Shrinking removes free seats only, those of reserves last; below what is taken it is
    refused (`activity.capacity_below_booked`), and so is leaving a school of the reserve
    without a seat. Growing adds open seats and moves the waiting list up.
    """
    session, _ = await access_session(ctx, session_id, P.ACTIVITY_EDIT, lock=True)
    _require_open(ctx, session)
    if closes := change.get("booking_closes_at"):
        check_times(session.starts_at, session.ends_at, session.booking_opens_at, closes)
    reserved = change.get("reserve_until")
    if reserved is not None and reserved >= session.starts_at:
        raise ReserveWithoutEnd
    _check_cancel(change.get("cancel_until"), session.starts_at)
    grown = change.get("capacity", session.capacity) - session.capacity
    if grown < 0:
        await check_kept(ctx, session, session.capacity + grown)
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
    return await call_off_session(ctx, session, activity, reason)


async def call_off_session(ctx: Ctx, session: Session, activity: Activity, reason: str) -> Session:
    """The same, for a caller that answers for who may; the session is locked."""
    if session.state == SessionState.CANCELLED:
        return session
    _require_open(ctx, session)
    await change_row(ctx, session, {"state": SessionState.CANCELLED}, None, "session")
    await ctx.emit(SessionCancelled(session.id, activity.title, session.starts_at, reason))
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


async def _add_seats(ctx: Ctx, session_id: UUID, number: int, pools: Sequence[UUID] = ()) -> None:
    """Seats of the named schools first; the rest is the open pool."""
    rows = [
        {
            "district_id": ctx.district_id,
            "id": new_id(),
            "session_id": session_id,
            "pool_id": pools[index] if index < len(pools) else None,
        }
        for index in range(number)
    ]
    await ctx.conn.execute(insert(Seat), rows)


async def _remove_free_seats(ctx: Ctx, session: Session, number: int) -> None:
    """Open seats first, then from the schools with the most free ones: the smallest keep theirs."""
    place = func.row_number().over(partition_by=Seat.pool_id, order_by=Seat.id)
    ranked = (
        select(Seat.id, place.label("place"))
        .where(
            Seat.district_id == ctx.district_id,
            Seat.session_id == session.id,
            Seat.booking_id.is_(None),
        )
        .subquery()
    )
    free = (
        select(Seat.id)
        .join(ranked, ranked.c.id == Seat.id)
        .where(Seat.district_id == ctx.district_id, Seat.booking_id.is_(None))
        .order_by(Seat.pool_id.is_not(None), ranked.c.place.desc())
        .limit(number)
        .with_for_update(of=Seat, skip_locked=True)
    )
    removed = await ctx.conn.execute(
        delete(Seat).where(Seat.district_id == ctx.district_id, Seat.id.in_(free))
    )
    if removed.rowcount < number:
        taken = session.capacity + number - removed.rowcount
        raise CapacityBelowBooked(booked=taken)
