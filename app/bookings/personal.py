"""What do bookings hold about a child, and what becomes of them when it is erased?"""

from uuid import UUID

from sqlalchemy import delete, select

from app.activities.models import Activity, ActivityField, Session
from app.bookings.kinds import STATE_WORDS, BookingState, Said
from app.bookings.models import Booking, BookingAnswer, BookingConsent
from app.bookings.rules import say_answer
from app.bookings.service import release_all
from app.kit.clock import platform_time
from app.kit.context import Ctx
from app.kit.personal import Erased, Section


async def about(ctx: Ctx, pupil_id: UUID) -> list[Section]:
    """Every booking, newest date first."""
    stmt = (
        select(Session.starts_at, Activity.title, Booking.state, Booking.created_at)
        .join(
            Session,
            (Session.district_id == Booking.district_id) & (Session.id == Booking.session_id),
        )
        .join(
            Activity,
            (Activity.district_id == Session.district_id) & (Activity.id == Session.activity_id),
        )
        .where(Booking.district_id == ctx.district_id, Booking.pupil_id == pupil_id)
        .order_by(Session.starts_at.desc())
    )
    rows = [
        (
            platform_time(row.starts_at),
            row.title,
            STATE_WORDS[BookingState(row.state)],
            platform_time(row.created_at),
        )
        for row in await ctx.conn.execute(stmt)
    ]
    return [
        Section("预约", ("活动时间", "活动", "状态", "预约时间"), rows),
        await _answers(ctx, pupil_id),
        await _consents(ctx, pupil_id),
    ]


async def _answers(ctx: Ctx, pupil_id: UUID) -> Section:
    """What the family told units while booking."""
    stmt = (
        select(
            Activity.title,
            ActivityField.label,
            ActivityField.kind,
            BookingAnswer.value,
            BookingAnswer.at,
        )
        .join(
            ActivityField,
            (ActivityField.district_id == BookingAnswer.district_id)
            & (ActivityField.id == BookingAnswer.field_id),
        )
        .join(
            Activity,
            (Activity.district_id == ActivityField.district_id)
            & (Activity.id == ActivityField.activity_id),
        )
        .join(
            Booking,
            (Booking.district_id == BookingAnswer.district_id)
            & (Booking.id == BookingAnswer.booking_id),
        )
        .where(BookingAnswer.district_id == ctx.district_id, Booking.pupil_id == pupil_id)
        .order_by(BookingAnswer.at.desc(), ActivityField.number)
    )
    rows = [
        (row.title, row.label, say_answer(row.kind, row.value), platform_time(row.at))
        for row in await ctx.conn.execute(stmt)
    ]
    return Section("报名信息", ("活动", "问题", "回答", "时间"), rows)


async def _consents(ctx: Ctx, pupil_id: UUID) -> Section:
    """Every yes and no to a visit, and which of the two guardians said it."""
    stmt = (
        select(Activity.title, BookingConsent.said, BookingConsent.guardian_id, BookingConsent.at)
        .join(
            Booking,
            (Booking.district_id == BookingConsent.district_id)
            & (Booking.id == BookingConsent.booking_id),
        )
        .join(
            Session,
            (Session.district_id == Booking.district_id) & (Session.id == Booking.session_id),
        )
        .join(
            Activity,
            (Activity.district_id == Session.district_id) & (Activity.id == Session.activity_id),
        )
        .where(BookingConsent.district_id == ctx.district_id, Booking.pupil_id == pupil_id)
        .order_by(BookingConsent.at.desc())
    )
    rows = [
        (
            row.title,
            "同意" if row.said == Said.YES else "不同意",
            "您" if row.guardian_id == ctx.actor.person_id else "另一位",
            platform_time(row.at),
        )
        for row in await ctx.conn.execute(stmt)
    ]
    return Section("参加活动的同意", ("活动", "答复", "答复人", "时间"), rows)


async def erase(ctx: Ctx, pupil_id: UUID) -> Erased:
    """Give back the places ahead and forget the answers; past rows stay as numbers, they name nobody."""
    released = await release_all(ctx, pupil_id, "已按家长申请删除资料")
    bookings = select(Booking.id).where(
        Booking.district_id == ctx.district_id, Booking.pupil_id == pupil_id
    )
    answers = await ctx.conn.execute(
        delete(BookingAnswer).where(
            BookingAnswer.district_id == ctx.district_id, BookingAnswer.booking_id.in_(bookings)
        )
    )
    return {"未开始的预约": released, "报名信息": answers.rowcount}
