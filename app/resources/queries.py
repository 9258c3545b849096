"""Reading what the district has to offer."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.kit.context import Ctx
from app.kit.db import AnyRow
from app.kit.errors import NotFound
from app.kit.paging import fetch_page
from app.resources.models import Course, LearningBase, Venue
from app.resources.permissions import P


async def list_resources(
    ctx: Ctx,
    model: type[LearningBase] | type[Venue] | type[Course],
    organization_id: UUID | None,
    cursor: str | None,
    limit: int,
) -> tuple[list[Any], str | None]:
    """Bases, venues or courses of the district: open to everybody in it."""
    ctx.require(P.RESOURCE_READ)
    stmt = select(model).where(model.district_id == ctx.district_id)
    if organization_id:
        stmt = stmt.where(model.organization_id == organization_id)
    return await fetch_page(ctx, stmt, model.id, cursor, limit)


async def read_resource(
    ctx: Ctx, model: type[LearningBase] | type[Venue] | type[Course], row_id: UUID
) -> Any:
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
