"""What a message about a booking needs, read once."""

from typing import Any
from uuid import UUID

from app.bookings import rules, statements
from app.bookings.events import ConsentAsked
from app.kit.context import Ctx
from app.kit.db import AnyRow
from app.kit.errors import NotFound


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


async def ask_guardians(ctx: Ctx, row: AnyRow, *, reminder: bool = False) -> None:
    """Ask the guardians of a row of `about` whether the child may come; nothing when nobody waits."""
    if row.consent_asked_at is None:
        return
    until = rules.consent_until(row.consent_asked_at, row.cancel_until, row.starts_at)
    await ctx.emit(ConsentAsked(**fact_fields(row), until=until, reminder=reminder))
