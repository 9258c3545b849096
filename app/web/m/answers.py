"""报名信息 of a booking that stands: what the class or school that booked left open, or a change."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from app.bookings.queries import answers_to, booking_form
from app.bookings.rules import YES_NO_WORDS
from app.bookings.service import change_answers
from app.kit.context import Ctx
from app.web.console.forms import read_form
from app.web.m.booking_form import given_for, refill
from app.web.m.family import Family, children, framed
from app.web.m.reading import family_booking
from app.web.rendering import page, send_to

router = APIRouter(include_in_schema=False)


async def _page(request: Request, ctx: Ctx, booking_id: UUID) -> dict[str, Any]:
    row = await family_booking(ctx, booking_id)
    pupils, chosen = await children(request, ctx)
    _, questions = await booking_form(ctx, row.session_id)
    given = (await answers_to(ctx, [booking_id])).get(booking_id, [])
    context = {
        "row": row,
        "pupil": next(pupil for pupil in pupils if pupil.id == row.pupil_id),
        "several": False,
        "questions": questions,
        "yes_no": list(YES_NO_WORDS.items()),
        "filled": {f"f-{one.field_id}-{row.pupil_id}": one.value for one in given},
        "problem": "",
    }
    return framed(request, pupils, chosen, context)


@router.get("/bookings/{booking_id}/answers")
async def show_answers(request: Request, ctx: Family, booking_id: UUID) -> HTMLResponse:
    return page(request, "m/answers.html", await _page(request, ctx, booking_id))


@router.post("/bookings/{booking_id}/answers")
async def answer(request: Request, ctx: Family, booking_id: UUID) -> Response:
    """What is written takes the place of what was; a refusal keeps it on the page."""
    context = await _page(request, ctx, booking_id)
    request.state.form = ("m/answers.html", context)
    form = await read_form(request)
    refill(context, form)
    given = given_for(form, context["row"].pupil_id)
    await change_answers(ctx, booking_id, given.answers)
    return send_to(request, "/m/bookings", "报名信息已保存，主办单位看得到。")
