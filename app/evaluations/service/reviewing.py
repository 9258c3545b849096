"""A teacher's judgement of task sheets, one by one or many at once, and the bank of comments."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert as pg_insert

from app.activities.events import SheetReviewed
from app.activities.kinds import SheetVerdict
from app.audit import service as audit
from app.evaluations.access import access_handing, access_submission
from app.evaluations.errors import CommentMissing, Superseded
from app.evaluations.kinds import SubmissionState
from app.evaluations.models import CommentPhrase, SheetReview, TaskSubmission
from app.evaluations.permissions import P
from app.evaluations.schemas import PassedOut
from app.kit.context import Ctx
from app.kit.db import savepoint
from app.kit.errors import DomainError, NotFound
from app.kit.ids import new_id
from app.people.queries import own_id

MOST_PHRASES = 100


async def review(
    ctx: Ctx, submission_id: UUID, verdict: SheetVerdict, comment: str, *, keep: bool = False
) -> TaskSubmission:
    """通过, 优秀 or 退回 (with what to change). A second judgement takes the first one back.

    Only the newest submission of a child is judged; the same judgement again changes nothing.
    """
    row, _ = await access_submission(ctx, submission_id, P.SHEET_REVIEW, lock=True)
    await _require_newest(ctx, row)
    if verdict is SheetVerdict.RETURNED and not comment:
        raise CommentMissing
    if keep and comment:
        await keep_phrase(ctx, comment[:100])
    before = await _last(ctx, row.id)
    if before is not None and (before.verdict, before.comment) == (verdict, comment):
        return row
    one = SheetReview(
        id=new_id(),
        district_id=ctx.district_id,
        submission_id=row.id,
        verdict=verdict,
        comment=comment,
        person_id=ctx.actor.person_id,
    )
    ctx.db.add(one)
    row.state = SubmissionState(verdict.value)
    await ctx.db.flush()
    await audit.record(
        ctx,
        f"task_submission:{verdict.value}",
        "task_submission",
        row.id,
        pupil_id=row.pupil_id,
    )
    await _tell(ctx, row, one, before)
    return row


async def _tell(
    ctx: Ctx, row: TaskSubmission, one: SheetReview, before: SheetReview | None
) -> None:
    found = await access_handing(ctx, row.session_id, row.pupil_id, P.SHEET_REVIEW)
    visit = found.visit
    await ctx.emit(
        SheetReviewed(
            one.id,
            row.session_id,
            row.pupil_id,
            visit.pupil_name,
            visit.title,
            SheetVerdict(one.verdict),
            one.comment,
            SheetVerdict(before.verdict) if before is not None else None,
            tuple(visit.guardians),
        )
    )


async def _require_newest(ctx: Ctx, row: TaskSubmission) -> None:
    stmt = select(func.max(TaskSubmission.number)).where(
        TaskSubmission.district_id == ctx.district_id,
        TaskSubmission.session_id == row.session_id,
        TaskSubmission.pupil_id == row.pupil_id,
    )
    if (await ctx.conn.execute(stmt)).scalar_one() != row.number:
        raise Superseded


async def _last(ctx: Ctx, submission_id: UUID) -> SheetReview | None:
    stmt = (
        select(SheetReview)
        .where(
            SheetReview.district_id == ctx.district_id, SheetReview.submission_id == submission_id
        )
        .order_by(SheetReview.at.desc(), SheetReview.id.desc())
        .limit(1)
    )
    return (await ctx.db.execute(stmt)).scalar_one_or_none()


async def pass_many(ctx: Ctx, submission_ids: Sequence[UUID]) -> PassedOut:
    """通过 for each that still waits; one that was judged or superseded meanwhile is left alone."""
    ctx.require(P.SHEET_REVIEW)
    passed = refused = 0
    for submission_id in dict.fromkeys(submission_ids):
        try:
            async with savepoint(ctx.conn):
                row, _ = await access_submission(ctx, submission_id, P.SHEET_REVIEW, lock=True)
                waits = row.state == SubmissionState.SUBMITTED
                if waits:
                    await review(ctx, submission_id, SheetVerdict.PASSED, "")
                    await ctx.flush()
        except DomainError:
            ctx.db.expunge_all()
            waits = False
        passed, refused = passed + waits, refused + (not waits)
    return PassedOut(passed=passed, refused=refused)


async def keep_phrase(ctx: Ctx, words: str) -> CommentPhrase:
    """Add a sentence to the own bank; the same one again is the one that is there."""
    ctx.require(P.SHEET_REVIEW)
    mine = (CommentPhrase.district_id == ctx.district_id, CommentPhrase.person_id == own_id(ctx))
    await ctx.conn.execute(
        pg_insert(CommentPhrase)
        .values(district_id=ctx.district_id, id=new_id(), person_id=own_id(ctx), words=words)
        .on_conflict_do_nothing()
    )
    old = select(CommentPhrase.id).where(*mine).order_by(CommentPhrase.id.desc())
    await ctx.conn.execute(
        delete(CommentPhrase).where(*mine, CommentPhrase.id.in_(old.offset(MOST_PHRASES)))
    )
    stmt = select(CommentPhrase).where(*mine, CommentPhrase.words == words)
    return (await ctx.db.execute(stmt)).scalar_one()


async def drop_phrase(ctx: Ctx, phrase_id: UUID) -> None:
    """Take a sentence out of the own bank."""
    ctx.require(P.SHEET_REVIEW)
    stmt = (
        delete(CommentPhrase)
        .where(
            CommentPhrase.district_id == ctx.district_id,
            CommentPhrase.person_id == own_id(ctx),
            CommentPhrase.id == phrase_id,
        )
        .returning(CommentPhrase.id)
    )
    if (await ctx.conn.execute(stmt)).first() is None:
        raise NotFound
