"""An activity's dates: many at once, last term's again, one moved; and the calendar of a month."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from app.activities.access import access_activity, access_session
from app.activities.models import Activity
from app.activities.permissions import P
from app.activities.schemas import AdjustIn, CopyIn, PatternIn, SessionMove
from app.activities.service import changes, repeating
from app.kit.clock import school_day
from app.kit.context import Ctx
from app.orgs.rules import WEEK, monday_of
from app.web import labels, reading
from app.web.console import activity_reading
from app.web.console.editing import submitted
from app.web.console.forms import Field, Form, checked, read_form, typed
from app.web.console.listing import BadFilter, Chosen
from app.web.console.session_forms import MORE_DEFAULTS, MORE_FIELDS, at_fields
from app.web.console.sheets import sheet
from app.web.console.staff import Staff, console_page, remember_form
from app.web.rendering import send_to, templates

router = APIRouter(include_in_schema=False)
_ACTIVITIES = ("活动", "/console/activities")


async def _pattern_fields(ctx: Ctx) -> tuple[Field, ...]:
    return (
        Field("term_id", "学期", "choice", True, await activity_reading.terms_ahead(ctx)),
        Field("first_week", "从第几周", "number", required=True),
        Field("last_week", "到第几周", "number", required=True),
        Field("weekdays", "星期", "many", options=list(labels.WEEKDAYS.items())),
        Field("starts", "开始", "clock", required=True),
        Field("ends", "结束", "clock", required=True),
        Field("capacity", "每场名额", "number", required=True),
        Field("booking_opens_at", "预约开放", "moment", hint="不填则立即开放，每场相同"),
        *MORE_FIELDS,
    )


async def _copy_fields(ctx: Ctx) -> tuple[Field, ...]:
    hint = "同一周、同一个星期几、同一时间；放假的日子跳过"
    terms = await activity_reading.terms_ahead(ctx)
    return (Field("term_id", "照搬到", "choice", True, terms, hint),)


def _plan_page(row: Activity, verb: str, fields: tuple[Field, ...], form: Form | None) -> Any:
    titles = {"repeat": "按周排场次", "copy": "按上学期复制"}
    return {
        "row": row,
        "verb": verb,
        "page_title": titles[verb],
        "fields": fields,
        "values": submitted(form, fields) if form is not None else dict(MORE_DEFAULTS),
        "folded": MORE_FIELDS,
        "errors": {},
        "problem": "",
        "plan": None,
    }


@router.get("/activities/{activity_id}/repeat")
async def show_repeat(request: Request, ctx: Staff, activity_id: UUID) -> HTMLResponse:
    row = await access_activity(ctx, activity_id, P.ACTIVITY_EDIT)
    context = _plan_page(row, "repeat", await _pattern_fields(ctx), None)
    return console_page(request, ctx, "plan.html", context)


@router.post("/activities/{activity_id}/repeat")
async def repeat(request: Request, ctx: Staff, activity_id: UUID) -> Response:
    """First the dates are shown; with `sure` they are made, all or none."""
    row = await access_activity(ctx, activity_id, P.ACTIVITY_EDIT)
    form, fields = await read_form(request), await _pattern_fields(ctx)
    context = _plan_page(row, "repeat", fields, form)
    remember_form(request, ctx, "plan.html", context)
    given = {name: value for name, value in typed(form, fields).items() if value is not None}
    body = checked(request, PatternIn, given, fields)
    pattern = repeating.Pattern(**body.model_dump())
    if not form.one("sure"):
        context["plan"] = await repeating.plan_pattern(ctx, activity_id, pattern)
        return console_page(request, ctx, "plan.html", context)
    with at_fields(request):
        plan = await repeating.repeat_sessions(ctx, activity_id, pattern)
    return send_to(request, f"{_ACTIVITIES[1]}/{activity_id}", _said(plan, "已添加 "))


@router.get("/activities/{activity_id}/copy")
async def show_copy(request: Request, ctx: Staff, activity_id: UUID) -> HTMLResponse:
    row = await access_activity(ctx, activity_id, P.ACTIVITY_EDIT)
    context = _plan_page(row, "copy", await _copy_fields(ctx), None)
    return console_page(request, ctx, "plan.html", context)


@router.post("/activities/{activity_id}/copy")
async def copy(request: Request, ctx: Staff, activity_id: UUID) -> Response:
    """First the moved dates are shown; with `sure` the copy is made and opened."""
    row = await access_activity(ctx, activity_id, P.ACTIVITY_EDIT)
    form, fields = await read_form(request), await _copy_fields(ctx)
    context = _plan_page(row, "copy", fields, form)
    remember_form(request, ctx, "plan.html", context)
    body = checked(request, CopyIn, typed(form, fields), fields)
    if not form.one("sure"):
        context["plan"] = await repeating.plan_copy(ctx, activity_id, body.term_id)
        return console_page(request, ctx, "plan.html", context)
    made, plan = await repeating.copy_activity(ctx, activity_id, body.term_id)
    return send_to(
        request, f"{_ACTIVITIES[1]}/{made.id}", _said(plan, "已复制为草稿，请核对后提交。共 ")
    )


def _said(plan: repeating.Plan, begin: str) -> str:
    said = f"{begin}{len(plan.slots)} 个场次。"
    if plan.skipped:
        named = "、".join(f"{one.day.month}月{one.day.day}日" for one in plan.skipped[:8])
        more = "等" if len(plan.skipped) > 8 else ""
        said += f"跳过 {len(plan.skipped)} 天：{named}{more}。"
    return said


async def _move_page(ctx: Ctx, session_id: UUID) -> tuple[UUID, dict[str, Any]]:
    session, activity = await access_session(ctx, session_id, P.ACTIVITY_EDIT)
    bases = await activity_reading.bases_of(ctx, activity.organization_id)
    if str(session.base_id) not in dict(bases):  # a visit to a school stays at the school
        here = await reading.base_names(ctx, [session.base_id])
        bases = [(str(session.base_id), here[session.base_id])]
    fields = (
        Field("starts_at", "开始", "moment", required=True),
        Field("ends_at", "结束", "moment", required=True),
        Field(
            "base_id",
            "地点",
            "choice",
            True,
            bases,
        ),
    )
    local = templates.env.filters["local_input"]
    values = {
        "starts_at": local(session.starts_at),
        "ends_at": local(session.ends_at),
        "base_id": session.base_id,
    }
    path = [_ACTIVITIES, (activity.title, f"{_ACTIVITIES[1]}/{activity.id}")]
    intro = "保存后，已发布活动的所有预约家庭（包括候补）都会收到变动通知。"
    context = sheet(
        "改时间或地点",
        path,
        f"/console/sessions/{session_id}/move",
        fields,
        values,
        intro=intro,
        version=session.version,
    )
    return activity.id, context


@router.get("/sessions/{session_id}/move")
async def show_move(request: Request, ctx: Staff, session_id: UUID) -> HTMLResponse:
    _, context = await _move_page(ctx, session_id)
    return console_page(request, ctx, "sheet.html", context)


@router.post("/sessions/{session_id}/move")
async def move(request: Request, ctx: Staff, session_id: UUID) -> Response:
    activity_id, context = await _move_page(ctx, session_id)
    form, fields = await read_form(request), context["fields"]
    context["values"] = submitted(form, fields)
    remember_form(request, ctx, "sheet.html", context)
    given = {name: value for name, value in typed(form, fields).items() if value is not None}
    body = checked(request, SessionMove, given, fields)
    await changes.move_session(ctx, session_id, body.changes(), form.version())
    said = "已保存。有变动的，预约的家庭会收到通知。"
    return send_to(request, f"{_ACTIVITIES[1]}/{activity_id}", said)


_BRING = (Field("what_to_bring", "需要携带", longest=200),)


@router.get("/activities/{activity_id}/adjust")
async def show_adjust(request: Request, ctx: Staff, activity_id: UUID) -> HTMLResponse:
    row = await access_activity(ctx, activity_id, P.ACTIVITY_EDIT)
    context = _adjust_page(row, {"what_to_bring": row.what_to_bring})
    return console_page(request, ctx, "sheet.html", context)


def _adjust_page(row: Activity, values: dict[str, Any]) -> dict[str, Any]:
    path = [_ACTIVITIES, (row.title, f"{_ACTIVITIES[1]}/{row.id}")]
    intro = "保存后，还没结束的场次里所有预约家庭都会收到变动通知。"
    action = f"{_ACTIVITIES[1]}/{row.id}/adjust"
    return sheet("改携带物品", path, action, _BRING, values, intro=intro, version=row.version)


@router.post("/activities/{activity_id}/adjust")
async def adjust(request: Request, ctx: Staff, activity_id: UUID) -> Response:
    row, form = await access_activity(ctx, activity_id, P.ACTIVITY_EDIT), await read_form(request)
    remember_form(request, ctx, "sheet.html", _adjust_page(row, submitted(form, _BRING)))
    body = checked(request, AdjustIn, typed(form, _BRING), _BRING)
    await changes.adjust_activity(ctx, activity_id, body.what_to_bring, form.version())
    said = "已保存。有变动的，预约的家庭会收到通知。"
    return send_to(request, f"{_ACTIVITIES[1]}/{activity_id}", said)


@router.get("/calendar")
async def show_calendar(request: Request, ctx: Staff) -> HTMLResponse:
    """A month, Monday to Sunday, with each day's sessions and how full they are."""
    ctx.require(P.ACTIVITY_READ)
    chosen = Chosen(request.query_params)
    unit, base = chosen.uuid("organization_id"), chosen.uuid("base_id")
    first = _month_of(ctx, chosen.text("month"))
    following = (first + timedelta(days=32)).replace(day=1)
    rows = await activity_reading.sessions_between(ctx, first, following, unit, base)
    days: dict[date, list[Any]] = {}
    for row in rows:
        days.setdefault(school_day(row.starts_at), []).append(row)
    monday, weeks = monday_of(first), []
    while monday < following:
        weeks.append([monday + timedelta(days=n) for n in range(7)])
        monday += WEEK
    units, bases = await activity_reading.calendar_choices(ctx)
    context = {
        "first": first,
        "weeks": weeks,
        "days": days,
        "today": ctx.today,
        "total": len(rows),
        "previous": (first - timedelta(days=1)).strftime("%Y-%m"),
        "following": following.strftime("%Y-%m"),
        "units": units,
        "bases": bases,
        "unit": str(unit or ""),
        "base": str(base or ""),
        "labels": labels,
    }
    return console_page(request, ctx, "calendar.html", context)


def _month_of(ctx: Ctx, given: str | None) -> date:
    if not given:
        return ctx.today.replace(day=1)
    try:
        first = date.fromisoformat(f"{given}-01")
    except ValueError as exc:
        raise BadFilter from exc
    if not 2000 <= first.year <= 2100:
        raise BadFilter
    return first
