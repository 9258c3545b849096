"""Which families are told what about bookings."""

from app.bookings.events import (
    BookingCancelled,
    BookingConfirmed,
    BookingFact,
    BookingPromoted,
    BookingWaitlisted,
)
from app.kit.clock import platform_time
from app.kit.context import Ctx
from app.notifications.kinds import Kind
from app.notifications.service.notify import notify
from app.people.queries import guardians_of


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
