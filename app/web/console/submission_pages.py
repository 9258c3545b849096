"""The teacher's desk for task sheets: the grid of a session, one sheet, handing in for a child."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from app.activities.kinds import SheetVerdict
from app.evaluations.permissions import P
from app.evaluations.queries import own_phrases, read_picture, read_submission, sheet_grid
from app.evaluations.schemas import ReviewIn
from app.evaluations.service.reviewing import drop_phrase, pass_many, review
from app.files.uploads import LARGEST_PICTURES, Pictures
from app.kit.context import Ctx
from app.web import labels, reading
from app.web.console.bulk import NothingChosen
from app.web.console.forms import Field, checked, read_form
from app.web.console.staff import Staff, console_page, remember_form
from app.web.pictures import shown
from app.web.rendering import send_to
from app.web.sheet_forms import filled_of, sheet_context, take_sheet

router = APIRouter(include_in_schema=False)
_REVIEW = (
    Field("verdict", "结果", required=True),
    Field("comment", "评语", longest=200),
)


@router.get("/sessions/{session_id}/sheets")
async def show_grid(request: Request, ctx: Staff, session_id: UUID) -> HTMLResponse:
    """Who has handed in, who has not; tick and pass."""
    rows = await sheet_grid(ctx, session_id, None)
    titles = await reading.session_titles(ctx, [session_id])
    context = {
        "rows": rows,
        "session": titles[session_id],
        "session_id": session_id,
        "handed": sum(row.state is not None for row in rows),
        "waiting": sum(row.state == "submitted" for row in rows),
        "masked": any(row.pupil_id is None for row in rows),
        "labels": labels,
    }
    return console_page(request, ctx, "sheet_grid.html", context)


@router.post("/sessions/{session_id}/sheets/pass")
async def pass_ticked(request: Request, ctx: Staff, session_id: UUID) -> Response:
    form = await read_form(request)
    ticked = [UUID(one) for one in form.many("ids")[:200] if _is_uuid(one)]
    if not ticked:
        raise NothingChosen
    done = await pass_many(ctx, ticked)
    said = f"已通过 {done.passed} 份。"
    if done.refused:
        said += f"有 {done.refused} 份已经评过或孩子又交了新的，没有改动。"
    return send_to(request, f"/console/sessions/{session_id}/sheets", said)


def _is_uuid(value: str) -> bool:
    try:
        UUID(value)
    except ValueError:
        return False
    return True


@router.get("/submissions/{submission_id}")
async def show_submission(request: Request, ctx: Staff, submission_id: UUID) -> HTMLResponse:
    return console_page(request, ctx, "submission.html", await _context(ctx, submission_id))


async def _context(ctx: Ctx, submission_id: UUID) -> dict[str, Any]:
    page = await read_submission(ctx, submission_id)
    titles = await reading.session_titles(ctx, [page.session_id])
    reviews = P.SHEET_REVIEW in ctx.actor.permissions and not page.pupil_name.endswith("*")
    return {
        "page": page,
        "session": titles[page.session_id],
        "may_review": reviews,
        "phrases": await own_phrases(ctx) if reviews else [],
        "comment": "",
        "labels": labels,
        "problem": "",
    }


@router.post("/submissions/{submission_id}/review")
async def judge(request: Request, ctx: Staff, submission_id: UUID) -> Response:
    """One button a verdict; the comment is typed, or one of the own bank."""
    form = await read_form(request)
    context = await _context(ctx, submission_id)
    typed = form.one("comment")
    said = typed or form.one("phrase")
    remember_form(request, ctx, "submission.html", {**context, "comment": typed})
    given = {"verdict": form.one("verdict"), "comment": said, "keep": form.one("keep") == "1"}
    body = checked(request, ReviewIn, given, _REVIEW)
    row = await review(ctx, submission_id, body.verdict, body.comment, keep=body.keep)
    words = {SheetVerdict.RETURNED: "已退回，家长会收到通知。"}
    notice = words.get(body.verdict, f"已评为“{labels.SHEET_STATES[row.state]}”。")
    return send_to(request, f"/console/sessions/{row.session_id}/sheets", notice)


@router.post("/submissions/phrases/{phrase_id}/drop")
async def forget_phrase(request: Request, ctx: Staff, phrase_id: UUID) -> Response:
    await drop_phrase(ctx, phrase_id)
    return send_to(request, "/console/sheets", "已从评语库删除。")


@router.get("/submissions/{submission_id}/pictures/{number}")
async def show_picture(ctx: Staff, submission_id: UUID, number: int) -> Response:
    return shown(await read_picture(ctx, submission_id, number))


@router.get("/sessions/{session_id}/sheets/{pupil_id}")
async def show_handing(
    request: Request, ctx: Staff, session_id: UUID, pupil_id: UUID
) -> HTMLResponse:
    """A teacher photographs a child's sheet."""
    context = await sheet_context(ctx, session_id, pupil_id)
    return console_page(request, ctx, "hand_in.html", context)


@router.post("/sessions/{session_id}/sheets/{pupil_id}", max_body_size=LARGEST_PICTURES)
async def hand_in_for(
    request: Request, files: Pictures, ctx: Staff, session_id: UUID, pupil_id: UUID
) -> Response:
    form = await read_form(request)
    context = await sheet_context(ctx, session_id, pupil_id)
    remember_form(request, ctx, "hand_in.html", {**context, "filled": filled_of(form)})
    row = await take_sheet(ctx, session_id, pupil_id, form, files)
    return send_to(request, f"/console/submissions/{row.id}", "已交，请评阅。")
