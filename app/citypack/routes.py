"""HTTP for the city pack."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from app.citypack import queries, service
from app.citypack.schemas import (
    CorrectionIn,
    CorrectionOut,
    DecisionIn,
    ExportOut,
    LineOut,
    ObjectionIn,
    ObjectionOut,
    OpenIn,
    OverviewOut,
    PublicityIn,
    PublicityOut,
    RecordOut,
    WithdrawIn,
)
from app.kit.deps import Authed
from app.kit.http import PDF, XLSX, Cursor, PageSize, download, page_of
from app.kit.paging import Page

router = APIRouter(tags=["citypack"])


@router.get("/publicities")
async def list_publicities(
    request: Request,
    ctx: Authed,
    organization_id: UUID | None = None,
    cursor: Cursor = None,
    limit: PageSize = 50,
) -> Page[PublicityOut]:
    found = await queries.list_publicities(ctx, organization_id, cursor, limit)
    return page_of(PublicityOut, request, found)


@router.get("/publicities/overview")
async def read_overview(ctx: Authed) -> Page[OverviewOut]:
    """Every school with its newest 公示; numbers only."""
    return Page(items=await queries.overview(ctx))


@router.post("/publicities", status_code=201)
async def draft_publicity(ctx: Authed, body: PublicityIn) -> PublicityOut:
    return PublicityOut.model_validate(await service.draft_publicity(ctx, body.model_dump()))


@router.get("/publicities/{publicity_id}")
async def read_publicity(publicity_id: UUID, ctx: Authed) -> PublicityOut:
    return PublicityOut.model_validate(await queries.read_publicity(ctx, publicity_id))


@router.post("/publicities/{publicity_id}/open")
async def open_publicity(publicity_id: UUID, ctx: Authed, body: OpenIn) -> PublicityOut:
    """Freeze the numbers, tell the families, hear objections until the end of `closes_on`."""
    row = await service.open_publicity(ctx, publicity_id, body.closes_on)
    return PublicityOut.model_validate(row)


@router.post("/publicities/{publicity_id}/withdraw")
async def withdraw_publicity(publicity_id: UUID, ctx: Authed, body: WithdrawIn) -> PublicityOut:
    row = await service.withdraw_publicity(ctx, publicity_id, body.reason)
    return PublicityOut.model_validate(row)


@router.get("/publicities/{publicity_id}/lines")
async def read_lines(publicity_id: UUID, ctx: Authed) -> Page[LineOut]:
    """The school's list with full names; every child is logged as read."""
    row, lines = await queries.read_lines(ctx, publicity_id)
    return Page(items=queries.lines_out(row, lines))


@router.get("/publicities/{publicity_id}/list.pdf", response_class=Response)
async def print_list(publicity_id: UUID, ctx: Authed) -> Response:
    """The list for the school's own wall."""
    title, pdf = await service.print_list(ctx, publicity_id)
    return download(pdf, f"公示{title}.pdf", PDF)


@router.get("/publicities/{publicity_id}/objections")
async def list_objections(publicity_id: UUID, ctx: Authed) -> Page[ObjectionOut]:
    found = await queries.list_objections(ctx, publicity_id)
    return Page(items=[ObjectionOut.model_validate(one) for one, _ in found])


@router.post("/objections", status_code=201)
async def raise_objection(ctx: Authed, body: ObjectionIn) -> ObjectionOut:
    row = await service.raise_objection(ctx, body.publicity_id, body.pupil_id, body.reason)
    return ObjectionOut.model_validate(row)


@router.post("/objections/{objection_id}/decide")
async def decide_objection(objection_id: UUID, ctx: Authed, body: DecisionIn) -> ObjectionOut:
    row = await service.decide_objection(
        ctx, objection_id, body.accept, body.answer, body.correction
    )
    return ObjectionOut.model_validate(row)


@router.post("/record-corrections", status_code=201)
async def correct_record(ctx: Authed, body: CorrectionIn) -> CorrectionOut:
    row = await service.correct_record(ctx, body.pupil_id, body, body.day, body.reason)
    return CorrectionOut.model_validate(row)


@router.get("/publicities/{publicity_id}/exports")
async def list_exports(publicity_id: UUID, ctx: Authed) -> Page[ExportOut]:
    found = await queries.list_exports(ctx, publicity_id)
    return Page(items=[ExportOut.model_validate(one) for one in found])


@router.post("/publicities/{publicity_id}/export")
async def export_list(publicity_id: UUID, ctx: Authed) -> ExportOut:
    """The whole list, frozen once; the same answer however often it is asked."""
    return ExportOut.model_validate(await service.export_list(ctx, publicity_id, supplement=False))


@router.post("/publicities/{publicity_id}/supplement")
async def export_supplement(publicity_id: UUID, ctx: Authed) -> ExportOut:
    """The lines corrected since the last export, as a new frozen file."""
    return ExportOut.model_validate(await service.export_list(ctx, publicity_id, supplement=True))


@router.get("/city-exports/{export_id}/file.xlsx", response_class=Response)
async def take_export(export_id: UUID, ctx: Authed) -> Response:
    name, book = await service.take_export(ctx, export_id)
    return download(book, name, XLSX)


@router.get("/pupils/{pupil_id}/city-record")
async def read_record(pupil_id: UUID, ctx: Authed) -> RecordOut:
    """A child's hours against the city's rule, entry by entry; staff's look is logged."""
    return await queries.pupil_record(ctx, pupil_id)
