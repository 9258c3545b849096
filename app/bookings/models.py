"""The booking table."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.bookings.kinds import BookingState
from app.kit.db import Edited, Model, Tenant, belongs_to, short

_ACTIVE_SQL = text("state IN ('confirmed', 'waitlisted', 'attended')")


class Booking(Tenant, Edited, Model):
    """A pupil's place, or place in the queue, in a session.

    The active one is unique per pupil and session. A booking that holds a seat
    names it, and no two active bookings name the same seat (the backstop
    behind SKIP LOCKED). `queue_no` orders the waiting list by arrival.
    """

    __tablename__ = "booking"

    session_id: Mapped[UUID]
    pupil_id: Mapped[UUID]
    booked_by: Mapped[UUID | None]
    state: Mapped[BookingState] = mapped_column(short(12))
    seat_id: Mapped[UUID | None]
    queue_no: Mapped[int] = mapped_column(Identity(always=True))
    cancelled_at: Mapped[datetime | None]

    __table_args__ = (
        belongs_to("session_id", "session"),
        belongs_to("pupil_id", "person"),
        belongs_to("booked_by", "person"),
        belongs_to("seat_id", "seat"),
        CheckConstraint(BookingState.check("state"), name="state"),
        CheckConstraint(
            "(state IN ('confirmed', 'attended')) <= (seat_id IS NOT NULL)", name="holds_seat"
        ),
        Index(
            "uq_booking_active",
            "district_id",
            "session_id",
            "pupil_id",
            unique=True,
            postgresql_where=_ACTIVE_SQL,
        ),
        Index(
            "uq_booking_seat",
            "district_id",
            "seat_id",
            unique=True,
            postgresql_where=text("state IN ('confirmed', 'attended')"),
        ),
        Index(
            "ix_booking_queue",
            "district_id",
            "session_id",
            "queue_no",
            postgresql_where=text("state = 'waitlisted'"),
        ),
        Index(None, "district_id", "pupil_id"),
    )
