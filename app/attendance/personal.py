"""What does the door hold about a child? Rows without a name: nothing to erase in them."""

from uuid import UUID

from sqlalchemy import select

from app.activities.models import Activity, Session
from app.attendance.models import Attendance
from app.kit.clock import platform_time
from app.kit.context import Ctx
from app.kit.personal import Section


async def about(ctx: Ctx, pupil_id: UUID) -> list[Section]:
    """Every visit, newest first."""
    stmt = (
        select(Attendance.arrived_at, Attendance.evidence, Activity.title)
        .join(
            Session,
            (Session.district_id == Attendance.district_id) & (Session.id == Attendance.session_id),
        )
        .join(
            Activity,
            (Activity.district_id == Session.district_id) & (Activity.id == Session.activity_id),
        )
        .where(Attendance.district_id == ctx.district_id, Attendance.pupil_id == pupil_id)
        .order_by(Attendance.arrived_at.desc())
    )
    rows = [
        (platform_time(row.arrived_at), row.title, row.evidence)
        for row in await ctx.conn.execute(stmt)
    ]
    return [Section("签到", ("到达时间", "活动", "证据等级"), rows)]
