"""Reading the district registers."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select

from app.kit.context import Ctx
from app.kit.errors import NotFound
from app.kit.paging import fetch_page
from app.registers.kinds import Domain, MarkerState
from app.registers.models import Marker, Programme, Workshop
from app.registers.permissions import P

Register = type[Marker] | type[Workshop] | type[Programme]
Listed = tuple[list[Any], str | None]


async def list_markers(
    ctx: Ctx,
    cursor: str | None,
    limit: int,
    stage: str | None = None,
    domain: Domain | None = None,
    state: MarkerState | None = None,
) -> Listed:
    """The plan's markers, all or those of a stage, a domain, a state."""
    given = ((Marker.stage, stage), (Marker.domain, domain), (Marker.state, state))
    conditions = [column == value for column, value in given if value]
    return await _list(ctx, Marker, cursor, limit, *conditions)


async def marker_stages(ctx: Ctx) -> list[str]:
    """The stages that the plan's markers name, in their order."""
    ctx.require(P.REGISTER_READ)
    stmt = select(Marker.stage).where(Marker.district_id == ctx.district_id).distinct()
    return sorted((await ctx.conn.execute(stmt)).scalars())


async def list_workshops(ctx: Ctx, cursor: str | None, limit: int) -> Listed:
    return await _list(ctx, Workshop, cursor, limit)


async def list_programmes(ctx: Ctx, cursor: str | None, limit: int) -> Listed:
    return await _list(ctx, Programme, cursor, limit)


async def _list(
    ctx: Ctx,
    model: Register,
    cursor: str | None,
    limit: int,
    *conditions: ColumnElement[bool],
) -> Listed:
    """A register of the whole district: no personal data in it."""
    ctx.require(P.REGISTER_READ)
    stmt = select(model).where(model.district_id == ctx.district_id, *conditions)
    return await fetch_page(ctx, stmt, model.id, cursor, limit)


async def read_marker(ctx: Ctx, marker_id: UUID) -> Marker:
    ctx.require(P.REGISTER_READ)
    row = await ctx.db.get(Marker, (ctx.district_id, marker_id))
    if row is None:
        raise NotFound
    return row
