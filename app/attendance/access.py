"""Obtaining what belongs to the door, or refusing."""

from uuid import UUID

from app.attendance import statements
from app.attendance.models import Correction, Leave
from app.attendance.permissions import P
from app.attendance.rules import Visit
from app.kit.context import Ctx
from app.kit.errors import NotFound


async def visit_for(ctx: Ctx, session_id: UUID, pupil_id: UUID, permission: str) -> Visit:
    """One child at one session: for the unit that runs it, and for the child's teacher and school."""
    reach = ctx.require(permission)
    params = {"district": ctx.district_id, "session": session_id, "pupil": pupil_id}
    row = await statements.VISIT.first(ctx.conn, params)
    if row is None:
        raise NotFound
    visit = Visit(**row._asdict())
    ours = reach.covers(visit.organization_id) or reach.covers(visit.school_id)
    if not (ours or visit.class_id in reach.classes):
        raise NotFound
    return visit


async def access_correction(ctx: Ctx, correction_id: UUID) -> Correction:
    """A correction, locked, for whoever may record attendance of that visit."""
    ctx.require(P.ATTENDANCE_RECORD)
    row = await ctx.db.get(Correction, (ctx.district_id, correction_id), with_for_update=True)
    if row is None:
        raise NotFound
    await visit_for(ctx, row.session_id, row.pupil_id, P.ATTENDANCE_RECORD)
    return row


async def access_leave(ctx: Ctx, leave_id: UUID) -> Leave:
    """A request for leave, locked, for the teacher and the school of the child."""
    reach = ctx.require(P.LEAVE_DECIDE)
    row = await ctx.db.get(Leave, (ctx.district_id, leave_id), with_for_update=True)
    if row is None:
        raise NotFound
    params = {"district": ctx.district_id, "pupil": row.pupil_id}
    place = await statements.CLASS_OF.first(ctx.conn, params)
    if place is None or not (place.class_id in reach.classes or reach.covers(place.school_id)):
        raise NotFound
    return row
