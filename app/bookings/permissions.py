"""What may be done with bookings."""

from enum import StrEnum


class P(StrEnum):
    BOOKING_CREATE = "booking:create"
    BOOKING_READ = "booking:read"
