"""打印中心: everything that goes on paper, on one page, with what each is for."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from app.kit.context import Ctx
from app.kit.errors import Forbidden, NotFound
from app.kit.http import PDF, download
from app.orgs.queries import read_class
from app.passports.permissions import P
from app.passports.queries import list_prints
from app.passports.rules.crediting import school_year
from app.passports.service import (
    order_prints,
    print_cards,
    print_passport,
    print_year,
    take_print,
)
from app.people.permissions import P as PeopleP
from app.resources.kinds import POSTER_NAMES, PosterForm
from app.resources.permissions import P as ResourceP
from app.resources.service.posters import print_poster
from app.web import reading
from app.web.console.forms import Field, Form, read_form
from app.web.console.staff import Staff, console_page, remember_form
from app.web.feeds import base_url
from app.web.rendering import send_to

router = APIRouter(include_in_schema=False)
PATH = "/console/prints"
SHOWN = 60
ANY_OF = (P.PASSPORT_READ, ResourceP.BASE_EDIT)


@router.get("/prints")
async def show_prints(request: Request, ctx: Staff) -> HTMLResponse:
    if not any(one in ctx.actor.permissions for one in ANY_OF):
        raise Forbidden
    return console_page(request, ctx, "prints.html", await _context(ctx))


async def _context(ctx: Ctx) -> dict[str, Any]:
    """The choices of this role; what it may not print is left out."""
    context: dict[str, Any] = {"values": {}, "errors": {}, "problem": "", "orders": []}
    if ResourceP.BASE_EDIT in ctx.actor.permissions:
        bases = await reading.own_bases(ctx, ResourceP.BASE_EDIT)
        forms = [(str(form), name) for form, name in POSTER_NAMES.items()]
        context["poster"] = (
            Field("base_id", "基地", "choice", True, bases),
            Field("form", "做成", "choice", True, forms[::-1]),
        )
    if P.PASSPORT_READ in ctx.actor.permissions:
        rooms = await reading.visible_classes(ctx, P.PASSPORT_READ)
        schools = await reading.own_schools(ctx, P.PASSPORT_READ)
        whole = [(key, f"{name}（全校）") for key, name in schools]
        context["passports"] = Field("place_id", "班级或学校", "choice", True, [*whole, *rooms])
        orders, _ = await list_prints(ctx, None, SHOWN)
        names = await reading.class_names(ctx, [one.class_id for one in orders])
        context["orders"] = [(one, names.get(one.class_id, "")) for one in orders]
    if P.PASSPORT_EDIT in ctx.actor.permissions:
        rooms = await reading.visible_classes(ctx, P.PASSPORT_EDIT)
        context["cards"] = Field("class_id", "班级", "choice", True, rooms)
    context["may_letters"] = PeopleP.BINDING_CODE_CREATE in ctx.actor.permissions
    context["may_city"] = "city_record:edit" in ctx.actor.permissions
    return context


def _chosen(form: Form, name: str) -> UUID:
    try:
        return UUID(form.one(name))
    except ValueError as exc:
        raise NotFound from exc


@router.post("/prints")
async def order(request: Request, ctx: Staff) -> Response:
    """Passports of a class or school: drawn in the background, taken from this page."""
    form = await read_form(request)
    remember_form(request, ctx, "prints.html", await _context(ctx))
    files = await order_prints(ctx, _chosen(form, "place_id"), base_url(request))
    return send_to(request, PATH, f"已排队生成 {files} 个文件，通常一分钟内完成，请刷新本页下载。")


@router.post("/prints/cards")
async def cards(request: Request, ctx: Staff) -> Response:
    form = await read_form(request)
    row = await read_class(ctx, _chosen(form, "class_id"))
    printed = await print_cards(ctx, row.id, base_url(request))
    return download(printed.pdf, f"护照卡{row.name}.pdf", PDF)


@router.get("/prints/poster.pdf")
async def poster(request: Request, ctx: Staff, base_id: UUID, form: PosterForm) -> Response:
    name, pdf = await print_poster(ctx, base_id, form, base_url(request))
    return download(pdf, f"{POSTER_NAMES[form]}{name}.pdf", PDF)


@router.get("/prints/{print_id}.pdf")
async def take(ctx: Staff, print_id: UUID) -> Response:
    name, pdf = await take_print(ctx, print_id)
    return download(pdf, name, PDF)


@router.get("/pupils/{pupil_id}/passport.pdf")
async def passport(request: Request, ctx: Staff, pupil_id: UUID) -> Response:
    name, pdf = await print_passport(ctx, pupil_id, base_url(request))
    return download(pdf, f"游学护照{name}.pdf", PDF)


@router.get("/pupils/{pupil_id}/year.pdf")
async def year(request: Request, ctx: Staff, pupil_id: UUID) -> Response:
    """The summary of this school year."""
    name, pdf = await print_year(ctx, pupil_id, school_year(ctx.today), base_url(request))
    return download(pdf, f"学年小结{name}.pdf", PDF)
