"""What do bookings hold about a child, and what becomes of them when it is erased?"""

from uuid import UUID

from sqlalchemy import select

from app.activities.models import Activity, Session
from app.bookings.kinds import STATE_WORDS, BookingState
from app.bookings.models import Booking
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
    return [Section("预约", ("活动时间", "活动", "状态", "预约时间"), rows)]


async def erase(ctx: Ctx, pupil_id: UUID) -> Erased:
    """Give back the places ahead; past rows stay as numbers, they name nobody."""
    return {"未开始的预约": await release_all(ctx, pupil_id, "已按家长申请删除资料")}
