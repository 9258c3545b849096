"""A session's evaluation in the console: say it as teacher or unit, read it once closed, answer it."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from app.evaluations.kinds import UNIT_ITEMS, VISITOR_ITEMS
from app.evaluations.permissions import P
from app.evaluations.queries import own_evaluation, results, standing_of
from app.evaluations.schemas import AnswerTextIn, EvaluationIn
from app.evaluations.service.answering import answer
from app.evaluations.service.rating import evaluate
from app.kit.context import Ctx
from app.web.console.forms import Field, checked, read_form
from app.web.console.staff import Staff, console_page, remember_form
from app.web.rendering import send_to
from app.web.star_forms import chosen, stars_of

router = APIRouter(include_in_schema=False)
_FIELDS = (Field("said", "文字"), Field("scores", "打分"))


async def _context(ctx: Ctx, session_id: UUID) -> dict[str, Any]:
    found = await results(ctx, session_id)
    standing, came = await standing_of(ctx, session_id)
    unit = ctx.reach(P.EVALUATION_WRITE).covers(standing.organization_id)
    teaches = any(row.id in ctx.reach(P.EVALUATION_WRITE).classes for row in came)
    forms = []
    if not found.closed and unit:
        for row in came:
            own = await own_evaluation(ctx, session_id, row.id)
            forms.append((f"评价{row.name}", str(row.id), UNIT_ITEMS, own))
    elif not found.closed and teaches and ctx.actor.person_id is not None:
        own = await own_evaluation(ctx, session_id, ctx.actor.person_id)
        forms.append(("带队老师的评价", "", VISITOR_ITEMS, own))
    return {
        "found": found,
        "standing": standing,
        "came": sum(row.came for row in came),
        "items": VISITOR_ITEMS,
        "unit_items": UNIT_ITEMS,
        "forms": [(*one[:3], chosen(one[3].scores if one[3] else None), one[3]) for one in forms],
        "may_answer": found.closed
        and not found.answered
        and ctx.reach(P.EVALUATION_ANSWER).covers(standing.organization_id),
        "problem": "",
    }


@router.get("/sessions/{session_id}/evaluation")
async def show(request: Request, ctx: Staff, session_id: UUID) -> HTMLResponse:
    return console_page(request, ctx, "evaluation.html", await _context(ctx, session_id))


@router.post("/sessions/{session_id}/evaluation")
async def say(request: Request, ctx: Staff, session_id: UUID) -> Response:
    form = await read_form(request)
    remember_form(request, ctx, "evaluation.html", await _context(ctx, session_id))
    class_id = form.one("class_id") or None
    scores = stars_of(form, UNIT_ITEMS if class_id else VISITOR_ITEMS)
    given = {"class_id": class_id, "scores": scores, "said": form.one("said")}
    body = checked(request, EvaluationIn, given, _FIELDS)
    await evaluate(ctx, session_id, body.model_dump())
    return send_to(request, f"/console/sessions/{session_id}/evaluation", "评价已保存。")


@router.post("/sessions/{session_id}/evaluation/answer")
async def respond(request: Request, ctx: Staff, session_id: UUID) -> Response:
    form = await read_form(request)
    remember_form(request, ctx, "evaluation.html", await _context(ctx, session_id))
    body = checked(request, AnswerTextIn, {"said": form.one("said")}, _FIELDS)
    await answer(ctx, session_id, body.said)
    said = "已提交，审核通过后家长就能看到。"
    return send_to(request, f"/console/sessions/{session_id}/evaluation", said)
