"""Publishing in five minutes: one form for an activity and its first date, with a preview."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from app.activities.kinds import ActivityState
from app.activities.models import Activity
from app.activities.permissions import P
from app.activities.queries import fields_of, read_activity
from app.activities.schemas import ActivityChange, ActivityIn
from app.activities.service import publishing, sessions
from app.activities.service.fields import set_fields
from app.kit.context import Ctx
from app.web import labels, reading
from app.web.console import activity_reading
from app.web.console.activity_questions import KINDS, questions_of, rows_of, written
from app.web.console.editing import submitted
from app.web.console.editors_resources import GRADE_FIELDS, owner_field
from app.web.console.forms import Field, Form, checked, read_form, typed
from app.web.console.session_forms import (
    MORE_DEFAULTS,
    MORE_FIELDS,
    WHEN_FIELDS,
    SessionForm,
    at_fields,
    named_shares,
    read_session,
    was_touched,
)
from app.web.console.staff import Staff, console_page, remember_form
from app.web.rendering import send_to

router = APIRouter(include_in_schema=False)
# None of them is needed for a draft.
DATE_FIELDS = tuple(replace(field, required=False) for field in WHEN_FIELDS)
_STALL = re.compile(r"^(.*?)[ ，,、]*(\d{1,4})?\s*人?$")
_SENT = {
    ActivityState.PUBLISHED: "已发布，家长可以预约了。这类活动不用审核。",
    ActivityState.SUBMITTED: "已提交，等待秘书处审核。",
}


async def _offer_fields(ctx: Ctx) -> tuple[Field, ...]:
    """What a draft may still change."""
    mentors = await activity_reading.vetted_mentors(ctx)
    return (
        Field("title", "活动名称", required=True, longest=20, hint="不超过 20 字，与微信通知一致"),
        *GRADE_FIELDS,
        Field("category", "学时类别", "choice", True, list(labels.CATEGORIES.items())),
        Field("credited_minutes", "计入学时（分钟）", "number", required=True),
        Field(
            "evidence_needed", "签到方式的最低要求", "choice", True, list(labels.EVIDENCE.items())
        ),
        Field("what_to_bring", "需要携带", longest=200),
        Field("mentor_id", "导师", "choice", options=mentors, hint="只能选审核通过的筑梦导师"),
        Field(
            "consent_needed",
            "参加前需要家长同意",
            "choice",
            options=list(labels.CONSENT_PURPOSES.items()),
            hint="不需要可以不选",
        ),
        Field("summary", "活动介绍", "long", longest=4000),
        Field(
            "stalls",
            "摊位",
            "long",
            hint="只用于嘉年华：一行一个，名称后面可以写大约人数，例如 纸艺摊 20",
            longest=2000,
        ),
    )


async def _new_fields(ctx: Ctx) -> tuple[Field, ...]:
    bases = await reading.own_bases(ctx, P.ACTIVITY_EDIT)
    hint = "" if bases else "还没有基地：请先在“基地”里新增一个。"
    return (
        await owner_field(ctx, P.ACTIVITY_EDIT),
        Field("base_id", "基地", "choice", True, bases, hint),
        Field("kind", "类型", "choice", True, list(labels.ACTIVITY_KINDS.items())),
        *await _offer_fields(ctx),
    )


def _values(form: Form, fields: Sequence[Field]) -> dict[str, Any]:
    """The form as the schema takes it; stalls are lines of text."""
    given = {name: value for name, value in typed(form, fields).items() if value is not None}
    if "stalls" in given:
        given["stalls"] = stalls_of(given["stalls"])
    return given


def stalls_of(written: str) -> list[dict[str, Any]]:
    """`纸艺摊 20` → name and number of visitors; a line without a number is only a name."""
    found = []
    for line in written.splitlines():
        match = _STALL.match(line.strip())
        if match is None or not match[1]:
            continue
        stall: dict[str, Any] = {"name": match[1].strip()}
        found.append({**stall, "capacity": int(match[2])} if match[2] else stall)
    return found


def say_stalls(stalls: Sequence[Mapping[str, Any]]) -> str:
    return "\n".join(f"{one['name']} {one.get('capacity') or ''}".strip() for one in stalls)


def _page(
    fields: Sequence[Field], values: Mapping[str, Any], row: Activity | None = None
) -> dict[str, Any]:
    return {
        "row": row,
        "fields": fields,
        "date_fields": DATE_FIELDS if row is None else (),
        "more_fields": MORE_FIELDS if row is None else (),
        "values": values,
        "errors": {},
        "problem": "",
        "seen": None,
        "shares": [],
        "labels": labels,
        "question_rows": rows_of(()),
        "question_kinds": KINDS,
        "action": f"/console/activities/{row.id}" if row else "/console/activities",
        "version": row.version if row else None,
    }


@router.get("/activities/new")
async def new_activity(request: Request, ctx: Staff) -> HTMLResponse:
    ctx.require(P.ACTIVITY_EDIT)
    start = {"evidence_needed": "C", "credited_minutes": "60", **MORE_DEFAULTS}
    start |= dict(request.query_params)
    context = _page(await _new_fields(ctx), start)
    return console_page(request, ctx, "activity_form.html", context)


def _keep_questions(context: dict[str, Any], form: Form) -> None:
    context["question_rows"] = written(form)
    context["questions_open"] = any(one["label"] for one in context["question_rows"])


async def _read(
    request: Request, ctx: Ctx
) -> tuple[dict[str, Any], ActivityIn, SessionForm | None]:
    """The form's page (shown again when something is refused) and what was written on it."""
    ctx.require(P.ACTIVITY_EDIT)
    form, fields = await read_form(request), await _new_fields(ctx)
    every = (*fields, *DATE_FIELDS, *MORE_FIELDS)
    context = _page(fields, {**submitted(form, every), "then": form.one("then")})
    _keep_questions(context, form)
    remember_form(request, ctx, "activity_form.html", context)
    body = checked(request, ActivityIn, _values(form, fields), fields)
    if not was_touched(form):
        return context, body, None
    # The activity has no id yet: its unit's stands in while the times are looked at.
    date = read_session(request, form, (*DATE_FIELDS, *MORE_FIELDS), body.organization_id)
    opens = ctx.now - timedelta(days=1)
    with at_fields(request):
        sessions.check_times(date.starts_at, date.ends_at, opens, date.starts_at)
    return context, body, date


@router.post("/activities/preview")
async def preview(request: Request, ctx: Staff) -> HTMLResponse:
    """学生看到的样子, from the same part of a template as the family's page; nothing is kept."""
    context, body, date = await _read(request, ctx)
    units = await reading.organization_names(ctx, [body.organization_id])
    places = await activity_reading.base_places(ctx, [body.base_id])
    place = places.get(body.base_id)
    starts = date.starts_at if date else ctx.now
    if date is not None:
        grades = (body.min_grade, body.max_grade)
        with at_fields(request):
            context["shares"] = await named_shares(ctx, grades, date.capacity, date.reserve_percent)
    context["seen"] = {
        **body.model_dump(),
        "state": "planned",
        "starts_at": starts,
        "ends_at": date.ends_at if date else ctx.now,
        "booking_closes_at": starts,
        "capacity": date.capacity if date else 0,
        "seats_left": date.capacity if date else 0,
        "unit_name": units.get(body.organization_id, ""),
        "base_name": place.name if place else "",
        "address": place.address if place else "",
        "mentors": await activity_reading.shown_mentors(ctx, body.mentor_id),
        "dated": date is not None,
    }
    return console_page(request, ctx, "activity_form.html", context)


@router.post("/activities")
async def create(request: Request, ctx: Staff) -> Response:
    """Keep the draft with its first date; `then=send` also submits it, or publishes it directly."""
    context, body, date = await _read(request, ctx)
    row = await publishing.draft_activity(ctx, body.model_dump())
    await set_fields(ctx, row.id, questions_of(request, await read_form(request)))
    if date is not None:
        with at_fields(request):
            await sessions.add_session(ctx, date.values(row.id))
    said = "已存为草稿。"
    if context["values"]["then"] == "send":
        row = await publishing.send_activity(ctx, row.id)
        said = _SENT[ActivityState(row.state)]
    return send_to(request, f"/console/activities/{row.id}", said)


@router.get("/activities/{activity_id}/edit")
async def edit(request: Request, ctx: Staff, activity_id: UUID) -> HTMLResponse:
    ctx.require(P.ACTIVITY_EDIT)
    row, fields = await read_activity(ctx, activity_id), await _offer_fields(ctx)
    values = {field.name: _shown(getattr(row, field.name)) for field in fields}
    values["stalls"] = say_stalls(row.stalls)
    context = _page(fields, values, row)
    context["question_rows"] = rows_of(await fields_of(ctx, activity_id))
    context["questions_open"] = any(one["label"] for one in context["question_rows"])
    return console_page(request, ctx, "activity_form.html", context)


def _shown(value: Any) -> str:
    return "" if value is None else str(value)


@router.post("/activities/{activity_id}")
async def change(request: Request, ctx: Staff, activity_id: UUID) -> Response:
    ctx.require(P.ACTIVITY_EDIT)
    form, row = await read_form(request), await read_activity(ctx, activity_id)
    fields = await _offer_fields(ctx)
    context = _page(fields, submitted(form, fields), row)
    _keep_questions(context, form)
    remember_form(request, ctx, "activity_form.html", context)
    given = {**typed(form, fields), "stalls": stalls_of(form.one("stalls"))}
    empty = {name for name, value in given.items() if value is None}
    given = {k: v for k, v in given.items() if k not in empty - ActivityChange.may_be_null}
    body = checked(request, ActivityChange, given, fields)
    await publishing.change_activity(ctx, activity_id, body.changes(), form.version())
    if form.one("q1-kind"):  # the rows were on the form
        await set_fields(ctx, activity_id, questions_of(request, form))
    return send_to(request, f"/console/activities/{activity_id}", "已保存。")
