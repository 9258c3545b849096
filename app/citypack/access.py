"""Obtaining a 公示 or an objection, or refusing."""

from uuid import UUID

from app.citypack.models import Objection, Publicity
from app.citypack.permissions import P
from app.kit.context import Ctx
from app.kit.errors import NotFound


async def access_publicity(
    ctx: Ctx, publicity_id: UUID, permission: str, *, lock: bool = False
) -> Publicity:
    """The school's 公示 when the permission reaches the school; else `kit.not_found`."""
    reach = ctx.require(permission)
    key = (ctx.district_id, publicity_id)
    row = await ctx.db.get(Publicity, key, with_for_update=lock or None, populate_existing=lock)
    if row is None or not reach.covers(row.organization_id):
        raise NotFound
    return row


async def access_objection(ctx: Ctx, objection_id: UUID) -> tuple[Objection, Publicity]:
    """An objection to decide on, both rows locked, the 公示 first."""
    row = await ctx.db.get(Objection, (ctx.district_id, objection_id))
    if row is None:
        ctx.require(P.CITY_RECORD_EDIT)
        raise NotFound
    publicity = await access_publicity(ctx, row.publicity_id, P.CITY_RECORD_EDIT, lock=True)
    await ctx.db.refresh(row, with_for_update=True)
    return row, publicity
