"""HTTP for class bookings."""

from uuid import UUID

from fastapi import APIRouter, Request

from app.bookings import queries, service
from app.bookings.kinds import ClassBookingState
from app.bookings.schemas import ClassBookingDetail, ClassBookingIn, ClassBookingOut, DeclineIn
from app.kit.bounds import Line, Wire
from app.kit.deps import Authed, OnceDep
from app.kit.http import Cursor, PageSize, page_of
from app.kit.paging import Page

router = APIRouter(prefix="/class-bookings", tags=["bookings"])


class ReleaseIn(Wire):
    reason: Line = ""


@router.get("")
async def list_class_bookings(
    request: Request,
    ctx: Authed,
    state: ClassBookingState | None = None,
    cursor: Cursor = None,
    limit: PageSize = 50,
) -> Page[ClassBookingOut]:
    found = await queries.list_class_bookings(ctx, state, cursor, limit)
    return page_of(ClassBookingOut, request, found)


@router.post("", status_code=201)
async def draft_class_booking(ctx: Authed, body: ClassBookingIn, once: OnceDep) -> ClassBookingOut:
    async def use_case() -> ClassBookingOut:
        row = await service.draft_class_booking(ctx, body.model_dump())
        return ClassBookingOut.model_validate(row)

    return await once.run(ctx, body, use_case, 201)


@router.get("/{class_booking_id}")
async def read_class_booking(class_booking_id: UUID, ctx: Authed) -> ClassBookingDetail:
    row, pupils = await queries.read_class_booking(ctx, class_booking_id)
    shape = ClassBookingOut.model_validate(row)
    return ClassBookingDetail(**shape.model_dump(), pupil_ids=pupils)


@router.post("/{class_booking_id}/confirm")
async def confirm_class_booking(class_booking_id: UUID, ctx: Authed) -> ClassBookingOut:
    row = await service.confirm_class_booking(ctx, class_booking_id)
    return ClassBookingOut.model_validate(row)


@router.post("/{class_booking_id}/accept")
async def accept_class_booking(class_booking_id: UUID, ctx: Authed) -> ClassBookingOut:
    row = await service.accept_class_booking(ctx, class_booking_id)
    return ClassBookingOut.model_validate(row)


@router.post("/{class_booking_id}/decline")
async def decline_class_booking(
    class_booking_id: UUID, ctx: Authed, body: DeclineIn
) -> ClassBookingOut:
    row = await service.decline_class_booking(ctx, class_booking_id, body.reason)
    return ClassBookingOut.model_validate(row)


@router.post("/{class_booking_id}/release")
async def release_class_booking(
    class_booking_id: UUID, ctx: Authed, body: ReleaseIn
) -> ClassBookingOut:
    row = await service.release_class_booking(ctx, class_booking_id, body.reason)
    return ClassBookingOut.model_validate(row)
