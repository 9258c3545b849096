"""HTTP for bookings."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from app.bookings import queries, service
from app.bookings.kinds import BookingState
from app.bookings.rules import say_placed
from app.bookings.schemas import (
    BookingIn,
    BookingOut,
    BookingRow,
    BookingRulesIn,
    BookingRulesOut,
    DrawOut,
    LimitOut,
    LotOut,
)
from app.kit.bounds import Line, Wire
from app.kit.deps import Authed, OnceDep
from app.kit.http import Cursor, PageSize, page_of, tagged
from app.kit.paging import Page

router = APIRouter(tags=["bookings"])


class CancelBookingIn(Wire):
    reason: Line = ""


@router.get("/bookings")
async def list_bookings(
    request: Request,
    ctx: Authed,
    session_id: UUID | None = None,
    pupil_id: UUID | None = None,
    state: BookingState | None = None,
    cursor: Cursor = None,
    limit: PageSize = 50,
) -> Page[BookingRow]:
    found = await queries.list_bookings(ctx, session_id, pupil_id, state, cursor, limit)
    return page_of(BookingRow, request, found)


@router.post("/bookings", status_code=201)
async def create_booking(ctx: Authed, body: BookingIn, once: OnceDep) -> BookingOut:
    async def use_case() -> BookingOut:
        placed = await service.book_session(
            ctx, body.session_id, body.pupil_id, join_waitlist=body.join_waitlist
        )
        return BookingOut(
            id=placed.id,
            session_id=placed.session_id,
            pupil_id=placed.pupil_id,
            state=placed.state,
            position=placed.position,
            note=placed.note,
            message=_message(placed),
        )

    return await once.run(ctx, body, use_case, 201)


def _message(placed: service.Placed) -> str:
    return say_placed(placed.state, placed.position, placed.note, again=placed.again)


@router.get("/bookings/{booking_id}")
async def read_booking(booking_id: UUID, ctx: Authed, response: Response) -> BookingRow:
    row = await queries.read_booking(ctx, booking_id)
    tagged(response, row.version)
    return BookingRow.model_validate(row)


@router.post("/bookings/{booking_id}/accept")
async def accept_offer(booking_id: UUID, ctx: Authed) -> BookingRow:
    return BookingRow.model_validate(await service.accept_offer(ctx, booking_id))


@router.post("/bookings/{booking_id}/cancel")
async def cancel_booking(booking_id: UUID, ctx: Authed, body: CancelBookingIn) -> BookingRow:
    return BookingRow.model_validate(await service.cancel_booking(ctx, booking_id, body.reason))


@router.get("/booking-rules")
async def read_booking_rules(ctx: Authed) -> BookingRulesOut:
    gap, limits = await queries.booking_rules(ctx)
    shown = [LimitOut.model_validate(limit) for limit in limits]
    return BookingRulesOut(gap_minutes=gap, limits=shown)


@router.put("/booking-rules")
async def set_booking_rules(ctx: Authed, body: BookingRulesIn) -> BookingRulesOut:
    limits = {limit.category: limit.most for limit in body.limits}
    await service.set_booking_rules(ctx, body.gap_minutes, limits)
    return await read_booking_rules(ctx)


@router.get("/sessions/{session_id}/draw")
async def read_draw(session_id: UUID, ctx: Authed) -> DrawOut:
    session, lots = await queries.draw_of(ctx, session_id)
    return DrawOut(
        digest=session.draw_digest,
        seed=session.draw_seed if session.drawn_at else None,
        drawn_at=session.drawn_at,
        lots=[LotOut(booking_id=lot, number=number) for lot, number in lots],
    )
