"""Reading bookings."""

from uuid import UUID

from sqlalchemy import select

from app.activities.models import Activity, Session
from app.audit import service as audit
from app.bookings.access import visible_bookings
from app.bookings.kinds import ACTIVE, BookingState
from app.bookings.models import Booking
from app.bookings.permissions import P
from app.kit.context import Ctx
from app.kit.db import AnyRow
from app.kit.errors import NotFound
from app.kit.paging import fetch_page
from app.people.models import Person


async def list_bookings(
    ctx: Ctx,
    session_id: UUID | None,
    pupil_id: UUID | None,
    state: BookingState | None,
    cursor: str | None,
    limit: int,
) -> tuple[list[Booking], str | None]:
    """Own children's, own class's, own school's or own unit's bookings, newest first."""
    stmt = select(Booking).where(
        Booking.district_id == ctx.district_id, visible_bookings(ctx, P.BOOKING_READ)
    )
    if session_id:
        stmt = stmt.where(Booking.session_id == session_id)
    if pupil_id:
        stmt = stmt.where(Booking.pupil_id == pupil_id)
    if state:
        stmt = stmt.where(Booking.state == state)
    rows, following = await fetch_page(ctx, stmt, Booking.id, cursor, limit, newest_first=True)
    await audit.record_reads(ctx, "booking", [row.pupil_id for row in rows], "查看预约")
    return rows, following


async def read_booking(ctx: Ctx, booking_id: UUID) -> Booking:
    stmt = select(Booking).where(
        Booking.district_id == ctx.district_id,
        Booking.id == booking_id,
        visible_bookings(ctx, P.BOOKING_READ),
    )
    row = (await ctx.db.execute(stmt)).scalar_one_or_none()
    if row is None:
        raise NotFound
    await audit.record_reads(ctx, "booking", [row.pupil_id], "查看预约")
    return row


async def coming_bookings(ctx: Ctx, limit: int) -> list[AnyRow]:
    """What the actor's own children have ahead, for a phone."""
    ctx.require(P.BOOKING_READ)
    stmt = (
        select(
            Booking.state,
            Person.name.label("pupil_name"),
            Activity.title,
            Session.starts_at,
        )
        .join(Person, (Person.district_id == Booking.district_id) & (Person.id == Booking.pupil_id))
        .join(
            Session,
            (Session.district_id == Booking.district_id) & (Session.id == Booking.session_id),
        )
        .join(
            Activity,
            (Activity.district_id == Session.district_id) & (Activity.id == Session.activity_id),
        )
        .where(
            Booking.district_id == ctx.district_id,
            Booking.pupil_id.in_(ctx.actor.pupil_ids),
            Booking.state.in_(ACTIVE),
            Session.ends_at > ctx.now,
        )
        .order_by(Session.starts_at, Booking.id)
        .limit(limit)
    )
    return list((await ctx.conn.execute(stmt)).all())
