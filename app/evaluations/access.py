"""Obtaining a task sheet's child, submission or code, or a session to evaluate, or refusing."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app.activities.models import Activity, Session, TaskSheet
from app.activities.queries import sheet_of
from app.attendance.rules import Visit
from app.evaluations import statements
from app.evaluations.errors import NoSheet
from app.evaluations.models import SheetCode, TaskSubmission
from app.evaluations.permissions import P
from app.kit.context import Ctx
from app.kit.db import AnyRow
from app.kit.errors import NotFound


@dataclass(frozen=True)
class SheetOfVisit:
    """One child at one session, with the sheet it hands in."""

    visit: Visit
    sheet: TaskSheet


async def visit_of(ctx: Ctx, session_id: UUID, pupil_id: UUID, permission: str) -> Visit:
    """For the child and its guardians, its teacher and its school; else `kit.not_found`."""
    reach = ctx.require(permission)
    params = {"district": ctx.district_id, "session": session_id, "pupil": pupil_id}
    row = await statements.VISIT.first(ctx.conn, params)
    if row is None:
        raise NotFound
    visit = Visit(**row._asdict())
    near = visit.class_id in reach.classes or reach.covers(visit.school_id)
    if not (pupil_id in ctx.actor.pupil_ids or near):
        raise NotFound
    return visit


async def access_handing(
    ctx: Ctx, session_id: UUID, pupil_id: UUID, permission: str = P.SHEET_SUBMIT
) -> SheetOfVisit:
    """The child's visit and its sheet; an activity without one is `sheet.none`."""
    visit = await visit_of(ctx, session_id, pupil_id, permission)
    session, _ = await session_of(ctx, session_id)
    sheet = await sheet_of(ctx, session.activity_id)
    if sheet is None:
        raise NoSheet
    return SheetOfVisit(visit, sheet)


async def access_submission(
    ctx: Ctx, submission_id: UUID, permission: str, *, lock: bool = False
) -> tuple[TaskSubmission, bool]:
    """A submission, and whether the actor may read the name.

    The child's own people and those of its class and school may; the unit that runs the
    session reads it without.
    """
    reach = ctx.require(permission)
    key = (ctx.district_id, submission_id)
    row = await ctx.db.get(TaskSubmission, key, with_for_update=lock or None)
    if row is None:
        raise NotFound
    try:
        await visit_of(ctx, row.session_id, row.pupil_id, permission)
    except NotFound:
        _, activity = await session_of(ctx, row.session_id)
        if permission != P.SHEET_READ or not reach.covers(activity.organization_id):
            raise
        return row, False
    return row, True


async def session_of(ctx: Ctx, session_id: UUID) -> tuple[Session, Activity]:
    """A session of the district with its activity; what of it may be seen the caller decides."""
    session = await ctx.db.get(Session, (ctx.district_id, session_id))
    if session is None:
        raise NotFound
    return session, await ctx.db.get_one(Activity, (ctx.district_id, session.activity_id))


async def access_code(ctx: Ctx, code: str) -> SheetCode:
    """What a printed sheet's code stands for, for whoever may hand in for that child."""
    stmt = select(SheetCode).where(SheetCode.district_id == ctx.district_id, SheetCode.code == code)
    row = (await ctx.db.execute(stmt)).scalar_one_or_none()
    if row is None:
        raise NotFound
    await visit_of(ctx, row.session_id, row.pupil_id, P.SHEET_SUBMIT)
    return row


async def access_standing(ctx: Ctx, session_id: UUID) -> AnyRow:
    """A session with its unit, and whether its evaluation is closed; whose it is the caller asks."""
    params = {"district": ctx.district_id, "session": session_id}
    row = (await ctx.conn.execute(statements.STANDING, params)).first()
    if row is None:
        raise NotFound
    return row
