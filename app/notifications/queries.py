"""Reading the inbox and the fate of deliveries."""

from datetime import date, timedelta

from sqlalchemy import func, select

from app.kit.clock import at_school
from app.kit.context import Ctx
from app.kit.errors import Forbidden
from app.kit.paging import fetch_page
from app.notifications.kinds import KINDS, DeliveryState, Kind
from app.notifications.models import Delivery, Notification
from app.notifications.permissions import P
from app.notifications.schemas import DeliveryCount, NotificationOut


async def own_notifications(
    ctx: Ctx, cursor: str | None, limit: int
) -> tuple[list[NotificationOut], str | None]:
    """The actor's own inbox, newest first."""
    ctx.require(P.NOTIFICATION_READ)
    stmt = select(Notification).where(
        Notification.district_id == ctx.district_id,
        Notification.person_id == ctx.actor.person_id,
    )
    rows, following = await fetch_page(ctx, stmt, Notification.id, cursor, limit, newest_first=True)
    return [shown(row) for row in rows], following


def shown(row: Notification) -> NotificationOut:
    kind = Kind(row.kind)
    about = KINDS[kind]
    return NotificationOut(
        id=row.id,
        kind=kind,
        headline=about.title,
        lines=[(label, str(row.fields.get(name, ""))) for name, label in about.fields.items()],
        created_at=row.created_at,
        read_at=row.read_at,
    )


async def list_deliveries(
    ctx: Ctx,
    state: DeliveryState | None,
    cursor: str | None,
    limit: int,
    kind: Kind | None = None,
    day: date | None = None,
) -> tuple[list[Delivery], str | None]:
    """Every attempt with its state and reason; ids only, no names. District-wide right needed.

    `day` is the school's calendar day on which it was written.
    """
    if not ctx.require(P.DELIVERY_READ).district:
        raise Forbidden
    stmt = select(Delivery).where(Delivery.district_id == ctx.district_id)
    if state:
        stmt = stmt.where(Delivery.state == state)
    if kind:
        told = select(Notification.id).where(
            Notification.district_id == ctx.district_id, Notification.kind == kind
        )
        stmt = stmt.where(Delivery.notification_id.in_(told))
    if day:
        begin = at_school(day, 0)
        stmt = stmt.where(
            Delivery.created_at >= begin, Delivery.created_at < begin + timedelta(days=1)
        )
    return await fetch_page(ctx, stmt, Delivery.id, cursor, limit, newest_first=True)


async def count_deliveries(ctx: Ctx) -> list[DeliveryCount]:
    """How many stand in each state; states with none are shown as 0."""
    if not ctx.require(P.DELIVERY_READ).district:
        raise Forbidden
    stmt = (
        select(Delivery.state, func.count().label("number"))
        .where(Delivery.district_id == ctx.district_id)
        .group_by(Delivery.state)
    )
    found = {row.state: row.number for row in await ctx.conn.execute(stmt)}
    return [DeliveryCount(state=state, count=found.get(state, 0)) for state in DeliveryState]
