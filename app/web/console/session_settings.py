"""One date's seats and limits, changed after it was made."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from pydantic import AwareDatetime
from starlette.responses import Response

from app.activities.access import access_session
from app.activities.errors import (
    CancelLimitWrong,
    CapacityBelowBooked,
    ReserveTooLarge,
    ReserveWithoutEnd,
    TimesOutOfOrder,
)
from app.activities.models import Session
from app.activities.permissions import P
from app.activities.schemas import Capacity
from app.activities.service.sessions import change_session
from app.kit.bounds import Wire
from app.kit.context import Ctx
from app.kit.errors import DomainError
from app.web import labels
from app.web.console.editing import submitted
from app.web.console.forms import Field, checked, read_form, typed
from app.web.console.session_forms import at_fields
from app.web.console.sheets import sheet
from app.web.console.staff import Staff, console_page, remember_form
from app.web.rendering import send_to, templates

router = APIRouter(include_in_schema=False)
_ACTIVITIES = "/console/activities"
_FIELDS = (
    Field("capacity", "名额", "number", True, hint="不能少于已占用的；增加时候补会自动递补"),
    Field("booking_closes_at", "预约截止", "moment", True),
    Field("cancel_until", "最晚取消", "moment", hint="不填则开始前都可以取消"),
)
_RESERVE = Field("reserve_until", "各校预留到", "moment", True, hint="之后没用完的向所有人放开")
_PLACES: dict[type[DomainError], str] = {
    CancelLimitWrong: "cancel_until",
    CapacityBelowBooked: "capacity",
    ReserveTooLarge: "capacity",
    ReserveWithoutEnd: "reserve_until",
    TimesOutOfOrder: "booking_closes_at",
}


class SettingsForm(Wire):
    """The page as it is sent: what must be there is there."""

    capacity: Capacity
    booking_closes_at: AwareDatetime
    cancel_until: AwareDatetime | None = None


class ReservedForm(SettingsForm):
    reserve_until: AwareDatetime


def _fields(session: Session) -> tuple[Field, ...]:
    return (*_FIELDS, _RESERVE) if session.reserve_percent else _FIELDS


async def _page(ctx: Ctx, session_id: UUID) -> tuple[UUID, dict[str, Any]]:
    session, activity = await access_session(ctx, session_id, P.ACTIVITY_EDIT)
    local = templates.env.filters["local_input"]
    values = {
        "capacity": session.capacity,
        "booking_closes_at": local(session.booking_closes_at),
        "cancel_until": local(session.cancel_until) if session.cancel_until else "",
        "reserve_until": local(session.reserve_until) if session.reserve_until else "",
    }
    moment = templates.env.filters["moment"]
    intro = f"{moment(session.starts_at)}这一场，名额给法：{labels.SESSION_MODES[session.mode]}。"
    context = sheet(
        "改名额和期限",
        [("活动", _ACTIVITIES), (activity.title, f"{_ACTIVITIES}/{activity.id}")],
        f"/console/sessions/{session_id}/settings",
        _fields(session),
        values,
        intro=intro,
        version=session.version,
    )
    return activity.id, context


@router.get("/sessions/{session_id}/settings")
async def show_settings(request: Request, ctx: Staff, session_id: UUID) -> HTMLResponse:
    _, context = await _page(ctx, session_id)
    return console_page(request, ctx, "sheet.html", context)


@router.post("/sessions/{session_id}/settings")
async def change_settings(request: Request, ctx: Staff, session_id: UUID) -> Response:
    """Everything that is wrong comes back at its field; nothing is half changed."""
    activity_id, context = await _page(ctx, session_id)
    form, fields, before = await read_form(request), context["fields"], context["values"]
    context["values"] = submitted(form, fields)
    remember_form(request, ctx, "sheet.html", context)
    given = {name: value for name, value in typed(form, fields).items() if value is not None}
    schema = ReservedForm if _RESERVE in fields else SettingsForm
    body = checked(request, schema, given, fields).model_dump()
    # The form shows minutes: what was not touched is not rounded to them.
    change = {name: body[name] for name in body if form.one(name) != str(before[name])}
    with at_fields(request, _PLACES):
        await change_session(ctx, session_id, change, form.version())
    return send_to(request, f"{_ACTIVITIES}/{activity_id}", "已保存。")
