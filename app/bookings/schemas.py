"""Wire shapes of bookings."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from app.bookings.kinds import BookingState
from app.kit.bounds import Shape, Wire


class BookingIn(Wire):
    session_id: UUID
    pupil_id: UUID
    join_waitlist: bool = Field(True, description="满员时是否加入候补")


class BookingOut(Shape):
    id: UUID
    session_id: UUID
    pupil_id: UUID
    state: BookingState
    position: int | None = Field(None, description="候补位次，从 1 开始")
    message: str = ""


class BookingRow(Shape):
    id: UUID
    session_id: UUID
    pupil_id: UUID
    state: BookingState
    created_at: datetime
    version: int
