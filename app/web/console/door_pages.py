"""The door in the console: roll call, counting, correcting, and the screen with the rotating code."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from app.activities.access import access_session
from app.attendance import service as door
from app.attendance.kinds import What
from app.attendance.permissions import P
from app.attendance.queries import count_of
from app.attendance.rules import LEAVES_WITHIN, OPENS_BEFORE
from app.attendance.schemas import CorrectionIn, HeadCountIn
from app.attendance.service import closing, codes, correcting
from app.bookings.kinds import BookingState
from app.kit.clock import SCHOOL_TIME
from app.kit.context import Ctx
from app.web import reading
from app.web.console.forms import Field, checked, read_form, typed
from app.web.console.staff import Staff, console_page, remember_form
from app.web.qr import qr_image
from app.web.rendering import send_to

router = APIRouter(include_in_schema=False)
SAYS = [("came", "到了（漏扫）"), ("not_came", "没有来（扫错）"), ("left", "提前离开")]
_COUNT = (Field("counted", "数到几人", "number", True), Field("note", "说明", longest=200))
_CORRECTION = (
    Field("pupil_id", "学生", "choice", True),
    Field("what", "实际情况", "choice", True, SAYS),
    Field("at", "时间", "moment", hint="不写：到了按开始时间，离开按现在"),
    Field("reason", "原因", required=True, longest=200),
)


@router.get("/sessions/{session_id}/roster")
async def show_roster(request: Request, ctx: Staff, session_id: UUID) -> HTMLResponse:
    """Who is expected and who is in; tick names, or tick the few who are missing."""
    return console_page(request, ctx, "roster.html", await _roster(ctx, session_id))


async def _roster(ctx: Ctx, session_id: UUID) -> dict[str, Any]:
    session, rows = await reading.session_roster(ctx, session_id)
    runs = ctx.reach(P.ATTENDANCE_RECORD).covers(session.organization_id)
    begun = session.starts_at - OPENS_BEFORE <= ctx.now
    pupils = [(str(row.id), row.name) for row in rows]
    return {
        "session": session,
        "rows": rows,
        "arrived": sum(1 for row in rows if row.arrived_at is not None),
        "open": session.starts_at - OPENS_BEFORE <= ctx.now <= session.ends_at,
        "leaving": session.starts_at <= ctx.now <= session.ends_at + LEAVES_WITHIN,
        "absent": BookingState.ABSENT,
        "excused": BookingState.EXCUSED,
        "runs": runs,
        "count": await count_of(ctx, session_id) if runs and begun else None,
        "begun": begun,
        "correction": (Field("pupil_id", "学生", "choice", True, pupils), *_CORRECTION[1:]),
        "count_fields": _COUNT,
        "values": {},
        "errors": {},
        "problem": "",
    }


@router.post("/sessions/{session_id}/roster")
async def tick_roster(request: Request, ctx: Staff, session_id: UUID) -> Response:
    """`how=ticked`: these are here. `all_but`: all are here but these. `left`: these have gone."""
    context = await _roster(ctx, session_id)
    remember_form(request, ctx, "roster.html", context)
    form = await read_form(request)
    ticked, how = set(form.many("pupils")), form.one("how")
    if how == "left":
        chosen = [row.id for row in context["rows"] if str(row.id) in ticked and row.arrived_at]
        mark = door.Mark(what=What.OUT)
    else:
        all_but = how == "all_but"
        chosen = [
            row.id
            for row in context["rows"]
            if row.arrived_at is None and (str(row.id) in ticked) is not all_but
        ]
        mark = door.NO_MARK
    outcomes = await door.tick_roster(ctx, session_id, chosen, mark) if chosen else []
    done = sum(1 for outcome in outcomes if outcome.refusal is None)
    refused = [outcome.refusal.text() for outcome in outcomes if outcome.refusal]
    notice = f"已登记 {done} 人{'离开' if how == 'left' else '到场'}。" + (
        f"有 {len(refused)} 人没有成功：{refused[0]}" if refused else ""
    )
    return _back(request, session_id, notice)


def _back(request: Request, session_id: UUID, notice: str) -> Response:
    return send_to(request, f"/console/sessions/{session_id}/roster", notice)


@router.post("/sessions/{session_id}/head-count")
async def count_heads(request: Request, ctx: Staff, session_id: UUID) -> Response:
    context = await _roster(ctx, session_id)
    remember_form(request, ctx, "roster.html", context)
    form = await read_form(request)
    given = {name: value for name, value in typed(form, _COUNT).items() if value is not None}
    body = checked(request, HeadCountIn, given, _COUNT)
    row = await closing.count_heads(ctx, session_id, body.counted, body.note)
    if row.settled_at is not None:
        return _back(request, session_id, f"人数一致，{row.counted} 人。")
    said = f"数到 {row.counted} 人，系统记录在场 {row.arrived} 人。请核对名单，用“更正”补登或说明。"
    return _back(request, session_id, said)


@router.post("/sessions/{session_id}/corrections")
async def correct(request: Request, ctx: Staff, session_id: UUID) -> Response:
    context = await _roster(ctx, session_id)
    form = await read_form(request)
    context["values"] = {field.name: form.one(field.name) for field in _CORRECTION}
    remember_form(request, ctx, "roster.html", context)
    fields = context["correction"]
    given = {name: value for name, value in typed(form, fields).items() if value is not None}
    body = checked(request, CorrectionIn, given, fields)
    row = await correcting.correct(ctx, session_id, body.model_dump())
    if row.state == "pending":
        return _back(request, session_id, "活动结束超过 24 小时：已提交，等另一位老师确认后生效。")
    return _back(request, session_id, "已更正，原来的记录保留。")


@router.get("/sessions/{session_id}/code")
async def show_code(request: Request, ctx: Staff, session_id: UUID) -> HTMLResponse:
    """The full-screen code; it changes by itself, without scripts by a button."""
    await codes.open_display(ctx, session_id)
    word, left = await codes.current_code(ctx, session_id)
    session, activity = await access_session(ctx, session_id, P.ATTENDANCE_RECORD)
    count = await count_of(ctx, session_id)
    base_url = request.app.state.settings.base_url
    context = {
        "session": session,
        "title": activity.title,
        "qr": qr_image(f"{base_url}/c/{word}"),
        "left": left,
        "count": count,
        "now": ctx.now.astimezone(SCHOOL_TIME),
    }
    return console_page(request, ctx, "code_screen.html", context)
