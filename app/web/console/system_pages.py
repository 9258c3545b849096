"""The check-up of the installation, and the yearly pack: what the operator opens when asked."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from app.privacy.permissions import P as PrivacyP
from app.privacy.routes import Year, take_pack
from app.upkeep.kinds import SAID, Condition
from app.upkeep.permissions import P
from app.upkeep.queries import list_reports
from app.upkeep.service.doctor import examine
from app.web.console.staff import Staff, console_page

router = APIRouter(include_in_schema=False)
TONES = {Condition.GOOD: "good", Condition.NOTICE: "warn", Condition.TROUBLE: "bad"}
YEARS = 5


@router.get("/doctor")
async def show_doctor(request: Request, ctx: Staff) -> HTMLResponse:
    """Everything that can be wrong, worst first, each with its remedy; and the last backups."""
    ctx.require(P.UPKEEP_READ)
    state = request.app.state
    findings = await examine(state.engine, state.settings, ctx.district_id)
    reports, _ = await list_reports(ctx, None, None, 10)
    order = [Condition.TROUBLE, Condition.NOTICE, Condition.GOOD]
    context = {
        "findings": sorted(findings, key=lambda one: order.index(one.condition)),
        "tones": TONES,
        "words": SAID,
        "trouble": sum(one.condition is Condition.TROUBLE for one in findings),
        "reports": reports,
    }
    return console_page(request, ctx, "doctor.html", context)


@router.get("/compliance")
async def show_compliance(request: Request, ctx: Staff) -> HTMLResponse:
    """Which years' packs can be made, and what is in one."""
    ctx.require(PrivacyP.COMPLIANCE_READ)
    this = ctx.today.year
    return console_page(request, ctx, "compliance.html", {"years": range(this, this - YEARS, -1)})


@router.get("/compliance/pack")
async def take(ctx: Staff, year: Year) -> Response:
    return await take_pack(year, ctx)
