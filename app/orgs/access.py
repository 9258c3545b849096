"""Obtaining an organization or class, or refusing."""

from uuid import UUID

from app.kit.context import Ctx
from app.kit.errors import NotFound
from app.orgs.models import Organization, OrgGroup, SchoolClass


async def access_organization(ctx: Ctx, organization_id: UUID, permission: str) -> Organization:
    """The organization, when the permission reaches it; else `kit.not_found`."""
    reach = ctx.require(permission)
    row = await ctx.db.get(Organization, (ctx.district_id, organization_id))
    if row is None or not reach.covers(row.id):
        raise NotFound
    return row


async def access_class(ctx: Ctx, class_id: UUID, permission: str) -> SchoolClass:
    """The class, when the permission reaches it or its school; else `kit.not_found`."""
    reach = ctx.require(permission)
    row = await ctx.db.get(SchoolClass, (ctx.district_id, class_id))
    if row is None or not (reach.covers(row.organization_id) or row.id in reach.classes):
        raise NotFound
    return row


async def access_group(ctx: Ctx, group_id: UUID, permission: str) -> OrgGroup:
    """The group, for whoever reaches the whole district; else `kit.not_found`."""
    reach = ctx.require(permission)
    row = await ctx.db.get(OrgGroup, (ctx.district_id, group_id))
    if row is None or not reach.district:
        raise NotFound
    return row
