"""Handing in a task sheet: pictures of the paper, answers on the screen, or both."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select

from app.audit import service as audit
from app.evaluations import statements
from app.evaluations.access import SheetOfVisit, access_handing
from app.evaluations.errors import HandedInTooOften, NotThere, SheetClosed, SheetDone
from app.evaluations.kinds import GOOD_STATES, STATE_WORDS
from app.evaluations.models import SubmissionPicture, TaskSubmission
from app.evaluations.rules import CLOSED_AFTER, Given, checked_answers, due_at
from app.files.service import Cleaned, keep_file
from app.kit.clock import say_moment
from app.kit.context import Ctx
from app.kit.ids import new_id
from app.moderation.service import refuse_forbidden

MOST_TIMES = 10


async def hand_in(
    ctx: Ctx,
    session_id: UUID,
    pupil_id: UUID,
    answers: Mapping[int, Given],
    pictures: Sequence[Cleaned],
    nonce: str | None = None,
) -> TaskSubmission:
    """By the family or a teacher, once the child was seen there. Late is taken and marked.

    Until it is passed it may be handed in again: the new one counts, the old ones stay. The
    same `nonce` again gives the same submission.
    """
    found = await access_handing(ctx, session_id, pupil_id)
    await ctx.conn.execute(statements.ALONE, {"session": session_id, "pupil": pupil_id})
    before = await _before(ctx, session_id, pupil_id)
    if nonce is not None:
        same = next((row for row in before if row.nonce == nonce), None)
        if same is not None:
            return same
    _require_open(ctx, found, before)
    kept = checked_answers(found.sheet.questions, answers, len(pictures))
    await refuse_forbidden(ctx, [one["value"] for one in kept])
    row = TaskSubmission(
        id=new_id(),
        district_id=ctx.district_id,
        task_sheet_id=found.sheet.id,
        session_id=session_id,
        pupil_id=pupil_id,
        number=len(before) + 1,
        answers=kept,
        is_late=ctx.now >= due_at(found.visit.starts_at, found.sheet.due_days),
        nonce=nonce,
        submitted_by=ctx.actor.person_id,
    )
    ctx.db.add(row)
    await ctx.db.flush()
    await _keep_pictures(ctx, row.id, pictures)
    await audit.record(
        ctx,
        "task_submission:create",
        "task_submission",
        row.id,
        pupil_id=pupil_id,
        detail={"pictures": len(pictures), "answers": len(kept)},
    )
    await ctx.db.refresh(row)
    return row


async def _before(ctx: Ctx, session_id: UUID, pupil_id: UUID) -> list[TaskSubmission]:
    stmt = (
        select(TaskSubmission)
        .where(
            TaskSubmission.district_id == ctx.district_id,
            TaskSubmission.session_id == session_id,
            TaskSubmission.pupil_id == pupil_id,
        )
        .order_by(TaskSubmission.number)
    )
    return list((await ctx.db.execute(stmt)).scalars())


def _require_open(ctx: Ctx, found: SheetOfVisit, before: Sequence[TaskSubmission]) -> None:
    if found.visit.arrived_at is None:
        raise NotThere(pupil=found.visit.pupil_name)
    until = due_at(found.visit.starts_at, found.sheet.due_days)
    if ctx.now >= until + CLOSED_AFTER:
        raise SheetClosed(until=say_moment(until))
    if before and before[-1].state in GOOD_STATES:
        raise SheetDone(state=STATE_WORDS[before[-1].state])
    if len(before) >= MOST_TIMES:
        raise HandedInTooOften(limit=MOST_TIMES)


async def _keep_pictures(ctx: Ctx, submission_id: UUID, pictures: Sequence[Cleaned]) -> None:
    for number, picture in enumerate(pictures, start=1):
        kept = await keep_file(ctx, picture)
        ctx.db.add(
            SubmissionPicture(
                district_id=ctx.district_id,
                submission_id=submission_id,
                number=number,
                file_id=kept.id,
            )
        )
    await ctx.db.flush()
