"""HTTP for task sheets that are handed in, and for evaluations."""

import hashlib
import json
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from pydantic import ValidationError

from app.evaluations import queries
from app.evaluations.errors import AnswersUnreadable
from app.evaluations.schemas import (
    AlertOut,
    AnsweredOut,
    AnswersIn,
    AnswerTextIn,
    AveragesOut,
    EvaluationIn,
    EvaluationOut,
    GridRow,
    HandedIn,
    OwnSheetOut,
    PassedOut,
    PassIn,
    PhraseIn,
    PhraseOut,
    ResultsOut,
    ReviewIn,
    SettleIn,
    SubmissionOut,
    SubmissionPage,
)
from app.evaluations.service import answering, handing, printing, rating, reviewing
from app.files.uploads import LARGEST_PICTURES, Pictures
from app.kit.deps import Authed, OnceDep
from app.kit.http import PDF, Cursor, PageSize, download, page_of
from app.kit.paging import Page

router = APIRouter(tags=["evaluations"])


@router.get("/pupils/{pupil_id}/task-sheets")
async def list_own_sheets(pupil_id: UUID, ctx: Authed) -> Page[OwnSheetOut]:
    """The sheets of an own child: what is to do, until when, and how it stands."""
    return Page(items=await queries.own_sheets(ctx, pupil_id))


@router.post(
    "/sessions/{session_id}/pupils/{pupil_id}/task-submissions",
    status_code=201,
    max_body_size=LARGEST_PICTURES,
)
async def hand_in(
    session_id: UUID,
    pupil_id: UUID,
    files: Pictures,
    ctx: Authed,
    once: OnceDep,
    answers: Annotated[str, Form(max_length=40_000, description="JSON: AnswersIn")] = "{}",
) -> SubmissionOut:
    """Up to six pictures (`files`) and the answers; handing in again keeps what was there."""
    body = _read(answers)
    digests = [hashlib.sha256(file.content).hexdigest() for file in files]

    async def use_case() -> SubmissionOut:
        row = await handing.hand_in(ctx, session_id, pupil_id, body.given(), files)
        return SubmissionOut.model_validate(row)

    given = HandedIn(answers=body.answers, pictures=digests)
    return await once.run(ctx, given, use_case, 201)


def _read(answers: str) -> AnswersIn:
    try:
        return AnswersIn.model_validate(json.loads(answers))
    except (ValueError, ValidationError, RecursionError) as exc:
        raise AnswersUnreadable from exc


@router.get("/sessions/{session_id}/pupils/{pupil_id}/task-submissions")
async def list_submissions(session_id: UUID, pupil_id: UUID, ctx: Authed) -> Page[SubmissionOut]:
    """Everything a child handed in for this session, newest first."""
    rows = await queries.submissions_of(ctx, session_id, pupil_id)
    return Page(items=[SubmissionOut.model_validate(row) for row in rows])


@router.get("/sessions/{session_id}/task-submissions")
async def read_grid(session_id: UUID, ctx: Authed, class_id: UUID | None = None) -> Page[GridRow]:
    """The children of a session with their newest submission; the unit sees masked names."""
    return Page(items=await queries.sheet_grid(ctx, session_id, class_id))


@router.post("/sessions/{session_id}/task-sheets", response_class=Response)
async def print_sheets(
    session_id: UUID, ctx: Authed, request: Request, class_id: UUID | None = None
) -> Response:
    """A PDF with a page a child, each with the code that leads to where it is handed in."""
    printed = await printing.print_sheets(
        ctx, session_id, class_id, request.app.state.settings.base_url
    )
    return download(printed.pdf, f"{printed.title}.pdf", PDF)


@router.get("/task-submissions/{submission_id}")
async def read_submission(submission_id: UUID, ctx: Authed) -> SubmissionPage:
    return await queries.read_submission(ctx, submission_id)


@router.get("/task-submissions/{submission_id}/pictures/{number}", response_class=Response)
async def read_picture(submission_id: UUID, number: int, ctx: Authed) -> Response:
    found = await queries.read_picture(ctx, submission_id, number)
    return download(found.content, found.name, found.media)


@router.post("/task-submissions/{submission_id}/reviews")
async def review(submission_id: UUID, ctx: Authed, body: ReviewIn) -> SubmissionOut:
    """通过, 优秀 or 退回; a second judgement takes the first one back."""
    row = await reviewing.review(ctx, submission_id, body.verdict, body.comment, keep=body.keep)
    return SubmissionOut.model_validate(row)


@router.post("/task-submissions/pass")
async def pass_many(ctx: Authed, body: PassIn) -> PassedOut:
    """通过 for all of these that still wait."""
    return await reviewing.pass_many(ctx, body.submission_ids)


@router.get("/comment-phrases")
async def list_phrases(ctx: Authed) -> Page[PhraseOut]:
    """The own bank of comments."""
    return Page(items=[PhraseOut.model_validate(row) for row in await queries.own_phrases(ctx)])


@router.post("/comment-phrases", status_code=201)
async def keep_phrase(ctx: Authed, body: PhraseIn) -> PhraseOut:
    return PhraseOut.model_validate(await reviewing.keep_phrase(ctx, body.words))


@router.delete("/comment-phrases/{phrase_id}", status_code=204)
async def drop_phrase(phrase_id: UUID, ctx: Authed) -> None:
    await reviewing.drop_phrase(ctx, phrase_id)


@router.put("/sessions/{session_id}/evaluation")
async def evaluate(session_id: UUID, ctx: Authed, body: EvaluationIn) -> EvaluationOut:
    """Say or change what a visit was like; possible until the evaluation closes."""
    row = await rating.evaluate(ctx, session_id, body.model_dump())
    return EvaluationOut.model_validate(row)


@router.get("/sessions/{session_id}/evaluation")
async def read_results(session_id: UUID, ctx: Authed) -> ResultsOut:
    return await queries.results(ctx, session_id)


@router.post("/sessions/{session_id}/evaluation-answer", status_code=201)
async def answer(session_id: UUID, ctx: Authed, once: OnceDep, body: AnswerTextIn) -> AnsweredOut:
    """The unit's one public answer."""

    async def use_case() -> AnsweredOut:
        return AnsweredOut.model_validate(await answering.answer(ctx, session_id, body.said))

    return await once.run(ctx, body, use_case, 201)


@router.get("/activities/{activity_id}/evaluation")
async def read_averages(activity_id: UUID, ctx: Authed) -> AveragesOut:
    """What families read about an activity."""
    return await queries.activity_averages(ctx, activity_id)


@router.get("/evaluation-alerts")
async def list_alerts(
    request: Request,
    ctx: Authed,
    open_only: bool = True,
    cursor: Cursor = None,
    limit: PageSize = 50,
) -> Page[AlertOut]:
    return page_of(AlertOut, request, await queries.list_alerts(ctx, open_only, cursor, limit))


@router.post("/evaluation-alerts/{alert_id}/settle")
async def settle_alert(alert_id: UUID, ctx: Authed, body: SettleIn) -> AlertOut:
    return AlertOut.model_validate(await answering.settle_alert(ctx, alert_id, body.note))
