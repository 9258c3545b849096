"""How bookings end: given back, called off, attended, missed."""

from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from app.activities.events import SessionCancelled
from app.activities.models import Session
from app.audit import service as audit
from app.bookings import statements
from app.bookings.events import BookingCancelled
from app.bookings.kinds import ACTIVE, AHEAD, STANDING, BookingState, ClassBookingState
from app.bookings.models import Booking, ClassBooking
from app.bookings.service.facts import about, fact_fields
from app.bookings.service.queue import move_queue
from app.kit.context import Ctx
from app.kit.db import AnyRow


async def end_booking(ctx: Ctx, facts: AnyRow, reason: str, *, tell_held: bool = False) -> None:
    """Cancel one booking, free its seat, tell the family; the queue moves afterwards.

    `tell_held`: also of a place that was only held for the class.
    """
    params: dict[str, Any] = {"district": ctx.district_id, "booking": facts.id}
    logged = audit.bound(ctx, "booking:cancel", "booking", facts.id, facts.pupil_id)
    await ctx.conn.execute(statements.CANCEL, {**params, **logged})
    if facts.state == BookingState.HELD and not tell_held:
        return  # the family has not heard of it yet
    await ctx.emit(BookingCancelled(**fact_fields(facts), reason=reason))


async def give_back(ctx: Ctx, session_id: UUID, facts: AnyRow, reason: str) -> None:
    """Cancel one booking and let the first who waits have the seat."""
    await end_booking(ctx, facts, reason)
    await move_queue(ctx, session_id)


async def release_all(ctx: Ctx, pupil_id: UUID, reason: str) -> int:
    """Give back every place and queue number ahead of a child who leaves; says how many."""
    stmt = (
        select(Booking.id, Booking.session_id)
        .join(
            Session,
            (Session.district_id == Booking.district_id) & (Session.id == Booking.session_id),
        )
        .where(
            Booking.district_id == ctx.district_id,
            Booking.pupil_id == pupil_id,
            Booking.state.in_(AHEAD),
            Session.starts_at > ctx.now,
        )
        .order_by(Booking.id)
    )
    ahead = (await ctx.conn.execute(stmt)).all()
    for booking in ahead:
        await give_back(ctx, booking.session_id, await about(ctx, booking.id), reason)
    return len(ahead)


async def on_session_cancelled(ctx: Ctx, fact: SessionCancelled) -> None:
    """Free everybody and tell them why; a class booking ends with its places."""
    stmt = select(Booking.id).where(
        Booking.district_id == ctx.district_id,
        Booking.session_id == fact.session_id,
        Booking.state.in_(ACTIVE),
    )
    for (booking_id,) in (await ctx.conn.execute(stmt.with_for_update())).all():
        await end_booking(ctx, await about(ctx, booking_id), fact.reason or "活动取消")
    await ctx.conn.execute(
        update(ClassBooking)
        .where(
            ClassBooking.district_id == ctx.district_id,
            ClassBooking.session_id == fact.session_id,
            ClassBooking.state.in_(STANDING),
        )
        .values(
            state=ClassBookingState.RELEASED,
            reason="活动取消",
            version=ClassBooking.version + 1,
            updated_at=ctx.now,
        )
    )


async def mark_absent(ctx: Ctx, session_ids: list[UUID]) -> int:
    """After closing: whoever held a place and never came was absent; everything else dissolves."""
    held = (
        update(Booking)
        .where(
            Booking.district_id == ctx.district_id,
            Booking.session_id.in_(session_ids),
            Booking.state == BookingState.CONFIRMED,
        )
        .values(state=BookingState.ABSENT, version=Booking.version + 1, updated_at=ctx.now)
    )
    dissolved = (
        update(Booking)
        .where(
            Booking.district_id == ctx.district_id,
            Booking.session_id.in_(session_ids),
            Booking.state.in_(set(AHEAD) - {BookingState.CONFIRMED}),
        )
        .values(
            state=BookingState.CANCELLED,
            cancelled_at=ctx.now,
            version=Booking.version + 1,
            updated_at=ctx.now,
        )
    )
    absent = (await ctx.conn.execute(held)).rowcount
    await ctx.conn.execute(dissolved)
    return absent


async def excuse(ctx: Ctx, booking_id: UUID, reason: str) -> None:
    """请假: the place goes to the next who waits, and nobody is blamed; an absence becomes excused.

    The caller has checked that the booking is confirmed before its start, or absent.
    """
    facts = await about(ctx, booking_id)
    if facts.starts_at > ctx.now:
        await give_back(ctx, facts.session_id, facts, f"请假：{reason}"[:200])
    await ctx.conn.execute(
        update(Booking)
        .where(Booking.district_id == ctx.district_id, Booking.id == booking_id)
        .values(
            state=BookingState.EXCUSED,
            seat_id=None,
            version=Booking.version + 1,
            updated_at=ctx.now,
        )
    )
