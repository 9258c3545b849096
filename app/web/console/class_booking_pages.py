"""A class booking in the console: the teacher's form, and one page for teacher, school and unit."""

from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from app.bookings import service
from app.bookings.kinds import STANDING, ClassBookingState
from app.bookings.permissions import P
from app.bookings.queries import read_class_booking, unanswered
from app.bookings.schemas import ClassBookingIn, DeclineIn
from app.kit.clock import say_moment
from app.kit.context import Ctx
from app.people.queries import pupil_briefs
from app.web import reading
from app.web.console.editing import submitted
from app.web.console.forms import Field, checked, read_form, typed
from app.web.console.reading import classes_to_bring, sessions_for_classes
from app.web.console.screens_class_bookings import state_badge
from app.web.console.sheets import sheet
from app.web.console.staff import Staff, console_page, remember_form
from app.web.rendering import send_to

router = APIRouter(include_in_schema=False)
_PATH = "/console/class-bookings"
_REASON = Field("reason", "原因", required=True, longest=200, hint="会告诉发起的老师")
_STEPS = (
    (ClassBookingState.DRAFTED, P.CLASS_BOOKING_CONFIRM, "confirm", "学校确认"),
    (ClassBookingState.HEAD_CONFIRMED, P.CLASS_BOOKING_SETTLE, "accept", "接受这个班"),
)


async def _fields(ctx: Ctx) -> list[Field]:
    sessions = [
        (str(row.id), f"{row.title} {say_moment(row.starts_at)}（剩 {row.seats_left}）")
        for row in await sessions_for_classes(ctx)
    ]
    classes = await classes_to_bring(ctx, P.CLASS_BOOKING_CREATE)
    return [
        Field("session_id", "场次", "choice", True, sessions, "只列出整班预约的场次"),
        Field("class_id", "班级", "choice", True, classes),
        Field("adults", "带队成人", "number", True, hint="每 10 名学生至少 1 名，幼儿园每 6 名"),
        Field("bus_note", "用车说明", longest=200, hint="例如 大巴一辆，8:30 校门口出发"),
        Field("confirm_by", "学校最晚确认", "moment", hint="不填为一周内；过期自动取消"),
    ]


def _sheet(fields: list[Field], values: dict[str, Any]) -> dict[str, Any]:
    return sheet(
        "新的整班预约",
        [("整班预约", _PATH)],
        _PATH,
        fields,
        values,
        intro="提交后先为全班占住名额；学校按时确认、单位一周内接受后，名额才算定下并通知家长；任何一方到期没有答复，名额自动放开。",
        button="占名额并请学校确认",
    )


@router.get("/class-bookings/new")
async def new_class_booking(request: Request, ctx: Staff) -> HTMLResponse:
    ctx.require(P.CLASS_BOOKING_CREATE)
    return console_page(request, ctx, "sheet.html", _sheet(await _fields(ctx), {}))


@router.post("/class-bookings")
async def draft_class_booking(request: Request, ctx: Staff) -> Response:
    ctx.require(P.CLASS_BOOKING_CREATE)
    form = await read_form(request)
    fields = await _fields(ctx)
    remember_form(request, ctx, "sheet.html", _sheet(fields, submitted(form, fields)))
    given = {name: value for name, value in typed(form, fields).items() if value}
    body = checked(request, ClassBookingIn, given, fields)
    row = await service.draft_class_booking(ctx, body.model_dump())
    return send_to(request, f"{_PATH}/{row.id}", "已为全班占住名额，并请学校确认。")


@router.get("/class-bookings/{class_booking_id}")
async def show_class_booking(request: Request, ctx: Staff, class_booking_id: UUID) -> HTMLResponse:
    context = await _page(ctx, class_booking_id)
    return console_page(request, ctx, "class_booking.html", context)


async def _page(ctx: Ctx, class_booking_id: UUID) -> dict[str, Any]:
    row, pupils = await read_class_booking(ctx, class_booking_id)
    session = (await reading.session_titles(ctx, [row.session_id]))[row.session_id]
    briefs = await pupil_briefs(ctx, pupils)
    silent = await unanswered(ctx, class_booking_id)
    state, held = ClassBookingState(row.state), ctx.actor.permissions
    return {
        "row": row,
        "session": session,
        "class_name": (await reading.class_names(ctx, [row.class_id])).get(row.class_id, ""),
        "pupils": sorted(brief.name for brief in briefs.values()),
        "silent": sorted(briefs[pupil_id].name for pupil_id in silent),
        "badge_of": state_badge(state),
        "step": next(
            ((verb, word) for at, right, verb, word in _STEPS if at is state and right in held),
            None,
        ),
        "may_decline": state is ClassBookingState.HEAD_CONFIRMED and P.CLASS_BOOKING_SETTLE in held,
        "may_release": state in STANDING and P.CLASS_BOOKING_CREATE in held,
        "reason_field": _REASON,
        "values": {},
        "errors": {},
        "problem": "",
    }


@router.post("/class-bookings/{class_booking_id}/confirm")
async def confirm(request: Request, ctx: Staff, class_booking_id: UUID) -> Response:
    await service.confirm_class_booking(ctx, class_booking_id)
    return send_to(request, f"{_PATH}/{class_booking_id}", "已确认，并请单位接受。")


@router.post("/class-bookings/{class_booking_id}/accept")
async def accept(request: Request, ctx: Staff, class_booking_id: UUID) -> Response:
    await service.accept_class_booking(ctx, class_booking_id)
    return send_to(request, f"{_PATH}/{class_booking_id}", "已接受，老师和家长会收到通知。")


@router.post("/class-bookings/{class_booking_id}/{verb}")
async def give_up(
    request: Request, ctx: Staff, class_booking_id: UUID, verb: Literal["decline", "release"]
) -> Response:
    """The unit declines, or teacher and school give it up; both say why."""
    form = await read_form(request)
    remember_form(request, ctx, "class_booking.html", await _page(ctx, class_booking_id))
    body = checked(request, DeclineIn, typed(form, [_REASON]), [_REASON])
    if verb == "decline":
        await service.decline_class_booking(ctx, class_booking_id, body.reason)
    else:
        await service.release_class_booking(ctx, class_booking_id, body.reason)
    return send_to(request, f"{_PATH}/{class_booking_id}", "已取消，名额已放开。")
