"""报名信息 given after the booking: what whoever booked left open, or what has changed since."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import delete, insert

from app.activities.models import Session
from app.activities.queries import fields_of
from app.audit import service as audit
from app.bookings import rules
from app.bookings.access import access_booking
from app.bookings.errors import AnswersOver
from app.bookings.kinds import AHEAD
from app.bookings.models import BookingAnswer
from app.bookings.permissions import P
from app.kit.context import Ctx
from app.people.access import access_own_pupil


async def change_answers(ctx: Ctx, booking_id: UUID, given: Mapping[UUID, str]) -> None:
    """Put a family's answers in the place of those there were, until the session starts.

    Only for an own child (`kit.not_found`); what is required must be among them. The same
    answers again change nothing. The log keeps that they changed, not what they say.
    """
    row = await access_booking(ctx, booking_id, P.BOOKING_CREATE)
    access_own_pupil(ctx, row.pupil_id)
    session = await ctx.db.get_one(Session, (ctx.district_id, row.session_id))
    if row.state not in AHEAD or session.starts_at <= ctx.now:
        raise AnswersOver
    questions = [
        {
            "id": str(one.id),
            "label": one.label,
            "kind": one.kind,
            "required": one.required,
            "options": one.options,
        }
        for one in await fields_of(ctx, session.activity_id)
    ]
    answers = rules.check_answers(questions, given, family=True)
    of_booking = (BookingAnswer.district_id == ctx.district_id) & (
        BookingAnswer.booking_id == row.id
    )
    await ctx.conn.execute(delete(BookingAnswer).where(of_booking))
    if answers:
        own = {"district_id": ctx.district_id, "booking_id": row.id}
        rows = [{**own, "field_id": field_id, "value": value} for field_id, value in answers]
        await ctx.conn.execute(insert(BookingAnswer), rows)
    await audit.record(ctx, "booking:answer", "booking", row.id, pupil_id=row.pupil_id)
