"""From the wire to the use case and back."""

from uuid import UUID

from app.bookings.rules import say_asked, say_placed
from app.bookings.schemas import AnswerIn, BookingOut
from app.bookings.service import Placed


def answers_of(given: list[AnswerIn]) -> dict[UUID, str]:
    return {one.field_id: one.value for one in given}


def booked(placed: Placed) -> BookingOut:
    message = say_placed(placed.state, placed.position, placed.note, again=placed.again)
    if placed.consent_until is not None:
        message = say_asked(placed.consent_until)
    return BookingOut(
        id=placed.id,
        session_id=placed.session_id,
        pupil_id=placed.pupil_id,
        state=placed.state,
        position=placed.position,
        note=placed.note,
        consent_until=placed.consent_until,
        message=message,
    )
