"""Reading task sheets that are handed in, and evaluations."""

from uuid import UUID

from sqlalchemy import or_, select

from app.activities.queries import read_activity
from app.audit import service as audit
from app.evaluations import statements
from app.evaluations.access import (
    SheetOfVisit,
    access_code,
    access_handing,
    access_standing,
    access_submission,
    session_of,
)
from app.evaluations.kinds import VISITOR_ITEMS, Side
from app.evaluations.models import (
    CommentPhrase,
    Evaluation,
    EvaluationAlert,
    EvaluationAnswer,
    SheetCode,
    SheetReview,
    SubmissionPicture,
    TaskSubmission,
)
from app.evaluations.permissions import P
from app.evaluations.rules import averages, closes_at, due_at
from app.evaluations.schemas import (
    AveragesOut,
    ClassRating,
    GridRow,
    OwnSheetOut,
    ResultsOut,
    ReviewOut,
    SubmissionPage,
)
from app.files.service import Cleaned, read_file
from app.kit.context import Ctx
from app.kit.db import AnyRow
from app.kit.errors import NotFound
from app.kit.paging import fetch_page
from app.moderation.kinds import TextState
from app.moderation.queries import states_of
from app.people.access import access_own_pupil
from app.people.queries import pupil_briefs


async def sheet_grid(ctx: Ctx, session_id: UUID, class_id: UUID | None) -> list[GridRow]:
    """The children of a session with what they handed in.

    A teacher sees the own class, a school its own children, by name: the look is logged. The
    unit that runs the session sees all of them, names masked.
    """
    reach = ctx.require(P.SHEET_READ)
    _, activity = await session_of(ctx, session_id)
    masked = reach.covers(activity.organization_id)
    params = {
        "district": ctx.district_id,
        "session": session_id,
        "class": class_id,
        "masked": masked,
        "all": masked,
        "classes": list(reach.classes),
        "schools": list(reach.organizations),
    }
    rows = (await ctx.conn.execute(statements.GRID, params)).mappings().all()
    if not masked:
        if not rows:
            raise NotFound
        pupils = [row["pupil_id"] for row in rows]
        await audit.record_reads(ctx, "task_submission", pupils, "查看任务单")
    hidden = {"pupil_id": None} if masked else {}
    return [GridRow.model_validate({**row, **hidden}) for row in rows]


async def read_submission(ctx: Ctx, submission_id: UUID) -> SubmissionPage:
    """Answers, number of pictures and judgements; staff's look at a named child is logged."""
    row, named = await access_submission(ctx, submission_id, P.SHEET_READ)
    name = (await pupil_briefs(ctx, [row.pupil_id]))[row.pupil_id].name
    pictures = await _pictures(ctx, [row.id])
    if named:
        await audit.record_reads(ctx, "task_submission", [row.pupil_id], "查看任务单")
    return SubmissionPage(
        id=row.id,
        session_id=row.session_id,
        pupil_id=row.pupil_id,
        number=row.number,
        state=row.state,
        is_late=row.is_late,
        submitted_at=row.submitted_at,
        pupil_name=name if named else f"{name[:1]}*",
        answers=row.answers,
        pictures=len(pictures),
        reviews=await reviews_of(ctx, row.id),
    )


async def reviews_of(ctx: Ctx, submission_id: UUID) -> list[ReviewOut]:
    """The judgements, oldest first; the caller has checked the submission."""
    stmt = (
        select(SheetReview)
        .where(
            SheetReview.district_id == ctx.district_id, SheetReview.submission_id == submission_id
        )
        .order_by(SheetReview.at, SheetReview.id)
    )
    return [ReviewOut.model_validate(row) for row in (await ctx.db.execute(stmt)).scalars()]


async def _pictures(ctx: Ctx, submission_ids: list[UUID]) -> list[SubmissionPicture]:
    stmt = (
        select(SubmissionPicture)
        .where(
            SubmissionPicture.district_id == ctx.district_id,
            SubmissionPicture.submission_id.in_(submission_ids),
        )
        .order_by(SubmissionPicture.submission_id, SubmissionPicture.number)
    )
    return list((await ctx.db.execute(stmt)).scalars())


async def read_picture(ctx: Ctx, submission_id: UUID, number: int) -> Cleaned:
    """One picture, under the same rule as its submission; checked and logged every time."""
    row, named = await access_submission(ctx, submission_id, P.SHEET_READ)
    found = next((one for one in await _pictures(ctx, [row.id]) if one.number == number), None)
    if found is None:
        raise NotFound
    if named:
        await audit.record_reads(ctx, "task_submission", [row.pupil_id], "查看任务单照片")
    return await read_file(ctx, found.file_id)


async def own_sheets(ctx: Ctx, pupil_id: UUID) -> list[OwnSheetOut]:
    """The sheets of an own child, newest visit first."""
    ctx.require(P.SHEET_SUBMIT)
    if pupil_id != ctx.actor.person_id:
        access_own_pupil(ctx, pupil_id)
    params = {"district": ctx.district_id, "pupil": pupil_id}
    rows = (await ctx.conn.execute(statements.OWN, params)).mappings().all()
    return [
        OwnSheetOut.model_validate({**row, "due_at": due_at(row["starts_at"], row["due_days"])})
        for row in rows
    ]


async def submissions_of(ctx: Ctx, session_id: UUID, pupil_id: UUID) -> list[TaskSubmission]:
    """Everything a child handed in for a session, newest first; for its own people and school."""
    await access_handing(ctx, session_id, pupil_id, P.SHEET_SUBMIT)
    stmt = (
        select(TaskSubmission)
        .where(
            TaskSubmission.district_id == ctx.district_id,
            TaskSubmission.session_id == session_id,
            TaskSubmission.pupil_id == pupil_id,
        )
        .order_by(TaskSubmission.number.desc())
    )
    rows = list((await ctx.db.execute(stmt)).scalars())
    await audit.record_reads(ctx, "task_submission", [pupil_id], "查看任务单")
    return rows


async def handing_of(ctx: Ctx, session_id: UUID, pupil_id: UUID) -> SheetOfVisit:
    """The visit and its sheet, for the page on which it is handed in; staff's look is logged."""
    found = await access_handing(ctx, session_id, pupil_id)
    await audit.record_reads(ctx, "task_submission", [pupil_id], "打开交任务单")
    return found


async def read_code(ctx: Ctx, code: str) -> SheetCode:
    return await access_code(ctx, code)


async def own_phrases(ctx: Ctx) -> list[CommentPhrase]:
    """The actor's own bank of comments, newest first."""
    ctx.require(P.SHEET_REVIEW)
    stmt = (
        select(CommentPhrase)
        .where(
            CommentPhrase.district_id == ctx.district_id,
            CommentPhrase.person_id == ctx.actor.person_id,
        )
        .order_by(CommentPhrase.created_at.desc(), CommentPhrase.id.desc())
        .limit(100)
    )
    return list((await ctx.db.execute(stmt)).scalars())


async def sheet_sessions(ctx: Ctx) -> list[AnyRow]:
    """Sessions from which sheets came in, newest first, with how many still wait. No names."""
    reach = ctx.require(P.SHEET_READ)
    params = {
        "district": ctx.district_id,
        "classes": list(reach.classes),
        "schools": list(reach.organizations),
    }
    return list((await ctx.conn.execute(statements.SESSIONS, params)).all())


async def results(ctx: Ctx, session_id: UUID) -> ResultsOut:
    """For the unit, the schools and teachers of children that came, and the secretariat.

    Before it closes it says only how many answered. Fewer than five answers give neither
    averages nor texts. What the unit says of a class is for that class's school and teacher.
    """
    reach = ctx.require(P.EVALUATION_READ)
    standing = await access_standing(ctx, session_id)
    params = {"district": ctx.district_id, "session": session_id}
    came = (await ctx.conn.execute(statements.CLASSES, params)).all()
    own = {row.id for row in came if row.id in reach.classes or reach.covers(row.organization_id)}
    unit = reach.covers(standing.organization_id)
    if not (unit or own):
        raise NotFound
    said = (await ctx.conn.execute(statements.SAID, params)).all()
    visitors = [row for row in said if row.side != Side.UNIT]
    found = averages([row.scores for row in visitors], VISITOR_ITEMS) if standing.closed else None
    answered = await _answer_of(ctx, session_id)
    return ResultsOut(
        session_id=session_id,
        closed=standing.closed,
        closes_at=closes_at(standing.ends_at),
        answers=len(visitors),
        averages=found,
        texts=sorted(row.said for row in visitors if row.said) if found else [],
        classes=[
            ClassRating(class_name=row.class_name, scores=row.scores, said=row.said)
            for row in said
            if row.side == Side.UNIT and standing.closed and (unit or row.class_id in own)
        ],
        answer=answered[0] if answered is not None and (answered[1] or unit) else "",
        answered=answered is not None,
    )


async def _answer_of(ctx: Ctx, session_id: UUID) -> tuple[str, bool] | None:
    """The unit's answer, and whether others may read it."""
    stmt = select(EvaluationAnswer).where(
        EvaluationAnswer.district_id == ctx.district_id, EvaluationAnswer.session_id == session_id
    )
    row = (await ctx.db.execute(stmt)).scalar_one_or_none()
    if row is None:
        return None
    states = await states_of(ctx, [row.text_id] if row.text_id else [])
    return row.said, TextState.PASSED in states.values()


async def own_evaluation(ctx: Ctx, session_id: UUID, key: UUID) -> Evaluation | None:
    """What the actor said before: of an own child's visit, as a teacher, or for its unit of a class."""
    ctx.require(P.EVALUATION_WRITE)
    stmt = select(Evaluation).where(
        Evaluation.district_id == ctx.district_id,
        Evaluation.session_id == session_id,
        or_(
            (Evaluation.side == Side.PUPIL)
            & (Evaluation.pupil_id == key)
            & Evaluation.pupil_id.in_(ctx.actor.pupil_ids),
            (Evaluation.side == Side.TEACHER)
            & (Evaluation.person_id == key)
            & (Evaluation.person_id == ctx.actor.person_id),
            (Evaluation.side == Side.UNIT) & (Evaluation.class_id == key),
        ),
    )
    row = (await ctx.db.execute(stmt)).scalars().first()
    if row is not None and row.side == Side.UNIT:
        standing = await access_standing(ctx, session_id)
        if not ctx.reach(P.EVALUATION_WRITE).covers(standing.organization_id):
            raise NotFound
    return row


async def activity_averages(ctx: Ctx, activity_id: UUID) -> AveragesOut:
    """What families read: averages from five answers on, and what the unit answered."""
    await read_activity(ctx, activity_id)
    params = {"district": ctx.district_id, "activity": activity_id}
    scores = list((await ctx.conn.execute(statements.OF_ACTIVITY, params)).scalars())
    found = averages(scores, VISITOR_ITEMS)
    says = list((await ctx.conn.execute(statements.ANSWERS_OF, params)).scalars())
    return AveragesOut(answers=len(scores), averages=found, unit_says=says if found else [])


async def evaluated_sessions(ctx: Ctx) -> list[AnyRow]:
    """Sessions near the actor that began, newest first: how many answered, open or closed."""
    reach = ctx.require(P.EVALUATION_READ)
    params = {
        "district": ctx.district_id,
        "everywhere": reach.district,
        "classes": list(reach.classes),
        "schools": list(reach.organizations),
    }
    return list((await ctx.conn.execute(statements.EVALUATED, params)).all())


async def standing_of(ctx: Ctx, session_id: UUID) -> tuple[AnyRow, list[AnyRow]]:
    """A session with how its evaluation stands, and the classes that came."""
    standing = await access_standing(ctx, session_id)
    params = {"district": ctx.district_id, "session": session_id}
    return standing, list((await ctx.conn.execute(statements.CLASSES, params)).all())


async def list_alerts(
    ctx: Ctx, open_only: bool, cursor: str | None, limit: int
) -> tuple[list[EvaluationAlert], str | None]:
    """Low scores, newest first."""
    ctx.require(P.EVALUATION_WATCH)
    stmt = select(EvaluationAlert).where(EvaluationAlert.district_id == ctx.district_id)
    if open_only:
        stmt = stmt.where(EvaluationAlert.settled_at.is_(None))
    return await fetch_page(ctx, stmt, EvaluationAlert.id, cursor, limit, newest_first=True)
