"""What does the door hold about a child? Rows without a name, and reasons, which may tell more."""

from uuid import UUID

from sqlalchemy import select, update

from app.activities.models import Activity, Session
from app.attendance.models import Attendance, Correction, Leave
from app.kit.clock import platform_time
from app.kit.context import Ctx
from app.kit.personal import Erased, Section


async def about(ctx: Ctx, pupil_id: UUID) -> list[Section]:
    """Every visit, newest first."""
    stmt = (
        select(Attendance.arrived_at, Attendance.left_at, Attendance.evidence, Activity.title)
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
        (
            platform_time(row.arrived_at),
            platform_time(row.left_at) if row.left_at else "",
            row.title,
            row.evidence,
        )
        for row in await ctx.conn.execute(stmt)
    ]
    return [
        Section("签到", ("到达时间", "离开时间", "活动", "证据等级"), rows),
        await _leaves(ctx, pupil_id),
    ]


async def _leaves(ctx: Ctx, pupil_id: UUID) -> Section:
    stmt = (
        select(Leave)
        .where(Leave.district_id == ctx.district_id, Leave.pupil_id == pupil_id)
        .order_by(Leave.asked_at.desc())
    )
    rows = [
        (platform_time(row.asked_at), row.reason) for row in (await ctx.db.execute(stmt)).scalars()
    ]
    return Section("请假", ("提出时间", "原因"), rows)


async def erase(ctx: Ctx, pupil_id: UUID) -> Erased:
    """Reasons may name an illness or a relative; the rows stay as numbers."""
    found = {}
    for word, table in (("请假原因", Leave), ("更正原因", Correction)):
        blanked = await ctx.conn.execute(
            update(table)
            .where(table.district_id == ctx.district_id, table.pupil_id == pupil_id)
            .where(table.reason != "")
            .values(reason="")
        )
        found[word] = blanked.rowcount
    return found
