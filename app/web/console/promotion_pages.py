"""升级与毕业 in the console: choose the school, look at what would happen, confirm, take back."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from app.kit.context import Ctx
from app.kit.errors import NotFound
from app.people.permissions import P
from app.people.service.promotion import preview_promotion, promote, undo_promotion
from app.web import labels, reading
from app.web.console.forms import Field, read_form
from app.web.console.screens_orgs import current_year
from app.web.console.sheets import sheet
from app.web.console.staff import Staff, console_page, remember_form
from app.web.rendering import send_to

router = APIRouter(include_in_schema=False)
_LIST = ("升级与毕业", "/console/promotions")


@router.get("/promotions/new")
async def choose(request: Request, ctx: Staff) -> HTMLResponse:
    ctx.require(P.PERSON_EDIT)
    context = sheet(
        "办理升级与毕业",
        [_LIST],
        "/console/promotions/new",
        await _fields(ctx),
        {"school_year": str(current_year(ctx) - (ctx.today.month >= 9))},
        intro="先选学校和刚结束的学年，下一步会列出每个班的去向，确认以后才改动。",
        button="下一步：查看去向",
    )
    return console_page(request, ctx, "sheet.html", context)


async def _fields(ctx: Ctx) -> tuple[Field, ...]:
    schools = await reading.own_schools(ctx, P.PERSON_EDIT)
    year = current_year(ctx)
    years = [(str(one), f"{one} 学年（到 {one + 1} 年 8 月）") for one in (year, year - 1)]
    return (
        Field("organization_id", "学校", "choice", True, schools),
        Field("school_year", "结束的学年", "choice", True, years),
    )


@router.post("/promotions/new")
async def go_to_preview(request: Request, ctx: Staff) -> Response:
    ctx.require(P.PERSON_EDIT)
    form = await read_form(request)
    try:
        school, year = UUID(form.one("organization_id")), int(form.one("school_year"))
    except ValueError as exc:
        raise NotFound from exc
    return send_to(request, f"/console/promotions/{school}/{year}")


@router.get("/promotions/{organization_id}/{school_year}")
async def show_preview(
    request: Request, ctx: Staff, organization_id: UUID, school_year: int
) -> HTMLResponse:
    context = await _preview(ctx, organization_id, school_year)
    return console_page(request, ctx, "promotion.html", context)


async def _preview(ctx: Ctx, organization_id: UUID, school_year: int) -> dict[str, Any]:
    if not 2000 <= school_year < 2100:
        raise NotFound
    preview = await preview_promotion(ctx, organization_id, school_year)
    names = await reading.organization_names(ctx, [organization_id])
    return {
        "preview": preview,
        "school": names[organization_id],
        "grades": labels.GRADES,
        "open": ctx.today >= preview.opens_on,
        "total": preview.moving + preview.leaving,
        "problem": "",
    }


# Before the next address, which would take "undo" for a year.
@router.post("/promotions/{promotion_id}/undo")
async def take_back(request: Request, ctx: Staff, promotion_id: UUID) -> Response:
    row = await undo_promotion(ctx, promotion_id)
    where = f"/console/promotions/{row.organization_id}/{row.school_year}"
    return send_to(request, where, "已撤销，学生都回到原来的班级。")


@router.post("/promotions/{organization_id}/{school_year}")
async def carry_out(
    request: Request, ctx: Staff, organization_id: UUID, school_year: int
) -> Response:
    context = await _preview(ctx, organization_id, school_year)
    remember_form(request, ctx, "promotion.html", context)
    form = await read_form(request)
    given = form.one("pupils")
    pupils = int(given) if given.isascii() and given.isdigit() and len(given) < 7 else -1
    row = await promote(ctx, organization_id, school_year, pupils)
    notice = (
        f"已办理：升级 {row.counts.get('move', 0)} 人，毕业离校 {row.counts.get('leave', 0)} 人。"
    )
    return send_to(request, f"/console/promotions/{organization_id}/{school_year}", notice)
