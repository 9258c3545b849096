"""更正: what the ledger got wrong is set right by a line more, never by changing one."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.activities.access import access_session
from app.activities.models import Session
from app.attendance import statements
from app.attendance.access import access_correction, visit_for
from app.attendance.errors import AlreadyDecided, CorrectionTooSoon, SecondPersonNeeded
from app.attendance.kinds import CorrectionWhat, DecisionState, Way, What
from app.attendance.models import Correction
from app.attendance.permissions import P
from app.attendance.rules import OPENS_BEFORE, Visit
from app.attendance.service.closing import settle
from app.attendance.service.ledger import Mark, add_line, compute
from app.audit import service as audit
from app.kit.context import Ctx

ALONE_FOR = timedelta(hours=24)
_LINES = {
    CorrectionWhat.CAME: What.IN,
    CorrectionWhat.NOT_CAME: What.VOID,
    CorrectionWhat.LEFT: What.OUT,
}


async def correct(ctx: Ctx, session_id: UUID, values: dict[str, Any]) -> Correction:
    """Say that a child came after all, was not there, or left at a time, and why.

    Takes effect at once until 24 hours after the session; later a second person has
    to agree. Refused for a time outside the day of the session.
    """
    visit = await visit_for(ctx, session_id, values["pupil_id"], P.ATTENDANCE_RECORD)
    what = CorrectionWhat(values["what"])
    at: datetime = values.get("at") or (visit.starts_at if what != CorrectionWhat.LEFT else ctx.now)
    _check_time(ctx, visit, at)
    alone = ctx.now <= visit.ends_at + ALONE_FOR
    row = Correction(
        district_id=ctx.district_id,
        session_id=session_id,
        pupil_id=visit.pupil_id,
        what=what,
        at=at,
        reason=values["reason"],
        state=DecisionState.APPLIED if alone else DecisionState.PENDING,
        asked_by=ctx.actor.person_id,
    )
    ctx.db.add(row)
    await ctx.db.flush()
    await audit.record(
        ctx, "attendance:correct", "attendance_correction", row.id, pupil_id=row.pupil_id
    )
    if alone:
        await _apply(ctx, row, visit)
    await ctx.db.refresh(row)
    return row


def _check_time(ctx: Ctx, visit: Visit, at: datetime) -> None:
    latest = min(visit.ends_at + timedelta(hours=2), ctx.now)
    if not visit.starts_at - OPENS_BEFORE <= at <= latest:
        raise CorrectionTooSoon


async def _apply(ctx: Ctx, row: Correction, visit: Visit) -> None:
    """The counter-entry; its number is the correction's, so that it is there once."""
    mark = Mark("correction", row.id.hex, what=_LINES[CorrectionWhat(row.what)])
    await add_line(ctx, visit, Way.CORRECTION, mark, row.at)
    await compute(ctx, visit)
    session = await ctx.db.get_one(Session, (ctx.district_id, row.session_id))
    await settle(ctx, session)


async def decide_correction(ctx: Ctx, correction_id: UUID, *, agrees: bool) -> Correction:
    """The second person. Refused to whoever asked; deciding twice the same way changes nothing."""
    row = await access_correction(ctx, correction_id)
    decided = DecisionState.APPLIED if agrees else DecisionState.DECLINED
    if row.state != DecisionState.PENDING:
        if row.state == decided and row.decided_by == ctx.actor.person_id:
            return row
        raise AlreadyDecided
    if row.asked_by == ctx.actor.person_id:
        raise SecondPersonNeeded
    visit = await visit_for(ctx, row.session_id, row.pupil_id, P.ATTENDANCE_RECORD)
    row.state, row.decided_by, row.decided_at = decided, ctx.actor.person_id, ctx.now
    await ctx.db.flush()
    verb = "attendance:agree" if agrees else "attendance:disagree"
    await audit.record(ctx, verb, "attendance_correction", row.id, pupil_id=row.pupil_id)
    if agrees:
        await _apply(ctx, row, visit)
    return row


async def recompute(ctx: Ctx, session_id: UUID) -> int:
    """All attendances of a session again from its ledger; says how many children have lines."""
    await access_session(ctx, session_id, P.ATTENDANCE_RECORD)
    key = {"district": ctx.district_id, "session": session_id, "pupil": None}
    pupils = dict.fromkeys(row.pupil_id for row in await statements.LEDGER.rows(ctx.conn, key))
    for pupil_id in pupils:
        await compute(ctx, await visit_for(ctx, session_id, pupil_id, P.ATTENDANCE_RECORD))
    return len(pupils)
