"""Which families are told what about bookings."""

from sqlalchemy import select

from app.activities.events import VisitChanged
from app.activities.models import Session
from app.bookings.events import (
    BookingCancelled,
    BookingConfirmed,
    BookingFact,
    BookingPromoted,
    BookingWaitlisted,
)
from app.bookings.kinds import ACTIVE
from app.bookings.models import Booking
from app.kit.clock import platform_time
from app.kit.context import Ctx
from app.notifications.kinds import Kind
from app.notifications.service.notify import notify
from app.people.models import Person
from app.people.queries import guardians_of
from app.resources.models import LearningBase


async def _tell(ctx: Ctx, kind: Kind, fact: BookingFact, **more: str) -> None:
    fields = {
        "pupil": fact.pupil_name,
        "title": fact.title,
        "place": fact.base_name,
        "time": platform_time(fact.starts_at),
        **more,
    }
    people = await guardians_of(ctx, fact.pupil_id)
    await notify(ctx, kind, people, f"booking:{fact.booking_id}", fields)


async def tell_confirmed(ctx: Ctx, fact: BookingConfirmed) -> None:
    await _tell(ctx, Kind.BOOKING_CONFIRMED, fact)


async def tell_waitlisted(ctx: Ctx, fact: BookingWaitlisted) -> None:
    await _tell(ctx, Kind.BOOKING_WAITLISTED, fact, position=str(fact.position))


async def tell_promoted(ctx: Ctx, fact: BookingPromoted) -> None:
    await _tell(ctx, Kind.BOOKING_PROMOTED, fact)


async def tell_cancelled(ctx: Ctx, fact: BookingCancelled) -> None:
    await _tell(ctx, Kind.BOOKING_CANCELLED, fact, reason=fact.reason or "家长取消")


async def tell_changed(ctx: Ctx, fact: VisitChanged) -> None:
    """Everyone with a place or in the queue hears of a change once."""
    stmt = (
        select(
            Booking.id,
            Booking.pupil_id,
            Person.name.label("pupil_name"),
            LearningBase.name.label("base_name"),
            Session.starts_at,
        )
        .join(
            Session,
            (Session.district_id == Booking.district_id) & (Session.id == Booking.session_id),
        )
        .join(
            LearningBase,
            (LearningBase.district_id == Session.district_id)
            & (LearningBase.id == Session.base_id),
        )
        .join(Person, (Person.district_id == Booking.district_id) & (Person.id == Booking.pupil_id))
        .where(
            Booking.district_id == ctx.district_id,
            Booking.session_id.in_(fact.session_ids),
            Booking.state.in_(ACTIVE),
        )
        .order_by(Booking.id)
    )
    for row in (await ctx.conn.execute(stmt)).all():
        fields = {
            "pupil": row.pupil_name,
            "title": fact.title,
            "place": row.base_name,
            "time": platform_time(row.starts_at),
            "change": fact.change,
        }
        people = await guardians_of(ctx, row.pupil_id)
        key = f"change:{row.id}:{fact.change_id}"
        await notify(ctx, Kind.ACTIVITY_CHANGED, people, key, fields)
