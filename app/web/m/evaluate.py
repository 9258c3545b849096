"""Saying what a visit was like, on the phone: open, one row of stars, send."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from app.evaluations.kinds import VISITOR_ITEMS
from app.evaluations.queries import own_evaluation, standing_of
from app.evaluations.rules import closes_at
from app.evaluations.schemas import EvaluationIn
from app.evaluations.service.rating import evaluate
from app.kit.context import Ctx
from app.kit.errors import NotFound
from app.people.schemas import PupilBrief
from app.web.console.forms import Field, checked, read_form
from app.web.m.family import Family, children, framed
from app.web.rendering import page, send_to
from app.web.star_forms import chosen, stars_of

router = APIRouter(include_in_schema=False)
_FIELDS = (Field("said", "想说的话"), Field("scores", "打分"))


async def _context(request: Request, ctx: Ctx, session_id: UUID, pupil_id: UUID) -> dict[str, Any]:
    pupils, _ = await children(request, ctx)
    child: PupilBrief | None = next((one for one in pupils if one.id == pupil_id), None)
    if child is None:
        raise NotFound
    standing, _ = await standing_of(ctx, session_id)
    row = await own_evaluation(ctx, session_id, pupil_id)
    context = {
        "standing": standing,
        "until": closes_at(standing.ends_at),
        "items": VISITOR_ITEMS,
        "stars_given": chosen(row.scores if row else None),
        "said": row.said if row else "",
        "row": row,
        "problem": "",
    }
    return framed(request, pupils, child, context)


@router.get("/evaluate/{session_id}/{pupil_id}")
async def show_form(
    request: Request, ctx: Family, session_id: UUID, pupil_id: UUID
) -> HTMLResponse:
    return page(request, "m/evaluate.html", await _context(request, ctx, session_id, pupil_id))


@router.post("/evaluate/{session_id}/{pupil_id}")
async def send(request: Request, ctx: Family, session_id: UUID, pupil_id: UUID) -> Response:
    form = await read_form(request)
    context = await _context(request, ctx, session_id, pupil_id)
    scores = stars_of(form, VISITOR_ITEMS)
    context |= {"stars_given": chosen(scores), "said": form.one("said")}
    request.state.form = ("m/evaluate.html", context)
    given = {"pupil_id": pupil_id, "scores": scores, "said": form.one("said")}
    body = checked(request, EvaluationIn, given, _FIELDS)
    await evaluate(ctx, session_id, body.model_dump())
    return send_to(request, "/m/bookings", "谢谢！评价已收到，截止以前可以再改。")
