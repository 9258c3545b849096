"""What may be done with bookings."""

from enum import StrEnum


class P(StrEnum):
    BOOKING_CREATE = "booking:create"
    BOOKING_READ = "booking:read"
    BOOKING_RULE_EDIT = "booking_rule:edit"
    CLASS_BOOKING_CONFIRM = "class_booking:confirm"
    CLASS_BOOKING_CREATE = "class_booking:create"
    CLASS_BOOKING_READ = "class_booking:read"
    CLASS_BOOKING_SETTLE = "class_booking:settle"
