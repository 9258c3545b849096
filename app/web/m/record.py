"""综评学时 as the family sees it, the objection it may raise, and what it prints."""

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from app.citypack import queries
from app.citypack.kinds import OBJECTION_WORDS, STATE_WORDS
from app.citypack.schemas import ObjectionIn
from app.citypack.service import raise_objection
from app.kit.context import Ctx
from app.kit.http import PDF, download
from app.passports.rules.crediting import school_year
from app.passports.schemas import Slug
from app.passports.service import print_certificate, print_passport, print_year
from app.web.console.forms import Field, checked, read_form
from app.web.feeds import base_url
from app.web.m.family import Family, children, family_page, framed
from app.web.rendering import send_to

router = APIRouter(include_in_schema=False)
PATH = "/m/passport/record"
_REASON = Field("reason", "理由", required=True, longest=200)


@router.get("/passport/record")
async def show_record(request: Request, ctx: Family) -> HTMLResponse:
    """The chosen child's hours, entry by entry, and the lists it stands in."""
    pupils, chosen = await children(request, ctx)
    return family_page(request, "record.html", pupils, chosen, await _context(ctx, chosen.id))


async def _context(ctx: Ctx, pupil_id: UUID) -> dict[str, object]:
    return {
        "record": await queries.pupil_record(ctx, pupil_id),
        "words": STATE_WORDS,
        "objection_words": OBJECTION_WORDS,
        "guardian": ctx.actor.person_id not in ctx.actor.pupil_ids,
        "values": {},
        "problem": "",
    }


@router.post("/passport/record/{pupil_id}/objections")
async def object_to(request: Request, ctx: Family, pupil_id: UUID) -> Response:
    """A refusal comes back on the same page, with what was typed."""
    form = await read_form(request)
    pupils, chosen = await children(request, ctx)
    about = next((pupil for pupil in pupils if pupil.id == pupil_id), chosen)
    context = await _context(ctx, about.id)
    context["values"] = {"reason": form.one("reason")[:200]}
    request.state.form = ("m/record.html", framed(request, pupils, about, context))
    given = {
        "publicity_id": form.one("publicity_id"),
        "pupil_id": pupil_id,
        "reason": form.one("reason"),
    }
    body = checked(request, ObjectionIn, given, [_REASON])
    await raise_objection(ctx, body.publicity_id, pupil_id, body.reason)
    return send_to(request, PATH, "已提交。学校答复后会通知您。")


@router.get("/passport/print.pdf")
async def passport(request: Request, ctx: Family) -> Response:
    _, chosen = await children(request, ctx)
    name, pdf = await print_passport(ctx, chosen.id, base_url(request))
    return download(pdf, f"游学护照{name}.pdf", PDF)


@router.get("/passport/year.pdf")
async def year(request: Request, ctx: Family) -> Response:
    """The summary of this school year."""
    _, chosen = await children(request, ctx)
    name, pdf = await print_year(ctx, chosen.id, school_year(ctx.today), base_url(request))
    return download(pdf, f"学年小结{name}.pdf", PDF)


@router.get("/passport/certificate.pdf")
async def certificate(request: Request, ctx: Family, key: Slug, level: Slug) -> Response:
    _, chosen = await children(request, ctx)
    name, pdf = await print_certificate(ctx, chosen.id, key, level, base_url(request))
    return download(pdf, f"等级证书{name}.pdf", PDF)
