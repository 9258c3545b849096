"""What may be done at the door."""

from enum import StrEnum


class P(StrEnum):
    ATTENDANCE_READ = "attendance:read"
    ATTENDANCE_RECORD = "attendance:record"
    ATTENDANCE_SELF = "attendance:self"
    LEAVE_DECIDE = "leave:decide"
