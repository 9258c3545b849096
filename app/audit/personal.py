"""Who has looked at a child's record? Its family may know; the lines themselves never go."""

from uuid import UUID

from sqlalchemy import select

from app.audit.models import AuditEntry
from app.kit.clock import platform_time
from app.kit.context import Ctx
from app.kit.personal import Section

SHOWN = 500
READ = "pupil:read"


async def about(ctx: Ctx, pupil_id: UUID) -> list[Section]:
    """Staff reads of this child, newest first: when and what for, without the reader's name."""
    stmt = (
        select(AuditEntry.at, AuditEntry.purpose)
        .where(
            AuditEntry.district_id == ctx.district_id,
            AuditEntry.pupil_id == pupil_id,
            AuditEntry.action == READ,
        )
        .order_by(AuditEntry.id.desc())
        .limit(SHOWN)
    )
    rows = [(platform_time(row.at), row.purpose or "") for row in await ctx.conn.execute(stmt)]
    return [Section("工作人员查看记录", ("时间", "目的"), rows)]
