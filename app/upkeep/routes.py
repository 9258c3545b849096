"""HTTP for the check-up and for the reports of backups and drills."""

from fastapi import APIRouter, Request

from app.kit.deps import Authed
from app.kit.http import Cursor, PageSize, next_link
from app.kit.paging import Page
from app.upkeep import queries
from app.upkeep.kinds import ReportKind
from app.upkeep.permissions import P
from app.upkeep.schemas import FindingOut, ReportOut
from app.upkeep.service.doctor import examine

router = APIRouter(prefix="/upkeep", tags=["upkeep"])


@router.get("/findings")
async def list_findings(request: Request, ctx: Authed) -> Page[FindingOut]:
    ctx.require(P.UPKEEP_READ)
    state = request.app.state
    return Page(items=await examine(state.engine, state.settings, ctx.district_id))


@router.get("/reports")
async def list_reports(
    request: Request,
    ctx: Authed,
    kind: ReportKind | None = None,
    cursor: Cursor = None,
    limit: PageSize = 50,
) -> Page[ReportOut]:
    rows, following = await queries.list_reports(ctx, kind, cursor, limit)
    items = [ReportOut.model_validate(row) for row in rows]
    return Page(items=items, next=next_link(request, following))
