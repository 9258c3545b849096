"""What has happened to bookings."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.kit.events import Fact


@dataclass(frozen=True)
class BookingFact(Fact):
    """Everything a message about a booking needs, so that no handler has to look it up again."""

    booking_id: UUID
    pupil_id: UUID
    pupil_name: str
    title: str
    base_name: str
    starts_at: datetime


@dataclass(frozen=True)
class BookingConfirmed(BookingFact):
    """A place at once."""


@dataclass(frozen=True)
class BookingWaitlisted(BookingFact):
    """No place yet; `position` counts from 1."""

    position: int


@dataclass(frozen=True)
class BookingPromoted(BookingFact):
    """A place from the waiting list."""


@dataclass(frozen=True)
class BookingCancelled(BookingFact):
    """Given back by the family, or because the session was called off (`reason` set)."""

    reason: str
