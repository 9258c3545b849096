"""HTTP for bookings."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from app.activities.schemas import FieldOut
from app.bookings import queries, rush, service
from app.bookings.kinds import BookingState
from app.bookings.rules import say_answer, say_together
from app.bookings.schemas import (
    AnswerOut,
    AnswersIn,
    BookingIn,
    BookingOut,
    BookingRow,
    BookingRulesIn,
    BookingRulesOut,
    ConsentAnswerIn,
    DrawOut,
    FormOut,
    LimitOut,
    LotOut,
    SiblingsIn,
    SiblingsOut,
    WordsOut,
)
from app.bookings.wire import answers_of, booked
from app.kit.bounds import Line, Wire
from app.kit.deps import Authed, CallerDep, OnceDep
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
async def create_booking(caller: CallerDep, body: BookingIn, once: OnceDep) -> BookingOut:
    return await rush.book(rush.Pressed(caller, rush.Wish.of(body), (once, body)))


@router.post("/bookings/siblings", status_code=201)
async def book_siblings(ctx: Authed, body: SiblingsIn, once: OnceDep) -> SiblingsOut:
    async def use_case() -> SiblingsOut:
        children = {
            one.pupil_id: service.Given(body.consent, answers_of(one.answers))
            for one in body.children
        }
        placed = await service.book_siblings(
            ctx, body.session_id, children, join_waitlist=body.join_waitlist
        )
        first = placed[0]
        message = say_together(first.state, len(placed), first.position, again=first.again)
        return SiblingsOut(items=[booked(one) for one in placed], message=message)

    return await once.run(ctx, body, use_case, 201)


@router.get("/sessions/{session_id}/form")
async def read_form(session_id: UUID, ctx: Authed) -> FormOut:
    words, fields = await queries.booking_form(ctx, session_id)
    return FormOut(
        consent=WordsOut.model_validate(words) if words else None,
        fields=[FieldOut.model_validate(field) for field in fields],
    )


@router.get("/bookings/{booking_id}/answers")
async def read_answers(booking_id: UUID, ctx: Authed) -> Page[AnswerOut]:
    await queries.read_booking(ctx, booking_id)
    rows = (await queries.answers_to(ctx, [booking_id])).get(booking_id, [])
    return Page(
        items=[
            AnswerOut(field_id=row.field_id, label=row.label, value=say_answer(row.kind, row.value))
            for row in rows
        ]
    )


@router.put("/bookings/{booking_id}/answers")
async def change_answers(booking_id: UUID, ctx: Authed, body: AnswersIn) -> Page[AnswerOut]:
    await service.change_answers(ctx, booking_id, answers_of(body.answers))
    return await read_answers(booking_id, ctx)


@router.post("/bookings/{booking_id}/consent")
async def answer_consent(booking_id: UUID, ctx: Authed, body: ConsentAnswerIn) -> BookingRow:
    row = await service.answer_consent(ctx, booking_id, body.said, body.consent)
    return BookingRow.model_validate(row)


@router.post("/bookings/{booking_id}/decline")
async def decline_offer(booking_id: UUID, ctx: Authed) -> BookingRow:
    return BookingRow.model_validate(await service.decline_offer(ctx, booking_id))


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
