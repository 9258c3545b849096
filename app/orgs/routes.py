"""HTTP for districts, organizations, groups, classes and terms."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from app.kit.bounds import Name
from app.kit.deps import Authed
from app.kit.http import Cursor, IfMatch, PageSize, page_of, tagged, version_of
from app.kit.paging import Page
from app.orgs import queries, service
from app.orgs.kinds import OrgKind
from app.orgs.schemas import (
    ClassChange,
    ClassIn,
    ClassOut,
    DistrictOut,
    GroupChange,
    GroupIn,
    GroupOut,
    HeadcountIn,
    HeadcountOut,
    OrganizationChange,
    OrganizationIn,
    OrganizationOut,
    TermChange,
    TermDayOut,
    TermDaysIn,
    TermIn,
    TermOut,
    WeekOut,
    Year,
)

router = APIRouter(tags=["orgs"])


@router.get("/districts/current")
async def read_district(ctx: Authed) -> DistrictOut:
    return DistrictOut.model_validate(await queries.own_district(ctx))


@router.get("/organizations")
async def list_organizations(
    request: Request,
    ctx: Authed,
    kind: OrgKind | None = None,
    name: Annotated[Name | None, Query()] = None,
    cursor: Cursor = None,
    limit: PageSize = 50,
) -> Page[OrganizationOut]:
    found = await queries.list_organizations(ctx, kind, name, cursor, limit)
    return page_of(OrganizationOut, request, found)


@router.post("/organizations", status_code=201)
async def create_organization(ctx: Authed, body: OrganizationIn) -> OrganizationOut:
    return OrganizationOut.model_validate(await service.create_organization(ctx, body.model_dump()))


@router.get("/organizations/{organization_id}")
async def read_organization(
    organization_id: UUID, ctx: Authed, response: Response
) -> OrganizationOut:
    row = await queries.read_organization(ctx, organization_id)
    tagged(response, row.version)
    return OrganizationOut.model_validate(row)


@router.patch("/organizations/{organization_id}")
async def change_organization(
    organization_id: UUID,
    ctx: Authed,
    body: OrganizationChange,
    response: Response,
    if_match: IfMatch = None,
) -> OrganizationOut:
    change = body.changes()
    row = await service.change_organization(ctx, organization_id, change, version_of(if_match))
    tagged(response, row.version)
    return OrganizationOut.model_validate(row)


@router.get("/org-groups")
async def list_groups(ctx: Authed) -> Page[GroupOut]:
    return Page(items=await queries.list_groups(ctx))


@router.post("/org-groups", status_code=201)
async def create_group(ctx: Authed, body: GroupIn, response: Response) -> GroupOut:
    row = await service.create_group(ctx, body.model_dump())
    tagged(response, row.version)
    return await queries.read_group(ctx, row.id)


@router.get("/org-groups/{group_id}")
async def read_group(group_id: UUID, ctx: Authed, response: Response) -> GroupOut:
    group = await queries.read_group(ctx, group_id)
    tagged(response, group.version)
    return group


@router.patch("/org-groups/{group_id}")
async def change_group(
    group_id: UUID, ctx: Authed, body: GroupChange, response: Response, if_match: IfMatch = None
) -> GroupOut:
    row = await service.change_group(ctx, group_id, body.changes(), version_of(if_match))
    tagged(response, row.version)
    return await queries.read_group(ctx, group_id)


@router.get("/headcounts")
async def list_headcounts(ctx: Authed, school_year: Year) -> Page[HeadcountOut]:
    return Page(items=await queries.list_headcounts(ctx, school_year))


@router.put("/headcounts")
async def report_headcount(ctx: Authed, body: HeadcountIn) -> HeadcountOut:
    return HeadcountOut.model_validate(await service.report_headcount(ctx, body.model_dump()))


@router.get("/classes")
async def list_classes(
    request: Request,
    ctx: Authed,
    organization_id: UUID | None = None,
    cursor: Cursor = None,
    limit: PageSize = 50,
) -> Page[ClassOut]:
    found = await queries.list_classes(ctx, organization_id, cursor, limit)
    return page_of(ClassOut, request, found)


@router.post("/classes", status_code=201)
async def create_class(ctx: Authed, body: ClassIn) -> ClassOut:
    return ClassOut.model_validate(await service.create_class(ctx, body.model_dump()))


@router.get("/classes/{class_id}")
async def read_class(class_id: UUID, ctx: Authed, response: Response) -> ClassOut:
    row = await queries.read_class(ctx, class_id)
    tagged(response, row.version)
    return ClassOut.model_validate(row)


@router.patch("/classes/{class_id}")
async def change_class(
    class_id: UUID, ctx: Authed, body: ClassChange, response: Response, if_match: IfMatch = None
) -> ClassOut:
    change = body.changes()
    row = await service.change_class(ctx, class_id, change, version_of(if_match))
    tagged(response, row.version)
    return ClassOut.model_validate(row)


@router.get("/terms")
async def list_terms(
    request: Request, ctx: Authed, cursor: Cursor = None, limit: PageSize = 50
) -> Page[TermOut]:
    found = await queries.list_terms(ctx, cursor, limit)
    return page_of(TermOut, request, found)


@router.post("/terms", status_code=201)
async def create_term(ctx: Authed, body: TermIn) -> TermOut:
    return TermOut.model_validate(await service.create_term(ctx, body.model_dump()))


@router.patch("/terms/{term_id}")
async def change_term(
    term_id: UUID, ctx: Authed, body: TermChange, response: Response, if_match: IfMatch = None
) -> TermOut:
    change = body.changes()
    row = await service.change_term(ctx, term_id, change, version_of(if_match))
    tagged(response, row.version)
    return TermOut.model_validate(row)


@router.get("/terms/{term_id}/weeks")
async def term_weeks(term_id: UUID, ctx: Authed) -> Page[WeekOut]:
    weeks = await queries.term_weeks(ctx, term_id)
    return Page(items=[WeekOut.model_validate(week) for week in weeks])


@router.get("/terms/{term_id}/days")
async def term_days(term_id: UUID, ctx: Authed) -> Page[TermDayOut]:
    rows = await queries.term_days(ctx, term_id)
    return Page(items=[TermDayOut.model_validate(row) for row in rows])


@router.post("/term-days", status_code=201)
async def mark_days(ctx: Authed, body: TermDaysIn) -> Page[TermDayOut]:
    rows = await service.mark_days(ctx, body.starts_on, body.ends_on, body.kind, body.name)
    return Page(items=[TermDayOut.model_validate(row) for row in rows])


@router.delete("/term-days/{day_id}", status_code=204)
async def clear_day(day_id: UUID, ctx: Authed) -> None:
    await service.clear_day(ctx, day_id)
