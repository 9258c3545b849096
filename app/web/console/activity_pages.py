"""An activity's own page: its sessions, its review, and what may be done with it now."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from app.activities.kinds import ActivityState, SessionState
from app.activities.models import Activity
from app.activities.permissions import P
from app.activities.queries import (
    fields_of,
    list_reviews,
    list_sessions,
    phases_of,
    read_activity,
    sheet_of,
)
from app.activities.service import publishing, sessions
from app.attendance.permissions import P as DoorP
from app.kit.context import Ctx
from app.people.queries import pupil_briefs
from app.resources.queries import read_mentor
from app.web import labels, reading
from app.web.console.activity_reading import reserves_shown
from app.web.console.bulk import ReasonMissing
from app.web.console.editing import submitted
from app.web.console.forms import read_form
from app.web.console.session_forms import (
    MORE_DEFAULTS,
    MORE_FIELDS,
    WHEN_FIELDS,
    WINDOW_FIELDS,
    at_fields,
    read_session,
)
from app.web.console.staff import Staff, console_page, remember_form
from app.web.rendering import send_to

router = APIRouter(include_in_schema=False)
SESSION_FIELDS = (*WHEN_FIELDS, *WINDOW_FIELDS)


@router.get("/activities/{activity_id}")
async def show_activity(request: Request, ctx: Staff, activity_id: UUID) -> HTMLResponse:
    """Everything about one activity, with the buttons that fit its state and the actor."""
    return console_page(request, ctx, "activity.html", await _context(ctx, activity_id))


async def _context(ctx: Ctx, activity_id: UUID) -> dict[str, Any]:
    row = await read_activity(ctx, activity_id)
    dates, _ = await list_sessions(ctx, activity_id, None, None, 200)
    dates.sort(key=lambda one: (one.starts_at, one.id))
    reviews = await list_reviews(ctx, activity_id)
    people = await pupil_briefs(ctx, {step.person_id for step in reviews if step.person_id})
    units = await reading.organization_names(ctx, [row.organization_id])
    bases = await reading.base_names(ctx, [row.base_id])
    phases = await phases_of(ctx, [row])
    ahead = [d.id for d in dates if d.state == SessionState.PLANNED and d.ends_at > ctx.now]
    mentor = await read_mentor(ctx, row.mentor_id) if row.mentor_id else None
    return {
        "row": row,
        "now": ctx.now,
        "phase": phases.get(row.id),
        "mentor": mentor,
        "questions": await fields_of(ctx, activity_id),
        "sheet": await sheet_of(ctx, activity_id),
        "unit": units.get(row.organization_id),
        "base": bases.get(row.base_id),
        "labels": labels,
        "sessions": dates,
        "reviews": reviews,
        "people": people,
        "actions": _actions(ctx, row) - ({"archive"} if ahead else set()),
        "session_fields": SESSION_FIELDS,
        "more_fields": MORE_FIELDS,
        "reserves": await reserves_shown(ctx, [one.id for one in dates]),
        "values": MORE_DEFAULTS,
        "errors": {},
        "problem": "",
        "may_add": _reaches(ctx, P.ACTIVITY_EDIT, row) and row.state not in _CLOSED,
        "may_cancel": _reaches(ctx, P.ACTIVITY_EDIT, row),
        "may_tick": DoorP.ATTENDANCE_RECORD in ctx.actor.permissions,
        "cancellable": ahead,
    }


_CLOSED = (ActivityState.SUBMITTED, ActivityState.WITHDRAWN, ActivityState.ARCHIVED)


def _reaches(ctx: Ctx, permission: str, row: Activity) -> bool:
    return ctx.reach(permission).covers(row.organization_id)


def _actions(ctx: Ctx, row: Activity) -> set[str]:
    """The verbs that make sense now; services check them again."""
    found = set()
    if _reaches(ctx, P.ACTIVITY_EDIT, row) and row.state in publishing.EDITABLE:
        found |= {"edit", "submit"}
    if _reaches(ctx, P.ACTIVITY_EDIT, row):
        found |= {"copy", "task-sheet"}
        if row.state not in _CLOSED:
            found |= {"invite", "repeat", "questions"}
        if row.state == ActivityState.PUBLISHED:
            found.add("adjust")
    own = row.author_id is not None and row.author_id == ctx.actor.person_id
    if _reaches(ctx, P.ACTIVITY_REVIEW, row) and row.state == ActivityState.SUBMITTED and not own:
        found |= {"approve", "return"}
    if _reaches(ctx, P.ACTIVITY_PUBLISH, row):
        if row.state == ActivityState.APPROVED:
            found |= {"publish", "withdraw"}
        if row.state == ActivityState.PUBLISHED:
            found.add("withdraw")
        if row.state in (ActivityState.PUBLISHED, ActivityState.WITHDRAWN):
            found.add("archive")
    return found


async def _shown(request: Request, ctx: Ctx, activity_id: UUID, values: Any = None) -> None:
    """A refusal comes back on the activity's own page."""
    context = await _context(ctx, activity_id)
    if values:
        context["values"] = values
    remember_form(request, ctx, "activity.html", context)


@router.post("/activities/{activity_id}/submit")
async def submit(request: Request, ctx: Staff, activity_id: UUID) -> Response:
    await _shown(request, ctx, activity_id)
    row = await publishing.send_activity(ctx, activity_id)
    said = "已提交，等待秘书处审核。"
    if row.state == ActivityState.PUBLISHED:
        said = "已发布，家长可以预约了。这类活动不用审核。"
    return send_to(request, f"/console/activities/{activity_id}", said)


@router.post("/activities/{activity_id}/approve")
async def approve(request: Request, ctx: Staff, activity_id: UUID) -> Response:
    await _shown(request, ctx, activity_id)
    await publishing.approve_activity(ctx, activity_id)
    return send_to(request, f"/console/activities/{activity_id}", "已通过。")


@router.post("/activities/{activity_id}/return")
async def give_back(request: Request, ctx: Staff, activity_id: UUID) -> Response:
    await _shown(request, ctx, activity_id)
    form = await read_form(request)
    if not form.one("reason"):
        raise ReasonMissing(asks="退回原因")
    await publishing.return_activity(ctx, activity_id, form.one("reason")[:200])
    return send_to(request, f"/console/activities/{activity_id}", "已退回，单位会收到通知。")


@router.post("/activities/{activity_id}/publish")
async def publish(request: Request, ctx: Staff, activity_id: UUID) -> Response:
    await _shown(request, ctx, activity_id)
    await publishing.publish_activity(ctx, activity_id)
    return send_to(request, f"/console/activities/{activity_id}", "已发布，家长可以预约了。")


@router.post("/activities/{activity_id}/withdraw")
async def withdraw(request: Request, ctx: Staff, activity_id: UUID) -> Response:
    await _shown(request, ctx, activity_id)
    await publishing.withdraw_activity(ctx, activity_id)
    return send_to(request, f"/console/activities/{activity_id}", "已下架；已有的预约保留。")


@router.post("/activities/{activity_id}/archive")
async def archive(request: Request, ctx: Staff, activity_id: UUID) -> Response:
    await _shown(request, ctx, activity_id)
    await publishing.archive_activity(ctx, activity_id)
    return send_to(request, f"/console/activities/{activity_id}", "已归档。")


@router.post("/activities/{activity_id}/sessions")
async def add_session(request: Request, ctx: Staff, activity_id: UUID) -> Response:
    """Add a date; with `weeks`, the same one in the following weeks too."""
    form = await read_form(request)
    fields = (*SESSION_FIELDS, *MORE_FIELDS)
    await _shown(request, ctx, activity_id, submitted(form, fields))
    date = read_session(request, form, fields, activity_id)
    weeks = form.one("weeks")
    number = min(int(weeks), 20) if weeks.isascii() and weeks.isdigit() and len(weeks) < 4 else 1
    with at_fields(request):
        for week in range(max(1, number)):
            await sessions.add_session(ctx, date.values(activity_id, week))
    return send_to(
        request, f"/console/activities/{activity_id}", f"已添加 {max(1, number)} 个场次。"
    )


@router.post("/activities/{activity_id}/sessions/{session_id}/cancel")
async def cancel(request: Request, ctx: Staff, activity_id: UUID, session_id: UUID) -> Response:
    """Call a date off with a reason that every family will read."""
    await _shown(request, ctx, activity_id)
    form = await read_form(request)
    if not form.one("reason"):
        raise ReasonMissing(asks="取消原因")
    await sessions.cancel_session(ctx, session_id, form.one("reason")[:200])
    return send_to(
        request, f"/console/activities/{activity_id}", "场次已取消，已预约的家长会收到通知。"
    )
