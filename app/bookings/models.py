"""Tables of bookings: places, a class's booking, and what limits them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Identity,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.activities.kinds import Category
from app.bookings.kinds import BookingState, ClassBookingState, Said
from app.kit.db import Edited, Model, Tenant, belongs_to, short

_ACTIVE_SQL = text("state IN ('confirmed', 'waitlisted', 'attended', 'offered', 'applied', 'held')")
_SEATED = "state IN ('confirmed', 'attended', 'offered', 'held')"


class Booking(Tenant, Edited, Model):
    """A pupil's place, or place in the queue, in a session.

    The active one is unique per pupil and session. A booking that holds a seat
    names it, and no two active bookings name the same seat (the backstop
    behind SKIP LOCKED). `queue_no` orders the waiting list by arrival. `school_id`
    is the child's school when it booked: its reserve. `lapsed` counts offers
    the family let pass. Children who wait as one share a `group_id`.
    `consent_asked_at`: since when a guardian's yes is missing; null once it is
    there, or when none is needed.
    """

    __tablename__ = "booking"

    session_id: Mapped[UUID]
    pupil_id: Mapped[UUID]
    booked_by: Mapped[UUID | None]
    state: Mapped[BookingState] = mapped_column(short(12))
    seat_id: Mapped[UUID | None]
    queue_no: Mapped[int] = mapped_column(Identity(always=True))
    cancelled_at: Mapped[datetime | None]
    school_id: Mapped[UUID | None]
    offer_expires_at: Mapped[datetime | None]
    lapsed: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    draw_no: Mapped[int | None]
    class_booking_id: Mapped[UUID | None]
    group_id: Mapped[UUID | None]
    consent_asked_at: Mapped[datetime | None]
    consent_reminded: Mapped[bool] = mapped_column(server_default=text("false"), default=False)

    __table_args__ = (
        belongs_to("session_id", "session"),
        belongs_to("pupil_id", "person"),
        belongs_to("booked_by", "person"),
        belongs_to("seat_id", "seat"),
        belongs_to("school_id", "organization"),
        belongs_to("class_booking_id", "class_booking"),
        CheckConstraint(BookingState.check("state"), name="state"),
        CheckConstraint(f"({_SEATED}) <= (seat_id IS NOT NULL)", name="holds_seat"),
        CheckConstraint("(state = 'offered') <= (offer_expires_at IS NOT NULL)", name="offer_ends"),
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
            postgresql_where=text(_SEATED),
        ),
        Index(
            "ix_booking_queue",
            "district_id",
            "session_id",
            "queue_no",
            postgresql_where=text("state = 'waitlisted'"),
        ),
        Index(
            "ix_booking_offer",
            "district_id",
            "offer_expires_at",
            postgresql_where=text("state = 'offered'"),
        ),
        Index(None, "district_id", "pupil_id"),
        Index(None, "district_id", "session_id"),
        Index(None, "district_id", "class_booking_id"),
        Index(
            "ix_booking_group",
            "district_id",
            "group_id",
            postgresql_where=text("group_id IS NOT NULL"),
        ),
        Index(
            "ix_booking_consent",
            "district_id",
            "session_id",
            postgresql_where=text("consent_asked_at IS NOT NULL"),
        ),
    )


class BookingConsent(Tenant, Model):
    """What a guardian said to one booking: yes or no, when, and to which words.

    `sentence` numbers our own sentence, `text_id` the published text under it
    (null when the district has none); `words_hash` is the digest of both. Never changed.
    """

    __tablename__ = "booking_consent"

    booking_id: Mapped[UUID]
    guardian_id: Mapped[UUID]
    said: Mapped[Said] = mapped_column(short(3))
    sentence: Mapped[int]
    text_id: Mapped[UUID | None]
    words_hash: Mapped[str] = mapped_column(short(64))
    channel: Mapped[str] = mapped_column(short(20))
    at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        belongs_to("booking_id", "booking"),
        belongs_to("guardian_id", "person"),
        belongs_to("text_id", "consent_text"),
        CheckConstraint(Said.check("said"), name="said"),
        Index(None, "district_id", "booking_id"),
    )


class BookingAnswer(Model):
    """What a family answered to one of the activity's questions, as it is shown again."""

    __tablename__ = "booking_answer"

    district_id: Mapped[UUID] = mapped_column(primary_key=True)
    booking_id: Mapped[UUID] = mapped_column(primary_key=True)
    field_id: Mapped[UUID] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(short(100))
    at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        belongs_to("booking_id", "booking"),
        belongs_to("field_id", "activity_field"),
    )


class ClassBooking(Tenant, Edited, Model):
    """整班预约: a teacher brings a class; its pupils are bookings that name it.

    The school confirms until `confirm_by`, then the unit answers until `answer_by`; else
    the seats are released. `reminded` is how many reminders the one who is asked now got.
    """

    __tablename__ = "class_booking"

    session_id: Mapped[UUID]
    class_id: Mapped[UUID]
    teacher_id: Mapped[UUID | None]
    adults: Mapped[int]
    bus_note: Mapped[str] = mapped_column(short(200), default="")
    state: Mapped[ClassBookingState] = mapped_column(short(16), default=ClassBookingState.DRAFTED)
    confirm_by: Mapped[datetime]
    answer_by: Mapped[datetime | None]
    reminded: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    reason: Mapped[str] = mapped_column(short(200), default="")

    __table_args__ = (
        belongs_to("session_id", "session"),
        belongs_to("class_id", "school_class"),
        belongs_to("teacher_id", "person"),
        CheckConstraint(ClassBookingState.check("state"), name="state"),
        CheckConstraint("adults BETWEEN 1 AND 100", name="adults"),
        CheckConstraint("(state = 'head_confirmed') <= (answer_by IS NOT NULL)", name="answered"),
        Index(
            "uq_class_booking_standing",
            "district_id",
            "session_id",
            "class_id",
            unique=True,
            postgresql_where=text("state IN ('drafted', 'head_confirmed', 'accepted')"),
        ),
        Index(
            "ix_class_booking_drafted",
            "district_id",
            "confirm_by",
            postgresql_where=text("state = 'drafted'"),
        ),
        Index(
            "ix_class_booking_asked",
            "district_id",
            "answer_by",
            postgresql_where=text("state = 'head_confirmed'"),
        ),
    )


class BookingSetting(Model):
    """What a district decides about all bookings: the minutes a child needs between two places."""

    __tablename__ = "booking_setting"

    district_id: Mapped[UUID] = mapped_column(primary_key=True)
    gap_minutes: Mapped[int] = mapped_column(server_default=text("30"))

    __table_args__ = (
        ForeignKeyConstraint(["district_id"], ["district.id"]),
        CheckConstraint("gap_minutes BETWEEN 0 AND 240", name="gap"),
    )


class BookingLimit(Tenant, Model):
    """How many active bookings a pupil may have in one term: of a category, or (null) in all."""

    __tablename__ = "booking_limit"

    category: Mapped[Category | None] = mapped_column(short(10))
    most: Mapped[int]

    __table_args__ = (
        ForeignKeyConstraint(["district_id"], ["district.id"]),
        UniqueConstraint("district_id", "category", postgresql_nulls_not_distinct=True),
        CheckConstraint(Category.check("category"), name="category"),
        CheckConstraint("most BETWEEN 1 AND 100", name="most"),
    )
