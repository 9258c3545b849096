"""请假: with a reason before the start, or explained within a week after."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from app.attendance import statements
from app.attendance.access import access_leave
from app.attendance.errors import AlreadyDecided, LeaveNotPossible
from app.attendance.kinds import DecisionState
from app.attendance.models import Leave
from app.audit import service as audit
from app.bookings.access import access_booking
from app.bookings.kinds import BookingState
from app.bookings.permissions import P as BookingP
from app.bookings.service import excuse
from app.kit.context import Ctx
from app.moderation.service import refuse_forbidden

EXPLAIN_WITHIN = timedelta(days=7)


async def ask_leave(ctx: Ctx, booking_id: UUID, reason: str) -> Leave:
    """Before the start the place goes to the next who waits; after an absence the school decides.

    Also when it is too late to cancel. Asking again changes nothing. Refused for a child that
    came, and more than seven days after an absence.
    """
    booking = await access_booking(ctx, booking_id, BookingP.BOOKING_CREATE)
    known = await _of_booking(ctx, booking_id)
    if known is not None:
        return known
    starts = (
        await statements.STARTS.rows(
            ctx.conn, {"district": ctx.district_id, "session": booking.session_id}
        )
    )[0].starts_at
    ahead = booking.state == BookingState.CONFIRMED and starts > ctx.now
    missed = booking.state == BookingState.ABSENT and starts > ctx.now - EXPLAIN_WITHIN
    if not (ahead or missed):
        raise LeaveNotPossible
    await refuse_forbidden(ctx, [reason])
    row = Leave(
        district_id=ctx.district_id,
        booking_id=booking_id,
        pupil_id=booking.pupil_id,
        reason=reason,
        state=DecisionState.APPLIED if ahead else DecisionState.PENDING,
        asked_by=ctx.actor.person_id,
    )
    ctx.db.add(row)
    await ctx.db.flush()
    await audit.record(ctx, "leave:ask", "attendance_leave", row.id, pupil_id=row.pupil_id)
    if ahead:
        await excuse(ctx, booking_id, reason)
    await ctx.db.refresh(row)
    return row


async def _of_booking(ctx: Ctx, booking_id: UUID) -> Leave | None:
    stmt = select(Leave).where(Leave.district_id == ctx.district_id, Leave.booking_id == booking_id)
    return (await ctx.db.execute(stmt)).scalar_one_or_none()


async def decide_leave(ctx: Ctx, leave_id: UUID, *, agrees: bool) -> Leave:
    """The child's teacher or school accepts an explanation; then the absence counts for nothing."""
    row = await access_leave(ctx, leave_id)
    decided = DecisionState.APPLIED if agrees else DecisionState.DECLINED
    if row.state != DecisionState.PENDING:
        if row.state == decided:
            return row
        raise AlreadyDecided
    row.state, row.decided_by, row.decided_at = decided, ctx.actor.person_id, ctx.now
    await ctx.db.flush()
    verb = "leave:accept" if agrees else "leave:decline"
    await audit.record(ctx, verb, "attendance_leave", row.id, pupil_id=row.pupil_id)
    if agrees:
        await excuse(ctx, row.booking_id, row.reason)
    return row
