"""A mentor's hours of a school year with corrections and the certificate; asking one for an activity."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from app.activities.access import access_activity
from app.activities.permissions import P as ActivityP
from app.activities.queries import read_service
from app.activities.rules import say_hours, school_year_of
from app.activities.schemas import HoursCorrectionIn, InvitationIn
from app.activities.service import inviting, thanking
from app.kit.context import Ctx
from app.kit.http import PDF, download
from app.people.queries import pupil_briefs
from app.resources.permissions import P
from app.resources.queries import read_mentor
from app.web.console.editing import submitted
from app.web.console.forms import Field, Form, checked, read_form, typed
from app.web.console.listing import Chosen
from app.web.console.sheets import sheet
from app.web.console.staff import Staff, console_page, remember_form
from app.web.console.visit_reading import mentors_to_invite
from app.web.rendering import send_to

router = APIRouter(include_in_schema=False)
_YEARS_BACK = 4
_FIX = (
    Field(
        "minutes", "加减多少分钟", "number", True, hint="漏记填正数，例如 90；多记填负数，例如 -30"
    ),
    Field("reason", "原因", required=True, longest=200),
)


def _year(request: Request, ctx: Ctx) -> int:
    chosen = Chosen(dict(request.query_params)).number("year")
    return chosen if chosen and 2000 <= chosen <= 2100 else school_year_of(ctx.today)


@router.get("/mentors/{mentor_id}/service")
async def show_service(request: Request, ctx: Staff, mentor_id: UUID) -> HTMLResponse:
    context = await _page(ctx, mentor_id, _year(request, ctx))
    return console_page(request, ctx, "mentor_service.html", context)


async def _page(ctx: Ctx, mentor_id: UUID, year: int, form: Form | None = None) -> dict[str, Any]:
    row = await read_mentor(ctx, mentor_id)
    service = await read_service(ctx, mentor_id, year)
    people = {one.person_id for one in service.corrections if one.person_id}
    now = school_year_of(ctx.today)
    return {
        "row": row,
        "service": service,
        "year": year,
        "years": [(one, f"{one} 学年") for one in range(now, now - _YEARS_BACK, -1)],
        "said": say_hours,
        "people": await pupil_briefs(ctx, people),
        "may_edit": ctx.reach(P.MENTOR_EDIT).covers(row.organization_id),
        "fields": _FIX,
        "values": submitted(form, _FIX) if form is not None else {},
        "errors": {},
        "problem": "",
    }


@router.post("/mentors/{mentor_id}/service")
async def correct(request: Request, ctx: Staff, mentor_id: UUID) -> Response:
    form, year = await read_form(request), _year(request, ctx)
    remember_form(request, ctx, "mentor_service.html", await _page(ctx, mentor_id, year, form))
    body = checked(request, HoursCorrectionIn, {**typed(form, _FIX), "school_year": year}, _FIX)
    await thanking.correct_service(ctx, mentor_id, body.model_dump())
    return send_to(request, f"/console/mentors/{mentor_id}/service?year={year}", "已更正。")


@router.get("/mentors/{mentor_id}/thanks")
async def print_thanks(request: Request, ctx: Staff, mentor_id: UUID) -> Response:
    certificate, pdf = await thanking.print_thanks(ctx, mentor_id, _year(request, ctx))
    return download(pdf, f"感谢证书 {certificate.number}.pdf", PDF)


async def _fields(ctx: Ctx) -> list[Field]:
    mentors = await mentors_to_invite(ctx)
    return [
        Field("mentor_id", "导师", "choice", True, mentors, "只列出审核通过的导师"),
        Field("message", "留言", longest=200, hint="例如 想请您带孩子们认识矿石标本"),
    ]


async def _sheet(ctx: Ctx, activity_id: UUID, values: dict[str, Any]) -> dict[str, Any]:
    row = await access_activity(ctx, activity_id, ActivityP.ACTIVITY_EDIT)
    path = [("活动", "/console/activities"), (row.title, f"/console/activities/{row.id}")]
    intro = "导师本人或所在单位会收到邀请并答复。答应以后，这个活动的场次计入服务时长。"
    action = f"/console/activities/{row.id}/invite"
    fields = await _fields(ctx)
    return sheet("邀请导师", path, action, fields, values, intro=intro, button="发出邀请")


@router.get("/activities/{activity_id}/invite")
async def ask(request: Request, ctx: Staff, activity_id: UUID) -> HTMLResponse:
    return console_page(request, ctx, "sheet.html", await _sheet(ctx, activity_id, {}))


@router.post("/activities/{activity_id}/invite")
async def invite(request: Request, ctx: Staff, activity_id: UUID) -> Response:
    form = await read_form(request)
    fields = await _fields(ctx)
    context = await _sheet(ctx, activity_id, submitted(form, fields))
    remember_form(request, ctx, "sheet.html", context)
    given = {name: value for name, value in typed(form, fields).items() if value is not None}
    body = checked(request, InvitationIn, {**given, "activity_id": activity_id}, fields)
    await inviting.invite_mentor(ctx, body.model_dump())
    return send_to(request, f"/console/activities/{activity_id}", "邀请已发出。")
