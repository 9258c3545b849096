"""What a message about a booking needs, read once."""

from typing import Any
from uuid import UUID

from app.bookings import statements
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
