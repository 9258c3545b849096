"""Reading what the district has to offer."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.kit.context import Ctx
from app.kit.db import AnyRow
from app.kit.errors import NotFound
from app.kit.paging import fetch_page
from app.resources.access import access_base
from app.resources.models import Course, LearningBase, Venue
from app.resources.permissions import P

Resource = type[LearningBase] | type[Venue] | type[Course]
Listed = tuple[list[Any], str | None]


async def list_bases(
    ctx: Ctx, organization_id: UUID | None, cursor: str | None, limit: int
) -> Listed:
    return await _list(ctx, LearningBase, organization_id, cursor, limit)


async def list_venues(
    ctx: Ctx, organization_id: UUID | None, cursor: str | None, limit: int
) -> Listed:
    return await _list(ctx, Venue, organization_id, cursor, limit)


async def list_courses(
    ctx: Ctx, organization_id: UUID | None, cursor: str | None, limit: int
) -> Listed:
    return await _list(ctx, Course, organization_id, cursor, limit)


async def read_base(ctx: Ctx, base_id: UUID) -> LearningBase:
    found: LearningBase = await _read(ctx, LearningBase, base_id)
    return found


async def read_venue(ctx: Ctx, venue_id: UUID) -> Venue:
    found: Venue = await _read(ctx, Venue, venue_id)
    return found


async def read_course(ctx: Ctx, course_id: UUID) -> Course:
    found: Course = await _read(ctx, Course, course_id)
    return found


async def read_poster(ctx: Ctx, base_id: UUID) -> LearningBase:
    """What a poster carries: for those who may print it."""
    return await access_base(ctx, base_id, P.BASE_EDIT)


async def _list(
    ctx: Ctx, model: Resource, organization_id: UUID | None, cursor: str | None, limit: int
) -> Listed:
    """Bases, venues or courses of the district: open to everybody in it."""
    ctx.require(P.RESOURCE_READ)
    stmt = select(model).where(model.district_id == ctx.district_id)
    if organization_id:
        stmt = stmt.where(model.organization_id == organization_id)
    return await fetch_page(ctx, stmt, model.id, cursor, limit)


async def _read(ctx: Ctx, model: Resource, row_id: UUID) -> Any:
    ctx.require(P.RESOURCE_READ)
    row = await ctx.db.get(model, (ctx.district_id, row_id))
    if row is None:
        raise NotFound
    return row


async def public_base_of_scene(conn: AsyncConnection, scene: str) -> AnyRow | None:
    """The base behind a poster's word, in any district: what hangs on the wall is public."""
    stmt = select(
        LearningBase.district_id, LearningBase.id, LearningBase.name, LearningBase.address
    ).where(LearningBase.scene == scene)
    return (await conn.execute(stmt)).first()
