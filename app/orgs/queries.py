"""Reading the district's registers. Names of schools and classes are no secret within a district."""

from collections import defaultdict
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncEngine

from app.kit.context import Ctx
from app.kit.db import transaction
from app.kit.errors import NotFound
from app.kit.paging import fetch_page
from app.kit.search import occurs
from app.orgs.kinds import DayKind, OrgKind
from app.orgs.models import (
    District,
    Headcount,
    Organization,
    OrgGroup,
    OrgGroupMember,
    SchoolClass,
    Term,
    TermDay,
)
from app.orgs.permissions import P
from app.orgs.rules import Week, weeks_of
from app.orgs.schemas import GroupOut, HeadcountLine, HeadcountOut


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
        stmt = stmt.where(occurs(name, Organization.name))
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
    return [_group(row, members[row.id]) for row in (await ctx.db.execute(stmt)).scalars()]


def _group(row: OrgGroup, members: list[UUID]) -> GroupOut:
    return GroupOut(
        id=row.id,
        name=row.name,
        lead_id=row.lead_id,
        member_ids=sorted(members),
        version=row.version,
    )


async def read_group(ctx: Ctx, group_id: UUID) -> GroupOut:
    ctx.require(P.ORGANIZATION_READ)
    row = await ctx.db.get(OrgGroup, (ctx.district_id, group_id))
    if row is None:
        raise NotFound
    return _group(row, await members_of(ctx, group_id))


async def members_of(ctx: Ctx, group_id: UUID) -> list[UUID]:
    """The organizations of a group; the caller has checked that the group may be seen."""
    stmt = select(OrgGroupMember.organization_id).where(
        OrgGroupMember.district_id == ctx.district_id, OrgGroupMember.group_id == group_id
    )
    return list((await ctx.conn.execute(stmt)).scalars())


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


async def read_term(ctx: Ctx, term_id: UUID) -> Term:
    ctx.require(P.ORGANIZATION_READ)
    row = await ctx.db.get(Term, (ctx.district_id, term_id))
    if row is None:
        raise NotFound
    return row


async def term_days(ctx: Ctx, term_id: UUID) -> list[TermDay]:
    """放假 and 补课 within a term, in order."""
    term = await read_term(ctx, term_id)
    stmt = select(TermDay).where(
        TermDay.district_id == ctx.district_id,
        TermDay.day.between(term.starts_on, term.ends_on),
    )
    return list((await ctx.db.execute(stmt.order_by(TermDay.day))).scalars())


async def term_weeks(ctx: Ctx, term_id: UUID) -> list[Week]:
    """The calendar of a term, week by week."""
    term = await read_term(ctx, term_id)
    special = {row.day: (DayKind(row.kind), row.name) for row in await term_days(ctx, term_id)}
    return list(weeks_of(term, special))


async def list_headcounts(ctx: Ctx, school_year: int) -> list[HeadcountOut]:
    """What was reported for a year. 沪籍 numbers are shown where the actor may edit them, else not."""
    ctx.require(P.ORGANIZATION_READ)
    reach = ctx.reach(P.HEADCOUNT_EDIT)
    stmt = select(Headcount).where(
        Headcount.district_id == ctx.district_id, Headcount.school_year == school_year
    )
    found = []
    for row in (await ctx.db.execute(stmt)).scalars():
        shape = HeadcountOut.model_validate(row)
        if not reach.covers(row.organization_id):
            shape.local_pupils = None
        found.append(shape)
    return found


async def headcount_lines(ctx: Ctx, school_year: int) -> list[HeadcountLine]:
    """Every school and kindergarten, and whoever else reported, with its numbers or none yet; 沪籍 as above."""
    ctx.require(P.ORGANIZATION_READ)
    reach = ctx.reach(P.HEADCOUNT_EDIT)
    stmt = (
        select(
            Organization.id,
            Organization.name,
            Organization.kind,
            Headcount.pupils,
            Headcount.teachers,
            Headcount.local_pupils,
        )
        .outerjoin(
            Headcount,
            and_(
                Headcount.district_id == Organization.district_id,
                Headcount.organization_id == Organization.id,
                Headcount.school_year == school_year,
            ),
        )
        .where(
            Organization.district_id == ctx.district_id,
            Organization.kind.in_((OrgKind.SCHOOL, OrgKind.KINDERGARTEN))
            | Headcount.pupils.is_not(None),
        )
        .order_by(Organization.kind.desc(), Organization.id)
        .limit(500)
    )
    found = [HeadcountLine.model_validate(row) for row in await ctx.conn.execute(stmt)]
    for line in found:
        if not reach.covers(line.id):
            line.local_pupils = None
    return found


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
