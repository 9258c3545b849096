"""HTTP for bookings."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from app.bookings import queries, service
from app.bookings.kinds import BookingState
from app.bookings.schemas import BookingIn, BookingOut, BookingRow
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
            message=_message(placed),
        )

    return await once.run(ctx, body, use_case, 201)


def _message(placed: service.Placed) -> str:
    if placed.state is BookingState.WAITLISTED:
        return f"名额已满，已加入候补，当前第 {placed.position} 位。有名额会自动递补并通知您。"
    if placed.again:
        return "已经预约过了，不用重复提交。"
    return "预约成功。"


@router.get("/bookings/{booking_id}")
async def read_booking(booking_id: UUID, ctx: Authed, response: Response) -> BookingRow:
    row = await queries.read_booking(ctx, booking_id)
    tagged(response, row.version)
    return BookingRow.model_validate(row)


@router.post("/bookings/{booking_id}/cancel")
async def cancel_booking(booking_id: UUID, ctx: Authed, body: CancelBookingIn) -> BookingRow:
    return BookingRow.model_validate(await service.cancel_booking(ctx, booking_id, body.reason))
