"""What a message about a booking needs, read once."""

from typing import Any
from uuid import UUID

from app.bookings import rules, statements
from app.bookings.events import BookingConfirmed, BookingFact, BookingWaitlisted, ConsentAsked
from app.kit.clock import platform_time
from app.kit.context import Ctx
from app.kit.db import AnyRow
from app.kit.errors import NotFound
from app.notifications.kinds import Kind


async def about(ctx: Ctx, booking_id: UUID) -> AnyRow:
    """Child, activity, place, time and guardians of a booking."""
    params = {"district": ctx.district_id, "bookings": [booking_id]}
    row = (await ctx.conn.execute(statements.ABOUT, params)).first()
    if row is None:
        raise NotFound
    return row


def fact_fields(row: AnyRow) -> dict[str, Any]:
    """The fields of a `BookingFact` from a row of `about`."""
    return {
        "booking_id": row.id,
        "pupil_id": row.pupil_id,
        "pupil_name": row.pupil_name,
        "title": row.title,
        "base_name": row.base_name,
        "starts_at": row.starts_at,
        "guardians": tuple(row.guardians),
    }


def message_fields(fact: BookingFact, **more: str) -> dict[str, str]:
    """What every message about a booking says."""
    return {
        "pupil": fact.pupil_name,
        "title": fact.title,
        "place": fact.base_name,
        "time": platform_time(fact.starts_at),
        **more,
    }


def message_of(
    fact: BookingConfirmed | BookingWaitlisted | ConsentAsked,
) -> tuple[Kind, str, dict[str, str]]:
    """How a family hears what came of its booking: kind, fact key, fields."""
    key = f"booking:{fact.booking_id}"
    if isinstance(fact, BookingWaitlisted):
        return Kind.BOOKING_WAITLISTED, key, message_fields(fact, position=str(fact.position))
    if isinstance(fact, ConsentAsked):
        # Asked once a limit, and reminded once.
        until = platform_time(fact.until)
        key += f":{until}:reminder" if fact.reminder else f":{until}"
        return Kind.CONSENT_ASKED, key, message_fields(fact, until=until)
    return Kind.BOOKING_CONFIRMED, key, message_fields(fact)


async def ask_guardians(ctx: Ctx, row: AnyRow, *, reminder: bool = False) -> None:
    """Ask the guardians of a row of `about` whether the child may come; nothing when nobody waits."""
    if row.consent_asked_at is None:
        return
    until = rules.consent_until(row.consent_asked_at, row.cancel_until, row.starts_at)
    await ctx.emit(ConsentAsked(**fact_fields(row), until=until, reminder=reminder))
