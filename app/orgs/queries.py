"""Reading the district's registers. Names of schools and classes are no secret within a district."""

from collections import defaultdict
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from app.kit.context import Ctx
from app.kit.db import transaction
from app.kit.errors import NotFound
from app.kit.paging import fetch_page
from app.orgs.kinds import OrgKind
from app.orgs.models import (
    District,
    Headcount,
    Organization,
    OrgGroup,
    OrgGroupMember,
    SchoolClass,
    Term,
)
from app.orgs.permissions import P
from app.orgs.schemas import GroupOut


async def own_district(ctx: Ctx) -> District:
    ctx.require(P.ORGANIZATION_READ)
    row = await ctx.db.get(District, ctx.district_id)
    if row is None:
        raise NotFound
    return row


async def list_organizations(
    ctx: Ctx, kind: OrgKind | None, name: str | None, cursor: str | None, limit: int
) -> tuple[list[Organization], str | None]:
    ctx.require(P.ORGANIZATION_READ)
    stmt = select(Organization).where(Organization.district_id == ctx.district_id)
    if kind:
        stmt = stmt.where(Organization.kind == kind)
    if name:
        stmt = stmt.where(Organization.name.contains(name, autoescape=True))
    return await fetch_page(ctx, stmt, Organization.id, cursor, limit)


async def read_organization(ctx: Ctx, organization_id: UUID) -> Organization:
    ctx.require(P.ORGANIZATION_READ)
    row = await ctx.db.get(Organization, (ctx.district_id, organization_id))
    if row is None:
        raise NotFound
    return row


async def list_groups(ctx: Ctx) -> list[GroupOut]:
    """All groups with their members; a district has a handful."""
    ctx.require(P.ORGANIZATION_READ)
    members: dict[UUID, list[UUID]] = defaultdict(list)
    pairs = select(OrgGroupMember.group_id, OrgGroupMember.organization_id).where(
        OrgGroupMember.district_id == ctx.district_id
    )
    for group_id, organization_id in await ctx.conn.execute(pairs):
        members[group_id].append(organization_id)
    stmt = select(OrgGroup).where(OrgGroup.district_id == ctx.district_id).order_by(OrgGroup.id)
    return [
        GroupOut(id=row.id, name=row.name, lead_id=row.lead_id, member_ids=members[row.id])
        for row in (await ctx.db.execute(stmt)).scalars()
    ]


async def list_classes(
    ctx: Ctx, organization_id: UUID | None, cursor: str | None, limit: int
) -> tuple[list[SchoolClass], str | None]:
    ctx.require(P.ORGANIZATION_READ)
    stmt = select(SchoolClass).where(SchoolClass.district_id == ctx.district_id)
    if organization_id:
        stmt = stmt.where(SchoolClass.organization_id == organization_id)
    return await fetch_page(ctx, stmt, SchoolClass.id, cursor, limit)


async def read_class(ctx: Ctx, class_id: UUID) -> SchoolClass:
    ctx.require(P.ORGANIZATION_READ)
    row = await ctx.db.get(SchoolClass, (ctx.district_id, class_id))
    if row is None:
        raise NotFound
    return row


async def list_terms(ctx: Ctx, cursor: str | None, limit: int) -> tuple[list[Term], str | None]:
    ctx.require(P.ORGANIZATION_READ)
    stmt = select(Term).where(Term.district_id == ctx.district_id)
    return await fetch_page(ctx, stmt, Term.id, cursor, limit)


async def list_headcounts(ctx: Ctx, school_year: int) -> list[Headcount]:
    ctx.require(P.ORGANIZATION_READ)
    stmt = select(Headcount).where(
        Headcount.district_id == ctx.district_id, Headcount.school_year == school_year
    )
    return list((await ctx.db.execute(stmt)).scalars())


async def district_of_code(engine: AsyncEngine, code: str) -> UUID:
    """The district with this code, for commands of the operator; else `kit.not_found`."""
    async with transaction(engine) as conn:
        stmt = select(District.id).where(District.code == code)
        district_id = (await conn.execute(stmt)).scalar_one_or_none()
    if district_id is None:
        raise NotFound
    return district_id


async def all_district_ids(engine: AsyncEngine) -> list[UUID]:
    """Every tenant of the installation, for schedules that run once a district."""
    async with transaction(engine) as conn:
        return list((await conn.execute(select(District.id).order_by(District.id))).scalars())
