"""Places that a decision gave: what a round decided, and a swap."""

from collections.abc import Sequence
from uuid import UUID

from app.audit import service as audit
from app.bookings import statements
from app.bookings.kinds import BookingState
from app.bookings.models import Booking
from app.bookings.service.facts import ask_guardians
from app.kit.context import Ctx
from app.kit.ids import new_id


async def place_many(ctx: Ctx, places: Sequence[tuple[UUID, UUID]]) -> int:
    """Give each pupil a seat of its session, all in one statement: (session, pupil), …

    For what a round has decided; nobody is told here but guardians who have to
    agree to a visit. Says how many were placed: fewer than asked means that seats
    were missing, and the caller undoes all.
    """
    if not places:
        return 0
    params = {
        "district": ctx.district_id,
        "sessions": [session_id for session_id, _ in places],
        "pupils": [pupil_id for _, pupil_id in places],
        "bookings": [new_id() for _ in places],
        "person": ctx.actor.person_id,
    }
    placed = (await ctx.conn.execute(statements.PLACE_MANY, params)).all()
    acts = [("booking:allocate", "booking", pupil_id) for _, pupil_id in places]
    await audit.record_many(ctx, acts)
    await _ask(ctx, [row.id for row in placed if row.consent_asked_at is not None])
    return len(placed)


async def _ask(ctx: Ctx, bookings: list[UUID]) -> None:
    if not bookings:
        return
    params = {"district": ctx.district_id, "bookings": bookings}
    for row in (await ctx.conn.execute(statements.ABOUT, params)).all():
        await ask_guardians(ctx, row)


async def exchange(ctx: Ctx, one_id: UUID, other_id: UUID) -> None:
    """Two confirmed bookings change sessions and seats; both rows are locked by the caller.

    The old bookings end as cancelled, so that history says what happened. The
    queue does not move: no seat becomes free.
    """
    one = await ctx.db.get_one(Booking, (ctx.district_id, one_id))
    other = await ctx.db.get_one(Booking, (ctx.district_id, other_id))
    seats = {booking.session_id: booking.seat_id for booking in (one, other)}
    moves = ((one.pupil_id, other.session_id), (other.pupil_id, one.session_id))
    for booking in (one, other):
        booking.state, booking.seat_id = BookingState.CANCELLED, None
        booking.cancelled_at = ctx.now
        booking.version += 1
    await ctx.db.flush()
    for pupil_id, session_id in moves:
        booking_id = new_id()
        values = {
            "district": ctx.district_id,
            "booking": booking_id,
            "session": session_id,
            "pupil": pupil_id,
            "person": ctx.actor.person_id,
            "seat": seats[session_id],
        }
        await ctx.conn.execute(statements.TAKE_OVER, values)
        await audit.record(ctx, "booking:exchange", "booking", booking_id, pupil_id=pupil_id)
        await _ask(ctx, [booking_id])
