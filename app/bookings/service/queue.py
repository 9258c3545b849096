"""Moving the waiting list up: at once near the start, else by an offer that is held for a while."""

from uuid import UUID

from app.activities.events import SeatsAdded
from app.audit import service as audit
from app.bookings import rules, statements
from app.bookings.events import (
    BookingConfirmed,
    BookingLapsed,
    BookingOffered,
    BookingPromoted,
)
from app.bookings.kinds import BookingState
from app.bookings.service.facts import about, ask_guardians, fact_fields
from app.kit.context import Ctx
from app.kit.db import AnyRow


async def standing(ctx: Ctx, session_id: UUID, booking_id: UUID) -> AnyRow:
    """State, position, and whose reserve keeps free seats away."""
    (row,) = (await standings(ctx, session_id, [booking_id])).values()
    return row


async def standings(ctx: Ctx, session_id: UUID, bookings: list[UUID]) -> dict[UUID, AnyRow]:
    """The same of several bookings of one session, by booking."""
    params = {"district": ctx.district_id, "session": session_id, "bookings": bookings}
    rows = await ctx.conn.execute(statements.POSITION, params)
    return {row.id: row for row in rows.all()}


async def promote_waiting(ctx: Ctx, session_id: UUID) -> int:
    """Give free seats to those who wait, in order of arrival; says how many moved up.

    Alone on this queue until the commit: see `statements.MOVE_QUEUE`.
    """
    await ctx.conn.execute(statements.MOVE_QUEUE, {"session": str(session_id)})
    return await move_queue(ctx, session_id)


async def move_queue(ctx: Ctx, session_id: UUID, *, drawn: bool = False) -> int:
    """Give each free seat to the first who may have it: a place near the start, else an offer.

    Brothers and sisters who wait as one move together, when there is a seat for each.
    `drawn`: the order was drawn by lot, so that a seat is a place and no offer.
    """
    params = {
        "district": ctx.district_id,
        "session": session_id,
        "hold": not drawn,
        "expires": rules.offer_until(ctx.now),
    }
    moved = 0
    while rows := (await ctx.conn.execute(statements.PROMOTE, params)).all():
        moved += len(rows)
        for row in rows:
            await _tell_moved(ctx, row, drawn=drawn)
    return moved


async def _tell_moved(ctx: Ctx, row: AnyRow, *, drawn: bool) -> None:
    offered = row.state == BookingState.OFFERED
    action = "booking:offer" if offered else "booking:promote"
    await audit.record(ctx, action, "booking", row.id, pupil_id=row.pupil_id)
    facts = await about(ctx, row.id)
    fields = fact_fields(facts)
    if offered:
        await ctx.emit(BookingOffered(**fields, expires_at=row.offer_expires_at))
    elif drawn:
        await ctx.emit(BookingConfirmed(**fields))
    else:
        await ctx.emit(BookingPromoted(**fields))
    await ask_guardians(ctx, facts)


async def promote_everywhere(ctx: Ctx) -> int:
    """The sweep behind SKIP LOCKED: a seat given back by a rollback must not stay empty."""
    rows = await ctx.conn.execute(statements.SESSIONS_WITH_ROOM, {"district": ctx.district_id})
    return sum([await promote_waiting(ctx, session_id) for (session_id,) in rows.all()])


async def on_seats_added(ctx: Ctx, fact: SeatsAdded) -> None:
    await promote_waiting(ctx, fact.session_id)


async def lapse_offers(ctx: Ctx) -> int:
    """End offers nobody answered: the family waits again at the end, once; then the next is asked.

    Says how many lapsed. Several workers at once end each offer once.
    """
    rows = (await ctx.conn.execute(statements.LAPSED, {"district": ctx.district_id})).all()
    for row in rows:
        facts = await about(ctx, row.id)
        again = row.lapsed == 0
        params = {"district": ctx.district_id, "booking": row.id}
        if again:
            await ctx.conn.execute(statements.REQUEUE, params)
            await audit.record(ctx, "booking:lapse", "booking", row.id, pupil_id=facts.pupil_id)
        else:
            logged = audit.bound(ctx, "booking:lapse", "booking", row.id, facts.pupil_id)
            await ctx.conn.execute(statements.CANCEL, {**params, **logged})
        await ctx.emit(BookingLapsed(**fact_fields(facts), again=again))
    for session_id in dict.fromkeys(row.session_id for row in rows):
        await promote_waiting(ctx, session_id)
    return len(rows)
