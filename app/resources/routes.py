"""HTTP for bases, venues and courses."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from app.kit.deps import Authed
from app.kit.http import Cursor, IfMatch, PageSize, page_of, tagged, version_of
from app.kit.paging import Page
from app.resources import queries, service
from app.resources.schemas import (
    BaseChange,
    BaseIn,
    BaseOut,
    CourseChange,
    CourseIn,
    CourseOut,
    PosterOut,
    VenueChange,
    VenueIn,
    VenueOut,
)

router = APIRouter(tags=["resources"])


@router.get("/bases")
async def list_bases(
    request: Request,
    ctx: Authed,
    organization_id: UUID | None = None,
    cursor: Cursor = None,
    limit: PageSize = 50,
) -> Page[BaseOut]:
    found = await queries.list_bases(ctx, organization_id, cursor, limit)
    return page_of(BaseOut, request, found)


@router.post("/bases", status_code=201)
async def create_base(ctx: Authed, body: BaseIn) -> BaseOut:
    return BaseOut.model_validate(await service.register_base(ctx, body.model_dump()))


@router.get("/bases/{base_id}")
async def read_base(base_id: UUID, ctx: Authed, response: Response) -> BaseOut:
    row = await queries.read_base(ctx, base_id)
    tagged(response, row.version)
    return BaseOut.model_validate(row)


@router.patch("/bases/{base_id}")
async def change_base(
    base_id: UUID, ctx: Authed, body: BaseChange, response: Response, if_match: IfMatch = None
) -> BaseOut:
    row = await service.change_base(ctx, base_id, body.changes(), version_of(if_match))
    tagged(response, row.version)
    return BaseOut.model_validate(row)


@router.get("/bases/{base_id}/poster")
async def read_poster(base_id: UUID, ctx: Authed, request: Request) -> PosterOut:
    base = await queries.read_poster(ctx, base_id)
    address = f"{request.app.state.settings.base_url}/c/{base.scene}"
    return PosterOut(scene=base.scene, qr_url=base.qr_url, check_in_url=address)


@router.get("/venues")
async def list_venues(
    request: Request,
    ctx: Authed,
    organization_id: UUID | None = None,
    cursor: Cursor = None,
    limit: PageSize = 50,
) -> Page[VenueOut]:
    found = await queries.list_venues(ctx, organization_id, cursor, limit)
    return page_of(VenueOut, request, found)


@router.post("/venues", status_code=201)
async def create_venue(ctx: Authed, body: VenueIn) -> VenueOut:
    return VenueOut.model_validate(await service.register_venue(ctx, body.model_dump()))


@router.get("/venues/{venue_id}")
async def read_venue(venue_id: UUID, ctx: Authed, response: Response) -> VenueOut:
    row = await queries.read_venue(ctx, venue_id)
    tagged(response, row.version)
    return VenueOut.model_validate(row)


@router.patch("/venues/{venue_id}")
async def change_venue(
    venue_id: UUID, ctx: Authed, body: VenueChange, response: Response, if_match: IfMatch = None
) -> VenueOut:
    row = await service.change_venue(ctx, venue_id, body.changes(), version_of(if_match))
    tagged(response, row.version)
    return VenueOut.model_validate(row)


@router.get("/courses")
async def list_courses(
    request: Request,
    ctx: Authed,
    organization_id: UUID | None = None,
    cursor: Cursor = None,
    limit: PageSize = 50,
) -> Page[CourseOut]:
    found = await queries.list_courses(ctx, organization_id, cursor, limit)
    return page_of(CourseOut, request, found)


@router.post("/courses", status_code=201)
async def create_course(ctx: Authed, body: CourseIn) -> CourseOut:
    return CourseOut.model_validate(await service.add_course(ctx, body.model_dump()))


@router.get("/courses/{course_id}")
async def read_course(course_id: UUID, ctx: Authed, response: Response) -> CourseOut:
    row = await queries.read_course(ctx, course_id)
    tagged(response, row.version)
    return CourseOut.model_validate(row)


@router.patch("/courses/{course_id}")
async def change_course(
    course_id: UUID, ctx: Authed, body: CourseChange, response: Response, if_match: IfMatch = None
) -> CourseOut:
    row = await service.change_course(ctx, course_id, body.changes(), version_of(if_match))
    tagged(response, row.version)
    return CourseOut.model_validate(row)
