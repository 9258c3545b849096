"""HTTP for passports, stamps, and the one scan endpoint."""

from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from app.attendance.kinds import What
from app.attendance.routes import say
from app.attendance.schemas import ScanIn, ScanOut
from app.attendance.service import Mark
from app.kit.deps import Authed
from app.kit.http import Cursor, PageSize, page_of, tagged
from app.kit.paging import Page
from app.kit.problems import of_error
from app.passports import queries, service
from app.passports.schemas import CardOut, PassportIn, PassportOut, PassportPage

router = APIRouter(tags=["passports"])


@router.post("/scans", response_model=ScanOut)
async def scan(ctx: Authed, body: ScanIn) -> ScanOut | JSONResponse:
    """A code read at a door. Scanning again answers alike; a refusal is stored and explained."""
    mark = Mark(body.device, body.nonce, body.scanned_at, What(body.direction))
    outcome = await service.check_in_by_scene(ctx, body.scene, body.pupil_id, mark)
    if outcome.refusal is not None:
        # Returned, not raised: the refusal's line in the ledger commits.
        return of_error(outcome.refusal)
    return say(outcome)


@router.get("/passports")
async def list_passports(
    request: Request,
    ctx: Authed,
    pupil_id: UUID | None = None,
    cursor: Cursor = None,
    limit: PageSize = 50,
) -> Page[PassportOut]:
    found = await queries.list_passports(ctx, pupil_id, cursor, limit)
    return page_of(PassportOut, request, found)


@router.post("/passports", status_code=201)
async def issue_passport(ctx: Authed, body: PassportIn) -> PassportOut:
    return PassportOut.model_validate(await service.issue_passport(ctx, body.pupil_id))


@router.post("/passports/{passport_id}/revoke")
async def revoke_passport(passport_id: UUID, ctx: Authed) -> PassportOut:
    return PassportOut.model_validate(await service.revoke_passport(ctx, passport_id))


@router.get("/passports/{passport_id}/card")
async def read_card(passport_id: UUID, ctx: Authed) -> CardOut:
    return CardOut.model_validate(await queries.read_card(ctx, passport_id))


@router.get("/pupils/{pupil_id}/passport")
async def read_passport(pupil_id: UUID, ctx: Authed, response: Response) -> PassportPage:
    page = await queries.passport_page(ctx, pupil_id)
    tagged(response, page.version)
    return page
