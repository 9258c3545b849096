"""HTTP for the door. The scan endpoint itself is in passports: it must know children's cards."""

from uuid import UUID

from fastapi import APIRouter, Request

from app.attendance import queries, service
from app.attendance.kinds import DecisionState, What
from app.attendance.schemas import (
    AttendanceOut,
    CodeOut,
    CorrectionIn,
    CorrectionOut,
    HeadCountIn,
    HeadCountOut,
    LeaveIn,
    LeaveOut,
    LedgerLine,
    RollOut,
    RosterIn,
    RosterOut,
    ScanOut,
)
from app.attendance.service import closing, codes, correcting, leaving
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


@router.post("/sessions/{session_id}/head-counts", status_code=201)
async def count_heads(session_id: UUID, ctx: Authed, body: HeadCountIn) -> HeadCountOut:
    """The number counted at the door; one that differs from the ledger stays open."""
    row = await closing.count_heads(ctx, session_id, body.counted, body.note)
    return HeadCountOut.model_validate(row)


@router.get("/sessions/{session_id}/code")
async def read_code(session_id: UUID, ctx: Authed) -> CodeOut:
    """The rotating code to show now; ask again when its seconds are over."""
    word, left = await codes.current_code(ctx, session_id)
    return CodeOut(word=word, seconds=left)


@router.post("/sessions/{session_id}/code", status_code=201)
async def open_code(session_id: UUID, ctx: Authed) -> CodeOut:
    await codes.open_display(ctx, session_id)
    word, left = await codes.current_code(ctx, session_id)
    return CodeOut(word=word, seconds=left)


@router.get("/corrections")
async def list_corrections(
    request: Request,
    ctx: Authed,
    session_id: UUID | None = None,
    state: DecisionState | None = None,
    cursor: Cursor = None,
    limit: PageSize = 50,
) -> Page[CorrectionOut]:
    found = await queries.list_corrections(ctx, session_id, state, cursor, limit)
    return page_of(CorrectionOut, request, found)


@router.post("/sessions/{session_id}/corrections", status_code=201)
async def correct(session_id: UUID, ctx: Authed, body: CorrectionIn) -> CorrectionOut:
    """A counter-entry with a reason; 24 hours after the session it waits for a second person."""
    row = await correcting.correct(ctx, session_id, body.model_dump())
    return CorrectionOut.model_validate(row)


@router.post("/corrections/{correction_id}/agree")
async def agree(correction_id: UUID, ctx: Authed) -> CorrectionOut:
    row = await correcting.decide_correction(ctx, correction_id, agrees=True)
    return CorrectionOut.model_validate(row)


@router.post("/corrections/{correction_id}/disagree")
async def disagree(correction_id: UUID, ctx: Authed) -> CorrectionOut:
    row = await correcting.decide_correction(ctx, correction_id, agrees=False)
    return CorrectionOut.model_validate(row)


@router.get("/leaves")
async def list_leaves(
    request: Request,
    ctx: Authed,
    state: DecisionState | None = None,
    cursor: Cursor = None,
    limit: PageSize = 50,
) -> Page[LeaveOut]:
    return page_of(LeaveOut, request, await queries.list_leaves(ctx, state, cursor, limit))


@router.post("/bookings/{booking_id}/leave", status_code=201)
async def ask_leave(booking_id: UUID, ctx: Authed, body: LeaveIn) -> LeaveOut:
    """Before the start it takes effect at once; after an absence the school decides."""
    return LeaveOut.model_validate(await leaving.ask_leave(ctx, booking_id, body.reason))


@router.post("/leaves/{leave_id}/accept")
async def accept_leave(leave_id: UUID, ctx: Authed) -> LeaveOut:
    return LeaveOut.model_validate(await leaving.decide_leave(ctx, leave_id, agrees=True))


@router.post("/leaves/{leave_id}/decline")
async def decline_leave(leave_id: UUID, ctx: Authed) -> LeaveOut:
    return LeaveOut.model_validate(await leaving.decide_leave(ctx, leave_id, agrees=False))
