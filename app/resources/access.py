"""Obtaining a base or course, or refusing."""

from uuid import UUID

from sqlalchemy import select

from app.kit.context import Ctx
from app.kit.errors import NotFound
from app.orgs.permissions import P as OrgP
from app.resources.models import Course, LearningBase, Mentor, Paper, UnitApplication, Venue
from app.resources.permissions import P


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


async def access_application(
    ctx: Ctx, application_id: UUID, *, lock: bool = False
) -> UnitApplication:
    """An application, for whoever reviews the whole district; else `kit.not_found`."""
    reach = ctx.require(OrgP.UNIT_REVIEW)
    key = (ctx.district_id, application_id)
    row = await ctx.db.get(UnitApplication, key, with_for_update=lock or None)
    if row is None or not reach.district:
        raise NotFound
    return row


async def access_paper(ctx: Ctx, paper_id: UUID) -> Paper:
    reach = ctx.require(P.PAPER_EDIT)
    row = await ctx.db.get(Paper, (ctx.district_id, paper_id))
    if row is None or not reach.covers(row.organization_id):
        raise NotFound
    return row


async def access_mentor(ctx: Ctx, mentor_id: UUID, permission: str) -> Mentor:
    reach = ctx.require(permission)
    row = await ctx.db.get(Mentor, (ctx.district_id, mentor_id))
    if row is None or not reach.covers(row.organization_id):
        raise NotFound
    return row
