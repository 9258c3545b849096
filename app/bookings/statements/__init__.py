"""The statements of the hot path, built once.

Booking is a cheap look first ("already full" costs one index read), then one
statement that takes a seat row with SKIP LOCKED. No counter, so none can drift.
"""

from app.bookings.statements.booking import (
    ABOUT,
    APPLY,
    BOOK,
    CANCEL,
    CLOSE_LOOK,
    GATE,
    RELEASE_SEATS,
    WAIT,
)
from app.bookings.statements.crowd import BOOK_CROWD, GATE_CROWD
from app.bookings.statements.many import (
    BOOK_TOGETHER,
    BUSY_PUPILS,
    CONFIRM_CLASS,
    HOLD_CLASS,
    LOCK_PUPILS,
    PLACE_MANY,
    TAKE_OVER,
)
from app.bookings.statements.queue import (
    JOIN_QUEUE,
    LAPSED,
    MOVE_QUEUE,
    POSITION,
    PROMOTE,
    QUEUE_DRAWN,
    REQUEUE,
    SESSIONS_WITH_ROOM,
)

__all__ = [
    "ABOUT",
    "APPLY",
    "BOOK",
    "BOOK_CROWD",
    "BOOK_TOGETHER",
    "BUSY_PUPILS",
    "CANCEL",
    "CLOSE_LOOK",
    "CONFIRM_CLASS",
    "GATE",
    "GATE_CROWD",
    "HOLD_CLASS",
    "JOIN_QUEUE",
    "LAPSED",
    "LOCK_PUPILS",
    "MOVE_QUEUE",
    "PLACE_MANY",
    "POSITION",
    "PROMOTE",
    "QUEUE_DRAWN",
    "RELEASE_SEATS",
    "REQUEUE",
    "SESSIONS_WITH_ROOM",
    "TAKE_OVER",
    "WAIT",
]
