"""Obtaining an announcement or an article, or refusing."""

from uuid import UUID

from app.announcements.models import Announcement, ColumnArticle
from app.announcements.permissions import P
from app.kit.context import Ctx
from app.kit.errors import Forbidden, NotFound


def require_district(ctx: Ctx, permission: str) -> None:
    """Whoever writes to many speaks for the district; a right within one school is not enough."""
    if not ctx.require(permission).district:
        raise Forbidden


async def access_announcement(
    ctx: Ctx, announcement_id: UUID, permission: str, *, lock: bool = False
) -> Announcement:
    """The announcement, for whoever holds the permission anywhere; lists narrow what is seen of it."""
    ctx.require(permission)
    key = (ctx.district_id, announcement_id)
    row = await ctx.db.get(Announcement, key, with_for_update=lock or None, populate_existing=lock)
    if row is None:
        raise NotFound
    return row


async def access_article(
    ctx: Ctx, article_id: UUID, permission: str, *, lock: bool = False
) -> ColumnArticle:
    """An article of an organization the permission reaches."""
    reach = ctx.require(permission)
    key = (ctx.district_id, article_id)
    row = await ctx.db.get(ColumnArticle, key, with_for_update=lock or None, populate_existing=lock)
    if row is None or not reach.covers(row.organization_id):
        raise NotFound
    return row


def sees_place(ctx: Ctx, organization_id: UUID | None) -> bool:
    """Whether receipts of this school or unit are the actor's to see."""
    return ctx.reach(P.ANNOUNCEMENT_READ).covers(organization_id)
