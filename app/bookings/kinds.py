"""Closed lists of the booking table."""

from app.kit.states import StoredEnum


class BookingState(StoredEnum):
    """已录取, 候补, 已取消, 已参加, 缺席."""

    CONFIRMED = "confirmed"
    WAITLISTED = "waitlisted"
    CANCELLED = "cancelled"
    ATTENDED = "attended"
    ABSENT = "absent"


# A pupil has at most one of these per session.
ACTIVE = (BookingState.CONFIRMED, BookingState.WAITLISTED, BookingState.ATTENDED)
