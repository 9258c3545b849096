"""HTTP for passports, stamps, and the one scan endpoint."""

from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from app.attendance.kinds import What
from app.attendance.routes import say
from app.attendance.rules import distance_risks
from app.attendance.schemas import ScanIn, ScanOut
from app.attendance.service import Mark
from app.kit.deps import Authed, AuthedHot
from app.kit.http import PDF, Cursor, IfMatch, PageSize, download, page_of, tagged, version_of
from app.kit.paging import Page
from app.kit.problems import of_error
from app.passports import queries, service
from app.passports.schemas import (
    ApplyIn,
    CardOut,
    PassportIn,
    PassportOut,
    PassportPage,
    PrintIn,
    PrintOut,
    PrintsOrdered,
    ProgressOut,
    RuleBody,
    RuleSetIn,
    RuleSetOut,
    Slug,
)
from app.passports.service import rule_sets

router = APIRouter(tags=["passports"])


@router.post("/scans", response_model=ScanOut)
async def scan(ctx: AuthedHot, body: ScanIn) -> ScanOut | JSONResponse:
    """A code read at a door. Scanning again answers alike; a refusal is stored and explained."""
    mark = Mark(
        body.device,
        body.nonce,
        body.scanned_at,
        What(body.direction),
        risks=distance_risks(body.distance),
    )
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


@router.post("/classes/{class_id}/cards", response_class=Response)
async def print_cards(class_id: UUID, ctx: Authed, request: Request) -> Response:
    """The class's passport cards as labels; children without a passport get one first."""
    printed = await service.print_cards(ctx, class_id, request.app.state.settings.base_url)
    return download(printed.pdf, f"护照卡{printed.class_name}.pdf", PDF)


@router.post("/passports/{passport_id}/revoke")
async def revoke_passport(passport_id: UUID, ctx: Authed) -> PassportOut:
    return PassportOut.model_validate(await service.revoke_passport(ctx, passport_id))


@router.get("/passports/{passport_id}/card")
async def read_card(passport_id: UUID, ctx: Authed) -> CardOut:
    return CardOut.model_validate(await queries.read_card(ctx, passport_id))


@router.get("/pupils/{pupil_id}/passport")
async def read_passport(pupil_id: UUID, ctx: AuthedHot, response: Response) -> PassportPage:
    page = await queries.passport_page(ctx, pupil_id)
    tagged(response, page.version)
    return page


@router.get("/pupils/{pupil_id}/levels")
async def read_levels(pupil_id: UUID, ctx: Authed) -> Page[ProgressOut]:
    """Which levels, and what is missing for the next, in words."""
    return Page(items=await queries.pupil_levels(ctx, pupil_id))


@router.get("/pupils/{pupil_id}/passport.pdf", response_class=Response)
async def print_passport(pupil_id: UUID, ctx: Authed, request: Request) -> Response:
    """The passport on A5: cover, levels, stamps by base, open pages; staff's print is logged."""
    base_url = request.app.state.settings.base_url
    name, pdf = await service.print_passport(ctx, pupil_id, base_url)
    return download(pdf, f"游学护照{name}.pdf", PDF)


@router.get("/pupils/{pupil_id}/year.pdf", response_class=Response)
async def print_year(pupil_id: UUID, ctx: Authed, request: Request, year: int) -> Response:
    """One page about a school year; `year=2026` is the year from September 2026 on."""
    base_url = request.app.state.settings.base_url
    name, pdf = await service.print_year(ctx, pupil_id, year, base_url)
    return download(pdf, f"学年小结{name}{year}.pdf", PDF)


@router.get("/pupils/{pupil_id}/certificate.pdf", response_class=Response)
async def print_certificate(
    pupil_id: UUID, ctx: Authed, request: Request, key: Slug, level: Slug
) -> Response:
    """The certificate of a level reached, with the code by which anybody checks it."""
    base_url = request.app.state.settings.base_url
    name, pdf = await service.print_certificate(ctx, pupil_id, key, level, base_url)
    return download(pdf, f"等级证书{name}.pdf", PDF)


@router.get("/prints")
async def list_prints(
    request: Request, ctx: Authed, cursor: Cursor = None, limit: PageSize = 50
) -> Page[PrintOut]:
    return page_of(PrintOut, request, await queries.list_prints(ctx, cursor, limit))


@router.post("/prints", status_code=202)
async def order_prints(ctx: Authed, body: PrintIn, request: Request) -> PrintsOrdered:
    """All passports of a class or school, drawn in the background, fifty a file."""
    base_url = request.app.state.settings.base_url
    return PrintsOrdered(files=await service.order_prints(ctx, body.place_id, base_url))


@router.get("/prints/{print_id}/file.pdf", response_class=Response)
async def take_print(print_id: UUID, ctx: Authed) -> Response:
    """The file; each child in it is logged. Kept for seven days."""
    name, pdf = await service.take_print(ctx, print_id)
    return download(pdf, name, PDF)


@router.get("/rule-sets")
async def list_rule_sets(
    request: Request, ctx: Authed, cursor: Cursor = None, limit: PageSize = 50
) -> Page[RuleSetOut]:
    return page_of(RuleSetOut, request, await queries.list_rule_sets(ctx, cursor, limit))


@router.post("/rule-sets", status_code=201)
async def draft_rules(ctx: Authed, body: RuleSetIn) -> RuleSetOut:
    return RuleSetOut.model_validate(await rule_sets.draft_rules(ctx, body.key, body.body))


@router.get("/rule-sets/{rule_set_id}")
async def read_rule_set(rule_set_id: UUID, ctx: Authed, response: Response) -> RuleSetOut:
    row = await queries.read_rule_set(ctx, rule_set_id)
    tagged(response, row.version)
    return RuleSetOut.model_validate(row)


@router.put("/rule-sets/{rule_set_id}/body")
async def change_rules(
    rule_set_id: UUID, ctx: Authed, body: RuleBody, response: Response, if_match: IfMatch = None
) -> RuleSetOut:
    row = await rule_sets.change_rules(ctx, rule_set_id, body, version_of(if_match))
    tagged(response, row.version)
    return RuleSetOut.model_validate(row)


@router.post("/rule-sets/{rule_set_id}/preview", status_code=202)
async def order_preview(rule_set_id: UUID, ctx: Authed) -> RuleSetOut:
    """The comparison is made in the background; it then stands in `preview`."""
    return RuleSetOut.model_validate(await rule_sets.order_preview(ctx, rule_set_id))


@router.post("/rule-sets/{rule_set_id}/apply")
async def apply_rules(rule_set_id: UUID, ctx: Authed, body: ApplyIn) -> RuleSetOut:
    return RuleSetOut.model_validate(await rule_sets.apply_rules(ctx, rule_set_id, body.from_on))
