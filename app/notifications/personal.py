"""What do messages hold about a child, and how do they forget it?"""

from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, select

from app.kit.clock import platform_time
from app.kit.context import Ctx
from app.kit.personal import Erased, Section
from app.notifications.kinds import KINDS, Kind
from app.notifications.models import Delivery, Notification

SHOWN = 500


async def about(ctx: Ctx, people: list[UUID], name: str) -> list[Section]:
    """Messages to these people that name the child, newest first."""
    stmt = select(Notification).where(_naming(ctx, people, name)).order_by(Notification.id.desc())
    rows = (await ctx.db.execute(stmt.limit(SHOWN))).scalars()
    titles = {kind.value: row.title for kind, row in KINDS.items()}
    lines = [
        (
            platform_time(row.created_at),
            titles.get(row.kind, row.kind),
            "；".join(f"{label}：{row.fields.get(key, '')}" for key, label in _labels(row.kind)),
        )
        for row in rows
    ]
    return [Section("发给您的通知", ("时间", "通知", "内容"), lines)]


def _labels(kind: str) -> list[tuple[str, str]]:
    return list(KINDS[Kind(kind)].fields.items()) if kind in KINDS else []


async def erase(ctx: Ctx, people: list[UUID], name: str) -> Erased:
    """Remove every message to these people that names the child, and what waits to be sent."""
    ids = select(Notification.id).where(_naming(ctx, people, name))
    await ctx.conn.execute(
        delete(Delivery).where(
            Delivery.district_id == ctx.district_id, Delivery.notification_id.in_(ids)
        )
    )
    gone = await ctx.conn.execute(delete(Notification).where(_naming(ctx, people, name)))
    return {"通知": gone.rowcount}


def _naming(ctx: Ctx, people: list[UUID], name: str) -> ColumnElement[bool]:
    return and_(
        Notification.district_id == ctx.district_id,
        Notification.person_id.in_(people),
        Notification.fields["pupil"].astext == name,
    )
