"""What do task sheets and evaluations hold about a child, and how is it forgotten?"""

from uuid import UUID

from sqlalchemy import delete, select, update

from app.activities.models import Activity, Session
from app.evaluations.kinds import STATE_WORDS, VISITOR_ITEMS, SubmissionState
from app.evaluations.models import (
    Evaluation,
    SheetCode,
    SheetReview,
    SubmissionPicture,
    TaskSubmission,
)
from app.files.service import drop_files
from app.kit.clock import platform_time
from app.kit.context import Ctx
from app.kit.personal import Erased, Section
from app.moderation.service import forget_texts


async def about(ctx: Ctx, pupil_id: UUID) -> list[Section]:
    """Every submission with its answers and judgements, newest first."""
    stmt = (
        select(TaskSubmission, Activity.title)
        .join(
            Session,
            (Session.district_id == TaskSubmission.district_id)
            & (Session.id == TaskSubmission.session_id),
        )
        .join(
            Activity,
            (Activity.district_id == Session.district_id) & (Activity.id == Session.activity_id),
        )
        .where(TaskSubmission.district_id == ctx.district_id, TaskSubmission.pupil_id == pupil_id)
        .order_by(TaskSubmission.id.desc())
    )
    found = (await ctx.db.execute(stmt)).all()
    comments = await _comments(ctx, [row.id for row, _ in found])
    rows = [
        (
            platform_time(row.submitted_at),
            title,
            STATE_WORDS[SubmissionState(row.state)],
            "；".join(f"{one['label']}：{one['value']}" for one in row.answers),
            "；".join(comments.get(row.id, ())),
        )
        for row, title in found
    ]
    return [
        Section("任务单", ("时间", "活动", "状态", "回答", "老师的话"), rows),
        await _evaluations(ctx, pupil_id),
    ]


async def _evaluations(ctx: Ctx, pupil_id: UUID) -> Section:
    stmt = (
        select(Evaluation.updated_at, Evaluation.scores, Evaluation.said, Activity.title)
        .join(
            Session,
            (Session.district_id == Evaluation.district_id) & (Session.id == Evaluation.session_id),
        )
        .join(
            Activity,
            (Activity.district_id == Session.district_id) & (Activity.id == Session.activity_id),
        )
        .where(Evaluation.district_id == ctx.district_id, Evaluation.pupil_id == pupil_id)
        .order_by(Evaluation.id.desc())
    )
    rows = [
        (
            platform_time(row.updated_at),
            row.title,
            "，".join(f"{VISITOR_ITEMS[item]} {score}" for item, score in row.scores.items()),
            row.said,
        )
        for row in await ctx.conn.execute(stmt)
    ]
    return Section("活动评价", ("时间", "活动", "打分", "文字"), rows)


async def _comments(ctx: Ctx, submission_ids: list[UUID]) -> dict[UUID, list[str]]:
    stmt = (
        select(SheetReview.submission_id, SheetReview.comment)
        .where(
            SheetReview.district_id == ctx.district_id,
            SheetReview.submission_id.in_(submission_ids),
            SheetReview.comment != "",
        )
        .order_by(SheetReview.at)
    )
    found: dict[UUID, list[str]] = {}
    for row in await ctx.conn.execute(stmt):
        found.setdefault(row.submission_id, []).append(row.comment)
    return found


async def erase(ctx: Ctx, pupil_id: UUID) -> Erased:
    """Pictures, answers, judgements and printed codes go; the passport's counts stay."""
    mine = (TaskSubmission.district_id == ctx.district_id, TaskSubmission.pupil_id == pupil_id)
    files = select(SubmissionPicture.file_id).where(
        SubmissionPicture.district_id == ctx.district_id,
        SubmissionPicture.submission_id.in_(select(TaskSubmission.id).where(*mine)),
    )
    pictures = await drop_files(ctx, list((await ctx.conn.execute(files)).scalars()))
    sheets = await ctx.conn.execute(delete(TaskSubmission).where(*mine))
    await ctx.conn.execute(
        delete(SheetCode).where(
            SheetCode.district_id == ctx.district_id, SheetCode.pupil_id == pupil_id
        )
    )
    texts = await _blank_texts(ctx, pupil_id)
    return {"任务单": sheets.rowcount, "任务单照片": pictures, "评价文字": texts}


async def _blank_texts(ctx: Ctx, pupil_id: UUID) -> int:
    """Scores stay in the sums, without the child; the words go."""
    mine = (Evaluation.district_id == ctx.district_id, Evaluation.pupil_id == pupil_id)
    written = select(Evaluation.text_id).where(*mine, Evaluation.text_id.is_not(None))
    found = (await ctx.conn.execute(written)).scalars()
    await forget_texts(ctx, [one for one in found if one is not None])
    blanked = await ctx.conn.execute(
        update(Evaluation).where(*mine, Evaluation.said != "").values(said="", text_id=None)
    )
    return blanked.rowcount
