"""What has happened to bookings."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.kit.events import Fact


@dataclass(frozen=True, kw_only=True)
class BookingFact(Fact):
    """Everything a message about a booking needs, so that no handler has to look it up again.

    `told`: the family heard of it in the statement that did it.
    """

    booking_id: UUID
    pupil_id: UUID
    pupil_name: str
    title: str
    base_name: str
    starts_at: datetime
    guardians: tuple[UUID, ...]
    told: bool = False


@dataclass(frozen=True, kw_only=True)
class BookingConfirmed(BookingFact):
    """A place at once."""


@dataclass(frozen=True, kw_only=True)
class BookingWaitlisted(BookingFact):
    """No place yet; `position` counts from 1."""

    position: int


@dataclass(frozen=True, kw_only=True)
class BookingPromoted(BookingFact):
    """A place from the waiting list."""


@dataclass(frozen=True, kw_only=True)
class BookingCancelled(BookingFact):
    """Given back by the family, or because the session was called off (`reason` set)."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class BookingOffered(BookingFact):
    """A seat is held for the family until `expires_at`."""

    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class BookingLapsed(BookingFact):
    """The family let its offer pass: it waits `again` at the end of the queue, or is out."""

    again: bool


@dataclass(frozen=True, kw_only=True)
class ConsentAsked(BookingFact):
    """Somebody else booked: a guardian says yes or no until then; `reminder` for the second time."""

    until: datetime
    reminder: bool = False


@dataclass(frozen=True)
class ClassBookingFact(Fact):
    """What a message about a class booking says, and to whom."""

    class_booking_id: UUID
    people: tuple[UUID, ...]
    class_name: str
    title: str
    starts_at: datetime


@dataclass(frozen=True)
class ClassBookingDue(ClassBookingFact):
    """Somebody has to answer (`what`) until then; `number` tells reminders apart."""

    what: str
    until: datetime
    number: int


@dataclass(frozen=True)
class ClassBookingSettled(ClassBookingFact):
    """It was confirmed, accepted, declined or released: `result` in plain words."""

    result: str
