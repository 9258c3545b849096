"""Obtaining a base or course, or refusing."""

from uuid import UUID

from sqlalchemy import select

from app.kit.context import Ctx
from app.kit.errors import NotFound
from app.resources.models import Course, LearningBase, Venue


async def access_base(ctx: Ctx, base_id: UUID, permission: str) -> LearningBase:
    """The base, when the permission reaches its organization; else `kit.not_found`."""
    reach = ctx.require(permission)
    row = await ctx.db.get(LearningBase, (ctx.district_id, base_id))
    if row is None or not reach.covers(row.organization_id):
        raise NotFound
    return row


async def access_course(ctx: Ctx, course_id: UUID, permission: str) -> Course:
    reach = ctx.require(permission)
    row = await ctx.db.get(Course, (ctx.district_id, course_id))
    if row is None or not reach.covers(row.organization_id):
        raise NotFound
    return row


async def access_venue(ctx: Ctx, venue_id: UUID, permission: str) -> Venue:
    reach = ctx.require(permission)
    row = await ctx.db.get(Venue, (ctx.district_id, venue_id))
    if row is None or not reach.covers(row.organization_id):
        raise NotFound
    return row


async def base_of_scene(ctx: Ctx, scene: str) -> LearningBase | None:
    """The base whose poster carries this word; posters hang in public, so anyone may ask."""
    stmt = select(LearningBase).where(
        LearningBase.district_id == ctx.district_id, LearningBase.scene == scene
    )
    return (await ctx.db.execute(stmt)).scalar_one_or_none()
