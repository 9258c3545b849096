"""What do announcements hold about a family? Which it was sent and when it opened them."""

from uuid import UUID

from sqlalchemy import select

from app.announcements.models import Announcement, Recipient
from app.kit.clock import platform_time
from app.kit.context import Ctx
from app.kit.personal import Section


async def about(ctx: Ctx, people: list[UUID]) -> list[Section]:
    """Announcements sent to these people, newest first; they name no child."""
    stmt = (
        select(Announcement.title, Recipient.sent_at, Recipient.read_at)
        .join(
            Recipient,
            (Recipient.district_id == Announcement.district_id)
            & (Recipient.announcement_id == Announcement.id),
        )
        .where(
            Recipient.district_id == ctx.district_id,
            Recipient.person_id.in_(people),
            Recipient.sent_at.is_not(None),
        )
        .order_by(Announcement.id.desc())
        .limit(500)
    )
    rows = [
        (row.title, platform_time(row.sent_at), platform_time(row.read_at) if row.read_at else "")
        for row in await ctx.conn.execute(stmt)
    ]
    return [Section("发给您的公告", ("公告", "发送时间", "打开时间"), rows)]
