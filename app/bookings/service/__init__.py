"""Use cases of bookings: taking a place, the queue, draws, and what ends them."""

from app.bookings.service.answering import change_answers
from app.bookings.service.booking import (
    Placed,
    accept_offer,
    book_session,
    cancel_booking,
    decline_offer,
)
from app.bookings.service.classes import (
    accept_class_booking,
    confirm_class_booking,
    decline_class_booking,
    draft_class_booking,
    release_class_booking,
    watch_class_bookings,
)
from app.bookings.service.consenting import answer_consent, watch_consents
from app.bookings.service.crowding import Press, book_crowd
from app.bookings.service.drawing import draw_closed
from app.bookings.service.ending import (
    excuse,
    mark_absent,
    on_session_cancelled,
    release_all,
)
from app.bookings.service.forms import Given
from app.bookings.service.giving import exchange, place_many
from app.bookings.service.limits import set_booking_rules
from app.bookings.service.queue import (
    lapse_offers,
    on_seats_added,
    promote_everywhere,
    promote_waiting,
)
from app.bookings.service.siblings import book_siblings
from app.bookings.service.visits import on_activity_published

__all__ = [
    "Given",
    "Placed",
    "Press",
    "accept_class_booking",
    "accept_offer",
    "answer_consent",
    "book_crowd",
    "book_session",
    "book_siblings",
    "cancel_booking",
    "change_answers",
    "confirm_class_booking",
    "decline_class_booking",
    "decline_offer",
    "draft_class_booking",
    "draw_closed",
    "exchange",
    "excuse",
    "lapse_offers",
    "mark_absent",
    "on_activity_published",
    "on_seats_added",
    "on_session_cancelled",
    "place_many",
    "promote_everywhere",
    "promote_waiting",
    "release_all",
    "release_class_booking",
    "set_booking_rules",
    "watch_class_bookings",
    "watch_consents",
]
