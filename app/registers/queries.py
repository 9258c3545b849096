"""Reading the district registers."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.kit.context import Ctx
from app.kit.errors import NotFound
from app.kit.paging import fetch_page
from app.registers.models import Marker, Programme, Workshop
from app.registers.permissions import P

Register = type[Marker] | type[Workshop] | type[Programme]
Listed = tuple[list[Any], str | None]


async def list_markers(ctx: Ctx, cursor: str | None, limit: int) -> Listed:
    return await _list(ctx, Marker, cursor, limit)


async def list_workshops(ctx: Ctx, cursor: str | None, limit: int) -> Listed:
    return await _list(ctx, Workshop, cursor, limit)


async def list_programmes(ctx: Ctx, cursor: str | None, limit: int) -> Listed:
    return await _list(ctx, Programme, cursor, limit)


async def _list(ctx: Ctx, model: Register, cursor: str | None, limit: int) -> Listed:
    """A register of the whole district: no personal data in it."""
    ctx.require(P.REGISTER_READ)
    stmt = select(model).where(model.district_id == ctx.district_id)
    return await fetch_page(ctx, stmt, model.id, cursor, limit)


async def read_marker(ctx: Ctx, marker_id: UUID) -> Marker:
    ctx.require(P.REGISTER_READ)
    row = await ctx.db.get(Marker, (ctx.district_id, marker_id))
    if row is None:
        raise NotFound
    return row
