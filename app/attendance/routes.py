"""HTTP for the door. The scan endpoint itself is in passports: it must know children's cards."""

from uuid import UUID

from fastapi import APIRouter, Request

from app.attendance import queries, service
from app.attendance.kinds import What
from app.attendance.schemas import (
    AttendanceOut,
    LedgerLine,
    RollOut,
    RosterIn,
    RosterOut,
    ScanOut,
)
from app.kit.clock import say_moment
from app.kit.deps import Authed
from app.kit.http import Cursor, PageSize, page_of
from app.kit.paging import Page

router = APIRouter(tags=["attendance"])


def say(outcome: service.Outcome) -> ScanOut:
    """An outcome as a client reads it; the sentence is the one the child hears."""
    visit = outcome.visit
    if outcome.refusal is not None or visit is None or outcome.arrived_at is None:
        refusal = outcome.refusal
        code = refusal.code if refusal else None
        return ScanOut(accepted=False, code=code, message=refusal.text() if refusal else "")
    done = "签退" if outcome.left_at else "签到"
    verb = f"已经{done}过了" if outcome.again else f"{done}成功"
    at = outcome.left_at or outcome.arrived_at
    return ScanOut(
        accepted=True,
        again=outcome.again,
        message=f"{visit.pupil_name}{verb}：{visit.title}，{say_moment(at)}。"
        + (service.NO_PHOTO if outcome.no_photo else ""),
        pupil_id=visit.pupil_id,
        session_id=visit.session_id,
        arrived_at=outcome.arrived_at,
        left_at=outcome.left_at,
    )


@router.post("/attendances/roster")
async def tick_roster(ctx: Authed, body: RosterIn) -> RosterOut:
    mark = service.Mark(body.device, body.nonce, body.scanned_at, What(body.direction))
    outcomes = await service.tick_roster(ctx, body.session_id, body.pupil_ids, mark)
    return RosterOut(outcomes=[say(outcome) for outcome in outcomes])


@router.get("/attendances")
async def list_attendances(
    request: Request,
    ctx: Authed,
    session_id: UUID | None = None,
    cursor: Cursor = None,
    limit: PageSize = 50,
) -> Page[AttendanceOut]:
    found = await queries.list_attendances(ctx, session_id, cursor, limit)
    return page_of(AttendanceOut, request, found)


@router.get("/scans")
async def list_scans(
    request: Request, ctx: Authed, session_id: UUID, cursor: Cursor = None, limit: PageSize = 50
) -> Page[LedgerLine]:
    found = await queries.list_scans(ctx, session_id, cursor, limit)
    return page_of(LedgerLine, request, found)


@router.get("/sessions/{session_id}/roll")
async def read_roll(session_id: UUID, ctx: Authed) -> RollOut:
    return await queries.roll(ctx, session_id)
