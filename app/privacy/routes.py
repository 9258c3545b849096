"""HTTP for rights and duties about personal data."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from app.audit import service as audit
from app.kit.deps import Authed
from app.kit.http import XLSX, Cursor, IfMatch, PageSize, download, page_of, tagged, version_of
from app.kit.paging import Page
from app.privacy import queries
from app.privacy.kinds import DataRequestState
from app.privacy.permissions import P
from app.privacy.schemas import (
    DataRequestIn,
    DataRequestOut,
    DeletionProofOut,
    DigestLine,
    IncidentChange,
    IncidentIn,
    IncidentOut,
    SectionOut,
    SettlementIn,
)
from app.privacy.service import pack, requests

router = APIRouter(tags=["privacy"])
Year = Annotated[int, Query(ge=2000, le=2100)]


@router.get("/pupils/{pupil_id}/data")
async def read_own_data(pupil_id: UUID, ctx: Authed) -> Page[SectionOut]:
    sections = await queries.own_data(ctx, pupil_id)
    return Page(items=[SectionOut.model_validate(one) for one in sections])


@router.get("/pupils/{pupil_id}/data.xlsx", response_class=Response)
async def export_own_data(pupil_id: UUID, ctx: Authed) -> Response:
    return download(await queries.take_copy(ctx, pupil_id), "我的孩子的数据.xlsx", XLSX)


@router.get("/data-requests")
async def list_requests(
    request: Request,
    ctx: Authed,
    pupil_id: UUID | None = None,
    state: DataRequestState | None = None,
    cursor: Cursor = None,
    limit: PageSize = 50,
) -> Page[DataRequestOut]:
    found = await queries.list_requests(ctx, pupil_id, state, cursor, limit)
    return page_of(DataRequestOut, request, found)


@router.post("/data-requests", status_code=201)
async def ask(ctx: Authed, body: DataRequestIn) -> DataRequestOut:
    row = await requests.ask(ctx, body.pupil_id, body.kind, body.note, body.confirm_name)
    return DataRequestOut.model_validate(row)


@router.post("/data-requests/{request_id}/withdraw")
async def take_back(request_id: UUID, ctx: Authed) -> DataRequestOut:
    return DataRequestOut.model_validate(await requests.take_back(ctx, request_id))


@router.post("/data-requests/{request_id}/settle")
async def settle(request_id: UUID, ctx: Authed, body: SettlementIn) -> DataRequestOut:
    row = await requests.settle(ctx, request_id, done=body.done, answer=body.answer)
    return DataRequestOut.model_validate(row)


@router.get("/deletion-proofs")
async def list_proofs(
    request: Request, ctx: Authed, cursor: Cursor = None, limit: PageSize = 50
) -> Page[DeletionProofOut]:
    return page_of(DeletionProofOut, request, await queries.list_proofs(ctx, cursor, limit))


@router.get("/incidents")
async def list_incidents(
    request: Request, ctx: Authed, cursor: Cursor = None, limit: PageSize = 50
) -> Page[IncidentOut]:
    return page_of(IncidentOut, request, await queries.list_incidents(ctx, cursor, limit))


@router.post("/incidents", status_code=201)
async def report_incident(ctx: Authed, body: IncidentIn) -> IncidentOut:
    return IncidentOut.model_validate(await requests.report_incident(ctx, body.model_dump()))


@router.patch("/incidents/{incident_id}")
async def change_incident(
    incident_id: UUID,
    ctx: Authed,
    body: IncidentChange,
    response: Response,
    if_match: IfMatch = None,
) -> IncidentOut:
    change = body.changes()
    row = await requests.change_incident(ctx, incident_id, change, version_of(if_match))
    tagged(response, row.version)
    return IncidentOut.model_validate(row)


@router.get("/access-digest")
async def access_digest(
    ctx: Authed,
    monday: Annotated[date | None, Query(description="哪一周（周一）；不填为上一周")] = None,
) -> Page[DigestLine]:
    rows = await queries.access_digest(ctx, monday)
    return Page(items=[DigestLine.model_validate(row) for row in rows])


@router.get("/compliance-pack", response_class=Response)
async def take_pack(year: Year, ctx: Authed) -> Response:
    ctx.require(P.COMPLIANCE_READ)
    content = await pack.make_pack(ctx, year)
    await audit.record(ctx, "compliance:pack", "district", ctx.district_id, detail={"year": year})
    return download(content, f"个人信息合规审计包{year}.zip", "application/zip")
