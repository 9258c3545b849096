"""Which families are told what about bookings."""

from sqlalchemy import select

from app.activities.events import VisitChanged
from app.activities.models import Session
from app.bookings.events import (
    BookingCancelled,
    BookingConfirmed,
    BookingFact,
    BookingLapsed,
    BookingOffered,
    BookingPromoted,
    BookingWaitlisted,
    ClassBookingDue,
    ClassBookingSettled,
    ConsentAsked,
)
from app.bookings.kinds import ACTIVE
from app.bookings.models import Booking
from app.bookings.service.facts import message_fields, message_of
from app.kit.clock import platform_time
from app.kit.context import Ctx
from app.notifications.kinds import Kind
from app.notifications.rules import hearers
from app.notifications.service.notify import notify
from app.people.models import Person
from app.people.queries import guardians_of
from app.resources.models import LearningBase


async def _tell(ctx: Ctx, kind: Kind, fact: BookingFact, key: str = "", **more: str) -> None:
    people = hearers(kind, fact.guardians, fact.pupil_id)
    fields = message_fields(fact, **more)
    await notify(ctx, kind, people, f"booking:{fact.booking_id}{key}", fields)


async def tell_booked(ctx: Ctx, fact: BookingConfirmed | BookingWaitlisted | ConsentAsked) -> None:
    """What came of a booking, unless the hot statement that placed it has told the family already."""
    if not fact.told:
        kind, key, fields = message_of(fact)
        people = hearers(kind, fact.guardians, fact.pupil_id)
        await notify(ctx, kind, people, key, fields)


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
        guardians = await guardians_of(ctx, row.pupil_id)
        people = hearers(Kind.ACTIVITY_CHANGED, guardians, row.pupil_id)
        key = f"change:{row.id}:{fact.change_id}"
        await notify(ctx, Kind.ACTIVITY_CHANGED, people, key, fields)


async def tell_offered(ctx: Ctx, fact: BookingOffered) -> None:
    """Each offer is a message of its own: the same booking may be offered a seat twice."""
    until = platform_time(fact.expires_at)
    await _tell(ctx, Kind.BOOKING_OFFERED, fact, f":{until}", until=until)


async def tell_lapsed(ctx: Ctx, fact: BookingLapsed) -> None:
    result = "没有及时答复，已重新排到候补最后" if fact.again else "两次没有答复，已退出候补"
    key = ":again" if fact.again else ":out"
    await _tell(ctx, Kind.BOOKING_LAPSED, fact, key, reason=result)


async def tell_class_due(ctx: Ctx, fact: ClassBookingDue) -> None:
    fields = {
        "class": fact.class_name,
        "title": fact.title,
        "what": fact.what,
        "until": platform_time(fact.until),
    }
    key = f"class_booking:{fact.class_booking_id}:{fact.number}"
    await notify(ctx, Kind.CLASS_BOOKING_DUE, list(fact.people), key, fields)


async def tell_class_settled(ctx: Ctx, fact: ClassBookingSettled) -> None:
    fields = {
        "class": fact.class_name,
        "title": fact.title,
        "time": platform_time(fact.starts_at),
        "result": fact.result,
    }
    key = f"class_booking:{fact.class_booking_id}:{fact.result}"
    await notify(ctx, Kind.CLASS_BOOKING_SETTLED, list(fact.people), key, fields)
