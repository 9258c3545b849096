"""HTTP for markers, workshops and programmes."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from app.kit.bounds import Change, LongText, Name, Shape
from app.kit.deps import Authed
from app.kit.http import Cursor, IfMatch, PageSize, page_of, tagged, version_of
from app.kit.paging import Page
from app.registers import queries, service
from app.registers.kinds import Domain, MarkerState

router = APIRouter(tags=["registers"])


class MarkerChange(Change):
    state: MarkerState | None = None
    evidence: LongText | None = None


class MarkerOut(Shape):
    id: UUID
    stage: str
    domain: Domain
    title: str
    owner: str
    state: MarkerState
    evidence: str
    version: int


class WorkshopOut(Shape):
    id: UUID
    name: str
    host_id: UUID | None


class ProgrammeOut(Shape):
    id: UUID
    name: str
    note: str


@router.get("/markers")
async def list_markers(
    request: Request,
    ctx: Authed,
    stage: Annotated[Name | None, Query()] = None,
    domain: Domain | None = None,
    state: MarkerState | None = None,
    cursor: Cursor = None,
    limit: PageSize = 50,
) -> Page[MarkerOut]:
    found = await queries.list_markers(ctx, cursor, limit, stage, domain, state)
    return page_of(MarkerOut, request, found)


@router.patch("/markers/{marker_id}")
async def change_marker(
    marker_id: UUID, ctx: Authed, body: MarkerChange, response: Response, if_match: IfMatch = None
) -> MarkerOut:
    row = await service.change_marker(ctx, marker_id, body.changes(), version_of(if_match))
    tagged(response, row.version)
    return MarkerOut.model_validate(row)


@router.get("/workshops")
async def list_workshops(
    request: Request, ctx: Authed, cursor: Cursor = None, limit: PageSize = 50
) -> Page[WorkshopOut]:
    found = await queries.list_workshops(ctx, cursor, limit)
    return page_of(WorkshopOut, request, found)


@router.get("/programmes")
async def list_programmes(
    request: Request, ctx: Authed, cursor: Cursor = None, limit: PageSize = 50
) -> Page[ProgrammeOut]:
    found = await queries.list_programmes(ctx, cursor, limit)
    return page_of(ProgrammeOut, request, found)
