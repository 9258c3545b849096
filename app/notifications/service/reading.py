"""Marking what a person has read."""

from uuid import UUID

from sqlalchemy import func, update

from app.kit.context import Ctx
from app.kit.errors import NotFound
from app.notifications.models import Notification
from app.notifications.permissions import P
from app.notifications.queries import shown
from app.notifications.schemas import NotificationOut


async def mark_read(ctx: Ctx, notification_id: UUID) -> NotificationOut:
    """The actor has read it; reading again keeps the first time."""
    ctx.require(P.NOTIFICATION_READ)
    stmt = (
        update(Notification)
        .where(
            Notification.district_id == ctx.district_id,
            Notification.id == notification_id,
            Notification.person_id == ctx.actor.person_id,
        )
        .values(read_at=func.coalesce(Notification.read_at, ctx.now))
        .returning(Notification)
    )
    row = (await ctx.db.execute(stmt)).scalar_one_or_none()
    if row is None:
        raise NotFound
    return shown(row)
