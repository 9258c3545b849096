"""Drawing lots for a session: once, by a seed that was bound when the session was made."""

from sqlalchemy import select

from app.activities.models import Session
from app.activities.service.sessions import mark_drawn, sessions_to_draw
from app.audit import service as audit
from app.bookings import rules, statements
from app.bookings.events import BookingWaitlisted
from app.bookings.kinds import BookingState
from app.bookings.models import Booking
from app.bookings.service.facts import about, fact_fields
from app.bookings.service.queue import move_queue
from app.kit.context import Ctx


async def draw_closed(ctx: Ctx) -> int:
    """Draw every lottery whose booking has closed; says how many. A draw happens once."""
    sessions = await sessions_to_draw(ctx)
    for session in sessions:
        await _draw(ctx, session)
    return len(sessions)


async def _draw(ctx: Ctx, session: Session) -> None:
    """The lots in their order become the queue, which fills the seats; everybody is told."""
    await ctx.conn.execute(statements.MOVE_QUEUE, {"session": str(session.id)})
    applied = select(Booking.id).where(
        Booking.district_id == ctx.district_id,
        Booking.session_id == session.id,
        Booking.state == BookingState.APPLIED,
    )
    lots = {str(lot): lot for lot in (await ctx.conn.execute(applied)).scalars()}
    order = rules.draw_order(session.draw_seed or "", lots)
    await mark_drawn(ctx, session)
    await audit.record(ctx, "session:draw", "session", session.id, detail={"lots": len(order)})
    if not order:
        return
    numbered = [
        {"district": ctx.district_id, "booking": lots[lot], "number": number}
        for number, lot in enumerate(order, start=1)
    ]
    await ctx.conn.execute(statements.QUEUE_DRAWN, numbered)
    await move_queue(ctx, session.id, drawn=True)
    waiting = (
        select(Booking.id)
        .where(
            Booking.district_id == ctx.district_id,
            Booking.session_id == session.id,
            Booking.state == BookingState.WAITLISTED,
        )
        .order_by(Booking.queue_no)
    )
    for position, lot in enumerate((await ctx.conn.execute(waiting)).scalars().all(), start=1):
        fields = fact_fields(await about(ctx, lot))
        await ctx.emit(BookingWaitlisted(**fields, position=position))
