"""What a district decides about all bookings: limits a pupil, and the way between two places."""

from collections.abc import Mapping

from sqlalchemy import delete, insert
from sqlalchemy.dialects.postgresql import insert as pg_insert

from app.activities.kinds import Category
from app.audit import service as audit
from app.bookings.models import BookingLimit, BookingSetting
from app.bookings.permissions import P
from app.kit.context import Ctx
from app.kit.ids import new_id


async def set_booking_rules(
    ctx: Ctx, gap_minutes: int, limits: Mapping[Category | None, int]
) -> None:
    """Replace the district's rules; the same again changes nothing. Standing bookings stay.

    `limits`: category, or None for all together → most bookings a pupil and term.
    """
    ctx.require(P.BOOKING_RULE_EDIT)
    setting = pg_insert(BookingSetting).values(district_id=ctx.district_id, gap_minutes=gap_minutes)
    await ctx.conn.execute(
        setting.on_conflict_do_update(
            index_elements=["district_id"], set_={"gap_minutes": gap_minutes}
        )
    )
    await ctx.conn.execute(delete(BookingLimit).where(BookingLimit.district_id == ctx.district_id))
    rows = [
        {"district_id": ctx.district_id, "id": new_id(), "category": category, "most": most}
        for category, most in limits.items()
    ]
    if rows:
        await ctx.conn.execute(insert(BookingLimit), rows)
    detail = {
        "gap": gap_minutes,
        "limits": {str(key or "all"): most for key, most in limits.items()},
    }
    await audit.record(ctx, "booking_rule:change", "district", ctx.district_id, detail=detail)
