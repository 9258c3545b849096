"""Keeping the district's registers."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.audit.changes import add_row, change_row
from app.kit.context import Ctx
from app.kit.errors import Forbidden, NotFound
from app.kit.ids import new_id
from app.orgs.access import access_class, access_organization
from app.orgs.kinds import OrgKind
from app.orgs.models import District, Organization, SchoolClass, Term
from app.orgs.permissions import P


async def create_organization(ctx: Ctx, values: dict[str, Any]) -> Organization:
    """Add a member or a resource unit; two of one name are refused (`kit.duplicate`)."""
    if not ctx.require(P.ORGANIZATION_CREATE).district:
        raise Forbidden
    row = Organization(district_id=ctx.district_id, **values)
    return await add_row(ctx, row, "organization")


async def change_organization(
    ctx: Ctx, organization_id: UUID, change: dict[str, Any], seen: int | None
) -> Organization:
    """Change it where the actor may. Only the district suspends or renames."""
    row = await access_organization(ctx, organization_id, P.ORGANIZATION_EDIT)
    own_only = not ctx.reach(P.ORGANIZATION_EDIT).district
    if own_only and {"name", "state", "valid_until"} & change.keys():
        raise Forbidden
    return await change_row(ctx, row, change, seen, "organization")


async def create_class(ctx: Ctx, values: dict[str, Any]) -> SchoolClass:
    """Open a class of a school year in an organization the actor reaches."""
    await access_organization(ctx, values["organization_id"], P.CLASS_EDIT)
    row = SchoolClass(district_id=ctx.district_id, **values)
    return await add_row(ctx, row, "school_class")


async def change_class(
    ctx: Ctx, class_id: UUID, change: dict[str, Any], seen: int | None
) -> SchoolClass:
    row = await access_class(ctx, class_id, P.CLASS_EDIT)
    return await change_row(ctx, row, change, seen, "school_class")


async def create_term(ctx: Ctx, values: dict[str, Any]) -> Term:
    """Add a term; deadlines are computed from its dates, so they never change afterwards."""
    ctx.require(P.TERM_EDIT)
    return await add_row(ctx, Term(district_id=ctx.district_id, **values), "term")


async def change_term(ctx: Ctx, term_id: UUID, change: dict[str, Any], seen: int | None) -> Term:
    ctx.require(P.TERM_EDIT)
    row = await ctx.db.get(Term, (ctx.district_id, term_id))
    if row is None:
        raise NotFound
    return await change_row(ctx, row, change, seen, "term")


async def open_office(ctx: Ctx, code: str, name: str) -> UUID:
    """The district itself (the context already carries its new id) and its office, 秘书处."""
    ctx.db.add(District(id=ctx.district_id, code=code, name=name))
    await ctx.db.flush()
    office = Organization(district_id=ctx.district_id, kind=OrgKind.OFFICE, name=f"{name}秘书处")
    await add_row(ctx, office, "organization")
    return office.id


async def open_classes(
    ctx: Ctx, organization_id: UUID, school_year: int, keys: Sequence[tuple[int, str]]
) -> dict[tuple[int, str] | None, UUID]:
    """The classes of these grades and names in a school year; missing ones are opened."""
    if keys:
        rows = [
            {
                "district_id": ctx.district_id,
                "id": new_id(),
                "organization_id": organization_id,
                "school_year": school_year,
                "grade": grade,
                "name": name,
            }
            for grade, name in keys
        ]
        await ctx.conn.execute(insert(SchoolClass).on_conflict_do_nothing(), rows)
    stmt = select(SchoolClass.grade, SchoolClass.name, SchoolClass.id).where(
        SchoolClass.district_id == ctx.district_id,
        SchoolClass.organization_id == organization_id,
        SchoolClass.school_year == school_year,
    )
    return {(row.grade, row.name): row.id for row in await ctx.conn.execute(stmt)}
