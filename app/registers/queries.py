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


async def list_register(
    ctx: Ctx, model: Register, cursor: str | None, limit: int
) -> tuple[list[Any], str | None]:
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
